"""Brings an index up to date with the store: mends it where little differs, else makes it anew."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final, Protocol

import numpy as np
import structlog

from monitor.index.base import Keys, VectorIndex, Vectors

log = structlog.get_logger()

AT_ONCE: Final = 20_000
FEW: Final = 1000
ANEW: Final = 0.3
"""From this share of missing vectors on it is made anew: an import that doubles the library, a lost file."""
TELL: Final = 100_000


class Stored(Protocol):
    """The vectors of one office and one model as the store has them."""

    async def keys(self) -> Keys:
        """All keys, in ascending order."""

    async def vectors(self, keys: Keys) -> tuple[Keys, Vectors]:
        """Those of these that are still there."""


class _Rows:
    """All that is stored, for `VectorIndex.rebuild`; says how far it is."""

    def __init__(self, stored: Stored, keys: Keys) -> None:
        self._stored, self._keys = stored, keys
        self.count = len(keys)

    async def sample(self, most: int) -> Vectors:
        drawn = np.random.default_rng(0).choice(self._keys, min(most, self.count), replace=False)
        pieces = [await self._stored.vectors(np.sort(piece)) for piece in _pieces(drawn)]
        return np.concatenate([vectors for _, vectors in pieces])

    async def batches(self) -> AsyncIterator[tuple[Keys, Vectors]]:
        done = 0
        for piece in _pieces(self._keys):
            yield await self._stored.vectors(piece)
            done += len(piece)
            if self.count > TELL and done % TELL < AT_ONCE:
                log.info("index_grows", vectors=done, of=self.count)


async def bring_up_to_date(index: VectorIndex, stored: Stored) -> int:
    """Make the index hold what the store holds; return how many vectors that are."""
    wanted, held = await stored.keys(), await index.keys()
    gone, new = (np.setdiff1d(a, b, assume_unique=True) for a, b in ((held, wanted), (wanted, held)))
    if index.outgrown(len(wanted)) or len(new) > max(FEW, ANEW * len(wanted)):
        log.info("index_made_anew", index=index.name, vectors=len(wanted))
        await index.rebuild(_Rows(stored, wanted))
    else:
        if len(gone):
            await index.remove(gone)
        for piece in _pieces(new):
            keys, vectors = await stored.vectors(piece)
            await index.add(keys, vectors)
    await index.save()
    return len(wanted)


def _pieces(keys: Keys) -> list[Keys]:
    return [keys[start : start + AT_ONCE] for start in range(0, len(keys), AT_ONCE)]
