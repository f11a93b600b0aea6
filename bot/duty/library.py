"""The library of settled claims: what an authority concluded, with its source. Every change is on record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.duty.desk import on_the_desk
from bot.parts import Actor, NotFound, Parts, Refused
from models.audit import record
from models.claim import KnownClaim, NewsLabel
from monitor.masking import mask
from monitor.text import clean, plain


@dataclass(frozen=True)
class Settled:
    """One entry as a person gives it."""

    text: str
    verdict: str
    source: str
    at: datetime | None = None


async def add(parts: Parts, actor: Actor, entries: Sequence[Settled]) -> int:
    """Take entries over, all or none; return how many were new. The same words with the same verdict stand once."""
    on_the_desk(actor)
    checked = [_checked(entry) for entry in entries]
    async with parts.db.write() as session:
        known = {(plain(row.text), row.verdict) for row in await entries_of(session, actor)}
        new = 0
        for entry in checked:
            if (plain(entry.text), entry.verdict) in known:
                continue
            known.add((plain(entry.text), entry.verdict))
            row = KnownClaim(
                organisation_id=actor.organisation_id, text=entry.text, verdict=entry.verdict, source=entry.source,
                settled_at=entry.at, added_at=parts.now(), added_by_id=actor.user_id,
            )  # fmt: skip
            session.add(row)
            await session.flush()
            await _note(session, parts, actor, "known_claim_added", row, source=entry.source, verdict=entry.verdict)
            new += 1
    return new


async def retire(parts: Parts, actor: Actor, entry_id: int, why: str) -> None:
    """An entry no longer holds: nothing is held against it any more."""
    on_the_desk(actor)
    if not why.strip():
        raise Refused("Hãy ghi lý do.", "Say why.")
    async with parts.db.write() as session:
        row = await session.get(KnownClaim, entry_id)
        if row is None or row.organisation_id != actor.organisation_id:
            raise NotFound("luận điểm này trong thư viện", "such entry in the library")
        if row.retired_at is not None:
            raise Refused("Luận điểm này đã được rút.", "This entry was retired already.")
        row.retired_at, row.split_at = parts.now(), None
        await _note(session, parts, actor, "known_claim_retired", row, why=why.strip())


async def entries_of(session: AsyncSession, actor: Actor) -> Sequence[KnownClaim]:
    """The entries that hold, oldest first."""
    query = select(KnownClaim).where(
        KnownClaim.organisation_id == actor.organisation_id, col(KnownClaim.retired_at).is_(None)
    )
    return (await session.exec(query.order_by(col(KnownClaim.id)))).all()


def _checked(entry: Settled) -> Settled:
    text, source = mask(clean(entry.text)), clean(entry.source)
    if not text or not source:
        raise Refused(
            "Mỗi luận điểm cần nội dung và nguồn kết luận.", "Each entry needs its text and who concluded it."
        )
    if entry.verdict not in set(NewsLabel):
        names = ", ".join(NewsLabel)
        raise Refused(f"Kết luận “{entry.verdict}” lạ; dùng: {names}.", f"Verdict {entry.verdict!r}: use {names}.")
    return Settled(text, entry.verdict, source, entry.at)


async def _note(session: AsyncSession, parts: Parts, actor: Actor, action: str, row: KnownClaim, **detail: str) -> None:
    await record(
        session, at=parts.now(), action=action, subject=f"known_claim:{row.id}",
        organisation_id=actor.organisation_id, user_id=actor.user_id, surface=actor.surface, **detail,
    )  # fmt: skip
