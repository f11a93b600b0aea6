"""An office whose console listens, and the stand-in platforms that really call it."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from sqlmodel import col, select

from bot.console.app import Console
from bot.office_setup import add_account
from bot.webhooks.address import verify_word, webhook_address
from bot.webhooks.worker import Worker
from channels.sandbox.facebook import FacebookSandbox
from channels.sandbox.facebook.hooks import signed_form
from channels.sandbox.viber import ViberSandbox
from channels.sandbox.zalo import ZaloSandbox
from models.mention import Mention
from models.office import Account
from models.webhook import Subscriber, WebhookEvent
from tests.bot.conftest import Office
from tests.conftest import FakeClock

PAGE, OA, BOT = "100200300", "388613000000001", "pa:7"
APP_SECRET, OA_SECRET, BOT_TOKEN = "fb-app-secret", "oa-secret", "bot-token-1"


@dataclass
class Called:
    """The office's door and what lies behind it."""

    office: Office
    http: aiohttp.ClientSession
    worker: Worker
    clock: FakeClock

    async def account(self, kind: str) -> Account:
        async with self.office.parts.db.read() as session:
            return await session.get_one(Account, self.office.accounts[kind])

    async def address(self, kind: str) -> str:
        return webhook_address(self.office.parts, await self.account(kind))

    async def rows(self, table: type[Any]) -> Sequence[Any]:
        async with self.office.parts.db.read() as session:
            return (await session.exec(select(table).order_by(col(table.id)))).all()

    async def mentions(self) -> Sequence[Mention]:
        return await self.rows(Mention)

    async def events(self) -> Sequence[WebhookEvent]:
        return await self.rows(WebhookEvent)

    async def subscribers(self) -> Sequence[Subscriber]:
        return await self.rows(Subscriber)

    async def facebook(self, *entries: dict[str, Any], secret: str = APP_SECRET) -> int:
        """What comes of a signed delivery of these entries."""
        body = signed_form({"object": "page", "entry": list(entries)})
        mac = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        return await self.post("facebook", body, {"X-Hub-Signature-256": f"sha256={mac}"})

    async def viber(self, body: bytes, token: str = BOT_TOKEN) -> int:
        """What comes of a signed callback."""
        mac = hmac.new(token.encode(), body, hashlib.sha256).hexdigest()
        return await self.post("viber_bot", body, {"X-Viber-Content-Signature": mac})

    async def post(self, kind: str, body: bytes, headers: dict[str, str]) -> int:
        async with self.http.post(await self.address(kind), data=body, headers=headers) as answer:
            assert answer.status == 200 or not await answer.read(), "a refusal says nothing"
            return answer.status


def comment(verb: str, name: str, at: int, text: str = "", *, page: str = PAGE, author: str = "88") -> dict[str, Any]:
    """An entry about a comment; `at` is when that happened."""
    told = {"from": {"id": author, "name": "An"}, "item": "comment", "verb": verb, "post_id": f"{page}_5",
            "comment_id": name, "parent_id": f"{page}_5", "created_time": at}  # fmt: skip
    value = told | ({"message": text} if text else {})
    return {"id": page, "time": at, "changes": [{"field": "feed", "value": value}]}


@pytest.fixture
async def called(office: Office, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Called]:
    """The console on a port of its own; one account a platform that calls by itself."""
    monkeypatch.setattr("bot.webhooks.receiver.STORE_S", 60.0)  # whether the door is quick is the bench's affair
    known = {
        "facebook": (PAGE, {}, {"page_token": "p", "app_secret": APP_SECRET}),
        "zalo": (OA, {"app_id": "42", "author": "UBND"}, {"access_token": "a", "oa_secret": OA_SECRET}),
        "viber_bot": (BOT, {}, {"auth_token": BOT_TOKEN}),
    }
    for kind, (remote_id, settings, secrets) in known.items():
        office.accounts[kind] = await add_account(
            office.parts, office.id, kind=kind, remote_id=remote_id, name=kind, settings=settings, secrets=secrets
        )
    console = Console(office.parts)
    office.parts.settings = office.parts.settings.model_copy(update={"public_url": await console.start()})
    async with aiohttp.ClientSession() as http:
        yield Called(office, http, Worker(office.parts), clock)
    await console.stop()


@pytest.fixture
async def facebook(called: Called, clock: FakeClock) -> AsyncIterator[FacebookSandbox]:
    """Facebook, which asked the office for its challenge and delivers when it is told to."""
    made = FacebookSandbox(now=clock)
    page = made.add_page(PAGE, "UBND", "p")
    made.logins.app_secret = APP_SECRET
    await made.start()
    await made.save_callback(await called.address("facebook"), verify_word(await called.account("facebook")))
    page.extra["subscribed"] = ["feed"]
    assert made._pump is not None
    made._pump.cancel()
    yield made
    await made.stop()


@pytest.fixture
async def zalo(called: Called, clock: FakeClock) -> AsyncIterator[ZaloSandbox]:
    """Zalo, with the office's address saved in the app's console."""
    made = ZaloSandbox(now=clock)
    made.add_oa(OA, "UBND", app_id="42", app_secret="s")
    await made.start()
    await made.save_hook(OA, await called.address("zalo"), OA_SECRET)
    assert made._pump is not None
    made._pump.cancel()
    yield made
    await made.stop()


@pytest.fixture
async def viber(called: Called, clock: FakeClock) -> AsyncIterator[ViberSandbox]:
    """Viber, with a bot whose webhook was set by its API."""
    made = ViberSandbox(now=clock)
    made.add_bot(BOT, "Phường hỏi đáp", BOT_TOKEN)
    url = await made.start()
    assert made._poller is not None
    made._poller.cancel()
    asked = {"url": await called.address("viber_bot"), "send_name": True}
    headers = {"X-Viber-Auth-Token": BOT_TOKEN}
    async with called.http.post(f"{url}/pa/set_webhook", json=asked, headers=headers) as answer:
        assert (await answer.json())["status"] == 0
    yield made
    await made.stop()
