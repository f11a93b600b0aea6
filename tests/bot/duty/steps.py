"""What tests of the desk do again and again: an incident, its messages, its record."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlmodel import col, select

from models.claim import Claim
from models.incident import Alert, Incident, IncidentEvent, Level
from models.office import Organisation, RotaShift, User
from models.post import Post
from tests.bot.conftest import Office
from tests.conftest import FakeClock

EVIDENCE = {
    "claim": "kho muối cạn sạch", "official_text": "Kho muối còn đủ dùng.", "official_ref": "bài “Muối” (08:00 24/11)",
    "numbers_vi": "5 bình luận", "why_vi": "không nguồn", "model_vi": "cao", "not_spread_vi": "",
    "numbers_en": "5 comments", "why_en": "no source", "model_en": "high", "not_spread_en": "",
    "series": [["2026-11-24T01:00:00+00:00", 5]], "usual": 1.0,
}  # fmt: skip


async def incident(office: Office, clock: FakeClock, level: Level = Level.HIGH, **more: Any) -> int:
    """An incident as the monitor opens one, and a shift with duty, backup and (as the head) the spokesperson."""
    async with office.parts.db.write() as session:
        count = len((await session.exec(select(Incident.id))).all())
        claim = Claim(
            organisation_id=office.id, key=f"k{count}", text="kho muối cạn sạch", first_at=clock(), last_at=clock()
        )
        session.add(claim)
        await session.flush()
        wanted: dict[str, Any] = {
            "organisation_id": office.id, "claim_id": claim.id, "level": level, "harm": 2, "spread": 2,
            "field": "KINH_TE", "claim_text": "kho muối cạn sạch", "evidence": EVIDENCE, "channels_hit": ["facebook"],
            "started_at": clock(), "opened_at": clock(), "updated_at": clock(),
        }  # fmt: skip
        row = Incident(**{**wanted, **more})
        session.add(row)
        await session.flush()
        if not count:
            people = office.people
            session.add(
                RotaShift(
                    organisation_id=office.id,
                    starts_at=clock() - timedelta(hours=1),
                    ends_at=clock() + timedelta(hours=48),
                    primary_id=people["duty"].user_id,
                    backup_id=people["backup"].user_id,
                    head_id=people["speaker"].user_id,
                )
            )
        return row.id or 0


async def set_incident(office: Office, incident_id: int, **values: Any) -> None:
    """Change an incident as the monitor would."""
    async with office.parts.db.write() as session:
        row = await session.get_one(Incident, incident_id)
        for name, value in values.items():
            setattr(row, name, value)


async def alerts(office: Office, kind: str = "") -> list[Alert]:
    """The messages queued so far."""
    query = select(Alert).order_by(col(Alert.id))
    async with office.parts.db.read() as session:
        return [a for a in (await session.exec(query)).all() if not kind or a.kind == kind]


async def row_of(office: Office, incident_id: int) -> Incident:
    """The incident as it is now."""
    async with office.parts.db.read() as session:
        return await session.get_one(Incident, incident_id)


async def state(office: Office, incident_id: int) -> str:
    """The incident's state."""
    return (await row_of(office, incident_id)).state


async def events(office: Office, incident_id: int, action: str = "") -> list[IncidentEvent]:
    """The incident's record."""
    query = select(IncidentEvent).where(IncidentEvent.incident_id == incident_id).order_by(col(IncidentEvent.id))
    async with office.parts.db.read() as session:
        return [e for e in (await session.exec(query)).all() if not action or e.action == action]


async def posts_of(office: Office, incident_id: int) -> list[Post]:
    """The answers drafted from an incident."""
    query = select(Post).where(Post.incident_id == incident_id).order_by(col(Post.id))
    async with office.parts.db.read() as session:
        return list((await session.exec(query)).all())


async def without_chat(office: Office) -> None:
    """An office that set no chat: the default of a fresh installation."""
    office.parts.settings = office.parts.settings.model_copy(update={"duty_chat": ""})
    async with office.parts.db.write() as session:
        (await session.get_one(Organisation, office.id)).duty_chat = ""


async def tie(office: Office, login: str, telegram_id: str) -> None:
    """Give a person a chat account."""
    async with office.parts.db.write() as session:
        (await session.get_one(User, office.people[login].user_id)).telegram_id = telegram_id
