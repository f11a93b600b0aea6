"""Who may change how long people's words are kept, and from when on."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.parts import Refused
from bot.retention import retention_now, rules_of, set_retention
from tests.bot.conftest import Office
from tests.conftest import FakeClock


async def now_is(office: Office) -> int:
    async with office.parts.db.read() as session:
        return await retention_now(session, office.parts, office.id)


async def test_an_admin_changes_the_days_from_a_day_on(office: Office, clock: FakeClock) -> None:
    admin = office.people["admin"]
    assert await now_is(office) == office.parts.settings.retention_days
    begins = await set_retention(office.parts, admin, 60, clock() + timedelta(days=3), " Quy chế số 5 ")
    assert begins == clock() + timedelta(days=3) and await now_is(office) == 90
    clock.forward(days=3)
    assert await now_is(office) == 60
    assert await set_retention(office.parts, admin, 30, None, "Quy chế số 6") == clock()
    assert await now_is(office) == 30
    async with office.parts.db.read() as session:
        rules = await rules_of(session, office.id)
    assert [(rule.days, rule.why, who) for rule, who in rules] == [
        (30, "Quy chế số 6", "Admin"), (60, "Quy chế số 5", "Admin"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("login", "days", "hours", "why"),
    [
        ("duty", 60, 1, "x"),
        ("admin", 6, 1, "x"),
        ("admin", 3651, 1, "x"),
        ("admin", 60, -1, "x"),
        ("admin", 60, 1, " "),
    ],
)
async def test_what_may_not_be(office: Office, clock: FakeClock, login: str, days: int, hours: int, why: str) -> None:
    with pytest.raises(Refused):
        await set_retention(office.parts, office.people[login], days, clock() + timedelta(hours=hours), why)
    assert await now_is(office) == office.parts.settings.retention_days
