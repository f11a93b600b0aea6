"""The renewal of Zalo's pair inside one process: what is stored when, who waits for whom, what each failure means."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Any

import pytest

from channels.base import AccountRef, Endpoints, SecretsChanged
from channels.errors import AuthLost, Unreachable
from channels.http import Door
from channels.sandbox.core import Account
from channels.sandbox.zalo import ZaloSandbox
from channels.zalo import ZaloChannel, tokens
from tests.channels.scripted import Scripted
from tests.conftest import FakeClock

REFRESH = "POST /v4/oa/access_token"


class Row:
    """A stored row as the office keeps it: a save fails when somebody else saved since. `fails` are what the next
    saves of a new pair meet; with `stores` such a save gets through all the same."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self.secrets, self.seen = dict(secrets), dict(secrets)
        self.fails: list[Exception] = []
        self.stores = False

    async def load(self) -> Mapping[str, str]:
        self.seen = dict(self.secrets)
        return dict(self.secrets)

    async def save(self, secrets: Mapping[str, str]) -> None:
        if self.seen != self.secrets:
            raise SecretsChanged
        trouble = self.fails.pop(0) if self.fails and not secrets.get("refresh_marker") else None
        if trouble is None or self.stores:
            self.secrets = dict(secrets)
        if trouble is not None:
            raise trouble
        self.seen = dict(secrets)


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "STORE_AGAIN_S", (0.0, 0.0))
    monkeypatch.setattr(tokens, "LOOK_S", 0.01)
    monkeypatch.setattr(tokens, "WAIT_S", 0.2)


@pytest.fixture
async def platform(clock: FakeClock) -> AsyncIterator[ZaloSandbox]:
    made = ZaloSandbox(now=clock, seed=5)
    made.add_oa("388", "UBND", app_id="42", app_secret="app-secret")
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
def oa(platform: ZaloSandbox) -> Account:
    return platform.accounts["388"]


@pytest.fixture
def row(oa: Account) -> Row:
    extra = oa.extra
    return Row({"access_token": extra["access"], "refresh_token": extra["refresh"], "app_secret": "app-secret",
                "expires_at": extra["expires_at"].isoformat()})  # fmt: skip


def adapter(platform: ZaloSandbox, door: Door, clock: FakeClock, row: Row) -> ZaloChannel:
    ref = AccountRef("zalo", "388", "UBND", {"app_id": "42"}, dict(row.secrets))
    ends = Endpoints(zalo=platform.url, zalo_oauth=platform.url)
    return ZaloChannel(ref, door=door, endpoints=ends, now=clock, save_secrets=row.save, load_secrets=row.load)


def marker(clock: FakeClock, row: Row, who: str = "another") -> str:
    return f"{clock().isoformat()} {tokens._fingerprint(row.secrets['refresh_token'])} {who}"


async def test_a_commit_that_failed_is_tried_again_with_the_pair_in_hand(
    platform: ZaloSandbox, door: Door, clock: FakeClock, oa: Account, row: Row
) -> None:
    clock.forward(hours=20)
    row.fails = [OSError("disk full"), OSError("disk full")]
    ends = await adapter(platform, door, clock, row).renew()
    assert (row.secrets["refresh_token"], row.secrets["refresh_marker"]) == (oa.extra["refresh"], "")
    assert (ends, platform.calls[REFRESH]) == (clock() + timedelta(hours=25), 1)


@pytest.mark.parametrize("said", [None, "", "soon", 0, -5, 10**30, "9" * 40])
async def test_a_pair_is_kept_whatever_is_said_of_its_life(
    said: Any, scripted: Scripted, door: Door, clock: FakeClock, row: Row
) -> None:
    scripted.says({"access_token": "AT-2", "refresh_token": "RT-2", "expires_in": said})
    clock.forward(hours=20)
    ref = AccountRef("zalo", "388", "UBND", {"app_id": "42"}, dict(row.secrets))
    ends = Endpoints(zalo=scripted.url, zalo_oauth=scripted.url)
    channel = ZaloChannel(ref, door=door, endpoints=ends, now=clock, save_secrets=row.save, load_secrets=row.load)
    assert await channel.renew() is None
    assert (row.secrets["access_token"], row.secrets["refresh_token"], row.secrets["expires_at"]) == (
        "AT-2",
        "RT-2",
        "",
    )


async def test_a_commit_of_which_nobody_knows_is_looked_up(
    platform: ZaloSandbox, door: Door, clock: FakeClock, oa: Account, row: Row
) -> None:
    clock.forward(hours=20)
    row.fails, row.stores = [ConnectionError("cut at commit")], True
    channel = adapter(platform, door, clock, row)
    await channel.renew()
    assert channel.account.secrets == row.secrets
    assert (row.secrets["refresh_token"], platform.calls[REFRESH]) == (oa.extra["refresh"], 1)


async def test_a_pair_that_cannot_be_stored_stays_in_memory_and_is_stored_later(
    platform: ZaloSandbox, door: Door, clock: FakeClock, oa: Account, row: Row
) -> None:
    clock.forward(hours=20)
    row.fails = [OSError("disk full")] * 3
    with pytest.raises(OSError, match="disk full"):
        await adapter(platform, door, clock, row).renew()
    assert row.secrets["refresh_token"] != oa.extra["refresh"]
    assert (await adapter(platform, door, clock, row).check_account()).ok
    assert (row.secrets["refresh_token"], platform.calls[REFRESH]) == (oa.extra["refresh"], 1)


async def test_what_another_process_is_renewing_is_waited_for_only_when_the_token_is_dead(
    platform: ZaloSandbox, door: Door, clock: FakeClock, row: Row
) -> None:
    clock.forward(hours=21)
    row.secrets["refresh_marker"] = marker(clock, row)
    channel = adapter(platform, door, clock, row)
    assert (await channel.check_account()).ok, "with the old token, which lives"
    clock.forward(hours=5)
    row.secrets["refresh_marker"] = marker(clock, row)
    with pytest.raises(Unreachable) as busy:
        await adapter(platform, door, clock, row).check_account()
    assert "another process" in busy.value.detail
    clock.forward(minutes=2)
    assert (await adapter(platform, door, clock, row).check_account()).ok, "it died"
    assert platform.calls[REFRESH] == 1


async def test_the_clock_put_back_does_not_make_a_dead_marker_live(
    platform: ZaloSandbox, door: Door, clock: FakeClock, row: Row
) -> None:
    clock.forward(hours=26)
    row.secrets["refresh_marker"] = marker(clock, row)
    clock.forward(hours=-1, minutes=-1)
    assert (await adapter(platform, door, clock, row).check_account()).ok
    clock.forward(hours=1)
    assert (await adapter(platform, door, clock, row).check_account()).ok
    assert platform.calls[REFRESH] == 1


async def test_an_answer_lost_twice_is_asked_for_again_and_only_a_refusal_is_the_end(
    platform: ZaloSandbox, door: Door, clock: FakeClock, row: Row
) -> None:
    clock.forward(hours=26)
    platform.fail_next("drop_before", match="access_token", times=2)
    with pytest.raises(Unreachable):
        await adapter(platform, door, clock, row).check_account()
    assert row.secrets["refresh_marker"], "nobody knows"
    assert (await adapter(platform, door, clock, row).check_account()).ok
    assert row.secrets["refresh_marker"] == ""
    clock.forward(hours=26)
    platform.fail_next("drop_after", match="access_token")
    platform.fail_next("drop_before", match="access_token")
    with pytest.raises(Unreachable):
        await adapter(platform, door, clock, row).check_account()
    health = await adapter(platform, door, clock, row).check_account()
    assert health.lost and "was cut off after Zalo gave a new pair" in health.told.en


async def test_a_service_that_is_not_there_leaves_no_mark(
    platform: ZaloSandbox, door: Door, clock: FakeClock, row: Row, unused_port: int
) -> None:
    clock.forward(hours=26)
    channel = adapter(platform, door, clock, row)
    channel.endpoints = Endpoints(zalo=platform.url, zalo_oauth=f"http://127.0.0.1:{unused_port}")
    with pytest.raises(Unreachable):
        await channel.check_account()
    assert row.secrets["refresh_marker"] == "", "certainly not sent"


async def test_a_token_that_another_program_used_up_is_told_as_that(
    platform: ZaloSandbox, door: Door, clock: FakeClock, oa: Account, row: Row
) -> None:
    clock.forward(hours=20)
    platform.rotate(oa)
    with pytest.raises(AuthLost) as lost:
        await adapter(platform, door, clock, row).renew()
    assert "another program used it" in lost.value.told.en


_OVER = {"error": -14014, "error_name": "Invalid refresh token"}


@pytest.mark.parametrize(
    ("body", "status", "left"),
    [
        ({"error": -14999, "error_name": "Internal server error"}, 500, "marked"),
        (_OVER, 503, "marked"),
        ("<html>Bad gateway</html>", 502, "marked"),
        ("<html>Under maintenance</html>", 200, "marked"),
        ('{"access_token": "A', 200, "marked"),
        ({"access_token": "A"}, 200, "marked"),
        ("Too many requests", 429, ""),
        ({"error": -32, "error_name": "Limit reached"}, 429, ""),
        ({"error": -14777, "error_name": "Something new"}, 200, ""),
    ],
)
async def test_an_error_that_says_nothing_of_the_grant_loses_nothing(
    body: Any, status: int, left: str, scripted: Scripted, platform: ZaloSandbox, door: Door, clock: FakeClock, row: Row
) -> None:
    clock.forward(hours=21)
    scripted.says(body, status=status)
    channel = adapter(platform, door, clock, row)
    channel.endpoints = Endpoints(zalo=platform.url, zalo_oauth=scripted.url)
    with pytest.raises(Unreachable):
        await channel.renew()
    assert bool(row.secrets["refresh_marker"]) == bool(left), "a mark stays where a pair may have been given"
    assert (await channel.check_account()).ok, "with the token that lives"
    assert (await adapter(platform, door, clock, row).renew()) == clock() + timedelta(hours=25), "asked again"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (_OVER, "another program used it"),
        ({"error": -14777, "error_name": "Invalid refresh token."}, "another program used it"),
        ({"error": "-14002", "error_name": "Invalid app id"}, "activate it"),
    ],
)
async def test_what_no_later_try_can_help_is_the_operators(
    body: Any, says: str, scripted: Scripted, platform: ZaloSandbox, door: Door, clock: FakeClock, row: Row
) -> None:
    clock.forward(hours=21)
    scripted.says(body)
    channel = adapter(platform, door, clock, row)
    channel.endpoints = Endpoints(zalo=platform.url, zalo_oauth=scripted.url)
    with pytest.raises(AuthLost) as lost:
        await channel.renew()
    assert says in lost.value.told.en
    assert len(scripted.calls) == 1


async def test_a_pair_given_behind_an_error_is_told_as_a_cut(
    scripted: Scripted, platform: ZaloSandbox, door: Door, clock: FakeClock, row: Row
) -> None:
    clock.forward(hours=21)
    scripted.says("<html>Bad gateway</html>", _OVER)
    channel = adapter(platform, door, clock, row)
    channel.endpoints = Endpoints(zalo=platform.url, zalo_oauth=scripted.url)
    with pytest.raises(AuthLost) as lost:
        await channel.renew()
    assert "was cut off after Zalo gave a new pair" in lost.value.told.en
