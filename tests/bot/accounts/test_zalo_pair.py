"""Zalo's refresh token works once: no crash and no second process loses the pair, but for one window that is told."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

import pytest
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.accounts.check import check_account
from bot.accounts.watch import keep_accounts
from bot.duty.notices import tell_troubles
from bot.engine.lease import LeaseLost
from channels.sandbox.world import Sandbox
from channels.zalo import tokens
from models.db import FENCE
from models.incident import Alert
from models.office import Account, AccountStatus
from tests.bot.accounts.conftest import account_of, connect
from tests.bot.conftest import Office
from tests.conftest import FakeClock

ROOT = Path(__file__).parents[3]
REFRESH = "POST /v4/oa/access_token"


@pytest.fixture
async def office(office: Office, sandbox: Sandbox) -> Office:
    """With the OA alone, checked once so that the end of its token is known."""
    async with office.parts.db.write() as session:
        for account in (await session.exec(select(Account).where(Account.kind != "zalo"))).all():
            await session.delete(account)
    assert (await check_account(office.parts, office.accounts["zalo"])).ok
    return office


async def child(
    office: Office, sandbox: Sandbox, deed: str = "turn", dies: str = "never"
) -> asyncio.subprocess.Process:
    """Another process of the same office."""
    settings = office.parts.settings
    assert settings.secret_key is not None
    words = [
        settings.database,
        settings.secret_key.get_secret_value(),
        sandbox.zalo.url,
        office.parts.now().isoformat(),
    ]
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bot.accounts.pair_child", *words, str(office.accounts["zalo"]), deed, dies,
        cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def kill_at(office: Office, sandbox: Sandbox, point: str) -> None:
    process = await child(office, sandbox, dies=point)
    _, err = await process.communicate()
    assert process.returncode == -signal.SIGKILL, err.decode()


async def stored(office: Office) -> dict[str, str]:
    return office.parts.vault.open((await account_of(office, "zalo")).sealed)


async def holds_the_living_pair(office: Office, sandbox: Sandbox) -> bool:
    secrets, alive = await stored(office), sandbox.oa.extra
    return (secrets["access_token"], secrets["refresh_token"]) == (alive["access"], alive["refresh"])


async def test_the_pair_is_renewed_six_hours_before_its_end_and_once(
    office: Office, clock: FakeClock, sandbox: Sandbox
) -> None:
    clock.forward(hours=18)
    await keep_accounts(office.parts)
    assert sandbox.zalo.calls[REFRESH] == 0
    clock.forward(hours=1)
    for _ in range(3):
        await keep_accounts(office.parts)
    assert sandbox.zalo.calls[REFRESH] == 1
    assert await holds_the_living_pair(office, sandbox)
    account = await account_of(office, "zalo")
    assert (account.refreshed_at, account.expires_at) == (clock(), sandbox.oa.extra["expires_at"])
    assert (await stored(office))["refresh_marker"] == ""


async def test_a_paused_account_keeps_its_pair_alive(office: Office, clock: FakeClock, sandbox: Sandbox) -> None:
    async with office.parts.db.write() as session:
        (await session.get_one(Account, office.accounts["zalo"])).status = AccountStatus.PAUSED
    clock.forward(hours=20)
    await keep_accounts(office.parts)
    assert sandbox.zalo.calls[REFRESH] == 1
    assert (await account_of(office, "zalo")).status == AccountStatus.PAUSED


@pytest.mark.parametrize(("point", "asked"), [("marked", 0), ("stored", 1)])
async def test_a_kill_before_the_call_or_after_the_commit_loses_nothing(
    office: Office, clock: FakeClock, sandbox: Sandbox, point: str, asked: int
) -> None:
    clock.forward(hours=20)
    await kill_at(office, sandbox, point)
    assert sandbox.zalo.calls[REFRESH] == asked
    await keep_accounts(office.parts)  # at once: the dead process may still be at it, and the old token lives
    assert sandbox.zalo.calls[REFRESH] == asked
    clock.forward(minutes=3)
    await keep_accounts(office.parts)
    assert sandbox.zalo.calls[REFRESH] == 1
    assert await holds_the_living_pair(office, sandbox)
    assert (await account_of(office, "zalo")).status == AccountStatus.OK
    assert (await check_account(office.parts, office.accounts["zalo"])).ok


async def test_a_kill_between_answer_and_commit_is_told_as_what_it_is(
    office: Office, clock: FakeClock, sandbox: Sandbox
) -> None:
    clock.forward(hours=20)
    await kill_at(office, sandbox, "answered")
    assert sandbox.zalo.calls[REFRESH] == 1
    assert not await holds_the_living_pair(office, sandbox), "the pair died with the process"
    clock.forward(minutes=3)
    await keep_accounts(office.parts)
    account = await account_of(office, "zalo")
    assert account.status == AccountStatus.LOST
    assert "lúc 04:00 25/11 bị đứt sau khi Zalo cấp cặp mã mới và trước khi lưu được" in account.status_reason
    assert [await tell_troubles(office.parts) for _ in range(2)] == [1, 0]
    async with office.parts.db.read() as session:
        told = (await session.exec(select(Alert.text))).one()
    assert "bị đứt" in told and "loa account connect" in told
    calls = sandbox.zalo.calls.total()
    await keep_accounts(office.parts)
    assert sandbox.zalo.calls.total() == calls, "a lost account is left alone"
    await connect(office, sandbox, "zalo")
    assert (await check_account(office.parts, office.accounts["zalo"])).ok
    assert (await account_of(office, "zalo")).status == AccountStatus.OK


async def test_two_processes_with_a_dead_token_renew_it_once(
    office: Office, clock: FakeClock, sandbox: Sandbox
) -> None:
    clock.forward(hours=26)
    sandbox.zalo.fail_next("delay", match="/v4/oa/access_token", seconds=2)
    both = [await child(office, sandbox, "check") for _ in range(2)]
    said = [await process.communicate() for process in both]
    assert [out.decode().split()[-1:] for out, _ in said] == [["ok"], ["ok"]], said
    assert sandbox.zalo.calls[REFRESH] == 1
    assert await holds_the_living_pair(office, sandbox)


async def test_a_pair_that_another_process_got_meanwhile_is_taken(
    office: Office, clock: FakeClock, sandbox: Sandbox
) -> None:
    """This process was frozen between its marker and its call: the other one saw the marker grow old and renewed."""
    clock.forward(hours=20)
    channel = office.parts.channel(await account_of(office, "zalo"))
    exchange = tokens.ZaloTokens._exchange

    async def late(self: tokens.ZaloTokens, refresh_token: str) -> object:
        clock.forward(minutes=3)
        process = await child(office, sandbox)
        assert await process.wait() == 0
        return await exchange(self, refresh_token)

    channel._exchange = late.__get__(channel)  # type: ignore[attr-defined]
    await channel.renew()
    assert sandbox.zalo.calls[REFRESH] == 2, "one of them in vain"
    assert await holds_the_living_pair(office, sandbox)
    assert channel.account.secrets["access_token"] == sandbox.oa.extra["access"]


@pytest.mark.parametrize("held_for", [0, 1])
async def test_who_lost_the_role_asks_for_no_pair_and_keeps_the_one_it_got(
    office: Office, clock: FakeClock, sandbox: Sandbox, held_for: int
) -> None:
    """Lost before the marker, or between the marker and the answer."""
    clock.forward(hours=20)
    asked = 0

    async def ask(_: AsyncSession) -> None:
        nonlocal asked
        asked += 1
        if asked > held_for:
            raise LeaseLost("accounts")

    before = FENCE.set(ask)
    with pytest.raises(LeaseLost):
        await keep_accounts(office.parts)
    FENCE.reset(before)
    assert sandbox.zalo.calls[REFRESH] == held_for
    assert await holds_the_living_pair(office, sandbox)


async def test_a_cancelled_caller_breaks_nothing_off(office: Office, clock: FakeClock, sandbox: Sandbox) -> None:
    clock.forward(hours=20)
    sandbox.zalo.fail_next("delay", match="/v4/oa/access_token", seconds=0.5)
    channel = office.parts.channel(await account_of(office, "zalo"))
    renewing = asyncio.create_task(channel.renew())
    while not sandbox.zalo.calls[REFRESH]:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    renewing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await renewing
    await office.parts.door.close()  # as the daemon does when it stops
    assert sandbox.zalo.calls[REFRESH] == 1
    assert await holds_the_living_pair(office, sandbox)


async def test_a_reconnection_during_a_renewal_stays(office: Office, clock: FakeClock, sandbox: Sandbox) -> None:
    clock.forward(hours=20)
    sandbox.zalo.fail_next("delay", match="/v4/oa/access_token", seconds=0.5)
    channel = office.parts.channel(await account_of(office, "zalo"))
    renewing = asyncio.create_task(channel.renew())
    while not sandbox.zalo.calls[REFRESH]:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    await connect(office, sandbox, "zalo", access_token="AT-admin", refresh_token="RT-admin")
    await renewing
    assert (await stored(office))["refresh_token"] == "RT-admin"
    assert channel.account.secrets["access_token"] == "AT-admin"


async def test_while_zalo_cannot_be_reached_the_old_token_goes_on(
    office: Office, clock: FakeClock, sandbox: Sandbox
) -> None:
    clock.forward(hours=21)
    sandbox.zalo.fail_next("drop_before", match="/v4/oa/access_token", times=2)
    assert (await check_account(office.parts, office.accounts["zalo"])).ok
    sandbox.zalo.fail_next("drop_before", match="/v4/oa/access_token", times=2)
    await keep_accounts(office.parts)
    assert (await account_of(office, "zalo")).status == AccountStatus.OK
    await keep_accounts(office.parts)
    assert await holds_the_living_pair(office, sandbox)


@pytest.mark.parametrize(("fault", "rule"), [("refuse", "grant_type"), ("server_error", ""), ("too_many", "")])
async def test_an_error_of_zalos_login_host_loses_no_account(
    fault: str, rule: str, office: Office, clock: FakeClock, sandbox: Sandbox
) -> None:
    clock.forward(hours=21)
    sandbox.zalo.fail_next(fault, match="/v4/oa/access_token", times=2, rule=rule)
    await keep_accounts(office.parts)
    assert (await account_of(office, "zalo")).lost_at is None
    sandbox.zalo.faults.clear()
    await keep_accounts(office.parts)
    assert await holds_the_living_pair(office, sandbox)
