"""Many pictures on a Viber channel: each a message and a delivery of its own, and none that is out is sent again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

import pytest
from sqlmodel import col, select

from bot.office_setup import add_account
from bot.publishing.approval import approve_post, forward_post, submit_post
from bot.publishing.attaching import attach_media
from bot.publishing.claim import claim_due
from bot.publishing.deliver import deliver
from bot.publishing.queueing import settle_unknown
from bot.publishing.writing import PostDraft, VariantDraft, create_post
from channels.sandbox.pictures import picture
from channels.sandbox.viber import ViberSandbox
from models.delivery import Delivery
from models.post import Post
from models.states import DeliveryState
from tests.bot.conftest import Office
from tests.conftest import FakeClock

SENT, UNKNOWN = DeliveryState.SENT, DeliveryState.UNKNOWN


@pytest.fixture
async def viber(office: Office, clock: FakeClock) -> AsyncIterator[ViberSandbox]:
    platform = ViberSandbox(now=clock, seed=1)
    channel = platform.add_channel("pa:5", "Kênh xã", "tok", webhook="https://loa.example/v")
    office.parts.settings = office.parts.settings.model_copy(update={"viber_base_url": await platform.start()})
    await add_account(
        office.parts, office.id, kind="viber", remote_id="pa:5", name="Kênh xã",
        settings={"sender": channel.extra["superadmin"]}, secrets={"auth_token": "tok"},
    )  # fmt: skip
    yield platform
    await platform.stop()


async def approved(office: Office, folder: Path, pictures: int) -> None:
    parts, people = office.parts, office.people
    draft = PostDraft(
        title="Ba hình", field="KHAC", locality="", due_at=None, variants={"viber": VariantDraft(text="Ba hình")}
    )
    post_id = await create_post(parts, people["author"], draft)
    for number in range(pictures):
        file = folder / f"{number}.jpg"
        file.write_bytes(picture(f"Hình {number}", number, (400, 300)))
        address = f"https://x.example/{number}.jpg"
        await attach_media(parts, people["author"], post_id, file, alt_text=f"Hình {number}", public_url=address)
    await submit_post(parts, people["author"], post_id)
    await forward_post(parts, people["editor"], post_id)
    async with parts.db.read() as session:
        post = await session.get_one(Post, post_id)
    await approve_post(parts, people["approver"], post_id, post.content_hash)


async def send(office: Office, clock: FakeClock, seconds: int) -> None:
    for _ in range(seconds):
        clock.forward(seconds=1)
        for flying in await claim_due(office.parts, 1):
            await deliver(office.parts, flying)


async def states(office: Office) -> list[str]:
    async with office.parts.db.read() as session:
        rows = (await session.exec(select(Delivery).order_by(col(Delivery.id)))).all()
    return [row.state for row in rows if row.composed["from"] != "sup=="]  # of the office's other channel


def seen(viber: ViberSandbox) -> list[tuple[str, str]]:
    """Text and picture of each message on the channel, in their order."""
    return [(str(item.payload["text"]), str(item.payload["media"])[-5:]) for item in viber.published()]


async def test_each_picture_is_a_message_a_second_apart(
    office: Office, viber: ViberSandbox, clock: FakeClock, tmp_path: Path
) -> None:
    await approved(office, tmp_path, 3)
    await send(office, clock, 8)
    assert seen(viber) == [("Ba hình", "0.jpg"), ("", "1.jpg"), ("", "2.jpg")]
    assert await states(office) == [SENT] * 3
    times = [item.at for item in viber.published()]
    assert all((after - before).total_seconds() >= 1 for before, after in pairwise(times))


@pytest.mark.parametrize("lost", [0, 1, 2])
async def test_a_lost_answer_leaves_that_picture_to_a_person_and_no_other_is_sent_again(
    lost: int, office: Office, viber: ViberSandbox, clock: FakeClock, tmp_path: Path
) -> None:
    await approved(office, tmp_path, 3)
    while len(viber.published()) < lost:
        await send(office, clock, 1)
    viber.fail_next("drop_after", match="/pa/post")
    await send(office, clock, 8)
    async with office.parts.db.read() as session:
        rows = (await session.exec(select(Delivery).where(Delivery.state == UNKNOWN))).all()
    [unclear] = rows
    await settle_unknown(office.parts, office.people["approver"], unclear.id or 0, there=True)
    await send(office, clock, 8)
    assert sorted(seen(viber)) == [("", "1.jpg"), ("", "2.jpg"), ("Ba hình", "0.jpg")]
    assert await states(office) == [SENT] * 3
