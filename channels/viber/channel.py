"""The adapter of one Viber channel (posts) or bot (its subscribers).

A channel post cannot be read back, edited or taken down: an unclear send is a person's to decide.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from channels.base import (
    AccountRef,
    Can,
    Concern,
    Content,
    Health,
    Limits,
    MediaLimit,
    Notes,
    Outgoing,
    Problem,
    Sent,
    TextLimit,
    later,
)
from channels.errors import AuthLost, ChannelError, Told
from channels.review import review
from channels.viber.calls import CALL_S, ViberCalls
from channels.viber.look import CAPTION_MOST, ViberLook
from channels.viber.values import address_problems, number, sent_of, super_admin

_NOT_SENDER = frozenset({"3", "15"})  # which of them comes when the super admin has changed is not sure

_TOLD_NO_ADMIN = Told(
    vi="Không tìm thấy quản trị cao nhất của kênh Viber, người duy nhất được đăng: hãy cấp lại vai trò trong ứng dụng.",
    en="The channel shows no super admin, who alone may post: give the role again in the app.",
)
_NO_API = "API của kênh Viber không có chức năng này"


class ViberChannel(ViberLook, ViberCalls):
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
        Can.READ_ACCOUNT_METRICS: Told(
            vi="API không cho biết số người theo dõi kênh Viber: xem trong ứng dụng.",
            en="Viber tells nobody by API how many follow a channel: look in the app.",
        ),
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
        return problems + [p for media in content.media for p in address_problems(media)]

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
        return sent_of(await self._call("post", body, writes=True))

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
            followers=number(body.get("subscribers_count")),
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
        return () if super_admin(body) else (Concern("super_admin", _TOLD_NO_ADMIN),)

    async def _sender(self) -> str:
        """The id of a super admin, who alone may post on a channel."""
        found = super_admin(await self._call("get_account_info", {}, writes=False))
        if not found:
            raise AuthLost("no superadmin in get_account_info", told=_TOLD_NO_ADMIN)
        return found
