"""Writing a post: what is refused, who is remembered, and what can no longer be changed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot.parts import Refused
from bot.publishing import approval, attaching, writing
from bot.publishing.writing import VariantDraft
from channels.sandbox.pictures import picture
from models.states import DeliveryState, PostState
from tests.bot.conftest import Office
from tests.bot.publishing.steps import approved, deliveries, draft, partly_out, pending, post_of, sign, state_of
from tests.conftest import FakeClock

HOUR = timedelta(hours=1)


async def test_a_post_over_the_limit_is_refused_with_the_channels_own_number(office: Office, clock: FakeClock) -> None:
    post_id = await writing.create_post(office.parts, office.people["author"], draft(clock, "x" * 7001))
    with pytest.raises(writing.Invalid) as caught:
        await approval.submit_post(office.parts, office.people["author"], post_id)
    problem = caught.value.problems["viber"][0]
    assert (problem.most, problem.actual) == (7000, 7001)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"title": "  "}, "needs a title"),
        ({"field": "NONSENSE"}, "no field NONSENSE"),
        ({"variants": {"pigeon": VariantDraft(text="x")}}, "no channel pigeon"),
        ({"window_from": HOUR}, "both its beginning and its end"),
        ({"window_from": 2 * HOUR, "window_to": 3 * HOUR}, "inside the window"),
        ({"embargo_until": 2 * HOUR}, "before the embargo ends"),
    ],
)
async def test_a_draft_that_contradicts_itself_is_refused(
    office: Office, clock: FakeClock, wrong: dict[str, object], said: str
) -> None:
    more = {k: clock() + v if isinstance(v, timedelta) else v for k, v in wrong.items()}
    with pytest.raises(Refused, match=said):
        await writing.create_post(office.parts, office.people["author"], draft(clock, **more))


@pytest.mark.parametrize("who", ["approver", "admin", "auditor"])
async def test_who_may_not_write_changes_nothing_by_any_way(
    office: Office, clock: FakeClock, tmp_path: Path, who: str
) -> None:
    post_id, stranger = await approved(office, clock), office.people[who]
    file = tmp_path / "a.jpg"
    file.write_bytes(picture("Ảnh", 1, (400, 210)))
    with pytest.raises(Refused):
        await writing.create_post(office.parts, stranger, draft(clock))
    with pytest.raises(Refused):
        await writing.revise_post(office.parts, stranger, post_id, draft(clock, "khác"))
    with pytest.raises(Refused):
        await attaching.attach_media(office.parts, stranger, post_id, file, alt_text="ảnh")
    with pytest.raises(Refused):
        await approval.submit_post(office.parts, stranger, post_id)
    assert await state_of(office, post_id) == PostState.SCHEDULED


async def test_the_second_of_two_editors_is_told(office: Office, clock: FakeClock) -> None:
    post_id = await pending(office, clock)
    seen = (await post_of(office, post_id)).version
    await writing.revise_post(office.parts, office.people["author"], post_id, draft(clock, "một"), version=seen)
    with pytest.raises(writing.Outdated):
        await writing.revise_post(office.parts, office.people["editor"], post_id, draft(clock, "hai"), version=seen)


async def test_what_was_refused_is_mended_and_sent_without_touching_what_is_out(
    office: Office, clock: FakeClock
) -> None:
    post_id = await partly_out(office, clock)
    old = draft(clock).variants["facebook"]
    mended = draft(clock, variants={"facebook": old, "viber": VariantDraft(text="Ngắn hơn.")})
    await writing.revise_post(office.parts, office.people["author"], post_id, mended)
    assert await state_of(office, post_id) == PostState.PENDING
    await sign(office, post_id)
    rows = {r.channel: r for r in await deliveries(office, post_id)}
    assert (rows["facebook"].state, rows["viber"].state) == (DeliveryState.SENT, DeliveryState.QUEUED)
    assert rows["viber"].composed["text"] == "Ngắn hơn."
    assert await state_of(office, post_id) == PostState.GOING_OUT


async def test_what_is_out_cannot_be_changed_by_an_edit(office: Office, clock: FakeClock) -> None:
    post_id = await partly_out(office, clock)
    for variants in ({"facebook": VariantDraft(text="khác")}, {"viber": VariantDraft(text="khác")}):
        with pytest.raises(Refused, match="publish a correction"):
            await writing.revise_post(office.parts, office.people["author"], post_id, draft(clock, variants=variants))
