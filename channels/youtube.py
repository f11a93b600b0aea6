"""YouTube over the Data API v3 and Analytics v2, through google-api-python-client. Facts: youtube.md.

A clip goes up in a resumable session whose address is kept before the first byte: an unclear end is settled by asking
the session, so nothing is uploaded twice. A correction is a comment on the affected video and a note in its
description.
"""

from __future__ import annotations

import unicodedata
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, TypeVar
from zoneinfo import ZoneInfo

from googleapiclient.http import MediaIoBaseUpload

from channels.base import (
    REPLY,
    AccountRef,
    Can,
    Channel,
    Comment,
    Concern,
    Content,
    Health,
    Item,
    Limits,
    MediaLimit,
    Metric,
    Notes,
    Outgoing,
    Problem,
    SaveNotes,
    SecretsChanged,
    Sent,
    TextLimit,
    Unit,
    Usage,
)
from channels.errors import AuthLost, ChannelError, QuotaReached, Rejected, Throttled, Told, Unclear, Unreachable
from channels.files import open_file, read_part
from channels.google import Google, GoogleFailure, credentials, failure_of, object_of
from channels.http import TOO_MANY, too_many, unclear, unreachable
from channels.threads import in_thread

T = TypeVar("T")

CALL_S = 30.0
UPLOADS_A_DAY, UNITS_A_DAY = 100.0, 10_000.0  # a project's default quota, youtube.md 6
CHUNK = 8 * 1024 * 1024  # a multiple of 256 KiB, as the platform wants
PACIFIC = ZoneInfo("America/Los_Angeles")
VIEWS = "youtube:viewCount:2026-08"  # counted at playback start since August 2026: a new series
NOTE_MARK = "———"
TAGS_MOST = 500
_SESSION_GONE = "sessionGone"
UPLOAD_LIMIT = "uploadLimitExceeded"
INSERT = "youtube.videos.insert"
_NOT_THERE = frozenset({"videoNotFound", "commentNotFound", "notFound", "NOT_FOUND", "404", "410"})

_CONNECT = Told(
    vi="YouTube không còn nhận quyền truy cập: chủ kênh cần kết nối lại.",
    en="YouTube no longer accepts the access: the channel's owner must reconnect.",
)
_NO_SCOPE = "insufficientPermissions"
_NO_COMMENTS = Told(
    vi="thiếu quyền youtube.force-ssl: không đọc, trả lời được bình luận và không đính chính được dưới video. Cấp lại "
    "đủ quyền rồi kết nối lại.",
    en="the scope youtube.force-ssl is missing: comments cannot be read or answered, nor corrections written under a "
    "video. Grant all scopes again and reconnect.",
)
_RIGHTS = Told(
    vi="Thiếu quyền hoặc sai kênh YouTube: kết nối lại và chọn đúng kênh.",
    en="A right is missing or it is the wrong channel: reconnect and choose the right one.",
)
_QUOTA = Told(
    vi="Đã hết hạn mức YouTube trong ngày; hệ thống chờ tới khi được cấp lại.",
    en="YouTube's daily quota is used up; Loa waits until it is renewed.",
)
_UPLOADS = Told(
    vi="Kênh YouTube đã đăng đủ số clip được nhận trong 24 giờ; hệ thống tự chờ. Xác minh kênh để được đăng nhiều hơn.",
    en="The channel has uploaded as many clips as YouTube takes in 24 hours; Loa waits. Verify the channel for more.",
)
_FAST = Told(vi="YouTube báo gọi quá nhanh; hệ thống tự chờ.", en="Too many calls; Loa waits by itself.")
_WORDS = Told(
    vi="YouTube từ chối tiêu đề, mô tả hoặc thẻ: sửa nội dung rồi gửi lại.",
    en="YouTube refused the title, description or tags: change them and send again.",
)
_FILE = Told(vi="YouTube không nhận được clip này: thử tệp khác.", en="YouTube could not take the clip: use another.")
_GONE = Told(vi="Không còn trên YouTube.", en="It is no longer on YouTube.")
_CLOSED = Told(vi="Bình luận của video này đã tắt.", en="Comments are off for this video.")

# reason -> (class, sentence); youtube.md section 8
_REASONS: Mapping[str, tuple[type[ChannelError], Told]] = {
    **dict.fromkeys(("authError", "authorizationRequired", "invalid_grant", "invalid_client"), (AuthLost, _CONNECT)),
    **dict.fromkeys(("unauthorized_client", "youtubeSignupRequired"), (AuthLost, _CONNECT)),
    **dict.fromkeys(("quotaExceeded", "dailyLimitExceeded"), (QuotaReached, _QUOTA)),
    **dict.fromkeys(("rateLimitExceeded", "userRateLimitExceeded"), (Throttled, _FAST)),
    UPLOAD_LIMIT: (QuotaReached, _UPLOADS),
    **dict.fromkeys(("forbidden", "insufficientPermissions", "accountDelegationForbidden"), (AuthLost, _RIGHTS)),
    **dict.fromkeys(
        ("authenticatedUserAccountClosed", "authenticatedUserAccountSuspended", "authenticatedUserNotChannel"),
        (AuthLost, _RIGHTS),
    ),
    **dict.fromkeys(("channelClosed", "channelSuspended", "ineligibleAccount"), (AuthLost, _RIGHTS)),
    "commentsDisabled": (Rejected, _CLOSED),
    **dict.fromkeys(("forbiddenPrivacySetting", "forbiddenLicenseSetting"), (Rejected, _WORDS)),
    "invalidPageToken": (Unreachable, unreachable("").told),  # read again from the first page
    **dict.fromkeys(
        (
            "videoNotFound",
            "commentNotFound",
            "commentThreadNotFound",
            "parentCommentNotFound",
            "channelNotFound",
            "playlistNotFound",
        ),
        (Rejected, _GONE),
    ),
}


class YouTubeChannel(Channel):
    """One channel. `account.remote_id` is its id. Secrets: `refresh_token`, `client_id`, `client_secret`,
    `access_token`, `expires_at` (ISO time)."""

    kind = "youtube"
    label = "YouTube"
    limits = Limits(
        text=TextLimit(5000, Unit.UTF8_BYTES, source="youtube.md 2: description, 5,000 bytes"),
        title=TextLimit(100, least=1, source="youtube.md 2"),
        reply=TextLimit(10_000, least=1, source="youtube.md 5: 10,000 characters, from memory"),
        clip=MediaLimit(
            frozenset({"video/mp4", "video/quicktime"}), 274_877_906_944, most_s=12 * 3600, source="youtube.md 2"
        ),
        needs_media=True,
        settle_s=60.0,
        call_timeout_s=CALL_S * 4,
    )
    can = frozenset(
        {
            Can.TEXT,
            Can.LINK,
            Can.CLIP,
            Can.FIND_SENT,
            Can.READ_METRICS,
            Can.READ_COMMENTS,
            Can.REPLY,
            Can.WITHDRAW,
            Can.EDIT,
            Can.HIDE_COMMENT,
        }
    )
    cannot: ClassVar[Mapping[str, Told]] = {
        Can.PICTURE: Told(
            vi="YouTube không cho đăng hình qua API: hãy dùng clip.", en="YouTube takes no pictures by API: use a clip."
        ),
        Can.PIN: Told(
            vi="YouTube không cho ghim bình luận qua API: hãy ghim trong YouTube Studio.",
            en="Pin the comment in YouTube Studio: the API cannot.",
        ),
    }

    # -- pure -----------------------------------------------------------------------------------------------------

    @classmethod
    def compose(cls, content: Content, account: AccountRef) -> Outgoing:
        """A video, or (option `form` = comment, `target` = video id) a channel comment for a correction, or (`form` =
        reply, `target` = the thread's top comment) an answer."""
        text = unicodedata.normalize("NFC", content.text).strip()
        if content.options.get("form") == REPLY:
            return Outgoing(cls.kind, REPLY, {"parentId": content.options.get("target", ""), "textOriginal": text})
        full = "\n".join(p for p in (text, content.link.strip()) if p)
        if content.options.get("form") == "comment":
            return Outgoing(cls.kind, "comment", {"videoId": content.options.get("target", ""), "textOriginal": full})
        clip = next((m for m in content.media if m.kind == "clip"), None)
        payload = {
            "snippet": {
                "title": content.title.strip(),
                "description": full,
                "tags": _tags(content),
                "categoryId": content.options.get("category", "22"),
                "defaultLanguage": content.language,
            },
            "status": {
                "privacyStatus": content.options.get("privacy", "public"),
                "selfDeclaredMadeForKids": False,
            },
            "media": clip.sha256 if clip else "",
        }
        return Outgoing(cls.kind, "video", payload, (clip,) if clip else ())

    @classmethod
    def review(cls, content: Content) -> list[Problem]:
        """As every channel, counted on the description with its link; angle brackets are refused by YouTube; a
        correction's comment needs no clip. An answer is a comment and nothing else."""
        if content.options.get("form") == REPLY:
            return super().review(content)
        link = f"\n{content.link.strip()}" if content.link.strip() else ""
        problems = super().review(replace(content, text=f"{content.text.strip()}{link}".strip()))
        if content.options.get("form") == "comment":
            problems = [p for p in problems if p.code not in ("media_missing", "title_missing")]
        for name, text in (("title", content.title), ("text", content.text), ("link", content.link)):
            if "<" in text or ">" in text:
                told = Told(vi="YouTube không nhận dấu < và >: hãy bỏ đi.", en="YouTube takes no < or >: remove them.")
                problems.append(Problem(f"{name}_brackets", name, told))
        length = _tags_length(_tags(content))
        if length > TAGS_MOST:
            told = Told(
                vi=f"Các thẻ dài {length} ký tự, YouTube nhận tối đa {TAGS_MOST}.",
                en=f"The tags have {length} characters; YouTube takes at most {TAGS_MOST}.",
            )
            problems.append(Problem("tags_too_long", "tags", told, TAGS_MOST, length))
        return problems

    # -- one delivery ---------------------------------------------------------------------------------------------

    def prepares(self, out: Outgoing) -> bool:
        """A clip is uploaded first."""
        return out.form == "video"

    async def prepare(self, out: Outgoing, notes: Notes, save_notes: SaveNotes) -> Notes:
        """Open the upload session and keep its address before any byte is sent. One that is gone is opened anew: had
        it ended with a video, reading back would have found that before a second try."""
        if not self.prepares(out) or ("session" in notes and await self._alive(notes["session"], out.media[0].size)):
            return notes
        clip, body = out.media[0], {k: v for k, v in out.payload.items() if k != "media"}

        def begin(google: Google) -> str:
            with open_file(clip) as source:
                request = self._insert(google, body, MediaIoBaseUpload(source, clip.mime, CHUNK, resumable=True))
            headers = {
                **request.headers,
                "x-upload-content-type": clip.mime,
                "x-upload-content-length": str(clip.size),
                "content-type": "application/json; charset=UTF-8",
            }
            google.called(str(request.methodId))
            with google.http(CALL_S) as http:
                response, content = http.request(request.uri, "POST", body=request.body, headers=headers)
            if response.status != 200 or "location" not in response:
                raise failure_of(response, content)
            return str(response["location"])

        kept = {**notes, "session": await self._ask(begin, writes=False)}
        await save_notes(kept)
        return kept

    async def submit(self, out: Outgoing, notes: Notes) -> Sent:
        """Send the bytes into the session (asking it first where it stands), or write the comment or answer."""
        if out.form == "comment":
            return await self._comment(str(out.payload["videoId"]), str(out.payload["textOriginal"]))
        if out.form == REPLY:
            return await self._reply(out.payload)
        clip, session = out.media[0], notes["session"]

        def upload(google: Google) -> str:
            done, offset = self._probe(google, session, clip.size)
            while not done:
                data = read_part(clip, offset, CHUNK)
                if not data:
                    raise GoogleFailure("every byte was sent, and there is no video", sent=True)
                last = offset + len(data) - 1
                headers = {"content-range": f"bytes {offset}-{last}/{clip.size}"}
                done, moved = self._put(google, session, data, headers)
                if not done and moved <= offset:
                    raise GoogleFailure("the session does not move on", sent=True)
                offset = moved
            return done

        video = await self._ask(upload, writes=True)
        return Sent(remote_id=video, permalink=_watch(video), processing=True)

    async def poll(self, out: Outgoing, sent: Sent, notes: Notes) -> Sent:
        """Read uploadStatus until processed."""
        if out.form != "video":
            return Sent(remote_id=sent.remote_id, permalink=sent.permalink)
        rows = _rows(await self._list("videos", part="status", id=sent.remote_id))
        if not rows:
            raise Rejected("the video is not there", told=_GONE)
        status = _inner(rows[0], "status")
        word = status.get("uploadStatus", "")
        if word in ("failed", "rejected", "deleted"):
            raise Rejected(f"{word}: {status.get('failureReason') or status.get('rejectionReason', '')}", told=_FILE)
        return Sent(remote_id=sent.remote_id, permalink=_watch(sent.remote_id), processing=word != "processed")

    def has_extras(self, out: Outgoing) -> bool:
        """A correction's comment is followed by a note."""
        return out.form == "comment"

    async def finish(self, out: Outgoing, sent: Sent, notes: Notes) -> None:
        """After a correction's comment, put a note at the head of the video's description."""
        if self.has_extras(out):
            await self.add_note(str(out.payload["videoId"]), str(out.payload["textOriginal"]))

    async def find_sent(
        self, out: Outgoing, notes: Notes, since: datetime, besides: Collection[str] = ()
    ) -> Sent | None:
        """Ask the upload session; without one, look through the channel's own uploads, comments or answers."""
        if out.form == "comment":
            return _ours(await self.read_comments(str(out.payload["videoId"]), since), out, since, besides)
        if out.form == REPLY:
            return _ours(await self._read_answers(str(out.payload["parentId"])), out, since, besides)
        session, clip = notes.get("session", ""), out.media[0]
        if session:
            try:
                done, _ = await self._ask(lambda g: self._probe(g, session, clip.size), writes=False)
            except Unreachable as error:
                if error.code != _SESSION_GONE:
                    raise  # else the uploads tell
            else:
                return Sent(remote_id=done, permalink=_watch(done), processing=True) if done else None
        wanted = out.payload["snippet"]
        for item in await self.read_items(since):
            if item.remote_id in besides:
                continue
            if _same(item.title, wanted["title"]) and _same(item.text, wanted["description"]):
                return Sent(remote_id=item.remote_id, permalink=item.permalink, processing=True)
        return None

    async def withdraw(self, remote_id: str) -> None:
        """Delete a video, or the comment that a correction was; already gone counts as done. The id does not say
        which of them it is: what is no video may be a comment."""
        for resource in ("videos", "comments"):
            try:
                await self._delete(resource, remote_id)
                return
            except Rejected as error:
                if error.code not in _NOT_THERE:
                    raise

    async def _delete(self, resource: str, remote_id: str) -> None:
        await self._ask(
            lambda g: g.execute(getattr(g.service(), resource)().delete(id=remote_id), writes=True, timeout_s=CALL_S),
            writes=True,
        )

    async def _reply(self, snippet: Mapping[str, Any]) -> Sent:
        body = {"snippet": dict(snippet)}
        made = await self._ask(
            lambda g: g.execute(
                g.service().comments().insert(part="snippet", body=body), writes=True, timeout_s=CALL_S
            ),
            writes=True,
        )
        if not made.get("id"):
            raise unclear("comments.insert: success without an id")
        return Sent(remote_id=str(made["id"]))

    async def add_note(self, remote_id: str, note: str) -> None:
        """Put `note` before a video's description. An update replaces the whole part: read, merge, write."""
        rows = _rows(await self._list("videos", part="snippet", id=remote_id))
        if not rows:
            return
        snippet = _inner(rows[0], "snippet")
        old = str(snippet.get("description") or "")
        if old.startswith(note):
            return
        joined = f"{note}\n{NOTE_MARK}\n{old}"
        kept = joined.encode()[: self.limits.text.most].decode(errors="ignore")
        merged = {k: snippet[k] for k in _KEPT if k in snippet}
        update = {"id": remote_id, "snippet": {**merged, "description": kept}}
        await self._ask(
            lambda g: g.execute(
                g.service().videos().update(part="snippet", body=update), writes=True, timeout_s=CALL_S
            ),
            writes=True,
        )

    # -- reading --------------------------------------------------------------------------------------------------

    async def check_account(self) -> Health:
        """channels.list(mine=true): the token works and the channel is the one that was connected."""
        try:
            channel = await self._mine("snippet,statistics")
        except AuthLost as error:
            return Health(ok=False, lost=True, told=error.told)
        if channel.get("id") != self.account.remote_id:
            return Health(ok=False, lost=True, told=_RIGHTS, remote_id=str(channel.get("id", "")))
        return Health(
            ok=True,
            told=Told(vi="YouTube hoạt động.", en="YouTube works."),
            name=str(_inner(channel, "snippet").get("title", "")),
            remote_id=str(channel["id"]),
            followers=_count(_inner(channel, "statistics").get("subscriberCount")),
            concerns=await self._missing_rights(),
        )

    async def _missing_rights(self) -> tuple[Concern, ...]:
        """A person may tick off scopes. The one for comments opens everything that Loa does (youtube.md 1), and a look
        at the newest comment thread tells of it for one unit."""
        try:
            words = {"part": "id", "allThreadsRelatedToChannelId": self.account.remote_id, "maxResults": 1}
            await self._list("commentThreads", **words)
        except AuthLost as error:
            return (Concern("rights:youtube.force-ssl", _NO_COMMENTS),) if error.code == _NO_SCOPE else ()
        except ChannelError:
            return ()
        return ()

    async def read_items(self, since: datetime) -> Sequence[Item]:
        """Our uploads published after `since`, oldest first. YouTube's times have no parts of a second."""
        since = since.replace(microsecond=0)
        uploads = _inner(_inner(await self._mine("contentDetails"), "contentDetails"), "relatedPlaylists").get(
            "uploads"
        )
        if not uploads:
            raise unreachable("channels.list: no uploads playlist")
        found: list[Item] = []
        words = {"part": "snippet,contentDetails", "playlistId": str(uploads), "maxResults": 50}
        async for rows in self._pages("playlistItems", **words):
            items = [item for row in rows if (item := _item(row)) is not None]
            found += [item for item in items if item.created_at >= since]
            added = [at for row in rows if (at := _moment(_inner(row, "snippet").get("publishedAt"))) is not None]
            if added and min(added) < since:
                break
        return sorted(found, key=lambda i: i.created_at)

    async def read_metrics(self, remote_id: str) -> Sequence[Metric]:
        """Views, likes, comments; what YouTube leaves out is None, not zero."""
        rows = _rows(await self._list("videos", part="statistics", id=remote_id))
        figures = _inner(rows[0], "statistics") if rows else {}
        return [
            Metric("views", _count(figures.get("viewCount")), "occurrences", VIEWS),
            Metric("reactions", _count(figures.get("likeCount")), "occurrences", "youtube:likeCount"),
            Metric("comments", _count(figures.get("commentCount")), "occurrences", "youtube:commentCount"),
        ]

    async def read_account_metrics(self, since: datetime, until: datetime) -> Sequence[Metric]:
        """Daily views from Analytics (days in Pacific time, two to three days late) and subscribers now."""
        words = {
            "ids": "channel==MINE",
            "startDate": since.astimezone(PACIFIC).date().isoformat(),
            "endDate": until.astimezone(PACIFIC).date().isoformat(),
            "metrics": "views",
            "dimensions": "day",
        }
        body = await self._ask(
            lambda g: g.execute(g.service("youtubeAnalytics").reports().query(**words), writes=False, timeout_s=CALL_S),
            writes=False,
        )
        names = [column.get("name") for column in _rows(body, "columnHeaders")]
        found = []
        for row in body.get("rows") or []:
            cells = dict(zip(names, row, strict=False))
            if cells.get("day"):
                views, day = _count(cells.get("views")), str(cells["day"])
                found.append(Metric("views", views, "occurrences", "youtube:analytics:views:2026-08", "day", day))
        channel = await self._mine("statistics")
        day = until.date().isoformat()
        count = _count(_inner(channel, "statistics").get("subscriberCount"))
        found.append(Metric("followers", count, "people", "youtube:subscriberCount:rounded", "day", day))
        return found

    async def read_comments(self, remote_id: str, since: datetime | None) -> Sequence[Comment]:
        """Threads newest first until `since`, with all their replies; oldest first in the answer. Where comments are
        off, or the video is gone, there are none."""
        since = since.replace(microsecond=0) if since is not None else None
        found: dict[str, Comment] = {}
        words = {"part": "snippet,replies", "videoId": remote_id, "order": "time", "textFormat": "plainText",
                 "maxResults": 100}  # fmt: skip
        try:
            async for rows in self._pages("commentThreads", **words):
                tops = []
                for thread in rows:
                    top = self._read(_inner(_inner(thread, "snippet"), "topLevelComment"), remote_id, "")
                    tops += [top] if top is not None else []
                    found |= {c.remote_id: c for c in (top, *await self._replies(thread, remote_id)) if c is not None}
                if since is not None and tops and tops[-1].created_at < since:
                    break
        except Rejected as error:
            if error.code not in ("commentsDisabled", "videoNotFound"):
                raise
        kept = [c for c in found.values() if since is None or c.created_at >= since]
        return sorted(kept, key=lambda c: c.created_at)

    async def _replies(self, thread: Mapping[str, Any], video: str) -> list[Comment]:
        """The replies of a thread: those it shows, or all of them by pages when there are more."""
        rows, parent = _rows(_inner(thread, "replies"), "comments"), str(thread.get("id", ""))
        if len(rows) < (_count(_inner(thread, "snippet").get("totalReplyCount")) or 0):
            rows = await self._answers(parent)
        return [comment for row in rows if (comment := self._read(row, video, parent)) is not None]

    async def _answers(self, parent: str) -> list[Mapping[str, Any]]:
        words = {"part": "snippet", "parentId": parent, "textFormat": "plainText", "maxResults": 100}
        return [row async for page in self._pages("comments", **words) for row in page]

    async def _read_answers(self, parent: str) -> list[Comment]:
        """The answers under one comment; none where that is gone."""
        try:
            rows = await self._answers(parent)
        except Rejected as error:
            if error.code not in _NOT_THERE:
                raise
            return []
        return [comment for row in rows if (comment := self._read(row, "", parent)) is not None]

    def _read(self, row: Mapping[str, Any], video: str, parent: str) -> Comment | None:
        """One comment; None for a row without id or time. The author may be missing."""
        snippet = _inner(row, "snippet")
        at = _moment(snippet.get("publishedAt"))
        if at is None or not row.get("id"):
            return None
        author = str(_inner(snippet, "authorChannelId").get("value") or "")
        return Comment(
            remote_id=str(row["id"]),
            text=str(snippet.get("textOriginal") or snippet.get("textDisplay") or ""),
            created_at=at,
            item_id=video,
            parent_id=parent,
            author_key=author,
            author_name=str(snippet.get("authorDisplayName") or ""),
            own=author == self.account.remote_id,
            likes=_count(snippet.get("likeCount")),
        )

    # -- calls ----------------------------------------------------------------------------------------------------

    async def _comment(self, video: str, text: str) -> Sent:
        body = {"snippet": {"videoId": video, "topLevelComment": {"snippet": {"textOriginal": text}}}}
        made = await self._ask(
            lambda g: g.execute(
                g.service().commentThreads().insert(part="snippet", body=body), writes=True, timeout_s=CALL_S
            ),
            writes=True,
        )
        if not made.get("id"):
            raise unclear("commentThreads.insert: success without an id")
        return Sent(remote_id=str(made["id"]), permalink=f"{_watch(video)}&lc={made['id']}")

    def _insert(self, google: Google, body: Mapping[str, Any], media: MediaIoBaseUpload) -> Any:
        return (
            google.service()
            .videos()
            .insert(part="snippet,status", body=dict(body), media_body=media, notifySubscribers=True)
        )

    def _probe(self, google: Google, session: str, size: int) -> tuple[str, int]:
        """Ask a session where it stands: (video id, 0) when it is complete, else ("", next byte)."""
        return self._put(google, session, b"", {"content-range": f"bytes */{size}"})

    def _put(self, google: Google, session: str, data: bytes, headers: Mapping[str, str]) -> tuple[str, int]:
        with google.http(CALL_S * 4) as http:
            response, content = http.request(session, "PUT", body=data, headers=dict(headers))
        if response.status in (200, 201):
            video = object_of(content).get("id")
            if not video:
                raise GoogleFailure("a finished session without a video", sent=True, status=200)
            return str(video), 0
        if response.status == 308:
            stored = str(response.get("range", ""))
            return "", int(stored.rsplit("-", 1)[1]) + 1 if stored else 0
        if response.status in (404, 410):
            raise GoogleFailure("the upload session is gone", sent=bool(data), reason=_SESSION_GONE)
        raise failure_of(response, content)

    async def _alive(self, session: str, size: int) -> bool:
        """False when a session is gone."""
        try:
            await self._ask(lambda g: self._probe(g, session, size), writes=False)
        except Unreachable as error:
            if error.code != _SESSION_GONE:
                raise
            return False
        return True

    async def _mine(self, part: str) -> Mapping[str, Any]:
        rows = _rows(await self._list("channels", part=part, mine=True))
        if not rows:
            raise AuthLost("no channel", told=_RIGHTS)
        return rows[0]

    async def _pages(self, resource: str, **params: Any) -> AsyncIterator[list[Mapping[str, Any]]]:
        """The pages of a list to its end; a page's token that was there before ends it too."""
        seen: set[str] = set()
        token: str | None = None
        while token not in seen:
            seen |= {token} if token else set()
            body = await self._list(resource, **params, pageToken=token)
            yield _rows(body)
            token = body.get("nextPageToken")
            if not token:
                return

    async def _list(self, resource: str, **params: Any) -> dict[str, Any]:
        words = {k: v for k, v in params.items() if v is not None}
        return await self._ask(
            lambda g: g.execute(getattr(g.service(), resource)().list(**words), writes=False, timeout_s=CALL_S),
            writes=False,
        )

    async def _ask(self, work: Callable[[Google], T], *, writes: bool) -> T:
        secrets = dict(self.account.secrets)
        held = credentials(secrets, f"{self.endpoints.google_oauth}/token", _moment(secrets.get("expires_at")))
        methods = [""]

        def called(method: str) -> None:
            methods.append(method)
            self._spend(method)

        google = Google(held, youtube=self.endpoints.youtube, analytics=self.endpoints.youtube_analytics, called=called)

        def run() -> T:
            google.fresh()
            return google.guard(lambda: work(google), writes=writes)

        try:
            return await in_thread(run)
        except GoogleFailure as failure:
            error = self._error(failure, writes=writes)
            if isinstance(error, QuotaReached):
                self._used_up(methods[-1], error)
            raise error from failure
        finally:
            if held.token and held.token != secrets.get("access_token"):
                await self._keep(held)

    def _spend(self, method: str) -> None:
        """Write a call down in the project's ledger: the day's units, or the uploads' own count."""
        if not method.startswith("youtube."):  # Analytics has a quota of its own, which its console alone shows
            return
        key, unit, most, cost = _cost_of(method, self.account)
        midnight = self.now() + timedelta(seconds=self._until_midnight_s())
        self.tell_usage(Usage(key, unit, most, None, cost, midnight, shared=True))

    def _used_up(self, method: str, error: QuotaReached) -> None:
        """Write down which limit a refusal named: the channel's own of clips, or the one that the method counts
        against."""
        until = self.now() + timedelta(seconds=error.retry_after_s or 0.0)
        if error.code == UPLOAD_LIMIT:
            self.tell_usage(Usage(_clips(self.account), "uploads", blocked_until=until))
        elif method.startswith("youtube."):
            key, unit, most, _ = _cost_of(method, self.account)
            self.tell_usage(Usage(key, unit, most, blocked_until=until, shared=True))

    @classmethod
    def costs(cls, out: Outgoing, account: AccountRef, notes: Notes) -> Mapping[str, float]:
        """A clip takes one of the day's uploads when its session is opened, and nothing when that goes on; a comment
        takes fifty units."""
        if out.form == "video" and "session" in notes:
            return {}
        key, _, _, cost = _cost_of(INSERT if out.form == "video" else "youtube.comments.insert", account)
        return {key: cost, _clips(account): 1.0} if out.form == "video" else {key: cost}

    @classmethod
    def reading_costs(cls, account: AccountRef) -> Mapping[str, float]:
        """Every page that is read takes a unit."""
        key, _, _, cost = _cost_of("youtube.videos.list", account)
        return {key: cost}

    async def _keep(self, held: Any) -> None:
        """Keep refreshed tokens, and a refresh token that changed with them."""
        fresh = {**self.account.secrets, "access_token": str(held.token)}
        fresh["refresh_token"] = str(held.refresh_token or fresh.get("refresh_token", ""))
        if held.expiry is not None:
            fresh["expires_at"] = held.expiry.replace(tzinfo=UTC).isoformat()
        self.account = replace(self.account, secrets=fresh)
        with suppress(SecretsChanged):  # others were stored meanwhile, perhaps by a person: these serve this adapter
            await self.save_secrets(fresh)

    def _error(self, failure: GoogleFailure, *, writes: bool) -> ChannelError:
        reason, status = failure.reason, failure.status
        detail = f"{status} {reason} {failure}"
        row = _REASONS.get(reason)
        if row is not None:
            kind, told = row
            return kind(detail, told=told, code=reason, retry_after_s=self._wait_s(reason))
        if status == 401:
            return AuthLost(detail, told=_CONNECT, code=reason or "401")
        if status == TOO_MANY:
            return too_many(detail, failure.headers)
        if status in (404, 410):
            return Rejected(detail, told=_GONE, code=reason or str(status))
        if status == 403 and reason:
            return AuthLost(detail, told=_RIGHTS, code=reason)
        if 400 <= status < 500 and reason:
            return Rejected(detail, told=_WORDS, code=reason)
        if writes and failure.sent:
            return Unclear(detail, told=unclear("").told, code=reason or str(status or ""))
        return unreachable(detail, code=reason)

    def _until_midnight_s(self) -> float:
        local = self.now().astimezone(PACIFIC)
        midnight = (local + timedelta(days=1)).replace(hour=0, minute=1, second=0, microsecond=0)
        return (midnight - local).total_seconds()

    def _wait_s(self, reason: str) -> float | None:
        """Quotas are renewed at midnight Pacific; an upload limit runs for 24 hours."""
        if reason in ("quotaExceeded", "dailyLimitExceeded"):
            return self._until_midnight_s()
        return {UPLOAD_LIMIT: 24 * 3600.0, "rateLimitExceeded": 30.0, "userRateLimitExceeded": 30.0}.get(reason)


def _clips(account: AccountRef) -> str:
    """The channel's own limit of clips in 24 hours, whose size YouTube does not tell (youtube.md 6)."""
    return f"youtube:clips:{account.remote_id}"


def _cost_of(method: str, account: AccountRef) -> tuple[str, str, float, float]:
    """The limit a method counts against, its unit and size, and what one call takes of it (youtube.md 6).

    The quotas belong to the project, which its client id names.
    """
    project = account.secrets.get("client_id") or account.remote_id
    if method == INSERT:
        return f"youtube:uploads:{project}", "uploads", UPLOADS_A_DAY, 1.0
    cost = _UNITS.get(method, 1.0 if method.endswith(".list") else 50.0)
    return f"youtube:units:{project}", "units", UNITS_A_DAY, cost


_UNITS = {"youtube.captions.list": 50.0, "youtube.captions.insert": 400.0, "youtube.captions.update": 450.0}
_KEPT = ("title", "categoryId", "tags", "defaultLanguage", "defaultAudioLanguage")


def _tags(content: Content) -> list[str]:
    return [tag.strip() for tag in content.options.get("tags", "").split(",") if tag.strip()]


def _tags_length(tags: Sequence[str]) -> int:
    """As YouTube counts: the commas between, and the quotes around a tag with a space."""
    return sum(len(tag) + 2 * (" " in tag) for tag in tags) + max(0, len(tags) - 1)


def _rows(body: Mapping[str, Any], name: str = "items") -> list[Mapping[str, Any]]:
    """The objects of a list in an answer; none where it is missing or something else."""
    found = body.get(name)
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []


def _inner(row: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """An object in an object; empty where it is missing or something else."""
    found = row.get(name)
    return found if isinstance(found, dict) else {}


def _item(row: Mapping[str, Any]) -> Item | None:
    """An entry of the uploads playlist; None without an id or a time."""
    snippet, details = _inner(row, "snippet"), _inner(row, "contentDetails")
    at = _moment(details.get("videoPublishedAt")) or _moment(snippet.get("publishedAt"))
    video = str(details.get("videoId") or "")
    if at is None or not video:
        return None
    return Item(video, str(snippet.get("description") or ""), at, _watch(video), str(snippet.get("title") or ""))


def _same(one: str, other: str) -> bool:
    """True for one text, however its accents are stored and whatever blanks surround it."""
    return unicodedata.normalize("NFC", one).strip() == unicodedata.normalize("NFC", other).strip()


def _ours(comments: Sequence[Comment], out: Outgoing, since: datetime, besides: Collection[str]) -> Sent | None:
    """Our own comment with these words among what was written since. YouTube's times have no parts of a second."""
    wanted, earliest = str(out.payload["textOriginal"]), since.replace(microsecond=0)
    for comment in comments:
        new = comment.created_at >= earliest and comment.remote_id not in besides
        if comment.own and new and _same(comment.text, wanted):
            return Sent(remote_id=comment.remote_id)
    return None


def _watch(video: str) -> str:
    return f"https://www.youtube.com/watch?v={video}" if video else ""


def _moment(text: object) -> datetime | None:
    """A time with its zone (UTC where none is told); None for what is no time."""
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _count(value: object) -> int | None:
    if value is None or isinstance(value, bool):
        return None
    try:
        return int(str(value))
    except ValueError:
        return None
