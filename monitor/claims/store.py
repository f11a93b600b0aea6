"""Claims in the store: their rows, and what people decided about which texts belong together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from sqlmodel import col, func, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from models.claim import Claim as ClaimRow
from models.claim import ClaimDecision, Regrouping
from models.incident import Incident
from models.mention import Mention
from monitor.claims.claim import Claim

_CHUNK: Final = 500


async def claim_row(session: AsyncSession, organisation_id: int, claim: Claim) -> ClaimRow:
    """The stored claim, made or brought up to date."""
    row = await row_of(session, claim.key)
    texts = claim.asserting() or claim.members
    typical = claim.typical(1)[0]
    fields = [m.score.field for m in texts]
    if row is None:
        row = ClaimRow(
            organisation_id=organisation_id, key=claim.key, text=typical.text, first_at=texts[0].at, last_at=texts[0].at
        )
        session.add(row)
    row.text, row.field = typical.text, max(sorted(set(fields)), key=fields.count)
    row.harm = sorted(m.score.harm for m in texts)[len(texts) // 2]
    row.locality = claim.locality
    row.last_at = max(row.last_at, claim.last_at)
    await session.flush()
    return row


async def row_of(session: AsyncSession, key: str) -> ClaimRow | None:
    """The stored claim of that key, if there is one."""
    return (await session.exec(select(ClaimRow).where(ClaimRow.key == key))).first()


async def claims_of(session: AsyncSession, mentions: Sequence[int | None]) -> list[ClaimRow]:
    """The claims that these texts stand in, each once."""
    found: dict[int | None, ClaimRow] = {}
    for start in range(0, len(mentions), _CHUNK):
        some = col(Mention.id).in_(mentions[start : start + _CHUNK])
        query = select(ClaimRow).join(Mention, col(Mention.claim_id) == ClaimRow.id).where(some).distinct()
        found |= {row.id: row for row in (await session.exec(query)).all()}
    return list(found.values())


async def absorb(session: AsyncSession, absorbed: Mapping[str, str]) -> None:
    """Claims that turned out to be one: their texts and incidents go to the one that remains."""
    for old_key, new_key in absorbed.items():
        old, new = await row_of(session, old_key), await row_of(session, new_key)
        if old is None or new is None:
            continue
        await join(session, old, new)


async def join(session: AsyncSession, old: ClaimRow, new: ClaimRow, *, but: int | None = None) -> None:
    """All of one claim goes to another; the incident `but` stays with the old one, where nothing comes any more."""
    old.merged_into_id = new.id
    await session.exec(update(Mention).where(col(Mention.claim_id) == old.id).values(claim_id=new.id))
    moved = update(Incident).where(col(Incident.claim_id) == old.id, col(Incident.id) != (but or 0))
    await session.exec(moved.values(claim_id=new.id))
    new.first_at, new.last_at = min(old.first_at, new.first_at), max(old.last_at, new.last_at)


async def take_apart(
    session: AsyncSession, claim: ClaimRow, decision: ClaimDecision, texts: Sequence[Mention]
) -> ClaimRow:
    """Some texts of a claim become a claim of their own; the decision gives it its key."""
    session.add(decision)
    await session.flush()
    decision.other_key = f"d{decision.id}"
    made = ClaimRow(
        organisation_id=claim.organisation_id, key=decision.other_key, text=texts[0].text, field=texts[0].field,
        harm=texts[0].harm or 0, locality=claim.locality, first_at=texts[0].written_at, last_at=texts[-1].written_at,
    )  # fmt: skip
    session.add(made)
    await session.flush()
    ids = [m.id for m in texts]
    for start in range(0, len(ids), _CHUNK):
        some = col(Mention.id).in_(ids[start : start + _CHUNK])
        await session.exec(update(Mention).where(some).values(claim_id=made.id))
    return made


async def last_decision(session: AsyncSession) -> int:
    """The newest decision of a person about any claim; 0 when there is none."""
    return (await session.exec(select(func.max(ClaimDecision.id)))).one() or 0


async def kept_apart(session: AsyncSession) -> dict[int, set[frozenset[str]]]:
    """The pairs of claims that people took apart and did not put together again, by organisation."""
    found: dict[int, set[frozenset[str]]] = {}
    query = select(ClaimDecision).order_by(col(ClaimDecision.id))  # few, and a claim lives as long as it is heard
    for decision in (await session.exec(query)).all():
        pairs, pair = found.setdefault(decision.organisation_id, set()), {decision.claim_key, decision.other_key}
        (pairs.add if decision.kind == Regrouping.SPLIT else pairs.discard)(frozenset(pair))
    return found
