"""What people wrote is kept for so many days, then only that it was written (domain brief 4).

A mention loses its words, its vector and its author's hash; channel, time and kind stay as counts. Words of an incident
stay while it is open; of a closed one the record keeps the claim in one masked sentence, as a file of the office's
work, and loses what it quotes. What its author deleted on the platform goes within a day, whatever it belongs to.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from models.audit import record
from models.claim import Claim
from models.db import Database
from models.incident import Alert, Incident
from models.learning import Label
from models.mention import Mention, RetentionDays
from models.office import Account, Organisation
from models.reading import ReadingGap
from models.states import OPEN_INCIDENT
from models.surge import Surge
from monitor.evidence import QUOTES, without_quotes
from monitor.history import USUAL_FROM

AT_ONCE: Final = 500
"""Rows of one transaction: short enough that nothing else waits for it."""
DELETED_FOR: Final = timedelta(hours=12)
"""So long a text may still turn out to be there after all; the law's day is not over."""
_WORDLESS: Final[dict[str, Any]] = {"text": "", "author_hash": "", "vector": None, "words_key": ""}


async def days_of(session: AsyncSession, organisation_id: int, now: datetime, otherwise: int) -> int:
    """How many days an office keeps people's words now: its newest rule that has begun, or what the settings say."""
    query = (
        select(RetentionDays.days)
        .where(RetentionDays.organisation_id == organisation_id, RetentionDays.since <= now)
        .order_by(col(RetentionDays.since).desc(), col(RetentionDays.id).desc())
    )
    found = (await session.exec(query.limit(1))).first()
    return otherwise if found is None else found


async def set_days(
    session: AsyncSession,
    organisation_id: int,
    days: int,
    since: datetime,
    why: str,
    user_id: int | None,
    now: datetime,
) -> None:
    """Write down a rule that counts from its day on, for all that is kept then."""
    session.add(
        RetentionDays(
            organisation_id=organisation_id, days=days, since=since, why=why, set_at=now, user_id=user_id
        )
    )  # fmt: skip
    await record(
        session, at=now, action="retention_set", subject=f"organisation:{organisation_id}",
        organisation_id=organisation_id, user_id=user_id, days=days, since=since.isoformat(), why=why,
    )  # fmt: skip


async def forget_old_words(db: Database, now: datetime, otherwise: int) -> int:
    """Erase what has had its time in each office (`otherwise`: the days of an office that has set none); return how
    many mentions that were. Safe to repeat and to be cut off."""
    async with db.read() as session:
        offices = (await session.exec(select(Organisation.id).order_by(col(Organisation.id)))).all()
        days = {office or 0: await days_of(session, office or 0, now, otherwise) for office in offices}
    done = 0
    for office, kept in days.items():
        before = now - timedelta(days=kept)
        while erased := await _forget_some(db, now, office, before):
            done += erased
        async with db.write() as session:
            await _forget_claims(session, office, before)
            await _forget_quotes(session, now, office, before)
            await _forget_counts(session, office, before, now)
    return done


async def _forget_some(db: Database, now: datetime, office: int, before: datetime) -> int:
    async with db.write() as session:
        old = (col(Mention.erased_at).is_(None), Mention.written_at < before, ~_in_open_incident(Mention.claim_id))
        rows = await _ids(session, office, *old)
        await _blank(session, rows, erased_at=now)
        if not rows:
            rows = await _ids(session, office, col(Mention.deleted_at) < now - DELETED_FOR, Mention.text != "")
            await _blank(session, rows)
        if rows:
            await record(
                session, at=now, action="words_erased", subject="retention", organisation_id=office, texts=len(rows)
            )
    return len(rows)


async def _ids(session: AsyncSession, office: int, *which: sa.ColumnElement[bool] | bool) -> Sequence[int | None]:
    query = select(Mention.id).where(Mention.organisation_id == office, *which).limit(AT_ONCE)
    return (await session.exec(query)).all()


async def _blank(session: AsyncSession, rows: Sequence[int | None], **more: Any) -> None:
    await session.exec(update(Mention).where(col(Mention.id).in_(rows)).values(**_WORDLESS, **more))
    await session.exec(delete(Label).where(col(Label.mention_id).in_(rows)))  # they know the text by hash and vector


async def _forget_claims(session: AsyncSession, office: int, before: datetime) -> None:
    """A claim that never became an incident loses its sentence with the texts it came from."""
    of_incident = sa.exists(select(Incident.id).where(Incident.claim_id == Claim.id))
    old = (col(Claim.organisation_id) == office, col(Claim.last_at) < before, col(Claim.text) != "", ~of_incident)
    await session.exec(update(Claim).where(*old).values(text="", vector=None))


async def _forget_counts(session: AsyncSession, office: int, before: datetime, now: datetime) -> None:
    """What nobody needs any more: gaps in reading once they are older than what says what is usual, past surges."""
    accounts = select(Account.id).where(Account.organisation_id == office)
    past = (col(ReadingGap.account_id).in_(accounts), col(ReadingGap.until) < min(before, now - USUAL_FROM))
    await session.exec(delete(ReadingGap).where(*past))
    await session.exec(delete(Surge).where(col(Surge.organisation_id) == office, col(Surge.last_at) < before))


async def _forget_quotes(session: AsyncSession, now: datetime, office: int, before: datetime) -> None:
    """What the evidence of closed incidents quotes, and what was sent to the chats of them."""
    mine = col(Incident.organisation_id) == office
    closed = (mine, col(Incident.state).not_in(OPEN_INCIDENT), col(Incident.updated_at) < before)
    for incident in (await session.exec(select(Incident).where(*closed))).all():
        if any(incident.evidence.get(name) for name in QUOTES):
            incident.evidence = without_quotes(incident.evidence)
            await record(
                session, at=now, action="quotes_erased", subject=f"incident:{incident.id}",
                organisation_id=incident.organisation_id,
            )  # fmt: skip
    told = update(Alert).where(col(Alert.incident_id).in_(select(Incident.id).where(*closed)), col(Alert.text) != "")
    await session.exec(told.values(text=""))


def _in_open_incident(claim: Any) -> sa.ColumnElement[bool]:
    open_now = select(Incident.id).where(Incident.claim_id == claim, col(Incident.state).in_(OPEN_INCIDENT))
    return sa.exists(open_now)
