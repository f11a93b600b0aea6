"""One channel: what it takes, what will be sent, and whether its account works."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar, Final

from channels.base import (
    REPLY,
    AccountRef,
    Can,
    Concern,
    Content,
    Health,
    Limits,
    MediaLimit,
    Outgoing,
    Problem,
    TextLimit,
    Unit,
    later,
)
from channels.errors import AuthLost, ChannelError, Told
from channels.youtube import values
from channels.youtube.calls import CALL_S
from channels.youtube.errors import NO_SCOPE, RIGHTS
from channels.youtube.look import YouTubeLook
from channels.youtube.sending import YouTubeSending
from channels.youtube.uploads import CHUNK

_TAGS_MOST: Final = 500
_NO_COMMENTS: Final = Told(
    vi="thiếu quyền youtube.force-ssl: không đọc, trả lời được bình luận và không đính chính được dưới video. Cấp lại "
    "đủ quyền rồi kết nối lại.",
    en="the scope youtube.force-ssl is missing: comments cannot be read or answered, nor corrections written under a "
    "video. Grant all scopes again and reconnect.",
)


class YouTubeChannel(YouTubeLook, YouTubeSending):
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
        submit_bytes=CHUNK,
    )
    can = frozenset(
        {
            Can.LINK,
            Can.CLIP,
            Can.FIND_SENT,
            Can.READ_METRICS,
            Can.READ_ACCOUNT_METRICS,
            Can.READ_COMMENTS,
            Can.REPLY,
            Can.WITHDRAW,
        }
    )
    cannot: ClassVar[Mapping[str, Told]] = {
        **later(
            "YouTube",
            Can.SHORT_CLIP,
            Can.CAPTIONS,
            Can.THUMBNAIL,
            Can.PLAYLIST,
            Can.FIRST_COMMENT,
            Can.EDIT,
            Can.HIDE_COMMENT,
        ),
        Can.PICTURES: Told(
            vi="YouTube không cho đăng hình qua API: hãy dùng clip.", en="YouTube takes no pictures by API: use a clip."
        ),
        Can.BROADCAST: Told(vi="YouTube tự báo cho người đăng ký.", en="YouTube tells its subscribers by itself."),
        Can.LIKE_COMMENT: Told(
            vi="API YouTube không cho bấm thích bình luận.", en="YouTube's API cannot like a comment."
        ),
        Can.TEXT: Told(
            vi="YouTube không cho đăng bài chỉ có chữ qua API: hãy dùng clip, chữ thành mô tả của clip.",
            en="YouTube takes no posts of words by API: use a clip, the words become its description.",
        ),
        Can.PICTURE: Told(
            vi="YouTube không cho đăng hình qua API: hãy dùng clip.", en="YouTube takes no pictures by API: use a clip."
        ),
        Can.PIN: Told(
            vi="YouTube không cho ghim bình luận qua API: hãy ghim trong YouTube Studio.",
            en="Pin the comment in YouTube Studio: the API cannot.",
        ),
        Can.READ_INBOX: Told(
            vi="API YouTube không có hộp thư: người dân viết trong bình luận.",
            en="YouTube's API has no inbox: citizens write comments.",
        ),
    }

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
        if length > _TAGS_MOST:
            told = Told(
                vi=f"Các thẻ dài {length} ký tự, YouTube nhận tối đa {_TAGS_MOST}.",
                en=f"The tags have {length} characters; YouTube takes at most {_TAGS_MOST}.",
            )
            problems.append(Problem("tags_too_long", "tags", told, _TAGS_MOST, length))
        return problems

    async def check_account(self) -> Health:
        """channels.list(mine=true): the token works and the channel is the one that was connected."""
        try:
            channel = await self._mine("snippet,statistics")
        except AuthLost as error:
            return Health(ok=False, lost=True, told=error.told)
        if channel.get("id") != self.account.remote_id:
            return Health(ok=False, lost=True, told=RIGHTS, remote_id=str(channel.get("id", "")))
        return Health(
            ok=True,
            told=Told(vi="YouTube hoạt động.", en="YouTube works."),
            name=str(values.inner(channel, "snippet").get("title", "")),
            remote_id=str(channel["id"]),
            followers=values.count(values.inner(channel, "statistics").get("subscriberCount")),
            concerns=await self._missing_rights(),
        )

    async def _missing_rights(self) -> tuple[Concern, ...]:
        """A person may tick off scopes. The one for comments opens everything that Loa does (youtube.md 1), and a look
        at the newest comment thread tells of it for one unit."""
        try:
            words = {"part": "id", "allThreadsRelatedToChannelId": self.account.remote_id, "maxResults": 1}
            await self._list("commentThreads", **words)
        except AuthLost as error:
            return (Concern("rights:youtube.force-ssl", _NO_COMMENTS),) if error.code == NO_SCOPE else ()
        except ChannelError:
            return ()
        return ()


def _tags(content: Content) -> list[str]:
    return [tag.strip() for tag in content.options.get("tags", "").split(",") if tag.strip()]


def _tags_length(tags: Sequence[str]) -> int:
    """As YouTube counts: the commas between, and the quotes around a tag with a space."""
    return sum(len(tag) + 2 * (" " in tag) for tag in tags) + max(0, len(tags) - 1)
