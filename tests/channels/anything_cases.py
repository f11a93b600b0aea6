"""What each platform would plausibly answer, and what is sent there: the honest half of `test_anything`.

An honest answer holds what many calls ask for at once, so that whatever comes next can go on with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from channels.base import BROADCAST, COMMENT, EDIT, REPLY, AccountRef, Content, MediaFile
from channels.registry import CHANNELS
from tests.conftest import BEGIN

FILM: Final = b"\0\0\0\x18ftypmp42" + b"\0" * 3000
TARGET: Final = "1001_5"
NOW: Final = "2026-11-24T01:00:30"


@dataclass(frozen=True)
class Case:
    """One kind: its account, what it answers, and the forms that its words for an item take. `broke`: what once broke
    a call, by its place in the first honest answer; `options` go with a post, `headers` with honest answers; `ids` is
    what an item's id looks like."""

    account: AccountRef
    honest: Sequence[Mapping[str, Any]] = field(repr=False)
    forms: Sequence[str]
    broke: Mapping[str, Sequence[Any]] = field(default_factory=dict, repr=False)
    options: Mapping[str, str] = field(default_factory=dict)
    target: str = TARGET
    ids: str = r".+"
    headers: Mapping[str, Sequence[str]] = field(default_factory=dict, repr=False)

    def contents(self, folder: Path) -> Iterator[Content]:
        """A post of each make, and words for what is out."""
        channel = CHANNELS[self.account.kind]
        picture, clip, upright, *others = files(folder)
        beside = [file for file in others if channel.limits.media(file.kind)]
        for media in ((), (picture,), (picture, picture), (clip, *beside), (upright, *beside)):
            post = Content("Nội dung", "Lịch", "https://ubnd.example/tin", media, options=self.options)
            if not channel.review(post):
                yield post
        for form in self.forms:
            yield Content("Nội dung", "Lịch", options={"form": form, "target": self.target})


def files(folder: Path) -> Iterator[MediaFile]:
    """A picture, a clip, an upright one, a thumbnail, captions."""
    for name, kind, mime in (
        ("a.jpg", "picture", "image/jpeg"), ("b.mp4", "clip", "video/mp4"), ("c.mp4", "clip", "video/mp4"),
        ("d.jpg", "thumbnail", "image/jpeg"), ("e.srt", "captions", "application/x-subrip"),
    ):  # fmt: skip
        path = folder / name
        path.write_bytes(FILM)
        file = MediaFile(path, kind, mime, len(FILM), f"sha-{name}", duration_s=5.0, alt_text="Cầu", language="vi",
                         width=1080, height=600, public_url=f"https://ubnd.example/{name}")  # fmt: skip
        yield replace(file, height=1920) if name == "c.mp4" else file


def _facebook() -> Case:
    row = {
        "id": TARGET, "message": "Nội dung", "created_time": f"{NOW}+0000", "permalink_url": "/1001/posts/5",
        "from": {"id": "1001", "name": "UBND"}, "parent": {"id": "1_2"}, "like_count": 3, "status_type": "added_photos",
        "name": "post_media_view", "values": [{"value": 12, "end_time": f"{NOW}+0000"}], "description": "Nội dung",
        "locale": "en_US",
    }  # fmt: skip
    all_at_once = {
        **row, "success": True, "post_id": TARGET, "video_id": "77", "upload_session_id": "88", "start_offset": "0",
        "end_offset": "0", "upload_url": "https://rupload.facebook.com/video-upload/v26.0/77", "is_hidden": True,
        "can_hide": True, "published": True, "shares": {"count": 2}, "followers_count": 9, "fan_count": 9,
        "comments": {"summary": {"total_count": 4}}, "reactions": {"summary": {"total_count": "5"}},
        "status": {"video_status": "ready", "uploading_phase": {"status": "complete", "bytes_transfered": 100},
                   "processing_phase": {"status": "complete"}, "publishing_phase": {"status": "complete"}},
        "data": [row], "paging": {"cursors": {"after": "QVFI"}, "next": "https://graph.facebook.com/x?after=QVFI"},
    }  # fmt: skip
    token = {"is_valid": True, "expires_at": 1796000000, "data_access_expires_at": 0, "scopes": ["pages_manage_posts"]}
    error = {"message": "no", "type": "OAuthException", "code": 190, "error_subcode": 460, "is_transient": False,
             "error_user_title": "x", "error_user_msg": "y", "fbtrace_id": "A"}  # fmt: skip
    codes = ((190, 460), (100, 33), (4, 0), (1, 0), (2, 0), (10, 0), (200, 0), (368, 0), (6000, 1363030), (9, 9))
    errors = [{"error": {**error, "code": code, "error_subcode": sub}} for code, sub in codes]
    offsets = {"start_offset": "100", "end_offset": "2000", "code": 6001, "error_subcode": 1363037}
    secrets = {"page_token": "EAAB", "app_id": "1", "app_secret": "s"}
    usage = ['{"call_count": 28}', '{"1001": [{"call_count": "9", "estimated_time_to_regain_access": 5}]}']
    return Case(
        AccountRef("facebook", "1001", "UBND", {}, secrets),
        [all_at_once, {**all_at_once, **offsets}, {**all_at_once, "data": token}, {"success": True}, *errors,
         {"error": {**error, "error_data": offsets, **offsets}}, {"debug_info": {"type": "OffsetInvalidError"}}],
        (REPLY, COMMENT, EDIT),
        {
            "error": [{"code": "\x00", "error_subcode": 1363030}, {"code": "²"}, {"code": "9" * 5000}],
            "paging": [{"next": "http://["}], "upload_url": ["http://["],
            "data": [[{"name": "page_media_view", "values": [{"value": 1, "end_time": "0001-01-01T00:00:00+0000"}]}]],
            "data.0.created_time": ["0001-01-01T00:00:00+1400"], "data.0.like_count": [10**30],
            "status": [{"publishing_phase": {name: []}} for name in ("status", "publish_status")],
            "data.0.message": ["\x00", "\ud83d"], "id": [[None, None], "a b", {}],
        },
        {"pin": "true"},
        headers={"x-app-usage": usage, "x-page-usage": usage, "x-business-use-case-usage": usage},
    )  # fmt: skip


def _youtube() -> Case:
    snippet = {
        "title": "Lịch", "description": "Nội dung", "categoryId": "22", "tags": ["a"], "publishedAt": f"{NOW}Z",
        "textOriginal": "Nội dung", "textDisplay": "Nội dung", "authorChannelId": {"value": "UCoffice"},
        "authorDisplayName": "UBND", "likeCount": "3", "totalReplyCount": 2, "language": "en", "trackKind": "standard",
    }  # fmt: skip
    comment = {"id": "Ugx", "snippet": snippet}
    item = {
        "id": "UCoffice", "snippet": {**snippet, "topLevelComment": comment}, "replies": {"comments": [comment]},
        "statistics": {"viewCount": "12345678901", "likeCount": "2", "commentCount": "1", "subscriberCount": "1000"},
        "status": {"uploadStatus": "processed", "longUploadsStatus": "allowed", "failureReason": "codec"},
        "contentDetails": {"videoId": "v1", "videoPublishedAt": f"{NOW}Z", "relatedPlaylists": {"uploads": "UU1"}},
    }  # fmt: skip
    all_at_once = {
        **item, "items": [item], "access_token": "ya29", "expires_in": 3599, "token_type": "Bearer",
        "columnHeaders": [{"name": "day"}, {"name": "views"}, {"name": "engagedViews"}], "scope": "a b",
        "rows": [["2026-11-20", 5, 4.0], ["2026-11-21", 6, 5]],
    }  # fmt: skip
    errors = [
        {"error": {"code": code, "message": "no", "errors": [{"reason": reason, "domain": "youtube", "message": "no"}],
                   "status": "FAILED", "details": []}}
        for code, reason in ((403, "quotaExceeded"), (401, "authError"), (404, "videoNotFound"), (400, "invalidTitle"),
                             (403, "forbidden"), (400, "uploadLimitExceeded"), (409, "captionExists"))
    ]  # fmt: skip
    held = {"refresh_token": "r", "client_id": "c", "client_secret": "s", "access_token": "ya29",
            "expires_at": "2099-01-01T00:00:00+00:00"}  # fmt: skip
    return Case(
        AccountRef("youtube", "UCoffice", "UBND", {}, held),
        [all_at_once, {**all_at_once, "nextPageToken": "CDIQAA"}, *errors, {"error": "invalid_grant"}, {}],
        (REPLY, COMMENT, EDIT),
        {
            "error": [{"message": 5}, {"errors": [{"reason": []}]}],
            "nextPageToken": [{}, [1]],
            "rows": [5],
            "items.0.snippet.language": [[], {}],
            "items.0.snippet.textOriginal": ["\x00", "\ud83d"],
            "items.0.snippet.publishedAt": ["0001-01-01T00:00:00+14:00"],
            "items.0.snippet.likeCount": ["9" * 30],
            "items.0.statistics.viewCount": [10**30],
        },
        {"playlist": "PL1", "tags": "a, b"},
        headers={"location": ["http://127.0.0.1:9/upload?id=1"], "range": ["bytes=0-1023", "bytes=0-"]},
    )


def _zalo() -> Case:
    row = {
        "id": TARGET, "title": "Lịch", "type": "normal", "create_date": 1795482000000, "description": "Nội dung",
        "body": [{"type": "text", "content": "Nội dung"}, {"type": "image", "url": "https://x.example/a.jpg"}],
        "cover": {"cover_type": "photo", "photo_url": "https://x.example/a.jpg", "status": "show"}, "status": "show",
        "link_view": "https://oa.zalo.me/a", "total_view": "7", "total_share": 1, "message_id": TARGET, "src": 0,
        "time": 1795482030000, "message": "Nội dung", "from_id": "9", "to_id": "9", "from_display_name": "Lan",
    }  # fmt: skip
    data = {
        **row, "token": "tok", "video_id": "v1", "status": 1, "medias": [row], "total": 1, "quota": {"remain": 1},
        "num_follower": 3, "is_verified": True, "package_valid_through_date": "31/12/2026", "name": "UBND",
        "oa_id": "388", "package_name": "Basic",
    }  # fmt: skip
    pair = {"access_token": "AT", "refresh_token": "RT", "expires_in": "90000"}
    success = {"error": 0, "message": "Success", **pair}
    held = {"access_token": "AT-1", "refresh_token": "RT-1", "app_secret": "s",
            "expires_at": (BEGIN + timedelta(hours=9)).isoformat()}  # fmt: skip
    errors = [{"error": code, "message": "no", **pair} for code in (-32, -200, -201, -211, -214, -216, -223, -230, -9)]
    return Case(
        AccountRef("zalo", "388", "UBND", {"app_id": "42"}, held),
        [{**success, "data": data}, {**success, "data": [row]}, {**success, "data": {"medias": [row] * 10}}, *errors,
         {"error": -14014, "error_name": "Invalid refresh token"}],
        (REPLY, EDIT, BROADCAST),
        {
            "data.token": ["a\r\nb: c"], "data.body.0.type": [[], {}], "data.medias.0.create_date": [-62135596800000],
            "data.package_valid_through_date": ["31/12/9999"], "data.num_follower": [10**30],
            "data.name": ["\x00", "\ud83d"],
        },
        headers={"x-ratelimit-limit": ["100"], "x-ratelimit-remain": ["0", "99"]},
    )  # fmt: skip


def _viber(kind: str) -> Case:
    success = {
        "status": 0, "status_message": "ok", "message_token": 5741311803571721087, "id": "pa:5", "name": "UBND",
        "chat_hostname": "SN-1", "subscribers_count": 35, "webhook": "", "event_types": ["delivered"],
        "members": [{"id": "01==", "name": "Lan", "role": "superadmin"}, {"id": "02==", "role": "admin"}],
        "failed_list": [{"receiver": "R1", "status": 6, "status_message": "notSubscribed"}],
    }  # fmt: skip
    errors = [{"status": code, "status_message": "no"} for code in (1, 2, 3, 5, 6, 7, 10, 12, 15, 19, 23, 99)]
    settings = {"webhook": "https://ubnd.example/hooks", "messages_a_month": "10000"}
    account = AccountRef(kind, "pa:5", "UBND", settings, {"auth_token": "4f"})
    broke = {"subscribers_count": ["9" * 5000, 10**30], "name": ["\x00", "\ud83d"]}
    return Case(account, [success, success, *errors], (REPLY,) if kind == "viber_bot" else (), broke)


def _telegram() -> Case:
    message = {"message_id": 18, "chat": {"id": -1001, "username": "binhson", "type": "channel"}, "date": 1795482000}
    found = {
        **message, "id": 5, "type": "channel", "title": "Xã", "status": "administrator", "can_post_messages": True,
        "can_edit_messages": True, "pinned_message": message,
    }  # fmt: skip
    errors = [
        {"ok": False, "error_code": code, "description": f"Bad Request: {said}", "parameters": {"retry_after": 5}}
        for code, said in ((400, "message to delete not found"), (400, "message is not modified"), (401, "no"),
                           (403, "bot was kicked"), (429, "Too Many Requests"), (409, "Conflict"), (500, "x"),
                           (400, "chat not found"))
    ]  # fmt: skip
    account = AccountRef("telegram", "@binhson", "Xã", secrets={"bot_token": "123456789:AAsecret"})
    results: list[Any] = [found, [message, message], 42, True]
    honest = [*({"ok": True, "result": result} for result in results), *errors]
    broke = {"result.title": ["\x00", "\ud83d"], "result": [10**30]}
    return Case(account, honest, (EDIT,), broke, {"pin": "true"}, "m17.18", r"m?\d+(\.\d+)*")


MADE: Final[Mapping[str, Callable[[], Case]]] = {
    "facebook": _facebook,
    "youtube": _youtube,
    "zalo": _zalo,
    "viber": lambda: _viber("viber"),
    "viber_bot": lambda: _viber("viber_bot"),
    "telegram": _telegram,
}
CASES: Final[Mapping[str, Case]] = {kind: made() for kind, made in MADE.items()}
