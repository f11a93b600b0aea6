"""What both engines do with what is due: claim it and carry it out, at most `deliveries_at_once` at a time."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.background import Background
from bot.engine.base import GROUP
from bot.parts import Parts
from bot.publishing.claim import claim_due, due_ids
from bot.publishing.deliver import deliver
from bot.publishing.in_flight import InFlight
from bot.publishing.settle import settle
from models.db import DatabaseAway

log = structlog.get_logger()

MOST_TRIED = 200


class Carrier:
    """Each delivery in flight is a task of its own. It takes up room until its platform has answered: the next is
    claimed while what came of it is written down. `landed` is called whenever there is more room, and when one ends."""

    def __init__(self, parts: Parts, background: Background, landed: Callable[[], None]) -> None:
        self._parts, self._background, self._tell_landed = parts, background, landed
        self._flying: set[int] = set()
        self._calling: set[int] = set()

    @property
    def room(self) -> int:
        """How many more may be started."""
        return self._parts.settings.deliveries_at_once - len(self._calling)

    def carries(self, delivery_id: int) -> bool:
        """True while it is in flight here."""
        return delivery_id in self._flying

    @property
    def idle(self) -> bool:
        """True when nothing is in flight."""
        return not self._flying

    async def take(self, *, only: int | None = None) -> list[int]:
        """Claim what is due, or `only` this if it is, as far as there is room, and start it; return the ids."""
        claimed = await (self._claim(self.room) if only is None else claim_due(self._parts, 1, only=only))
        for flying in claimed:
            self._start(flying.id, deliver(self._parts, flying, partial(self._answered, flying.id)))
        return [flying.id for flying in claimed]

    def look(self, delivery_id: int) -> bool:
        """Start to look at an overdue delivery again, unless it is in flight here."""
        if delivery_id in self._flying:
            return False
        self._start(delivery_id, settle(self._parts, delivery_id))
        return True

    async def _claim(self, room: int) -> list[InFlight]:
        """Claim together; when a row cannot be decided about, one by one, so that it keeps none of the others back."""
        if room <= 0:
            return []
        try:
            return await claim_due(self._parts, room)
        except (SQLAlchemyError, DatabaseAway):
            raise
        except Exception:
            log.exception("claim_failed")
        claimed: list[InFlight] = []
        for delivery_id in await due_ids(self._parts, MOST_TRIED):
            if len(claimed) < room:
                claimed += await self._claim_one(delivery_id)
        return claimed

    async def _claim_one(self, delivery_id: int) -> list[InFlight]:
        try:
            return await claim_due(self._parts, 1, only=delivery_id)
        except (SQLAlchemyError, DatabaseAway):
            raise
        except Exception as error:
            log.error("delivery_not_claimed", delivery=delivery_id, exc_info=error)
            return []

    def _start(self, delivery_id: int, work: Coroutine[Any, Any, object]) -> None:
        self._flying.add(delivery_id)
        self._calling.add(delivery_id)
        task = self._background.spawn(work, name=f"delivery {delivery_id}", group=GROUP)
        task.add_done_callback(lambda _: self._landed(delivery_id))

    def _answered(self, delivery_id: int) -> None:
        self._calling.discard(delivery_id)
        self._tell_landed()

    def _landed(self, delivery_id: int) -> None:
        self._flying.discard(delivery_id)
        self._answered(delivery_id)
