"""Whatever a platform answers, a call ends in a result or in an error that people can read, whichever the platform.

Answers are honest ones with something in them changed, cut or put in another place, pages, garbage, and what is no
HTTP at all. `FUZZ_ANSWERS` answers a platform (`make fuzz`: 100,000), a slice with a fixed seed otherwise. Each example
goes through every form that the channel has, from compose to what follows a post, and through everything that is read
and done beside; what is kept on the way can be kept, and begun again from.
"""

from __future__ import annotations

import asyncio
import copy
import dataclasses
import gc
import json
import logging
import os
import re
import resource
import sys
from collections.abc import Awaitable, Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.base import Channel, Endpoints, Notes, Outgoing, Sent
from channels.errors import ChannelError
from channels.facebook import calls as facebook_calls
from channels.receivers import Reached, Receiver
from channels.registry import CHANNELS, open_channel
from channels.youtube import calls as youtube_calls
from channels.youtube import uploads
from channels.zalo import articles, clips, inbox, tokens
from tests.channels.anything_cases import CASES, Case
from tests.channels.played import URL, PlayedDoor, Player, wire
from tests.conftest import BEGIN, FakeClock

ANSWERS = int(os.environ.get("FUZZ_ANSWERS", "0"))
MOST_GROWTH_KB = 32 * 1024
"""So much more memory may have been taken in the end than after the first round."""
SLICE, AT_ONCE = 40, 100
LATER = BEGIN + timedelta(days=2)
ENDPOINTS = Endpoints(**{end.name: URL for end in dataclasses.fields(Endpoints)})

NUMBERS = st.integers() | st.floats() | st.integers(10**9, 10**14) | st.sampled_from([0, 10**30, -(10**30), 1e300])
ODD = st.sampled_from([
    None, True, False, -1, 1.5, "", " ", "\x00", "\ud800", "a\r\nb: c", "ắ" * 300, [], {}, [[]], [None], {"id": []},
    {"id": {"id": 1}}, "1795482000", 1795482000, 1795482000123, "1e9", "²", "9" * 5000, "http://[", "0001-01-01",
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-1400", float("nan"), float("inf"), "31/12/9999", -62135596800,
])  # fmt: skip
LEAVES = ODD | NUMBERS | NUMBERS.map(str) | st.text(max_size=8)
VALUES = st.recursive(LEAVES, lambda v: st.lists(v, max_size=3) | st.dictionaries(st.text(max_size=4), v, max_size=3),
                      max_leaves=6)  # fmt: skip
DEEP = [b"[" * 20_000, b'{"a":' * 20_000]
PAGES = [
    b"", b"null", b"[]", b"{}", b"<!DOCTYPE html><title>502</title>", *DEEP, b"x" * 100_000,
    b"\xef\xbb\xbf{}", b'{"error": 0, "status": 0, "ok": true, "ok": 1}', b"access_token=a&expires=5",
    b"\x1f\x8b\x08{}",
]  # fmt: skip
STATUS = st.sampled_from(
    [200] * 8 + [201, 204, 302, 308, 308, 400, 400, 401, 403, 404, 410, 413, 416, 429, 500, 503, 999]
)
TYPES = st.sampled_from(
    ["application/json"] * 4 + ["text/html", "text/plain", "image/png", "", "application/json; charset=x"]
)
HEADERS = {"retry-after": ["5", "-1", "²", "9" * 400, "Fri, 31 Dec 9999 23:59:59 GMT"], "date": ["x"],
           "content-encoding": ["gzip", "br", "x"], "location": ["", "/x", "http://[", "ftp://x", "http://127.0.0.1:9/"],
           "range": ["bytes=0-x", "x", "-", "bytes=0-99999999999999999999"], "www-authenticate": ["Bearer"],
           "x-app-usage": ["[" * 5000, '{"call_count": "²"}', '{"call_count": 1e999, "a": [{}]}'],
           "x-page-usage": ['{"1001": [{"estimated_time_to_regain_access": 1e300}]}', "[]", "{"],
           "x-ratelimit-limit": ["²", "9" * 5000], "x-ratelimit-remain": ["²", "1"]}  # fmt: skip
NO_HTTP = [b"", b"\x00" * 50, b"HTTP/1.1\r\n\r\n", b"HTTP/1.1 200\r\n\r\n", b"HTTP/9.9 200 OK\r\n\r\n{}",
           b"HTTP/1.1 abc OK\r\n\r\n", b"HTTP/1.1 103 Hints\r\n\r\n",
           b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{}",
           b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n{}", b"HTTP/1.1 200 OK\r\nbroken\r\n\r\n{}",
           b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}", b"HTTP/1.1 200 OK\r\nA: " + b"a" * 70_000,
           b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{}", b"HTTP/1.1 304 Same\r\n\r\n"]  # fmt: skip


def put(value: Any, path: Sequence[int], odd: Any) -> Any:
    """The same with something odd where the path leads."""
    if not path or not value or not isinstance(value, dict | list):
        return odd
    key = sorted(value)[path[0] % len(value)] if isinstance(value, dict) else path[0] % len(value)
    value[key] = put(value[key], path[1:], odd)
    return value


@st.composite
def answers(draw: st.DrawFn, case: Case) -> bytes:
    """One answer, on the wire."""
    kind = draw(st.integers(0, 19))
    if kind == 0:
        return draw(st.sampled_from(NO_HTTP))
    headers = {"Content-Type": draw(TYPES)}
    for name in draw(st.lists(st.sampled_from(sorted({*HEADERS, *case.headers})), max_size=2)):
        headers[name] = draw(st.sampled_from([*HEADERS.get(name, ()), *case.headers.get(name, ())]))
    if kind < 4:
        body = draw(st.binary(max_size=60) | st.sampled_from(PAGES))
    else:
        told = copy.deepcopy(draw(st.sampled_from(case.honest)))
        for path in draw(st.lists(st.lists(st.integers(0, 40), min_size=1, max_size=4), max_size=3)):
            told = put(told, path, copy.deepcopy(draw(VALUES)))  # the next change may be inside it
        body = json.dumps(told).encode()
    return wire(draw(STATUS), headers, body)


class Known:
    """Two subscribers, and who wrote."""

    def __init__(self) -> None:
        self.ids = {1: "R1", 2: "R2"}

    async def last(self) -> int:
        return 2

    async def between(self, after: int, last: int, most: int) -> Sequence[Receiver]:
        return [Receiver(n, i) for n, i in self.ids.items() if after < n <= last][:most]

    async def forget(self, ids: Collection[str]) -> None:
        self.ids = {n: i for n, i in self.ids.items() if i not in ids}

    async def author(self, message_id: str) -> str:
        return "R1"

    async def reached(self, message_id: str) -> Reached | None:
        return Reached(2, 1)

    async def saw(self, since: datetime, until: datetime) -> int | None:
        return 1


class Kept:
    """Notes or secrets as they are kept: words that can be stored."""

    def __init__(self, first: Mapping[str, str]) -> None:
        self.last = first

    async def __call__(self, notes: Mapping[str, str]) -> None:
        storable(notes)
        assert all(isinstance(word, str) for pair in notes.items() for word in pair)
        self.last = dict(notes)

    async def load(self) -> Mapping[str, str]:
        return self.last


def storable(value: Any) -> None:
    """Nothing in it that a database does not take."""
    if isinstance(value, str):
        assert "\x00" not in value, "PostgreSQL takes no NUL"
        value.encode()
    elif isinstance(value, bool | float):
        assert value == value and abs(value) != float("inf")
    elif isinstance(value, int):
        assert -(2**63) <= value < 2**63
    elif isinstance(value, datetime):
        assert value.tzinfo is not None
        for hours in (-14, 14):
            value.astimezone(timezone(timedelta(hours=hours)))
    elif dataclasses.is_dataclass(value):
        for each in dataclasses.fields(value):
            storable(getattr(value, each.name))
    elif isinstance(value, Mapping):
        storable([*value.keys(), *value.values()])
    elif isinstance(value, list | tuple):
        for each in value:
            storable(each)


class Run:
    """Everything that one channel does, while a player answers."""

    def __init__(self, case: Case, player: Player, door: PlayedDoor) -> None:
        self.case, self.player = case, player
        self.secrets = Kept(case.account.secrets)
        self.channel: Channel = open_channel(
            case.account, door=door, endpoints=ENDPOINTS, now=FakeClock(BEGIN), save_secrets=self.secrets,
            load_secrets=self.secrets.load, tell_usage=storable, receivers=Known(),
        )  # fmt: skip

    async def ends(self, work: Awaitable[Any]) -> Any:
        """Its result, or its error; both can be stored."""
        self.player.begin()
        try:
            found = await work
        except ChannelError as error:
            assert error.told.vi and error.told.en
            storable([error.detail, error.code, error.told, error.retry_after_s])
            return error
        storable(found)
        return found

    async def deliver(self, out: Outgoing) -> None:
        """One delivery; an upload that failed is gone on with from what was kept of it."""
        kept = Kept({})
        notes: Notes | ChannelError = {}
        for _ in range(2):
            if self.channel.prepares(out):
                notes = await self.ends(self.channel.prepare(out, kept.last, kept))
        if not isinstance(notes, ChannelError):
            sent = await self.ends(self.channel.submit(out, notes))
            if isinstance(sent, Sent):
                await self.follow(out, sent, {**notes, **sent.notes})
        if self.channel.finds(out.form):
            found = await self.ends(self.channel.find_sent(out, kept.last, BEGIN - timedelta(hours=1)))
            assert found is None or isinstance(found, ChannelError) or self.named(found)

    async def follow(self, out: Outgoing, sent: Sent, notes: Notes) -> None:
        """What comes after the one call."""
        assert self.named(sent) or "reached" in sent.notes
        self.channel.rest(out, notes)
        if sent.processing:
            polled = await self.ends(self.channel.poll(out, sent, notes))
            assert isinstance(polled, ChannelError) or self.named(polled)
            sent = polled if isinstance(polled, Sent) else sent
        if self.channel.has_extras(out) and sent.remote_id:
            await self.ends(self.channel.finish(out, sent, notes))

    def named(self, sent: Sent) -> bool:
        """An item has an id, or will get one."""
        return bool(re.fullmatch(self.case.ids, sent.remote_id)) or (sent.processing and bool(sent.notes))

    async def all(self, outs: Sequence[Outgoing]) -> None:
        for out in outs:
            await self.deliver(out)
        channel, target, since = self.channel, self.case.target, BEGIN - timedelta(hours=1)
        for work in (
            channel.check_account(), channel.renew(), channel.read_items(since), channel.read_metrics(target),
            channel.read_account_metrics(since, LATER), channel.read_comments(target, since), channel.read_inbox(since),
            channel.withdraw(target), channel.pin(target), channel.hide_comment(target, True),
            channel.like_comment(target, True), channel.like_comment(target, False),
        ):  # fmt: skip
            await self.ends(work)


@pytest.fixture
def player(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Player:
    """What answers; nothing waits, and little is asked for before it is given up."""
    caplog.set_level(logging.CRITICAL)  # each line would be kept to the end
    caplog.set_level(logging.CRITICAL, "urllib3")
    monkeypatch.setattr(clips, "LOOK_EVERY_S", 0.0)
    monkeypatch.setattr(tokens, "LOOK_S", 0.0)
    monkeypatch.setattr(clips, "LOOKS", 2)
    monkeypatch.setattr(uploads, "CHUNK", 1024)
    for room in (facebook_calls, youtube_calls, inbox, articles):
        monkeypatch.setattr(room, "MOST_PAGES", 2)
    made = Player()
    made.install(monkeypatch)
    return made


def known(case: Case) -> Iterator[list[bytes]]:
    """What nobody needs to guess: pages, odd headers, and what once broke a call."""
    json_type, honest = {"Content-Type": "application/json"}, json.dumps(case.honest[0]).encode()
    for answer in NO_HTTP:
        yield [answer]
    for page in PAGES:
        yield [wire(200, json_type, page)]
    for name, words in HEADERS.items():
        for word in words:
            for status in (308, 200) if name in ("location", "range") else (429, 200):
                yield [wire(status, {**json_type, name: word}, honest if status == 200 else b"")]
    for place, values in case.broke.items():
        for value in values:
            told = replaced(copy.deepcopy(case.honest[0]), place.split("."), value)
            yield [wire(400 if place == "error" else 200, json_type, json.dumps(told).encode())]
    pages = [{**case.honest[0], "nextPageToken": str(number)} for number in range(100)]
    yield [wire(200, json_type, json.dumps(page).encode()) for page in pages]


def replaced(value: Any, place: Sequence[str], odd: Any) -> Any:
    """The same with something odd in a place."""
    if not place:
        return odd
    key = int(place[0]) if isinstance(value, list) else place[0]
    value[key] = replaced(value[key] if len(place) > 1 else None, place[1:], odd)
    return value


@pytest.fixture
def failed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[object]]:
    """What failed where nobody hears of it, while the collector comes often and needs some of the stack each time, as
    urllib3's does that closes the connections of a pool."""
    found: list[object] = []

    def needs(frames: int) -> None:
        if frames:
            needs(frames - 1)

    def tidies(*_: object) -> None:
        needs(8)

    often = gc.get_threshold()
    monkeypatch.setattr(sys, "unraisablehook", lambda failure: found.append(failure.exc_type))
    gc.callbacks.append(tidies)
    gc.set_threshold(7, 10_000)
    yield found
    gc.set_threshold(*often)
    gc.callbacks.remove(tidies)


class Runs:
    """Runs a channel through all it does with answers of one's choice."""

    def __init__(self, kind: str, player: Player, folder: Path) -> None:
        self.case, self.player = CASES[kind], player
        self.outs = [CHANNELS[kind].compose(content, self.case.account) for content in self.case.contents(folder)]

    async def __call__(self, told: list[bytes]) -> None:
        self.player.play(told)
        async with PlayedDoor(self.player) as door:
            await Run(self.case, self.player, door).all(self.outs)


@pytest.mark.parametrize("kind", sorted(CHANNELS))
def test_what_is_known_breaks_no_call(kind: str, player: Player, tmp_path: Path) -> None:
    with asyncio.Runner() as runner:
        runs = Runs(kind, player, tmp_path)
        for told in known(runs.case):
            try:
                runner.run(runs(told))
            except BaseException as error:
                raise AssertionError(f"answered {told[0][:700]!r}") from error


@pytest.mark.parametrize("kind", sorted(CHANNELS))
def test_a_deep_answer_leaves_the_stack_to_others(
    kind: str, player: Player, failed: list[object], tmp_path: Path
) -> None:
    with asyncio.Runner() as runner:
        runs = Runs(kind, player, tmp_path)
        for status in (200, 400):
            runner.run(runs([wire(status, {"Content-Type": "application/json"}, page) for page in DEEP]))
    assert not failed


@pytest.mark.parametrize("kind", sorted(CHANNELS))
def test_no_answer_breaks_a_call(kind: str, player: Player, tmp_path: Path) -> None:
    with asyncio.Runner() as runner:
        runs = Runs(kind, player, tmp_path)

        @settings(max_examples=AT_ONCE if ANSWERS else SLICE, deadline=None, derandomize=not ANSWERS, database=None,
                  suppress_health_check=list(HealthCheck))  # fmt: skip
        @given(st.lists(answers(runs.case), min_size=1, max_size=8))
        def anything(told: list[bytes]) -> None:
            runner.run(runs(told))

        anything()
        peaks = [_peak_kb()]
        while player.given < ANSWERS:
            anything()  # others each time
            peaks.append(_peak_kb())
    print(f"{kind}: {player.given} answers; peak of memory in MB, round by round: {[kb // 1024 for kb in peaks]}")
    assert peaks[-1] - peaks[0] < MOST_GROWTH_KB


def _peak_kb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
