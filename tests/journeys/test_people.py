"""What people tell of themselves comes in by every way and is nowhere afterwards: store, log, chat, pages, exports."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from cryptography.fernet import Fernet
from sqlmodel import col, select

import bot.daemon
from bot.daemon import Daemon
from bot.demo.office import PASSWORD, Office, set_up
from bot.logs import set_up_logs
from bot.reports.weekly import weekly_html
from bot.settings import read_settings
from bot.webhooks.address import webhook_path
from channels.sandbox.core import Item, Remark
from channels.sandbox.facebook.hooks import signed_form
from channels.sandbox.world import DUTY_CHAT, Sandbox
from models.incident import Incident
from models.mention import Mention
from models.office import Account
from monitor.masking import mask
from tests.bot.console.conftest import token
from tests.conftest import FakeClock
from tests.monitor.crowd import QUAY, WordScorer
from tests.monitor.personal import PERSONAL
from tests.scanner import traces

NAME, SECRET = "Người Giấu Tên", "app-secret-of-this-test"
WORDS = ("an.nguyen", "annguyen", "nguyenvana", "nguyen.van.a", NAME)


def test_the_scanner_finds_what_is_there() -> None:
    """Else it would prove nothing."""
    for written in PERSONAL:
        assert traces(f"A {written}".encode(), PERSONAL), written
        assert traces(json.dumps({"x": written}), PERSONAL), written
        assert not traces(mask(written), PERSONAL, WORDS), written
    for spelled in ("0 9-1.2 3 4_5 6 7 8", "(84) 912.345.678", "4111-1111 1111.1111", "ở nhà số 7", "12 hẻm 3"):
        assert traces(spelled, PERSONAL), spelled
    assert not traces("thông báo số 15 ngày 12/10/2026, ngõ 7", PERSONAL)


@pytest.fixture
async def sandbox(clock: FakeClock) -> AsyncIterator[Sandbox]:
    made = Sandbox(now=clock, seed=5)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def daemon(
    sandbox: Sandbox,
    clock: FakeClock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],  # the log goes there, to the last line
) -> AsyncIterator[Daemon]:
    monkeypatch.setattr(bot.daemon, "open_scorer", lambda *_, **__: WordScorer())
    made = Daemon(
        read_settings(
            _env_file=None, data_dir=tmp_path / "var", secret_key=Fernet.generate_key().decode(), console_port=0,
            duty_chat=DUTY_CHAT, telegram_token=sandbox.bot_token, log_level="DEBUG",
            **{k.removeprefix("LOA_").lower(): v for k, v in sandbox.environment().items()},
        ),
        now=clock,
    )  # fmt: skip
    await made.open()
    yield made
    await made.stop()


async def people_write(sandbox: Sandbox, clock: FakeClock) -> list[Remark]:
    """Each spelling in another person's words, under posts and in the inbox."""
    items = {
        "facebook": Item(f"{sandbox.page.remote_id}_1", sandbox.page.remote_id, "feed", {}, clock(), text="Tin"),
        "youtube": Item("old00000001", sandbox.channel.remote_id, "video", {}, clock(), title="Tin"),
    }
    for kind, item in items.items():
        item.at = clock() - timedelta(hours=3)
        sandbox.platforms[kind].seed_history([item])
    remarks = []
    for number, written in enumerate(PERSONAL):
        text, at = f"{QUAY[number % len(QUAY)]} Hỏi {written} nhé", clock() - timedelta(minutes=number % 40 + 1)
        if number % 5 == 4:
            remarks.append(sandbox.message("zalo", f"{NAME} {number}", text, at))
        else:
            kind = "youtube" if number % 5 == 3 else "facebook"
            remarks.append(sandbox.comment(kind, items[kind].remote_id, f"{NAME} {number}", text, at))
    return remarks


async def call_webhook(daemon: Daemon, sandbox: Sandbox, clock: FakeClock, office: Office) -> None:
    """Facebook tells of one comment for each spelling."""
    page = sandbox.page.remote_id
    async with daemon.parts.db.write() as session:
        account = await session.get_one(Account, office.accounts["facebook"])
        opened = daemon.parts.vault.open(account.sealed)
        account.sealed = daemon.parts.vault.seal({**opened, "app_secret": SECRET})
        path = webhook_path(account)
    at = int(clock().timestamp())
    changes = [
        {
            "field": "feed",
            "value": {
                "from": {"id": f"77{number}", "name": NAME}, "item": "comment", "verb": "add", "post_id": f"{page}_1",
                "comment_id": f"{page}_1_9{number}", "parent_id": f"{page}_1", "created_time": at,
                "message": f"{QUAY[number % len(QUAY)]} {written}",
            },
        }
        for number, written in enumerate(PERSONAL)
    ]  # fmt: skip
    body = signed_form({"object": "page", "entry": [{"id": page, "time": at, "changes": changes}]})
    mac = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    async with aiohttp.ClientSession() as http:
        headers = {"X-Hub-Signature-256": f"sha256={mac}"}
        async with http.post(f"{daemon.console_url}{path}", data=body, headers=headers) as answer:
            assert answer.status == 200


async def seen_in_console(daemon: Daemon) -> str:
    """Every page that shows what people wrote."""
    async with aiohttp.ClientSession(daemon.console_url, cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        seen = await (await http.get("/login")).text()
        given = {"csrf": token(seen), "login": "truc", "password": PASSWORD}
        await http.post("/login", data=given)
        pages = []
        for path in ("/", "/comments", "/incidents", "/incidents/1", "/metrics", "/readyz"):
            async with http.get(path) as answer:
                assert answer.status == 200, path
                pages.append(await answer.text())
    assert "kho xăng" in pages[3].lower()
    return "\n".join(pages)


async def test_what_people_tell_of_themselves_is_nowhere(
    daemon: Daemon, sandbox: Sandbox, clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up_logs("DEBUG")
    office = await set_up(daemon.parts, sandbox)
    remarks = await people_write(sandbox, clock)
    await daemon.collect()
    await call_webhook(daemon, sandbox, clock, office)
    await daemon.worker.turn()
    await daemon.score()
    await daemon.watch()
    await daemon.chat_turn()
    chat = "\n".join(m.text for m in sandbox.messages(DUTY_CHAT))
    assert "kho xăng" in chat.lower(), "the alarm came"
    pages = await seen_in_console(daemon)
    report = await weekly_html(daemon.parts, office.organisation_id, "2026-W48", "vi")
    async with daemon.parts.db.read() as session:
        assert len((await session.exec(select(Mention).where(col(Mention.own).is_(False)))).all()) == 2 * len(PERSONAL)
        [incident] = (await session.exec(select(Incident))).all()
    folder = daemon.settings.data_dir
    await daemon.stop()
    names = (*WORDS, *(r.author_id for r in remarks))
    captured = capsys.readouterr()
    places = {
        "chat": chat, "pages": pages, "report": report, "evidence": json.dumps(incident.evidence),
        "log": captured.err + captured.out,
        **{str(f.relative_to(folder)): f.read_bytes() for f in folder.rglob("*") if f.is_file()},
    }  # fmt: skip
    assert "loa.db" in places and "incident" in places["log"]
    assert {name: found for name, content in places.items() if (found := traces(content, PERSONAL, names))} == {}
