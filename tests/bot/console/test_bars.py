"""While alerts do not get through, every page says so, and to whom that is left."""

from __future__ import annotations

from bot.duty.bars import bars_of
from bot.duty.routes import BOT, RouteBook
from bot.duty.telling import raise_alerts
from channels.errors import Told
from models.duty import AlertTry, TryOutcome
from tests.bot.conftest import Office
from tests.bot.console.conftest import Open
from tests.bot.duty.steps import incident
from tests.conftest import FakeClock


async def bars(office: Office) -> list[Told]:
    """What stands there now."""
    async with office.parts.db.read() as session:
        return list(await bars_of(session, office.parts, office.id))


async def test_every_page_says_what_did_not_get_through(office: Office, clock: FakeClock, sign_in: Open) -> None:
    await incident(office, clock)
    await raise_alerts(office.parts)
    await RouteBook(office.parts, BOT).note("token")
    author = await sign_in("author")
    assert 'class="band bad"' not in await (await author.get("/posts")).text()
    clock.forward(minutes=3)
    alert, way = await bars(office)
    assert alert.vi == "Báo động SC-0001 lúc 08:00 chưa tới được qua Telegram; hãy gọi điện cho người trực ngay."
    assert way.en.startswith("Alerts do not get through by the Telegram bot since 08:00: the Telegram bot's token")
    page = await (await author.get("/posts")).text()
    assert alert.vi in page and way.vi in page
    async with office.parts.db.write() as session:
        session.add(AlertTry(alert_id=1, at=clock(), way="1: JSON", outcome=TryOutcome.SENT))
    assert (await bars(office))[0].vi.endswith("đã gửi qua kênh dự phòng.")


async def test_nothing_is_said_of_a_way_that_nobody_looked_at_for_long(office: Office, clock: FakeClock) -> None:
    await RouteBook(office.parts, BOT).note("network")
    clock.forward(minutes=3)
    assert len(await bars(office)) == 1
    clock.forward(minutes=40)
    assert await bars(office) == []
