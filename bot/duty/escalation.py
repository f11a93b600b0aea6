"""Nobody took it in time: the backup is told, then the head, then the head again. Nobody went on: it is raised again.

What is due `chain` decides; here it is done, each step with its line on the record. The timers are times in the
incident's row, so a restart loses nothing, and each looks at the row again, locked, before it acts: state, step and
role (every commit of the desk is fenced) may have changed since it was set.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import and_, col, func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.duty import escalation_texts, texts
from bot.duty.alerts import Buttons, duty_chat, queue_alert
from bot.duty.chain import BEGUN, LAST_STEP, Act, Chain, Standing, decide, needs_second, next_person
from bot.duty.escalation_texts import buttons_second, buttons_still
from bot.duty.plans import chain_of
from bot.duty.record import buttons_new, move, note
from bot.duty.rota import OnDuty, on_duty
from bot.duty.telling import alarm_key
from bot.duty.voice import Voice, voice_of
from bot.parts import Actor, Parts
from models.db import ROW
from models.incident import Incident, IncidentEvent, Level
from models.office import Organisation, User
from models.states import IncidentState

_TIMED = or_(
    col(Incident.state).in_((IncidentState.ACKED, IncidentState.VERIFYING)),
    and_(col(Incident.state) == IncidentState.RESPONDING, col(Incident.level) == Level.EMERGENCY),
    col(Incident.next_escalation_at).is_not(None),
    col(Incident.ack_expires_at).is_not(None),
)
"""Incidents with a timer, or that are to have one."""


async def escalate_due(parts: Parts) -> int:
    """Do what is due for every incident; return for how many somebody was told something."""
    async with parts.db.read() as session:  # without a lock: mostly nothing is due
        rows = (await session.exec(select(Incident).where(_TIMED).order_by(col(Incident.id)))).all()
        due = [incident.id for incident in rows if await _changes(session, parts, incident)]
    told = sum([await _turn(parts, incident_id or 0) for incident_id in due])
    if told:
        parts.bell.ring("alert")
        parts.bell.ring("incident")
    return told


async def _turn(parts: Parts, incident_id: int) -> bool:
    async with parts.db.write() as session:
        return await _act(session, parts, await session.get_one(Incident, incident_id, with_for_update=ROW))


async def _judge(session: AsyncSession, parts: Parts, incident: Incident) -> tuple[Standing, Chain, Voice]:
    voice = voice_of(parts, await session.get_one(Organisation, incident.organisation_id))
    level = Level(incident.level)
    standing = Standing(
        IncidentState(incident.state),
        level,
        incident.escalation_step,
        incident.next_escalation_at,
        incident.ack_expires_at,
        await _last_deed(session, incident) if incident.state in BEGUN else None,
        seconded=incident.seconded_by_id is not None,
    )
    return standing, await chain_of(session, incident.organisation_id, level, voice.now), voice


async def _changes(session: AsyncSession, parts: Parts, incident: Incident) -> bool:
    standing, chain, voice = await _judge(session, parts, incident)
    found = decide(standing, chain, voice.now, voice.tz)
    timers = (incident.next_escalation_at, incident.ack_expires_at)
    return found.act is not Act.REST or timers != (found.next_at, found.expires_at)


async def _act(session: AsyncSession, parts: Parts, incident: Incident) -> bool:
    standing, chain, voice = await _judge(session, parts, incident)
    found = decide(standing, chain, voice.now, voice.tz)
    incident.next_escalation_at, incident.ack_expires_at = found.next_at, found.expires_at
    if found.act is Act.PASS_ON:
        await escalate_in(session, parts, incident, None)
    elif found.act is Act.ASK_SECOND:
        await _ask_second(session, parts, incident, voice)
    elif found.act is Act.EXPIRE:
        await _raise_again(session, parts, incident, chain, voice)
    elif found.act is Act.REMIND:
        await _remind(session, parts, incident, chain, voice)
    return found.act is not Act.REST


async def _last_deed(session: AsyncSession, incident: Incident) -> datetime | None:
    """When a person last did something to it; what happened by itself is no sign of life."""
    mine = select(func.max(IncidentEvent.at)).where(IncidentEvent.incident_id == incident.id)
    return (await session.exec(mine.where(col(IncidentEvent.user_id).is_not(None)))).one()


# -- the steps --------------------------------------------------------------------------------------------------------


async def escalate_in(session: AsyncSession, parts: Parts, incident: Incident, actor: Actor | None) -> None:
    """Move one step up the chain and say so in the duty chat and to the person."""
    organisation = await session.get_one(Organisation, incident.organisation_id)
    voice = voice_of(parts, organisation)
    second = needs_second(IncidentState(incident.state), Level(incident.level), seconded=False)
    chain = await chain_of(session, incident.organisation_id, Level(incident.level), voice.now)
    incident.escalation_step += 1
    step = min(incident.escalation_step, LAST_STEP)
    until = incident.next_escalation_at = voice.now + chain.wait(incident.escalation_step)
    duty = await on_duty(session, organisation, voice.now)
    holder = [await session.get(User, incident.acked_by_id)] if second and incident.acked_by_id else []
    person = next_person(duty.people, step, apart_from=holder)
    name = person.name if person else ""
    if second:
        text, buttons = escalation_texts.no_second(incident, name, until, voice), buttons_second(voice)
    else:
        text, buttons = texts.escalated(incident, name, step, voice), buttons_new(voice)
    await _say(session, parts, incident, f"step:{incident.escalation_step}", text, buttons, [person], voice)
    why = f"bước {step}: {name or 'không có người trong lịch trực'}" + ("; người thứ hai" if second else "")
    await note(session, incident, "escalated", voice.now, actor, why=why)


async def _ask_second(session: AsyncSession, parts: Parts, incident: Incident, voice: Voice) -> None:
    """One person has the highest level in hand: another is asked at once, whoever is on duty beside them."""
    assert incident.next_escalation_at is not None, "just set"
    holder, others = await _holder_and_others(session, parts, incident)
    text = escalation_texts.asked_second(incident, holder, incident.next_escalation_at, voice)
    what = f"second:{incident.acked_at.isoformat() if incident.acked_at else ''}"
    await _say(session, parts, incident, what, text, buttons_second(voice), others, voice)
    await note(session, incident, "asked_second", voice.now, None)


async def _raise_again(
    session: AsyncSession, parts: Parts, incident: Incident, chain: Chain, voice: Voice
) -> None:  # fmt: skip
    """Whoever took it did nothing more: it is new again, and the backup is told with everybody else."""
    holder, others = await _holder_and_others(session, parts, incident)
    await move(session, incident, IncidentState.NEW, voice.now, None, "nhận xử lý hết hạn: không có động tác nào")
    incident.ack_expiries += 1
    incident.escalation_step, incident.ack_expires_at = 1, None
    incident.seconded_by_id = incident.seconded_at = None
    incident.ack_due_at = until = incident.next_escalation_at = voice.now + chain.wait(1)
    text = escalation_texts.expired(incident, holder, chain.ack_lives, until, voice)
    held_it = await session.get(User, incident.acked_by_id) if incident.acked_by_id else None
    people = [held_it, *others] if incident.level == Level.EMERGENCY else [held_it, *others[:1]]
    await _say(session, parts, incident, "again", text, buttons_new(voice), people, voice)


async def _remind(session: AsyncSession, parts: Parts, incident: Incident, chain: Chain, voice: Voice) -> None:
    """What is being verified lies still: the question goes to whoever has it, and to the desk."""
    incident.ack_expires_at = voice.now + chain.ack_lives
    holder, _ = await _holder_and_others(session, parts, incident)
    text = escalation_texts.reminded(incident, holder, chain.ack_lives, voice)
    held_it = await session.get(User, incident.acked_by_id) if incident.acked_by_id else None
    what = f"still:{voice.now.isoformat()}"
    await _say(session, parts, incident, what, text, buttons_still(voice), [held_it], voice)
    await note(session, incident, "reminded", voice.now, None)


async def _holder_and_others(
    session: AsyncSession, parts: Parts, incident: Incident
) -> tuple[str, list[User]]:  # fmt: skip
    """The name of whoever took it, and the others on duty, the backup first."""
    holder = await session.get(User, incident.acked_by_id) if incident.acked_by_id else None
    duty: OnDuty = await on_duty(
        session, await session.get_one(Organisation, incident.organisation_id), parts.now()
    )  # fmt: skip
    others = [p for p in (duty.backup, duty.head, duty.primary) if p is not None and p.id != incident.acked_by_id]
    return holder.name if holder else "–", others


async def _say(
    session: AsyncSession, parts: Parts, incident: Incident, what: str, text: str, buttons: Buttons,
    people: Sequence[User | None], voice: Voice,
) -> None:  # fmt: skip
    """One message to the duty chat and one to each person; the run of the chain, `what` and the chat name it, so that
    it goes out once. An alarm that is told anew begins another run at the same level, with another time to take it."""
    run = incident.ack_due_at.isoformat() if incident.ack_due_at else ""
    chats = [duty_chat(parts, await session.get_one(Organisation, incident.organisation_id))]
    chats += [person.telegram_id for person in people if person is not None]
    for chat in dict.fromkeys(c for c in chats if c):
        await queue_alert(
            session,
            organisation_id=incident.organisation_id,
            incident_id=incident.id,
            kind="escalated",
            key=f"{alarm_key(incident)}:{incident.ack_expiries}:{run}:{what}:{chat}",
            chat_id=chat,
            text=text,
            buttons=buttons,
            about={"step": str(incident.escalation_step)},
            at=voice.now,
        )
