"""Topics, accounts and channels in which more is written than usual, whatever it is: noted with what it is made of.

What wakes people is a claim that spreads. A surge is told in the console and the digest, never pushed, since a wave of
criticism or a piece of news is one too; what an incident explains stands with that incident.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from babel.numbers import format_decimal
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from channels.registry import CHANNELS
from models.db import Database
from models.incident import Incident
from models.mention import Mention
from models.names import TEXT_KINDS, field_name
from models.office import Account
from models.states import OPEN_INCIDENT
from models.surge import Surge, SurgeOf
from monitor.figures import number
from monitor.spikes import Baseline
from monitor.spikes.surge import NO_TOPIC, Found, Series, begun, surges

LOOK_EVERY: Final = timedelta(minutes=1)
WINDOW: Final = timedelta(hours=1)
OVER_AFTER: Final = timedelta(hours=24)
"""One burst is one surge: what comes within a day after it is more of the same."""
MAINLY: Final = 0.5
"""A kind of text that makes this share of a surge is named."""
_HEARD: Final = (col(Mention.own).is_(False), col(Mention.deleted_at).is_(None))


class SurgeWatch:
    """Looks once a minute; writes only while something is unusual."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._not_before: datetime | None = None

    async def turn(self, baselines: Mapping[int, Baseline], now: datetime, *, at_once: bool = False) -> None:
        """Note what the last hour brought above the usual; `at_once`: an incident has come that may explain it."""
        if not at_once and self._not_before is not None and now < self._not_before:
            return
        self._not_before = now + LOOK_EVERY
        async with self._db.read() as session:
            hours = await _hours(session, now)
        found = {office: surges(baselines[office], hour, now) for office, hour in hours.items() if office in baselines}
        if not any(found.values()):
            return
        async with self._db.write() as session:
            for office, its in found.items():
                for one in its:
                    await _note(session, office, one, now)
                await _tell_incidents(session, {f.incident for f in its if f.incident is not None})


async def _hours(session: AsyncSession, now: datetime) -> Mapping[int, Mapping[Series, Mapping[int | None, int]]]:
    """What the last hour brought in each office's series, by the open incident that it belongs to."""
    incidents = dict(
        (
            await session.exec(
                select(Incident.claim_id, Incident.id)
                .where(col(Incident.state).in_(OPEN_INCIDENT), col(Incident.claim_id).is_not(None))
                .order_by(col(Incident.id).desc())  # of several of one claim, the one that people have had longest
            )
        ).all()
    )
    query = (
        select(Mention.account_id, Mention.field, Mention.claim_id, sa.func.count())
        .where(Mention.written_at > now - WINDOW, Mention.written_at <= now, *_HEARD)
        .group_by(col(Mention.account_id), Mention.field, col(Mention.claim_id))
    )
    accounts = {a.id: a for a in (await session.exec(select(Account))).all()}
    found: dict[int, dict[Series, Counter[int | None]]] = defaultdict(lambda: defaultdict(Counter))
    for number_of, field, claim, texts in (await session.exec(query)).all():
        account = accounts[number_of]
        its = [Series(SurgeOf.ACCOUNT, str(number_of), account.kind), Series(SurgeOf.CHANNEL, account.kind)]
        its += [Series(SurgeOf.TOPIC, field)] if field and field != NO_TOPIC else []
        for series in its:
            found[account.organisation_id][series][incidents.get(claim)] += texts
    return found


async def _note(session: AsyncSession, office: int, found: Found, now: datetime) -> None:
    """A new surge, or more of one that goes on: its strongest hour is what is said of it."""
    series = found.series
    query = select(Surge).where(
        Surge.organisation_id == office, Surge.kind == series.kind, Surge.name == series.name,
        Surge.last_at >= now - OVER_AFTER,
    )  # fmt: skip
    row = (await session.exec(query.order_by(col(Surge.id).desc()))).first()
    if row is None or found.texts > row.texts:
        times, people, kinds = await _made_of(session, office, series, now)
        if row is None:
            row = Surge(
                organisation_id=office, kind=series.kind, name=series.name,
                since=begun(times, found.usual) if times else now,  # deleted since they were counted
                last_at=now, texts=0, people=0, usual=0.0, seldom_days=0.0,
            )  # fmt: skip
            session.add(row)
        row.texts, row.people, row.kinds = found.texts, people, kinds
        row.usual = round(found.usual, 1)
        row.seldom_days = round(found.judged.seldom / timedelta(days=1), 1)
    row.last_at, row.incident_id = now, found.incident
    await session.flush()


async def _made_of(
    session: AsyncSession, office: int, series: Series, now: datetime
) -> tuple[list[datetime], int, dict[str, int]]:
    """When the hour's texts of a series were written, by how many people, and of what kind they are."""
    column = {
        SurgeOf.TOPIC: col(Mention.field),
        SurgeOf.CHANNEL: col(Mention.channel),
        SurgeOf.ACCOUNT: sa.cast(col(Mention.account_id), sa.String),
    }[series.kind]
    query = select(Mention.written_at, Mention.author_hash, Mention.category).where(
        Mention.organisation_id == office,
        column == series.name,
        Mention.written_at > now - WINDOW,
        Mention.written_at <= now,
        *_HEARD,
    )
    rows = (await session.exec(query.order_by(col(Mention.written_at)))).all()
    people = len({author for _, author, _ in rows if author}) + sum(not author for _, author, _ in rows)
    return [at for at, _, _ in rows], people, dict(Counter(kind for _, _, kind in rows if kind))


async def _tell_incidents(session: AsyncSession, incidents: set[int]) -> None:
    """An incident's evidence says what it makes louder than usual."""
    for incident_id in sorted(incidents):
        incident = await session.get_one(Incident, incident_id)
        said = [briefly(row, name) for row, name in await surges_of(session, incident_id)]
        incident.evidence = {
            **incident.evidence,
            "surges_vi": "; ".join(vi for vi, _ in said),
            "surges_en": "; ".join(en for _, en in said),
        }


# -- how it is said -------------------------------------------------------------------------------------------------

Named = tuple[Surge, tuple[str, str]]
"""A surge with what it is a surge of, in both languages."""


async def surges_of(session: AsyncSession, incident: int) -> list[Named]:
    """What an incident explains."""
    rows = await session.exec(select(Surge).where(Surge.incident_id == incident).order_by(col(Surge.id)))
    return await named(session, rows.all())


async def lately(session: AsyncSession, organisation_id: int, now: datetime) -> list[Named]:
    """An office's surges of the last day, the newest first."""
    query = select(Surge).where(Surge.organisation_id == organisation_id, Surge.last_at > now - OVER_AFTER)
    return await named(session, (await session.exec(query.order_by(col(Surge.last_at).desc(), col(Surge.id)))).all())


async def named(session: AsyncSession, rows: Sequence[Surge]) -> list[Named]:
    """Each with its name."""
    wanted = [int(row.name) for row in rows if row.kind == SurgeOf.ACCOUNT]
    query = select(Account.id, Account.kind, Account.name).where(col(Account.id).in_(wanted))
    accounts = {str(i): f"{_label(kind)} “{name}”" for i, kind, name in (await session.exec(query)).all()}
    return [(row, _name(row, accounts)) for row in rows]


def _name(row: Surge, accounts: Mapping[str, str]) -> tuple[str, str]:
    if row.kind == SurgeOf.TOPIC:
        vi, en = field_name(row.name)
        return f"chủ đề {vi}", f"the topic {en}"
    name = accounts.get(row.name, "") if row.kind == SurgeOf.ACCOUNT else _label(row.name)
    return f"kênh {name}", name


def _label(kind: str) -> str:
    return CHANNELS[kind].label if kind in CHANNELS else kind


def briefly(row: Surge, name: tuple[str, str]) -> tuple[str, str]:
    """Of what, and how strong."""
    vi, en = _times(row)
    return f"{name[0]}: {vi}", f"{name[1]}: {en}"


def _times(row: Surge) -> tuple[str, str]:
    if row.usual < 1:
        return "bình thường hầu như không có gì", "usually next to nothing"
    times = round(row.texts / row.usual, 1)
    return f"gấp {format_decimal(times, locale='vi')} lần bình thường", f"{times} times the usual"


def sentence(row: Surge) -> tuple[str, str]:
    """How strong, by how many, what it is made of, and how sure it is that this is no chance."""
    times, days = _times(row), max(1, round(row.seldom_days))
    vi = f"{number(row.texts)} lời trong 60 phút của {number(row.people)} người, {times[0]}"
    en = f"{number(row.texts, 'en')} texts within 60 minutes by {number(row.people, 'en')} people, {times[1]}"
    kind, count = max(row.kinds.items(), key=lambda item: item[1], default=("", 0))
    if count >= MAINLY * row.texts and kind in TEXT_KINDS:
        share = round(100 * count / row.texts)
        vi, en = f"{vi}; phần lớn là {TEXT_KINDS[kind][0]} ({share}%)", f"{en}; mostly {TEXT_KINDS[kind][1]} ({share}%)"
    return (
        f"{vi}. Ngẫu nhiên thì khoảng {number(days)} ngày mới có một lần.",
        f"{en}. Chance alone brings that about once in {number(days, 'en')} days.",
    )
