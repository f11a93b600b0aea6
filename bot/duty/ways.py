"""The reserve ways to people, when Telegram does not take an alert: whatever Apprise knows, from mail to SMS gateways.

Apprise answers yes or no and nothing else, so what was not taken is tried again: an alert twice is better than none.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from models.duty import TryOutcome

if TYPE_CHECKING:
    from pydantic import SecretStr

CALL_S: Final = 25.0


@dataclass(frozen=True)
class Way:
    """One target. `name` is said to people and kept on record; the address holds secrets and is neither."""

    name: str
    url: str = field(repr=False)


class BadWay(ValueError):
    """An address that Apprise does not know; `place` counts from one."""

    def __init__(self, place: int) -> None:
        super().__init__(f"LOA_ALERT_TARGETS: number {place} is no address that Apprise knows")
        self.place = place


def ways_of(targets: SecretStr) -> Sequence[Way]:
    """The reserve ways of a setting. Raises `BadWay`. Blocking the first time: the library loads all it knows."""
    return _ways(targets.get_secret_value())


@lru_cache(maxsize=2)
def _ways(targets: str) -> Sequence[Way]:
    urls = targets.split()
    if not urls:
        return ()
    from apprise import Apprise  # few offices need it

    logging.getLogger("apprise").setLevel(logging.CRITICAL)  # it logs addresses with what is secret in them
    found = []
    for place, url in enumerate(urls, 1):
        plugin = Apprise.instantiate(url, suppress_exceptions=True)
        if plugin is None or isinstance(plugin, list):
            raise BadWay(place)
        found.append(Way(f"{place}: {plugin.service_name}", url))
    return tuple(found)


async def send_by(way: Way, title: str, body: str) -> TryOutcome:
    """Send once."""
    from apprise import Apprise, NotifyFormat, NotifyType

    sender = Apprise()
    sender.add(way.url)
    try:
        async with asyncio.timeout(CALL_S):
            taken = await sender.async_notify(
                body=body, title=title, notify_type=NotifyType.FAILURE, body_format=NotifyFormat.TEXT
            )
    except TimeoutError:
        return TryOutcome.UNCLEAR
    return TryOutcome.SENT if taken else TryOutcome.FAILED
