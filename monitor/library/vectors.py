"""The vectors of the sentences of what is known, in the store: the truth that an index is made from."""

from __future__ import annotations

import asyncio
from typing import Final

import numpy as np
import sqlalchemy as sa
from sqlmodel import col, select

from models.claim import KnownSentence
from models.db import Database
from monitor.index import Keys, Vectors
from monitor.scoring.base import VECTOR_DIM, Scorer

AT_ONCE: Final = 128
PIECE: Final = 50_000


class StoredVectors:
    """The vectors of an office's sentences that one model made."""

    def __init__(self, db: Database, organisation_id: int, model: str) -> None:
        self._db = db
        self._mine = (KnownSentence.organisation_id == organisation_id, KnownSentence.revision == model)

    async def keys(self) -> Keys:
        found, after = [np.empty(0, dtype=np.int64)], 0
        while True:  # in pieces: a transaction that stands idle while a million are counted is ended by the server
            more = (*self._mine, col(KnownSentence.id) > after)
            query = select(KnownSentence.id).where(*more).order_by(col(KnownSentence.id)).limit(PIECE)
            async with self._db.read() as session:
                rows = (await session.exec(query)).all()
            if not rows:
                return np.concatenate(found)
            found.append(np.array(rows, dtype=np.int64))
            after = rows[-1] or 0

    async def vectors(self, keys: Keys) -> tuple[Keys, Vectors]:
        query = select(KnownSentence.id, KnownSentence.vector).where(
            *self._mine, col(KnownSentence.id).in_(keys.tolist())
        )
        async with self._db.read() as session:
            rows = (await session.exec(query)).all()
        raw = b"".join(vector or b"" for _, vector in rows)
        made = np.frombuffer(raw, dtype=np.float16).astype(np.float32).reshape(len(rows), VECTOR_DIM)
        return np.array([key for key, _ in rows], dtype=np.int64), made


async def offices_of(db: Database, model: str) -> list[int]:
    """The offices that have vectors of this model."""
    query = select(KnownSentence.organisation_id).where(KnownSentence.revision == model).distinct()
    async with db.read() as session:
        return sorted((await session.exec(query)).all())


async def waiting(db: Database, model: str) -> int:
    """How many sentences have no vector of this model yet."""
    query = select(sa.func.count()).select_from(KnownSentence).where(KnownSentence.revision != model)
    async with db.read() as session:
        return (await session.exec(query)).one()


async def encode_some(db: Database, scorer: Scorer, model: str) -> dict[int, tuple[Keys, Vectors]]:
    """Ask the model for the vectors of some sentences that have none of its own, and store them; return them by
    office. Nothing is returned when all have theirs, or when the model gives none."""
    query = select(KnownSentence).where(KnownSentence.revision != model).order_by(col(KnownSentence.id)).limit(AT_ONCE)
    async with db.read() as session:
        rows = (await session.exec(query)).all()
    scores = await asyncio.to_thread(scorer.score, [row.text for row in rows]) if rows else []
    made = [(row, score.vector) for row, score in zip(rows, scores, strict=True) if score.vector is not None]
    if not made:
        return {}
    values = [{"this": row.id, "made": vector.astype(np.float16).tobytes()} for row, vector in made]
    change = sa.update(KnownSentence).where(col(KnownSentence.id) == sa.bindparam("this"))
    async with db.write() as session:
        await (await session.connection()).execute(change.values(vector=sa.bindparam("made"), revision=model), values)
    return {
        office: (
            np.array([row.id for row, _ in made if row.organisation_id == office], dtype=np.int64),
            np.stack([vector for row, vector in made if row.organisation_id == office]),
        )
        for office in {row.organisation_id for row, _ in made}
    }
