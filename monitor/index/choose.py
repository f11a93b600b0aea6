"""Which index an office gets: pgvector where its PostgreSQL has it, else one in the process."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from models.db import Database
from monitor.index.base import VectorIndex
from monitor.index.embedded import EmbeddedIndex
from monitor.index.postgres import PgVectorIndex, has_pgvector


@dataclass(frozen=True)
class Place:
    """Where indexes are kept; without a folder one in the process is gone with it."""

    db: Database
    folder: Path | None = None


async def open_index(place: Place, organisation_id: int, model: str) -> VectorIndex:
    """Open the index of one office for the vectors of one model."""
    if await has_pgvector(place.db, add=True):
        index = PgVectorIndex(place.db, organisation_id, model)
        await index.open()
        return index
    file = place.folder / f"known-{organisation_id}.faiss" if place.folder is not None else None
    return await asyncio.to_thread(EmbeddedIndex, file, model)
