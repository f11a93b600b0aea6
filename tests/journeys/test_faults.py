"""Every fault of a platform by itself, then all of them mixed: nothing lost, nothing twice, and whatever does not go
out by itself says to a person what to do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from bot.accounts.watch import keep_accounts
from bot.office_setup import add_account
from bot.publishing.queueing import settle_unknown
from channels.base import Can
from channels.registry import CHANNELS
from channels.sandbox.core import UNDONE
from models.office import AccountStatus
from models.states import DeliveryState
from tests.crash.forms import FORMS, Form
from tests.journeys.faulty import Day, a_day, is_told

BY_NAME: Final = {form.name: form for form in FORMS}
SUBMIT: Final = {
    "feed": "POST /v26.0/100200300/feed",
    "photo": "POST /v26.0/100200300/photos",
    "article": "POST /v2.0/article/create",
    "text": "POST /pa/post",
    "film": "PUT ",
}
"""The call of each form that cannot be taken back. A film's first PUT only asks where its session stands."""
UNCLEAR: Final = (
    "drop_before", "drop_after", "server_error", "server_error_after", "error_in_200", "garbage", "truncated",
)  # fmt: skip
HANG_S: Final = 1.0


@pytest.fixture(autouse=True)
def _quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.people._hasher", PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),)))


@pytest.fixture
async def day(tmp_path: Path, sqlite_database: str) -> AsyncIterator[Day]:
    async with a_day(tmp_path, sqlite_database) as made:
        yield made


def readable(form: Form) -> bool:
    """True when the channel can be read back."""
    return Can.FIND_SENT in CHANNELS[form.channel].can


async def meets(day: Day, name: str, kind: str, **words: object) -> tuple[Form, int]:
    """Let a form's irreversible call meet a fault, and deliver until there is nothing more to do."""
    form = BY_NAME[name]
    platform = day.sandbox.platforms[form.channel]
    if name == "film":  # let the question where the session stands pass
        platform.fail_next("delay", match=SUBMIT[name])
    platform.fail_next(kind, match=SUBMIT[name], **words)  # type: ignore[arg-type]
    delivery = await day.queue(form)
    await day.engine.drain()
    return form, delivery


@pytest.mark.parametrize("name", SUBMIT)
@pytest.mark.parametrize("kind", UNCLEAR)
async def test_an_unclear_end_is_read_back_and_the_post_stands_there_once(day: Day, kind: str, name: str) -> None:
    form, delivery = await meets(day, name, kind)
    row = await day.row(delivery)
    assert is_told(row)
    assert row.state == (DeliveryState.SENDING if readable(form) else DeliveryState.UNKNOWN)
    await day.go_on()
    row = await day.row(delivery)
    if readable(form):
        assert (row.state, day.shown(form)) == (DeliveryState.SENT, 1)
    else:
        assert (row.state, day.shown(form)) == (DeliveryState.UNKNOWN, 0 if kind in UNDONE else 1)
        await settle_unknown(day.parts, day.office.people["truc"], delivery, there=kind not in UNDONE)
        await day.go_on()
        assert ((await day.row(delivery)).state, day.shown(form)) == (DeliveryState.SENT, 1)


@pytest.mark.parametrize("name", SUBMIT)
async def test_a_time_out_after_acceptance(day: Day, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    channel = CHANNELS[BY_NAME[name].channel]
    monkeypatch.setattr(channel, "limits", replace(channel.limits, call_timeout_s=HANG_S))
    form, delivery = await meets(day, name, "hang", seconds=2 * HANG_S)
    assert is_told(await day.row(delivery))
    monkeypatch.undo()
    await day.go_on()
    row = await day.row(delivery)
    assert (row.state, day.shown(form)) == (DeliveryState.SENT if readable(form) else DeliveryState.UNKNOWN, 1)


@pytest.mark.parametrize("form", [form for form in FORMS if form.name in SUBMIT], ids=lambda form: form.name)
async def test_a_refused_connection_is_tried_again(day: Day, form: Form) -> None:
    platform = day.sandbox.platforms[form.channel]
    port = int(platform.url.rsplit(":", 1)[1])
    await platform.stop()
    delivery = await day.queue(form)
    await day.engine.drain()
    row = await day.row(delivery)
    assert (row.state, row.failures) == (DeliveryState.QUEUED, 1)
    assert is_told(row)
    await platform.start(port)
    await day.go_on()
    assert ((await day.row(delivery)).state, day.shown(form)) == (DeliveryState.SENT, 1)


@pytest.mark.parametrize("name", SUBMIT)
@pytest.mark.parametrize("seconds", [0, 300])
async def test_too_many_calls_are_waited_for(day: Day, name: str, seconds: int) -> None:
    form, delivery = await meets(day, name, "too_many", seconds=seconds)
    row, account = await day.row(delivery), await day.account(form.channel)
    assert row.state == DeliveryState.QUEUED
    assert is_told(row)
    assert account.throttled_until == row.next_at == day.times.at + timedelta(seconds=seconds or 60)
    await day.go_on()
    assert ((await day.row(delivery)).state, day.shown(form)) == (DeliveryState.SENT, 1)


@pytest.mark.parametrize(
    ("name", "rule", "hours"),
    [("feed", "page_throttled", 1), ("article", "rate_oa", 0), ("text", "free", 24), ("film", "quota", 0)],
)
async def test_a_used_up_quota_is_waited_for(day: Day, name: str, rule: str, hours: int) -> None:
    form = BY_NAME[name]
    day.sandbox.platforms[form.channel].fail_next(
        "refuse", match="/upload/" if name == "film" else SUBMIT[name], rule=rule
    )
    delivery = await day.queue(form)
    await day.engine.drain()
    row = await day.row(delivery)
    assert row.state == DeliveryState.QUEUED
    assert is_told(row)
    assert row.next_at >= day.times.at + timedelta(hours=hours)
    assert (await day.account(form.channel)).throttled_until == row.next_at
    await day.go_on()
    assert ((await day.row(delivery)).state, day.shown(form)) == (DeliveryState.SENT, 1)


async def test_duplicate_content_after_a_success_is_read_back(day: Day) -> None:
    form, delivery = await meets(day, "feed", "refuse_after", rule="duplicate")
    assert (await day.row(delivery)).error_code == "506"
    await day.go_on()
    assert ((await day.row(delivery)).state, day.shown(form)) == (DeliveryState.SENT, 1)


@pytest.mark.parametrize("name", SUBMIT)
async def test_a_revoked_token_holds_the_post_until_the_account_is_connected_again(day: Day, name: str) -> None:
    form = BY_NAME[name]
    given = next(c for c in day.sandbox.credentials() if c.kind == form.channel)
    platform = day.sandbox.platforms[form.channel]
    tokens = {t for account in platform.accounts.values() for t in account.tokens}
    for token in tokens:
        platform.revoke(token)
    if name in ("article", "film"):  # whose refresh token is refused too
        rule = "refresh" if name == "article" else "invalid_grant"
        platform.fail_next("refuse", match="token", rule=rule, times=2)
    delivery = await day.queue(form)
    await day.go_on(hours=1)
    row, account = await day.row(delivery), await day.account(form.channel)
    assert (row.state, row.held_by, account.status) == (DeliveryState.HELD, "account", AccountStatus.LOST)
    assert is_told(row) and len(account.status_reason) > 20
    assert day.shown(form) == 0
    platform.faults.clear()
    for owner in platform.accounts.values():
        owner.tokens |= tokens
        owner.revoked.clear()
    await add_account(
        day.parts, day.office.organisation_id, kind=given.kind, remote_id=given.remote_id, name=given.name,
        settings=given.settings, secrets=given.secrets,
    )  # fmt: skip
    await keep_accounts(day.parts)
    await day.go_on()
    assert ((await day.row(delivery)).state, day.shown(form)) == (DeliveryState.SENT, 1)


@pytest.mark.parametrize("name", ["article", "video", "film"])
async def test_a_platform_that_never_ends_its_work_is_put_before_a_person(day: Day, name: str) -> None:
    for_ever = timedelta(days=1000)
    form = BY_NAME[name]
    day.sandbox.facebook.processing = day.sandbox.youtube.processing = day.sandbox.zalo.settle = for_ever
    delivery = await day.queue(form)
    await day.go_on(hours=0.5)
    assert (await day.row(delivery)).state == DeliveryState.CHECKING
    await day.go_on(hours=3)
    row = await day.row(delivery)
    assert row.state == DeliveryState.UNKNOWN
    assert is_told(row)
    assert day.shown(form) <= 1
