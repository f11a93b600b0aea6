"""A public Telegram channel that a bot administers. Facts and numbers: the notes on the Bot API.

Called through the plain HTTP door, not through python-telegram-bot as the duty chat is: that library reads every file
whole into memory, counts a refused request among its network errors and hides a cut connection in another exception's
cause, and here each of those decides whether a post is sent again.

A bot cannot read a channel back: an unclear send is a person's to decide. To edit, pin or take down once more does no
harm, so a cut in one of those is no more than unreachable. Remote ids: "17" is a text; "m17" a post with a file and
"m17.18" an album, so that an edit knows a caption from a text and a withdrawal takes every part.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar, Final

import aiohttp

from channels.base import (
    EDIT,
    SLOWEST_LINE,
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
    Unit,
    later,
)
from channels.errors import AuthLost, ChannelError, Rejected, Told
from channels.files import open_whole
from channels.http import TOO_MANY, Answer, too_many, unclear, unreachable
from channels.look import Counted, File, Look
from channels.reading import whole

CALL_S: Final = 30.0
MOST_FILES: Final = 10
_METHODS: Mapping[str, str] = {
    "post": "sendMessage", "photo": "sendPhoto", "video": "sendVideo", "album": "sendMediaGroup"
}  # fmt: skip
_TYPES: Mapping[str, str] = {"picture": "photo", "clip": "video"}
_NAMES: Mapping[str, str] = {"image/jpeg": "picture.jpg", "image/png": "picture.png", "video/mp4": "clip.mp4"}
_OURS: Final = frozenset({"pin", "target"})
"""What a payload says besides the fields of the request."""
_SAME, _GONE = "message is not modified", "message to delete not found"

_TOLD_TOKEN = Told(
    vi="Mã của bot Telegram không còn đúng: lấy mã mới ở BotFather rồi kết nối lại.",
    en="The Telegram bot's token is wrong: get a new one from BotFather and reconnect.",
)
_TOLD_OUT = Told(
    vi="Bot không còn ở trong kênh Telegram: thêm lại bot làm quản trị viên của kênh.",
    en="The bot is not in the Telegram channel any more: add it again as an administrator.",
)
_TOLD_RIGHT = Told(
    vi="Bot chưa được phép đăng trên kênh Telegram: vào Quản trị viên của kênh, bật quyền đăng bài cho bot.",
    en="The bot may not post in the Telegram channel: under Administrators, let it post messages.",
)
_TOLD_BIG = Told(
    vi="Telegram báo tệp quá lớn: hình tối đa 10 MB, clip 50 MB, hãy nén lại.",
    en="Telegram says that the file is too big: pictures up to 10 MB, clips up to 50 MB; compress it.",
)
_TOLD_FILE = Told(
    vi="Telegram không dùng được tệp: hình JPEG hoặc PNG, hai cạnh cộng lại không quá 10.000 điểm ảnh, cạnh dài không "
    "quá 20 lần cạnh ngắn; clip MP4.",
    en="Telegram cannot use the file: JPEG or PNG pictures, both edges together at most 10,000 pixels, one at most 20 "
    "times the other; MP4 clips.",
)
_TOLD_LONG = Told(
    vi="Telegram báo bài quá dài: tối đa 4096 ký tự, kèm tệp thì 1024, hãy rút ngắn.",
    en="Telegram says that it is too long: at most 4096 characters, 1024 beside a file; shorten it.",
)
_TOLD_EDIT = Told(
    vi="Telegram không tìm thấy bài để sửa hoặc không cho sửa bài này: mở kênh xem bài còn không.",
    en="Telegram does not find the post to edit, or does not let it be edited: see whether it is still there.",
)
_TOLD_PIN = Told(
    vi="Bot chưa được phép ghim: bật quyền sửa bài của người khác cho bot, hoặc ghim bằng tay.",
    en="The bot may not pin: let it edit others' messages, or pin by hand.",
)
_TOLD_REFUSED = Told(
    vi="Telegram từ chối bài này: xem lại nội dung và tệp, sửa rồi duyệt lại.",
    en="Telegram refused this: look at its text and files, change it and have it approved again.",
)
_CODES: Mapping[int, tuple[type[ChannelError], Told]] = {
    401: (AuthLost, _TOLD_TOKEN), 403: (AuthLost, _TOLD_OUT), 404: (AuthLost, _TOLD_TOKEN), 413: (Rejected, _TOLD_BIG)
}  # fmt: skip
_TEXTS: Sequence[tuple[str, type[ChannelError], Told]] = (
    ("chat not found", AuthLost, Told(
        vi="Không tìm thấy kênh Telegram: kiểm tra @tên hoặc mã số của kênh và bot đã ở trong kênh chưa.",
        en="Telegram does not find the channel: check its @name or number, and whether the bot is in it.",
    )),
    ("upgraded to a supergroup", AuthLost, Told(
        vi="Nhóm Telegram đã thành siêu nhóm với mã mới: kết nối lại bằng mã mới.",
        en="The Telegram group became a supergroup with a new number: reconnect with it.",
    )),
    ("need administrator rights", AuthLost, _TOLD_RIGHT),
    ("not enough rights to send", AuthLost, _TOLD_RIGHT),
    ("have no rights to send", AuthLost, _TOLD_RIGHT),
    ("member list is inaccessible", AuthLost, _TOLD_RIGHT),
    ("not enough rights to pin", Rejected, _TOLD_PIN),
    (_SAME, Rejected, Told(vi="Bài trên Telegram đã đúng như bản sửa.", en="The post already says that.")),
    (_GONE, Rejected, Told(vi="Bài không còn trên Telegram.", en="The post is not on Telegram any more.")),
    ("can't be deleted", Rejected, Told(
        vi="Telegram không cho bot gỡ bài này nữa (quá 48 giờ hoặc thiếu quyền xóa): hãy gỡ trong ứng dụng Telegram.",
        en="Telegram no longer lets the bot delete this (older than 48 hours, or no right): delete it in the app.",
    )),
    ("message to edit not found", Rejected, _TOLD_EDIT),
    ("can't be edited", Rejected, _TOLD_EDIT),
    ("in the message to edit", Rejected, _TOLD_EDIT),
    ("message to pin not found", Rejected, Told(
        vi="Bài cần ghim không còn trên Telegram.", en="The post to pin is not on Telegram any more."
    )),
    ("is too long", Rejected, _TOLD_LONG),
    ("text is empty", Rejected, Told(vi="Bài trống: hãy viết nội dung.", en="The text is empty: write one.")),
    ("too big", Rejected, _TOLD_BIG),
    ("photo_invalid_dimensions", Rejected, _TOLD_FILE),
    ("image_process_failed", Rejected, _TOLD_FILE),
    ("wrong file identifier", Rejected, _TOLD_FILE),
    ("file must be non-empty", Rejected, _TOLD_FILE),
)  # fmt: skip
"""What a refusal says, in lower case, and what it means; telegram.md section 4."""


class TelegramChannel(Channel):
    """One channel. `account.remote_id` is its @name or its number. Secrets: `bot_token`."""

    kind = "telegram"
    label = "Telegram"
    limits = Limits(
        text=TextLimit(4096, Unit.UTF16_UNITS, source="telegram.md 2: message text"),
        caption=TextLimit(1024, Unit.UTF16_UNITS, source="telegram.md 2: caption"),
        picture=MediaLimit(
            frozenset({"image/jpeg", "image/png"}),
            10_000_000,
            most_count=MOST_FILES,
            most_sides=10_000,
            least_ratio=1 / 20,
            most_ratio=20,
            source="telegram.md 2: photo 10 MB, width and height 10,000, ratio 20",
        ),
        clip=MediaLimit(frozenset({"video/mp4"}), 50_000_000, source="telegram.md 2: upload file 50 MB"),
        settle_s=0.0,
        call_timeout_s=CALL_S + 10,
        spacing_s=3.0,  # telegram.md 2: 20 a minute in one group
    )
    can = frozenset(
        {Can.TEXT, Can.LINK, Can.PICTURE, Can.PICTURES, Can.CLIP, Can.EDIT, Can.WITHDRAW, Can.PIN,
         Can.READ_ACCOUNT_METRICS}
    )  # fmt: skip
    cannot: ClassVar[Mapping[str, Told]] = {
        **later("Telegram", Can.THUMBNAIL),
        Can.SHORT_CLIP: Told(
            vi="Kênh Telegram không có loại riêng cho clip ngắn: mọi clip là video.",
            en="A Telegram channel has no form of its own for short clips: every clip is a video.",
        ),
        Can.CAPTIONS: Told(
            vi="Telegram không nhận phụ đề: hãy ghép phụ đề vào clip.",
            en="Telegram takes no captions: burn them into the clip.",
        ),
        Can.PLAYLIST: Told(vi="Telegram không có danh sách phát.", en="Telegram has no playlists."),
        Can.BROADCAST: Told(
            vi="Mọi người theo dõi kênh Telegram đã nhận bài khi đăng: không có gì để gửi thêm.",
            en="All who follow a Telegram channel get a post when it is out: there is nothing more to send.",
        ),
        Can.FIND_SENT: Told(
            vi="Bot Telegram không đọc lại được bài trên kênh.", en="A Telegram bot cannot read a channel back."
        ),
        Can.READ_METRICS: Told(
            vi="Telegram không cho bot biết lượt xem của bài.", en="Telegram tells bots no figures of a post."
        ),
        **dict.fromkeys(
            (Can.FIRST_COMMENT, Can.READ_COMMENTS, Can.REPLY, Can.HIDE_COMMENT, Can.LIKE_COMMENT),
            Told(
                vi="Kênh Telegram không có bình luận qua API bot: bình luận nằm ở nhóm thảo luận riêng.",
                en="A Telegram channel has no comments by the bot's API: they are in a discussion group of its own.",
            ),
        ),
        Can.READ_INBOX: Told(
            vi="Kênh Telegram không nhận tin của người dân.", en="A Telegram channel gets no messages from citizens."
        ),
    }  # fmt: skip

    # -- what will be sent ------------------------------------------------------------------------------------------

    @classmethod
    def compose(cls, content: Content, account: AccountRef) -> Outgoing:
        """A text, a photo, a video, an album of two to ten, or new words for what is out. Plain words without a parse
        mode: any letter may stand in them, and Telegram makes the links itself."""
        words, chat = _words(content), {"chat_id": account.remote_id}
        if content.options.get("form") == EDIT:
            target = content.options.get("target", "")
            said = {"caption" if target.startswith("m") else "text": words}
            return Outgoing(cls.kind, EDIT, {**chat, "message_id": _parts(target)[0], **said, "target": target})
        caption = {"caption": words} if words else {}
        pin = {"pin": "true"} if content.options.get("pin") == "true" else {}
        files = tuple(m for m in content.media if m.kind in _TYPES)
        if not files:
            return Outgoing(cls.kind, "post", {**chat, "text": words, **pin})
        if len(files) > 1:
            media = [{"type": _TYPES[m.kind], "media": m.sha256, **_shape(m)} for m in files]
            media[0] |= caption
            return Outgoing(cls.kind, "album", {**chat, "media": media, **pin}, files)
        form = _TYPES[files[0].kind]
        said = {**chat, form: files[0].sha256, **caption, **_shape(files[0]), **pin}
        return Outgoing(cls.kind, form, said, files)

    @classmethod
    def limits_for(cls, content: Content) -> Limits:
        """Words beside files are fewer, also when they are edited, and an edit needs some."""
        edit = content.options.get("form") == EDIT
        beside = bool(content.media) or (edit and content.options.get("target", "").startswith("m"))
        text = (cls.limits.caption if beside else None) or cls.limits.text
        return replace(cls.limits, text=replace(text, least=int(edit)), caption=None)

    @classmethod
    def review(cls, content: Content) -> list[Problem]:
        """As every channel, counted on what is sent: the link is part of the text. An album may be of both kinds."""
        problems, count = super().review(replace(content, text=_words(content))), len(content.media)
        if count <= MOST_FILES:
            return problems
        told = Told(
            vi=f"Telegram nhận tối đa {MOST_FILES} tệp một bài, đang có {count}: hãy bỏ bớt {count - MOST_FILES}.",
            en=f"Telegram takes at most {MOST_FILES} files in a post; there are {count}: remove {count - MOST_FILES}.",
        )
        return [*problems, Problem("media_count", "media", told, MOST_FILES, count)]

    @classmethod
    def look(cls, out: Outgoing) -> Look | None:
        """A message with its files."""
        said = out.payload
        items = said.get("media", [{"type": name, "media": said[name]} for name in _TYPES.values() if name in said])
        files = tuple(File(kind, m["media"]) for m in items for kind, name in _TYPES.items() if m["type"] == name)
        return Look("chat", text="".join(c.text for c in cls.counted(out)), files=files)

    @classmethod
    def counted(cls, out: Outgoing) -> Sequence[Counted]:
        """The text, or the caption of the first file."""
        said = out.payload["media"][0] if out.form == "album" else out.payload
        parts = ("text", cls.limits.text), ("caption", cls.limits.caption)
        return [Counted(name, said[name], limit) for name, limit in parts if limit and name in said]

    # -- one delivery -----------------------------------------------------------------------------------------------

    @classmethod
    def repeats(cls, form: str) -> bool:
        """An edit: the same words once more are the same words."""
        return form == EDIT

    async def submit(self, out: Outgoing, notes: Notes) -> Sent:
        """One call, an album too. An edit that changes nothing is done."""
        files = {f"file{n}" if out.form == "album" else out.form: m for n, m in enumerate(out.media)}
        fields = {name: value for name, value in out.payload.items() if name not in _OURS | files.keys()}
        if out.form == EDIT:
            return await self._edit(fields, out.payload["target"])
        if out.form == "album":
            fields["media"] = [{**m, "media": f"attach://file{n}"} for n, m in enumerate(fields["media"])]
        result = await self._call(_METHODS[out.form], fields, files, writes=True)
        messages = result if isinstance(result, list) else [result]
        numbers = [m.get("message_id") if isinstance(m, dict) else None for m in messages]
        if not numbers or not all((_count(number) or 0) > 0 for number in numbers):
            raise unclear(f"{_METHODS[out.form]}: ok without message_id")
        remote_id = ("m" if out.media else "") + ".".join(str(number) for number in numbers)
        return Sent(remote_id, self._link(remote_id, messages[0].get("chat")))

    async def _edit(self, fields: Mapping[str, Any], target: str) -> Sent:
        method = "editMessageCaption" if "caption" in fields else "editMessageText"
        try:
            edited = _object(await self._call(method, fields, writes=False))
        except Rejected as error:
            if error.code != _SAME:
                raise
            edited = {}
        return Sent(target, self._link(target, edited.get("chat")))

    def _link(self, remote_id: str, chat: object = None) -> str:
        """Where people find it; empty when nothing says how the channel is called."""
        told = chat if isinstance(chat, dict) else {}
        name = told.get("username") or self.account.remote_id.partition("@")[2]
        number = str(told.get("id") or self.account.remote_id).removeprefix("-100")
        where = name or (f"c/{number}" if number.isdigit() else "")
        return f"https://t.me/{where}/{_parts(remote_id)[0]}" if where else ""

    def has_extras(self, out: Outgoing) -> bool:
        """A correction is pinned."""
        return out.payload.get("pin") == "true"

    async def finish(self, out: Outgoing, sent: Sent, notes: Notes) -> None:
        """Pin a correction."""
        if self.has_extras(out):
            await self.pin(sent.remote_id)

    async def pin(self, remote_id: str) -> None:
        """Pin a post, unless it is the one on top."""
        number = _parts(remote_id)[0]
        on_top = _object((await self._ask("getChat")).get("pinned_message"))
        if str(on_top.get("message_id")) != number:
            await self._call("pinChatMessage", {"chat_id": self.account.remote_id, "message_id": number}, writes=False)

    def withdraws(self, form: str) -> bool:
        """An edit is not taken back, the post itself is."""
        return form != EDIT

    async def withdraw(self, remote_id: str) -> None:
        """Delete every part of a post; what is gone already counts as done."""
        for number in _parts(remote_id):
            fields = {"chat_id": self.account.remote_id, "message_id": number}
            try:
                await self._call("deleteMessage", fields, writes=False)
            except Rejected as error:
                if error.code != _GONE:
                    raise

    # -- the account ------------------------------------------------------------------------------------------------

    async def check_account(self) -> Health:
        """Ask for the bot, the channel, and what the one may do in the other."""
        try:
            me, chat = _object(await self._call("getMe", {}, writes=False)), await self._ask("getChat")
            member = await self._ask("getChatMember", user_id=me.get("id"))
        except AuthLost as error:
            return Health(ok=False, lost=True, told=error.told)
        if chat.get("type") != "channel":
            told = Told(
                vi="Đây không phải là kênh Telegram (nhóm hoặc cuộc trò chuyện riêng): nhập @tên của kênh.",
                en="This is no Telegram channel (a group or a private chat): give the channel's @name.",
            )
            return Health(ok=False, lost=True, told=told)
        if member.get("status") != "administrator" or member.get("can_post_messages") is not True:
            return Health(ok=False, lost=True, told=_TOLD_RIGHT)
        pins = member.get("can_edit_messages") is True
        return Health(
            ok=True,
            told=Told(vi="Telegram hoạt động.", en="Telegram works."),
            name=str(chat.get("title") or ""),
            remote_id=self.account.remote_id,
            followers=await self._followers(),
            concerns=() if pins else (Concern("rights:can_edit_messages", _TOLD_PIN),),
        )

    async def read_account_metrics(self, since: datetime, until: datetime) -> Sequence[Metric]:
        """How many follow the channel now."""
        value, day = await self._followers(), until.date().isoformat()
        return [Metric("followers", value, "people", "telegram:getChatMemberCount", period="day", day=day)]

    async def _followers(self) -> int | None:
        fields = {"chat_id": self.account.remote_id}
        return _count(await self._call("getChatMemberCount", fields, writes=False))

    # -- calls ------------------------------------------------------------------------------------------------------

    async def _ask(self, method: str, **fields: Any) -> Mapping[str, Any]:
        """Ask something about the channel that is answered by an object."""
        return _object(await self._call(method, {"chat_id": self.account.remote_id, **fields}, writes=False))

    async def _call(
        self, method: str, fields: Mapping[str, Any], files: Mapping[str, MediaFile] | None = None, *, writes: bool
    ) -> Any:
        """POST one method, as a form; files are read from the disk while they are sent."""
        form, size = aiohttp.FormData(), sum(file.size for file in (files or {}).values())
        for name, value in fields.items():
            form.add_field(name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
        token = self.account.secrets.get("bot_token", "").strip()
        with ExitStack() as opened:
            for name, file in (files or {}).items():
                source = opened.enter_context(open_whole(file))
                form.add_field(name, source, filename=_NAMES.get(file.mime, name), content_type=file.mime)
            answer = await self.door.call(
                "POST",
                f"{self.endpoints.telegram}/bot{token}/{method}",
                writes=writes,
                timeout_s=CALL_S + size / SLOWEST_LINE,
                data=form,
            )
        return _judge(answer, method, writes=writes)


def _words(content: Content) -> str:
    text = unicodedata.normalize("NFC", content.text).strip()
    return "\n".join(part for part in (text, content.link.strip()) if part)


def _shape(file: MediaFile) -> dict[str, Any]:
    """What players are told of a clip before they have it."""
    if file.kind != "clip":
        return {}
    told = {"width": file.width, "height": file.height, "duration": round(file.duration_s)}
    return {**{name: value for name, value in told.items() if value}, "supports_streaming": True}


def _parts(remote_id: str) -> list[str]:
    """The numbers of a post's messages."""
    return remote_id.removeprefix("m").split(".")


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _count(value: object) -> int | None:
    return whole(value) if isinstance(value, int) and not isinstance(value, bool) else None


def _judge(answer: Answer, method: str, *, writes: bool) -> Any:
    """Return the result, or raise what the answer means. A refusal of 4xx did nothing; what is no answer of Telegram's
    says nothing."""
    body = _object(answer.data)
    if answer.status == 200 and body.get("ok") is True and "result" in body:
        return body["result"]
    code = (_count(body.get("error_code")) if body.get("ok") is False else None) or 0
    if answer.status in (413, TOO_MANY):
        code = answer.status
    said = str(body.get("description") or answer.status).lower()
    detail = f"{method}: {code} {said}"
    if answer.status >= 500 or not 400 <= code < 500:
        raise (unclear if writes else unreachable)(detail)
    if code == TOO_MANY:
        seconds = _count(_object(body.get("parameters")).get("retry_after"))
        raise too_many(detail, answer.headers if seconds is None else {"retry-after": str(max(0, seconds))})
    if code == 409:  # somebody else works with this bot; nothing was done
        raise unreachable(detail, code=str(code))
    if code in _CODES and "method not found" not in said:
        kind, told = _CODES[code]
        raise kind(detail, told=told, code=str(code))
    name, kind, told = next((row for row in _TEXTS if row[0] in said), (str(code), Rejected, _TOLD_REFUSED))
    raise kind(detail, told=told, code=name)
