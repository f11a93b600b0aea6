"""Articles sent to followers: to whom, when, once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from channels.base import AccountRef, Content, Endpoints, Outgoing, Sent, Usage
from channels.errors import QuotaReached, Rejected, Unclear, Unreachable
from channels.http import Door
from channels.sandbox.core import Account
from channels.sandbox.zalo import ZaloSandbox
from channels.zalo import ZaloChannel
from channels.zalo.broadcast import OPTIONS
from tests.channels.zalo.wire import adapter, composed, picture_at, published
from tests.conftest import FakeClock


def broadcast(target: str, **options: str) -> Outgoing:
    return composed(options={"form": "broadcast", "target": target, **options})


async def article(channel: ZaloChannel, files: str, title: str = "Lịch") -> str:
    return (await published(channel, composed(picture_at(f"{files}/a.jpg"), title=title))).remote_id


def test_what_the_author_chose_goes_out_by_itself_after_the_article() -> None:
    options = {"broadcast": "true", "broadcast_cities": "20,34", "broadcast_gender": "2", "status": "show"}
    [follows] = ZaloChannel.follow_ups(Content("Lời", "Tên", options=options))
    assert follows.options == {"form": "broadcast", "broadcast_cities": "20,34", "broadcast_gender": "2"}
    with_target = Content(follows.text, follows.title, options={**follows.options, "target": "art_1"})
    out = ZaloChannel.compose(with_target, AccountRef("zalo", "1"))
    assert (out.form, out.media, out.payload) == ("broadcast", (), {
        "recipient": {"target": {"gender": "2", "cities": "20,34"}},
        "message": {"attachment": {"type": "template", "payload": {"template_type": "media", "elements": [
            {"media_type": "article", "attachment_id": "art_1"}]}}},
    })  # fmt: skip
    assert ZaloChannel.review(with_target) == []
    for none in ({}, {"broadcast": ""}, {"broadcast": "true", "form": "edit"}):
        assert ZaloChannel.follow_ups(Content("Lời", "Tên", options=none)) == []


@pytest.mark.parametrize(
    ("options", "target"),
    [
        ({}, {}),
        ({"gender": "0"}, {}),
        ({"ages": "0, 7", "platform": "1,3"}, {"ages": "0,7", "platform": "1,3"}),
        ({"locations": "2"}, {"locations": "2"}),
        ({"locations": "2", "cities": "63"}, {"cities": "63"}),
    ],
)
def test_only_what_limits_the_readers_is_sent(options: dict[str, str], target: dict[str, str]) -> None:
    out = broadcast("art_1", **{f"broadcast_{name}": value for name, value in options.items()})
    assert out.payload["recipient"]["target"] == target


def test_the_choices_have_zalos_codes() -> None:
    labels = {o.name: {code: told.vi for code, told in o.choices} for o in OPTIONS}
    cities = labels["broadcast_cities"]
    assert {code: cities[code] for code in ("0", "4", "9", "20", "34", "49", "62", "63")} == {
        "0": "Đồng Tháp", "4": "Hồ Chí Minh", "9": "Hà Nội", "20": "Đà Nẵng", "34": "Quảng Nam",
        "49": "Bà Rịa-Vũng Tàu", "62": "Tuyên Quang", "63": "Ngoài Việt Nam"}  # fmt: skip
    assert [len(labels[f"broadcast_{name}"]) for name in ("ages", "gender", "locations", "platform")] == [8, 3, 3, 3]
    assert labels["broadcast_platform"] == {"1": "iOS", "2": "Android", "3": "Windows Phone"}
    assert len(set(cities.values())) == len(cities) == 64


@pytest.mark.parametrize(
    ("now", "goes"),
    [
        ("2026-11-24T05:59:00+07:00", "2026-11-24T06:05:00+07:00"), ("2026-11-24T06:05:00+07:00", None),
        ("2026-11-24T21:59:59+07:00", None), ("2026-11-24T22:00:00+07:00", "2026-11-25T06:05:00+07:00"),
        ("2026-12-31T17:00:00+00:00", "2027-01-01T06:05:00+07:00"),
    ],
)  # fmt: skip
def test_it_goes_by_day(now: str, goes: str | None) -> None:
    at = datetime.fromisoformat(now)
    assert ZaloChannel.not_before("broadcast", at) == datetime.fromisoformat(goes or now)
    assert ZaloChannel.not_before("article", at) == at


async def test_an_article_goes_to_the_followers_it_was_meant_for(
    platform: ZaloSandbox, door: Door, clock: FakeClock, oa: Account, files: str
) -> None:
    channel = adapter(platform, door, clock)
    lan = platform.follow(oa.remote_id, "Lan", clock())
    made = [await article(channel, files, f"Số {n}") for n in range(2)]
    sent = await channel.submit(broadcast(",".join(made), broadcast_gender="0"), {})
    kept = platform.broadcasts[sent.remote_id]
    assert (sent.processing, kept.articles, kept.receivers) == (False, tuple(made), (lan.user_id,))
    with pytest.raises(QuotaReached) as again:
        await channel.submit(broadcast(made[0]), {})
    assert again.value.code == "-218"
    assert again.value.retry_after_s == 16 * 3600 + 300, "tomorrow; the claim waits for six o'clock"


@pytest.mark.parametrize("said", ["", "1", "4", "viele"])
async def test_each_counts_against_the_months_quota_until_the_next_month(
    said: str, scripted: Any, door: Door, clock: FakeClock
) -> None:
    heard = list[Usage]()
    scripted.says({"error": 0, "data": {"message_id": "bc_1"}})
    channel = at(scripted.url, door, clock, heard, said)
    assert await channel.submit(broadcast("art_1"), {}) == Sent(remote_id="bc_1")
    [word] = heard
    assert (word.key, word.most, word.spent) == ("zalo:broadcasts:1", 4.0 if said == "4" else 0.0, 1.0)
    assert word.resets_at == datetime(2026, 11, 30, 17, tzinfo=UTC)
    costs = ZaloChannel.costs(broadcast("art_1"), channel.account, {})
    assert costs == {"zalo:calls:1": 1.0, "zalo:broadcasts:1": 1.0}


def at(url: str, door: Door, clock: FakeClock, heard: list[Usage], said: str = "") -> ZaloChannel:
    settings, held = {"app_id": "42", "month_broadcasts": said}, {"access_token": "AT-1"}
    ref = AccountRef("zalo", "1", "UBND", settings, held)
    ends = Endpoints(zalo=url, zalo_oauth=url)
    return ZaloChannel(ref, door=door, endpoints=ends, now=clock, tell_usage=heard.append)


async def test_what_is_used_up_holds_back_broadcasts_alone(scripted: Any, door: Door, clock: FakeClock) -> None:
    heard = list[Usage]()
    scripted.says({"error": -211, "message": "quota"})
    with pytest.raises(QuotaReached):
        await at(scripted.url, door, clock, heard).submit(broadcast("art_1"), {})
    assert [(u.key, u.blocked_until) for u in heard] == [
        ("zalo:broadcasts:1", clock() + timedelta(hours=16, minutes=5))]  # fmt: skip


@pytest.mark.parametrize("code", [-221, -223, -224, -233, -235, -201])
async def test_what_is_missing_for_a_broadcast_stops_no_article(
    code: int, scripted: Any, door: Door, clock: FakeClock
) -> None:
    scripted.says({"error": code, "message": "no"})
    with pytest.raises(Rejected) as refused:
        await at(scripted.url, door, clock, []).submit(broadcast("art_1"), {})
    assert (refused.value.code, refused.value.told.vi != "") == (str(code), True)


async def test_an_article_whose_media_are_not_there_yet_is_sent_later(
    scripted: Any, door: Door, clock: FakeClock
) -> None:
    scripted.says({"error": -214, "message": "processing"})
    with pytest.raises(Unreachable):
        await at(scripted.url, door, clock, []).submit(broadcast("art_1"), {})


@pytest.mark.parametrize("body", ["<html>", {"error": 0}, {"error": 0, "data": {}}, {"error": -9}])
async def test_what_became_of_an_unclear_one_nobody_can_read(
    body: Any, scripted: Any, door: Door, clock: FakeClock
) -> None:
    scripted.says(body)
    channel = at(scripted.url, door, clock, [])
    with pytest.raises(Unclear):
        await channel.submit(broadcast("art_1"), {})
    assert len(scripted.calls) == 1
    assert (channel.finds("broadcast"), channel.finds("article"), channel.finds("edit")) == (False, True, True)


async def test_by_night_zalo_refuses_and_it_waits_for_the_morning(
    platform: ZaloSandbox, door: Door, clock: FakeClock, files: str
) -> None:
    channel = adapter(platform, door, clock)
    made = await article(channel, files)
    clock.forward(hours=14)
    with pytest.raises(QuotaReached) as later:
        await channel.submit(broadcast(made), {})
    assert (later.value.code, later.value.retry_after_s) == ("-234", 8 * 3600 + 300)
