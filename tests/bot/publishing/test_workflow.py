"""Who may do what with a post, and that what was approved is what will be sent."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import select

from bot.parts import Refused
from bot.publishing import approval, queueing, writing
from bot.publishing.writing import PostDraft, VariantDraft
from models.delivery import Delivery
from models.post import Post, PostKind
from models.states import DeliveryState, IllegalMove, PostState
from tests.bot.conftest import Office
from tests.conftest import FakeClock


def draft(clock: FakeClock, text: str = "Lịch tiếp dân tháng 12.", **more: object) -> PostDraft:
    wanted: dict[str, object] = {
        "title": "Lịch tiếp dân",
        "field": "CHINH_SACH",
        "locality": "",
        "due_at": clock() + timedelta(hours=1),
        "variants": {"facebook": VariantDraft(text=text), "viber": VariantDraft(text=text)},
    }
    return PostDraft(**{**wanted, **more})  # type: ignore[arg-type]


async def hash_of(office: Office, post_id: int) -> str:
    async with office.parts.db.read() as session:
        return (await session.get_one(Post, post_id)).content_hash


async def state_of(office: Office, post_id: int) -> str:
    async with office.parts.db.read() as session:
        return (await session.get_one(Post, post_id)).state


async def deliveries(office: Office, post_id: int) -> list[Delivery]:
    async with office.parts.db.read() as session:
        return list((await session.exec(select(Delivery).where(Delivery.post_id == post_id))).all())


async def pending(office: Office, clock: FakeClock, **more: object) -> int:
    people = office.people
    post_id = await writing.create_post(office.parts, people["author"], draft(clock, **more))
    await approval.submit_post(office.parts, people["author"], post_id)
    await approval.forward_post(office.parts, people["editor"], post_id)
    return post_id


async def approved(office: Office, clock: FakeClock) -> int:
    post_id = await pending(office, clock)
    await approval.approve_post(office.parts, office.people["approver"], post_id, await hash_of(office, post_id))
    return post_id


async def test_an_approved_post_waits_in_the_queue_exactly_as_composed(office: Office, clock: FakeClock) -> None:
    post_id = await pending(office, clock)
    shown = await writing.preview_post(office.parts, office.id, post_id)
    await approval.approve_post(office.parts, office.people["approver"], post_id, await hash_of(office, post_id))
    rows = await deliveries(office, post_id)
    assert {r.channel: r.composed for r in rows} == {k: dict(o.payload) for k, o in shown.items()}
    assert {r.state for r in rows} == {DeliveryState.QUEUED}
    assert {r.due_at for r in rows} == {clock() + timedelta(hours=1)}
    assert await state_of(office, post_id) == PostState.SCHEDULED


async def test_nobody_approves_their_own_post(office: Office, clock: FakeClock) -> None:
    speaker = office.people["speaker"]
    post_id = await writing.create_post(office.parts, speaker, draft(clock))
    await approval.submit_post(office.parts, speaker, post_id)
    await approval.forward_post(office.parts, office.people["editor"], post_id)
    with pytest.raises(Refused, match="own post"):
        await approval.approve_post(office.parts, speaker, post_id, await hash_of(office, post_id))


@pytest.mark.parametrize("who", ["author", "editor", "duty", "admin", "auditor"])
async def test_only_an_approver_approves(office: Office, clock: FakeClock, who: str) -> None:
    post_id = await pending(office, clock)
    with pytest.raises(Refused):
        await approval.approve_post(office.parts, office.people[who], post_id, await hash_of(office, post_id))
    assert await state_of(office, post_id) == PostState.PENDING


async def test_an_edit_after_approval_voids_it_and_empties_the_queue(office: Office, clock: FakeClock) -> None:
    post_id = await approved(office, clock)
    await writing.revise_post(office.parts, office.people["editor"], post_id, draft(clock, "Lịch mới."))
    assert await state_of(office, post_id) == PostState.PENDING
    assert not [r for r in await deliveries(office, post_id) if r.state == DeliveryState.QUEUED]


async def test_a_yes_to_an_older_version_counts_for_nothing(office: Office, clock: FakeClock) -> None:
    post_id = await pending(office, clock)
    seen = await hash_of(office, post_id)
    await writing.revise_post(office.parts, office.people["author"], post_id, draft(clock, "Lịch khác."))
    with pytest.raises((Refused, IllegalMove)):
        await approval.approve_post(office.parts, office.people["approver"], post_id, seen)
    assert not await deliveries(office, post_id)


async def test_a_correction_needs_two_different_people(office: Office, clock: FakeClock) -> None:
    post_id = await writing.create_post(
        office.parts, office.people["duty"], draft(clock, kind=PostKind.CORRECTION, due_at=None)
    )
    await approval.submit_post(office.parts, office.people["duty"], post_id)
    seen = await hash_of(office, post_id)
    assert await approval.approve_post(office.parts, office.people["approver"], post_id, seen) == PostState.PENDING
    with pytest.raises(Refused, match="another person"):
        await approval.approve_post(office.parts, office.people["approver"], post_id, seen)
    await approval.approve_post(office.parts, office.people["speaker"], post_id, seen)
    rows = await deliveries(office, post_id)
    assert {r.priority for r in rows} == {100}


async def test_a_post_over_the_limit_is_refused_with_the_channels_own_number(office: Office, clock: FakeClock) -> None:
    post_id = await writing.create_post(office.parts, office.people["author"], draft(clock, "x" * 7001))
    with pytest.raises(writing.Invalid) as caught:
        await approval.submit_post(office.parts, office.people["author"], post_id)
    problem = caught.value.problems["viber"][0]
    assert (problem.most, problem.actual) == (7000, 7001)


async def test_hold_stops_the_queue_and_release_lets_it_go(office: Office, clock: FakeClock) -> None:
    post_id = await approved(office, clock)
    await queueing.hold_post(office.parts, office.people["duty"], post_id, "đang có sự cố")
    assert {r.state for r in await deliveries(office, post_id)} == {DeliveryState.HELD}
    await queueing.release_post(office.parts, office.people["duty"], post_id)
    assert {r.state for r in await deliveries(office, post_id)} == {DeliveryState.QUEUED}


async def test_another_offices_post_is_not_found(office: Office, clock: FakeClock) -> None:
    from dataclasses import replace

    post_id = await approved(office, clock)
    stranger = replace(office.people["approver"], organisation_id=office.id + 1)
    with pytest.raises(Refused, match="There is no"):
        await queueing.hold_post(office.parts, stranger, post_id, "x")
