"""`loa account connect` as a person runs it: a browser that comes back to this machine, or an address to paste."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

import aiohttp
import pytest

from bot.parts import real_now
from channels.sandbox.core import Account as Page
from channels.sandbox.world import Sandbox
from models.office import Account, AccountStatus
from tests.bot.accounts.conftest import account_of
from tests.bot.accounts.test_connect import agree, app
from tests.bot.conftest import Office
from tests.conftest import FakeClock

ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def clock() -> FakeClock:
    """The command line's own time."""
    return FakeClock(real_now())


class Command:
    """One run of the command. `lines` are all that it wrote so far."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process, self.lines = process, list[str]()

    async def until(self, pattern: str) -> str:
        """Read on to a line that matches; return its first group."""
        assert self.process.stdout is not None
        while line := (await asyncio.wait_for(self.process.stdout.readline(), 60)).decode():
            self.lines.append(line.rstrip("\n"))
            if found := re.search(pattern, line):
                return found[1]
        raise AssertionError("\n".join(self.lines))

    async def enter(self, *lines: str) -> None:
        """Type lines."""
        assert self.process.stdin is not None
        self.process.stdin.write("".join(f"{line}\n" for line in lines).encode())
        await self.process.stdin.drain()

    async def end(self) -> int:
        """Wait for its end; nothing more is typed."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        out, _ = await asyncio.wait_for(self.process.communicate(), 60)
        self.lines += out.decode().splitlines()
        assert self.process.returncode is not None
        return self.process.returncode

    @property
    def said(self) -> str:
        return "\n".join(self.lines)


async def loa(office: Office, *words: str, **settings: str) -> Command:
    here = office.parts.settings
    assert here.secret_key is not None
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "COLUMNS": "300",
        "LOA_DATABASE_URL": here.database,
        "LOA_DATA_DIR": str(here.data_dir),
        "LOA_SECRET_KEY": here.secret_key.get_secret_value(),
        **{f"LOA_{n.upper()}_BASE_URL": str(getattr(here, f"{n}_base_url")) for n in
           ("facebook", "facebook_dialog", "zalo", "zalo_oauth", "viber", "youtube")},
        **settings,
    }  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.cli", "account", "connect", "--as", "admin", *words, env=environment,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    return Command(process)


async def browse(address: str) -> tuple[int, str]:
    """Agree as a browser does: the platform's page sends on to the command's own port."""
    async with aiohttp.ClientSession() as browser, browser.get(address) as answer:
        return answer.status, await answer.text()


def app_settings(words: Mapping[str, str], kind: str) -> dict[str, str]:
    prefix = {"youtube": "GOOGLE"}.get(kind, kind.upper())
    return {f"LOA_{prefix}_{name.upper()}": word for name, word in words.items()}


@pytest.mark.parametrize("kind", ["facebook", "youtube"])
async def test_the_browser_comes_back_to_this_machine(office: Office, sandbox: Sandbox, kind: str) -> None:
    words = app(sandbox, kind)
    command = await loa(office, kind, "--account", str(office.accounts[kind]), "--port", "0", LOA_LOG_LEVEL="DEBUG")
    await command.enter(*words.values())
    port = await command.until(rf"http://localhost:(\d+)/oauth/{kind}/callback")
    address = await command.until(r"^(http://127\S+)")
    assert (await browse(f"http://localhost:{port}/oauth/{kind}/callback?code=stray"))[0] == 400, (
        "not what is waited for"
    )
    status, text = await browse(address)
    assert (status, "cửa sổ dòng lệnh" in text) == (200, True)
    assert await command.end() == 0, command.said
    assert f"✓ #{office.accounts[kind]} " in command.said
    opened = office.parts.vault.open((await account_of(office, kind)).sealed)
    public = {"app_id", "client_id", "expires_at"}
    assert not re.search(r"[?&]code=\w", command.said), "nor in the most talkative log"
    assert not [name for name, value in opened.items() if name not in public and value in command.said]


async def test_without_a_browser_the_address_is_pasted(office: Office, sandbox: Sandbox) -> None:
    """Zalo sends the browser to an address of the office's, which shows it; from there it is copied."""
    async with office.parts.db.write() as session:
        (await session.get_one(Account, office.accounts["zalo"])).lose("mất", real_now())
    command = await loa(
        office, "zalo", "--account", str(office.accounts["zalo"]),
        LOA_PUBLIC_URL="http://127.0.0.1:8080", **app_settings(app(sandbox, "zalo"), "zalo"),
    )  # fmt: skip
    await command.enter("", "")  # no OA secret, no verifier of its own; the author is known
    address = await command.until(r"^(http://127\S+/v4/oa/permission\S+)")
    answer = await agree(address)
    await command.enter(f"http://127.0.0.1:8080/oauth/zalo/callback?code={answer['code']}&oa_id={answer['oa_id']}"
                        f"&state={answer['state']}")  # fmt: skip
    assert await command.end() == 0, command.said
    account = await account_of(office, "zalo")
    assert (account.status, account.settings["author"]) == (AccountStatus.OK, "UBND tỉnh")


async def test_of_several_pages_the_named_one(office: Office, sandbox: Sandbox) -> None:
    sandbox.facebook.add_account(Page("100777", "Trang thứ hai", {"EAAB-second"}))
    for words, status, said in (
        ((), 2, "--id: there are several"),
        (("--id", "100778"), 2, "Choose one account of the list."),
        (("--id", "100777"), 0, "Trang thứ hai"),
    ):
        command = await loa(
            office, "facebook", "--paste", *words, **app_settings(app(sandbox, "facebook"), "facebook"),
            LOA_PUBLIC_URL="http://127.0.0.1:8080",
        )  # fmt: skip
        answer = await agree(await command.until(r"^(http://127\S+)"))
        await command.enter(
            f"http://127.0.0.1:8080/oauth/facebook/callback?code={answer['code']}&state={answer['state']}"
        )
        assert await command.end() == status, command.said
        assert said in command.said
    assert "2. Trang thứ hai (100777)" not in command.said.splitlines()[-1]


async def test_a_token_is_read_from_standard_input(office: Office, sandbox: Sandbox) -> None:
    token = sandbox.viber.regenerate(sandbox.viber_channel.remote_id)
    command = await loa(office, "viber")
    await command.enter(token)
    assert await command.end() == 0, command.said
    assert f"✓ #{office.accounts['viber']} " in command.said and token not in command.said


async def test_what_goes_wrong_is_one_line(office: Office, sandbox: Sandbox) -> None:
    fb = app_settings(app(sandbox, "facebook"), "facebook")
    sandbox.facebook.logins.agrees = False
    command = await loa(office, "facebook", "--port", "0", **fb)
    await browse(await command.until(r"^(http://127\S+)"))
    assert await command.end() == 2
    assert "đã từ chối trên trang của Facebook" in command.lines[-1] and "Traceback" not in command.said

    command = await loa(office, "facebook", "--paste", **fb)
    await command.until(r"^(http://127\S+)")
    await command.enter("http://localhost:8765/oauth/facebook/callback?code=abc&state=of-another")
    assert await command.end() == 2
    assert "belongs to no connection" in command.lines[-1] and "abc" not in command.said

    for words, typed, said in (
        (("viber",), ["wrong"], "Mã truy cập Viber không còn đúng"),
        (("viber",), [], "Enter: Token"),
        (("myspace",), [], "No channel myspace"),
        (("facebook", "--account", "999"), [], "There is no such account."),
        (("facebook", "--paste"), ["nothing"], "copy the whole address"),
    ):
        command = await loa(office, *words, **(fb if "--paste" in words else {}))
        await command.enter(*typed)
        assert await command.end() == 2, command.said
        assert said in command.lines[-1], command.said
