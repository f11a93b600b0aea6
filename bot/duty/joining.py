"""What people do beside whoever took an incident: join as the second person, say that they are still on it."""

from __future__ import annotations

from bot.duty import escalation_texts
from bot.duty.chain import BEGUN, needs_second
from bot.duty.desk import on_the_desk
from bot.duty.record import answer_in_thread, incident_of, note
from bot.duty.voice import voice_of
from bot.parts import Actor, Parts, Refused
from models.incident import Incident, Level
from models.office import Organisation, User
from models.states import DESK, IncidentState


async def second(parts: Parts, actor: Actor, incident_id: int) -> None:
    """Join as the second person at the highest level: somebody else than whoever took it, and once."""
    on_the_desk(actor)
    async with parts.db.write() as session:
        incident = await incident_of(session, actor.organisation_id, incident_id)
        if incident.seconded_by_id is not None:
            person = await session.get_one(User, incident.seconded_by_id)
            raise Refused(f"{person.name} đã là người thứ hai.", f"{person.name} is the second person already.")
        if not may_second(incident, actor):
            raise Refused(
                "Cần một người khác với người đã nhận, khi sự cố mức khẩn cấp đang được xử lý.",
                "It takes somebody else than whoever took it, while an emergency is being worked on.",
            )
        voice = voice_of(parts, await session.get_one(Organisation, incident.organisation_id))
        incident.seconded_by_id, incident.seconded_at = actor.user_id, voice.now
        incident.next_escalation_at = None
        await note(session, incident, "seconded", voice.now, actor)
        await answer_in_thread(
            session, parts, incident, "seconded", escalation_texts.seconded(incident, actor.name, voice)
        )
    _ring(parts)


async def still_on_it(parts: Parts, actor: Actor, incident_id: int) -> None:
    """Say that the incident is being worked on: its acknowledgement lives on from now."""
    on_the_desk(actor)
    async with parts.db.write() as session:
        incident = await incident_of(session, actor.organisation_id, incident_id)
        if not may_say_still(incident, actor):
            raise Refused(
                "Chỉ người đang giữ sự cố mới báo được là vẫn đang xử lý.",
                "Only whoever has the incident in hand says that they are still on it.",
            )
        incident.ack_expires_at = None  # set anew from this deed
        await note(session, incident, "still_on_it", parts.now(), actor)
    _ring(parts)


def may_second(incident: Incident, actor: Actor) -> bool:
    """True when this person may join as the second one."""
    asked = needs_second(
        IncidentState(incident.state), Level(incident.level), seconded=incident.seconded_by_id is not None
    )
    return asked and actor.has(*DESK) and actor.user_id != incident.acked_by_id


def may_say_still(incident: Incident, actor: Actor) -> bool:
    """True when this person has it in hand and its acknowledgement can end."""
    return incident.state in BEGUN and actor.user_id in (incident.acked_by_id, incident.seconded_by_id)


def _ring(parts: Parts) -> None:
    parts.bell.ring("incident")
    parts.bell.ring("alert")
