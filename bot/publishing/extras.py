"""What follows once a post is out: a correction is pinned, its video's description gets a note. Worth having, never
worth undoing a publication.

The row says when it is tried next (`extras_at`), stored together with the word that the post is out, so that neither a
crash nor an error loses it; a day later it is given up and a person is told.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlmodel import col, update

from bot.parts import Parts
from bot.publishing.in_flight import InFlight
from channels.base import Sent
from channels.errors import Rejected, Told, Unsupported
from models.delivery import Delivery

log = structlog.get_logger()

FIRST_AGAIN: Final = timedelta(minutes=1)
GIVE_UP: Final = timedelta(hours=24)
_TOLD_LATE: Final = Told(vi="quá một ngày không làm được", en="it could not be done within a day")


async def finish_extras(parts: Parts, flying: InFlight) -> bool:
    """Do what is due once the delivery is out; False when it is not due or must wait."""
    delivery, now = flying.delivery, parts.now()
    if not await _take_turn(parts, delivery, now):
        return False
    sent = Sent(remote_id=delivery.remote_id, permalink=delivery.permalink)
    try:
        await flying.channel.finish(flying.out, sent, delivery.notes)
    except (Rejected, Unsupported) as error:
        await _give_up(parts, flying.id, error.told, error.code)
    except Exception as error:  # of the platform or of ours: the post is out all the same
        log.warning("extra_failed", delivery=flying.id, exc_info=error)
        if _age(delivery, now) > GIVE_UP:
            await _give_up(parts, flying.id, _TOLD_LATE, "late")
        return False
    else:
        await _set(parts, flying.id, extras_at=None)
    return True


async def _take_turn(parts: Parts, delivery: Delivery, now: datetime) -> bool:
    """Move the time on before the call, so that a crash in it, an error, or another process does not repeat it at
    once: in a minute at first, later and later."""
    again = now + max(FIRST_AGAIN, _age(delivery, now) / 2)
    mine = col(Delivery.id) == delivery.id, col(Delivery.extras_at) <= now
    async with parts.db.write() as session:
        return bool((await session.exec(update(Delivery).where(*mine).values(extras_at=again))).rowcount)


def _age(delivery: Delivery, now: datetime) -> timedelta:
    return now - (delivery.sent_at or now)


async def _give_up(parts: Parts, delivery_id: int, told: Told, code: str) -> None:
    log.error("extra_given_up", delivery=delivery_id, code=code)
    vi = f"Đã đăng, nhưng chưa ghim hoặc ghi chú được ({told.vi}): hãy làm bằng tay trên kênh."
    en = f"It is out, but could not be pinned or noted ({told.en}): do it by hand on the channel."
    await _set(parts, delivery_id, extras_at=None, error_code=code, error_vi=vi, error_en=en)


async def _set(parts: Parts, delivery_id: int, **values: object) -> None:
    async with parts.db.write() as session:
        await session.exec(update(Delivery).where(col(Delivery.id) == delivery_id).values(**values))
