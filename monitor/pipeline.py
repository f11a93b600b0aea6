"""Mention -> score (`monitor.flow`) -> claim -> severity -> incident, top to bottom. The pure part is `monitor.stream`.

Scoring may be shared by many processes; one at a time groups what is scored, in order of time. One transaction a
batch: claims and incidents are stored together or not at all, and what is not stored is taken again. After a restart
`restore` feeds the stream what the store remembers.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import structlog
from sqlmodel import col, or_, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from models.claim import Claim as ClaimRow
from models.db import Database
from models.incident import Incident, IncidentEvent, Level
from models.mention import Mention
from models.office import Organisation
from models.states import OPEN_INCIDENT, IncidentState
from monitor.claims import FORGET_AFTER
from monitor.claims.store import absorb, claim_row, claims_of, kept_apart, last_decision
from monitor.flow.repeats import text_of
from monitor.flow.score import Scoring
from monitor.flow.waiting import LEAVES_CLAIM, WAITS_FOR_CLAIM
from monitor.history import History
from monitor.incidents import PRECEDENCE, REOPEN, Incidents
from monitor.index import Place
from monitor.learning.alarms import threshold_of
from monitor.library import Library
from monitor.places import locality
from monitor.reasons import Reason, level_reasons, wording_reasons
from monitor.references import References
from monitor.scoring.base import Scorer
from monitor.silence import SilenceWatch
from monitor.spikes import Baseline
from monitor.stream import Fed, Raised, Stream
from monitor.surges import SurgeWatch

log = structlog.get_logger()

BATCH: Final = 256
MOST_BATCHES: Final = 40
"""Then a turn ends, in a flood too: the loop shows that it lives, and what was raised is told."""
LET_GO: Final = 500
"""So many deleted texts leave their claims at a time; a post that is gone takes all its comments along."""
WORDS_FROM: Final = 5000
"""Newest texts from which a restart learns again which words are common."""


class Pipeline:
    """Scores what was collected and opens or raises incidents: `scoring.turn()`, then `group()`. `scored` is called
    whenever there is something to group. `indexes` is the folder of what makes known claims found quickly."""

    def __init__(
        self,
        db: Database,
        scorer: Scorer,
        *,
        now: Callable[[], datetime],
        tz: ZoneInfo,
        days_off: Collection[date] = (),
        scored: Callable[[], None] = lambda: None,
        indexes: Path | None = None,
    ) -> None:
        self._db, self._scorer, self._now, self._tz = db, scorer, now, tz
        self.library = Library(Place(db, indexes), scorer, now)
        self.scoring = Scoring(db, scorer, now=now, stored=scored)
        self._streams: dict[int, Stream] = defaultdict(lambda: Stream(baseline=Baseline(tz, days_off)))
        self._history, self._silence, self._surges = History(db, days_off), SilenceWatch(db), SurgeWatch(db)
        self._decisions = 0
        self._stale = True

    async def restore(self) -> None:
        """Rebuild the streams from the store, in order of time, without raising anything."""
        self._streams.clear()
        self.library.doubt()
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
                self._streams[mention.organisation_id].grouper.restore(key, text_of(mention))
            for office, pairs in (await kept_apart(session)).items():
                self._streams[office].grouper.apart |= pairs
        self._stale = False

    async def turn(self) -> int:
        """Work off everything that was collected; return how many incidents were opened or raised."""
        await self.scoring.turn()
        return await self.group()

    async def group(self) -> int:
        """Put what is scored to its claims, `MOST_BATCHES` at most; return how many incidents were opened or raised."""
        changed = 0
        await self.library.turn()
        for _ in range(MOST_BATCHES):
            if self._stale or await self._regrouped():
                await self.restore()
            self._take_over(await self._history.count_new(self._now()))
            baselines = {office: stream.baseline for office, stream in self._streams.items()}
            await self._history.tell_gaps(baselines, self._now())
            await self._silence.turn(baselines, self._now())
            await self._surges.turn(baselines, self._now())
            await self._let_go()
            mentions = await self._scored()
            if not mentions:
                break
            self._stale = True  # until it is committed: what failed half-way is taken back from the store
            done = await self._work(mentions)
            if done is not None:
                changed, self._stale = changed + done, False
            if done:  # before anybody is told of it: what it explains stands with it
                await self._surges.turn(baselines, self._now(), at_once=True)
        return changed

    async def _let_go(self) -> None:
        """What people deleted since leaves its claim, and with it what the evidence of an open incident quotes."""
        async with self._db.read() as session:
            query = select(Mention.organisation_id, Mention.id, Mention.text).where(*LEAVES_CLAIM).limit(LET_GO)
            gone: dict[int, dict[int, str]] = defaultdict(dict)
            for office, number, words in (await session.exec(query)).all():
                gone[office][number or 0] = words
            known = {
                office: await self._known(session, office, await _keys_of(session, gone[office])) for office in gone
            }
        if not gone:
            return
        self._stale = True  # until it is committed, as in `group`
        async with self._db.write() as session:
            for office, texts in gone.items():
                grouper = self._streams[office].grouper
                grouper.take_out(map(str, texts))
                incidents = Incidents(session, self._streams[office], known[office], {}, self._now())
                for row in await claims_of(session, list(texts)):
                    claim = grouper.claims.get(row.key)
                    if claim is not None:
                        await claim_row(session, office, claim)
                    await incidents.refresh(row, claim, texts.values())
                left = update(Mention).where(col(Mention.id).in_(texts), *LEAVES_CLAIM)
                await session.exec(left.values(grouped_at=None))
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

    async def _work(self, mentions: Sequence[Mention]) -> int | None:
        """Look, decide, store. What takes the model's time is asked for between the two transactions, so that nobody
        waits for it. None when a person decided something meanwhile: then nothing is stored and all is taken again."""
        by_office: dict[int, list[Mention]] = defaultdict(list)
        for mention in mentions:
            by_office[mention.organisation_id].append(mention)
        async with self._db.read() as session:
            seen = await _last_deeds(session)
            if seen[1] != self._decisions:
                return None
            fed = {office: await self._feed(session, office, rows) for office, rows in by_office.items()}
            known = {
                office: await self._known(session, office, self._followed(office, one)) for office, one in fed.items()
            }
        why = {raised.claim.key: await self._reasons(raised) for one in fed.values() for raised in one.raised}
        async with self._db.write() as session:
            if await _last_deeds(session) != seen:
                return None
            changed = 0
            for office, rows in by_office.items():
                incidents = Incidents(session, self._streams[office], known[office], why, self._now())
                changed += await self._store(session, office, rows, fed[office], incidents)
            return changed

    async def _feed(self, session: AsyncSession, organisation_id: int, mentions: Sequence[Mention]) -> Fed:
        """Put an office's texts through its stream, heeding what people decided."""
        stream, now = self._streams[organisation_id], self._now()
        await self._heed_people(session, organisation_id, stream)
        stream.sure = await threshold_of(session, organisation_id, now)
        places = (await session.get_one(Organisation, organisation_id)).places
        for mention in mentions:
            mention.locality = locality(mention.text, places)
        return stream.feed([text_of(m) for m in mentions if m.deleted_at is None], now)

    def _followed(self, organisation_id: int, fed: Fed) -> set[str]:
        """The claims that were touched and that an incident is of, or will be."""
        touched = {*fed.claims.values(), *(raised.claim.key for raised in fed.raised)}
        return touched & self._streams[organisation_id].levels.keys()

    async def _known(self, session: AsyncSession, organisation_id: int, keys: Collection[str]) -> References:
        """What may speak of these claims."""
        grouper = self._streams[organisation_id].grouper
        claims = [grouper.claims[key] for key in sorted(keys) if key in grouper.claims]
        return await References.of(
            session, organisation_id, claims, self.library, grouper.rarity, self._now(), self._tz
        )

    async def _reasons(self, raised: Raised) -> list[Reason]:
        """Why it is flagged; nothing new when it is only shown again."""
        reasons = level_reasons(raised)
        return [*await asyncio.to_thread(wording_reasons, raised.claim, self._scorer), *reasons] if reasons else []

    async def _store(
        self,
        session: AsyncSession,
        organisation_id: int,
        mentions: Sequence[Mention],
        fed: Fed,
        incidents: Incidents,
    ) -> int:
        """Store claims and incidents; return how many incidents were opened or raised."""
        stream = self._streams[organisation_id]
        keys = [key for key in dict.fromkeys(fed.claims.values()) if key in stream.grouper.claims]
        rows = {key: await claim_row(session, organisation_id, stream.grouper.claims[key]) for key in keys}
        await absorb(session, fed.absorbed)
        homes = {i: rows[key].id for i, key in fed.claims.items() if key in rows}
        await self._note_claims(session, mentions, homes, fed.stances)
        raised = {found.claim.key: found for found in fed.raised}
        changed = 0
        for key, row in rows.items():
            if key in raised:
                await incidents.raise_(row, raised[key])
                changed += 1
            else:
                await incidents.refresh(row, stream.grouper.claims[key])
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
            .order_by(*PRECEDENCE)
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


async def _keys_of(session: AsyncSession, texts: Collection[int]) -> set[str]:
    """The keys of the claims that these texts stand in."""
    return {row.key for row in await claims_of(session, list(texts))}


async def _last_deeds(session: AsyncSession) -> tuple[int, int]:
    """The newest thing that a person did to an incident, and the newest decision of one about any claim."""
    by_people = select(sa.func.max(IncidentEvent.id)).where(col(IncidentEvent.user_id).is_not(None))
    newest = (await session.exec(by_people)).one() or 0
    return newest, await last_decision(session)
