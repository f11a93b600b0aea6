"""Whatever an answer says, a call ends in a result or in an error that people can read, and a post in a number."""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections.abc import Coroutine
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from channels.base import EDIT, Content, Endpoints, Sent
from channels.errors import ChannelError
from channels.http import Answer, Door
from channels.telegram import TelegramChannel
from tests.channels.telegram.bot_api import account
from tests.conftest import BEGIN, FakeClock

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "150"))
WORDS = st.sampled_from(
    ["ok", "result", "error_code", "description", "parameters", "retry_after", "migrate_to_chat_id", "message_id",
     "chat", "id", "username", "status", "can_post_messages", "type", "channel", "administrator", "pinned_message"]
)  # fmt: skip
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8) | WORDS
VALUES = st.recursive(LEAVES, lambda v: st.lists(v, max_size=3) | st.dictionaries(WORDS, v, max_size=4), max_leaves=8)
BODIES = (
    VALUES
    | st.fixed_dictionaries({"ok": st.just(True), "result": VALUES})
    | st.fixed_dictionaries(
        {"ok": st.just(False), "error_code": st.sampled_from([400, 401, 403, 404, 409, 413, 429, 500]) | LEAVES},
        optional={"description": LEAVES, "parameters": VALUES},
    )
)
ANSWERS = st.tuples(st.sampled_from([200, 302, 400, 401, 403, 404, 413, 429, 500, 502]), BODIES)


class Said(Door):
    """Gives one answer to every call; the network is tested elsewhere."""

    def __init__(self, status: int, body: object) -> None:
        super().__init__()
        self.answer = Answer(status, {}, body, json.dumps(body))

    async def call(self, *_: Any, **__: Any) -> Answer:
        """Answer."""
        return self.answer


async def _ends(call: Coroutine[Any, Any, Any]) -> Any:
    try:
        return await call
    except ChannelError as error:
        assert error.told.vi and error.told.en
        return error


@settings(max_examples=EXAMPLES, deadline=None, derandomize="FUZZ_EXAMPLES" not in os.environ)
@given(ANSWERS)
def test_no_answer_breaks_a_call(answer: tuple[int, Any]) -> None:
    channel = TelegramChannel(account(), door=Said(*answer), endpoints=Endpoints(), now=FakeClock(BEGIN))
    text = channel.compose(Content("Tin"), channel.account)
    edit = channel.compose(Content("Tin", options={"form": EDIT, "target": "m17.18"}), channel.account)

    async def every() -> None:
        sent = await _ends(channel.submit(text, {}))
        assert isinstance(sent, ChannelError | Sent)
        assert isinstance(sent, ChannelError) or re.fullmatch(r"\d+(\.\d+)*", sent.remote_id)
        await _ends(channel.submit(edit, {}))
        await _ends(channel.pin("17"))
        await _ends(channel.withdraw("m17.18"))
        await _ends(channel.read_account_metrics(BEGIN, BEGIN))
        await _ends(channel.check_account())

    asyncio.run(every())
