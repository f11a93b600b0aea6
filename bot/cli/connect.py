"""`loa account connect`: agree on the platform's page, or paste a token; nothing secret stands on the command line."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.base import As, Stop, as_person, say

if TYPE_CHECKING:
    from bot.accounts.connect import Connected, Pending
    from bot.accounts.subscribe import Subscribed
    from bot.parts import Actor, Parts

PORT = 8765


def connect(
    login: As,
    kind: Annotated[str, typer.Argument(help="facebook, zalo, viber, viber_bot, youtube hoặc telegram")],
    account: Annotated[int, typer.Option(help="Số của tài khoản cần kết nối lại / the account to connect again")] = 0,
    choose: Annotated[str, typer.Option("--id", help="Mã Trang hoặc kênh cần chọn, khi có nhiều")] = "",
    paste: Annotated[
        bool, typer.Option("--paste", help="Máy không có trình duyệt: dán địa chỉ trả về / paste the address")
    ] = False,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Cổng của máy này mà trình duyệt trở về")] = PORT,
    back: Annotated[
        str, typer.Option("--callback", help="Địa chỉ trả về đã đăng ký với nền tảng, khi khác mặc định")
    ] = "",
) -> None:
    """Kết nối tài khoản qua trang đồng ý của nền tảng / connect an account on the platform's own page.

    Mã ứng dụng và mã truy cập được hỏi (hoặc đọc từng dòng từ đầu vào chuẩn), không bao giờ nằm trên dòng lệnh.
    """
    asked = _Asked(kind, account or None, choose, paste, port, back)
    done = as_person(login, asked.connect)
    say(f"{'✓' if done.health.ok else '✗'} #{done.account_id} {done.name}: {done.health.told.vi}")
    for concern in done.health.concerns:
        say(f"  ! {concern.told.vi}")
    if asked.hook is not None:
        say(f"  {'' if asked.hook.ok else '! '}{asked.hook.told.vi}")
    if not done.health.ok:
        raise typer.Exit(1)


class _Asked:
    """One run of the command."""

    def __init__(self, kind: str, account: int | None, choose: str, paste: bool, port: int, back: str) -> None:
        self.kind, self.account, self.choose, self.port, self.back = kind, account, choose, port, back
        self.paste = paste
        self.hook: Subscribed | None = None

    async def connect(self, parts: Parts, actor: Actor) -> Connected:
        from bot.accounts import connect as room
        from bot.accounts.subscribe import subscribe
        from channels.connecting import ByConsent

        holder, connector = f"cli:{parts.process}", room.connector_of(parts, self.kind)
        words = await self._words(parts, actor)
        if not isinstance(connector, ByConsent):
            pending = await room.begin(
                parts, actor, holder, self.kind, words, redirect_uri="", account_id=self.account
            )  # fmt: skip
        else:
            pasted = self.paste or bool(self.back) or not connector.loopback
            async with self._returns(parts, pasted) as (redirect, answered):
                begun = await room.begin(
                    parts, actor, holder, self.kind, words, redirect_uri=redirect, account_id=self.account
                )  # fmt: skip
                self._tell(begun, pasted)
                answer = await answered()
            pending = await room.take_answer(parts, actor, holder, self.kind, answer)
        done = await room.connect(parts, actor, holder, pending.id, self._choice(pending))
        self.hook = await subscribe(parts, actor, done.account_id)
        return done

    async def _words(self, parts: Parts, actor: Actor) -> dict[str, str]:
        from bot.accounts.connect import connector_of, known_words

        known, words = await known_words(parts, actor, self.kind, self.account), dict[str, str]()
        for ask in connector_of(parts, self.kind).asks:
            if ask.name not in known:
                shown = f"{ask.label.vi} / {ask.label.en}" + (" (bỏ trống được)" if ask.optional else "")
                words[ask.name] = await asyncio.to_thread(_ask, shown, ask.secret, ask.optional)
        return words

    @asynccontextmanager
    async def _returns(self, parts: Parts, pasted: bool) -> AsyncIterator[Any]:
        """Where the browser comes back to, and how to wait for it."""
        from bot.accounts.connect import callback

        if pasted:
            base = parts.settings.public_url or f"http://localhost:{self.port}"
            yield self.back or callback(base, self.kind), _pasted
            return
        async with _Loopback(self.kind, self.port) as loopback:
            yield callback(loopback.base, self.kind), loopback.answer

    def _tell(self, begun: Pending, pasted: bool) -> None:
        say(f"Địa chỉ trả về phải được đăng ký với nền tảng / return address: {begun.consent.redirect_uri}")
        for step in begun.connector.steps:
            say(f"- {step.vi}")
        say(f"Mở địa chỉ này trong trình duyệt / open this address in a browser:\n{begun.address}")
        if pasted:
            say(
                "Sau khi đồng ý, chép toàn bộ địa chỉ trên thanh địa chỉ và dán vào đây / paste the whole address here:"
            )
        else:
            say("Đang chờ đồng ý… / waiting; Ctrl+C để thôi.")

    def _choice(self, pending: Pending) -> str:
        if self.choose or len(pending.found) == 1:
            return self.choose
        for number, found in enumerate(pending.found, 1):
            say(f"{number}. {found.name} ({found.remote_id}){f': {found.unfit.vi}' if found.unfit else ''}")
        if not sys.stdin.isatty():
            raise Stop("--id: there are several; name one of the list")
        picked = int(typer.prompt("Số / number", type=int))
        if not 1 <= picked <= len(pending.found):
            raise Stop(f"{picked}: not in the list")
        return str(pending.found[picked - 1].remote_id)


def _ask(label: str, secret: bool, optional: bool) -> str:
    """Ask at the terminal, hidden where it is a secret; else one line of standard input a word."""
    if sys.stdin.isatty():
        default = "" if optional else None
        return str(typer.prompt(label, hide_input=secret, default=default, show_default=False)).strip()
    return sys.stdin.readline().strip()


async def _pasted() -> Mapping[str, str]:
    from channels.connecting import answer_in

    line = await asyncio.to_thread(sys.stdin.readline)
    if not (answer := answer_in(line)):
        raise Stop("no answer in what was pasted: copy the whole address that the browser shows after you agreed")
    return answer


class _Loopback:
    """A server on this machine that waits for one answer."""

    def __init__(self, kind: str, port: int) -> None:
        self._kind, self._port, self.base = kind, port, ""

    async def __aenter__(self) -> _Loopback:
        from aiohttp import web

        self._answer: asyncio.Future[Mapping[str, str]] = asyncio.get_running_loop().create_future()
        app = web.Application()
        app.router.add_get(f"/oauth/{self._kind}/callback", self._take)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        except OSError:
            await self._runner.cleanup()
            raise Stop(f"--port {self._port}: taken by another program; give another, or --paste") from None
        self.base = f"http://localhost:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _take(self, request: Any) -> Any:
        """What has no state is none of ours: go on waiting."""
        from aiohttp import web

        if not request.query.get("state"):
            raise web.HTTPBadRequest(text="Không phải câu trả lời mà Loa chờ. / Not the answer that Loa waits for.")
        if not self._answer.done():
            self._answer.set_result(dict(request.query))
        text = "Loa đã nhận câu trả lời: xem kết quả ở cửa sổ dòng lệnh. / Loa has the answer: look at the terminal."
        return web.Response(text=text, headers={"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})

    async def answer(self) -> Mapping[str, str]:
        """Wait for the browser."""
        from bot.accounts.connect import LIVES

        try:
            return await asyncio.wait_for(self._answer, LIVES.total_seconds())
        except TimeoutError:
            raise Stop("nobody agreed in time; run the command again") from None
