"""What Zalo's stand-in sends to followers: to whom, how often, and what its page tells of it."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from channels.sandbox.zalo.broadcasts import Broadcast
from channels.sandbox.zalo.target import Traits, crowd, meant
from tests.channels.sandbox.conftest import assert_refused_by
from tests.channels.sandbox.test_zalo import OLD, Oa, oa, template

__all__ = ["oa"]

HERE = Traits(age=3, gender=2, city=20, platform=1)


async def sent(oa: Oa, article: str, **target: Any) -> Broadcast:
    made = (await oa.broadcast(article, **target))["data"]["message_id"]
    return oa.platform.broadcasts[made]


def follower(oa: Oa, name: str, traits: Traits = HERE) -> str:
    user = oa.follower(name)
    oa.platform.people[oa.id][user].traits = traits
    return user


async def test_a_broadcast_leaves_out_who_had_his_share(oa: Oa) -> None:
    oa.extra["month_promotions"] = 2
    lan, article = follower(oa, "Lan"), await oa.publish()
    oa.hear("Không theo dõi")
    target = {"gender": 0, "cities": "20,34", "ages": "3,7", "locations": "2", "platform": "1,3"}
    first = await sent(oa, article, **target)
    minh = follower(oa, "Minh")
    second = await sent(oa, article)
    assert (first.receivers, second.receivers) == ((lan,), (minh,))
    assert (first.articles, first.target) == ((article,), target)
    assert 1 < first.reached == first.meant < second.reached
    assert second.meant - second.reached == first.reached
    assert second.meant == oa.account.followers
    oa.later(days=1)
    assert (await sent(oa, article)).reached == oa.account.followers
    oa.later(days=1)
    await oa.broadcast(article)
    assert_refused_by(oa.platform, "receiver_quota")
    oa.later(days=7)
    assert (await oa.broadcast(article))["error"] == 0, "another month"


async def test_it_goes_to_whom_it_is_meant_for(oa: Oa) -> None:
    article = await oa.publish()
    here, away = follower(oa, "Lan"), follower(oa, "Mai", Traits(age=7, gender=2, city=9, platform=1))
    assert (await sent(oa, article, cities="9")).receivers == (away,)
    assert (await sent(oa, article, locations="1", gender="2")).receivers == (here,)
    oa.later(days=1)
    assert (await sent(oa, article, gender="1")).receivers == ()


async def test_five_articles_go_in_one_broadcast(oa: Oa) -> None:
    made = [await oa.publish(title=f"Số {n}", status="hide") for n in range(5)]
    elements = [{"media_type": "article", "attachment_id": a} for a in made]
    await oa.say({"target": {}}, template("media", *elements), OLD)
    assert next(iter(oa.platform.broadcasts.values())).articles == tuple(made)


async def test_the_package_gives_so_many_a_month(oa: Oa) -> None:
    oa.extra["month_broadcasts"], article = 1, await oa.publish()
    await sent(oa, article)
    oa.later(days=1)
    await oa.broadcast(article)
    assert_refused_by(oa.platform, "broadcast_quota")
    oa.later(days=7)
    await sent(oa, article)


@pytest.mark.parametrize(
    ("target", "takes"),
    [
        ({}, True), ({"gender": 0}, True), ({"gender": "2"}, True), ({"gender": 1}, False), ({"ages": "0,3"}, True),
        ({"ages": 4}, False), ({"cities": "9,20"}, True), ({"cities": "9"}, False), ({"locations": "1"}, True),
        ({"locations": "0,2"}, False), ({"locations": "0", "cities": "20"}, True), ({"platform": "2,3"}, False),
        ({"platform": "1", "ages": "3", "gender": "2", "cities": "20"}, True), ({"platform": "1", "ages": "4"}, False),
    ],
)  # fmt: skip
def test_targets_are_held_against_what_is_known_of_a_follower(target: dict[str, Any], takes: bool) -> None:
    assert meant(target, HERE) is takes


def test_every_city_lies_in_one_third_of_the_country() -> None:
    regions = Counter(Traits(3, 1, city, 1).region for city in range(64))
    assert regions == {0: 25, 1: 19, 2: 19, None: 1}
    assert [Traits(3, 1, city, 1).region for city in (9, 20, 4, 63)] == [0, 1, 2, None]


def test_a_crowd_has_so_many_followers_and_is_the_same_each_time() -> None:
    assert crowd("a", 88_400).total() == 88_400
    assert crowd("a", 88_400) == crowd("a", 88_400) != crowd("b", 88_400)
    assert (crowd("a", 7).total(), crowd("a", 0).total()) == (7, 0)


async def test_the_page_tells_who_got_it_in_numbers(oa: Oa) -> None:
    images = [{"type": "image", "url": f"{oa.files}/b.png", "caption": "Điểm <b>tiêm</b>"}] * 2
    article = await oa.publish(title="<Lịch>", body=[{"type": "text", "content": "<p>Lời</p>"}, *images])
    before = oa.platform.page()
    assert "Gửi tới người quan tâm" not in before
    assert "3 hình / pictures" in before and "Điểm &lt;b&gt;tiêm" in before and "<b>tiêm" not in before
    one, two = await sent(oa, article, ages="7"), await sent(oa, article)
    page = oa.platform.page()
    assert f"{one.reached} người nhận / receivers · 0 đã đủ lượt" in page
    assert f"{two.reached} người nhận / receivers · {one.reached} đã đủ lượt" in page
    assert ("ages 7" in page, "&lt;Lịch&gt;" in page) == (True, True)
