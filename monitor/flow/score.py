"""The scoring: takes what waits, round by round, and stores the scores. Safe in any number of processes at once.

While one round is scored, in a thread, the round before is stored and the next one taken: three rounds at most are in
hand. To score a text twice does no harm, so nothing is fenced: a score is stored where the text has none yet and its
words are still those that were scored.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import numpy as np
import sqlalchemy as sa
import structlog
from sqlmodel import col

from models.db import Database
from models.mention import Mention
from monitor.flow.order import Waiting, words_key
from monitor.flow.repeats import Repeats
from monitor.flow.waiting import give_back, take
from monitor.scoring.base import Score, Scorer

log = structlog.get_logger()

Round = Sequence[Waiting]

MOST_ROUNDS: Final = 40
"""Then a turn ends, in a flood too: the loop shows that it lives, and takes up what was learned meanwhile."""


class Scoring:
    """`turn()` again and again. `stored` is called after every round that is in the store."""

    def __init__(
        self, db: Database, scorer: Scorer, *, now: Callable[[], datetime], stored: Callable[[], None] = lambda: None
    ) -> None:
        self._db, self._scorer, self._now, self._told = db, scorer, now, stored
        self._repeats = Repeats(db)

    async def turn(self) -> int:
        """Score what waits and is not taken, `MOST_ROUNDS` at most; return how many texts. Whatever is in hand when it
        fails goes back."""
        texts, rounds, scored = 0, 1, dict[str, Score]()
        before: Round = ()
        rows: Round = await take(self._db, self._now())
        following: Round = ()
        try:
            while rows or before:
                work = asyncio.create_task(self._score(rows), name="score a round")
                try:
                    await self._store(before, scored)
                    more = bool(rows) and rounds < MOST_ROUNDS
                    before, following = (), await take(self._db, self._now()) if more else ()
                finally:
                    await asyncio.wait({work})
                scored, texts, rounds = work.result(), texts + len(rows), rounds + 1
                before, rows, following = rows, following, ()
        except BaseException:
            await asyncio.shield(self._give_back([*before, *rows, *following]))
            raise
        return texts

    async def _give_back(self, rows: Round) -> None:
        try:
            await give_back(self._db, rows)
        except Exception as error:  # noqa: BLE001  # after a while they count as given back by themselves
            log.warning("texts_not_given_back", texts=len(rows), error=type(error).__name__)

    async def _score(self, rows: Round) -> dict[str, Score]:
        """The score of every wording, by its key."""
        words = {words_key(row.text): row.text for row in rows}
        known = await self._repeats.find(list(words), self._scorer.revision)
        new = [key for key in words if key not in known]
        if new:
            scores = await asyncio.to_thread(self._scorer.score, [words[key] for key in new])
            known |= (fresh := dict(zip(new, scores, strict=True)))
            self._repeats.remember(fresh)
        return known

    async def _store(self, rows: Round, scores: Mapping[str, Score]) -> None:
        if not rows:
            return
        now = self._now()
        in_order = sorted(rows, key=lambda row: row.id or 0)  # in which every other writer locks rows
        values = [_values(row, words_key(row.text), scores, now) for row in in_order]
        async with self._db.write() as session:
            await (await session.connection()).execute(_STORE, values)
        self._told()


_STORE = (
    sa.update(Mention)
    .where(
        col(Mention.id) == sa.bindparam("this"),
        col(Mention.scored_at).is_(None),
        col(Mention.text) == sa.bindparam("scored_text"),
    )
    .values(
        {
            name: sa.bindparam(f"new_{name}")
            for name in (
                "scored_at", "model", "risk", "claim_score", "lexical", "category", "stance", "field", "harm",
                "vector", "words_key", "grouped_at", "taken_until",
            )
        }
    )
)  # fmt: skip


def _values(row: Waiting, key: str, scores: Mapping[str, Score], now: datetime) -> dict[str, Any]:
    score = scores[key]
    vector = score.vector.astype(np.float16).tobytes() if score.vector is not None else None
    return {
        "this": row.id, "scored_text": row.text, "new_scored_at": now, "new_model": score.revision,
        "new_risk": score.risk, "new_claim_score": score.claim, "new_lexical": score.lexical,
        "new_category": score.category, "new_stance": score.stance, "new_field": score.field, "new_harm": score.harm,
        "new_vector": vector, "new_words_key": key, "new_grouped_at": None, "new_taken_until": None,
    }  # fmt: skip
