"""What an approver is told before saying yes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.publishing import queueing
from bot.publishing.cautions import Why, cautions_of
from tests.bot.conftest import Office
from tests.bot.publishing.steps import approved, pending
from tests.conftest import FakeClock


@pytest.mark.parametrize(
    ("text", "later", "told"),
    [
        ("Lịch tiếp dân tháng 12.", timedelta(0), {Why.SAME_TEXT, Why.SAME_MINUTE}),
        ("  LỊCH tiếp dân\n tháng 12. ", timedelta(hours=2), {Why.SAME_TEXT}),
        ("Chuyện khác.", timedelta(seconds=30), {Why.SAME_MINUTE}),
        ("Chuyện khác.", timedelta(minutes=2), set()),
    ],
)
async def test_same_text_and_same_minute_are_told(
    office: Office, clock: FakeClock, text: str, later: timedelta, told: set[Why]
) -> None:
    first = await approved(office, clock)
    second = await pending(office, clock, text=text, due_at=clock() + timedelta(hours=1) + later)
    found = await cautions_of(office.parts, second)
    assert {c.why for c in found} == told
    assert {c.post_id for c in found} <= {first}
    assert len(found) == 2 * len(told), "once for each of the two channels"


async def test_what_was_cancelled_warns_of_nothing(office: Office, clock: FakeClock) -> None:
    first = await approved(office, clock)
    await queueing.cancel_post(office.parts, office.people["duty"], first)
    assert await cautions_of(office.parts, await pending(office, clock)) == []
