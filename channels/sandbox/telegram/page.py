"""The chats as their members see them, with forms to write, press and block. Works without a script."""

from __future__ import annotations

import html
from typing import Any

from aiohttp import web

from channels.sandbox.core import Refusal
from channels.sandbox.telegram.people import People
from channels.sandbox.telegram.state import Chat, ChatMessage

SHOWN = 25
"""Messages of a chat on the page, newest first."""
ANSWERED_S = 5.0
_STYLE = """<style>
.chat{display:flex;flex-direction:column;gap:.5rem}.chat article{margin:0 2.2rem 0 0}
.chat article.own{margin:0 0 0 2.2rem;background:#e7f3e4}.chat h2{margin-bottom:.2rem}
.keys{display:grid;gap:.35rem;margin-top:.5rem}.keys div{display:flex;gap:.35rem}
.keys button,.keys a{flex:1 1 0;min-height:2.6rem;text-align:center;background:#0b5cad;color:#fff;border-radius:6px}
.keys a{display:grid;place-items:center;text-decoration:none}
select{font:inherit;padding:.35rem .4rem;border:1px solid #9aa7b3;border-radius:6px;max-width:100%;flex:1 1 8rem}
blockquote{border-left:3px solid #0b5cad;margin:.2rem 0;padding:.1rem .6rem;color:#5b6b7a;overflow-wrap:anywhere}
button.quiet{background:#dde3e9;color:#1b2733}form{margin:.3rem 0}
</style>"""


class Pages(People):
    """The page, and what its forms do."""

    def page_routes(self) -> list[web.RouteDef]:
        """Files, presses, and the bot's coming and going."""
        return [
            web.get("/_sandbox/file/{file_id}", self._file),
            web.post("/_sandbox/press", self._press_form),
            web.post("/_sandbox/status", self._status_form),
        ]

    def page(self) -> str:
        """Every channel and group, and every private chat in which something was said."""
        chats = [c for c in self.chats.values() if not c.migrated_to and (c.kind != "private" or c.messages)]
        shown = "".join(self._chat_section(chat) for chat in chats)
        return _STYLE + (shown or "<p>Chưa có nhóm nào. / No chat yet.</p>")

    def _chat_section(self, chat: Chat) -> str:
        newest = "".join(self._article(chat, m) for m in reversed(chat.messages[-SHOWN:]))
        pinned = chat.find(chat.pins[-1]) if chat.pins else None
        pin = f"<p>📌 {html.escape(pinned.text[:80])}</p>" if pinned else ""
        known = f"<p class='meta'>@{html.escape(chat.username)} · {chat.followers} người theo dõi</p>" * chat.channel
        say = "" if chat.channel else self._say_form(chat)
        return (
            f"<section class='chat'><h2>{html.escape(chat.title)}</h2>{known}{pin}{self._status_of(chat)}"
            f"{say}{newest}</section>"
        )

    def _status_of(self, chat: Chat) -> str:
        """Where the bot stands in the chat, and the button that changes it."""
        gone = chat.status in ("kicked", "left", "unstarted")
        if chat.kind == "private":
            word = "Bot đang bị chặn." if chat.status == "kicked" else "" if not gone else "Chưa bấm Bắt đầu."
            act = "Bắt đầu / Start" if gone else "Chặn bot / Block"
        else:
            where = "kênh" if chat.channel else "nhóm"
            word = f"Bot không ở trong {where}." if gone else ""
            act = "Thêm bot / Add" if gone else f"Xóa bot khỏi {where} / Remove"
        return (
            f"<form method='post' action='/_sandbox/status'><input type='hidden' name='chat' value='{chat.id}'>"
            f"<button class='quiet' name='in' value='{'yes' if gone else 'no'}'>{act}</button>{word}</form>"
        )

    def _who(self, chat: Chat, label: str) -> str:
        """Who acts: in a private chat only its person."""
        found = {i: n for i, n in self.people.items() if chat.kind != "private" or chat.id == str(i)}
        options = "".join(f"<option value='{i}'>{html.escape(n)}</option>" for i, n in found.items())
        return f"<select name='person' aria-label='{label}'>{options}</select>"

    def _say_form(self, chat: Chat) -> str:
        topics = "".join(f"<option value='{t.thread}'>{html.escape(t.name)}</option>" for t in chat.topics.values())
        topic = f"<select name='thread' aria-label='Chủ đề'><option value='0'>Chung</option>{topics}</select>"
        return (
            "<form method='post' action='/_sandbox/say'>"
            f"<input type='hidden' name='chat' value='{chat.id}'>{self._who(chat, 'Người')}"
            f"{topic if chat.topics else ''}"
            "<input name='text' required maxlength='1000' aria-label='Tin nhắn' placeholder='/suco, /hangdoi …'>"
            "<button>Gửi</button></form>"
        )

    def _article(self, chat: Chat, message: ChatMessage) -> str:
        answered = chat.find(message.reply_to)
        topic = chat.topics.get(message.thread)
        marks = "".join(
            mark
            for mark, told in (
                ("📌 ", message.pinned),
                ("🔕 ", message.silent),
                (f"#{html.escape(topic.name)} " if topic else "", topic is not None),
            )
            if told
        )
        quote = f"<blockquote>{html.escape(answered.text[:120])}</blockquote>" if answered else ""
        edited = " · đã sửa" if message.edits else ""
        return (
            f"<article{' class=own' if message.own else ''}><b>{marks}{html.escape(message.author)}</b>{quote}"
            f"{_file(message)}<p class='text'>{html.escape(message.text)}</p>"
            f"<p class='meta'>{message.message_id}{edited}</p>{self._keys(chat, message)}</article>"
        )

    def _keys(self, chat: Chat, message: ChatMessage) -> str:
        if not message.keyboard:
            return ""
        rows = "".join(f"<div>{''.join(_key(b) for b in row)}</div>" for row in message.keyboard)
        return (
            "<form method='post' action='/_sandbox/press' class='keys'>"
            f"<input type='hidden' name='chat' value='{chat.id}'>"
            f"<input type='hidden' name='message' value='{message.message_id}'>"
            f"{self._who(chat, 'Người bấm')}{rows}</form>"
        )

    # -- forms ------------------------------------------------------------------------------------------------------

    def say_from_page(self, form: dict[str, str]) -> None:
        """Somebody writes on the page."""
        chat, person = form.get("chat"), form.get("person", "")
        if chat in self.chats and form.get("text", "").strip() and person.isdigit():
            thread = form.get("thread", "0")
            self.say(chat, int(person), form["text"][:1000], thread=int(thread) if thread.isdigit() else 0)

    async def _press_form(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        try:
            query = self.press(form["chat"], int(form["message"]), form["data"], int(form["person"]))
        except (KeyError, ValueError, Refusal):
            raise web.HTTPSeeOther("/") from None
        await self.wait_for(lambda: self.answer_of(query) is not None, ANSWERED_S)
        raise web.HTTPSeeOther("/")

    async def _status_form(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        chat = self.chats.get(form.get("chat", ""))
        if chat is not None:
            inside = form.get("in") == "yes"
            if chat.kind == "private":
                (self.unblock if inside else self.block)(int(chat.id))
            else:
                (self.admit if inside else self.kick)(chat.id)
        raise web.HTTPSeeOther("/")

    async def _file(self, request: web.Request) -> web.Response:
        """A file of the page. Only pictures are shown, everything else is saved."""
        file = self.files.get(request.match_info["file_id"])
        if file is None:
            raise web.HTTPNotFound
        if file.kind == "photo":
            kind = "image/png" if file.data.startswith(b"\x89PNG") else "image/jpeg"
            return web.Response(body=file.data, content_type=kind, headers={"X-Content-Type-Options": "nosniff"})
        headers = {"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"}
        return web.Response(body=file.data, content_type="application/octet-stream", headers=headers)


def _file(message: ChatMessage) -> str:
    if message.file is None:
        return ""
    address = f"/_sandbox/file/{message.file.file_id}"
    if message.photo:
        return f"<a href='{address}'><img alt='Hình kèm' loading='lazy' src='{address}'></a>"
    size = f"{len(message.file.data) / 1024:.0f} kB"
    name, mark = html.escape(message.file_name), "🎬" if message.video else "📎"
    return f"<p>{mark} <a href='{address}' download='{name}'>{name}</a> ({size})</p>"


def _key(button: dict[str, Any]) -> str:
    text = html.escape(button["text"])
    if url := button.get("url"):
        return f"<a href='{html.escape(url)}' rel='noreferrer'>{text}</a>"
    return f"<button name='data' value='{html.escape(button.get('callback_data', ''))}'>{text}</button>"
