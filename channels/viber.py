"""Viber channels (posts) and bots (their subscribers). Facts and numbers: Viber Channels Post API and REST bot API.

A channel post cannot be read back, edited or taken down: an unclear send is a person's to decide.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import Any, ClassVar
from urllib.parse import urlsplit

from channels.base import (
    AccountRef,
    Can,
    Channel,
    Concern,
    Content,
    Health,
    Limits,
    MediaFile,
    MediaLimit,
    Metric,
    Notes,
    Outgoing,
    Problem,
    Sent,
    TextLimit,
    Usage,
    later,
)
from channels.errors import AuthLost, ChannelError, QuotaReached, Rejected, Throttled, Told
from channels.http import TOO_MANY, Answer, too_many, unclear, unreachable
from channels.review import review

CALL_S = 30.0
CAPTION_MOST = 768

_ENDINGS = {"image/jpeg": (".jpg", ".jpeg"), "video/mp4": (".mp4",)}
_NOT_SENDER = frozenset({"3", "15"})  # which of them comes when the super admin has changed is not sure

_TOLD_NO_ADMIN = Told(
    vi="Không tìm thấy quản trị cao nhất của kênh Viber, người duy nhất được đăng: hãy cấp lại vai trò trong ứng dụng.",
    en="The channel shows no super admin, who alone may post: give the role again in the app.",
)
_NO_API = "API của kênh Viber không có chức năng này"

# status -> (class, Vietnamese, English); viber.md section 6
_STATUS: Mapping[int, tuple[type[ChannelError], str, str]] = {
    1: (
        Rejected,
        "Viber không tải được tệp: kiểm tra địa chỉ https công khai.",
        "Viber cannot fetch the file or hook.",
    ),
    2: (AuthLost, "Mã truy cập Viber không còn đúng: lấy mã mới trong Developer Tools.", "The Viber token is wrong."),
    3: (Rejected, "Viber từ chối nội dung hoặc người gửi không phải quản trị cao nhất.", "Viber refused the content."),
    4: (Rejected, "Thiếu trường bắt buộc khi gửi Viber.", "A required field was missing."),
    5: (Rejected, "Người nhận không còn dùng Viber.", "The receiver is not registered."),
    6: (Rejected, "Người nhận chưa theo dõi bot Viber.", "The receiver is not subscribed."),
    7: (AuthLost, "Tài khoản Viber bị chặn: liên hệ Viber.", "The Viber account is blocked: contact Viber."),
    8: (AuthLost, "Không tìm thấy tài khoản Viber: kiểm tra mã truy cập.", "Viber does not know this account."),
    9: (AuthLost, "Tài khoản Viber bị tạm ngưng: liên hệ Viber.", "The Viber account is suspended: contact Viber."),
    10: (
        AuthLost,
        "Viber cần webhook trước bài đầu tiên: kết nối lại với --set webhook=https://….",
        "Viber needs a webhook before the first post: connect again with --set webhook=https://….",
    ),
    11: (Rejected, "Thiết bị người nhận không hỗ trợ.", "The receiver has no suitable device."),
    12: (Throttled, "Viber báo gửi quá nhanh; hệ thống tự chờ.", "Too many requests; Loa waits by itself."),
    13: (Rejected, "Phiên bản API Viber không được hỗ trợ.", "The API version is not supported."),
    14: (Rejected, "Nội dung không hợp phiên bản Viber của người nhận.", "Incompatible with the receiver's version."),
    15: (AuthLost, "Tài khoản Viber chưa được phép đăng: kiểm tra quyền quản trị cao nhất.", "Not authorised to post."),
    16: (Rejected, "Viber không cho trả lời tại đây.", "In-chat replies are not allowed."),
    17: (Rejected, "Tài khoản Viber không phải loại inline.", "The account is not inline."),
    18: (AuthLost, "Tài khoản này không có kênh Viber công khai.", "This account has no public channel."),
    19: (Rejected, "Bot chưa được phép gửi hàng loạt: xin phép Viber.", "Broadcast is not allowed: ask Viber."),
    20: (Rejected, "Bot chưa được phép gửi hàng loạt: xin phép Viber.", "Broadcast is not allowed: ask Viber."),
    21: (Rejected, "Viber không hỗ trợ quốc gia này.", "The country is not supported."),
    22: (Rejected, "Viber không hỗ trợ thanh toán tại đây.", "Payments are not supported."),
    23: (QuotaReached, "Đã hết tin miễn phí tháng này trên Viber.", "The month's free messages are used up."),
    24: (AuthLost, "Tài khoản Viber hết tiền: nạp thêm.", "The Viber account has no balance."),
}
_WAIT_S = {12: 30.0, 23: 24 * 3600.0}


class ViberChannel(Channel):
    """One Viber channel or bot. Settings: `product` ("channel" or "bot"), `sender` (id of a super admin, for
    channels), `webhook` (address that is set when Viber says that there is none), `token_in_body` ("1" sends a post's
    token in the body too). Secrets: `auth_token`."""

    kind = "viber"
    label = "Viber"
    limits = Limits(
        text=TextLimit(7000, source="viber.md 3.2"),
        picture=MediaLimit(
            frozenset({"image/jpeg"}), 1_000_000, by_public_url=True, source="viber.md 3.2: JPEG, 1 MB, by URL"
        ),
        clip=MediaLimit(
            frozenset({"video/mp4"}), 50_000_000, most_s=180, by_public_url=True, source="viber.md 3.2: 50 MB, 180 s"
        ),
        settle_s=0.0,
        call_timeout_s=CALL_S,
        spacing_s=1.0,
    )
    can = frozenset({Can.TEXT, Can.LINK, Can.PICTURE, Can.CLIP})
    cannot: ClassVar[Mapping[str, Told]] = {
        **later("Viber", Can.PICTURES, Can.THUMBNAIL, Can.BROADCAST),
        Can.SHORT_CLIP: Told(
            vi="Viber không có loại riêng cho clip ngắn.", en="Viber has no form of its own for short clips."
        ),
        Can.CAPTIONS: Told(
            vi="Viber không nhận phụ đề: hãy ghép phụ đề vào clip.",
            en="Viber takes no captions: burn them into the clip.",
        ),
        Can.PLAYLIST: Told(vi="Viber không có danh sách phát.", en="Viber has no playlists."),
        Can.EDIT: Told(vi="Viber không cho sửa bài đã đăng qua API.", en="Viber lets nobody edit what is out by API."),
        **dict.fromkeys(
            (Can.FIRST_COMMENT, Can.HIDE_COMMENT, Can.LIKE_COMMENT),
            Told(vi="Kênh Viber không có bình luận qua API.", en="A Viber channel has no comments by API."),
        ),
        Can.FIND_SENT: Told(vi=f"{_NO_API} (đọc lại bài).", en="Viber offers no call to list channel posts."),
        Can.READ_METRICS: Told(vi=f"{_NO_API} (số liệu).", en="Viber offers no figures for channel posts."),
        Can.READ_COMMENTS: Told(vi=f"{_NO_API} (bình luận).", en="Viber offers no comments on channel posts."),
        Can.REPLY: Told(
            vi="Kênh Viber không có bình luận để trả lời; tin người dân gửi bot Viber thì Loa chưa nhận được.",
            en="A Viber channel has no comments to answer; Loa does not receive the messages to a Viber bot yet.",
        ),
        Can.WITHDRAW: Told(
            vi="Viber không cho gỡ bài qua API: hãy gỡ trong ứng dụng.", en="Take the post down in the Viber app."
        ),
        Can.PIN: Told(vi=f"{_NO_API} (ghim bài).", en="Viber offers no call to pin a post."),
        Can.READ_INBOX: Told(
            vi="Kênh Viber không nhận tin của người dân; tin gửi bot Viber thì Loa chưa nhận được.",
            en="A Viber channel gets no messages from citizens; Loa does not receive those to a Viber bot yet.",
        ),
    }

    @classmethod
    def compose(cls, content: Content, account: AccountRef) -> Outgoing:
        """Text, picture with caption, or video. A clip takes no caption there, so text with a clip goes out as one
        text that ends with the clip's address: one call, nothing lost."""
        text = "\n".join(p for p in (content.text.strip(), content.link.strip()) if p)
        media = content.media[0] if content.media else None
        payload: dict[str, Any] = {"from": account.settings.get("sender", "")}
        if media is not None and media.kind == "picture":
            payload |= {"type": "picture", "text": text, "media": media.public_url}
        elif media is not None and not text:
            payload |= {"type": "video", "media": media.public_url, "size": media.size}
            if media.duration_s > 0:
                payload["duration"] = max(1, int(media.duration_s))
        elif media is not None:
            payload |= {"type": "text", "text": f"{text}\n{media.public_url}"}
        else:
            payload |= {"type": "text", "text": text}
        return Outgoing(cls.kind, "post", payload, content.media[:1])

    @classmethod
    def review(cls, content: Content) -> list[Problem]:
        """As every channel, counted on what is sent: the link, or a clip's address, is part of the text there, and a
        picture's text is shorter. The addresses must be ones from which Viber fetches."""
        sent = cls.compose(content, AccountRef(cls.kind, "")).payload
        most = CAPTION_MOST if sent["type"] == "picture" else cls.limits.text.most
        limits = replace(cls.limits, text=TextLimit(most, source="viber.md 3.2"))
        probe = type("_Sent", (cls,), {"limits": limits})
        problems = review(probe, replace(content, text=sent.get("text", "")))
        return problems + [p for media in content.media for p in _address(media)]

    async def submit(self, out: Outgoing, notes: Notes) -> Sent:
        """POST /pa/post. What Viber refuses for want of a webhook or for the sender was not posted: with the
        webhook set, or with the super admin of now, it goes out once more."""
        payload = dict(out.payload)
        payload["from"] = payload.get("from") or await self._sender()
        try:
            return await self._post(payload)
        except ChannelError as error:
            if error.code == "10" and self.account.settings.get("webhook"):
                await self._set_webhook(self.account.settings["webhook"])
            elif error.code in _NOT_SENDER and (sender := await self._sender()) != payload["from"]:
                payload["from"] = sender
            else:
                raise
        return await self._post(payload)

    async def _post(self, payload: Mapping[str, Any]) -> Sent:
        in_body = self.account.settings.get("token_in_body", "") not in ("", "0", "false")
        body = {**payload, "auth_token": self._token()} if in_body else payload
        return _sent(await self._call("post", body, writes=True))

    async def _set_webhook(self, url: str) -> None:
        """Setting the same address again does no harm, so a cut is no more than unreachable."""
        try:
            await self._call("set_webhook", {"url": url}, writes=False)
        except Rejected as error:
            told = Told(
                vi="Viber không gọi được webhook: kiểm tra địa chỉ https, chứng thư và máy chủ.",
                en="Viber cannot call the webhook: check the https address, the certificate and the host.",
            )
            raise AuthLost(error.detail, told=told, code=error.code) from error

    async def check_account(self) -> Health:
        """Ask get_account_info; the token is alive when it answers."""
        try:
            body = await self._call("get_account_info", {}, writes=False)
        except AuthLost as error:
            return Health(ok=False, lost=True, told=error.told)
        return Health(
            ok=True,
            told=Told(vi="Viber hoạt động.", en="Viber works."),
            name=str(body.get("name") or body.get("chat_hostname") or ""),
            remote_id=str(body.get("id") or ""),
            followers=_number(body.get("subscribers_count")),
            concerns=self._concerns(body),
        )

    def _concerns(self, body: Mapping[str, Any]) -> tuple[Concern, ...]:
        """Only a super admin posts on a channel; a bot hears citizens only by its webhook (viber.md 2 and 3.1)."""
        if self.account.settings.get("product") == "bot":
            told = Told(
                vi="bot chưa có webhook nên không nhận được tin của người dân: đặt LOA_PUBLIC_URL rồi kết nối lại.",
                en="the bot has no webhook, so no message of a citizen arrives: set LOA_PUBLIC_URL and connect again.",
            )
            return (Concern("webhook", told),) if body.get("webhook") == "" else ()
        return () if _super_admin(body) else (Concern("super_admin", _TOLD_NO_ADMIN),)

    async def read_account_metrics(self, since: datetime, until: datetime) -> Sequence[Metric]:
        """A bot knows its subscribers; a channel says nothing."""
        body = await self._call("get_account_info", {}, writes=False)
        value, day = _number(body.get("subscribers_count")), until.date().isoformat()
        return [Metric("followers", value, "people", "viber:subscribers_count", period="day", day=day)]

    async def _sender(self) -> str:
        """The id of a super admin, who alone may post on a channel."""
        found = _super_admin(await self._call("get_account_info", {}, writes=False))
        if not found:
            raise AuthLost("no superadmin in get_account_info", told=_TOLD_NO_ADMIN)
        return found

    def _token(self) -> str:
        """As pasted, without the line end that cannot stand in a header."""
        return self.account.secrets.get("auth_token", "").strip()

    async def _call(self, method: str, payload: Mapping[str, Any], *, writes: bool) -> dict[str, Any]:
        """POST one method. Letters go as they are: escaped, a long Vietnamese text would be over a bot's 30 KB."""
        answer = await self.door.call(
            "POST",
            f"{self.endpoints.viber}/pa/{method}",
            writes=writes,
            timeout_s=CALL_S - 5,
            headers={"X-Viber-Auth-Token": self._token(), "Content-Type": "application/json"},
            data=json.dumps(payload, ensure_ascii=False).encode(),
        )
        try:
            return _judge(answer, method, writes=writes)
        except Throttled as error:
            self._used_up(error)
            raise

    def _used_up(self, error: Throttled) -> None:
        """Write down which limit was reached. Viber never tells how large they are, nor what is left."""
        name = "messages" if isinstance(error, QuotaReached) else "calls"
        until = self.now() + timedelta(seconds=error.retry_after_s or 0.0)
        self.tell_usage(Usage(_limit(self.account, name), name, blocked_until=until))

    @classmethod
    def costs(cls, out: Outgoing, account: AccountRef, notes: Notes) -> Mapping[str, float]:
        """A post is one call and one message."""
        return {_limit(account, "calls"): 1.0, _limit(account, "messages"): 1.0}

    @classmethod
    def reading_costs(cls, account: AccountRef) -> Mapping[str, float]:
        """A reading is one call."""
        return {_limit(account, "calls"): 1.0}


def _limit(account: AccountRef, name: str) -> str:
    return f"viber:{name}:{account.remote_id}"


def _address(media: MediaFile) -> list[Problem]:
    """What keeps Viber from fetching a file; plain http is for a sandbox on this machine alone."""
    endings = _ENDINGS.get(media.mime, ())
    if not media.public_url or not endings:
        return []  # told by the common review
    try:
        parts = urlsplit(media.public_url)
        fetched = parts.scheme == "https" or parts.hostname in ("127.0.0.1", "localhost")
    except ValueError:
        fetched, parts = False, urlsplit("")
    if fetched and parts.username is None and PurePosixPath(parts.path).suffix.lower() in endings:
        return []
    told = Told(
        vi=f"Viber cần địa chỉ https công khai kết thúc bằng {' hoặc '.join(endings)} cho tệp {media.path.name}.",
        en=f"Viber needs a public https address that ends in {' or '.join(endings)} for {media.path.name}.",
    )
    return [Problem(f"{media.kind}_address", media.kind, told)]


def _super_admin(body: Mapping[str, Any]) -> str:
    """The id of a channel's super admin; empty where it shows none."""
    members = body.get("members")
    for member in members if isinstance(members, list) else ():
        if isinstance(member, dict) and member.get("role") == "superadmin" and member.get("id"):
            return str(member["id"])
    return ""


def _sent(body: Mapping[str, Any]) -> Sent:
    """A message token has 19 digits: text from here on."""
    token = body.get("message_token")
    if not token:
        raise unclear("post: ok without message_token")
    return Sent(remote_id=str(token))


def _number(value: object) -> int | None:
    """A whole number, also where it comes as text; None for everything else."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else None


def _judge(answer: Answer, method: str, *, writes: bool) -> dict[str, Any]:
    """HTTP is 200 even for errors: decide on the JSON status."""
    body = answer.data if isinstance(answer.data, dict) else {}
    status = _number(body.get("status"))
    if status is None and answer.status == TOO_MANY:
        raise too_many(f"{method}: HTTP {answer.status}", answer.headers)
    if status is None or answer.status >= 500 or (status == 0 and answer.status != 200):
        detail = f"{method}: HTTP {answer.status}, status {status}"
        raise unclear(detail) if writes else unreachable(detail)
    if status == 0:
        return body
    row = _STATUS.get(status)
    detail = f"{method}: {body.get('status_message', '')}"
    if row is None:
        raise unclear(detail, code=str(status)) if writes else unreachable(detail, code=str(status))
    kind, vi, en = row
    raise kind(detail, told=Told(vi=vi, en=en), code=str(status), retry_after_s=_WAIT_S.get(status))
