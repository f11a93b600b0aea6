"""Who counts, when a level is reached, and that nothing is said twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from models.incident import Level
from monitor.claims import Text
from monitor.stream import FRESH, Raised, Stream
from tests.monitor.crowd import MILK, said, score

AT = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


def crowd(count: int, first: int = 0, *, at: datetime = AT, channels: int = 1, **kind: object) -> list[Text]:
    """`count` people who assert the milk rumour, a minute apart."""
    names = ("facebook", "youtube", "zalo")[:channels]
    return [
        said(i, MILK[i % 4], at + timedelta(minutes=i - first), channel=names[i % channels], **kind)
        for i in range(first, first + count)
    ]


def feed(stream: Stream, texts: list[Text]) -> list[Raised]:
    return [found for text in texts for found in stream.feed([text]).raised]


def test_the_third_distinct_author_opens() -> None:
    raised = feed(Stream(), crowd(3))
    assert [(r.level, r.before, r.at, r.spread) for r in raised] == [(Level.MEDIUM, None, AT + timedelta(minutes=2), 1)]
    assert raised[0].started_at == AT


def test_one_author_is_one_however_often() -> None:
    assert not feed(Stream(), [said(i, MILK[0], AT + timedelta(minutes=i), author="one") for i in range(20)])


def test_who_asks_or_denies_is_not_spread() -> None:
    texts = crowd(2) + [said(i, MILK[0], AT, risk=0.4, stance=s) for i, s in ((8, "asks"), (9, "denies"), (7, "asks"))]
    assert not feed(Stream(), texts)


def test_slow_talk_is_not_spread() -> None:
    assert not feed(Stream(), [said(i, MILK[i], AT + timedelta(minutes=31 * i)) for i in range(4)])


def test_levels_rise_and_never_repeat() -> None:
    stream = Stream()
    raised = feed(stream, crowd(40, harm=2))
    assert [(r.before, r.level) for r in raised] == [(None, Level.MEDIUM), (Level.MEDIUM, Level.HIGH)]
    assert not feed(stream, crowd(40, 40, at=AT + timedelta(minutes=40)))


def test_one_word_of_the_press_is_spread_enough() -> None:
    [text] = crowd(1)
    assert not feed(Stream(), [text])
    [raised] = feed(Stream(), [replace(text, widely_heard=True)])
    assert (raised.level, raised.spread, raised.authors, raised.widely_heard) == (Level.HIGH, 3, 1, True)
    assert not feed(Stream(), [replace(text, widely_heard=True, score=score(0.1))]), (
        "which denies or says nothing of it"
    )
    later = replace(said(9, MILK[1], AT + timedelta(minutes=9)), widely_heard=True)
    assert [r.level for r in feed(Stream(), [*crowd(3), later])] == [Level.MEDIUM, Level.HIGH]


def test_two_channels_need_fewer_people() -> None:
    raised = feed(Stream(), crowd(5, channels=2, harm=3))
    assert [r.level for r in raised] == [Level.HIGH, Level.EMERGENCY]


def test_one_batch_is_one_message() -> None:
    fed = Stream().feed(crowd(40, harm=2))
    assert [(r.before, r.level) for r in fed.raised] == [(None, Level.HIGH)]
    assert set(fed.claims.values()) == {"0"} and len(fed.claims) == 40


def test_harmless_and_doubtful_claims_are_only_logged() -> None:
    assert not feed(Stream(), crowd(40, harm=0))
    assert not feed(Stream(), crowd(40, risk=0.46, category="misinformation"))


def test_old_texts_raise_nothing() -> None:
    now = AT + FRESH + timedelta(hours=1)
    assert not Stream().feed(crowd(10), now).raised


def test_late_arrivals_count_when_they_were_written() -> None:
    texts = crowd(3)
    assert feed(Stream(), [texts[1], texts[2], texts[0]])


def test_a_surge_needs_two_weeks_and_three_times_the_usual() -> None:
    known = Stream()
    for hour in range(24 * 20, 0, -1):
        known.baseline.count("facebook", AT - timedelta(hours=hour))
    busy = Stream()
    for hour in range(24 * 20, 0, -1):
        for i in range(40):
            busy.baseline.count("facebook", AT - timedelta(hours=hour, minutes=-i))
    levels = {name: [r.level for r in feed(s, crowd(9))] for name, s in (("known", known), ("busy", busy))}
    assert levels == {"known": [Level.MEDIUM, Level.HIGH], "busy": [Level.MEDIUM]}
    assert [r.level for r in feed(Stream(), crowd(9))] == [Level.MEDIUM]


def test_a_closed_claim_counts_from_then_on() -> None:
    stream = Stream()
    feed(stream, crowd(3))
    stream.levels.clear()
    stream.heard_from["0"] = AT + timedelta(minutes=10)
    again = crowd(3, 3, at=AT + timedelta(minutes=11))
    assert not feed(stream, again[:2])
    assert [r.before for r in feed(stream, again[2:])] == [None]


def test_what_is_forgotten_leaves_nothing_behind() -> None:
    stream = Stream()
    feed(stream, crowd(3))
    feed(stream, [said(99, "Hoa ở chợ đẹp quá", AT + timedelta(days=9), risk=0.01)])
    assert not stream.levels and not stream.grouper.claims
