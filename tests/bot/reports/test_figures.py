"""Gathering a week from real tables."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from bot.reports.figures import _series, freeze, gather, thaw
from bot.reports.page import page
from models.mention import Mention
from models.office import Organisation
from models.reading import Reading
from monitor.figures import number
from monitor.reach import ChannelWeek, Verdict, WeekSummary
from monitor.response import ResponseTimes
from tests.bot.reports.conftest import ISSUE, MONDAY, TZ, Maker, at, seed
from tests.conftest import FakeClock

WEEK = "2026-W47"


async def look(make: Maker, org: int, week: str = WEEK) -> WeekSummary:
    async with make.parts.db.read() as session:
        return await gather(session, await session.get_one(Organisation, org), week, make.parts.now())


def of(summary: WeekSummary, kind: str) -> ChannelWeek:
    return next(c for c in summary.channels if c.channel == kind)


async def test_the_week_of_the_made_up_office(make: Maker) -> None:
    found = await look(make, await seed(make))
    facebook, youtube, zalo, viber = (of(found, k) for k in ("facebook", "youtube", "zalo", "viber"))

    assert facebook.reach is not None and facebook.reach.now.value == 412_345
    assert (facebook.reach.verdict, facebook.reach.base_verdict) == (Verdict.UP, Verdict.SAME)
    assert facebook.reach.base == 381_500
    assert facebook.certainty == 3 and facebook.missing is None
    assert facebook.posts == 8, "seven by Loa, one found there; the one that is both counts once"

    assert youtube.views is not None and youtube.views.now.value == 56_000
    assert youtube.views.before is not None and youtube.views.before.value == 48_000, "the same four days"
    assert youtube.reach is None and youtube.certainty == 2
    assert youtube.missing is not None and "4/7 ngày (đến hết 19/11)" in youtube.missing.vi

    assert zalo.views is not None and zalo.views.now.value == 9_800
    assert (viber.reach, viber.views, viber.engagement, viber.certainty) == (None, None, None, 0)
    assert viber.missing is not None

    assert (found.posts, found.history) == (10, 1)
    assert found.people == (412_345, 412_345)
    assert found.languages == {"mww": 1}
    assert [p.title for p in found.planned] == ["Ra quân dọn vệ sinh đầu nguồn"]


async def test_incidents_and_feedback(make: Maker) -> None:
    found = await look(make, await seed(make))
    assert (found.incidents.incidents, found.incidents.false_alarms) == (1, 1)
    assert (found.incidents.ack_min, found.incidents.correction_min) == (4, 110)
    assert found.incidents.lines[0].correction == "Hồ Khe Sương an toàn"
    assert found.mentions == 108, "our own answers are no citizens' texts"
    assert found.by_kind["criticism"] == 21 and found.by_kind["misinformation"] == 5
    assert sum(found.by_field.values()) == 21 + 12 + 9 + 1
    assert "Nguyễn Văn A" not in str(freeze(found)), "what citizens wrote stays out of the summary"


async def test_frozen_figures_come_back_the_same(make: Maker) -> None:
    found = await look(make, await seed(make))
    again = thaw(freeze(found))
    assert freeze(again) == freeze(found)
    assert again.people == found.people and again.sunday == date(2026, 11, 22)


async def test_reach_that_ends_on_saturday_is_held_against_saturdays(make: Maker) -> None:
    org = await make.office()
    facebook = await make.account(org, "facebook")
    for i in range(5):
        saturday = MONDAY - timedelta(weeks=i) + timedelta(days=5)
        await make.daily(facebook, "reach", saturday, 1_000, "f", unit="people", period="week")
    await make.daily(
        facebook, "reach", MONDAY - timedelta(days=1), 9_999, "f", unit="people", period="week"
    )  # last Sunday
    found = of(await look(make, org), "facebook")
    assert found.reach_to == date(2026, 11, 21) and found.certainty == 2
    assert found.reach is not None and found.reach.before is not None and found.reach.before.value == 1_000


async def test_a_new_definition_is_a_break(make: Maker) -> None:
    org = await make.office()
    facebook = await make.account(org, "facebook")
    sunday = MONDAY + timedelta(days=6)
    await make.daily(facebook, "reach", sunday - timedelta(weeks=1), 1_000, "old", unit="people", period="week")
    await make.daily(facebook, "reach", sunday, 1_500, "new", unit="people", period="week")
    found = of(await look(make, org), "facebook")
    assert found.reach is not None
    assert found.reach.verdict is Verdict.BREAK and found.reach.change is None and found.reach.base is None


async def test_what_the_platform_did_not_say_is_missing_not_zero(make: Maker) -> None:
    org = await make.office()
    facebook = await make.account(org, "facebook")
    await make.daily(facebook, "reach", MONDAY + timedelta(days=6), None, "f", unit="people", period="week")
    await make.post(org, facebook, "facebook", at(2), "x", figures={"views": None, "reactions": None})
    found = of(await look(make, org), "facebook")
    assert (found.reach, found.views, found.engagement, found.certainty) == (None, None, None, 0)
    assert found.missing is not None


async def test_a_lost_account_says_since_when(make: Maker) -> None:
    org = await make.office()
    await make.account(org, "facebook", status="lost", read_at=at(2, 15))
    found = of(await look(make, org), "facebook")
    assert found.missing is not None and "15:00 18/11" in found.missing.vi


async def test_weeks_of_posts_are_looked_at_from_the_same_age(make: Maker) -> None:
    org = await make.office()
    zalo = await make.account(org, "zalo")
    for weeks in (-1, 0):
        for n in range(5):
            await make.post(org, zalo, "zalo", at(n, weeks=weeks), "x", figures={"views": 100}, definition="z")
    async with make.parts.db.write() as session:  # last week's first post went on growing after that Monday
        session.add(
            Reading(
                account_id=zalo,
                delivery_id=1,
                item_id="zalo-1",
                metric="views",
                value=9_000,
                unit="occurrences",
                definition="z",
                fetched_at=at(3),
            )
        )
    found = of(await look(make, org), "zalo")
    assert found.views is not None and found.views.before is not None
    assert (found.views.now.value, found.views.before.value, found.views.verdict) == (500, 500, Verdict.SAME)


async def test_views_of_posts_with_gaps_are_partial(make: Maker) -> None:
    org = await make.office()
    zalo = await make.account(org, "zalo")
    await make.post(org, zalo, "zalo", at(1), "x", figures={"views": 100}, definition="z")
    await make.post(org, zalo, "zalo", at(2), "y")
    found = of(await look(make, org), "zalo")
    assert found.views is not None and found.views.now.partial and found.certainty == 2
    assert found.missing is not None and found.missing.vi == "Một số bài chưa có số liệu."


async def test_a_post_taken_down_stays_in_its_week(make: Maker) -> None:
    org = await make.office()
    facebook = await make.account(org, "facebook")
    await make.post(org, facebook, "facebook", at(1), "x", state="retracted")
    await make.post(org, facebook, "facebook", at(1), "y", state="cancelled")
    assert (await look(make, org)).posts == 1


async def test_midnight_is_the_office_s(make: Maker) -> None:
    org = await make.office()
    facebook = await make.account(org, "facebook")
    await make.post(org, facebook, "facebook", at(0, 0, 0), "in")
    await make.post(org, facebook, "facebook", at(6, 23, 59), "in")
    await make.post(org, facebook, "facebook", at(7, 0, 0), "next week")
    await make.post(org, facebook, "facebook", at(0) - timedelta(hours=9, minutes=1), "the week before")
    assert (await look(make, org)).posts == 2


async def test_other_offices_are_not_counted(make: Maker) -> None:
    await seed(make)
    other = await make.office(name="Bộ Mẫu")
    found = await look(make, other)
    assert (found.posts, found.mentions, list(found.channels), found.incidents.incidents) == (0, 0, [], 0)


async def test_a_week_that_has_not_begun_has_no_figures(make: Maker, clock: FakeClock) -> None:
    org = await make.office()
    assert clock.at == ISSUE
    with pytest.raises(ValueError, match="has not begun"):
        await look(make, org, "2026-W49")


async def test_how_fast_citizens_were_answered(make: Maker) -> None:
    org = await make.office()
    facebook = await make.account(org, "facebook")
    youtube = await make.account(org, "youtube")

    def text(account: int, name: str, minutes: float, parent: str = "", day: int = 1) -> Mention:
        written = at(day) + timedelta(minutes=minutes)
        return Mention(
            organisation_id=org, account_id=account, channel="x", remote_id=name, parent_id=parent, text="…",
            own=name.startswith("own"), written_at=written, fetched_at=written,
        )  # fmt: skip

    await make.add(
        *(text(facebook, f"c{i}", 0) for i in range(3)),
        text(youtube, "c0", 0),  # another account's comment of the same name
        text(facebook, "before", 0, day=-2),
        text(facebook, "own1", 30, "c0"),
        text(facebook, "own2", 45, "c0"),  # a second word to the same person
        text(facebook, "own3", 90, "c1"),
        text(facebook, "own4", 12, "before", day=-2),  # last week's
        text(facebook, "citizen", 5, "c2"),  # another citizen's reply is no answer
    )
    assert (await look(make, org)).answers == ResponseTimes(2, 60, 90)


async def test_answers_that_loa_sent_count_for_the_text_they_answer(make: Maker) -> None:
    """By hand: 8, 20, 45, 60 and 180 minutes; the median is 45, and nine of ten are answered within 180."""
    org = await make.office()
    facebook, zalo = await make.account(org, "facebook"), await make.account(org, "zalo")

    def text(account: int, name: str, minutes: float = 0, **more: Any) -> Mention:
        written = at(1) + timedelta(minutes=minutes)
        return Mention(
            organisation_id=org, account_id=account, channel="x", remote_id=name, text="…", written_at=written,
            fetched_at=written, **more,
        )  # fmt: skip

    top, under, message, late, twice, by_hand, waiting, before = (
        text(facebook, "top"),
        text(facebook, "under", 5, parent_id="top"),
        text(zalo, "message"),
        text(facebook, "late"),
        text(facebook, "twice"),
        text(facebook, "by hand"),
        text(zalo, "waiting"),
        text(facebook, "last week's", -3 * 1440),
    )
    await make.add(top, under, message, late, twice, by_hand, waiting, before)

    async def answer(asked: Mention, account: int, minutes: float, name: str, state: str = "sent") -> None:
        sent = at(1) + timedelta(minutes=minutes)
        post = {"kind": "answer", "answers_id": asked.id}
        await make.post(
            org, account, "facebook", sent, name, state=state, target=asked.remote_id, remote=name, post=post
        )

    await answer(under, facebook, 13, "r1")  # 8 minutes; it stands in the thread of `top`
    await make.add(text(facebook, "r1", 13, own=True, parent_id="top"))  # which is not answered by it
    await answer(message, zalo, 20, "r2")  # an inbox shows no answers of ours
    await answer(late, facebook, 180, "r3", state="retracted")  # it was there
    await answer(twice, facebook, 60, "r4")
    await answer(twice, facebook, 90, "r5")
    await make.add(text(facebook, "own", 45, own=True, parent_id="by hand"))
    await answer(waiting, zalo, 30, "r6", state="queued")
    await answer(before, facebook, 10, "r7")
    found = await look(make, org)
    assert found.answers == ResponseTimes(5, 45, 180)
    assert found.posts == 0, "an answer is no post"


async def test_no_answer_is_not_measured(make: Maker) -> None:
    found = await look(make, await seed(make))
    assert found.answers is None
    assert "Thời gian trả lời người dân: chưa đo được" in " ".join(page(found, "Tỉnh", tz=TZ).feedback)


async def test_the_summary_says_how_many_were_answered_and_when(make: Maker) -> None:
    found = replace(await look(make, await seed(make)), answers=ResponseTimes(1_234, 42, 190))
    assert thaw(freeze(found)).answers == found.answers
    said = "Trả lời người dân: 1.234 bình luận, tin nhắn, trung vị 42 phút, chín phần mười trong vòng 3 giờ 10 phút."
    assert said in page(found, "Tỉnh", tz=TZ).feedback
    assert "nine of ten within 3 h 10 min" in " ".join(page(found, "Tỉnh", tz=TZ, language="en").feedback)


async def test_followers_belong_to_the_offices_day(make: Maker) -> None:
    """Read on Monday 00:30 in Hanoi, which is Sunday in UTC: no figure of the week before."""
    org = await make.office()
    zalo = await make.account(org, "zalo", followers=5_000)
    for read, value in ((at(6, 23), 4_000), (at(7, 0, 30), 5_000)):
        await make.add(
            Reading(
                account_id=zalo, metric="followers", value=value, unit="people", definition="zalo:num_follower:v2.0",
                period="day", fetched_at=read,
            )
        )  # fmt: skip
    make.parts.now.at = at(7, 0, 45)  # type: ignore[attr-defined]
    async with make.parts.db.read() as session:
        series = await _series(session, [zalo], at(-7), make.parts.now(), TZ)
    assert series.days[zalo]["followers", "day"]["zalo:num_follower:v2.0"] == {
        date(2026, 11, 22): 4_000,
        date(2026, 11, 23): 5_000,
    }


@pytest.mark.parametrize("views", [30_000_000, 31_234_567])
async def test_tens_of_millions_of_times_are_no_people(make: Maker, views: int) -> None:
    org = await make.office()
    youtube = await make.account(org, "youtube")
    await make.post(org, youtube, "youtube", at(1), "Clip", figures={"views": views})
    found = await look(make, org)
    assert of(found, "youtube").views is not None and found.people is None
    shown = page(found, "Tỉnh", tz=TZ)
    short = "31,2 triệu" if views == 31_234_567 else "30 triệu"
    assert f"YouTube {short} lượt xem" in shown.lead[0] and shown.rows[0].views.value == number(views)
    assert "chưa kênh nào cho số người" in shown.lead[1]
    figures = [shown.lead[0], *(t.figures for t in shown.top), *(p.title for p in shown.panels)]
    assert not any("người" in line for line in figures), "nobody counted people"
