"""Citizens subscribe and write to a Viber bot by its webhook; what the office sends reaches each of them once."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlmodel import col, select

from bot.accounts.receivers import StoredReceivers
from bot.publishing.answers import hand_in_answer
from bot.publishing.approval import approve_post, forward_post, submit_post
from bot.publishing.claim import claim_due
from bot.publishing.deliver import deliver
from bot.publishing.writing import PostDraft, VariantDraft, create_post, revise_post
from channels.receivers import Reached
from channels.sandbox.viber import ViberSandbox
from channels.viber import bot
from models.delivery import Delivery
from models.post import Post
from models.reading import Reading
from models.states import DeliveryState, PostState
from models.webhook import Receipt
from monitor.collect import Collector
from tests.bot.webhooks.conftest import BOT, Called
from tests.conftest import FakeClock


@pytest.fixture
def sending(called: Called, viber: ViberSandbox) -> Called:
    """The office sends to this Viber."""
    parts = called.office.parts
    parts.settings = parts.settings.model_copy(update={"viber_base_url": viber.url})
    return called


async def subscribe(called: Called, viber: ViberSandbox, count: int) -> list[str]:
    users = [viber.add_user(BOT, f"người {n}").user_id for n in range(count)]
    for user_id in users:
        viber.subscribe(BOT, user_id)
    await viber.deliver()
    await called.worker.turn()
    return users


async def approved(called: Called, text: str) -> int:
    parts, people = called.office.parts, called.office.people
    draft = PostDraft(
        title=text, field="KHAC", locality="", due_at=None, variants={"viber_bot": VariantDraft(text=text)}
    )
    post_id = await create_post(parts, people["author"], draft)
    await submit_post(parts, people["author"], post_id)
    await forward_post(parts, people["editor"], post_id)
    await approve(called, post_id)
    return post_id


async def approve(called: Called, post_id: int) -> None:
    parts = called.office.parts
    async with parts.db.read() as session:
        post = await session.get_one(Post, post_id)
    await approve_post(parts, called.office.people["approver"], post_id, post.content_hash)


async def send(called: Called, clock: FakeClock, most: int = 100) -> None:
    """Let what is due go out, so many calls at most."""
    for _ in range(most):
        clock.forward(seconds=1)
        for flying in await claim_due(called.office.parts, 1):
            await deliver(called.office.parts, flying)


async def rows(called: Called) -> list[Delivery]:
    async with called.office.parts.db.read() as session:
        return list((await session.exec(select(Delivery).order_by(col(Delivery.id)))).all())


async def test_a_post_reaches_each_subscriber_once_in_batches(
    sending: Called, viber: ViberSandbox, clock: FakeClock
) -> None:
    users = await subscribe(sending, viber, 320)
    post_id = await approved(sending, "Cắt nước")
    await send(sending, clock, 4)
    assert [m.user_id for m in viber.messages] == users
    found = await rows(sending)
    assert [(r.target_id, r.state, r.notes["reached"]) for r in found] == [
        ("", DeliveryState.SENT, "300"), ("#2", DeliveryState.SENT, "20"),
    ]  # fmt: skip
    assert not any(user_id in json.dumps([r.composed, r.notes]) for user_id in users for r in found)
    async with sending.office.parts.db.read() as session:
        assert (await session.get_one(Post, post_id)).state == PostState.PUBLISHED


async def test_a_batch_without_answer_waits_for_a_person_and_none_before_it_is_sent_again(
    sending: Called, viber: ViberSandbox, clock: FakeClock
) -> None:
    users = await subscribe(sending, viber, 310)
    await approved(sending, "Cắt nước")
    await send(sending, clock, 1)
    viber.fail_next("drop_after", match="/pa/broadcast_message")
    await send(sending, clock, 5)
    assert [r.state for r in await rows(sending)] == [DeliveryState.SENT, DeliveryState.UNKNOWN]
    assert [m.user_id for m in viber.messages] == users


async def test_a_batch_that_was_refused_goes_out_once_the_post_is_approved_anew(
    sending: Called, viber: ViberSandbox, clock: FakeClock
) -> None:
    users = await subscribe(sending, viber, 310)
    post_id = await approved(sending, "Cắt nước")
    await send(sending, clock, 1)
    viber.fail_next("refuse", match="/pa/broadcast_message", rule="bad")
    await send(sending, clock, 2)
    assert [r.state for r in await rows(sending)] == [DeliveryState.SENT, DeliveryState.REFUSED]
    parts, people = sending.office.parts, sending.office.people
    texts = {"viber_bot": VariantDraft(text="Cắt nước"), "facebook": VariantDraft(text="Cắt nước")}
    draft = PostDraft(title="Cắt nước", field="KHAC", locality="", due_at=None, variants=texts)
    await revise_post(parts, people["author"], post_id, draft)
    await approve(sending, post_id)
    await send(sending, clock, 4)
    assert [m.user_id for m in viber.messages] == users, "each of them, and nobody twice"


async def test_who_left_viber_is_written_to_no_more(sending: Called, viber: ViberSandbox, clock: FakeClock) -> None:
    first, second = await subscribe(sending, viber, 2)
    viber.users(BOT)[first].gone = True
    await approved(sending, "Một")
    await send(sending, clock, 2)
    assert [m.user_id for m in viber.messages] == [second]
    parts = sending.office.parts
    receivers = StoredReceivers(parts.db, parts.vault, parts.now, await sending.account("viber_bot"))
    assert [one.id for one in await receivers.between(0, 99, 300)] == [second]
    (row,) = await rows(sending)
    assert row.state == DeliveryState.SENT and "1/2 người" in row.error_vi and "1 of 2" in row.error_en


async def test_a_citizen_is_answered_in_the_conversation(
    sending: Called, viber: ViberSandbox, clock: FakeClock
) -> None:
    lan = viber.add_user(BOT, "Lan")
    viber.say(BOT, lan.user_id, "Bao giờ có nước?")
    await viber.deliver()
    await sending.worker.turn()
    (asked,) = await sending.mentions()
    people = sending.office.people
    post_id = await hand_in_answer(sending.office.parts, people["author"], asked.id or 0, "Chiều nay có nước lại.")
    await forward_post(sending.office.parts, people["editor"], post_id)
    await approve(sending, post_id)
    await send(sending, clock, 2)
    (message,) = viber.messages
    assert (message.user_id, message.payload["text"]) == (lan.user_id, "Chiều nay có nước lại.")
    (row,) = await rows(sending)
    assert (row.state, row.target_id, row.remote_id) == (DeliveryState.SENT, asked.remote_id, str(message.token))
    assert lan.user_id not in json.dumps(row.composed)


async def test_how_many_subscribe_is_collected(sending: Called, viber: ViberSandbox) -> None:
    await subscribe(sending, viber, 2)
    parts, account = sending.office.parts, await sending.account("viber_bot")
    collector = Collector(parts.db, open_channel=parts.channel, hash_author=parts.vault.author_hash, now=parts.now)
    await collector.turn()
    found = [r for r in await sending.rows(Reading) if r.account_id == account.id]
    assert [(r.metric, r.value, r.period) for r in found][:1] == [("followers", 2, "day")]


async def figures(called: Called) -> list[tuple[str, int | None]]:
    """What was read of the posts, the newest reading of each figure."""
    found = {(r.delivery_id, r.metric): (r.metric, r.value) for r in await called.rows(Reading) if r.delivery_id}
    return list(found.values())


def collector(called: Called) -> Collector:
    parts = called.office.parts
    return Collector(parts.db, open_channel=parts.channel, hash_author=parts.vault.author_hash, now=parts.now)


async def test_who_got_and_saw_a_post_is_counted_over_its_batches(
    sending: Called, viber: ViberSandbox, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot, "MOST_RECEIVERS", 4)
    users = await subscribe(sending, viber, 6)
    await approved(sending, "Cắt nước")
    for user_id in users[:2]:
        viber.go_offline(BOT, user_id)
    viber.users(BOT)[users[3]].devices = 2
    await send(sending, clock, 4)
    assert len(await rows(sending)) == 2
    for user_id in (users[3], users[5]):  # one of each batch
        viber.read(BOT, user_id)
    await viber.deliver()
    await sending.worker.turn()
    clock.forward(hours=1)
    await collector(sending).turn()
    assert await figures(sending) == [("delivered", 4), ("reach", 2)]
    for user_id in users[:2]:
        viber.go_online(BOT, user_id)
    await viber.deliver()
    await sending.worker.turn()
    clock.forward(days=1)
    await collector(sending).turn()
    assert await figures(sending) == [("delivered", 6), ("reach", 2)]
    assert not any(u in str(row) for row in await sending.rows(Receipt) for u in users), "nobody can be named by it"


async def test_opening_the_chat_shows_all_that_came_before(
    sending: Called, viber: ViberSandbox, clock: FakeClock
) -> None:
    (lan,) = await subscribe(sending, viber, 1)
    for text in ("Một", "Hai"):
        await approved(sending, text)
        await send(sending, clock, 2)
    viber.read(BOT, lan)
    clock.forward(minutes=1)
    await approved(sending, "Ba")
    await send(sending, clock, 2)
    await viber.deliver()
    await sending.worker.turn()
    clock.forward(hours=1)
    await collector(sending).turn()
    assert await figures(sending) == [("delivered", 1), ("reach", 1)] * 2 + [("delivered", 1), ("reach", 0)]


async def test_what_nobody_told_of_is_no_zero(sending: Called, viber: ViberSandbox, clock: FakeClock) -> None:
    await subscribe(sending, viber, 1)
    await approved(sending, "Một")
    await send(sending, clock, 2)
    clock.forward(hours=1)
    await collector(sending).turn()
    assert await figures(sending) == [("delivered", None), ("reach", None)]


async def test_figures_stay_when_receipts_are_forgotten(sending: Called, viber: ViberSandbox, clock: FakeClock) -> None:
    await subscribe(sending, viber, 1)
    await approved(sending, "Một")
    await send(sending, clock, 2)
    await viber.deliver()
    await sending.worker.turn()
    (row,) = await rows(sending)
    parts = sending.office.parts
    receivers = StoredReceivers(parts.db, parts.vault, parts.now, await sending.account("viber_bot"))
    assert await receivers.reached(row.remote_id) == Reached(1, 0)
    assert await receivers.saw(clock() - timedelta(days=7), clock() + timedelta(days=1)) == 0
    assert await receivers.saw(clock() - timedelta(days=7), clock() - timedelta(days=1)) is None
    clock.forward(days=16)
    assert await receivers.reached(row.remote_id) is None, "counted no more, so never counted down"
    await sending.worker.turn()
    assert len(await sending.rows(Receipt)) == 1
    clock.forward(days=15)
    await sending.worker.turn()
    assert not await sending.rows(Receipt)
