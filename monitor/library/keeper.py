"""Keeps what offices know ready to be held against claims, and finds what may speak of the same.

The sentences with their words are in the store before anything is held against them. Their vectors follow, and so does
the index over those: it only proposes, and what it proposes is judged by what the store holds.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

import numpy as np
import structlog
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.claim import KnownSentence
from monitor.claims.claim import Exemplar
from monitor.index import Place, VectorIndex, bring_up_to_date, open_index
from monitor.library.sentences import by_words, changes, take_over
from monitor.library.vectors import StoredVectors, encode_some, offices_of, waiting
from monitor.scoring.base import Scorer, model_of

log = structlog.get_logger()

PATIENCE_S: Final = 5.0
"""So long whoever groups waits, once, for the vectors of what is new; a large import goes on beside."""
MOST_ROUNDS: Final = 4
"""Then a turn ends, in a large import too: whoever groups goes on."""
TELL: Final = 5000
"""Sentences of a large import after which it is said how far it is."""
MOST_BY_MEANING: Final = 16
"""Nearest sentences looked at for each wording of a claim."""


class Library:
    """`turn()` again and again, by one process at a time; `near` in between."""

    def __init__(self, place: Place, scorer: Scorer, now: Callable[[], datetime]) -> None:
        self._place, self._db, self._scorer, self._now = place, place.db, scorer, now
        self._indexes: dict[int, VectorIndex] = {}
        self._gone: dict[int, list[int]] = defaultdict(list)
        self._stale = self._new = True
        self._work: asyncio.Task[None] | None = None
        self._trouble = ""

    @property
    def model(self) -> str:
        """The model whose vectors are compared."""
        return model_of(self._scorer.revision)

    def doubt(self) -> None:
        """Somebody else may have kept the store meanwhile: look at everything again."""
        self._stale = self._new = True

    async def turn(self) -> None:
        """Take over what is new; vectors and indexes follow."""
        for _ in range(MOST_ROUNDS):
            if not await self._changed():
                break
            async with self._db.write() as session:
                for office, number in await take_over(session, self._now()):
                    self._gone[office].append(number)
            self._new = True
        idle = self._work is None or self._work.done()
        if idle and (self._stale or self._new or self._gone) and not self._scorer.degraded:
            self._work = asyncio.create_task(self._follow(), name="vectors of what is known")
            await asyncio.wait({self._work}, timeout=PATIENCE_S)

    async def near(
        self, session: AsyncSession, organisation_id: int, wordings: Sequence[Exemplar], rarity: Callable[[str], float]
    ) -> Sequence[KnownSentence]:
        """The sentences that may speak of the same as these wordings, by the words they share or by what they mean."""
        words = frozenset[str]().union(*(wording.content for wording in wordings))
        numbers = set(await by_words(session, organisation_id, words, rarity))
        index = self._indexes.get(organisation_id)
        vectors = [w.vector for w in wordings if w.vector is not None and w.model == self.model]
        if index is not None and vectors:
            hits = await index.search(np.stack(vectors), MOST_BY_MEANING)
            numbers.update(hit.key for found in hits for hit in found)
        mine = (col(KnownSentence.id).in_(numbers), KnownSentence.organisation_id == organisation_id)
        return (await session.exec(select(KnownSentence).where(*mine).order_by(col(KnownSentence.id)))).all()

    async def close(self) -> None:
        """Leave off; the next start goes on from what is stored."""
        if self._work is not None:
            self._work.cancel()
            await asyncio.gather(self._work, return_exceptions=True)

    # -- beside the turns -------------------------------------------------------------------------------------------

    async def _changed(self) -> bool:
        async with self._db.read() as session:
            return await changes(session, self._now())

    async def _follow(self) -> None:
        """Vectors for what has none, and indexes that hold them. What goes wrong is done again at the next turn."""
        try:
            while self._stale or self._gone or self._new:
                if self._stale:
                    self._stale = False
                    for office in await offices_of(self._db, self.model):
                        await self._sync(office)
                for office in list(self._gone):
                    if office in self._indexes:
                        await self._indexes[office].remove(np.array(self._gone[office], dtype=np.int64))
                        await self._indexes[office].save()
                    del self._gone[office]
                await self._encode()
        except Exception as error:
            self._stale = self._new = True
            if type(error).__name__ != self._trouble:
                log.exception("library_trouble")
            self._trouble = type(error).__name__
        else:
            self._trouble = ""

    async def _encode(self) -> None:
        self._new = False
        touched, done, told = set[int](), 0, 0
        while made := await encode_some(self._db, self._scorer, self.model):
            for office, (keys, vectors) in made.items():
                done += len(keys)
                if office in self._indexes:
                    await self._indexes[office].add(keys, vectors)
                    touched.add(office)
                else:
                    await self._sync(office)
            if done >= told + TELL:
                told = done
                log.info("library_encoded", sentences=done, left=await waiting(self._db, self.model))
        for office in touched:
            if self._indexes[office].outgrown(len(await self._indexes[office].keys())):
                await self._sync(office)
            await self._indexes[office].save()

    async def _sync(self, office: int) -> None:
        """Open the office's index and bring it up to date; until then words alone find what is known."""
        index = self._indexes.pop(office, None) or await open_index(self._place, office, self.model)
        await bring_up_to_date(index, StoredVectors(self._db, office, self.model))
        self._indexes[office] = index
