"""What both engines do with what is due: claim it and carry it out, at most `deliveries_at_once` at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
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
from bot.publishing.settle import overdue, settle
from models.db import DatabaseAway
from models.post import Priority

log = structlog.get_logger()

MOST_TRIED = 200
MOST_CLAIMED = 50
URGENT_PLACES = 4
LOOK_EVERY_S = 0.25


class Carrier:
    """Each delivery in flight is a task of its own. It takes up room until its platform has answered: the next is
    claimed while what came of it is written down. `landed` is called whenever there is more room, and when one ends."""

    def __init__(self, parts: Parts, background: Background, landed: Callable[[], None]) -> None:
        self._parts, self._background, self._tell_landed = parts, background, landed
        self._flying: dict[int, asyncio.Task[Any]] = {}
        self._places: set[object] = set()
        self._look_s = 0.0

    @property
    def room(self) -> int:
        """How many more may be started; what is urgent may go beyond."""
        return self._parts.settings.deliveries_at_once - len(self._places)

    @property
    def claim_size(self) -> int:
        """How many are claimed at once at most. Half of what may fly: the calls of one claim are on their way while the
        next is written down, else all would be claimed, sent and written down in step, each waiting for the others."""
        return max(1, min(self._parts.settings.deliveries_at_once // 2, MOST_CLAIMED))

    def carries(self, delivery_id: int) -> bool:
        """True while it is in flight here."""
        return delivery_id in self._flying

    @property
    def idle(self) -> bool:
        """True when nothing is in flight."""
        return not self._flying

    async def turn(self) -> list[int]:
        """Look at what is overdue and claim what is due, as far as there is room; return the ids of what was started.
        More may be due: ask again.

        In a burst, with a turn at every landing, not all is asked at each: what is overdue, or urgent enough to go
        beyond the room, was not a moment ago.
        """
        looks = asyncio.get_running_loop().time() >= self._look_s
        if self.room <= 0 and not looks:
            return []
        started = await self._look_around() if looks else []
        started += await self.take()
        return started if started or looks else await self._look_around()

    async def _look_around(self) -> list[int]:
        """Start to look at what is overdue."""
        self._look_s = asyncio.get_running_loop().time() + LOOK_EVERY_S
        room, least = self._free()
        return [i for i in await overdue(self._parts, room, least=least) if self.look(i)] if room > 0 else []

    async def take(self, *, only: int | None = None) -> list[int]:
        """Claim what is due, or `only` this if it is, as far as there is room, and start it; return the ids. More may
        be due: ask again."""
        if only is not None:
            return self._carry(await claim_due(self._parts, 1, only=only))
        room, least = self._free()
        if room <= 0:
            return []
        try:
            return self._carry(await claim_due(self._parts, min(room, self.claim_size), least=least))
        except (SQLAlchemyError, DatabaseAway):
            raise
        except Exception:
            log.exception("claim_failed")
        return await self._take_one_by_one(room, least)

    def look(self, delivery_id: int) -> bool:
        """Start to look at an overdue delivery again, unless it is in flight here."""
        if delivery_id in self._flying:
            return False
        self._start(delivery_id, lambda _: settle(self._parts, delivery_id))
        return True

    def _free(self) -> tuple[int, int]:
        """How many more may be started, and of which priority at least. When all places are taken, by uploads of an
        hour perhaps, some are left for corrections and holding lines."""
        return (self.room, Priority.ROUTINE) if self.room > 0 else (self.room + URGENT_PLACES, Priority.HOLDING)

    async def _take_one_by_one(self, room: int, least: int) -> list[int]:
        """One row cannot be decided about; it must keep none of the others back. Each is started as soon as it is
        claimed: what is committed is carried, whatever the next one meets."""
        taken: list[int] = []
        for delivery_id in await due_ids(self._parts, MOST_TRIED, least=least):
            if len(taken) >= room:
                break
            try:
                taken += self._carry(await claim_due(self._parts, 1, only=delivery_id))
            except (SQLAlchemyError, DatabaseAway):
                raise
            except Exception as error:
                log.error("delivery_not_claimed", delivery=delivery_id, exc_info=error)
        return taken

    def _carry(self, claimed: Sequence[InFlight]) -> list[int]:
        for flying in claimed:
            self._start(flying.id, partial(deliver, self._parts, flying))
        return [flying.id for flying in claimed]

    def _start(self, delivery_id: int, work: Callable[[Callable[[], None]], Coroutine[Any, Any, object]]) -> None:
        """Begin `work(answered)`. Its place is its own: the same delivery may be claimed anew before this has ended."""
        place = object()
        self._places.add(place)
        answered = partial(self._leave, place)
        task = self._background.spawn(work(answered), name=f"delivery {delivery_id}", group=GROUP)
        self._flying[delivery_id] = task
        task.add_done_callback(partial(self._landed, delivery_id, answered))

    def _leave(self, place: object) -> None:
        self._places.discard(place)
        self._tell_landed()

    def _landed(self, delivery_id: int, answered: Callable[[], None], task: asyncio.Task[Any]) -> None:
        if self._flying.get(delivery_id) is task:
            del self._flying[delivery_id]
        answered()
