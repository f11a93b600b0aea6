"""The Viber bot's adapter over real HTTP: batches, whom they did not reach, and answers to who wrote."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from channels.base import REPLY, AccountRef, Can, Content, Endpoints, MediaFile, Notes, Outgoing, Usage
from channels.errors import AuthLost, ChannelError, QuotaReached, Rejected, Throttled, Unclear
from channels.http import Door
from channels.receivers import Reached, Receiver
from channels.sandbox.core import Account
from channels.sandbox.viber import ViberSandbox
from channels.viber import ViberBot
from channels.viber.batches import MOST_BODY, fitting, size
from tests.channels.scripted import Scripted
from tests.conftest import FakeClock

TOKEN = "4f-bot-token"
JPG = MediaFile(
    Path("a.jpg"), "picture", "image/jpeg", 900, "0" * 64, alt_text="Ảnh", public_url="https://x.example/a.jpg"
)
PNG = replace(JPG, mime="image/png", public_url="https://x.example/a.png")
MP4 = MediaFile(Path("a.mp4"), "clip", "video/mp4", 900, "1" * 64, duration_s=5.9, public_url="https://x.example/a.mp4")
TEXT = Content("Cắt nước", link="https://binhson.example/tin")
SENDER = {"name": "UBND tỉnh Bình Sơn"}


class Known:
    """Subscribers by number, as the store keeps them."""

    def __init__(self, ids: Collection[str] = ()) -> None:
        self.ids = dict(enumerate(ids, 1))
        self.authors: dict[str, str] = {}
        self.read: dict[str, Reached] = {}
        self.week: tuple[datetime, datetime] | None = None

    async def last(self) -> int:
        return max(self.ids, default=0)

    async def between(self, after: int, last: int, most: int) -> Sequence[Receiver]:
        return [Receiver(n, i) for n, i in sorted(self.ids.items()) if after < n <= last][:most]

    async def forget(self, ids: Collection[str]) -> None:
        self.ids = {n: i for n, i in self.ids.items() if i not in ids}

    async def author(self, message_id: str) -> str:
        return self.authors.get(message_id, "")

    async def reached(self, message_id: str) -> Reached | None:
        return self.read.get(message_id)

    async def saw(self, since: datetime, until: datetime) -> int | None:
        self.week = (since, until)
        return 12 if self.read else None


class Adapter:
    """Opens an adapter for one bot at an address; keeps what it tells of limits."""

    def __init__(self, door: Door, clock: FakeClock) -> None:
        self.door, self.clock = door, clock
        self.receivers = Known()
        self.told: list[Usage] = []

    def __call__(self, url: str, secret: str = TOKEN, **settings: str) -> ViberBot:
        return ViberBot(
            ref(**settings, secrets={"auth_token": secret}), door=self.door, endpoints=Endpoints(viber=url),
            now=self.clock, receivers=self.receivers, tell_usage=self.told.append,
        )  # fmt: skip

    async def send(self, url: str, out: Outgoing, notes: Notes | None = None) -> list[Notes]:
        """Send a message to its end as the deliveries do; return the notes that each batch ended with."""
        bot, ended = self(url), list[Notes]()
        left: Notes | None = notes or {}
        while left is not None:
            decided = await self.prepared(bot, out, left, [])
            ended.append({**decided, **(await bot.submit(out, decided)).notes})
            left = bot.rest(out, ended[-1])
        return ended

    async def prepared(self, bot: ViberBot, out: Outgoing, notes: Notes, saved: list[Notes]) -> Notes:
        async def save(merged: Notes) -> None:
            saved.append(merged)

        return await bot.prepare(out, notes, save)


def ref(secrets: Mapping[str, str] | None = None, **settings: str) -> AccountRef:
    return AccountRef("viber_bot", "pa:7", "UBND tỉnh Bình Sơn", settings, secrets or {})


def composed(content: Content, **settings: str) -> Outgoing:
    return ViberBot.compose(content, ref(**settings))


@pytest.fixture
async def viber(clock: FakeClock) -> AsyncIterator[ViberSandbox]:
    platform = ViberSandbox(now=clock, seed=1)
    await platform.start()
    yield platform
    await platform.stop()


@pytest.fixture
def bot(viber: ViberSandbox) -> Account:
    return viber.add_bot("pa:7", "Bot", TOKEN, webhook="https://loa.example/b")


@pytest.fixture
def opened(door: Door, clock: FakeClock) -> Adapter:
    return Adapter(door, clock)


def subscribe(viber: ViberSandbox, opened: Adapter, count: int, **state: Any) -> list[str]:
    names = [f"người {len(viber.users('pa:7')) + n}" for n in range(count)]
    ids = [viber.add_user("pa:7", name, subscribed=True, **state).user_id for name in names]
    opened.receivers = Known([*opened.receivers.ids.values(), *ids])
    return ids


# -- to all -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (TEXT, {"type": "text", "text": "Cắt nước\nhttps://binhson.example/tin"}),
        (Content("", link="https://x.example/tin"), {"type": "url", "media": "https://x.example/tin"}),
        (replace(TEXT, link="", media=(PNG, JPG)), {"type": "picture", "text": "Cắt nước", "media": PNG.public_url}),
        (Content("", media=(JPG,)), {"type": "picture", "text": "", "media": JPG.public_url}),
        (Content("Phim", media=(MP4,)), {"type": "video", "media": MP4.public_url, "size": 900, "duration": 5}),
    ],
)
async def test_what_was_composed_is_what_each_subscriber_gets(
    content: Content, said: dict[str, Any], viber: ViberSandbox, bot: Account, opened: Adapter
) -> None:
    out = composed(content)
    assert out.payload == {"min_api_version": 1, "sender": SENDER, **said}
    ids = subscribe(viber, opened, 3)
    [notes] = await opened.send(viber.url, out)
    assert [(m.user_id, m.payload) for m in viber.messages] == [(i, out.payload) for i in ids]
    assert notes == {"after": "0", "to": "3", "top": "3", "count": "3", "reached": "3", "missed": "0"}
    assert not any(i in json.dumps([notes, out.payload]) for i in ids)
    assert viber.calls == {"POST /pa/broadcast_message": 1}


async def test_a_batch_has_three_hundred_and_each_is_sent_once(
    viber: ViberSandbox, bot: Account, opened: Adapter
) -> None:
    ids = subscribe(viber, opened, 650)
    batches = await opened.send(viber.url, composed(TEXT))
    assert [(n["after"], n["to"], n["reached"]) for n in batches] == [
        ("0", "300", "300"), ("300", "600", "300"), ("600", "650", "50"),
    ]  # fmt: skip
    assert [m.user_id for m in viber.messages] == ids


async def test_after_a_crash_it_goes_on_with_the_batch_that_was_decided(
    viber: ViberSandbox, bot: Account, opened: Adapter
) -> None:
    """The notes of the second batch were saved and nothing was sent: the same batch goes out, and no earlier one."""
    ids, saved = subscribe(viber, opened, 650), list[Notes]()
    out, adapter = composed(TEXT), opened(viber.url)
    first = await opened.prepared(adapter, out, {}, saved)
    rest = adapter.rest(out, {**first, **(await adapter.submit(out, first)).notes})
    assert rest is not None
    await opened.prepared(adapter, out, rest, saved)
    subscribe(viber, opened, 5)
    again = await opened.send(viber.url, out, saved[-1])
    assert [(n["after"], n["to"]) for n in again] == [("300", "600"), ("600", "650")]
    assert [m.user_id for m in viber.messages] == ids


async def test_who_subscribes_meanwhile_gets_the_next_message_and_who_leaves_gets_nothing(
    viber: ViberSandbox, bot: Account, opened: Adapter
) -> None:
    ids, saved = subscribe(viber, opened, 301), list[Notes]()
    out, adapter = composed(TEXT), opened(viber.url)
    first = await opened.prepared(adapter, out, {}, saved)
    rest = adapter.rest(out, {**first, **(await adapter.submit(out, first)).notes})
    assert rest == {"after": "300", "top": "301"}
    subscribe(viber, opened, 1)
    await opened.receivers.forget([ids[300]])
    [notes] = await opened.send(viber.url, out, rest)
    assert (notes["count"], notes["to"], notes["reached"]) == ("0", "301", "0")
    assert (len(viber.messages), viber.calls["POST /pa/broadcast_message"]) == (300, 1)


async def test_a_lost_answer_is_unclear_and_the_batch_is_not_sent_again(
    viber: ViberSandbox, bot: Account, opened: Adapter
) -> None:
    subscribe(viber, opened, 3)
    viber.fail_next("drop_after", match="/pa/broadcast_message")
    with pytest.raises(Unclear):
        await opened.send(viber.url, composed(TEXT))
    assert (len(viber.messages), viber.calls["POST /pa/broadcast_message"]) == (3, 1)


async def test_nobody_to_write_to_is_told_before_anything_is_sent(
    viber: ViberSandbox, bot: Account, opened: Adapter
) -> None:
    with pytest.raises(Rejected) as caught:
        await opened.send(viber.url, composed(TEXT))
    assert "theo dõi" in caught.value.told.vi and not viber.calls


def test_a_long_text_goes_to_fewer_at_a_time() -> None:
    payload = composed(Content("ữ" * 7000)).payload
    batch = fitting(payload, [Receiver(n, "A" * 30 + "==") for n in range(300)])
    assert 200 < len(batch) < 300
    body = {"broadcast_list": [r.id for r in batch], **payload}
    assert size(body) <= MOST_BODY < size({**body, "broadcast_list": [*body["broadcast_list"], "A" * 32]})


async def test_those_it_does_not_reach_are_counted_and_who_left_is_forgotten(
    viber: ViberSandbox, bot: Account, opened: Adapter
) -> None:
    well = subscribe(viber, opened, 2)
    gone, old = subscribe(viber, opened, 1, gone=True), subscribe(viber, opened, 1, devices=0)
    away = viber.add_user("pa:7", "đã bỏ theo dõi", met=True).user_id
    opened.receivers = Known([*well, *gone, *old, away])
    [notes] = await opened.send(viber.url, composed(TEXT))
    assert (notes["reached"], notes["missed"]) == ("2", "3")
    assert [*opened.receivers.ids.values()] == [*well, *old]


async def test_an_answer_without_failed_list_is_that_all_were_reached(
    viber: ViberSandbox, bot: Account, opened: Adapter
) -> None:
    viber.tells_failed = False
    subscribe(viber, opened, 2, gone=True)
    [notes] = await opened.send(viber.url, composed(TEXT))
    assert (notes["reached"], notes["missed"], len(opened.receivers.ids)) == ("2", "0", 2)


@pytest.mark.parametrize(
    ("statuses", "kind"), [((12, 12), Throttled), ((6, 12), Throttled), ((11, 11), Rejected), ((99, 99), Unclear)]
)
async def test_a_batch_that_reached_nobody_is_no_success(
    statuses: tuple[int, int], kind: type[ChannelError], scripted: Scripted, opened: Adapter
) -> None:
    opened.receivers = Known(["a==", "b=="])
    failed = [{"receiver": r, "status": s} for r, s in zip(("a==", "b=="), statuses, strict=True)]
    scripted.says({"status": 0, "message_token": 1, "failed_list": failed})
    with pytest.raises(kind):
        await opened.send(scripted.url, composed(TEXT))
    assert len(scripted.calls) == 1


@pytest.mark.parametrize("odd", [None, "x", [], ["x", {}, {"receiver": 5, "status": None}, {"receiver": "z"}]])
async def test_an_odd_failed_list_takes_nothing_back(odd: Any, scripted: Scripted, opened: Adapter) -> None:
    opened.receivers = Known(["a==", "b=="])
    scripted.says({"status": 0, "message_token": 5741311803571721087, "failed_list": odd})
    [notes] = await opened.send(scripted.url, composed(TEXT))
    assert notes["reached"] == "2"


async def test_a_missing_webhook_is_set_where_its_address_is_known(
    viber: ViberSandbox, bot: Account, opened: Adapter
) -> None:
    bot.extra["webhook"] = ""
    subscribe(viber, opened, 1)
    with pytest.raises(AuthLost):
        await opened.send(viber.url, composed(TEXT))
    out, adapter = composed(TEXT), opened(viber.url, webhook="https://loa.example/b")
    await adapter.submit(out, {"after": "0", "to": "1", "top": "1"})
    assert (bot.extra["webhook"], len(viber.messages)) == ("https://loa.example/b", 1)


async def test_what_was_written_for_a_channel_is_not_sent_by_a_bot(
    viber: ViberSandbox, bot: Account, opened: Adapter
) -> None:
    with pytest.raises(Rejected):
        await opened(viber.url).submit(Outgoing("viber_bot", "post", {"type": "text", "text": "t"}), {})
    assert not viber.calls


# -- what it costs ----------------------------------------------------------------------------------------------------


async def test_the_months_messages_are_counted_by_who_was_reached(
    viber: ViberSandbox, bot: Account, opened: Adapter
) -> None:
    subscribe(viber, opened, 2)
    subscribe(viber, opened, 1, gone=True)
    out, adapter = composed(TEXT), opened(viber.url, messages_a_month="1000")
    notes = await opened.prepared(adapter, out, {}, [])
    assert ViberBot.costs(out, adapter.account, {}) == {"viber:calls:pa:7": 1.0, "viber:messages:pa:7": 1.0}
    assert ViberBot.costs(out, adapter.account, notes)["viber:messages:pa:7"] == 3.0
    await adapter.submit(out, notes)
    [usage] = opened.told
    assert (usage.key, usage.most, usage.spent) == ("viber:messages:pa:7", 1000.0, 2.0)
    assert usage.resets_at is not None and usage.resets_at.isoformat() == "2026-12-01T00:00:00+00:00"


async def test_used_up_messages_block_the_month(viber: ViberSandbox, opened: Adapter) -> None:
    viber.add_bot("pa:7", "Bot", TOKEN, webhook="https://loa.example/b", free=0)
    subscribe(viber, opened, 1)
    with pytest.raises(QuotaReached):
        await opened(viber.url, messages_a_month="9").submit(composed(TEXT), {"after": "0", "to": "1", "top": "1"})
    assert {usage.most for usage in opened.told} == {9.0}
    [blocked] = [u for u in opened.told if u.blocked_until]
    assert (blocked.key, blocked.unit) == ("viber:messages:pa:7", "messages")


# -- answers to citizens ----------------------------------------------------------------------------------------------


def answer(text: str, target: str) -> Outgoing:
    return composed(Content(text, options={"form": REPLY, "target": target}))


async def test_who_wrote_is_answered_in_the_conversation(
    viber: ViberSandbox, bot: Account, opened: Adapter, clock: FakeClock
) -> None:
    user = viber.add_user("pa:7", "Lan")
    asked = viber.say("pa:7", user.user_id, "ngập")
    opened.receivers.authors[asked.remote_id] = user.user_id
    out = answer("Đã nhận, cảm ơn bà.", asked.remote_id)
    assert out.form == REPLY and user.user_id not in json.dumps(out.payload)
    assert not ViberBot.follow_ups(Content("x", options={"form": REPLY}))
    sent = await opened(viber.url).submit(out, {})
    [message] = viber.messages
    assert (str(message.token), message.user_id, message.billing_status) == (sent.remote_id, user.user_id, 1)
    assert message.payload == {"min_api_version": 1, "sender": SENDER, "type": "text", "text": "Đã nhận, cảm ơn bà."}
    assert viber.calls == {"POST /pa/send_message": 1}
    assert opened(viber.url).rest(out, {}) is None and not opened(viber.url).prepares(out)


async def test_an_answer_to_somebody_whose_address_is_gone_is_not_sent(
    viber: ViberSandbox, bot: Account, opened: Adapter
) -> None:
    with pytest.raises(Rejected) as caught:
        await opened(viber.url).submit(answer("Vâng", "123"), {})
    assert "ứng dụng" in caught.value.told.vi and not viber.calls


async def test_an_answer_that_is_lost_is_unclear(viber: ViberSandbox, bot: Account, opened: Adapter) -> None:
    [user_id] = subscribe(viber, opened, 1)
    opened.receivers.authors["9"] = user_id
    viber.fail_next("drop_after", match="/pa/send_message")
    with pytest.raises(Unclear):
        await opened(viber.url).submit(answer("Vâng", "9"), {})
    assert len(viber.messages) == 1


# -- the account ------------------------------------------------------------------------------------------------------


async def test_a_bot_counts_its_subscribers(viber: ViberSandbox, bot: Account, opened: Adapter) -> None:
    subscribe(viber, opened, 2)
    until = opened.clock()
    followers, reach = await opened(viber.url).read_account_metrics(until - timedelta(days=1), until)
    assert (followers.name, followers.value, followers.day) == ("followers", 2, "2026-11-24")
    assert (reach.name, reach.value, reach.period) == ("reach", None, "week"), "not told is not zero"
    health = await opened(viber.url).check_account()
    assert (health.ok, health.followers, health.concerns, health.name) == (True, 2, (), "Bot")


async def test_a_bot_without_webhook_is_deaf_and_that_is_told(
    viber: ViberSandbox, bot: Account, opened: Adapter
) -> None:
    bot.extra["webhook"] = ""
    assert [c.code for c in (await opened(viber.url).check_account()).concerns] == ["webhook"]


# -- review -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "codes"),
    [
        (Content("x" * 7000), []),
        (Content("x" * 7001), ["text_too_long"]),
        (Content("\x01" * 6000), ["message_too_big"]),
        (Content("x" * 512, media=(JPG,)), []),
        (Content("x" * 513, media=(JPG,)), ["text_too_long"]),
        (Content("", media=(PNG,)), []),
        (Content("", media=(replace(PNG, public_url="https://x.example/a.gif"),)), ["picture_address"]),
        (Content("", media=(replace(MP4, size=27_262_977),)), ["clip_too_big"]),
        (Content("x", options={"form": REPLY}), []),
        (Content("x" * 7001, options={"form": REPLY}), ["text_too_long"]),
    ],
)
def test_what_would_be_refused_is_told_before(content: Content, codes: list[str]) -> None:
    assert [problem.code for problem in ViberBot.review(content)] == codes


def test_nobodys_name_or_id_is_put_into_a_text_by_viber() -> None:
    nested = "replace_me_with_replace_me_with_user_nameuser_name"
    out = composed(Content(f"Kính gửi {nested}!", link="https://x.example/?u=replace_me_with_receiver_id"))
    assert out.payload["text"] == "Kính gửi !\nhttps://x.example/?u="


def test_a_senders_name_has_twenty_eight_characters_and_a_picture_where_one_is_set() -> None:
    out = composed(TEXT, sender_name="Ủy ban nhân dân tỉnh Bình Sơn mới", avatar="https://x.example/a.jpg")
    assert out.payload["sender"] == {"name": "Ủy ban nhân dân tỉnh Bình Sơ", "avatar": "https://x.example/a.jpg"}


def test_a_bots_abilities() -> None:
    assert {Can.BROADCAST, Can.REPLY, Can.PICTURES} <= ViberBot.can and Can.READ_INBOX in ViberBot.cannot


async def test_figures_of_a_post_are_what_the_webhook_told(viber: ViberSandbox, bot: Account, opened: Adapter) -> None:
    adapter = opened(viber.url)
    assert [m.value for m in await adapter.read_metrics("77")] == [None, None]
    opened.receivers.read["77"] = Reached(delivered=30, seen=12)
    found = [(m.name, m.value, m.unit, m.definition) for m in await adapter.read_metrics("77")]
    assert found == [("delivered", 30, "people", "viber:delivered"), ("reach", 12, "people", "viber:seen")]
    assert await adapter.read_items(opened.clock()) == (), "what was sent before Loa cannot be listed"


async def test_a_week_of_a_bot_ends_with_yesterday(viber: ViberSandbox, bot: Account, opened: Adapter) -> None:
    opened.receivers.read["77"] = Reached(30, 12)
    until = datetime(2026, 11, 23, 0, 5, tzinfo=UTC)
    reach = (await opened(viber.url).read_account_metrics(until - timedelta(days=8), until))[-1]
    assert (reach.value, reach.unit, reach.definition, reach.day) == (12, "people", "viber:seen", "2026-11-22")
    assert opened.receivers.week == (datetime(2026, 11, 16, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=UTC))
