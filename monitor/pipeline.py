"""Mention -> score (`monitor.flow`) -> claim -> severity -> incident, top to bottom. The pure part is `monitor.stream`.

Scoring may be shared by many processes; one at a time groups what is scored, in order of time. One transaction a
batch: claims and incidents are stored together or not at all, and what is not stored is taken again. After a restart
`restore` feeds the stream what the store remembers.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import structlog
from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.claim import Claim as ClaimRow
from models.db import Database
from models.delivery import Delivery
from models.incident import Incident, IncidentEvent, Level
from models.mention import Mention
from models.office import Organisation
from models.post import Post
from models.reading import ChannelItem
from models.states import INCIDENT, OPEN_INCIDENT, IncidentState
from monitor.claims import FORGET_AFTER, Claim, Text
from monitor.claims.known import compare, said
from monitor.claims.store import absorb, claim_row, kept_apart, last_decision
from monitor.evidence import build
from monitor.flow.repeats import stored_score
from monitor.flow.score import Scoring
from monitor.flow.waiting import WAITS_FOR_CLAIM
from monitor.history import History
from monitor.learning.alarms import threshold_of
from monitor.official import about_the_same
from monitor.places import locality
from monitor.reasons import level_reasons, wording_reasons
from monitor.references import library, own_posts
from monitor.scoring.base import Scorer
from monitor.severity import above
from monitor.silence import SilenceWatch
from monitor.spikes import Baseline
from monitor.stream import Raised, Stream

log = structlog.get_logger()

BATCH: Final = 256
WORDS_FROM: Final = 5000
"""Newest texts from which a restart learns again which words are common."""
REOPEN: Final = timedelta(days=7)
MOST_COMPARED: Final = 2
"""So many of what is known are named in an alert."""


class Pipeline:
    """Scores what was collected and opens or raises incidents: `scoring.turn()`, then `group()`. `scored` is called
    whenever there is something to group."""

    def __init__(
        self,
        db: Database,
        scorer: Scorer,
        *,
        now: Callable[[], datetime],
        tz: ZoneInfo,
        days_off: Collection[date] = (),
        scored: Callable[[], None] = lambda: None,
    ) -> None:
        self._db, self._scorer, self._now, self._tz = db, scorer, now, tz
        self.scoring = Scoring(db, scorer, now=now, stored=scored)
        self._streams: dict[int, Stream] = defaultdict(lambda: Stream(baseline=Baseline(tz, days_off)))
        self._history, self._silence = History(db, days_off), SilenceWatch(db)
        self._decisions = 0
        self._stale = True

    async def restore(self) -> None:
        """Rebuild the streams from the store, in order of time, without raising anything."""
        self._streams.clear()
        since = self._now() - FORGET_AFTER
        async with self._db.read() as session:
            self._decisions = await last_decision(session)  # first: what is decided meanwhile is taken over next time
            self._take_over(await self._history.count(session, self._now()))
            scored = select(Mention.organisation_id, Mention.text).where(
                Mention.model != "", Mention.written_at >= since
            )
            newest = (await session.exec(scored.order_by(col(Mention.id).desc()).limit(WORDS_FROM))).all()
            for organisation_id, words in reversed(newest):
                self._streams[organisation_id].grouper.learn(words)
            members = (
                select(Mention, ClaimRow.key)
                .join(ClaimRow, col(ClaimRow.id) == Mention.claim_id)
                .where(Mention.written_at >= since, col(Mention.deleted_at).is_(None), Mention.text != "")
                .order_by(col(Mention.written_at), col(Mention.id))
            )
            for mention, key in (await session.exec(members)).all():
                self._streams[mention.organisation_id].grouper.restore(key, _text(mention))
            for office, pairs in (await kept_apart(session)).items():
                self._streams[office].grouper.apart |= pairs
        self._stale = False

    async def turn(self) -> int:
        """Work off everything that was collected; return how many incidents were opened or raised."""
        await self.scoring.turn()
        return await self.group()

    async def group(self) -> int:
        """Put what is scored to its claims; return how many incidents were opened or raised."""
        changed = 0
        while True:
            if self._stale or await self._regrouped():
                await self.restore()
            self._take_over(await self._history.count_new(self._now()))
            baselines = {office: stream.baseline for office, stream in self._streams.items()}
            await self._history.tell_gaps(baselines, self._now())
            await self._silence.turn(baselines, self._now())
            mentions = await self._scored()
            if not mentions:
                return changed
            self._stale = True  # until it is committed: what failed half-way is taken back from the store
            changed += await self._work(mentions)
            self._stale = False

    async def _regrouped(self) -> bool:
        """Has a person put claims together or taken them apart since?"""
        async with self._db.read() as session:
            return await last_decision(session) != self._decisions

    def _take_over(self, baselines: Mapping[int, Baseline]) -> None:
        for office, baseline in baselines.items():
            self._streams[office].baseline = baseline

    async def _scored(self) -> Sequence[Mention]:
        async with self._db.read() as session:
            query = select(Mention).where(*WAITS_FOR_CLAIM, Mention.model != "", col(Mention.own).is_(False))
            rows = await session.exec(query.order_by(col(Mention.written_at), col(Mention.id)).limit(BATCH))
            return rows.all()

    async def _work(self, mentions: Sequence[Mention]) -> int:
        by_office: dict[int, list[Mention]] = defaultdict(list)
        for mention in mentions:
            by_office[mention.organisation_id].append(mention)
        async with self._db.write() as session:
            return sum([await self._office(session, office, rows) for office, rows in by_office.items()])

    async def _office(self, session: AsyncSession, organisation_id: int, mentions: Sequence[Mention]) -> int:
        stream, now = self._streams[organisation_id], self._now()
        await self._heed_people(session, organisation_id, stream)
        stream.sure = await threshold_of(session, organisation_id, now)
        places = (await session.get_one(Organisation, organisation_id)).places
        for mention in mentions:
            mention.locality = locality(mention.text, places)
        texts = [_text(m) for m in mentions if m.deleted_at is None]
        fed = stream.feed(texts, now)
        keys = [key for key in dict.fromkeys(fed.claims.values()) if key in stream.grouper.claims]
        rows = {key: await claim_row(session, organisation_id, stream.grouper.claims[key]) for key in keys}
        await absorb(session, fed.absorbed)
        homes = {i: rows[key].id for i, key in fed.claims.items() if key in rows}
        await self._note_claims(session, mentions, homes, fed.stances)
        raised = {found.claim.key: found for found in fed.raised}
        changed = 0
        for key, row in rows.items():
            incident = await _newest_incident(session, row.id)
            if key in raised:
                changed += await self._raise(session, organisation_id, row, raised[key], incident)
            elif incident is not None and incident.state in OPEN_INCIDENT:
                await self._refresh(session, stream, incident, stream.grouper.claims[key])
        return changed

    async def _note_claims(
        self,
        session: AsyncSession,
        mentions: Sequence[Mention],
        claims: Mapping[str, int | None],
        stances: Mapping[str, str],
    ) -> None:
        """Words that changed since they were read wait for another score, and then for their claim."""
        values = [
            {
                "this": m.id, "words": m.text, "claim": claims.get(str(m.id)), "place": m.locality,
                "stance": stances.get(str(m.id), m.stance), "at": self._now(),
            }
            for m in sorted(mentions, key=lambda m: m.id or 0)  # in the order in which every other writer locks rows
        ]  # fmt: skip
        await (await session.connection()).execute(_NOTE, values)

    async def _heed_people(self, session: AsyncSession, organisation_id: int, stream: Stream) -> None:
        """Take over what people decided: a closed claim starts anew from then on, a false alarm only above the level
        that it was judged at (domain brief 6.2 and 7)."""
        judged = select(IncidentEvent.incident_id).where(IncidentEvent.now == IncidentState.FALSE_ALARM)
        query = (
            select(Incident, ClaimRow.key, col(Incident.id).in_(judged))
            .join(ClaimRow, col(ClaimRow.id) == Incident.claim_id)
            .where(
                Incident.organisation_id == organisation_id,
                or_(col(Incident.state).in_(OPEN_INCIDENT), col(Incident.updated_at) >= self._now() - REOPEN),
            )
            .order_by(col(Incident.state).in_(OPEN_INCIDENT), col(Incident.id))  # what is open has the last word
        )
        for incident, key, false_alarm in (await session.exec(query)).all():
            if incident.state in OPEN_INCIDENT or false_alarm:
                stream.levels[key] = Level(incident.level)
            else:
                stream.levels.pop(key, None)
            if incident.closed_at is not None:
                stream.heard_from[key] = incident.closed_at
            elif incident.state in OPEN_INCIDENT:
                stream.heard_from.pop(key, None)

    async def _raise(
        self, session: AsyncSession, organisation_id: int, row: ClaimRow, raised: Raised, incident: Incident | None
    ) -> int:
        """Open an incident, raise the open one, or reopen one that was closed within seven days."""
        now = self._now()
        if incident is not None and incident.state not in OPEN_INCIDENT:
            if incident.closed_at is None or now - incident.closed_at > REOPEN:
                incident = None
            else:
                _reopen(session, incident, raised.level, now)
        if incident is None:
            incident = Incident(
                organisation_id=organisation_id, claim_id=row.id, level=raised.level, harm=raised.harm,
                spread=raised.spread, field=row.field, locality=row.locality, claim_text=row.text,
                started_at=raised.started_at, opened_at=now, updated_at=now,
            )  # fmt: skip
            session.add(incident)
            await session.flush()
            _event(session, incident, now, "opened", now=raised.level)
        elif above(raised.level, Level(incident.level)):
            _event(session, incident, now, "raised", was=incident.level, now=raised.level)
            incident.level = raised.level
        await self._show(session, incident, raised)
        log.info("incident", id=incident.id, rated=incident.level, harm=incident.harm, spread=incident.spread)
        return 1

    async def _refresh(self, session: AsyncSession, stream: Stream, incident: Incident, claim: Claim) -> None:
        """More texts for an open incident: keep the evidence current, silently."""
        asserting = claim.asserting()
        if not asserting:  # they were edited, or so many asked and denied since that nobody is left
            return
        level, last = Level(incident.level), asserting[-1].at
        again = Raised(claim, level, level, incident.harm, incident.spread, last, incident.started_at, False)
        await self._show(session, incident, again)

    async def _show(self, session: AsyncSession, incident: Incident, raised: Raised) -> None:
        stream = self._streams[incident.organisation_id]
        reasons = level_reasons(raised)
        if reasons:
            reasons = [*await asyncio.to_thread(wording_reasons, raised.claim, self._scorer), *reasons]
        else:  # only shown again: why it was flagged stays what it was
            reasons = incident.evidence.get("reasons", [])
        incident.harm, incident.spread = raised.harm, raised.spread
        incident.updated_at = self._now()
        official, compared = await self._known(session, incident, raised.claim)
        incident.evidence = build(
            raised,
            usual=stream.usual(raised.claim, raised.at),
            short_history=stream.short_history(raised.claim),
            titles=await _titles(session, incident.organisation_id, {m.item for m in raised.claim.members}),
            official=official,
            compared=compared,
            reasons=reasons,
            judged=stream.judged(raised.claim, raised.at),
        )
        incident.claim_text = str(incident.evidence["claim"])
        incident.channels_hit = sorted({m.channel for m in raised.claim.asserting()})

    async def _known(
        self, session: AsyncSession, incident: Incident, claim: Claim
    ) -> tuple[tuple[str, str], tuple[str, str]]:
        """An own post on the same thing, as (text, reference), and how the claim stands to what is known."""
        own = await own_posts(session, incident.organisation_id, self._now(), self._tz)
        settled = await library(session, incident.organisation_id, self._tz)
        rarity = self._streams[incident.organisation_id].grouper.rarity
        found = compare(claim.exemplars, [*(post.reference for post in own), *settled], rarity)
        by_reference = {post.reference: post for post in own}
        post = next((by_reference[c.reference] for c in found if c.reference in by_reference), None)
        told = [said(c) for c in found[:MOST_COMPARED]]
        if post is None and (index := about_the_same(claim.words, incident.field, [p.own for p in own])) is not None:
            post = own[index]
            told.append((f"cần đối chiếu với {post.reference.vi}", f"compare with {post.reference.en}"))
        vi, en = "; ".join(t[0] for t in told), "; ".join(t[1] for t in told)
        return (post.text, post.reference.vi) if post else ("", ""), (vi, en)


# -- rows -----------------------------------------------------------------------------------------------------------


_NOTE: Final = (
    sa.update(Mention)
    .where(col(Mention.id) == sa.bindparam("this"), col(Mention.text) == sa.bindparam("words"))
    .values(
        claim_id=sa.bindparam("claim"),
        locality=sa.bindparam("place"),
        stance=sa.bindparam("stance"),
        grouped_at=sa.bindparam("at"),
    )
)


def _text(mention: Mention) -> Text:
    return Text(
        id=str(mention.id), text=mention.text, at=mention.written_at, author=mention.author_hash or f"#{mention.id}",
        channel=mention.channel, score=stored_score(mention), item=mention.item_id, locality=mention.locality,
        account=mention.account_id,
    )  # fmt: skip


async def _newest_incident(session: AsyncSession, claim_id: int | None) -> Incident | None:
    """The one that is open, else the last; people who put claims together may leave several."""
    is_open = col(Incident.state).in_(OPEN_INCIDENT)
    query = select(Incident).where(Incident.claim_id == claim_id)
    return (await session.exec(query.order_by(is_open.desc(), col(Incident.id).desc()))).first()


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
    incident.told_level, incident.reopened = "", incident.reopened + 1
    incident.escalation_step, incident.next_escalation_at = 0, None
    _event(session, incident, now, "reopened", was=was, now=incident.state)


def _event(
    session: AsyncSession, incident: Incident, at: datetime, action: str, *, was: str = "", now: str = ""
) -> None:
    assert incident.id is not None, "a stored row has an id"
    session.add(IncidentEvent(incident_id=incident.id, at=at, action=action, was=was, now=now))
