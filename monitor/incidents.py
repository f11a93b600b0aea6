"""What becomes of a claim that was raised: an incident is opened, raised, reopened or brought up to date."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
import structlog
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.claim import Claim as ClaimRow
from models.delivery import Delivery
from models.incident import Incident, IncidentEvent, Level
from models.post import Post
from models.reading import ChannelItem
from models.states import INCIDENT, OPEN_INCIDENT, IncidentState
from monitor.claims import Claim, Text
from monitor.copying import voices_of
from monitor.evidence import build, without_quotes
from monitor.reasons import Reason
from monitor.references import References
from monitor.severity import WINDOW, above, level_of, spread_of
from monitor.stream import Raised, Stream, harm_of

log = structlog.get_logger()

REOPEN: Final = timedelta(days=7)
SURGES: Final = ("surges_vi", "surges_en")
"""What `monitor.surges` writes beside the evidence that is made here."""
_OPEN: Final = col(Incident.state).in_(OPEN_INCIDENT)
PRECEDENCE: Final = (_OPEN, sa.case((_OPEN, -col(Incident.id)), else_=col(Incident.id)))
"""Of several incidents of one claim, which claims that turned out to be one may leave, the last in this order counts:
the open one that people have had longest, else the newest."""


class Incidents:
    """An office's incidents within one transaction. `why` has the reasons of every claim that was raised, by its key;
    they and what is `known` were asked for before it began."""

    def __init__(
        self,
        session: AsyncSession,
        stream: Stream,
        known: References,
        why: Mapping[str, Sequence[Reason]],
        now: datetime,
    ) -> None:
        self._session, self._stream, self._known, self._why, self._now = session, stream, known, why, now

    async def raise_(self, row: ClaimRow, raised: Raised) -> None:
        """Open an incident, raise the open one, or reopen one that was closed within seven days."""
        now, incident = self._now, await self._newest(row)
        if incident is not None and incident.state not in OPEN_INCIDENT:
            if incident.closed_at is None or now - incident.closed_at > REOPEN:
                incident = None
            else:
                _reopen(self._session, incident, raised.level, now)
        if incident is None:
            incident = Incident(
                organisation_id=row.organisation_id, claim_id=row.id, level=raised.level, harm=raised.harm,
                spread=raised.spread, field=row.field, locality=row.locality, claim_text=row.text,
                started_at=raised.started_at, opened_at=now, updated_at=now,
            )  # fmt: skip
            self._session.add(incident)
            await self._session.flush()
            _event(self._session, incident, now, "opened", now=raised.level)
        elif above(raised.level, Level(incident.level)):
            _event(self._session, incident, now, "raised", was=incident.level, now=raised.level)
            incident.level = raised.level
        await self._show(incident, raised, self._why[raised.claim.key])
        log.info("incident", id=incident.id, rated=incident.level, harm=incident.harm, spread=incident.spread)

    async def refresh(self, row: ClaimRow, claim: Claim | None, gone: Collection[str] = ()) -> None:
        """More or fewer texts for an open incident: keep the evidence current, silently. `gone` are the words of
        texts that are no more: the record keeps the claim in one sentence, and quotes none of them."""
        incident = await self._newest(row)
        if incident is None and claim is None and row.text in gone:
            row.text = ""
        if incident is None or incident.state not in OPEN_INCIDENT:
            return
        asserting = claim.asserting() if claim is not None else []
        if claim is None or not asserting:  # edited, deleted, or so many asked and denied that nobody is left
            incident.evidence = without_quotes(incident.evidence, gone)
            return
        level, last = Level(incident.level), asserting[-1].at
        again = Raised(claim, level, level, incident.harm, incident.spread, last, incident.started_at, False)
        await self._show(incident, again, ())

    async def _show(self, incident: Incident, raised: Raised, why: Sequence[Reason]) -> None:
        """Bring the evidence up to date. Shown again, why it was flagged stays what it was."""
        stream = self._stream
        reasons = list(why) or incident.evidence.get("reasons", [])
        incident.harm, incident.spread = raised.harm, raised.spread
        incident.updated_at = self._now
        official, compared = self._known.of_claim(raised.claim, incident.field, stream.grouper.rarity)
        surges = {name: incident.evidence[name] for name in SURGES if name in incident.evidence}
        incident.evidence = surges | build(
            raised,
            usual=stream.usual(raised.claim, raised.at),
            short_history=stream.short_history(raised.claim),
            titles=await _titles(self._session, incident.organisation_id, {m.item for m in raised.claim.members}),
            official=official,
            compared=compared,
            reasons=reasons,
            judged=stream.judged(raised.claim, raised.at),
        )
        incident.claim_text = str(incident.evidence["claim"])
        incident.volume = incident.evidence["mentions"]
        incident.channels_hit = sorted({m.channel for m in raised.claim.asserting()})

    async def _newest(self, row: ClaimRow) -> Incident | None:
        query = select(Incident).where(Incident.claim_id == row.id)
        return (await self._session.exec(query.order_by(*(by.desc() for by in PRECEDENCE)))).first()


async def open_part(session: AsyncSession, row: ClaimRow, texts: Sequence[Text], now: datetime) -> Incident | None:
    """Open an incident of texts that a person took out of another one, as grave as they are by themselves; None when
    nobody asserts anything in them."""
    claim = Claim(row.key, list(texts))
    asserting = claim.asserting()
    if not asserting:
        return None
    hour = claim.asserting(claim.last_at - WINDOW) or asserting
    authors, channels, harm = voices_of(hour), len({m.channel for m in hour}), max(1, harm_of(asserting))
    spread = spread_of(authors, channels, surge=False, widely_heard=any(m.widely_heard for m in hour))
    level, first = level_of(harm, spread) or Level.LOW, min(m.at for m in asserting)
    raised = Raised(claim, level, None, harm, spread, claim.last_at, first, False, authors, channels)
    titles = await _titles(session, row.organisation_id, {m.item for m in texts})
    evidence = build(raised, usual=0.0, short_history=False, titles=titles)
    incident = Incident(
        organisation_id=row.organisation_id, claim_id=row.id, level=level, harm=harm, spread=spread, field=row.field,
        locality=row.locality, claim_text=str(evidence["claim"]), evidence=evidence, volume=len(asserting),
        channels_hit=sorted({m.channel for m in asserting}), started_at=first, opened_at=now, updated_at=now,
    )  # fmt: skip
    session.add(incident)
    await session.flush()
    return incident


async def _titles(session: AsyncSession, organisation_id: int, items: set[str]) -> Mapping[str, str]:
    """Post titles by the platform's item id."""
    wanted = [i for i in items if i]
    rows: list[Any] = list(
        (
            await session.exec(
                select(Delivery.remote_id, Post.title)
                .join(Post, col(Post.id) == Delivery.post_id)
                .where(Post.organisation_id == organisation_id, col(Delivery.remote_id).in_(wanted))
            )
        ).all()
    )
    rows += (
        await session.exec(
            select(ChannelItem.remote_id, ChannelItem.title).where(col(ChannelItem.remote_id).in_(wanted))
        )
    ).all()
    return {remote_id: title for remote_id, title in rows if title}


def _reopen(session: AsyncSession, incident: Incident, level: Level, now: datetime) -> None:
    """The same claim came back: everybody's clocks start again, the record goes on."""
    was = IncidentState(incident.state)
    incident.state, incident.level = INCIDENT.check(was, IncidentState.NEW), level
    incident.closed_at = incident.corrected_at = incident.acked_at = incident.acked_by_id = None
    incident.ack_due_at = incident.first_line_due_at = incident.correction_due_at = None
    incident.responding_at = incident.first_line_at = None
    incident.verdict = ""
    incident.told_level = incident.held_level = ""
    incident.told_volume, incident.under_id, incident.silence_id = 0, None, None
    incident.reopened += 1
    incident.escalation_step, incident.next_escalation_at = 0, None
    _event(session, incident, now, "reopened", was=was, now=incident.state)


def _event(
    session: AsyncSession, incident: Incident, at: datetime, action: str, *, was: str = "", now: str = ""
) -> None:
    assert incident.id is not None, "a stored row has an id"
    session.add(IncidentEvent(incident_id=incident.id, at=at, action=action, was=was, now=now))
