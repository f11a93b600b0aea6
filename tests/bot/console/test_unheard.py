"""Channels on which nobody is heard, and what is written more than usual: on the pages, Vietnamese first."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models.office import Account
from models.surge import Surge
from tests.bot.conftest import Office
from tests.bot.console.conftest import Open
from tests.bot.duty.steps import incident
from tests.conftest import FakeClock

BLIND = "Mù kênh: không đọc được từ"
QUIET = "Im lặng bất thường: không có gì từ"


async def heard(office: Office, clock: FakeClock, **silent: int) -> None:
    """All are read now; those named are silent, with so many texts missing."""
    async with office.parts.db.write() as session:
        for kind, number in office.accounts.items():
            account = await session.get_one(Account, number)
            account.read_at = clock()
            account.quiet_since = clock() - timedelta(hours=5) if kind in silent else None
            account.quiet_missing = silent.get(kind, 0)


@pytest.mark.parametrize("path", ["/", "/accounts"])
async def test_a_silent_channel_says_since_when_and_what_to_do(
    office: Office, clock: FakeClock, sign_in: Open, path: str
) -> None:
    client = await sign_in("duty")
    await heard(office, clock)
    shown = await (await client.get(path)).text()
    assert QUIET not in shown and BLIND not in shown
    await heard(office, clock, zalo=45)
    shown = await (await client.get(path)).text()
    assert shown.count(QUIET) == 1 and BLIND not in shown
    assert "khoảng 45 lời." in shown and "mở kênh xem có bình luận mà Loa không thấy không" in shown
    assert "03:00" in shown.split(QUIET)[1].split("</time>")[0], "in the office's own time"


@pytest.mark.parametrize("path", ["/", "/accounts"])
async def test_a_blind_channel_says_since_when_and_what_to_do(
    office: Office, clock: FakeClock, sign_in: Open, path: str
) -> None:
    client = await sign_in("duty")
    await heard(office, clock)
    clock.forward(minutes=59)
    assert BLIND not in await (await client.get(path)).text()
    clock.forward(minutes=2)
    shown = await (await client.get(path)).text()
    assert shown.count(BLIND) == len(office.accounts) and "cử người xem trực tiếp trên kênh" in shown


async def test_what_is_written_more_than_usual_stands_on_the_first_page(
    office: Office, clock: FakeClock, sign_in: Open
) -> None:
    explained = await incident(office, clock)
    async with office.parts.db.write() as session:
        for number, name in ((None, "Y_TE"), (explained, "THIEN_TAI")):
            session.add(
                Surge(
                    organisation_id=office.id, kind="topic", name=name, since=clock() - timedelta(minutes=40),
                    last_at=clock(), texts=60, people=52, usual=5.0, seldom_days=30.0, kinds={"criticism": 45},
                    incident_id=number,
                )
            )  # fmt: skip
    client = await sign_in("duty")
    shown = await (await client.get("/")).text()
    assert "Nhiều hơn hẳn bình thường" in shown and "Chủ đề Y tế, sức khỏe" in shown
    assert "60 lời trong 60 phút của 52 người, gấp 12 lần bình thường" in shown
    assert shown.count("Do sự cố") == 1 and f'href="/incidents/{explained}">Do sự cố SC-{explained:04d}' in shown
