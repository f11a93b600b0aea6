"""A person knows better which texts say the same: incidents put together, texts taken out of one. With who, when, why.

The pipeline takes the decision over from the store, so that later texts follow it, also after a restart.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.duty.desk import close_as_part, incident_in, on_the_desk
from bot.duty.record import incident_of, note
from bot.parts import Actor, NotFound, Parts, Refused
from models.claim import Claim, ClaimDecision, Regrouping
from models.incident import Incident, Level
from models.mention import Mention
from models.states import OPEN_INCIDENT
from monitor.claims.store import join, take_apart
from monitor.flow.repeats import text_of
from monitor.incidents import open_part
from monitor.severity import above


async def merge(parts: Parts, actor: Actor, incident_id: int, into_id: int, why: str) -> None:
    """Two incidents speak of one claim: the texts of the first go to the claim of the second, which is as grave as the
    worse of them from now on; the first one is closed as part of it."""
    on_the_desk(actor)
    _reasoned(why)
    async with parts.db.write() as session:
        first, second = sorted((incident_id, into_id))  # always in one order: two people merging never wait in a ring
        rows = {i: await incident_of(session, actor.organisation_id, i) for i in (first, second)}
        incident, into = rows[incident_id], rows[into_id]
        old, new = await _claim(session, incident), await _claim(session, into)
        if old.id == new.id:
            raise Refused("Hai sự cố đã chung một luận điểm.", "Both incidents are of one claim already.")
        if incident.state in OPEN_INCIDENT and into.state not in OPEN_INCIDENT:
            raise Refused(
                f"{into.code} đã xong: hãy gộp nó vào sự cố đang mở.",
                f"{into.code} is over: merge it into the open one.",
            )
        session.add(_decision(parts, actor, Regrouping.MERGED, old.key, new.key, why))
        await join(session, old, new, but=incident.id)  # the other one is kept current from now on
        for one, other in ((incident, into), (into, incident)):
            await note(session, one, "merged", parts.now(), actor, was=one.code, now=other.code, why=why)
        if incident.state in OPEN_INCIDENT:
            await _as_grave_as(session, parts, actor, into, incident)
            await close_as_part(session, parts, incident, into, actor)
    for topic in ("mention", "incident", "alert"):
        parts.bell.ring(topic)


async def split(parts: Parts, actor: Actor, incident_id: int, mention_ids: Sequence[int], why: str) -> str:
    """Some texts of an incident say something else: they become a claim of their own, with an incident of its own when
    some of them spread it. Return the claim's key."""
    on_the_desk(actor)
    _reasoned(why)
    async with parts.db.write() as session:
        incident = await incident_of(session, actor.organisation_id, incident_id)
        claim = await _claim(session, incident)
        query = select(Mention).where(Mention.claim_id == claim.id)
        members = (await session.exec(query.order_by(col(Mention.written_at), col(Mention.id)))).all()
        wanted = [m for m in members if m.id in set(mention_ids)]
        if len(wanted) != len(set(mention_ids)):
            raise NotFound("các bình luận này trong sự cố", "such texts in this incident")
        if not wanted or len(wanted) == len(members):
            raise Refused("Chọn một phần các bình luận, không phải tất cả.", "Choose some of the texts, not all.")
        decision = _decision(parts, actor, Regrouping.SPLIT, claim.key, "", why)
        decision.mentions = [m.id for m in wanted]
        made = await take_apart(session, claim, decision, wanted)
        await note(session, incident, "split", parts.now(), actor, was=claim.key, now=made.key, why=why)
        part = await open_part(session, made, [text_of(m) for m in wanted], parts.now())
        if part is not None:
            told = f"tách từ {incident.code}: {why.strip()}"
            await note(session, part, "opened", parts.now(), actor, now=part.level, why=told)
    for topic in ("mention", "incident"):
        parts.bell.ring(topic)
    return made.key


async def _as_grave_as(session: AsyncSession, parts: Parts, actor: Actor, into: Incident, part: Incident) -> None:
    """The worse level and harm of the two count, and all channels; the desk tells of a level that rose."""
    into.harm = max(into.harm, part.harm)
    into.channels_hit = sorted({*into.channels_hit, *part.channels_hit})
    into.updated_at = parts.now()
    if above(Level(part.level), Level(into.level)):
        await note(session, into, "raised", parts.now(), actor, was=into.level, now=part.level, why=f"gộp {part.code}")
        into.level = part.level


async def texts_of(session: AsyncSession, actor: Actor, incident_id: int) -> Sequence[Mention]:
    """The texts of an incident's claim, oldest first."""
    incident = await incident_in(session, actor, incident_id)
    query = select(Mention).where(Mention.claim_id == incident.claim_id, col(Mention.claim_id).is_not(None))
    return (await session.exec(query.order_by(col(Mention.written_at), col(Mention.id)))).all()


async def _claim(session: AsyncSession, incident: Incident) -> Claim:
    """The claim that its texts are in by now."""
    claim = await session.get(Claim, incident.claim_id) if incident.claim_id else None
    while claim is not None and claim.merged_into_id is not None:
        claim = await session.get(Claim, claim.merged_into_id)
    if claim is None:
        raise Refused(f"{incident.code} không gắn với luận điểm nào.", f"{incident.code} has no claim.")
    return claim


def _decision(parts: Parts, actor: Actor, kind: Regrouping, key: str, other: str, why: str) -> ClaimDecision:
    return ClaimDecision(
        organisation_id=actor.organisation_id, kind=kind, claim_key=key, other_key=other, at=parts.now(),
        user_id=actor.user_id, why=why.strip(),
    )  # fmt: skip


def _reasoned(why: str) -> None:
    if not why.strip():
        raise Refused("Hãy ghi lý do.", "Say why.")
