"""What every page of the console says while alerts do not get through."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.duty.reserve import Undelivered, undelivered
from bot.duty.routes import WHY, broken_routes, route_name
from bot.duty.voice import Voice
from bot.parts import Parts
from channels.errors import Told
from models.office import Organisation


async def bars_of(session: AsyncSession, parts: Parts, organisation_id: int) -> Sequence[Told]:
    """One sentence an incident whose alert did not reach people, one a way that is broken."""
    zone, now = ZoneInfo((await session.get_one(Organisation, organisation_id)).zone), parts.now()
    vi, en = Voice("vi", zone, now), Voice("en", zone, now)
    found = []
    by_incident: dict[str, list[Undelivered]] = defaultdict(list)
    for one in await undelivered(session, now, organisation_id):
        by_incident[one.incident.code].append(one)
    for code, lost in by_incident.items():
        at = min(alert.created_at for one in lost for alert in one.alerts)
        reached = all(one.reached for one in lost)
        found.append(
            Told(
                vi=f"Báo động {code} lúc {vi.clock(at)} chưa tới được qua Telegram; "
                + ("đã gửi qua kênh dự phòng." if reached else "hãy gọi điện cho người trực ngay."),
                en=f"The alert of {code} at {en.clock(at)} has not got through by Telegram; "
                + ("it went out by a reserve way." if reached else "telephone whoever is on duty now."),
            )
        )
    for route in await broken_routes(session, now):
        name, why = await route_name(session, route), WHY[route.why]
        found.append(
            Told(
                vi=f"Báo động không tới được qua {name.vi} từ {vi.clock(route.broken_since)}: {why.vi}.",
                en=f"Alerts do not get through by {name.en} since {en.clock(route.broken_since)}: {why.en}.",
            )
        )
    return found
