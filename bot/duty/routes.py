"""How the ways to people stand: whether the bot works and its chats can be written to. Kept in the store, so that every
process and the console know, and told by another way when one is broken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.duty.alerts import duty_chat
from bot.duty.rota import on_duty
from bot.parts import Parts
from channels.errors import Told
from models.duty import Route
from models.office import Organisation, User

BOT: Final = "telegram"
CHAT: Final = "chat:"
NOTED_EVERY: Final = timedelta(minutes=1)
KNOWN_FOR: Final = timedelta(minutes=30)
BROKEN_AFTER: Final = timedelta(minutes=2)
"""A bot that fails for less is not worth a word: the next try is near."""
WHY: Final[Mapping[str, Told]] = {
    "token": Told(
        vi="mã của bot Telegram bị từ chối: quản trị xin mã mới ở BotFather",
        en="the Telegram bot's token is refused: the administrator gets a new one from BotFather",
    ),
    "network": Told(vi="Telegram không trả lời", en="Telegram does not answer"),
    "gone": Told(vi="bot không còn trong nhóm: thêm bot vào lại", en="the bot is no longer in the group: add it again"),
    "blocked": Told(
        vi="người này chặn bot hoặc chưa bấm Bắt đầu", en="this person blocks the bot or has not pressed Start"
    ),
}


async def note_route(session: AsyncSession, name: str, why: str, now: datetime) -> bool:
    """Note how a way stands now; `why` is empty when it works. True when that is news."""
    route = await session.get(Route, name)
    if route is None:
        session.add(Route(name=name, seen_at=now, broken_since=now if why else None, why=why))
        return bool(why)
    news = bool(why) != (route.broken_since is not None)
    if news:
        route.broken_since = now if why else None
    route.seen_at, route.why = now, why
    return news


async def note_chat(session: AsyncSession, chat: str, why: str, now: datetime) -> None:
    """Note what a send showed of a chat; that one works is noted only where it was broken."""
    if why or await session.get(Route, f"{CHAT}{chat}") is not None:
        await note_route(session, f"{CHAT}{chat}", why, now)


class RouteBook:
    """Notes one way from a loop that turns often: what is no news, once a minute."""

    def __init__(self, parts: Parts, name: str) -> None:
        self._parts, self._name = parts, name
        self._noted: tuple[str, datetime] | None = None

    async def note(self, why: str) -> None:
        """Note how it stands."""
        now = self._parts.now()
        if self._noted and self._noted[0] == why and timedelta(0) <= now - self._noted[1] < NOTED_EVERY:
            return
        async with self._parts.db.write() as session:
            news = await note_route(session, self._name, why, now)
        self._noted = (why, now)
        if news:
            self._parts.bell.ring("alert")


async def broken_routes(session: AsyncSession, now: datetime) -> Sequence[Route]:
    """The ways that are broken for long enough to say so, as far as somebody looked lately."""
    broken = (col(Route.broken_since).is_not(None), col(Route.seen_at) >= now - KNOWN_FOR)
    rows = await session.exec(select(Route).where(*broken).order_by(Route.name))
    return [r for r in rows.all() if r.broken_since and (r.name != BOT or now - r.broken_since >= BROKEN_AFTER)]


async def route_name(session: AsyncSession, route: Route) -> Told:
    """What people call this way."""
    if route.name == BOT:
        return Told(vi="bot Telegram", en="the Telegram bot")
    chat = route.name.removeprefix(CHAT)
    person = (await session.exec(select(User).where(User.telegram_id == chat))).first()
    if person is not None:
        return Told(vi=f"tin riêng cho {person.name}", en=f"private messages to {person.name}")
    return Told(vi=f"nhóm trực {chat}", en=f"the duty chat {chat}")


async def chats_that_matter(session: AsyncSession, parts: Parts) -> Sequence[str]:
    """The duty chats, and the private chats of who is on duty now."""
    found: list[str] = []
    for office in (await session.exec(select(Organisation).order_by(col(Organisation.id)))).all():
        duty = await on_duty(session, office, parts.now())
        found += [duty_chat(parts, office), *(p.telegram_id for p in duty.people if p is not None)]
    return list(dict.fromkeys(chat for chat in found if chat))
