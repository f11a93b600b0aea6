"""What an approver is told before saying yes."""

from __future__ import annotations

import unicodedata
from collections import Counter
from datetime import timedelta

import pytest

from bot.publishing import approval, queueing, writing
from bot.publishing.cautions import MOST, Why, cautions_of
from bot.publishing.slots import add_slot
from bot.publishing.writing import VariantDraft
from models.post import Timing, text_hash
from tests.bot.conftest import Office
from tests.bot.publishing.steps import approved, draft, pending
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


async def found_for(office: Office, post_id: int) -> set[tuple[Why, int]]:
    return {(c.why, c.post_id) for c in await cautions_of(office.parts, post_id)}


async def test_what_still_waits_is_compared_once_it_is_handed_in(office: Office, clock: FakeClock) -> None:
    first, second = await pending(office, clock), await pending(office, clock)
    assert await found_for(office, first) == {(Why.SAME_TEXT, second), (Why.SAME_MINUTE, second)}
    assert await found_for(office, second) == {(Why.SAME_TEXT, first), (Why.SAME_MINUTE, first)}
    await approval.return_post(office.parts, office.people["approver"], second, "chưa đủ")
    assert await found_for(office, first) == set()


async def test_a_draft_says_nothing_yet(office: Office, clock: FakeClock) -> None:
    await writing.create_post(office.parts, office.people["author"], draft(clock))
    assert await found_for(office, await pending(office, clock)) == set()


async def test_marks_that_are_typed_apart_make_no_other_text(office: Office, clock: FakeClock) -> None:
    text = "Lịch tiếp dân tháng 12."
    assert text_hash(unicodedata.normalize("NFD", text)) == text_hash(text) != text_hash("Lich tiep dan thang 12.")
    first = await approved(office, clock)
    await writing.revise_post(office.parts, office.people["author"], first, draft(clock, text="Chuyện khác."))
    assert (Why.SAME_TEXT, first) not in await found_for(office, await pending(office, clock)), "it follows every edit"


async def test_the_same_text_after_a_month_is_a_reminder(office: Office, clock: FakeClock) -> None:
    first = await approved(office, clock)
    clock.forward(days=30)
    later = await pending(office, clock, due_at=clock() + timedelta(hours=2))
    assert await found_for(office, later) == {(Why.SAME_TEXT, first)}
    clock.forward(hours=2)
    assert await found_for(office, later) == set()


async def test_a_post_for_a_slot_is_held_against_the_slot_that_it_would_get(office: Office, clock: FakeClock) -> None:
    """Tuesday 08:00 in Hanoi; Facebook's slots are 10:00 and 11:00."""
    for minute in (600, 660):
        await add_slot(office.parts, office.people["editor"], "facebook", 1, minute)
    slot = await pending(office, clock, text="Bài chờ khung giờ", due_at=None, timing=Timing.SLOT)
    at_ten = await approved(office, clock, text="Bài 10 giờ", due_at=clock() + timedelta(hours=2, seconds=20))
    assert await found_for(office, slot) == {(Why.SAME_MINUTE, at_ten)}
    only = {"facebook": VariantDraft(text="Bài khung giờ khác")}
    await approved(office, clock, variants=only, due_at=None, timing=Timing.SLOT)
    assert await found_for(office, slot) == set(), "the slot at ten is taken, so it would get the next"


async def test_a_post_for_now_is_held_against_what_goes_out_now(office: Office, clock: FakeClock) -> None:
    due = clock() + timedelta(hours=1)
    planned = await approved(office, clock, text="Bài hẹn giờ")
    urgent = await pending(office, clock, text="Bài đăng ngay", due_at=None, timing=Timing.NOW)
    assert await found_for(office, urgent) == set()
    clock.at = due
    assert await found_for(office, urgent) == {(Why.SAME_MINUTE, planned)}
    clock.forward(minutes=1)
    assert await found_for(office, urgent) == set()


async def test_no_more_are_named_than_can_be_read(office: Office, clock: FakeClock) -> None:
    for _ in range(MOST + 2):
        await approved(office, clock)
    newest = await pending(office, clock)
    found = await cautions_of(office.parts, newest)
    assert Counter((c.why, c.channel) for c in found) == {
        (why, kind): MOST for why in Why for kind in ("facebook", "viber")
    }
