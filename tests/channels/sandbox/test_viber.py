"""Every documented refusal of Viber, asked for with a plain HTTP client. HTTP is 200 always; `status` decides."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from channels.sandbox.viber import ViberSandbox
from channels.sandbox.world import Sandbox
from tests.channels.sandbox.conftest import assert_refused_by


class Channel:
    """A plain client of one channel."""

    def __init__(self, http: aiohttp.ClientSession, platform: ViberSandbox) -> None:
        self.http, self.platform = http, platform
        self.account = next(iter(platform.accounts.values()))
        self.token = next(iter(self.account.tokens))
        self.answer: dict[str, Any] = {}

    async def call(self, method: str, token: str | None = None, **body: Any) -> None:
        headers = {"X-Viber-Auth-Token": self.token if token is None else token}
        if token == "":
            headers = {}
        async with self.http.post(f"{self.platform.url}/pa/{method}", json=body, headers=headers) as answer:
            assert answer.status == 200
            self.answer = await answer.json()

    async def post(self, **body: Any) -> None:
        wanted = {"from": self.account.extra["superadmin"], "type": "text", "text": "Thông báo", **body}
        await self.call("post", **{k: v for k, v in wanted.items() if v is not None})


async def arranged(channel: Channel, rule: str) -> None:
    channel.platform.arrange(channel.account.remote_id, rule)
    await channel.post()


async def no_webhook(channel: Channel) -> None:
    channel.account.extra["webhook"] = ""
    await channel.post()


CASES: dict[str, Callable[[Channel], Awaitable[None]]] = {
    "no_token": lambda c: c.call("get_account_info", token=""),
    "token": lambda c: c.call("get_account_info", token="nobody"),
    "url": lambda c: c.call("set_webhook", url="http://plain.example/hook"),
    "bad": lambda c: c.post(type="album"),
    "sender": lambda c: c.post(**{"from": "somebody"}),
    "missing": lambda c: c.post(text=None),
    "long_text": lambda c: c.post(text="x" * 7001),
    "long_caption": lambda c: c.post(type="picture", text="x" * 769, media="https://x.example/a.jpg"),
    "picture": lambda c: c.post(type="picture", media="https://x.example/a.png"),
    "video_size": lambda c: c.post(type="video", media="https://x.example/a.mp4"),
    "big_video": lambda c: c.post(type="video", media="https://x.example/a.mp4", size=60_000_000),
    "webhook": no_webhook,
}


@pytest.mark.parametrize("key", sorted(ViberSandbox.rules))
async def test_refusals_have_vibers_shape(key: str, sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
    rule, channel = ViberSandbox.rules[key], Channel(http, sandbox.viber)
    await (arranged(channel, key) if rule.arranged else CASES[key](channel))
    assert channel.answer["status"] == rule.code, channel.answer
    assert channel.answer["status_message"]
    assert_refused_by(sandbox.viber, key)
    assert rule.cites.startswith("viber.md ")


async def test_a_post_gets_a_token_beyond_a_floats_reach(sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
    channel = Channel(http, sandbox.viber)
    await channel.post()
    token = channel.answer["message_token"]
    assert token > 2**53
    assert sandbox.viber.items[str(token)].payload["text"] == "Thông báo"
