"""The stand-in platforms call the office over HTTP, and what they tell of becomes rows."""

from __future__ import annotations

from datetime import timedelta

from bot.accounts.receivers import StoredReceivers
from channels.sandbox.core import Item
from channels.sandbox.facebook import FacebookSandbox
from channels.sandbox.viber import ViberSandbox
from channels.sandbox.zalo import ZaloSandbox
from models.delivery import Delivery
from models.mention import ReplyAddress
from models.post import Post, Variant
from models.reading import ChannelItem
from tests.bot.webhooks.conftest import BOT, OA, PAGE, Called
from tests.conftest import BEGIN, FakeClock


def history(facebook: FacebookSandbox, name: str = f"{PAGE}_5") -> Item:
    item = Item(name, PAGE, "feed", {}, BEGIN, text="Thông báo cắt nước", permalink="https://facebook.com/5")
    facebook.seed_history([item])
    return item


async def test_a_comment_on_facebook_its_edit_and_its_removal(
    called: Called, facebook: FacebookSandbox, clock: FakeClock
) -> None:
    item = history(facebook)
    remark = facebook.add_remark(item.remote_id, "Lan", "Gọi 0912345678 nhé", clock())
    await facebook.send_due()
    assert not facebook.updates, "it was taken"
    assert await called.worker.turn() == 1
    (row,) = await called.mentions()
    assert (row.remote_id, row.item_id, row.parent_id, row.own) == (remark.remote_id, item.remote_id, "", False)
    assert "0912345678" not in row.text and row.scored_at is None and remark.author_id not in row.author_hash
    clock.forward(seconds=5)
    remark.text = "Đường ngập rồi"
    facebook.tell_remark(item, remark, "edited")
    await facebook.send_due()
    await called.worker.turn()
    (row,) = await called.mentions()
    assert (row.text, row.deleted_at) == ("Đường ngập rồi", None)
    clock.forward(seconds=5)
    facebook.tell_remark(item, remark, "remove")
    await facebook.send_due()
    await called.worker.turn()
    (row,) = await called.mentions()
    assert row.deleted_at == clock()


async def test_our_own_comment_comes_back_as_our_own(
    called: Called, facebook: FacebookSandbox, clock: FakeClock
) -> None:
    item = history(facebook)
    facebook.add_remark(item.remote_id, "Lan", "Bao giờ có nước?", clock())
    async with called.http.post(
        f"{facebook.url}/v26.0/{item.remote_id}/comments", data={"access_token": "p", "message": "Sáng mai ạ"}
    ) as answer:
        assert answer.status == 200
    await facebook.send_due()
    await called.worker.turn()
    asked, ours = await called.mentions()
    assert (asked.own, ours.own, ours.text) == (False, True, "Sáng mai ạ")
    assert ours.scored_at is not None, "our own words are not scored"


async def test_a_post_made_by_hand_is_followed_and_one_of_ours_is_not_followed_twice(
    called: Called, facebook: FacebookSandbox, clock: FakeClock
) -> None:
    facebook.tell_item(history(facebook), "add")
    await facebook.send_due()
    await called.worker.turn()
    (item,) = await called.rows(ChannelItem)
    assert (item.remote_id, item.text) == (f"{PAGE}_5", "Thông báo cắt nước")
    assert item.next_comments_at == clock() + timedelta(minutes=10)


async def test_zalos_messages_and_echoes(called: Called, zalo: ZaloSandbox, clock: FakeClock) -> None:
    zalo.follow(OA, "Lan", clock())
    told = zalo.add_message(OA, "Lan", "Bao giờ có nước?", clock())
    zalo.add_message(OA, "Lan", "ảnh ngập", clock(), kind="photo", more={"url": "https://x.example/1.jpg"})
    async with called.http.post(
        f"{zalo.url}/v3.0/oa/message/cs",
        json={"recipient": {"message_id": told.remote_id}, "message": {"text": "Sáng mai ạ"}},
        headers={"access_token": zalo.accounts[OA].extra["access"]},
    ) as answer:
        assert (await answer.json())["error"] == 0
    await zalo.send_due()
    assert not zalo.events, "every event was taken"
    await called.worker.turn()
    assert [row.text for row in await called.mentions()] == ["Bao giờ có nước?", "ảnh ngập"]
    assert {row.item_id for row in await called.mentions()} == {""}
    assert not await called.rows(ReplyAddress), "Zalo itself knows whom an answer goes to"


async def test_vibers_messages_and_subscribers(called: Called, viber: ViberSandbox, clock: FakeClock) -> None:
    lan, minh = viber.add_user(BOT, "Lan"), viber.add_user(BOT, "Minh")
    viber.say(BOT, lan.user_id, "Đường ngập")
    viber.subscribe(BOT, minh.user_id)
    viber.start_conversation(BOT, viber.add_user(BOT, "Hoa").user_id)
    await viber.deliver()
    assert not viber.callbacks
    await called.worker.turn()
    (row,) = await called.mentions()
    assert row.text == "Đường ngập"
    parts = called.office.parts
    receivers = StoredReceivers(parts.db, parts.vault, parts.now, await called.account("viber_bot"))
    assert await receivers.author(row.remote_id) == lan.user_id and await receivers.author("another") == ""
    found = await receivers.between(0, await receivers.last(), 300)
    assert [one.id for one in found] == [lan.user_id, minh.user_id] and lan.user_id not in repr(found)
    assert all(lan.user_id not in repr(s) for s in (*await called.subscribers(), *await called.rows(ReplyAddress)))
    clock.forward(seconds=1)
    viber.unsubscribe(BOT, lan.user_id)
    await viber.deliver()
    await called.worker.turn()
    assert [one.id for one in await receivers.between(0, await receivers.last(), 300)] == [minh.user_id]
    gone = (await called.subscribers())[0]
    assert gone.left_at == clock() and not gone.sealed, "the id of whoever leaves is forgotten"


async def test_our_own_post_is_followed_once_however_late_it_is_known_to_be_out(
    called: Called, facebook: FacebookSandbox, clock: FakeClock
) -> None:
    """A clip is told of while Loa still asks how far it is; nothing more is told until it knows."""
    value = {"from": {"id": PAGE}, "item": "video", "verb": "add", "post_id": f"{PAGE}_5", "message": "Phim"}
    at = int(clock().timestamp())
    assert await called.facebook({"id": PAGE, "time": at, "changes": [{"field": "feed", "value": value}]}) == 200
    await called.worker.turn()
    assert [i.remote_id for i in await called.rows(ChannelItem)] == [f"{PAGE}_5"]
    clock.forward(seconds=300)
    await called.worker.turn()
    office, made = called.office, clock()
    async with office.parts.db.write() as session:
        author = office.people["author"].user_id
        post = Post(organisation_id=office.id, title="x", author_id=author, created_at=made, updated_at=made)
        session.add(post)
        await session.flush()
        variant = Variant(post_id=post.id or 0, channel="facebook", text="Phim")
        session.add(variant)
        await session.flush()
        session.add(
            Delivery(
                post_id=post.id or 0, variant_id=variant.id or 0, account_id=office.accounts["facebook"],
                channel="facebook", state="sent", due_at=made, next_at=made, sent_at=made, remote_id="5",
            )
        )  # fmt: skip
    clock.forward(seconds=61)
    await called.worker.turn()
    assert not await called.rows(ChannelItem)
