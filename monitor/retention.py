"""What people wrote is kept for so many days, then only that it was written (domain brief 4).

A mention loses its words, its vector and its author's hash; channel, time and kind stay as counts. Words of an incident
stay while it is open; of a closed one the record keeps the claim in one masked sentence, as a file of the office's
work, and loses what it quotes. What its author deleted on the platform goes within a day, whatever it belongs to.
"""

from __future__ import annotations

from collections import Counter
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
from models.mention import Mention
from models.states import OPEN_INCIDENT

AT_ONCE: Final = 500
"""Rows of one transaction: short enough that nothing else waits for it."""
DELETED_FOR: Final = timedelta(hours=12)
"""So long a text may still turn out to be there after all; the law's day is not over."""
QUOTES: Final = ("typical", "copied")
"""What an incident's evidence quotes of people's words."""
_WORDLESS: Final[dict[str, Any]] = {"text": "", "author_hash": "", "vector": None, "words_key": ""}


async def forget_old_words(db: Database, now: datetime, days: int) -> int:
    """Erase what has had its time; return how many mentions that were. Safe to repeat and to be cut off."""
    before, done = now - timedelta(days=days), 0
    while erased := await _forget_some(db, now, before):
        done += erased
    async with db.write() as session:
        await _forget_claims(session, before)
        await _forget_quotes(session, now, before)
    return done


async def _forget_some(db: Database, now: datetime, before: datetime) -> int:
    async with db.write() as session:
        old = (col(Mention.erased_at).is_(None), Mention.written_at < before, ~_in_open_incident(Mention.claim_id))
        rows = await _ids(session, *old)
        await _blank(session, rows, erased_at=now)
        if not rows:
            rows = await _ids(session, col(Mention.deleted_at) < now - DELETED_FOR, Mention.text != "")
            await _blank(session, rows)
        for office, texts in Counter(rows.values()).items():
            await record(
                session, at=now, action="words_erased", subject="retention", organisation_id=office, texts=texts
            )
    return len(rows)


async def _ids(session: AsyncSession, *which: sa.ColumnElement[bool] | bool) -> dict[int, int]:
    """Mentions with their office."""
    query = select(Mention.id, Mention.organisation_id).where(*which).limit(AT_ONCE)
    return {number or 0: office for number, office in (await session.exec(query)).all()}


async def _blank(session: AsyncSession, rows: dict[int, int], **more: Any) -> None:
    await session.exec(update(Mention).where(col(Mention.id).in_(rows)).values(**_WORDLESS, **more))
    await session.exec(delete(Label).where(col(Label.mention_id).in_(rows)))  # they know the text by hash and vector


async def _forget_claims(session: AsyncSession, before: datetime) -> None:
    """A claim that never became an incident loses its sentence with the texts it came from."""
    of_incident = sa.exists(select(Incident.id).where(Incident.claim_id == Claim.id))
    old = update(Claim).where(col(Claim.last_at) < before, col(Claim.text) != "", ~of_incident)
    await session.exec(old.values(text="", vector=None))


async def _forget_quotes(session: AsyncSession, now: datetime, before: datetime) -> None:
    """What the evidence of closed incidents quotes, and what was sent to the chats of them."""
    closed = (col(Incident.state).not_in(OPEN_INCIDENT), col(Incident.updated_at) < before)
    for incident in (await session.exec(select(Incident).where(*closed))).all():
        if any(incident.evidence.get(name) for name in QUOTES):
            incident.evidence = {**incident.evidence, **{name: [] for name in QUOTES if name in incident.evidence}}
            await record(
                session, at=now, action="quotes_erased", subject=f"incident:{incident.id}",
                organisation_id=incident.organisation_id,
            )  # fmt: skip
    told = update(Alert).where(col(Alert.incident_id).in_(select(Incident.id).where(*closed)), col(Alert.text) != "")
    await session.exec(told.values(text=""))


def _in_open_incident(claim: Any) -> sa.ColumnElement[bool]:
    open_now = select(Incident.id).where(Incident.claim_id == claim, col(Incident.state).in_(OPEN_INCIDENT))
    return sa.exists(open_now)
