"""The life of an incident: who may do what, each move with who, when and why in one transaction.

The monitor writes incidents; `raise_alerts` turns what nobody has been told yet into messages, holds posts on the same
topic, and sets the clocks. Every surface (chat, console, command line) calls the functions here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.duty import texts
from bot.duty.alerts import Buttons, queue_alert
from bot.duty.rota import OnDuty, on_duty, with_role
from bot.parts import Actor, NotFound, Parts, Refused
from bot.publishing.queueing import hold_in
from models.audit import record
from models.delivery import Delivery
from models.incident import Alert, AlertState, Incident, IncidentEvent, Level
from models.office import Organisation, Role, User
from models.post import Post, PostKind, VafcField
from models.states import INCIDENT, OPEN_INCIDENT, DeliveryState, IncidentState, PostState
from monitor.severity import deadlines

_ON_THE_DESK = (Role.DUTY, Role.BACKUP, Role.LEADER, Role.SPOKESPERSON)
_ORDER = {Level.LOW: 0, Level.MEDIUM: 1, Level.HIGH: 2, Level.EMERGENCY: 3}
WORK_BEGINS, WORK_ENDS = 7, 18  # office hours in which medium alerts are pushed

BUTTONS_NEW: Buttons = (
    (("✅ Nhận", "ack"), ("✋ Báo nhầm", "false_alarm")),
    (("⬆️ Chuyển cấp", "escalate"), ("📝 Soạn đính chính", "draft")),
)
BUTTONS_ACKED: Buttons = ((("📝 Soạn đính chính", "draft"), ("✋ Báo nhầm", "false_alarm")),)


# -- telling ----------------------------------------------------------------------------------------------------


async def raise_alerts(parts: Parts) -> int:
    """Tell what nobody was told yet: new incidents and raised levels. Return how many messages were queued.

    The key of a message is incident and level, so a restart in the middle tells nothing twice and loses nothing.
    """
    now, queued = parts.now(), 0
    async with parts.db.write() as session:
        rows = await session.exec(
            select(Incident).where(col(Incident.state).in_(OPEN_INCIDENT)).order_by(col(Incident.id))
        )
        for incident in rows.all():
            queued += await _tell(session, parts, incident, now)
    if queued:
        parts.bell.ring("incident")
        parts.bell.ring("alert")
    return queued


async def _tell(session: AsyncSession, parts: Parts, incident: Incident, now: datetime) -> int:
    level = Level(incident.level)
    if level is Level.LOW:  # daily digest, never a push
        return 0
    key = f"incident:{incident.id}:{level}"
    again = select(IncidentEvent.id).where(IncidentEvent.incident_id == incident.id, IncidentEvent.action == "reopened")
    if times := len((await session.exec(again)).all()):  # the same claim came back: the same level is news again
        key += f":again{times}"
    if (await session.exec(select(Alert.id).where(Alert.key == key))).first() is not None:
        return 0
    organisation = await session.get_one(Organisation, incident.organisation_id)
    raised = incident.ack_due_at is not None
    at = push_at(level, now, parts)
    due = deadlines(level)
    incident.ack_due_at = at + timedelta(minutes=due.ack_min)
    incident.first_line_due_at = at + timedelta(minutes=due.first_line_min)
    incident.correction_due_at = at + timedelta(minutes=due.correction_min)
    incident.next_escalation_at = incident.ack_due_at
    if incident.state == IncidentState.NEW:
        incident.escalation_step = 0
    if raised and incident.state == IncidentState.ACKED:
        await _move(session, parts, incident, IncidentState.NEW, None, "mức tăng, cần nhận lại")
    duty = await on_duty(session, organisation, now)
    text = texts.alert(incident, tz=parts.settings.tz, on_duty=duty.primary.name if duty.primary else "")
    kind = "raised" if raised else "opened"
    count = 0
    for number, chat in enumerate(await _chats(session, parts, organisation, level, duty)):
        count += await queue_alert(
            session,
            organisation_id=incident.organisation_id,
            incident_id=incident.id,
            kind=kind,
            key=key if number == 0 else f"{key}:{chat}",
            chat_id=chat,
            text=text,
            chart=True,
            buttons=BUTTONS_NEW,
            about={"step": str(incident.escalation_step)},
            at=at,
        )
    await _event(session, incident, now, None, "told", why=f"mức {texts.LEVEL_VI[level]}")
    if _ORDER[level] >= _ORDER[Level.HIGH]:
        await _hold_topic(session, parts, incident)
    return count


async def _chats(
    session: AsyncSession, parts: Parts, organisation: Organisation, level: Level, duty: OnDuty
) -> list[str]:
    """The duty chat always; at the highest level backup, head and spokespeople in private as well."""
    chats = [organisation.duty_chat or parts.settings.duty_chat]
    if level is Level.EMERGENCY:
        people = [duty.backup, duty.head, *await with_role(session, organisation.id or 0, Role.SPOKESPERSON)]
        chats += [p.telegram_id for p in people if p is not None and p.telegram_id]
    return list(dict.fromkeys(c for c in chats if c))


def push_at(level: Level, now: datetime, parts: Parts) -> datetime:
    """Medium waits for office hours; high and emergency go at any hour."""
    if level is not Level.MEDIUM:
        return now
    local = now.astimezone(parts.settings.tz)
    if WORK_BEGINS <= local.hour < WORK_ENDS:
        return now
    day = local if local.hour < WORK_BEGINS else local + timedelta(days=1)
    return day.replace(hour=WORK_BEGINS, minute=0, second=0, microsecond=0).astimezone(now.tzinfo)


async def _hold_topic(session: AsyncSession, parts: Parts, incident: Incident) -> None:
    """Hold what is scheduled on the same topic, in the transaction that raises the alarm, and tell the authors."""
    rows = await session.exec(
        select(Post).where(
            Post.organisation_id == incident.organisation_id,
            Post.kind == PostKind.ROUTINE,
            Post.field == incident.field,
            col(Post.state).in_([PostState.APPROVED, PostState.SCHEDULED]),
        )
    )
    held = [p for p in rows.all() if same_topic(p, incident)]
    for post in held:
        await hold_in(session, parts, post, f"cùng chủ đề với sự cố {incident.code}", None)
        author = await session.get(User, post.author_id) if post.author_id else None
        await queue_alert(
            session,
            organisation_id=incident.organisation_id,
            incident_id=incident.id,
            kind="notice",
            key=f"held:{incident.id}:{post.id}",
            chat_id=author.telegram_id if author else "",
            text=texts.held(post, incident),
            at=parts.now(),
        )
    if held:
        parts.bell.ring("delivery")


def same_topic(post: Post, incident: Incident) -> bool:
    """Same field and, where both name a place, the same place."""
    if post.field != incident.field or post.field == VafcField.OTHER:
        return False
    return not post.locality or not incident.locality or post.locality == incident.locality


# -- escalation -------------------------------------------------------------------------------------------------


async def escalate_due(parts: Parts) -> int:
    """Nobody acknowledged in time: tell the next person in the chain. The timer checks itself before it acts."""
    now, told = parts.now(), 0
    async with parts.db.write() as session:
        rows = await session.exec(
            select(Incident).where(
                Incident.state == IncidentState.NEW,
                col(Incident.next_escalation_at).is_not(None),
                col(Incident.next_escalation_at) <= now,
            )
        )
        for incident in rows.all():
            await escalate_in(session, parts, incident, None)
            told += 1
    if told:
        parts.bell.ring("alert")
        parts.bell.ring("incident")
    return told


async def escalate_in(session: AsyncSession, parts: Parts, incident: Incident, actor: Actor | None) -> None:
    """Move one step up the chain (backup, head, then the head again) and say so in the duty chat."""
    now = parts.now()
    incident.escalation_step += 1
    step = min(incident.escalation_step, 2)
    incident.next_escalation_at = now + timedelta(minutes=deadlines(Level(incident.level)).ack_min)
    organisation = await session.get_one(Organisation, incident.organisation_id)
    person = (await on_duty(session, organisation, now)).step(step)
    text = texts.escalated(incident, person.name if person else "", step, tz=parts.settings.tz)
    chats = [organisation.duty_chat or parts.settings.duty_chat, person.telegram_id if person else ""]
    for chat in dict.fromkeys(c for c in chats if c):
        await queue_alert(
            session,
            organisation_id=incident.organisation_id,
            incident_id=incident.id,
            kind="escalated",
            key=f"incident:{incident.id}:step:{incident.escalation_step}:{chat}",
            chat_id=chat,
            text=text,
            buttons=BUTTONS_NEW,
            about={"step": str(incident.escalation_step)},
            at=now,
        )
    who = person.name if person else "không có người trong lịch trực"
    await _event(session, incident, now, actor, "escalated", why=f"bước {step}: {who}")


async def escalate(parts: Parts, actor: Actor, incident_id: int, *, seen_step: int | None = None) -> None:
    """A person passes the incident up at once. `seen_step` is where it stood as the person saw it: two presses on one
    message, or one that comes twice, are one step."""
    _on_the_desk(actor)
    async with parts.db.write() as session:
        incident = await _incident(session, actor.organisation_id, incident_id)
        if incident.state != IncidentState.NEW:
            raise Refused("Sự cố đã có người nhận.", "Somebody has taken this incident.")
        if seen_step is not None and seen_step != incident.escalation_step:
            raise Refused("Sự cố đã được chuyển cấp rồi.", "This incident was passed up already.")
        await escalate_in(session, parts, incident, actor)
    parts.bell.ring("alert")


# -- acting -----------------------------------------------------------------------------------------------------


async def acknowledge(parts: Parts, actor: Actor, incident_id: int) -> None:
    """Take an incident. The second press learns who was first."""
    _on_the_desk(actor)
    now = parts.now()
    async with parts.db.write() as session:
        incident = await _incident(session, actor.organisation_id, incident_id)
        if incident.state != IncidentState.NEW:
            raise Refused(*await _already(session, parts, incident))
        await _move(session, parts, incident, IncidentState.ACKED, actor, "")
        incident.acked_at, incident.acked_by_id = now, actor.user_id
        incident.next_escalation_at = None
        await _update_chat(
            session, parts, incident, texts.acked(incident, actor.name, parts.settings.tz), BUTTONS_ACKED
        )
    parts.bell.ring("incident")
    parts.bell.ring("alert")


async def false_alarm(parts: Parts, actor: Actor, incident_id: int, why: str) -> None:
    """Say that it was nothing. Allowed from `new` at once; later only after verifying."""
    _on_the_desk(actor)
    async with parts.db.write() as session:
        incident = await _incident(session, actor.organisation_id, incident_id)
        if incident.state == IncidentState.ACKED:
            await _move(session, parts, incident, IncidentState.VERIFYING, actor, "")
        await _move(session, parts, incident, IncidentState.FALSE_ALARM, actor, why or "báo nhầm")
        incident.next_escalation_at, incident.closed_at = None, parts.now()
        await _update_chat(session, parts, incident, texts.false_alarm(incident, actor.name, parts.settings.tz), ())
    parts.bell.ring("incident")
    parts.bell.ring("alert")


async def move_incident(parts: Parts, actor: Actor, incident_id: int, to: IncidentState, why: str = "") -> None:
    """Any other move of the table, by a person on the desk."""
    _on_the_desk(actor)
    if to is IncidentState.ACKED:
        await acknowledge(parts, actor, incident_id)
        return
    if to is IncidentState.FALSE_ALARM:
        await false_alarm(parts, actor, incident_id, why)
        return
    async with parts.db.write() as session:
        incident = await _incident(session, actor.organisation_id, incident_id)
        await _move(session, parts, incident, to, actor, why)
        if to is IncidentState.CLOSED:
            incident.closed_at = parts.now()
    parts.bell.ring("incident")


def incident_actions(incident: Incident, actor: Actor) -> set[str]:
    """Return what this person may do now; surfaces show just these."""
    if not actor.has(*_ON_THE_DESK):
        return set()
    state = IncidentState(incident.state)
    moves = INCIDENT.moves[state]
    names = {
        IncidentState.ACKED: "ack",
        IncidentState.VERIFYING: "verify",
        IncidentState.FALSE_ALARM: "false_alarm",
        IncidentState.WATCHING: "watch",
        IncidentState.RESPONDING: "respond",
        IncidentState.CLOSED: "close",
    }
    actions = {name for to, name in names.items() if to in moves}
    if state in (IncidentState.ACKED, IncidentState.VERIFYING, IncidentState.WATCHING, IncidentState.RESPONDING):
        actions.add("correct")
    if state is IncidentState.NEW:
        actions.add("escalate")
    if state is IncidentState.ACKED:
        actions.add("false_alarm")
    return actions


async def begin_response(session: AsyncSession, parts: Parts, incident: Incident, actor: Actor) -> None:
    """Move an incident to `responding` through every state in between, each on the record."""
    _on_the_desk(actor)
    way = (IncidentState.ACKED, IncidentState.VERIFYING, IncidentState.RESPONDING)
    if incident.state == IncidentState.NEW:
        incident.acked_at, incident.acked_by_id, incident.next_escalation_at = parts.now(), actor.user_id, None
    for to in way:
        if incident.state != IncidentState.RESPONDING and INCIDENT.allows(IncidentState(incident.state), to):
            await _move(session, parts, incident, to, actor, "soạn đính chính")
    if incident.state != IncidentState.RESPONDING:
        raise Refused("Sự cố này đã kết thúc.", "This incident is over.")


async def settle_corrections(parts: Parts) -> int:
    """Mark incidents corrected once their correction is out everywhere; found by looking, so no crash loses it."""
    now, settled = parts.now(), 0
    async with parts.db.write() as session:
        rows = await session.exec(
            select(Incident, Post)
            .join(Post, col(Post.incident_id) == Incident.id)
            .where(Incident.state == IncidentState.RESPONDING, Post.kind == PostKind.CORRECTION)
            .where(Post.state == PostState.PUBLISHED)
        )
        for incident, post in rows.all():
            await _move(session, parts, incident, IncidentState.CORRECTED, None, f"bài {post.id} đã lên")
            incident.corrected_at = post.published_at or now
            deliveries = await session.exec(
                select(Delivery).where(Delivery.post_id == post.id, Delivery.state == DeliveryState.SENT)
            )
            text = texts.corrected(incident, deliveries.all(), parts.settings.tz)
            await _update_chat(session, parts, incident, text, (), suffix="corrected")
            await _move(session, parts, incident, IncidentState.AFTERCARE, None, "theo dõi 48 giờ")
            settled += 1
    if settled:
        parts.bell.ring("incident")
        parts.bell.ring("alert")
    return settled


# -- within -----------------------------------------------------------------------------------------------------


def _on_the_desk(actor: Actor) -> None:
    if not actor.has(*_ON_THE_DESK):
        raise Refused("Bạn không có quyền xử lý sự cố.", "You may not act on incidents.")


async def _incident(session: AsyncSession, organisation_id: int, incident_id: int) -> Incident:
    incident = await session.get(Incident, incident_id)
    if incident is None or incident.organisation_id != organisation_id:
        raise NotFound("sự cố này", "such incident")
    return incident


async def _already(session: AsyncSession, parts: Parts, incident: Incident) -> tuple[str, str]:
    person = await session.get(User, incident.acked_by_id) if incident.acked_by_id else None
    if person is None or incident.acked_at is None:
        return "Sự cố này đã kết thúc.", "This incident is over."
    at = f"{incident.acked_at.astimezone(parts.settings.tz):%H:%M}"
    return f"{person.name} đã nhận lúc {at}.", f"{person.name} took it at {at}."


async def _move(
    session: AsyncSession, parts: Parts, incident: Incident, to: IncidentState, actor: Actor | None, why: str
) -> None:
    was = incident.state
    incident.state = INCIDENT.check(IncidentState(was), to)
    incident.updated_at = parts.now()
    await _event(session, incident, parts.now(), actor, "moved", was=was, now_=to, why=why)


async def _event(
    session: AsyncSession,
    incident: Incident,
    at: datetime,
    actor: Actor | None,
    action: str,
    *,
    was: str = "",
    now_: str = "",
    why: str = "",
) -> None:
    user_id = actor.user_id if actor else None
    session.add(
        IncidentEvent(incident_id=incident.id or 0, at=at, user_id=user_id, action=action, was=was, now=now_, why=why)
    )
    await record(
        session,
        at=at,
        action=f"incident_{action}",
        subject=f"incident:{incident.id}",
        organisation_id=incident.organisation_id,
        user_id=user_id,
        was=was,
        now=now_,
        why=why,
        surface=actor.surface if actor else "system",
    )


async def _update_chat(
    session: AsyncSession, parts: Parts, incident: Incident, text: str, buttons: Buttons, *, suffix: str = ""
) -> None:
    """Answer in the thread of the incident's first message."""
    first = (
        await session.exec(
            select(Alert)
            .where(Alert.incident_id == incident.id, Alert.kind == "opened")
            .order_by(col(Alert.id))
            .limit(1)
        )
    ).first()
    if first is None or first.state == AlertState.FAILED:
        return
    await queue_alert(
        session,
        organisation_id=incident.organisation_id,
        incident_id=incident.id,
        kind="update",
        key=f"incident:{incident.id}:{suffix or incident.state}:{incident.updated_at.isoformat()}",
        chat_id=first.chat_id,
        text=text,
        buttons=buttons,
        at=parts.now(),
    )


async def open_incidents(session: AsyncSession, organisation_id: int) -> Sequence[Incident]:
    """Return incidents that still need eyes, worst first."""
    rows = await session.exec(
        select(Incident).where(Incident.organisation_id == organisation_id, col(Incident.state).in_(OPEN_INCIDENT))
    )
    return sorted(rows.all(), key=lambda i: (-_ORDER[Level(i.level)], i.opened_at))
