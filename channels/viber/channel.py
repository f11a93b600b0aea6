"""The adapter of one Viber channel.

A post cannot be read back, edited or taken down: an unclear send is a person's to decide.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from channels.base import (
    AccountRef,
    Can,
    Concern,
    Content,
    Limits,
    MediaLimit,
    Notes,
    Outgoing,
    Sent,
    TextLimit,
)
from channels.errors import AuthLost, ChannelError, Told
from channels.viber.calls import CALL_S, ViberCalls
from channels.viber.lacks import LACKS, NO_API
from channels.viber.look import ViberLook
from channels.viber.messages import message, split
from channels.viber.values import sent_of, super_admin

CAPTION_MOST: Final = 768
_NOT_SENDER = frozenset({"3", "15"})  # which of them comes when the super admin has changed is not sure

_TOLD_NO_ADMIN = Told(
    vi="Không tìm thấy quản trị cao nhất của kênh Viber, người duy nhất được đăng: hãy cấp lại vai trò trong ứng dụng.",
    en="The channel shows no super admin, who alone may post: give the role again in the app.",
)


class ViberChannel(ViberLook, ViberCalls):
    """One Viber channel. Settings: `sender` (id of a super admin), `webhook` (address that is set when Viber says that
    there is none), `token_in_body` ("1" sends a post's token in the body too). Secrets: `auth_token`."""

    kind = "viber"
    label = "Viber"
    limits = Limits(
        text=TextLimit(7000, source="viber.md 3.2"),
        picture=MediaLimit(
            frozenset({"image/jpeg"}), 1_000_000, 10, by_public_url=True, source="viber.md 3.2: JPEG, 1 MB, by URL"
        ),
        clip=MediaLimit(
            frozenset({"video/mp4"}),
            50_000_000,
            most_s=180,
            video_codecs=frozenset({"h264"}),
            by_public_url=True,
            source="viber.md 3.2: 50 MB, 180 s",
        ),
        thumbnail=MediaLimit(frozenset({"image/jpeg"}), 100_000, by_public_url=True, source="viber.md 3.2: 100 kB"),
        settle_s=0.0,
        call_timeout_s=CALL_S,
        spacing_s=1.0,
    )
    caption_most = CAPTION_MOST
    can = frozenset({Can.TEXT, Can.LINK, Can.PICTURE, Can.PICTURES, Can.CLIP, Can.THUMBNAIL})
    cannot: ClassVar[Mapping[str, Told]] = {
        **LACKS,
        Can.BROADCAST: Told(
            vi="Bài trên kênh Viber đã tới mọi người theo dõi kênh; gửi cho người theo dõi bot thì dùng Viber Bot.",
            en="A post on a Viber channel reaches all who follow it; a bot's followers are written to by a Viber Bot.",
        ),
        Can.READ_METRICS: Told(vi=f"{NO_API} (số liệu).", en="Viber offers no figures for channel posts."),
        Can.READ_ACCOUNT_METRICS: Told(
            vi="API không cho biết số người theo dõi kênh Viber: xem trong ứng dụng.",
            en="Viber tells nobody by API how many follow a channel: look in the app.",
        ),
        Can.REPLY: Told(
            vi="Kênh Viber không có bình luận để trả lời: người dân viết cho đơn vị qua Viber Bot.",
            en="A Viber channel has no comments to answer: citizens write to the office by a Viber Bot.",
        ),
        Can.READ_INBOX: Told(
            vi="Kênh Viber không nhận tin của người dân: họ viết cho đơn vị qua Viber Bot.",
            en="A Viber channel gets no messages from citizens: they write to the office by a Viber Bot.",
        ),
    }

    @classmethod
    def compose(cls, content: Content, account: AccountRef) -> Outgoing:
        """The first message: the words, the first picture with them, or the clip. The others are `follow_ups`."""
        payload = {"from": account.settings.get("sender", ""), **message(content)}
        return Outgoing(cls.kind, "post", payload, split(content)[0].media)

    async def submit(self, out: Outgoing, notes: Notes) -> Sent:
        """POST /pa/post. What Viber refuses for want of a webhook or for the sender was not posted: with the
        webhook set, or with the super admin of now, it goes out once more."""
        payload = dict(out.payload)
        payload["from"] = payload.get("from") or await self._sender()
        try:
            return await self._post(payload)
        except ChannelError as error:
            if error.code == "10" and self.account.settings.get("webhook"):
                await self.set_webhook(self.account.settings["webhook"])
            elif error.code in _NOT_SENDER and (sender := await self._sender()) != payload["from"]:
                payload["from"] = sender
            else:
                raise
        return await self._post(payload)

    async def _post(self, payload: Mapping[str, Any]) -> Sent:
        in_body = self.account.settings.get("token_in_body", "") not in ("", "0", "false")
        body = {**payload, "auth_token": self._token()} if in_body else payload
        return sent_of(await self._call("post", body, writes=True))

    def concerns(self, body: Mapping[str, Any]) -> tuple[Concern, ...]:
        """Only a super admin posts on a channel (viber.md 3.1)."""
        return () if super_admin(body) else (Concern("super_admin", _TOLD_NO_ADMIN),)

    async def _sender(self) -> str:
        """The id of a super admin, who alone may post on a channel."""
        found = super_admin(await self._call("get_account_info", {}, writes=False))
        if not found:
            raise AuthLost("no superadmin in get_account_info", told=_TOLD_NO_ADMIN)
        return found
