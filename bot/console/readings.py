"""The figures of posts as they were read last."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.delivery import Delivery
from models.reading import Reading


async def newest_readings(session: AsyncSession, deliveries: Sequence[Delivery]) -> Mapping[int, Sequence[Reading]]:
    """Return the newest reading of each figure, by delivery: the last that was told, else that nothing was."""
    known = col(Reading.value).is_not(None)
    newest = (
        select(func.max(Reading.id))
        .where(col(Reading.delivery_id).in_([d.id for d in deliveries]))
        .group_by(col(Reading.delivery_id), Reading.metric, known)
    )
    rows = await session.exec(select(Reading).where(col(Reading.id).in_(newest)).order_by(known, col(Reading.id)))
    found: dict[int, dict[str, Reading]] = defaultdict(dict)
    for row in rows.all():
        found[row.delivery_id or 0][row.metric] = row
    return {delivery: list(by_metric.values()) for delivery, by_metric in found.items()}
