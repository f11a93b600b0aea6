"""The watch over the alert itself: what Telegram does not take, goes out by the reserve ways; every try is on record.

An alert that is not out after a minute counts as not taken. It stays queued for Telegram all the same: whoever is
reached twice is better off than whoever is not reached.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlmodel import and_, col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.duty.rota import on_duty
from bot.duty.routes import BOT, WHY, broken_routes, route_name
from bot.duty.texts import cut, plain
from bot.duty.voice import Voice, voice_of
from bot.duty.ways import Way, send_by, ways_of
from bot.parts import Parts
from models.audit import record
from models.duty import AlertTry, Route, TryOutcome
from models.incident import Alert, AlertState, Incident, Level
from models.office import Organisation
from models.states import OPEN_INCIDENT, IncidentState

log = structlog.get_logger()

URGENT: Final = ("opened", "raised", "escalated")
WAIT: Final = timedelta(minutes=1)
LOOKS_BACK: Final = timedelta(hours=6)
MOST_TRIES: Final = 12
MOST_PAUSE: Final = timedelta(minutes=5)
MOST_BODY: Final = 900
_STUCK = (AlertState.QUEUED, AlertState.SENDING)
_LOST = (AlertState.FAILED, AlertState.UNCLEAR)


@dataclass(frozen=True)
class Undelivered:
    """Words that Telegram did not bring to somebody: the alerts that carry them, and what was tried otherwise."""

    alerts: Sequence[Alert]
    incident: Incident
    tries: Sequence[AlertTry]

    @property
    def reserve(self) -> Sequence[AlertTry]:
        """Tries by other ways than the bot."""
        return [one for one in self.tries if one.way != BOT]

    @property
    def reached(self) -> bool:
        """True when a reserve way took it."""
        return any(one.outcome == TryOutcome.SENT for one in self.reserve)


async def undelivered(session: AsyncSession, now: datetime, organisation_id: int | None = None) -> list[Undelivered]:
    """What somebody should have heard by now and did not, by words; only of incidents that still wait for people."""
    waits = or_(col(Incident.state) == IncidentState.NEW, col(Incident.level) == Level.EMERGENCY)
    not_out = or_(and_(col(Alert.state).in_(_STUCK), col(Alert.created_at) <= now - WAIT), col(Alert.state).in_(_LOST))
    found = (
        select(Alert, Incident)
        .join(Incident, col(Incident.id) == Alert.incident_id)
        .where(col(Alert.kind).in_(URGENT), col(Alert.created_at) >= now - LOOKS_BACK, not_out)
        .where(col(Incident.state).in_(OPEN_INCIDENT), waits)
        .order_by(col(Alert.id))
    )
    if organisation_id is not None:
        found = found.where(Alert.organisation_id == organisation_id)
    grouped: dict[tuple[int | None, str], list[tuple[Alert, Incident]]] = defaultdict(list)
    for alert, incident in (await session.exec(found)).all():
        grouped[incident.id, alert.text].append((alert, incident))
    return [await _with_tries(session, rows) for rows in grouped.values()]


async def _with_tries(session: AsyncSession, rows: Sequence[tuple[Alert, Incident]]) -> Undelivered:
    """The tries of every alert with these words, whatever became of the others."""
    alert, incident = rows[0]
    same = select(Alert.id).where(Alert.incident_id == incident.id, Alert.text == alert.text)
    tries = await session.exec(select(AlertTry).where(col(AlertTry.alert_id).in_(same)).order_by(col(AlertTry.id)))
    return Undelivered([a for a, _ in rows], incident, tries.all())


async def send_reserve(parts: Parts) -> int:
    """Bring out by the reserve ways what is due there, and say which ways are broken; return how often one took it."""
    ways = await asyncio.to_thread(ways_of, parts.settings.alert_targets)
    if not ways:
        return 0
    now = parts.now()
    async with parts.db.read() as session:
        found = await undelivered(session, now)
        due = [(one, way) for one in found for way in ways if due_by(way.name, one.tries, now)]
        told = [await _words(session, parts, one) for one, _ in due]
    taken = [
        await _try(parts, one.alerts[0], way, title, body) for (one, way), (title, body) in zip(due, told, strict=True)
    ]
    return sum(taken) + await _tell_routes(parts, ways)


def due_by(way: str, tries: Iterable[AlertTry], now: datetime) -> bool:
    """True when this way is to be tried now: not taken yet, not tried too often, and after a growing pause. Pure."""
    mine = [one for one in tries if one.way == way]
    if any(one.outcome == TryOutcome.SENT for one in mine) or len(mine) >= MOST_TRIES:
        return False
    if not mine:
        return True
    pause = min(MOST_PAUSE, timedelta(seconds=15 * 2 ** min(len(mine), 9)))
    return not now - pause < mine[-1].at <= now  # one from the future: the clock was put back


async def _try(parts: Parts, alert: Alert, way: Way, title: str, body: str) -> bool:
    """Once by one way: noted before, and how it ended after."""
    assert alert.id is not None, "stored"
    async with parts.db.write() as session:
        begun = AlertTry(alert_id=alert.id, at=parts.now(), way=way.name, outcome=TryOutcome.SENDING)
        session.add(begun)
        await session.flush()
        number = begun.id
    outcome = await send_by(way, title, body)
    async with parts.db.write(fenced=False) as session:  # it is out, whoever plays the role by now
        (await session.get_one(AlertTry, number)).outcome = outcome
    log.log(20 if outcome is TryOutcome.SENT else 40, "alert_by_reserve", alert=alert.id, way=way.name, outcome=outcome)
    parts.bell.ring("incident")
    return outcome is TryOutcome.SENT


async def _words(session: AsyncSession, parts: Parts, one: Undelivered) -> tuple[str, str]:
    """Title and text, without what only the chat can do."""
    incident = one.incident
    office = await session.get_one(Organisation, incident.organisation_id)
    voice = voice_of(parts, office)
    duty = await on_duty(session, office, voice.now)
    names = ", ".join(dict.fromkeys(p.name for p in duty.people if p is not None)) or "–"
    title = f"Loa {incident.code} [{voice.level(incident.level)}]"
    why = voice.say(
        f"Telegram chưa chuyển được tin này. Trực: {names}. Mở trang Loa, mục Sự cố, để nhận; gọi điện nếu cần.",
        f"Telegram has not delivered this. On duty: {names}. Take it in Loa's console, under incidents; telephone.",
    )
    return title, f"{cut(plain(one.alerts[0].text), MOST_BODY)}\n\n{why}"


# -- the ways themselves ----------------------------------------------------------------------------------------------


async def _tell_routes(parts: Parts, ways: Sequence[Way]) -> int:
    """Say once that a way is broken, and once that it works again."""
    voice = Voice(parts.settings.language, parts.settings.tz, parts.now())
    async with parts.db.read() as session:
        broken = [r for r in await broken_routes(session, voice.now) if r.told_at is None]
        mended = await session.exec(
            select(Route).where(col(Route.broken_since).is_(None), col(Route.told_at).is_not(None))
        )
        lines = {r.name: await _line(session, r, voice) for r in [*broken, *mended.all()]}
    if not lines:
        return 0
    outcomes = await asyncio.gather(*(send_by(way, "Loa", "\n".join(lines.values())) for way in ways))
    if TryOutcome.SENT not in outcomes:
        return 0
    async with parts.db.write() as session:
        for name in lines:
            route = await session.get_one(Route, name)
            route.told_at = voice.now if route.broken_since is not None else None
            await record(
                session, at=voice.now, action="route_told", subject=f"route:{name}", why=route.why,
                ways=_by_name(ways, outcomes),
            )  # fmt: skip
    return 1


def _by_name(ways: Sequence[Way], outcomes: Sequence[TryOutcome]) -> Mapping[str, str]:
    return {way.name: str(outcome) for way, outcome in zip(ways, outcomes, strict=True)}


async def _line(session: AsyncSession, route: Route, voice: Voice) -> str:
    name = await route_name(session, route)
    if route.broken_since is None:
        return voice.say(f"Đã thông lại: {name.vi}.", f"Works again: {name.en}.")
    since, why = voice.clock(route.broken_since), WHY[route.why]
    return voice.say(
        f"Báo động không tới được qua {name.vi} từ {since}: {why.vi}. Cho tới khi thông lại, báo động tới đây.",
        f"Alerts do not get through by {name.en} since {since}: {why.en}. Until that is mended they come here.",
    )
