"""What was written more than usual since the last working day, once each morning beside the digest of small incidents.

It wakes nobody: news and criticism come in waves too. What an incident explains is told with that incident.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from html import escape

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.duty import hours, texts
from bot.duty.alerts import SILENT, duty_chat, queue_alert
from bot.duty.voice import Voice, voice_of
from bot.parts import Parts
from models.office import Organisation
from models.surge import Surge
from monitor.surges import Named, named, sentence

MOST_LINES = 8


async def tell_surges(parts: Parts) -> int:
    """Tell every office with a duty chat; return how many messages were queued."""
    async with parts.db.read() as session:
        organisations = (await session.exec(select(Organisation).order_by(col(Organisation.id)))).all()
    told = sum([await _tell(parts, organisation) for organisation in organisations])
    if told:
        parts.bell.ring("alert")
    return told


async def _tell(parts: Parts, organisation: Organisation) -> bool:
    voice, chat = voice_of(parts, organisation), duty_chat(parts, organisation)
    opening = hours.last_opening(voice.now, voice.tz)
    async with parts.db.read() as session:
        if not chat or not await _untold(session, organisation, opening):
            return False
    async with parts.db.write() as session:
        rows = await _untold(session, organisation, opening)
        for row in rows:
            row.told_at = voice.now
        return bool(rows) and await queue_alert(
            session,
            organisation_id=organisation.id or 0,
            kind="digest",
            key=f"surges:{organisation.id}:{opening.isoformat()}:{rows[0].id}",
            chat_id=chat,
            text=message(await named(session, rows), voice),
            about={SILENT: "1"},
            at=voice.now,
        )


async def _untold(session: AsyncSession, organisation: Organisation, opening: datetime) -> Sequence[Surge]:
    query = select(Surge).where(
        Surge.organisation_id == organisation.id, col(Surge.told_at).is_(None), col(Surge.incident_id).is_(None),
        Surge.since < opening,
    )  # fmt: skip
    return (await session.exec(query.order_by(col(Surge.since)).with_for_update(key_share=True))).all()


def message(rows: Sequence[Named], voice: Voice) -> str:
    """One line each: of what, since when, how strong and how sure."""
    lines = [
        voice.say(
            "📈 <b>Người dân viết nhiều hơn hẳn bình thường</b>",
            "📈 <b>People wrote far more than usual</b>",
        )
    ]
    for row, name in rows[:MOST_LINES]:
        since = voice.say("từ", "since") + f" {voice.clock(row.since)}"
        said = escape(texts.cut(voice.say(*sentence(row)), 300))
        lines.append(f"• {escape(texts.cut(_capital(voice.say(*name)), 90))}, {since}: {said}")
    if len(rows) > MOST_LINES:
        more = len(rows) - MOST_LINES
        lines.append(voice.say(f"… và {more} nữa, xem trên trang.", f"… and {more} more, see the console."))
    lines.append(
        voice.say(
            "Không có tin đồn nào giải thích được. Việc cần làm: đọc các lời đó trên trang và trả lời chung một lần.",
            "No rumour explains it. Read these texts in the console, and answer once for all of them.",
        )
    )
    return "\n".join(lines)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
