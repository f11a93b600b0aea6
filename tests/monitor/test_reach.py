"""What may be said of a week's figures: pure rules."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.reach import (
    POPULATION,
    ChannelWeek,
    Compared,
    IncidentFigures,
    PostFigures,
    Value,
    Verdict,
    WeekSummary,
    compare,
    judge,
    monday_of,
    name_of_week,
    top_posts,
    week_of,
    week_total,
)

MONDAY = date(2026, 11, 16)
counts = st.integers(min_value=0, max_value=200_000_000)
values = st.builds(
    Value,
    st.none() | counts,
    st.just("people"),
    st.sampled_from(["a", "b"]),
    st.booleans(),
    st.sampled_from([(0, 1, 2, 3, 4, 5, 6), (0, 1, 2, 3)]),
)


def people(value: int | None, definition: str = "a") -> Value:
    return Value(value, "people", definition)


@pytest.mark.parametrize(
    ("now", "before", "posts", "verdict"),
    [
        (people(412), people(371), 8, Verdict.UP),
        (people(300), people(371), 8, Verdict.DOWN),
        (people(380), people(371), 8, Verdict.SAME),
        (people(900), people(371), 4, Verdict.FEW),
        (people(900), people(0), 8, Verdict.NEW),
        (people(0), people(0), 8, Verdict.SAME),
        (people(900), people(371, "b"), 8, Verdict.BREAK),
        (people(None), people(371), 8, Verdict.NOT_KNOWN),
        (people(900), people(None), 8, Verdict.NOT_KNOWN),
        (people(900), None, 8, Verdict.NOT_KNOWN),
        (Value(900, "people", "a", partial=True), people(371), 8, Verdict.NOT_KNOWN),
        (Value(900, "people", "a", weekdays=(0, 1)), people(371), 8, Verdict.NOT_KNOWN),
    ],
)
def test_a_change_is_only_called_one_where_it_may_be(
    now: Value, before: Value | None, posts: int, verdict: Verdict
) -> None:
    assert judge(now, before, posts) is verdict


@given(st.lists(values, min_size=1, max_size=5), st.integers(0, 20))
def test_no_percentage_without_an_honest_comparison(weeks: list[Value], posts: int) -> None:
    found = compare(weeks, posts)
    for verdict, change in ((found.verdict, found.change), (found.base_verdict, found.base_change)):
        if verdict not in (Verdict.UP, Verdict.DOWN, Verdict.SAME):
            assert change is None
        elif change is not None:
            assert abs(change) < 0.1 if verdict is Verdict.SAME else (change > 0) is (verdict is Verdict.UP)
    if found.base is not None:
        earlier = weeks[-5:-1]
        assert len(earlier) == 4, "the median needs four weeks"
        assert {v.definition for v in earlier} == {found.now.definition}


@given(st.dictionaries(st.integers(0, 6), counts))
def test_missing_days_are_never_zero(known: dict[int, int]) -> None:
    days: dict[date, int | None] = {MONDAY + timedelta(days=d): v for d, v in known.items()}
    total = week_total(days, MONDAY, "occurrences", "x")
    assert total.value == (sum(known.values()) if known else None)
    assert total.complete is (len(known) == 7)


def channel(reach: int | None) -> ChannelWeek:
    found = Compared(people(reach), None, None, 9) if reach is not None else None
    return ChannelWeek("facebook", "x", 9, None, found, None, None, 3)


@given(st.lists(st.none() | counts, max_size=6))
def test_people_are_a_range_and_never_the_sum_as_a_total(reaches: list[int | None]) -> None:
    summary = WeekSummary("2026-W47", MONDAY, 1, [channel(r) for r in reaches], [], IncidentFigures(), 0)
    known = [r for r in reaches if r is not None]
    if not known:
        assert summary.people is None
        return
    assert summary.people is not None
    least, most = summary.people
    assert least == max(known) <= most <= max(sum(known), least)
    assert most <= max(POPULATION, least)


posts = st.builds(PostFigures, st.text(max_size=5), st.sampled_from("fyz"), st.none() | counts, st.none() | counts)


@given(st.lists(posts, max_size=12))
def test_posts_are_ranked_within_their_channel_only(found: list[PostFigures]) -> None:
    top = top_posts(found)
    usable = [p for p in found if p.reach is not None or p.views is not None]
    assert len(top) == min(5, len(usable))
    assert {p.channel for p in top} <= {p.channel for p in usable}
    if len({p.channel for p in usable}) <= 5 and usable:
        assert {p.channel for p in top} == {p.channel for p in usable}, "no channel is crowded out"


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)))
def test_a_week_has_one_name(day: date) -> None:
    monday = monday_of(week_of(day))
    assert monday <= day < monday + timedelta(days=7)


@pytest.mark.parametrize("week", ["2026-47", "2026-W60", "", "2025-W53", "W47"])
def test_a_week_that_is_none_is_told(week: str) -> None:
    with pytest.raises(ValueError, match="week"):
        monday_of(week)


def test_the_name_of_a_week() -> None:
    assert name_of_week(MONDAY) == "Tuần 47 (16/11–22/11/2026)"
    assert name_of_week(MONDAY, "en") == "Week 47 (16 Nov – 22 Nov 2026)"


@pytest.mark.parametrize(
    ("day", "near"), [(date(2027, 2, 1), True), (date(2027, 2, 8), True), (date(2026, 11, 16), False)]
)
def test_weeks_near_tet_are_marked(day: date, near: bool) -> None:
    assert WeekSummary(week_of(day), day, 0, [], [], IncidentFigures(), 0).near_tet is near
