"""The steps that tests of publishing take again and again: write, hand in, approve, look."""

from __future__ import annotations

from datetime import timedelta

from sqlmodel import col, select

from bot.publishing import approval, writing
from bot.publishing.writing import PostDraft, VariantDraft
from models.delivery import Delivery
from models.post import Post
from models.states import DeliveryState, PostState
from tests.bot.conftest import Office
from tests.conftest import FakeClock


def draft(clock: FakeClock, text: str = "Lịch tiếp dân tháng 12.", **more: object) -> PostDraft:
    """A post for Facebook and Viber in an hour."""
    wanted: dict[str, object] = {
        "title": "Lịch tiếp dân",
        "field": "CHINH_SACH",
        "locality": "",
        "due_at": clock() + timedelta(hours=1),
        "variants": {"facebook": VariantDraft(text=text), "viber": VariantDraft(text=text)},
    }
    return PostDraft(**{**wanted, **more})  # type: ignore[arg-type]


async def post_of(office: Office, post_id: int) -> Post:
    """The post's row as it is now."""
    async with office.parts.db.read() as session:
        return await session.get_one(Post, post_id)


async def state_of(office: Office, post_id: int) -> str:
    """The post's state."""
    return (await post_of(office, post_id)).state


async def deliveries(office: Office, post_id: int) -> list[Delivery]:
    """The post's deliveries."""
    query = select(Delivery).where(Delivery.post_id == post_id).order_by(col(Delivery.id))
    async with office.parts.db.read() as session:
        return list((await session.exec(query)).all())


async def pending(office: Office, clock: FakeClock, **more: object) -> int:
    """A post that waits for its approval."""
    people = office.people
    post_id = await writing.create_post(office.parts, people["author"], draft(clock, **more))
    await approval.submit_post(office.parts, people["author"], post_id)
    if (await post_of(office, post_id)).state == "in_review":
        await approval.forward_post(office.parts, people["editor"], post_id)
    return post_id


async def sign(office: Office, post_id: int, who: str = "approver") -> str:
    """Approve the content as it is now."""
    seen = (await post_of(office, post_id)).content_hash
    return await approval.approve_post(office.parts, office.people[who], post_id, seen)


async def approved(office: Office, clock: FakeClock, **more: object) -> int:
    """A post in the queue."""
    post_id = await pending(office, clock, **more)
    await sign(office, post_id)
    return post_id


async def partly_out(office: Office, clock: FakeClock) -> int:
    """A post that Facebook shows and Viber refused."""
    post_id = await approved(office, clock)
    async with office.parts.db.write() as session:
        for row in await deliveries(office, post_id):
            delivery = await session.get_one(Delivery, row.id)
            delivery.attempt_no = 1
            delivery.state = DeliveryState.SENT if row.channel == "facebook" else DeliveryState.REFUSED
        (await session.merge(await post_of(office, post_id))).state = PostState.PARTLY_FAILED
    return post_id
