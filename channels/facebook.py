"""Facebook Pages over the Graph API, through facebook-sdk. Facts: facebook.md; codes: its section 9."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, TypeVar

import requests

from channels.base import (
    AccountRef,
    Can,
    Channel,
    Comment,
    Content,
    Health,
    Item,
    Limits,
    MediaLimit,
    Metric,
    Notes,
    Outgoing,
    SaveNotes,
    Sent,
    TextLimit,
)
from channels.errors import AuthLost, ChannelError, Rejected, Throttled, Told, Unclear, Unreachable
from channels.graph import Graph, GraphFailure
from channels.http import unclear, unreachable
from channels.threads import in_thread

T = TypeVar("T")

VERSION = "v26.0"
CALL_S = 60.0
CHUNK_S = 120.0
MOST_PAGES = 200
TIME = "%Y-%m-%dT%H:%M:%S%z"

_GONE = "100/33"
_TOKEN = Told(
    vi="Facebook không còn nhận quyền truy cập Trang: quản trị Trang cần kết nối lại.",
    en="Facebook no longer accepts the Page's access: a Page administrator must reconnect it.",
)
_RIGHT = Told(
    vi="Thiếu quyền trên Trang Facebook: cấp lại quyền đăng bài và quản lý tương tác, rồi kết nối lại.",
    en="A permission on the Page is missing: grant it again and reconnect.",
)
_BUSY = Told(vi="Facebook báo gọi quá nhiều; hệ thống tự chờ.", en="Too many calls; Loa waits by itself.")
_ABUSE = Told(
    vi="Facebook tạm chặn Trang đăng bài: xem mục Chất lượng Trang và chờ ít nhất 24 giờ.",
    en="Facebook blocked the Page for now: look at Page Quality and wait at least 24 hours.",
)
_PERSON = Told(
    vi="Facebook yêu cầu xác minh tài khoản: quản trị Trang mở ứng dụng Facebook và làm theo hướng dẫn.",
    en="Facebook asks the Page administrator to confirm the account in the Facebook app.",
)
_CONTENT = Told(
    vi="Facebook từ chối nội dung: sửa nội dung, liên kết hoặc tệp rồi gửi lại.",
    en="Facebook refused the content: change the text, link or file and send it again.",
)
_FILE = Told(vi="Facebook không nhận tệp này: thay hình hoặc clip khác.", en="Facebook refused the file: use another.")
_GONE_TOLD = Told(vi="Bài hoặc bình luận không còn trên Facebook.", en="The item is no longer on Facebook.")
_MAYBE = Told(
    vi="Facebook gặp lỗi giữa chừng; hệ thống đọc lại Trang trước khi làm gì khác.",
    en="Facebook failed in between; Loa reads the Page back first.",
)

# code or code/subcode -> (class, sentence, seconds to wait); facebook.md section 9
_CODES: Mapping[str, tuple[type[ChannelError], Told, float | None]] = {
    **dict.fromkeys(("1", "2"), (Unclear, _MAYBE, None)),
    "3": (AuthLost, _RIGHT, None),
    **dict.fromkeys(("4", "17", "32", "613", "80001"), (Throttled, _BUSY, 3600.0)),
    "10": (AuthLost, _RIGHT, None),
    "100": (Rejected, _CONTENT, None),
    _GONE: (Rejected, _GONE_TOLD, None),
    **dict.fromkeys(("102", "104", "190", "210"), (AuthLost, _TOKEN, None)),
    "324": (Rejected, _FILE, None),
    "341": (Throttled, _BUSY, 6 * 3600.0),
    "368": (AuthLost, _ABUSE, None),
    "1390008": (AuthLost, _ABUSE, None),
    "382": (Rejected, _FILE, None),
    "389": (Rejected, _FILE, None),
    "506": (Unclear, _MAYBE, None),  # a duplicate: perhaps our own first try, so look
    **dict.fromkeys(("1346003", "1404102", "1349125", "2061006", "1609005", "1609008"), (Rejected, _CONTENT, None)),
    **dict.fromkeys(("1363019", "1363030", "6000", "6001"), (Unreachable, _FILE, 30.0)),
    **dict.fromkeys(("1363022", "1363023", "1366046", "2069019"), (Rejected, _FILE, None)),
    "1363042": (AuthLost, _RIGHT, None),
    **dict.fromkeys(("1363047", "1609010"), (Unclear, _MAYBE, None)),
    "1366051": (Unclear, _MAYBE, None),
    **dict.fromkeys(("1404006", "1404112", "4854002", "1404078"), (AuthLost, _PERSON, None)),
    "2446079": (Throttled, _BUSY, 3600.0),
    "2500": (Rejected, _CONTENT, None),
    "3001": (Rejected, _CONTENT, None),
}

_POST_INSIGHTS: Mapping[str, tuple[str, str]] = {
    "post_media_view": ("views", "occurrences"),
    "post_total_media_view_unique": ("reach", "people"),
}
_PAGE_INSIGHTS: Sequence[tuple[str, str, str, str]] = (
    ("page_total_media_view_unique", "week", "reach", "people"),
    ("page_media_view", "day", "views", "occurrences"),
)


class FacebookChannel(Channel):
    """One Page. `account.remote_id` is the Page id. Secrets: `page_token`, optionally `app_id`, `app_secret`."""

    kind = "facebook"
    label = "Facebook"
    limits = Limits(
        text=TextLimit(63_206, source="facebook.md 3.1"),
        picture=MediaLimit(frozenset({"image/jpeg", "image/png"}), 4_000_000, source="facebook.md 3.3: plan 4 MB"),
        clip=MediaLimit(
            frozenset({"video/mp4", "video/quicktime"}),
            2_000_000_000,
            least_bytes=1024,
            most_s=240 * 60,
            source="facebook.md 3.5",
        ),
        settle_s=120.0,
        call_timeout_s=CALL_S + 30,
    )
    can = frozenset(
        {
            Can.TEXT,
            Can.LINK,
            Can.PICTURE,
            Can.CLIP,
            Can.FIND_SENT,
            Can.READ_METRICS,
            Can.READ_COMMENTS,
            Can.REPLY,
            Can.WITHDRAW,
            Can.EDIT,
            Can.PIN,
            Can.HIDE_COMMENT,
        }
    )
    cannot: ClassVar[Mapping[str, Told]] = {}

    usage: Mapping[str, float] = {}
    """Percent of the call budget used, by the platform's own last answer."""

    # -- pure -----------------------------------------------------------------------------------------------------

    @classmethod
    def compose(cls, content: Content, account: AccountRef) -> Outgoing:
        """A feed post (text, link), a photo with caption, or a video with description."""
        text = unicodedata.normalize("NFC", content.text).strip()
        media = content.media[0] if content.media else None
        options = {"pin": "true"} if content.options.get("pin") == "true" else {}
        if media is None:
            link = {"link": content.link.strip()} if content.link else {}
            return Outgoing(cls.kind, "feed", {"message": text, **link, **options})
        caption = "\n".join(p for p in (text, content.link.strip()) if p)
        if media.kind == "picture":
            payload = {"caption": caption, "source": media.sha256, "alt_text_custom": media.alt_text, **options}
            return Outgoing(cls.kind, "photo", payload, (media,))
        payload = {"title": content.title.strip(), "description": caption, "source": media.sha256}
        return Outgoing(cls.kind, "video", payload, (media,))

    # -- one delivery ---------------------------------------------------------------------------------------------

    async def prepare(self, out: Outgoing, notes: Notes, save_notes: SaveNotes) -> Notes:
        """Upload a clip in the chunks Facebook asks for. The session is kept, so a restart goes on."""
        if out.form != "video":
            return notes
        kept, clip = dict(notes), out.media[0]
        if "upload_session_id" not in kept:
            begun = await self._video(upload_phase="start", file_size=str(clip.size))
            kept |= {
                "upload_session_id": str(begun["upload_session_id"]),
                "video_id": str(begun["video_id"]),
                "start": str(begun["start_offset"]),
                "end": str(begun["end_offset"]),
            }
            await save_notes(kept)
        while kept["start"] != kept["end"]:
            moved = await self._chunk(clip.path, kept)
            kept |= {"start": str(moved["start_offset"]), "end": str(moved["end_offset"])}
            await save_notes(kept)
        return kept

    async def submit(self, out: Outgoing, notes: Notes) -> Sent:
        """POST the feed post or photo, or finish the video's upload."""
        words = {k: v for k, v in out.payload.items() if k not in ("source", "pin")}
        if out.form == "video":
            await self._video(
                upload_phase="finish",
                upload_session_id=notes["upload_session_id"],
                published="true",
                **words,
            )
            return Sent(remote_id=notes["video_id"], processing=True)
        if out.form == "photo":
            picture = out.media[0]
            data = picture.path.read_bytes()  # at most 4 MB, see limits
            files = {"source": (picture.path.name, data, picture.mime)}
            body = await self._post(f"{self.account.remote_id}/photos", files=files, published="true", **words)
            remote_id = str(body.get("post_id") or body.get("id") or "")
        else:
            body = await self._post(f"{self.account.remote_id}/feed", **words)
            remote_id = str(body.get("id", ""))
        if not remote_id:
            raise unclear("post: success without an id")
        return Sent(remote_id=remote_id, permalink=f"https://www.facebook.com/{remote_id}")

    async def poll(self, out: Outgoing, sent: Sent, notes: Notes) -> Sent:
        """Read the video's status until it is ready."""
        body = await self._get(sent.remote_id, fields="status,permalink_url,post_id,published")
        status = body.get("status") or {}
        word = status.get("video_status", "")
        if word in ("error", "upload_failed", "expired"):
            raise Rejected(f"video_status {word}", told=_FILE)
        link = str(body.get("permalink_url", ""))
        link = f"https://www.facebook.com{link}" if link.startswith("/") else link
        ready = word == "ready"
        remote_id = sent.remote_id
        return Sent(remote_id=remote_id, permalink=link or sent.permalink, processing=not ready)

    async def finish(self, out: Outgoing, sent: Sent, notes: Notes) -> None:
        """Pin a correction."""
        if out.payload.get("pin") == "true":
            await self.pin(sent.remote_id)

    async def find_sent(self, out: Outgoing, notes: Notes, since: datetime) -> Sent | None:
        """Look through what appeared on the Page since; a video is asked for by its id."""
        if out.form == "video":
            if "video_id" not in notes:
                return None
            body = await self._get(notes["video_id"], fields="status,published,permalink_url")
            phase = (body.get("status") or {}).get("publishing_phase") or {}
            begun = phase.get("status") not in (None, "not_started")
            ready = (body.get("status") or {}).get("video_status") in ("processing", "ready")
            return Sent(remote_id=notes["video_id"], processing=True) if begun or ready else None
        wanted = _same(str(out.payload.get("message", out.payload.get("caption", ""))))
        async for post in self._pages(
            f"{self.account.remote_id}/published_posts",
            fields="id,message,created_time,permalink_url",
            since=str(int(since.timestamp())),
            limit="100",
        ):
            if _same(str(post.get("message", ""))) == wanted and _time(post["created_time"]) >= since:
                return Sent(remote_id=str(post["id"]), permalink=str(post.get("permalink_url", "")))
        return None

    async def pin(self, remote_id: str) -> None:
        """Pin a post at the top of the Page."""
        await self._post(remote_id, is_pinned="true")

    async def withdraw(self, remote_id: str) -> None:
        """Delete a post; already gone counts as done."""
        try:
            await self._ask(lambda g: g.delete(remote_id), writes=True)
        except Rejected as error:
            if error.code != _GONE:
                raise

    async def reply(self, comment_id: str, text: str, *, item_id: str = "") -> Sent:
        """Answer a comment, or comment under a post."""
        body = await self._post(f"{comment_id or item_id}/comments", message=text)
        return Sent(remote_id=str(body.get("id", "")))

    # -- reading --------------------------------------------------------------------------------------------------

    async def check_account(self) -> Health:
        """Ask debug_token where the app's own secret is known, else the Page itself."""
        try:
            page = await self._get(self.account.remote_id, fields="id,name,followers_count,fan_count")
            expires = await self._expiry()
        except AuthLost as error:
            return Health(ok=False, lost=True, told=error.told)
        return Health(
            ok=True,
            told=Told(vi="Facebook hoạt động.", en="Facebook works."),
            name=str(page.get("name", "")),
            remote_id=str(page.get("id", "")),
            expires_at=expires,
            followers=_count(page.get("followers_count")),
        )

    async def _expiry(self) -> datetime | None:
        app = f"{self.account.secrets.get('app_id', '')}|{self.account.secrets.get('app_secret', '')}"
        if app == "|":
            return None
        token = self.account.secrets["page_token"]
        body = await self._ask(lambda g: g.get("debug_token", input_token=token), writes=False, token=app)
        data = body.get("data") or {}
        if not data.get("is_valid", False):
            raise AuthLost(
                "debug_token: not valid", told=_TOKEN, code=str((data.get("error") or {}).get("code", "190"))
            )
        ends = [int(data[k]) for k in ("expires_at", "data_access_expires_at") if data.get(k)]
        return datetime.fromtimestamp(min(ends), UTC) if ends else None

    async def read_items(self, since: datetime) -> Sequence[Item]:
        """Published posts after `since`, oldest first."""
        found = [
            Item(
                remote_id=str(post["id"]),
                text=str(post.get("message", "")),
                created_at=_time(post["created_time"]),
                permalink=str(post.get("permalink_url", "")),
            )
            async for post in self._pages(
                f"{self.account.remote_id}/published_posts",
                fields="id,message,created_time,permalink_url",
                since=str(int(since.timestamp())),
                limit="100",
            )
        ]
        return sorted(found, key=lambda i: i.created_at)

    async def read_metrics(self, remote_id: str) -> Sequence[Metric]:
        """Reactions, comments, shares, and the insights that exist; one invalid name never loses the others."""
        fields = "shares,comments.limit(0).summary(total_count),reactions.limit(0).summary(total_count)"
        node = remote_id if "_" in remote_id else f"{self.account.remote_id}_{remote_id}"
        body = await self._get(node, fields=fields)
        counts = {
            "reactions": (body.get("reactions") or {}).get("summary", {}).get("total_count"),
            "comments": (body.get("comments") or {}).get("summary", {}).get("total_count"),
            "shares": (body.get("shares") or {"count": 0}).get("count"),  # absent when nobody shared
        }
        found = [Metric(n, _count(v), "occurrences", f"facebook:{n}") for n, v in counts.items()]
        for name, values in (await self._insights(node, list(_POST_INSIGHTS), period="lifetime")).items():
            our, unit = _POST_INSIGHTS[name]
            found.append(Metric(our, _count(values[-1][1]) if values else None, unit, f"facebook:{name}"))
        return found

    async def read_account_metrics(self, since: datetime, until: datetime) -> Sequence[Metric]:
        """Weekly reach (deduplicated by Facebook), daily views, followers now."""
        found = []
        for name, period, our, unit in _PAGE_INSIGHTS:
            asked = await self._insights(
                self.account.remote_id,
                [name],
                period=period,
                since=str(int(since.timestamp())),
                until=str(int(until.timestamp())),
            )
            for end_time, value in asked.get(name, []):
                # A value belongs to the day before its end_time, which is midnight Pacific.
                day = (_time(end_time) - timedelta(days=1)).date().isoformat()
                found.append(Metric(our, _count(value), unit, f"facebook:{name}", period=period, day=day))
        page = await self._get(self.account.remote_id, fields="followers_count")
        value = _count(page.get("followers_count"))
        day = until.date().isoformat()
        found.append(Metric("followers", value, "people", "facebook:followers_count", period="day", day=day))
        return found

    async def _insights(self, node: str, names: list[str], **words: str) -> dict[str, list[tuple[str, object]]]:
        """Values by metric name; asked one by one when the whole call is refused for one invalid name."""
        try:
            body = await self._get(f"{node}/insights", metric=",".join(names), **words)
        except Rejected as error:
            if len(names) == 1:
                return {} if error.code.startswith(("100", "3001")) else {names[0]: []}
            found: dict[str, list[tuple[str, object]]] = {}
            for name in names:
                found |= await self._insights(node, [name], **words)
            return found
        rows = {
            str(r["name"]): [(str(v.get("end_time", "")), v.get("value")) for v in r.get("values", [])]
            for r in body.get("data", [])
        }
        return {name: rows.get(name, []) for name in names}

    async def read_comments(self, remote_id: str, since: datetime | None) -> Sequence[Comment]:
        """Comments and replies under a post, flat, oldest first."""
        words = {
            "fields": "id,message,from,created_time,parent{id},like_count,permalink_url",
            "filter": "stream",
            "order": "chronological",
            "limit": "100",
        }
        if since is not None:
            words["since"] = str(int(since.timestamp()))
        found = []
        async for row in self._pages(f"{remote_id}/comments", **words):
            author = row.get("from") or {}
            found.append(
                Comment(
                    remote_id=str(row["id"]),
                    text=str(row.get("message", "")),
                    created_at=_time(row["created_time"]),
                    item_id=remote_id,
                    parent_id=str((row.get("parent") or {}).get("id", "")),
                    author_key=str(author.get("id", "")),
                    author_name=str(author.get("name", "")),
                    own=str(author.get("id", "")) == self.account.remote_id,
                    likes=_count(row.get("like_count")),
                    url=str(row.get("permalink_url", "")),
                )
            )
        return found

    # -- calls ----------------------------------------------------------------------------------------------------

    async def _get(self, path: str, **params: str) -> dict[str, Any]:
        return await self._ask(lambda g: g.get(path, **params), writes=False)

    async def _post(self, path: str, files: Mapping[str, Any] | None = None, **params: str) -> dict[str, Any]:
        return await self._ask(lambda g: g.post(path, files, **params), writes=True)

    async def _video(self, **params: str) -> dict[str, Any]:
        path = f"{self.account.remote_id}/videos"
        return await self._ask(lambda g: g.post(path, None, **params), writes=True, base=self.endpoints.facebook_video)

    async def _chunk(self, path: Any, kept: Mapping[str, str]) -> dict[str, Any]:
        start, end = int(kept["start"]), int(kept["end"])

        def send(graph: Graph) -> dict[str, Any]:
            with path.open("rb") as file:
                file.seek(start)
                data = file.read(end - start)
            return graph.post(
                f"{self.account.remote_id}/videos",
                {"video_file_chunk": ("chunk", data, "application/octet-stream")},
                upload_phase="transfer",
                upload_session_id=kept["upload_session_id"],
                start_offset=str(start),
            )

        return await self._ask(send, writes=False, base=self.endpoints.facebook_video, timeout_s=CHUNK_S)

    async def _pages(self, path: str, **params: str) -> Any:
        """Yield rows over all pages; a page may be empty and still have a next one."""
        after = ""
        for _ in range(MOST_PAGES):
            words = {**params, "after": after} if after else params
            body = await self._get(path, **words)
            for row in body.get("data", []):
                yield row
            paging = body.get("paging") or {}
            after = str((paging.get("cursors") or {}).get("after", ""))
            if not paging.get("next") or not after:
                return

    async def _ask(
        self,
        work: Callable[[Graph], T],
        *,
        writes: bool,
        base: str = "",
        token: str = "",
        timeout_s: float = CALL_S,
    ) -> T:
        graph = Graph(
            token or self.account.secrets.get("page_token", ""),
            base=base or self.endpoints.facebook,
            version=self.account.settings.get("graph_version", VERSION),
            timeout_s=timeout_s,
            app_secret="" if token else self.account.secrets.get("app_secret", ""),
        )
        try:
            return await in_thread(lambda: work(graph))
        except GraphFailure as failure:
            raise self._error(failure, writes=writes) from failure
        except (requests.RequestException, OSError) as error:
            raise unclear(type(error).__name__) if writes else unreachable(type(error).__name__) from error
        finally:
            self.usage = _usage(graph.headers) or self.usage

    def _error(self, failure: GraphFailure, *, writes: bool) -> ChannelError:
        """Decide on code and subcode, never on the HTTP status alone."""
        error = failure.error
        if not error:
            detail = f"{failure} (HTTP {failure.status})"
            return unclear(detail) if writes and failure.sent else unreachable(detail)
        code, sub = str(error.get("code", "")), str(error.get("error_subcode", ""))
        name = f"{code}/{sub}" if sub else code
        row = _CODES.get(name) or _CODES.get(sub) or _CODES.get(code)
        if row is None and code.isdigit() and 200 <= int(code) <= 299:
            row = (AuthLost, _RIGHT, None)
        if row is None:
            row = (Unclear, _MAYBE, None) if error.get("is_transient") else (Rejected, _CONTENT, None)
        kind, told, wait = row
        if kind is Unclear and not writes:
            kind = Unreachable
        if kind is Throttled:
            wait = self._regain() or wait
        if kind is Rejected and error.get("error_user_msg"):
            told = Told(vi=f"{told.vi} Facebook: {error['error_user_msg']}", en=f"{told.en} {error['error_user_msg']}")
        return kind(str(error.get("message", "")), told=told, code=name, retry_after_s=wait)

    def _regain(self) -> float | None:
        """Seconds until the Page may call again, as Facebook's header told."""
        return self.usage.get("regain_s")


def _usage(headers: Mapping[str, str]) -> dict[str, float]:
    """Percent used, from X-App-Usage and X-Business-Use-Case-Usage; minutes to regain access as seconds."""
    found: dict[str, float] = {}
    for value in _objects(headers.get("x-app-usage", "")):
        found |= {k: float(v) for k, v in value.items() if isinstance(v, int | float)}
    for value in _objects(headers.get("x-business-use-case-usage", "")):
        for rows in value.values():
            for row in rows if isinstance(rows, list) else ():
                found |= {k: float(v) for k, v in row.items() if isinstance(v, int | float)}
    if found.get("estimated_time_to_regain_access"):
        found["regain_s"] = found["estimated_time_to_regain_access"] * 60
    return found


def _objects(text: str) -> Iterator[dict[str, Any]]:
    try:
        value = json.loads(text) if text else None
    except ValueError:
        return
    if isinstance(value, dict):
        yield value


def _same(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()


def _time(text: str) -> datetime:
    return datetime.strptime(text, TIME).astimezone(UTC)


def _count(value: object) -> int | None:
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
