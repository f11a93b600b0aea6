"""Whatever Zalo answers, a call ends in a result or in an error that people can read."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.base import AccountRef, Endpoints, Sent
from channels.errors import ChannelError
from channels.http import Answer, Door
from channels.zalo import ZaloChannel, articles, clips, inbox, tokens
from tests.channels.zalo.wire import answer, clip_in, composed, forget
from tests.conftest import BEGIN, FakeClock

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "150"))
WORDS = st.sampled_from(
    ["error", "message", "data", "medias", "total", "id", "token", "title", "description", "body", "type", "content",
     "text", "image", "url", "cover", "photo_url", "status", "create_date", "total_view", "video_id", "message_id",
     "src", "time", "from_id", "to_id", "video", "normal", "show", "mid_1", "art_1", "quota", "total", "remain",
     "valid_through", "31/12/2026", "package_valid_through_date", "num_follower", "is_verified"]
)  # fmt: skip
NUMBERS = st.integers() | st.floats() | st.integers(10**9, 10**14) | st.sampled_from([0, 1, 10**30, -(10**30), 1e300])
LEAVES = st.none() | st.booleans() | NUMBERS | NUMBERS.map(str) | st.text(max_size=8) | WORDS
VALUES = st.recursive(LEAVES, lambda v: st.lists(v, max_size=3) | st.dictionaries(WORDS, v, max_size=5), max_leaves=12)
ROW = st.fixed_dictionaries(
    {"id": LEAVES, "title": LEAVES | st.just("Lịch"), "create_date": NUMBERS},
    optional={"description": VALUES, "body": VALUES, "cover": VALUES, "type": LEAVES, "message_id": st.just("mid_1"),
              "src": st.sampled_from([0, 1, "1"]), "time": NUMBERS, "message": VALUES, "from_id": VALUES},
)  # fmt: skip
DATA = VALUES | ROW | st.lists(ROW, max_size=3) | st.fixed_dictionaries({"medias": st.lists(ROW | VALUES, max_size=3)})
CODES = st.sampled_from([0, "0", 0, 0, 0, -32, -200, -201, -211, -214, -216, -218, -223, -230, -234, -9]) | LEAVES
BODIES = VALUES | st.fixed_dictionaries({"error": CODES}, optional={"data": DATA, "message": VALUES})
ANSWERS = st.tuples(st.sampled_from([200, 200, 200, 302, 400, 404, 429, 500]), BODIES)


class Said(Door):
    """Gives these answers in turn, round and round; the network is tested elsewhere."""

    def __init__(self, *answers: tuple[int, Any]) -> None:
        super().__init__()
        self.answers, self.calls = answers, 0

    async def call(self, *_: Any, **__: Any) -> Answer:
        """Answer."""
        status, body = self.answers[self.calls % len(self.answers)]
        self.calls += 1
        return Answer(status, {"x-ratelimit-limit": "100", "x-ratelimit-remain": "x"}, body, json.dumps(body))


async def _ends(call: Coroutine[Any, Any, Any]) -> Any:
    try:
        return await call
    except ChannelError as error:
        assert error.told.vi and error.told.en
        return error


@pytest.fixture
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clips, "LOOK_EVERY_S", 0.0)
    monkeypatch.setattr(clips, "LOOKS", 2)
    for room in (inbox, articles):
        monkeypatch.setattr(room, "MOST_PAGES", 2)
    monkeypatch.setattr(tokens, "LOOK_S", 0.0)


@pytest.mark.usefixtures("_no_pauses")
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ANSWERS, ANSWERS)
def test_no_answer_breaks_a_call(tmp_path: Path, one: tuple[int, Any], two: tuple[int, Any]) -> None:
    held = {"access_token": "AT-1", "refresh_token": "RT-1", "expires_at": (BEGIN + timedelta(hours=9)).isoformat()}
    ref = AccountRef("zalo", "1", "UBND", {"app_id": "42"}, held)
    article, clip, edit = composed(), composed(clip_in(tmp_path)), composed(options={"form": "edit", "target": "art_1"})

    async def every() -> None:
        channel = ZaloChannel(ref, door=Said(one, two), endpoints=Endpoints(), now=FakeClock(BEGIN))
        for out in (article, clip, edit, composed(options={"form": "broadcast", "target": "art_1"}), answer("mid_1")):
            notes = await _ends(channel.prepare(out, {}, forget))
            if isinstance(notes, ChannelError):
                continue
            sent = await _ends(channel.submit(out, notes))
            assert isinstance(sent, ChannelError) or bool(
                sent.notes.get("token") if sent.processing else sent.remote_id
            )
            if isinstance(sent, Sent) and sent.processing:
                polled = await _ends(channel.poll(out, sent, {**notes, **sent.notes}))
                assert isinstance(polled, ChannelError) or polled.processing != bool(polled.remote_id)
            if channel.finds(out.form):
                await _ends(channel.find_sent(out, {}, BEGIN))
        for reading in (channel.read_items(BEGIN), channel.read_metrics("art_1"), channel.read_inbox(BEGIN),
                        channel.read_account_metrics(BEGIN, BEGIN), channel.check_account(),
                        channel.withdraw("art_1"), channel.like_comment("mid_1", True)):  # fmt: skip
            await _ends(reading)

    asyncio.run(every())
