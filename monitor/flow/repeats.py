"""Scores that are known already: one text that many people paste is scored once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

import numpy as np
import sqlalchemy as sa
from sqlmodel import col, select

from models.db import Database
from models.mention import Mention
from monitor.claims import Text
from monitor.scoring.base import Score

REMEMBERED: Final = 4096
"""Scores that are kept at hand, six megabytes with their vectors; older ones are looked up in the store."""
AT_ONCE: Final = 500


class Repeats:
    """Remembers scores by the words' key, of one revision of the model: another one scores anew."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._revision = ""
        self._known: OrderedDict[str, Score] = OrderedDict()

    async def find(self, keys: Sequence[str], revision: str) -> dict[str, Score]:
        """Return the scores that are known."""
        if revision != self._revision:
            self._known.clear()
            self._revision = revision
        found = {key: self._known[key] for key in keys if key in self._known}
        missing = [key for key in dict.fromkeys(keys) if key not in found]
        for start in range(0, len(missing), AT_ONCE):
            found |= await self._stored(missing[start : start + AT_ONCE])
        self.remember(found)
        return found

    def remember(self, scores: dict[str, Score]) -> None:
        """Keep these at hand; those asked for longest ago go."""
        for key, score in scores.items():
            self._known[key] = score
            self._known.move_to_end(key)
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)

    async def _stored(self, keys: Sequence[str]) -> dict[str, Score]:
        newest = (
            select(sa.func.max(Mention.id))
            .where(
                col(Mention.words_key).in_(keys),
                Mention.words_key != "",
                Mention.model == self._revision,
                col(Mention.claim_id).is_(None),  # in a claim the stance is the one towards that claim
            )
            .group_by(Mention.words_key)
        )
        async with self._db.read() as session:
            rows = (await session.exec(select(Mention).where(col(Mention.id).in_(newest)))).all()
        return {row.words_key: stored_score(row) for row in rows if row.scored_at is not None}


def stored_score(row: Mention) -> Score:
    """The score as it was stored."""
    vector = np.frombuffer(row.vector, dtype=np.float16).astype(np.float32) if row.vector else None
    return Score(
        risk=row.risk or 0.0, claim=row.claim_score or 0.0, lexical=row.lexical or 0.0,
        category=row.category, stance=row.stance, field=row.field, harm=row.harm or 0,
        vector=vector, revision=row.model,
    )  # fmt: skip


def text_of(mention: Mention) -> Text:
    """A stored text as the grouper takes it."""
    return Text(
        id=str(mention.id), text=mention.text, at=mention.written_at, author=mention.author_hash or f"#{mention.id}",
        channel=mention.channel, score=stored_score(mention), item=mention.item_id, locality=mention.locality,
        account=mention.account_id, widely_heard=mention.widely_heard,
    )  # fmt: skip
