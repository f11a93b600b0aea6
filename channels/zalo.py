"""Zalo Official Account: an OA post is an article. Facts and codes: zalo.md; HTTP is 200 even for errors.

Publishing is create (gives a token) and verify (gives the article); the token is kept before polling, so that a
restart goes on where it was. The refresh token is used once and rotates: the new pair is stored before it is used.
"""

from __future__ import annotations

import asyncio
import hashlib
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import aiohttp

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
from channels.http import Answer, unclear, unreachable

CALL_S = 30.0
HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
REFRESH_BEFORE = timedelta(hours=5)  # of 25: refreshed at about 20 hours
MOST_SLICES = 30

R, T, S, N, STOP = Unreachable, AuthLost, Throttled, Rejected, AuthLost
# error -> (class, Vietnamese, English); zalo.md section 11
_ERRORS: Mapping[int, tuple[type[ChannelError], str, str]] = {
    -32: (S, "Zalo báo gọi quá nhanh; hệ thống tự chờ.", "Call limit reached; Loa waits by itself."),
    -100: (R, "Tệp tải lên Zalo đã hết hạn; hệ thống tải lại.", "The uploaded file expired; it is uploaded again."),
    -200: (N, "Zalo không xử lý được hình hoặc clip: kiểm tra dung lượng và địa chỉ công khai.", "Media failed."),
    -201: (N, "Zalo không nhận một trường của bài; xem chi tiết và sửa nội dung.", "Invalid parameter; fix the post."),
    -202: (N, "Chữ ký không đúng: kiểm tra khóa của ứng dụng Zalo.", "Invalid mac: check the secrets."),
    -204: (STOP, "OA đã bị khóa hoặc xóa: liên hệ Zalo.", "The OA is disabled: contact Zalo."),
    -205: (STOP, "Không có OA này: kiểm tra mã OA.", "The OA does not exist: check its id."),
    -207: (STOP, "Ứng dụng Zalo chưa đăng ký xong.", "The app is not registered."),
    -208: (STOP, "Ứng dụng Zalo chưa có khóa bí mật.", "The app has no secret key."),
    -209: (STOP, "Ứng dụng Zalo chưa kích hoạt.", "The app is not activated."),
    -210: (N, "Một giá trị vượt giới hạn của Zalo: hãy rút ngắn.", "A value is above Zalo's limit: shorten it."),
    -211: (S, "Đã hết hạn mức tính năng này trên Zalo.", "The feature's quota is used up."),
    -212: (STOP, "Ứng dụng chưa đăng ký Official Account API.", "Register the Official Account API product."),
    -213: (N, "Người này chưa quan tâm OA.", "This person does not follow the OA."),
    -215: (N, "Mã ứng dụng Zalo không đúng.", "Invalid app id."),
    -216: (T, "Mã truy cập Zalo không hợp lệ: kết nối lại OA.", "The access token is invalid: reconnect the OA."),
    -217: (N, "Người này đã chặn lời mời.", "This person blocked invitations."),
    -218: (S, "Người nhận đã hết lượt nhận trong ngày.", "The receiver's quota is reached."),
    -219: (STOP, "Ứng dụng Zalo đã bị gỡ: liên hệ quản trị ứng dụng.", "The app was removed."),
    -220: (T, "Mã truy cập Zalo hết hạn: kết nối lại OA.", "The access token expired: reconnect the OA."),
    -221: (STOP, "OA chưa được xác thực.", "Verify the OA."),
    -222: (N, "Tài khoản người nhận không hoạt động.", "The receiver is inactive."),
    -223: (STOP, "OA chưa cấp quyền cho ứng dụng: cấp lại quyền bài viết.", "Grant the article permission again."),
    -224: (STOP, "Gói OA chưa đủ để dùng API: nâng gói.", "The OA's package is too low."),
    -227: (N, "Tài khoản người nhận không hoạt động.", "The receiver is inactive."),
    -230: (N, "Quá 7 ngày kể từ lần cuối người dân nhắn; Zalo không cho gửi.", "No interaction in 7 days."),
    -232: (N, "Quá 7 ngày kể từ lần cuối người dân nhắn; Zalo không cho gửi.", "The window expired."),
    -233: (N, "Loại tin này không dành cho OA của cơ quan.", "This message type is not for this OA."),
    -234: (S, "Zalo không cho gửi từ 22 giờ đến 6 giờ; hệ thống chờ tới sáng.", "Not at night; Loa waits for morning."),
    -235: (N, "Loại OA không được hỗ trợ.", "The OA type is not supported."),
    -237: (N, "Nhóm đã hết hạn.", "The group expired."),
    -238: (N, "Tài nguyên đã dùng.", "The asset was used."),
    -240: (N, "Zalo đã đóng API này.", "This API is closed."),
    -241: (N, "Tài nguyên bị khóa.", "The asset is disabled."),
    -242: (N, "appsecret_proof không đúng.", "Bad appsecret_proof."),
    -244: (N, "Người này hạn chế loại tin nhắn đó.", "This person restricted such messages."),
    -248: (N, "Zalo cho rằng nội dung vi phạm quy định: sửa nội dung.", "The content violates the rules: edit it."),
    -249: (N, "Mẫu tin không gửi được theo UID.", "The template is not for user ids."),
    -305: (N, "Đã quá hạn trả lời.", "The reply window is over."),
    -311: (N, "Đã hết lượt trả lời.", "The reply quota is used."),
    -320: (N, "Chưa liên kết tài khoản thanh toán Zalo.", "No billing account is linked."),
    -321: (N, "Tài khoản thanh toán Zalo hết tiền.", "The billing account is empty."),
    -403: (N, "OA không ở trong nhóm này.", "The OA is not in the group."),
}
_PROCESSING = -214
_TOKEN_DEAD = frozenset({-216, -220})
_QUOTA_WORDS = ("quota", "limit")

_refreshing: dict[str, asyncio.Lock] = {}


class ZaloChannel(Channel):
    """One OA. Settings: `app_id`, `author`. Secrets: `access_token`, `refresh_token`, `expires_at` (ISO time),
    `app_secret`, optionally `refresh_marker` (a refresh was in flight)."""

    kind = "zalo"
    label = "Zalo"
    limits = Limits(
        text=TextLimit(10_000, source="zalo.md 6.2 (no documented limit of a block; 10,000 is ours)"),
        title=TextLimit(140, least=1, source="zalo.md 6.2: 150 documented, a call at 150 was refused"),
        picture=MediaLimit(
            frozenset({"image/jpeg", "image/png"}), 1_000_000, by_public_url=True, source="zalo.md 6.2: https, 1 MB"
        ),
        clip=MediaLimit(frozenset({"video/mp4"}), 50_000_000, source="zalo.md 5: 50 MB"),
        needs_media=True,
        settle_s=60.0,
        call_timeout_s=CALL_S,
        spacing_s=1.0,
    )
    can = frozenset(
        {
            Can.TEXT,
            Can.LINK,
            Can.PICTURE,
            Can.CLIP,
            Can.FIND_SENT,
            Can.READ_METRICS,
            Can.READ_INBOX,
            Can.REPLY,
            Can.WITHDRAW,
        }
    )
    cannot: ClassVar[Mapping[str, Told]] = {
        Can.READ_COMMENTS: Told(
            vi="API Zalo không cho đọc bình luận của bài viết: hãy xem trong ứng dụng OA.",
            en="Zalo's API does not give article comments: read them in the OA app.",
        ),
    }

    # -- pure -----------------------------------------------------------------------------------------------------

    @classmethod
    def compose(cls, content: Content, account: AccountRef) -> Outgoing:
        """A normal article with cover and blocks, or a video article when there is a clip."""
        text = unicodedata.normalize("NFC", content.text).strip()
        first = text.split("\n", 1)[0]
        description = first if len(first) <= 250 else first[:249].rstrip() + "…"
        clip = next((m for m in content.media if m.kind == "clip"), None)
        picture = next((m for m in content.media if m.kind == "picture"), None)
        head = {"title": content.title.strip(), "description": description, "status": "show", "comment": "show"}
        if clip is not None:
            avatar = picture.public_url if picture else content.options.get("avatar", "")
            payload: dict[str, Any] = {"type": "video", **head, "video": clip.sha256, "avatar": avatar}
            return Outgoing(cls.kind, "video_article", payload, (clip,))
        body: list[dict[str, str]] = [
            {"type": "text", "content": f"<p>{escape(p.strip(), quote=False).replace(chr(10), '<br>')}</p>"}
            for p in text.split("\n\n")
            if p.strip()
        ]
        if content.link:
            link = escape(content.link.strip())
            body.append({"type": "text", "content": f'<p><a href="{link}">{link}</a></p>'})
        cover = picture.public_url if picture else ""
        payload = {
            "type": "normal",
            **head,
            "author": account.settings.get("author", account.name)[:50],
            "cover": {"cover_type": "photo", "photo_url": cover, "status": "show"},
            "body": body,
        }
        return Outgoing(cls.kind, "article", payload, (picture,) if picture else ())

    # -- one delivery ---------------------------------------------------------------------------------------------

    async def prepare(self, out: Outgoing, notes: Notes, save_notes: SaveNotes) -> Notes:
        """Upload the clip of a video article and wait until Zalo has converted it."""
        if out.form != "video_article" or "video_id" in notes:
            return notes
        kept = dict(notes)
        if "upload" not in kept:
            clip = out.media[0]
            form = aiohttp.FormData()
            with clip.path.open("rb") as file:
                form.add_field("file", file, filename=clip.path.name, content_type=clip.mime)
                data = await self._post("/v2.0/article/upload_video/preparevideo", data=form, timeout_s=1800)
            kept["upload"] = str(data["token"])
            await save_notes(kept)
        for _ in range(60):
            data = await self._get(
                "/v2.0/article/upload_video/verify", {"token": kept["upload"]}, headers={"token": kept["upload"]}
            )
            status = int(data.get("status", 0))
            if status == 1:
                kept["video_id"] = str(data["video_id"])
                await save_notes(kept)
                return kept
            if status in (2, 4, 5):
                told = Told(vi="Zalo không chuyển đổi được clip: thử tệp khác.", en="Zalo could not convert the clip.")
                raise Rejected(f"video status {status}", told=told)
            await asyncio.sleep(5)
        raise unreachable("video still converting", retry_after_s=60)

    async def submit(self, out: Outgoing, notes: Notes) -> Sent:
        """POST article/create, once. What comes back is a token; `poll` turns it into the article."""
        payload = dict(out.payload)
        if out.form == "video_article":
            payload.pop("video")
            payload["video_id"] = notes["video_id"]
        data = await self._post("/v2.0/article/create", json_body=payload, writes=True)
        token = data.get("token")
        if not token:
            raise unclear("create: ok without a token")
        return Sent(remote_id="", processing=True, notes={"token": str(token)})

    async def poll(self, out: Outgoing, sent: Sent, notes: Notes) -> Sent:
        """POST article/verify: the article's id, or still processing."""
        try:
            data = await self._post("/v2.0/article/verify", json_body={"token": notes.get("token", "")})
        except Unreachable as error:
            if error.code == str(_PROCESSING):
                return sent
            raise
        article = str(data.get("id", ""))
        if not article:
            return sent
        return Sent(remote_id=article, permalink=await self._link(article, str(out.payload["type"])))

    async def find_sent(self, out: Outgoing, notes: Notes, since: datetime) -> Sent | None:
        """The token of a created article, else the newest articles compared by title and time."""
        if notes.get("token"):
            return Sent(remote_id="", processing=True, notes=notes)
        for media in await self._slices(str(out.payload["type"]), since):
            if media.get("title") == out.payload["title"]:
                return Sent(remote_id=str(media["id"]), permalink=str(media.get("link_view", "")))
        return None

    async def withdraw(self, remote_id: str) -> None:
        """POST article/remove."""
        await self._post("/v2.0/article/remove", json_body={"id": remote_id}, writes=True)

    async def reply(self, comment_id: str, text: str, *, item_id: str = "") -> Sent:
        """Answer a message in the OA's inbox; `comment_id` is the message's id."""
        payload = {"recipient": {"message_id": comment_id}, "message": {"text": text}}
        data = await self._post("/v3.0/oa/message/cs", json_body=payload, writes=True)
        return Sent(remote_id=str(data.get("message_id", "")))

    # -- reading --------------------------------------------------------------------------------------------------

    async def check_account(self) -> Health:
        """GET getoa: the token works when it answers."""
        try:
            data = await self._get("/v2.0/oa/getoa", {})
        except AuthLost as error:
            return Health(ok=False, lost=True, told=error.told)
        return Health(
            ok=True,
            told=Told(vi="Zalo hoạt động.", en="Zalo works."),
            name=str(data.get("name", "")),
            remote_id=str(data.get("oa_id") or data.get("oaid") or ""),
            expires_at=_time(self.account.secrets.get("expires_at", "")),
            followers=_count(data.get("num_follower")),
        )

    async def read_items(self, since: datetime) -> Sequence[Item]:
        """Articles created after `since`, oldest first."""
        found = [
            Item(
                remote_id=str(m["id"]),
                text=str(m.get("description", "")),
                title=str(m.get("title", "")),
                created_at=_created(m),
                permalink=str(m.get("link_view", "")),
            )
            for m in await self._slices("normal", since)
        ]
        return sorted(found, key=lambda i: i.created_at)

    async def read_metrics(self, remote_id: str) -> Sequence[Metric]:
        """Views and shares of one article; Zalo offers neither likes nor comments."""
        for kind in ("normal", "video"):
            for media in await self._slices(kind, None):
                if str(media.get("id")) == remote_id:
                    return [
                        Metric("views", _count(media.get("total_view")), "occurrences", "zalo:total_view"),
                        Metric("shares", _count(media.get("total_share")), "occurrences", "zalo:total_share"),
                    ]
        return [Metric("views", None, "occurrences", "zalo:total_view")]

    async def read_account_metrics(self, since: datetime, until: datetime) -> Sequence[Metric]:
        """Followers now; Zalo gives no history."""
        data = await self._get("/v2.0/oa/getoa", {})
        day = until.astimezone(HANOI).date().isoformat()
        value = _count(data.get("num_follower"))
        return [Metric("followers", value, "people", "zalo:num_follower", period="day", day=day)]

    async def read_inbox(self, since: datetime | None) -> Sequence[Comment]:
        """Messages that citizens sent to the OA after `since`, oldest first."""
        found: list[Comment] = []
        for page in range(MOST_SLICES):
            query = {"data": f'{{"offset":{page * 10},"count":10}}'}
            rows = await self._get("/v2.0/oa/listrecentchat", query)
            messages = rows if isinstance(rows, list) else rows.get("messages") or []
            for row in messages:
                written = datetime.fromtimestamp(int(row["time"]) / 1000, UTC)
                if since is not None and written < since:
                    return sorted(found, key=lambda c: c.created_at)
                if row.get("src") == 1 and row.get("type") == "text":
                    found.append(
                        Comment(
                            remote_id=str(row["message_id"]),
                            text=str(row.get("message", "")),
                            created_at=written,
                            author_key=str(row.get("from_id", "")),
                            author_name=str(row.get("from_display_name", "")),
                        )
                    )
            if len(messages) < 10:
                break
        return sorted(found, key=lambda c: c.created_at)

    async def _slices(self, kind: str, since: datetime | None) -> list[dict[str, Any]]:
        """Articles newest first, ten a page, until `since` or the end."""
        found: list[dict[str, Any]] = []
        for page in range(MOST_SLICES):
            query = {"offset": str(page * 10), "limit": "10", "type": kind}
            data = await self._get("/v2.0/article/getslice", query)
            medias = data.get("medias") or []
            found += [m for m in medias if since is None or _created(m) >= since]
            if len(medias) < 10 or (since is not None and _created(medias[-1]) < since):
                break
        return found

    async def _link(self, article: str, kind: str) -> str:
        """The public address comes only from the list; without it the post is out all the same."""
        try:
            data = await self._get("/v2.0/article/getslice", {"offset": "0", "limit": "10", "type": kind})
        except ChannelError:
            return ""
        return next((str(m.get("link_view", "")) for m in data.get("medias") or [] if str(m.get("id")) == article), "")

    # -- calls and the token ----------------------------------------------------------------------------------------

    async def _get(self, path: str, params: Mapping[str, str], headers: Mapping[str, str] | None = None) -> Any:
        return await self._call("GET", path, writes=False, params=params, headers=headers)

    async def _post(
        self,
        path: str,
        *,
        json_body: Mapping[str, Any] | None = None,
        data: Any = None,
        writes: bool = False,
        timeout_s: float = CALL_S - 5,
    ) -> Any:
        return await self._call("POST", path, writes=writes, json_body=json_body, data=data, timeout_s=timeout_s)

    async def _call(
        self, method: str, path: str, *, writes: bool, headers: Mapping[str, str] | None = None, **words: Any
    ) -> Any:
        """One call, with at most one token refresh and one repeat (a refused token means it was not done)."""
        token = await self._token()
        words.setdefault("timeout_s", CALL_S - 5)
        for attempt in (1, 2):
            answer = await self.door.call(
                method,
                f"{self.endpoints.zalo}{path}",
                writes=writes,
                headers={"access_token": token, **(headers or {})},
                **words,
            )
            try:
                return _judge(answer, path, writes=writes, now=self.now())
            except AuthLost as error:
                stale = error.code in {str(c) for c in _TOKEN_DEAD}
                if attempt == 2 or not stale or words.get("data") is not None:
                    raise
                token = await self._refresh(token)
        raise AssertionError("unreachable: the second try returns or raises")

    async def _token(self) -> str:
        secrets = self.account.secrets
        expires = _time(secrets.get("expires_at", ""))
        if expires is not None and expires - self.now() < REFRESH_BEFORE and secrets.get("refresh_token"):
            return await self._refresh(secrets.get("access_token", ""))
        return secrets.get("access_token", "")

    async def _refresh(self, stale: str) -> str:
        """Rotate the pair: one refresher an OA; a marker before the call, the new pair stored before its use."""
        lock = _refreshing.setdefault(f"{self.account.settings.get('app_id')}:{self.account.remote_id}", asyncio.Lock())
        async with lock:
            secrets = dict(self.account.secrets)
            if secrets.get("access_token") != stale:
                return secrets["access_token"]  # another call of this adapter was faster
            old = secrets.get("refresh_token", "")
            marker = f"{self.now().isoformat()} {hashlib.sha256(old.encode()).hexdigest()[:12]}"
            await self._keep({**secrets, "refresh_marker": marker})
            body = await self._exchange(old)
            fresh = {
                **secrets,
                "access_token": str(body["access_token"]),
                "refresh_token": str(body["refresh_token"]),
                "expires_at": (self.now() + timedelta(seconds=int(body["expires_in"]))).isoformat(),
                "refresh_issued_at": self.now().isoformat(),
                "refresh_marker": "",
            }
            await self._keep(fresh)
            return fresh["access_token"]

    async def _exchange(self, refresh_token: str) -> Mapping[str, Any]:
        """Ask for a new pair. A lost answer is tried once more with the old token: it can only fail."""
        told = Told(
            vi="Zalo không gia hạn được quyền truy cập: quản trị OA cần cấp quyền lại.",
            en="Zalo did not renew the access: an OA administrator must grant it again.",
        )
        form = {
            "refresh_token": refresh_token,
            "app_id": self.account.settings.get("app_id", ""),
            "grant_type": "refresh_token",
        }
        answer: Answer | None = None
        for attempt in (1, 2):
            try:
                answer = await self.door.call(
                    "POST",
                    f"{self.endpoints.zalo_oauth}/v4/oa/access_token",
                    writes=True,
                    timeout_s=CALL_S,
                    headers={"secret_key": self.account.secrets.get("app_secret", "")},
                    data=form,
                )
                break
            except Unclear as error:
                if attempt == 2:
                    raise AuthLost("refresh: answer lost twice", told=told) from error
        body = answer.data if answer is not None else None
        if isinstance(body, dict) and body.get("access_token") and body.get("refresh_token"):
            return body
        if not isinstance(body, dict) or "error" not in body:
            raise unreachable("refresh: unreadable answer", retry_after_s=60)
        raise AuthLost(f"refresh: {body.get('error_name', '')}", told=told, code=str(body.get("error", "")))

    async def _keep(self, secrets: Mapping[str, str]) -> None:
        from dataclasses import replace

        await self.save_secrets(secrets)
        self.account = replace(self.account, secrets=dict(secrets))


def _judge(answer: Answer, path: str, *, writes: bool, now: datetime) -> Any:
    """HTTP is 200 even for errors: decide on `error`; a missing one is a transport failure of unknown outcome."""
    body = answer.data
    code = body.get("error") if isinstance(body, dict) else None
    if not isinstance(body, dict) or not isinstance(code, int):
        detail = f"{path}: HTTP {answer.status} without an error field"
        raise unclear(detail) if writes else unreachable(detail)
    if code == 0:
        return body.get("data") if body.get("data") is not None else {}
    message = str(body.get("message", ""))
    detail = f"{path}: {message}"
    if code == _PROCESSING:
        raise unreachable(detail, code=str(code))
    row = _ERRORS.get(code)
    if row is None:
        raise unclear(detail, code=str(code)) if writes else unreachable(detail, code=str(code))
    kind, vi, en = row
    if code == -223 and any(w in message.lower() for w in _QUOTA_WORDS):
        kind = Throttled
        vi, en = "Đã hết hạn mức tạo bài viết của OA: chờ kỳ sau hoặc nâng gói.", "The article quota is used up."
    raise kind(detail, told=Told(vi=vi, en=en), code=str(code), retry_after_s=_wait_s(code, now))


def _wait_s(code: int, now: datetime) -> float | None:
    """Seconds until Zalo takes it again; None for codes that do not wait."""
    local = now.astimezone(HANOI)
    if code == -32:
        return 61.0 - local.second
    if code == -234:
        morning = local.replace(hour=6, minute=5, second=0, microsecond=0)
        return ((morning if local < morning else morning + timedelta(days=1)) - local).total_seconds()
    if code in (-211, -218, -223):
        midnight = (local + timedelta(days=1)).replace(hour=0, minute=5, second=0, microsecond=0)
        return (midnight - local).total_seconds()
    return None


def _created(media: Mapping[str, Any]) -> datetime:
    """Date unit and name vary: below 10^11 it is seconds."""
    value = int(media.get("create_date") or media.get("created_date") or 0)
    return datetime.fromtimestamp(value if value < 10**11 else value / 1000, UTC)


def _time(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _count(value: object) -> int | None:
    if isinstance(value, bool) or value is None:
        return None
    try:
        return int(str(value))
    except ValueError:
        return None
