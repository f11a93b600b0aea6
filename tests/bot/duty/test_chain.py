"""What the timers decide, over whatever clocks, states and spans."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from bot.duty import hours
from bot.duty.chain import DEFAULT, Act, Chain, Decision, Standing, decide, needs_second, next_person
from models.incident import Level
from models.states import IncidentState

TZ = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = datetime(2026, 11, 24, 19, 0, tzinfo=UTC)  # two at night in Hanoi
MINUTE = timedelta(minutes=1)
spans = st.integers(1, 24 * 60).map(lambda m: m * MINUTE)
chains = st.builds(Chain, st.lists(spans, min_size=1, max_size=4).map(tuple), spans)
moments = st.integers(-3 * 24 * 60, 3 * 24 * 60).map(lambda m: NOW + m * MINUTE)
standings = st.builds(
    Standing,
    st.sampled_from(IncidentState), st.sampled_from(Level), st.integers(0, 9), st.none() | moments, st.none() | moments,
    st.none() | moments, seconded=st.booleans(),
)  # fmt: skip


def after(standing: Standing, found: Decision) -> Standing:
    """What is stored when nothing was due."""
    return Standing(
        standing.state, standing.level, standing.step, found.next_at, found.expires_at, standing.deed_at,
        seconded=standing.seconded,
    )  # fmt: skip


@given(standings, chains)
def test_nobody_waits_longer_than_one_span_of_open_time(standing: Standing, chain: Chain) -> None:
    found = decide(standing, chain, NOW, TZ)
    longest = {True: hours.next_open(NOW + chain.wait(standing.step), TZ), False: NOW + chain.wait(standing.step)}
    if found.next_at is not None:
        assert found.next_at <= longest[standing.level is Level.MEDIUM]
    if found.expires_at is not None:
        lives = NOW + chain.ack_lives
        assert found.expires_at <= (hours.next_open(lives, TZ) if standing.level is Level.MEDIUM else lives)


@given(standings, chains)
def test_what_rests_rests_until_a_timer_is_due(standing: Standing, chain: Chain) -> None:
    found = decide(standing, chain, NOW, TZ)
    if found.act is Act.REST:
        assert decide(after(standing, found), chain, NOW, TZ) == found
        assert all(at is None or at > NOW for at in (found.next_at, found.expires_at))


@given(standings, chains)
def test_only_what_waits_for_somebody_tells_anybody(standing: Standing, chain: Chain) -> None:
    act = decide(standing, chain, NOW, TZ).act
    taken = standing.state is not IncidentState.NEW
    if act is Act.ASK_SECOND or (act is Act.PASS_ON and taken):
        assert needs_second(standing.state, standing.level, seconded=standing.seconded)
    if act is Act.PASS_ON and not taken:
        assert standing.next_at is not None, "nobody was told of it yet"
    if act is Act.EXPIRE:
        assert standing.state is IncidentState.ACKED
    if act is Act.REMIND:
        assert standing.state is IncidentState.VERIFYING


@given(standings, chains, st.integers(0, 600))
def test_a_deed_keeps_an_acknowledgement_alive(standing: Standing, chain: Chain, ago: int) -> None:
    done = Standing(
        standing.state, standing.level, standing.step, standing.next_at, standing.expires_at, NOW - ago * MINUTE,
        seconded=standing.seconded,
    )  # fmt: skip
    if ago * MINUTE < chain.ack_lives:
        assert decide(done, chain, NOW, TZ).act not in (Act.EXPIRE, Act.REMIND)


@given(standings, chains)
def test_a_medium_level_disturbs_nobody_outside_office_hours(standing: Standing, chain: Chain) -> None:
    if standing.level is Level.MEDIUM:
        assert decide(standing, chain, NOW, TZ).act is Act.REST


def test_the_highest_level_leaves_less_time_than_any_other() -> None:
    worst = DEFAULT[Level.EMERGENCY]
    assert all(worst.wait(0) <= chain.wait(0) and worst.ack_lives <= chain.ack_lives for chain in DEFAULT.values())


@given(
    st.lists(st.none() | st.sampled_from("abc"), min_size=1, max_size=3),
    st.integers(0, 9),
    st.sets(st.sampled_from("abc")),
)
def test_whoever_is_there_is_told(people: list[str | None], step: int, apart: set[str]) -> None:
    there = {p for p in people if p is not None} - apart
    found = next_person(people, step, apart_from=apart)
    assert (found is None) == (not there)
    assert found is None or found in there
    wanted = people[min(step, len(people) - 1)]
    if wanted in there:
        assert found == wanted
