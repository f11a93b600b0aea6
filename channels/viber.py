"""Viber channels (posts) and bots (answers). Facts and numbers: Viber Channels Post API and REST bot API.

A channel post cannot be read back, edited or taken down: an unclear send is a person's to decide.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from channels.base import (
    AccountRef,
    Can,
    Channel,
    Content,
    Health,
    Limits,
    MediaLimit,
    Metric,
    Notes,
    Outgoing,
    Sent,
    TextLimit,
)
from channels.errors import AuthLost, ChannelError, Rejected, Throttled, Told
from channels.http import Answer, unclear, unreachable

CALL_S = 30.0
CAPTION_MOST = 768

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
    10: (AuthLost, "Viber cần webhook trước bài đầu tiên: đặt LOA_PUBLIC_URL rồi kết nối lại.", "Set a webhook first."),
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
    23: (Throttled, "Đã hết tin miễn phí tháng này trên Viber.", "The month's free messages are used up."),
    24: (AuthLost, "Tài khoản Viber hết tiền: nạp thêm.", "The Viber account has no balance."),
}
_WAIT_S = {12: 30.0, 23: 24 * 3600.0}


class ViberChannel(Channel):
    """One Viber channel or bot. Settings: `product` ("channel" or "bot"), `sender` (id of a super admin, for
    channels). Secrets: `auth_token`."""

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
        Can.FIND_SENT: Told(vi=f"{_NO_API} (đọc lại bài).", en="Viber offers no call to list channel posts."),
        Can.READ_METRICS: Told(vi=f"{_NO_API} (số liệu).", en="Viber offers no figures for channel posts."),
        Can.READ_COMMENTS: Told(vi=f"{_NO_API} (bình luận).", en="Viber offers no comments on channel posts."),
        Can.WITHDRAW: Told(
            vi="Viber không cho gỡ bài qua API: hãy gỡ trong ứng dụng.", en="Take the post down in the Viber app."
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
            payload |= {
                "type": "video",
                "media": media.public_url,
                "size": media.size,
                "duration": max(1, round(media.duration_s)),
            }
        elif media is not None:
            payload |= {"type": "text", "text": f"{text}\n{media.public_url}"}
        else:
            payload |= {"type": "text", "text": text}
        return Outgoing(cls.kind, "post", payload, content.media[:1])

    @classmethod
    def review(cls, content: Content) -> list[Any]:
        """As every channel, plus the shorter caption under a picture."""
        from dataclasses import replace

        from channels.review import review

        pictured = any(m.kind == "picture" for m in content.media)
        problems = review(cls, content)
        if pictured:
            short = replace(cls.limits, caption=TextLimit(CAPTION_MOST, source="viber.md 3.2"))
            probe = type("_Captioned", (cls,), {"limits": short})
            problems = review(probe, content)
        return problems

    async def submit(self, out: Outgoing, notes: Notes) -> Sent:
        """POST /pa/post, once."""
        payload = dict(out.payload)
        if not payload.get("from"):
            payload["from"] = await self._sender()
        body = await self._call("post", payload, writes=True)
        token = body.get("message_token")
        if token is None:
            raise unclear("post: ok without message_token")
        return Sent(remote_id=str(token))

    async def check_account(self) -> Health:
        """Ask get_account_info; the token is alive when it answers."""
        try:
            body = await self._call("get_account_info", {}, writes=False)
        except AuthLost as error:
            return Health(ok=False, lost=True, told=error.told)
        count = body.get("subscribers_count")
        return Health(
            ok=True,
            told=Told(vi="Viber hoạt động.", en="Viber works."),
            name=str(body.get("name") or body.get("chat_hostname") or ""),
            remote_id=str(body.get("id", "")),
            followers=count if isinstance(count, int) else None,
        )

    async def read_account_metrics(self, since: datetime, until: datetime) -> Sequence[Metric]:
        """A bot knows its subscribers; a channel says nothing."""
        body = await self._call("get_account_info", {}, writes=False)
        count = body.get("subscribers_count")
        value = count if isinstance(count, int) else None
        return [Metric("followers", value, "people", "viber:subscribers_count", period="day")]

    async def reply(self, comment_id: str, text: str, *, item_id: str = "") -> Sent:
        """Answer a citizen's message to the bot; `comment_id` is the user's id."""
        payload = {
            "receiver": comment_id,
            "min_api_version": 1,
            "sender": {"name": self.account.name[:28] or "Loa"},
            "type": "text",
            "text": text,
        }
        body = await self._call("send_message", payload, writes=True)
        return Sent(remote_id=str(body.get("message_token", "")))

    async def _sender(self) -> str:
        """The id of a super admin, who alone may post on a channel."""
        body = await self._call("get_account_info", {}, writes=False)
        for member in body.get("members") or ():
            if isinstance(member, dict) and member.get("role") == "superadmin":
                return str(member["id"])
        told = Told(vi="Không tìm thấy quản trị cao nhất của kênh Viber.", en="The channel shows no super admin.")
        raise AuthLost("no superadmin in get_account_info", told=told)

    async def _call(self, method: str, payload: Mapping[str, Any], *, writes: bool) -> dict[str, Any]:
        answer = await self.door.call(
            "POST",
            f"{self.endpoints.viber}/pa/{method}",
            writes=writes,
            timeout_s=CALL_S - 5,
            headers={"X-Viber-Auth-Token": self.account.secrets.get("auth_token", "")},
            json_body=dict(payload),
        )
        return _judge(answer, method, writes=writes)


def _judge(answer: Answer, method: str, *, writes: bool) -> dict[str, Any]:
    """HTTP is 200 even for errors: decide on the JSON status."""
    body = answer.data
    status = body.get("status") if isinstance(body, dict) else None
    if not isinstance(body, dict) or not isinstance(status, int) or isinstance(status, bool):
        detail = f"{method}: HTTP {answer.status} without a status"
        raise unclear(detail) if writes else unreachable(detail)
    if status == 0:
        return body
    row = _STATUS.get(status)
    detail = f"{method}: {body.get('status_message', '')}"
    if row is None:
        raise unclear(detail, code=str(status)) if writes else unreachable(detail, code=str(status))
    kind, vi, en = row
    raise kind(detail, told=Told(vi=vi, en=en), code=str(status), retry_after_s=_WAIT_S.get(status))
