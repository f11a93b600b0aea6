"""Each office's own threshold: the curve from what it heard, its choice with a date, and what counts now."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.audit import record
from models.db import Database
from models.incident import Incident
from models.learning import AlarmThreshold, Verdict
from models.mention import Mention
from monitor.claims import Text
from monitor.flow.repeats import stored_score
from monitor.learning.threshold import Point, curve, peak
from monitor.stream import SURE

HISTORY: Final = timedelta(days=28)


@dataclass(frozen=True)
class Heard:
    """The curve of an office, from `texts` over `span`."""

    points: list[Point]
    texts: int
    span: timedelta


async def threshold_of(session: AsyncSession, organisation_id: int, now: datetime) -> float:
    """The least mean risk that may wake this office now: its newest choice, or what Loa is shipped with."""
    row = await _choice(session, organisation_id, now)
    return row.risk if row is not None else SURE


async def _choice(session: AsyncSession, organisation_id: int, now: datetime) -> AlarmThreshold | None:
    query = (
        select(AlarmThreshold)
        .where(AlarmThreshold.organisation_id == organisation_id, AlarmThreshold.since <= now)
        .order_by(col(AlarmThreshold.since).desc(), col(AlarmThreshold.id).desc())
    )
    return (await session.exec(query.limit(1))).first()


async def choose(
    session: AsyncSession, organisation_id: int, risk: float, wanted: float, user_id: int | None, now: datetime
) -> None:
    """Write down the office's choice; it counts from now on."""
    was = await threshold_of(session, organisation_id, now)
    session.add(AlarmThreshold(organisation_id=organisation_id, risk=risk, wanted=wanted, since=now, user_id=user_id))
    await record(
        session, at=now, action="threshold_chosen", subject=f"organisation:{organisation_id}",
        organisation_id=organisation_id, user_id=user_id, was=was, now=risk, wanted=wanted,
    )  # fmt: skip


async def heard(db: Database, organisation_id: int, now: datetime) -> Heard:
    """What each threshold would have brought over the last four weeks, or since the first scored text."""
    async with db.read() as session:
        grouped = (
            select(Mention)
            .where(
                Mention.organisation_id == organisation_id,
                col(Mention.claim_id).is_not(None),
                col(Mention.deleted_at).is_(None),
                Mention.written_at > now - HISTORY,
            )
            .order_by(col(Mention.written_at), col(Mention.id))
        )
        mentions = (await session.exec(grouped)).all()
        scored = select(Mention.written_at).where(
            Mention.organisation_id == organisation_id, Mention.model != "", Mention.written_at > now - HISTORY
        )
        first = (await session.exec(scored.order_by(col(Mention.written_at)).limit(1))).first()
        judged = await session.exec(
            select(Incident.claim_id, Incident.verdict).where(
                Incident.organisation_id == organisation_id, Incident.verdict != ""
            )
        )
        right = {claim: verdict == Verdict.RIGHT for claim, verdict in judged.all() if claim is not None}
    by_claim: dict[int, list[Text]] = defaultdict(list)
    for m in mentions:
        by_claim[m.claim_id or 0].append(
            Text(str(m.id), "", m.written_at, m.author_hash or f"#{m.id}", m.channel, stored_score(m))
        )
    span = now - first if first is not None else timedelta(0)
    peaks = await asyncio.to_thread(lambda: {claim: peak(texts) for claim, texts in by_claim.items()})
    return Heard(curve(peaks, right, span), len(mentions), span)
