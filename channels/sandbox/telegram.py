"""A stand-in for the Telegram Bot API. From the platform notes: form and multipart bodies, long polling with offsets,
409 for a second poller, 429 with `retry_after`, and the other end: people who write and press buttons."""

from __future__ import annotations

import asyncio
import base64
import html
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, ClassVar, Final

from aiohttp import web

from channels.sandbox.core import Platform, Refusal, Rule, arranged, rules

MOST_TEXT: Final = 4096
MOST_CAPTION: Final = 1024
_E: Final = "telegram.md 4. Exceptions -> policy"
_TAGS: Final = frozenset(
    {"b", "strong", "i", "em", "u", "s", "a", "code", "pre", "blockquote", "tg-spoiler", "ins", "del"}
)


def _rule(key: str, status: int, message: str, cites: str, **more: Any) -> Rule:
    return Rule(key, cites, status, status, message, more)


RULES: Final = rules(
    _rule("token", 401, "Unauthorized", f"{_E}: InvalidToken 401"),
    _rule("method", 404, "Not Found", f"{_E}: EndPointNotFound"),
    _rule("chat", 400, "Bad Request: chat not found", "telegram.md 4: chat not found"),
    _rule("empty", 400, "Bad Request: message text is empty", "telegram.md 2: empty text is the server's 400"),
    _rule("long", 400, "Bad Request: message is too long", "telegram.md 2: text 4096; message is too long"),
    _rule("long_caption", 400, "Bad Request: message caption is too long", "telegram.md 2: caption 1024"),
    _rule("entities", 400, "Bad Request: can't parse entities: unsupported start tag", "telegram.md 5 HTML"),
    _rule("button", 400, "Bad Request: BUTTON_DATA_INVALID", "telegram.md 2: callback_data 1-64 bytes"),
    _rule("keyboard", 400, "Bad Request: reply markup is too long", "telegram.md 2: 100 buttons, 8 per row"),
    _rule("photo", 400, "Bad Request: PHOTO_INVALID_DIMENSIONS", "telegram.md 4: photo_invalid_dimensions"),
    _rule("no_file", 400, "Bad Request: there is no photo in the request", "telegram.md 5 Media"),
    _rule("not_modified", 400, "Bad Request: message is not modified", "telegram.md 4: message is not modified"),
    _rule("no_message", 400, "Bad Request: message to edit not found", "telegram.md 4: message to edit not found"),
    _rule(
        "old_query",
        400,
        "Bad Request: query is too old and response timeout expired or query ID is invalid",
        "telegram.md 4: query is too old",
    ),
    _rule("migrated", 400, "Bad Request: group chat was upgraded to a supergroup chat", f"{_E}: ChatMigrated"),
    _rule("conflict", 409, "Conflict: terminated by other getUpdates request", f"{_E}: Conflict"),
    _rule(
        "webhook_set",
        409,
        "Conflict: can't use getUpdates method while webhook is active",
        "telegram.md 8: deleteWebhook",
    ),
    _rule("flood", 429, "Too Many Requests: retry after {seconds}", "telegram.md 1.3, 3: parameters.retry_after"),
    _rule("outage", 502, "Bad Gateway", "telegram.md 8: 502 HTML body"),
    _rule("unreadable", 400, "Bad Request: can't parse the request", "telegram.md 4: BadRequest 400"),
    *arranged(
        _rule("blocked", 403, "Forbidden: bot was blocked by the user", f"{_E}: Forbidden"),
        _rule("kicked", 403, "Forbidden: bot was kicked from the group chat", f"{_E}: Forbidden"),
        _rule("cannot_edit", 400, "Bad Request: message can't be edited", "telegram.md 4: message can't be edited"),
        _rule(
            "no_reply",
            400,
            "Bad Request: message to be replied not found",
            "telegram.md 4: message to be replied not found",
        ),
        _rule("no_topic", 400, "Bad Request: message thread not found", "telegram.md 4: message thread not found"),
        _rule("topic_closed", 400, "Bad Request: TOPIC_CLOSED", "telegram.md 4: topic_closed"),
        _rule(
            "no_pin_right",
            400,
            "Bad Request: not enough rights to pin a message",
            "telegram.md 4: not enough rights to pin a message",
        ),
        _rule(
            "wrong_file",
            400,
            "Bad Request: wrong file identifier/http url specified",
            "telegram.md 4: wrong file identifier/http url specified",
        ),
    ),
)


@dataclass(frozen=True)
class Button:
    """An inline button: what it shows, what it sends."""

    text: str
    data: str


@dataclass
class ChatMessage:
    """One message in a chat. `text` is plain, `html` as sent; `photo` and `document` are the bytes received."""

    chat_id: str
    message_id: int
    author: str
    html: str
    text: str
    at: int
    own: bool = False
    photo: bytes = b""
    document: bytes = b""
    file_name: str = ""
    buttons: list[Button] = field(default_factory=list)
    keyboard: list[list[dict[str, str]]] = field(default_factory=list)
    pinned: bool = False
    silent: bool = False
    edits: int = 0


@dataclass
class Chat:
    """A private chat (positive id) or a group (negative id)."""

    id: str
    title: str
    migrated_to: str = ""
    messages: list[ChatMessage] = field(default_factory=list)


class TelegramSandbox(Platform):
    """One bot, its chats and its people."""

    name = "telegram"
    title = "Telegram (giả lập)"
    rules: ClassVar[dict[str, Rule]] = RULES
    outage = "outage"

    def __init__(self, *, now: Any, seed: int = 0) -> None:
        super().__init__(now=now, seed=seed)
        self.token = f"{600_000_000 + seed % 1000}:{self.rng.getrandbits(160):040x}"
        self.chats: dict[str, Chat] = {}
        self.people: dict[int, str] = {}
        self.webhook = ""
        self._updates: list[dict[str, Any]] = []
        self._next_update = 1
        self._polls = 0
        self._changed = asyncio.Event()
        self._flood: dict[str, int] = {}
        self._queries: dict[str, str | None] = {}

    # -- the other end ----------------------------------------------------------------------------------------------

    def add_chat(self, chat_id: str, title: str) -> Chat:
        """Let a chat exist in which the bot may write."""
        return self.chats.setdefault(chat_id, Chat(chat_id, title))

    def add_person(self, person: int, name: str) -> None:
        """Let a person exist, with a private chat."""
        self.people[person] = name
        self.add_chat(str(person), name)

    def say(self, chat_id: str, person: int, text: str) -> ChatMessage:
        """A person writes into a chat."""
        message = self._store(chat_id, self.people.get(person, str(person)), html.escape(text), text)
        body = self._message(message) | {"from": self._person(person)}
        if text.startswith("/"):
            body["entities"] = [{"type": "bot_command", "offset": 0, "length": len(text.split()[0])}]
        self._push({"message": body})
        return message

    def press(self, chat_id: str, message_id: int, data: str, person: int) -> str:
        """A person presses a button; return the query's id. Its answer comes by `answer_of`."""
        message = self._find(chat_id, message_id)
        if data not in {b.data for b in message.buttons}:
            raise ValueError(f"message {message_id} has no button {data!r}")
        query = str(8_000_000 + self.number())
        self._queries[query] = None
        self._push({"callback_query": {"id": query, "from": self._person(person), "chat_instance": "1", "data": data,
                                       "message": self._message(message)}})  # fmt: skip
        return query

    def answer_of(self, query: str) -> str | None:
        """What the presser was shown; None while the bot has not answered."""
        return self._queries.get(query)

    def messages(self, chat_id: str) -> list[ChatMessage]:
        """Everything in a chat, oldest first."""
        return list(self.chats[chat_id].messages) if chat_id in self.chats else []

    async def wait_for(self, met: Callable[[], bool], timeout_s: float) -> bool:
        """Wait until something true happened here; False after `timeout_s` real seconds."""
        try:
            async with asyncio.timeout(timeout_s):
                while not met():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            return False
        return True

    def flood(self, chat_id: str, retry_after: int) -> None:
        """Refuse the next send to a chat with 429."""
        self._flood[chat_id] = retry_after

    # -- wire -------------------------------------------------------------------------------------------------------

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        """/bot<token>/<method>, the files, and the forms of the page."""
        return [
            web.post("/_sandbox/press", self._press_form),
            web.route("*", "/bot{token}/{method}", self._method),
        ]

    def refuse(self, refusal: Refusal) -> web.Response:
        """Telegram's error object."""
        rule = refusal.rule
        body: dict[str, Any] = {"ok": False, "error_code": rule.status, "description": refusal.message}
        return web.json_response(body | ({"parameters": refusal.more} if refusal.more else {}), status=rule.status)

    def malformed(self) -> Refusal:
        """What cannot be read is refused."""
        return Refusal(RULES["unreadable"])

    def server_error(self) -> web.Response:
        """An outage is an HTML page."""
        return web.Response(status=502, text="<html>502 Bad Gateway</html>", content_type="text/html")

    async def _method(self, request: web.Request) -> web.Response:
        if request.match_info["token"] != self.token:
            raise Refusal(RULES["token"])
        words, files = await _words(request)
        name = request.match_info["method"].lower()
        call = {
            "getme": self._get_me, "getupdates": self._get_updates, "sendmessage": self._send_message,
            "sendphoto": self._send_photo, "senddocument": self._send_document,
            "editmessagetext": self._edit_text, "editmessagecaption": self._edit_text,
            "editmessagereplymarkup": self._edit_markup, "answercallbackquery": self._answer,
            "pinchatmessage": self._pin, "getchat": self._get_chat, "setwebhook": self._set_webhook,
            "deletewebhook": self._set_webhook, "setmycommands": self._yes, "getmycommands": self._none,
            "deletemessage": self._delete,
        }.get(name)  # fmt: skip
        if call is None:
            raise Refusal(RULES["method"])
        result = await call(words, files)
        self._changed.set()
        return web.json_response({"ok": True, "result": result})

    async def _get_me(self, words: dict[str, str], files: dict[str, bytes]) -> Any:
        return {"id": int(self.token.split(":")[0]), "is_bot": True, "first_name": "Loa", "username": "loa_demo_bot"}

    async def _yes(self, words: dict[str, str], files: dict[str, bytes]) -> Any:
        return True

    async def _none(self, words: dict[str, str], files: dict[str, bytes]) -> Any:
        return []

    async def _set_webhook(self, words: dict[str, str], files: dict[str, bytes]) -> Any:
        self.webhook = words.get("url", "")
        return True

    async def _get_chat(self, words: dict[str, str], files: dict[str, bytes]) -> Any:
        chat = self._chat(words)
        return self._chat_body(chat) | {"accent_color_id": 0, "max_reaction_count": 11}

    async def _get_updates(self, words: dict[str, str], files: dict[str, bytes]) -> Any:
        if self.webhook:
            raise Refusal(RULES["webhook_set"])
        self._polls += 1
        mine = self._polls
        offset, wait = int(words.get("offset", "0") or 0), float(words.get("timeout", "0") or 0)
        self._updates = [u for u in self._updates if u["update_id"] >= offset]
        loop = asyncio.get_running_loop()
        end = loop.time() + wait
        while not self._updates and loop.time() < end and self._runner is not None:
            if mine != self._polls:
                raise Refusal(RULES["conflict"])
            self._changed.clear()
            try:
                await asyncio.wait_for(self._changed.wait(), min(0.5, end - loop.time()))
            except TimeoutError:
                continue
        if mine != self._polls:
            raise Refusal(RULES["conflict"])
        return self._updates[: int(words.get("limit", "100") or 100)]

    async def _send_message(self, words: dict[str, str], files: dict[str, bytes]) -> Any:
        chat = self._open(words)
        plain = _plain(words.get("text", ""), words.get("parse_mode", ""))
        if not plain.strip():
            raise Refusal(RULES["empty"])
        if len(plain) > MOST_TEXT:
            raise Refusal(RULES["long"])
        return self._sent(chat, words, plain)

    async def _send_photo(self, words: dict[str, str], files: dict[str, bytes]) -> Any:
        chat, data = self._open(words), files.get("photo", b"")
        if not data:
            raise Refusal(RULES["no_file"])
        if not data.startswith((b"\x89PNG", b"\xff\xd8\xff")) or len(data) > 10 * 1024 * 1024:
            raise Refusal(RULES["photo"])
        return self._sent(chat, words, _caption(words), photo=data)

    async def _send_document(self, words: dict[str, str], files: dict[str, bytes]) -> Any:
        chat, data = self._open(words), files.get("document", b"")
        if not data:
            raise Refusal(RULES["no_file"])
        return self._sent(chat, words, _caption(words), document=data, file_name=words.get("document.name", ""))

    def _sent(self, chat: Chat, words: dict[str, str], plain: str, **more: Any) -> dict[str, Any]:
        rows = _keyboard(words.get("reply_markup", ""))
        shown = words.get("text") or words.get("caption") or ""
        message = self._store(chat.id, "Loa", shown, plain)
        message.own, message.keyboard = True, rows
        message.buttons = [Button(b["text"], b.get("callback_data", "")) for row in rows for b in row]
        message.silent = words.get("disable_notification") == "true"
        for name, value in more.items():
            setattr(message, name, value)
        return self._message(message)

    async def _edit_text(self, words: dict[str, str], files: dict[str, bytes]) -> Any:
        message = self._find(words.get("chat_id", ""), int(words.get("message_id", "0")))
        shown = words.get("text") or words.get("caption") or ""
        plain = _plain(shown, words.get("parse_mode", ""))
        rows = _keyboard(words.get("reply_markup", ""))
        if shown == message.html and rows == message.keyboard:
            raise Refusal(RULES["not_modified"])
        if len(plain) > (MOST_CAPTION if message.photo else MOST_TEXT):
            raise Refusal(RULES["long"])
        message.html, message.text, message.keyboard = shown, plain, rows
        message.buttons = [Button(b["text"], b.get("callback_data", "")) for row in rows for b in row]
        message.edits += 1
        return self._message(message)

    async def _edit_markup(self, words: dict[str, str], files: dict[str, bytes]) -> Any:
        message = self._find(words.get("chat_id", ""), int(words.get("message_id", "0")))
        rows = _keyboard(words.get("reply_markup", ""))
        if rows == message.keyboard:
            raise Refusal(RULES["not_modified"])
        message.keyboard = rows
        message.buttons = [Button(b["text"], b.get("callback_data", "")) for row in rows for b in row]
        message.edits += 1
        return self._message(message)

    async def _answer(self, words: dict[str, str], files: dict[str, bytes]) -> Any:
        query = words.get("callback_query_id", "")
        if query not in self._queries:
            raise Refusal(RULES["old_query"])
        self._queries[query] = words.get("text", "")[:200]
        return True

    async def _pin(self, words: dict[str, str], files: dict[str, bytes]) -> Any:
        self._find(words.get("chat_id", ""), int(words.get("message_id", "0"))).pinned = True
        return True

    async def _delete(self, words: dict[str, str], files: dict[str, bytes]) -> Any:
        message = self._find(words.get("chat_id", ""), int(words.get("message_id", "0")))
        self.chats[message.chat_id].messages.remove(message)
        return True

    # -- inside -----------------------------------------------------------------------------------------------------

    def _chat(self, words: dict[str, str]) -> Chat:
        chat = self.chats.get(words.get("chat_id", ""))
        if chat is None:
            raise Refusal(RULES["chat"])
        return chat

    def _open(self, words: dict[str, str]) -> Chat:
        """The chat of a send, when nothing stands in the way."""
        chat = self._chat(words)
        if chat.migrated_to:
            raise Refusal(RULES["migrated"], {"migrate_to_chat_id": int(chat.migrated_to)})
        self.meet(chat.id)
        seconds = self._flood.pop(chat.id, 0)
        if seconds:
            raise Refusal(RULES["flood"], {"retry_after": seconds}, seconds=seconds)
        return chat

    def _store(self, chat_id: str, author: str, shown: str, plain: str) -> ChatMessage:
        message = ChatMessage(chat_id, self.number(), author, shown, plain, int(self.now().timestamp()))
        self.chats[chat_id].messages.append(message)
        self._changed.set()
        return message

    def _find(self, chat_id: str, message_id: int) -> ChatMessage:
        for message in self.messages(chat_id):
            if message.message_id == message_id:
                return message
        raise Refusal(RULES["no_message"])

    def _push(self, update: dict[str, Any]) -> None:
        self._updates.append({"update_id": self._next_update, **update})
        self._next_update += 1
        self._changed.set()

    def _person(self, person: int) -> dict[str, Any]:
        return {"id": person, "is_bot": False, "first_name": self.people.get(person, "?")}

    def _chat_body(self, chat: Chat) -> dict[str, Any]:
        if chat.id.startswith("-"):
            return {"id": int(chat.id), "type": "supergroup", "title": chat.title}
        return {"id": int(chat.id), "type": "private", "first_name": chat.title}

    def _message(self, message: ChatMessage) -> dict[str, Any]:
        chat = self.chats[message.chat_id]
        body: dict[str, Any] = {"message_id": message.message_id, "date": message.at, "chat": self._chat_body(chat)}
        name = "caption" if message.photo or message.document else "text"
        body[name] = message.text
        if message.photo:
            body["photo"] = [{"file_id": f"p{message.message_id}", "file_unique_id": "u", "width": 1000, "height": 560}]
        if message.document:
            body["document"] = {
                "file_id": f"d{message.message_id}",
                "file_unique_id": "u",
                "file_name": message.file_name,
            }
        if message.keyboard:
            body["reply_markup"] = {"inline_keyboard": message.keyboard}
        return body

    # -- the page ---------------------------------------------------------------------------------------------------

    def page(self) -> str:
        """Every chat with its messages, pictures and working buttons."""
        groups = [c for c in self.chats.values() if c.id.startswith("-") or len(c.messages) > 0]
        return "".join(self._page_chat(chat) for chat in groups) or "<p>Chưa có nhóm nào.</p>"

    def _page_chat(self, chat: Chat) -> str:
        shown = "".join(self._page_message(m) for m in reversed(chat.messages[-25:]))
        people = "".join(f"<option value='{i}'>{html.escape(n)}</option>" for i, n in self.people.items())
        form = (
            "<form method='post' action='/_sandbox/say'>"
            f"<input type='hidden' name='chat' value='{chat.id}'>"
            f"<select name='person' aria-label='Người'>{people}</select>"
            "<input name='text' required aria-label='Tin nhắn' placeholder='/suco, /hangdoi …'>"
            "<button>Gửi</button></form>"
        )
        return f"<section><h2>{html.escape(chat.title)}</h2>{form}{shown}</section>"

    def _page_message(self, m: ChatMessage) -> str:
        picture = ""
        if m.photo:
            kind = "png" if m.photo.startswith(b"\x89PNG") else "jpeg"
            picture = f"<img alt='Hình kèm' src='data:image/{kind};base64,{base64.b64encode(m.photo).decode()}'>"
        file = f"<p>📎 {html.escape(m.file_name)} ({len(m.document) // 1024} kB)</p>" if m.document else ""
        people = "".join(f"<option value='{i}'>{html.escape(n)}</option>" for i, n in self.people.items())
        buttons = "".join(
            f"<button name='data' value='{html.escape(b.data)}'>{html.escape(b.text)}</button>" for b in m.buttons
        )
        form = (
            "<form method='post' action='/_sandbox/press'>"
            f"<input type='hidden' name='chat' value='{m.chat_id}'>"
            f"<input type='hidden' name='message' value='{m.message_id}'>"
            f"<select name='person' aria-label='Người bấm'>{people}</select>{buttons}</form>"
            if m.buttons
            else ""
        )
        text = f"<p class='text'>{html.escape(m.text)}</p>"
        return f"<article><b>{html.escape(m.author)}</b>{picture}{text}{file}{form}</article>"

    def say_from_page(self, form: dict[str, str]) -> None:
        """Somebody writes on the page."""
        if form.get("chat") in self.chats and form.get("text", "").strip() and form.get("person", "").isdigit():
            self.say(form["chat"], int(form["person"]), form["text"][:1000])

    async def _press_form(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        try:
            query = self.press(form["chat"], int(form["message"]), form["data"], int(form["person"]))
        except (KeyError, ValueError, Refusal):
            raise web.HTTPSeeOther("/") from None
        await self.wait_for(lambda: self.answer_of(query) is not None, 5)
        raise web.HTTPSeeOther("/")


class _Tags(HTMLParser):
    """Checks Telegram's small HTML and keeps the words."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _TAGS:
            raise Refusal(RULES["entities"])
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            raise Refusal(RULES["entities"])

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def _plain(text: str, mode: str) -> str:
    """The words that count for the limits, after entity parsing."""
    if mode.upper() != "HTML":
        return text
    if re.search(r"<(?!/?[a-zA-Z])", text):
        raise Refusal(RULES["entities"])
    parser = _Tags()
    parser.feed(text)
    parser.close()
    if parser.open:
        raise Refusal(RULES["entities"])
    return "".join(parser.words)


def _caption(words: dict[str, str]) -> str:
    plain = _plain(words.get("caption", ""), words.get("parse_mode", ""))
    if len(plain) > MOST_CAPTION:
        raise Refusal(RULES["long_caption"])
    return plain


def _keyboard(markup: str) -> list[list[dict[str, str]]]:
    if not markup:
        return []
    rows: list[list[dict[str, str]]] = json.loads(markup).get("inline_keyboard", [])
    if sum(len(row) for row in rows) > 100 or any(len(row) > 8 for row in rows):
        raise Refusal(RULES["keyboard"])
    for row in rows:
        for button in row:
            if "url" not in button and not 1 <= len(button.get("callback_data", "").encode()) <= 64:
                raise Refusal(RULES["button"])
    return rows


async def _words(request: web.Request) -> tuple[dict[str, str], dict[str, bytes]]:
    """Form, multipart or query; a file part may be named by `attach://`."""
    words, files = dict(request.query), dict[str, bytes]()
    if request.method == "POST" and request.content_type == "application/json":
        words |= {k: v if isinstance(v, str) else json.dumps(v) for k, v in (await request.json()).items()}
    elif request.method == "POST":
        for name, value in (await request.post()).items():
            if isinstance(value, web.FileField):
                files[name] = value.file.read()
                words[f"{name}.name"] = value.filename
            else:
                words[name] = str(value)
    for name, value in list(words.items()):
        if value.startswith("attach://") and value[9:] in files:
            files[name] = files[value[9:]]
            words[f"{name}.name"] = words.get(f"{value[9:]}.name", "")
    return words, files
