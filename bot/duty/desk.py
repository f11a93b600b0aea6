"""What people do with an incident: take it, pass it up, judge it, answer it.

Each deed is one transaction with who, when and why; every surface (chat, console, command line) calls these functions.

`telling` says who hears of it, `escalation` what happens when nobody answers, `correction` drafts the answer.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.duty import texts
from bot.duty.escalation import escalate_in
from bot.duty.record import (
    answer_in_thread,
    buttons_of_a_false_alarm,
    buttons_taken,
    incident_of,
    move,
    note,
    note_verdict,
)
from bot.duty.voice import Voice, voice_of
from bot.parts import Actor, NotFound, Parts, Refused
from models.db import ROW
from models.delivery import Delivery
from models.incident import Incident, Level
from models.learning import Verdict
from models.office import Organisation, User
from models.post import Post, PostKind
from models.states import DESK, INCIDENT, INCIDENT_MOVES, OPEN_INCIDENT, DeliveryState, IncidentState, PostState
from monitor.severity import LEVELS

_BY_HAND = frozenset(move.to for move in INCIDENT_MOVES if move.roles)
_ANSWERABLE = (IncidentState.ACKED, IncidentState.VERIFYING, IncidentState.WATCHING, IncidentState.RESPONDING)


async def acknowledge(parts: Parts, actor: Actor, incident_id: int) -> None:
    """Take an incident. The second press learns who was first."""
    on_the_desk(actor)
    async with parts.db.write() as session:
        incident = await incident_of(session, actor.organisation_id, incident_id)
        voice = await _voice(session, parts, incident)
        if incident.state != IncidentState.NEW:
            raise Refused(*await _already(session, incident, voice))
        await move(session, incident, IncidentState.ACKED, voice.now, actor, "")
        _taken(incident, actor, voice)
        text = texts.acked(incident, actor.name, voice)
        await answer_in_thread(session, parts, incident, "acked", text, buttons_taken(voice))
    _ring(parts)


async def escalate(parts: Parts, actor: Actor, incident_id: int, *, seen_step: int | None = None) -> None:
    """A person passes the incident up at once. `seen_step` is where it stood as the person saw it: two presses on one
    message, or one that comes twice, are one step."""
    on_the_desk(actor)
    async with parts.db.write() as session:
        incident = await incident_of(session, actor.organisation_id, incident_id)
        if incident.state != IncidentState.NEW:
            raise Refused("Sự cố đã có người nhận.", "Somebody has taken this incident.")
        if seen_step is not None and seen_step != incident.escalation_step:
            raise Refused("Sự cố đã được chuyển cấp rồi.", "This incident was passed up already.")
        await escalate_in(session, parts, incident, actor)
    _ring(parts)


async def false_alarm(parts: Parts, actor: Actor, incident_id: int, why: str) -> None:
    """Say that it was nothing. Allowed from `new` at once; later only after verifying."""
    on_the_desk(actor)
    async with parts.db.write() as session:
        incident = await incident_of(session, actor.organisation_id, incident_id)
        voice = await _voice(session, parts, incident)
        if incident.state == IncidentState.ACKED:
            await move(session, incident, IncidentState.VERIFYING, voice.now, actor, "")
        await move(session, incident, IncidentState.FALSE_ALARM, voice.now, actor, why)
        incident.next_escalation_at, incident.closed_at = None, voice.now
        await note_verdict(session, incident, Verdict.FALSE_ALARM, voice.now, actor)
        text = texts.false_alarm(incident, actor.name, voice)
        await answer_in_thread(session, parts, incident, "false", text, buttons_of_a_false_alarm(voice))
    _ring(parts)


async def judge(parts: Parts, actor: Actor, incident_id: int, verdict: Verdict) -> None:
    """Say what the alarm was, or say it anew; Loa learns from it at the next refit. It moves nothing."""
    on_the_desk(actor)
    async with parts.db.write() as session:
        incident = await incident_of(session, actor.organisation_id, incident_id)
        if incident.state == IncidentState.NEW:
            raise Refused("Hãy nhận sự cố trước khi kết luận.", "Take the incident before you judge it.")
        await note_verdict(session, incident, verdict, parts.now(), actor)
    _ring(parts)


async def move_incident(parts: Parts, actor: Actor, incident_id: int, to: IncidentState, why: str = "") -> None:
    """Any other move that a person makes. Corrected is what a published correction makes of it, never a press."""
    on_the_desk(actor)
    if to is IncidentState.ACKED:
        await acknowledge(parts, actor, incident_id)
        return
    if to is IncidentState.FALSE_ALARM:
        await false_alarm(parts, actor, incident_id, why)
        return
    if to not in _BY_HAND:
        raise Refused(
            f"Không ai tự chuyển được sang “{INCIDENT.labels[to]}”: sự cố tự chuyển khi bài đính chính đã lên kênh.",
            "Nobody sets this by hand: the incident moves when its correction is out.",
        )
    async with parts.db.write() as session:
        incident = await incident_of(session, actor.organisation_id, incident_id)
        await move(session, incident, to, parts.now(), actor, why)
        if to is IncidentState.CLOSED:
            incident.closed_at = parts.now()
    _ring(parts)


def incident_actions(incident: Incident, actor: Actor) -> set[str]:
    """Return what this person may do now; surfaces show just these."""
    if not actor.has(*DESK):
        return set()
    state = IncidentState(incident.state)
    actions = {move.name for move in INCIDENT_MOVES if state in move.sources and actor.has(*move.roles)}
    if state in _ANSWERABLE:
        actions.add("correct")
    if state is IncidentState.NEW:
        actions.add("escalate")
    if state is IncidentState.ACKED:
        actions.add("false_alarm")
    if state is not IncidentState.NEW:
        actions.add("judge")
    return actions


async def begin_response(session: AsyncSession, parts: Parts, incident: Incident, actor: Actor) -> None:
    """Move an incident to `responding` through every state in between, each on the record."""
    on_the_desk(actor)
    voice = await _voice(session, parts, incident)
    if incident.state == IncidentState.NEW:
        _taken(incident, actor, voice)
    for to in (IncidentState.ACKED, IncidentState.VERIFYING, IncidentState.RESPONDING):
        if incident.state != IncidentState.RESPONDING and INCIDENT.allows(IncidentState(incident.state), to):
            await move(session, incident, to, voice.now, actor, "soạn đính chính")
    if incident.state != IncidentState.RESPONDING:
        raise Refused("Sự cố này đã kết thúc.", "This incident is over.")


async def close_as_part(session: AsyncSession, parts: Parts, incident: Incident, into: Incident, actor: Actor) -> None:
    """Two incidents are one: this one ends through every state in between, each on record, and its thread says so."""
    voice, why = await _voice(session, parts, incident), f"gộp vào {into.code}"
    if incident.state == IncidentState.NEW:
        _taken(incident, actor, voice)
    for to in (IncidentState.ACKED, IncidentState.VERIFYING, IncidentState.WATCHING, IncidentState.CLOSED):
        if INCIDENT.allows(IncidentState(incident.state), to):
            await move(session, incident, to, voice.now, actor, why)
    incident.merged_into_id, incident.closed_at = into.id, voice.now
    await answer_in_thread(session, parts, incident, "merged", texts.merged(incident, into, voice), silent=True)


async def incident_in(session: AsyncSession, actor: Actor, incident_id: int) -> Incident:
    """Read an incident of the person's organisation."""
    found = await session.get(Incident, incident_id)
    if found is None or found.organisation_id != actor.organisation_id:
        raise NotFound("sự cố này", "such incident")
    return found


async def open_incidents(session: AsyncSession, organisation_id: int) -> Sequence[Incident]:
    """Return incidents that still need eyes, worst first."""
    rows = await session.exec(
        select(Incident).where(Incident.organisation_id == organisation_id, col(Incident.state).in_(OPEN_INCIDENT))
    )
    return sorted(rows.all(), key=lambda i: (-LEVELS.index(Level(i.level)), i.opened_at))


# -- answered ---------------------------------------------------------------------------------------------------


async def settle_corrections(parts: Parts) -> int:
    """See what went out in answer to the incidents being answered; found by looking, so no crash loses it.

    A correction that is out everywhere makes the incident corrected. A holding line only counts as the first word:
    the incident is still being answered.
    """
    async with parts.db.read() as session:
        rows = await session.exec(
            select(Incident.id)
            .join(Post, col(Post.incident_id) == Incident.id)
            .where(*_OUT, _UNSETTLED)
            .distinct()
            .order_by(col(Incident.id))
        )
        ids = rows.all()
    settled = sum([await _settle(parts, i) for i in ids if i is not None])
    if settled:
        _ring(parts)
    return settled


_OUT = (
    Incident.state == IncidentState.RESPONDING,
    Post.state == PostState.PUBLISHED,
    col(Post.created_at) >= col(Incident.responding_at),
)
_UNSETTLED = sa.or_(
    col(Post.kind) == PostKind.CORRECTION,
    sa.and_(col(Post.kind) == PostKind.HOLDING, col(Incident.first_line_at).is_(None)),
)


async def _settle(parts: Parts, incident_id: int) -> bool:
    async with parts.db.write() as session:
        incident = await session.get_one(Incident, incident_id, with_for_update=ROW)
        found = select(Post).join(Incident, col(Incident.id) == Post.incident_id).where(Incident.id == incident_id)
        posts = (await session.exec(found.where(*_OUT, _UNSETTLED).order_by(col(Post.published_at)))).all()
        if not posts:
            return False
        voice = await _voice(session, parts, incident)
        post = next((p for p in posts if p.kind == PostKind.CORRECTION), posts[0])
        out_at = post.published_at or voice.now
        incident.first_line_at = incident.first_line_at or out_at
        if post.kind == PostKind.CORRECTION:
            await move(session, incident, IncidentState.CORRECTED, voice.now, None, f"bài {post.id} đã lên")
            incident.corrected_at = out_at
            if not incident.verdict:  # two people signed that it needed correcting
                await note_verdict(session, incident, Verdict.RIGHT, voice.now, None)
            await move(session, incident, IncidentState.AFTERCARE, voice.now, None, "theo dõi 48 giờ")
        else:
            await note(session, incident, "first_line", voice.now, None, why=f"bài {post.id} đã lên")
        sent = select(Delivery).where(Delivery.post_id == post.id, Delivery.state == DeliveryState.SENT)
        deliveries = (await session.exec(sent.order_by(col(Delivery.id)))).all()
        text = texts.answered(incident, post.kind, out_at, deliveries, voice)
        await answer_in_thread(session, parts, incident, f"answered:{post.id}", text)
    return True


# -- within -----------------------------------------------------------------------------------------------------


def on_the_desk(actor: Actor) -> None:
    """Refuse whoever does not work on incidents."""
    if not actor.has(*DESK):
        raise Refused("Bạn không có quyền xử lý sự cố.", "You may not act on incidents.")


def _taken(incident: Incident, actor: Actor, voice: Voice) -> None:
    incident.acked_at, incident.acked_by_id, incident.next_escalation_at = voice.now, actor.user_id, None
    incident.seconded_by_id = incident.seconded_at = incident.ack_expires_at = None


async def _voice(session: AsyncSession, parts: Parts, incident: Incident) -> Voice:
    return voice_of(parts, await session.get_one(Organisation, incident.organisation_id))


async def _already(session: AsyncSession, incident: Incident, voice: Voice) -> tuple[str, str]:
    person = await session.get(User, incident.acked_by_id) if incident.acked_by_id else None
    if person is None or incident.acked_at is None:
        return "Sự cố này đã kết thúc.", "This incident is over."
    vi, en = (Voice(language, voice.tz, voice.now).clock(incident.acked_at) for language in ("vi", "en"))
    return f"{person.name} đã nhận lúc {vi}.", f"{person.name} took it at {en}."


def _ring(parts: Parts) -> None:
    parts.bell.ring("incident")
    parts.bell.ring("alert")
