"""What every deed on an incident leaves behind: its move, its line on the record, a word in its thread."""

from __future__ import annotations

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.duty.alerts import SILENT, Buttons, duty_chat, queue_alert
from bot.duty.voice import Voice
from bot.parts import Actor, NotFound, Parts, Refused
from models.audit import record
from models.db import ROW
from models.incident import Incident, IncidentEvent, Level
from models.learning import Verdict
from models.office import Organisation
from models.states import IncidentMove, IncidentState, incident_move
from monitor.learning.store import label_texts


def buttons_new(voice: Voice) -> Buttons:
    """Under a message that nobody has answered yet."""
    say = voice.say
    return (
        ((say("✅ Nhận", "✅ Take"), "ack"), (say("✋ Báo nhầm", "✋ False alarm"), "false_alarm")),
        ((say("⬆️ Chuyển cấp", "⬆️ Pass up"), "escalate"), (say("📝 Soạn đính chính", "📝 Draft correction"), "draft")),
    )


def buttons_taken(voice: Voice) -> Buttons:
    """Under a message of an incident that somebody works on."""
    say = voice.say
    draft, nothing = say("📝 Soạn đính chính", "📝 Draft correction"), say("✋ Báo nhầm", "✋ False alarm")
    return (((draft, "draft"), (nothing, "false_alarm")),)


def buttons_of(incident: Incident, voice: Voice) -> Buttons:
    """What may be pressed now, under whatever shows the incident as it is."""
    state, say = IncidentState(incident.state), voice.say
    if state is IncidentState.NEW:
        return buttons_new(voice)
    verify = ((say("🔎 Đang xác minh", "🔎 Verifying"), "verify"),) if state is IncidentState.ACKED else ()
    if state in (IncidentState.ACKED, IncidentState.VERIFYING, IncidentState.WATCHING):
        return tuple(row for row in (*buttons_taken(voice), verify) if row)
    return (buttons_taken(voice)[0][:1],) if state is IncidentState.RESPONDING else ()


def buttons_of_a_false_alarm(voice: Voice) -> Buttons:
    """Under the word that it was nothing: what it was instead, so that Loa learns the difference."""
    say = voice.say
    criticism, group = say("🗣 Là lời phê bình", "🗣 It is criticism"), say("🧩 Gộp sai", "🧩 Wrongly grouped")
    return (((criticism, "criticism"), (group, "wrong_group")),)


async def incident_of(session: AsyncSession, organisation_id: int, incident_id: int) -> Incident:
    """Read an incident of this organisation and keep its row until the transaction ends."""
    incident = await session.get(Incident, incident_id, with_for_update=ROW)
    if incident is None or incident.organisation_id != organisation_id:
        raise NotFound("sự cố này", "such incident")
    return incident


async def move(
    session: AsyncSession, incident: Incident, to: IncidentState, at: datetime, actor: Actor | None, why: str
) -> None:
    """Move an incident as the table says, or raise `IllegalMove` or `Refused`. Coming back to `responding` begins a new
    answer."""
    was = IncidentState(incident.state)
    _asked(incident_move(was, to), actor, why)
    incident.state, incident.updated_at = to, at
    if to is IncidentState.RESPONDING and (incident.responding_at is None or was is not IncidentState.WATCHING):
        incident.responding_at = at
    await note(session, incident, "moved", at, actor, was=was, now=to, why=why)


def _asked(step: IncidentMove, actor: Actor | None, why: str) -> None:
    """Ask the table: who may, and must it be said why. What nobody does by hand, Loa does, and nothing else."""
    if actor is None:
        assert not step.roles, f"{step.name} takes a person"
        return
    if not actor.has(*step.roles):
        raise Refused("Bạn không có quyền chuyển bước này.", "You may not make this move.")
    if step.reason and not why.strip():
        raise Refused("Hãy ghi lý do.", "Say why.", at="why")


async def note(
    session: AsyncSession,
    incident: Incident,
    action: str,
    at: datetime,
    actor: Actor | None,
    *,
    was: str = "",
    now: str = "",
    why: str = "",
) -> None:
    """One line of the incident's record, and the audit entry of the same deed."""
    user_id = actor.user_id if actor else None
    session.add(
        IncidentEvent(incident_id=incident.id or 0, at=at, user_id=user_id, action=action, was=was, now=now, why=why)
    )
    await record(
        session,
        at=at,
        action=f"incident_{action}",
        subject=f"incident:{incident.id}",
        organisation_id=incident.organisation_id,
        user_id=user_id,
        was=was,
        now=now,
        why=why,
        surface=actor.surface if actor else "system",
    )


async def note_verdict(
    session: AsyncSession, incident: Incident, verdict: Verdict, at: datetime, actor: Actor | None
) -> None:
    """What a person says the alarm was: on the record, and on each text that raised it."""
    was, incident.verdict = incident.verdict, verdict
    await label_texts(session, incident, verdict, actor.user_id if actor else None, at)
    await note(session, incident, "judged", at, actor, was=was, now=verdict)


async def answer_in_thread(
    session: AsyncSession,
    parts: Parts,
    incident: Incident,
    what: str,
    text: str,
    buttons: Buttons = (),
    *,
    silent: bool = False,
) -> None:
    """Say something under the incident's first message in the duty chat, when that was told of it at all."""
    if incident.told_level in ("", Level.LOW):
        return
    organisation = await session.get_one(Organisation, incident.organisation_id)
    await queue_alert(
        session,
        organisation_id=incident.organisation_id,
        incident_id=incident.id,
        kind="update",
        key=f"incident:{incident.id}:{what}:{parts.now().isoformat()}",
        chat_id=duty_chat(parts, organisation),
        text=text,
        buttons=buttons,
        about={SILENT: "1"} if silent else None,
        at=parts.now(),
    )
