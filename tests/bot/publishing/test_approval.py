"""Who may say yes, to what exactly, and until when."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from bot.parts import Refused
from bot.publishing import approval, attaching, queueing, writing
from bot.publishing.approval import expire_unanswered
from channels.sandbox.pictures import picture
from models.post import PostKind
from models.states import DeliveryState, IllegalMove, PostState
from tests.bot.conftest import PEOPLE, Office
from tests.bot.publishing.steps import approved, deliveries, draft, pending, post_of, sign, state_of
from tests.conftest import FakeClock

HOUR = timedelta(hours=1)


async def test_an_approved_post_waits_in_the_queue_exactly_as_composed(office: Office, clock: FakeClock) -> None:
    post_id = await pending(office, clock)
    shown = await writing.preview_post(office.parts, office.id, post_id)
    await sign(office, post_id)
    rows = await deliveries(office, post_id)
    assert {r.channel: r.composed for r in rows} == {k: dict(o.payload) for k, (o,) in shown.items()}
    assert {r.state for r in rows} == {DeliveryState.QUEUED}
    assert {r.due_at for r in rows} == {clock() + HOUR}
    assert await state_of(office, post_id) == PostState.SCHEDULED


MAY_APPROVE = {"approver", "speaker"}


@pytest.mark.parametrize("who", sorted(PEOPLE))
async def test_only_an_approver_approves(office: Office, clock: FakeClock, who: str) -> None:
    post_id = await pending(office, clock)
    if who in MAY_APPROVE:
        assert await sign(office, post_id, who) == PostState.SCHEDULED
    else:
        with pytest.raises(Refused):
            await sign(office, post_id, who)
        assert await state_of(office, post_id) == PostState.PENDING


async def wrote(office: Office, clock: FakeClock, _: Path) -> int:
    post_id = await writing.create_post(office.parts, office.people["speaker"], draft(clock))
    await approval.submit_post(office.parts, office.people["speaker"], post_id)
    await approval.forward_post(office.parts, office.people["editor"], post_id)
    return post_id


async def wrote_and_another_edited(office: Office, clock: FakeClock, folder: Path) -> int:
    post_id = await wrote(office, clock, folder)
    await writing.revise_post(office.parts, office.people["editor"], post_id, draft(clock, "Lịch tiếp dân tháng 12!"))
    return post_id


async def edited(office: Office, clock: FakeClock, _: Path) -> int:
    post_id = await pending(office, clock)
    await writing.revise_post(office.parts, office.people["speaker"], post_id, draft(clock, "Khác."))
    return post_id


async def moved(office: Office, clock: FakeClock, _: Path) -> int:
    post_id = await pending(office, clock)
    await queueing.reschedule_post(office.parts, office.people["speaker"], post_id, clock() + 2 * HOUR)
    return post_id


async def attached(office: Office, clock: FakeClock, folder: Path) -> int:
    post_id, file = await pending(office, clock), folder / "a.jpg"
    file.write_bytes(picture("Ảnh", 1, (400, 210)))
    await attaching.attach_media(
        office.parts, office.people["speaker"], post_id, file, alt_text="ảnh", channels=["facebook"]
    )
    return post_id


async def detached(office: Office, clock: FakeClock, folder: Path) -> int:
    people, post_id, file = office.people, await pending(office, clock), folder / "a.jpg"
    file.write_bytes(picture("Ảnh", 1, (400, 210)))
    media_id = await attaching.attach_media(
        office.parts, people["author"], post_id, file, alt_text="ảnh", channels=["facebook"]
    )
    await attaching.detach_media(office.parts, people["speaker"], media_id)
    return post_id


@pytest.mark.parametrize("way", [wrote, wrote_and_another_edited, edited, moved, attached, detached])
async def test_whoever_changed_a_post_never_approves_it(
    office: Office, clock: FakeClock, tmp_path: Path, way: Callable[[Office, FakeClock, Path], Awaitable[int]]
) -> None:
    post_id = await way(office, clock, tmp_path)
    post = await post_of(office, post_id)
    assert "approve" not in approval.allowed_actions(post, office.people["speaker"], [], [], clock())
    with pytest.raises(Refused, match="wrote or changed"):
        await sign(office, post_id, "speaker")
    assert await sign(office, post_id, "approver") == PostState.SCHEDULED


async def test_an_edit_after_approval_voids_it_and_empties_the_queue(office: Office, clock: FakeClock) -> None:
    post_id = await approved(office, clock)
    await writing.revise_post(office.parts, office.people["editor"], post_id, draft(clock, "Lịch mới."))
    assert await state_of(office, post_id) == PostState.PENDING
    assert not await deliveries(office, post_id)


async def test_a_yes_to_an_older_version_counts_for_nothing(office: Office, clock: FakeClock) -> None:
    post_id = await pending(office, clock)
    seen = (await post_of(office, post_id)).content_hash
    await writing.revise_post(office.parts, office.people["author"], post_id, draft(clock, "Lịch khác."))
    with pytest.raises((Refused, IllegalMove)):
        await approval.approve_post(office.parts, office.people["approver"], post_id, seen)
    assert not await deliveries(office, post_id)


async def test_a_correction_needs_two_different_people(office: Office, clock: FakeClock) -> None:
    post_id = await writing.create_post(
        office.parts, office.people["duty"], draft(clock, kind=PostKind.CORRECTION, due_at=None)
    )
    await approval.submit_post(office.parts, office.people["duty"], post_id)
    assert await sign(office, post_id) == PostState.PENDING
    with pytest.raises(Refused, match="another person"):
        await sign(office, post_id)
    await sign(office, post_id, "speaker")
    assert {r.priority for r in await deliveries(office, post_id)} == {100}


async def test_a_locked_editor_keeps_nobody_waiting(office: Office, clock: FakeClock) -> None:
    from models.office import User

    async with office.parts.db.write() as session:
        (await session.get_one(User, office.people["editor"].user_id)).active = False
    post_id = await writing.create_post(office.parts, office.people["author"], draft(clock))
    await approval.submit_post(office.parts, office.people["author"], post_id)
    assert await state_of(office, post_id) == PostState.PENDING


# -- in time ----------------------------------------------------------------------------------------------------


async def test_a_post_nobody_approved_in_time_goes_back_to_its_author(office: Office, clock: FakeClock) -> None:
    post_id = await pending(office, clock)
    clock.forward(hours=1, minutes=30)
    assert await expire_unanswered(office.parts) == []
    clock.forward(seconds=1)
    with pytest.raises(Refused, match="give it another time"):
        await sign(office, post_id)
    assert await expire_unanswered(office.parts) == [post_id]
    assert await state_of(office, post_id) == PostState.RETURNED
    assert await expire_unanswered(office.parts) == []


async def test_a_window_can_be_answered_until_its_end_and_a_correction_for_ever(
    office: Office, clock: FakeClock
) -> None:
    window = {"window_from": clock() + HOUR, "window_to": clock() + 5 * HOUR}
    wide = await pending(office, clock, **window)
    urgent = await pending(office, clock, kind=PostKind.CORRECTION)
    clock.forward(hours=4)
    assert await expire_unanswered(office.parts) == []
    assert await sign(office, wide) == PostState.SCHEDULED
    assert await sign(office, urgent) == PostState.PENDING
