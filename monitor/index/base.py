"""What an index is, whatever makes it: keys and unit vectors in, the nearest keys out."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Sequence
from typing import Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

EXACT_MOST: Final = 20_000
"""So many are compared one by one in a few milliseconds."""
LISTS: Final = 2048
"""Of a million vectors; of fewer in proportion to the root of their number."""
COMPARED: Final = 32_000
"""So many vectors, in the lists that are nearest, a search compares."""

Keys = NDArray[np.int64]
Vectors = NDArray[np.float32]
"""One unit vector a row."""


class Hit(NamedTuple):
    """A stored vector near to one that was asked for. What the index keeps is rounded, and so is the cosine."""

    key: int
    cosine: float


class Rows(Protocol):
    """All vectors that an index is made from."""

    count: int

    async def sample(self, most: int) -> Vectors:
        """Vectors drawn from all of them."""

    def batches(self) -> AsyncIterator[tuple[Keys, Vectors]]:
        """Everything, piece by piece."""


class VectorIndex(Protocol):
    """The vectors of one office, made by one model. One task changes it; a search may run meanwhile."""

    name: str

    async def keys(self) -> Keys:
        """What it holds, in ascending order."""

    async def add(self, keys: Keys, vectors: Vectors) -> None:
        """Take vectors in under keys that it does not hold yet."""

    async def remove(self, keys: Keys) -> None:
        """Forget these; what it does not hold is passed over."""

    async def search(self, vectors: Vectors, most: int) -> Sequence[Sequence[Hit]]:
        """For each vector the nearest `most`, best first."""

    async def rebuild(self, rows: Rows) -> None:
        """Begin anew with all of these."""

    def outgrown(self, count: int) -> bool:
        """Say whether for so many vectors it should be made anew."""

    async def save(self) -> None:
        """Keep it for the next start."""


def lists_for(count: int) -> int:
    """How many lists so many vectors are put into, each around a centre: a power of two, 0 for none."""
    return 1 << round(math.log2(LISTS * math.sqrt(count / 1e6))) if count > EXACT_MOST else 0


def searched_of(lists: int, count: int) -> int:
    """How many of so many lists a search looks into."""
    return max(1, min(lists, math.ceil(lists * COMPARED / max(count, 1))))


def too_few_or_many(lists: int, wanted: int) -> bool:
    """Say whether lists that were made for another number of vectors should be made anew."""
    return wanted > 2 * lists or 4 * wanted < lists
