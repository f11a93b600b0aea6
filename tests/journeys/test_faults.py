"""Every fault of a platform by itself, then all of them mixed: nothing lost, nothing twice, and whatever does not go
out by itself says to a person what to do."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Final

import pytest
import sqlalchemy as sa
from aiohttp import web
from sqlalchemy import event

from bot.accounts.watch import keep_accounts
from bot.office_setup import add_account
from bot.publishing.queueing import settle_unknown
from channels.base import Can
from channels.registry import CHANNELS
from channels.sandbox.core import UNDONE
from models.office import AccountStatus
from models.states import DeliveryState
from tests.crash.forms import FORMS, Form
from tests.journeys.faulty import Day, a_day, is_settled, is_told

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
HANG_S: Final = 4.0


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
    whole = name in ("feed", "article")  # else one quota is used up, and what does not count against it goes on
    assert (await day.account(form.channel)).throttled_until == (row.next_at if whole else None)
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
async def test_an_outage_while_a_platform_works_says_nothing_about_the_item(day: Day, name: str) -> None:
    """It is asked again until it answers: a person is not bothered because the network came back late."""
    form = BY_NAME[name]
    day.sandbox.facebook.processing = day.sandbox.youtube.processing = day.sandbox.zalo.settle = timedelta(hours=1)
    delivery = await day.queue(form)
    await day.go_on(hours=0.1)
    assert (await day.row(delivery)).state == DeliveryState.CHECKING
    platform = day.sandbox.platforms[form.channel]
    port = int(day.sandbox.urls()[form.channel].rsplit(":", 1)[1])
    await platform.stop()
    day.times.at += timedelta(hours=2)
    await day.go_on(hours=0.5)
    day.times.at += timedelta(hours=2)  # Loa itself was down meanwhile
    await day.go_on(hours=0.1)
    assert (await day.row(delivery)).state == DeliveryState.CHECKING
    await platform.start(port)
    await day.go_on(hours=1)
    assert ((await day.row(delivery)).state, day.shown(form)) == (DeliveryState.SENT, 1)


async def test_a_platform_that_never_answers_again_is_put_before_a_person(day: Day) -> None:
    day.sandbox.youtube.processing = timedelta(hours=1)
    delivery = await day.queue(BY_NAME["film"])
    await day.go_on(hours=0.1)
    await day.sandbox.youtube.stop()
    await day.go_on(hours=3)
    row = await day.row(delivery)
    assert row.state == DeliveryState.UNKNOWN
    assert "chưa cho biết đã xử lý xong chưa" in row.error_vi and is_told(row)


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


@pytest.mark.parametrize("name", SUBMIT)
@pytest.mark.parametrize("when", ["before the claim", "in the call"])
@pytest.mark.parametrize("hours", [1, -1])
async def test_a_clock_that_jumps_an_hour(day: Day, hours: int, when: str, name: str) -> None:
    """Loa's own clock alone; the platform's goes on, and the answer to the call is lost."""
    form, jump = BY_NAME[name], timedelta(hours=hours)
    platform = day.sandbox.platforms[form.channel]
    delivery = await day.queue(form)
    if when == "before the claim":
        day.times.skew = jump
        day.times.at += max(timedelta(0), -jump)
    else:
        dress = platform.dress

        def jumping(request: web.Request, answer: web.StreamResponse) -> None:
            dress(request, answer)
            if SUBMIT[name] in f"{request.method} {request.path}":
                day.times.skew = jump

        platform.dress = jumping  # type: ignore[method-assign]
    if name == "film":
        platform.fail_next("delay", match=SUBMIT[name])
    platform.fail_next("drop_after", match=SUBMIT[name])
    await day.go_on()
    row = await day.row(delivery)
    assert (row.state, day.shown(form)) == (DeliveryState.SENT if readable(form) else DeliveryState.UNKNOWN, 1)


@pytest.mark.parametrize("name", ["article", "film"])
async def test_the_same_words_of_an_hour_ago_are_not_taken_for_this_post(day: Day, name: str) -> None:
    form = BY_NAME[name]
    first = await day.queue(form)
    await day.go_on()
    day.times.at += timedelta(hours=1)
    if name == "film":  # its session is gone with what it was told, so the uploads are looked through
        day.sandbox.youtube.fail_next("delay", match=SUBMIT[name])
        day.sandbox.youtube.fail_next("drop_before", match=SUBMIT[name])
        day.sandbox.youtube.fail_next("refuse", match=SUBMIT[name], rule="session", times=3)
        second = await day.queue(form)
    else:
        _, second = await meets(day, name, "drop_before")
    await day.go_on()
    rows = [await day.row(first), await day.row(second)]
    assert [row.state for row in rows] == [DeliveryState.SENT] * 2
    assert day.shown(form) == 2
    assert rows[0].remote_id != rows[1].remote_id


@pytest.mark.parametrize("when", ["before the claim", "in the call"])
async def test_a_full_database_stops_the_queue_and_loses_nothing(day: Day, when: str) -> None:
    """What cannot be written down before the call is not sent; what cannot be written after it is read back."""
    file, full = day.parts.db.path, False
    assert file is not None
    forms = [Form(f"bài {number}", "facebook") for number in range(6)]
    for form in forms:
        await day.queue(form)

    @event.listens_for(day.parts.db.engine.sync_engine, "begin")
    def limit(connection: sa.Connection) -> None:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one() if full else 2**30
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")

    if when == "in the call":
        day.sandbox.facebook.fail_next("hang", match="/feed", times=len(forms), seconds=6)
        sending = asyncio.create_task(day.engine.drain())
        while not all(day.shown(form) for form in forms):  # noqa: ASYNC110  (the platform is plain data)
            await asyncio.sleep(0.01)
        full = True
        await asyncio.to_thread(fill, file)
        await sending
        assert DeliveryState.SENDING in {row.state for row in (await day.rows()).values()}, "not written down"
    else:
        full = True
        fill(file)
        with pytest.raises(sa.exc.OperationalError, match="full"):
            await day.engine.drain()
        assert not any(day.shown(form) for form in forms)
    full = False
    await day.go_on()
    assert {form.mark: day.shown(form) for form in forms} == {form.mark: 1 for form in forms}
    assert {row.state for row in (await day.rows()).values()} == {DeliveryState.SENT}


def fill(file: Path) -> None:
    """Leave no room for another attempt in the pages that a SQLite file has."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count={pages}")
        connection.execute("PRAGMA synchronous=OFF")
        at = "2026-11-24 01:00:00.000000"
        with suppress(sqlite3.OperationalError):
            for number in range(1, 10_000):
                row = (1, -number, "look", at, at, "", "")
                connection.execute(
                    "INSERT INTO attempt (delivery_id, number, step, started_at, call_deadline, outcome, detail)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?)",
                    row,
                )


KINDS: Final = (*UNCLEAR, "too_many")


@pytest.mark.parametrize("seed", range(2))
async def test_all_faults_mixed_at_a_fifth_of_all_calls(day: Day, seed: int) -> None:
    rng = Random(seed)
    forms = [replace(rng.choice(FORMS), name=f"bài {number}") for number in range(24)]
    for platform in day.sandbox.platforms.values():
        platform._often = (0.2, KINDS, Random(f"{platform.name}:{seed}"))
    for form in forms:
        await day.queue(form)
    for _ in range(40):  # hosts come and go, and Loa's clock jumps
        away = rng.choice(["facebook", "zalo", "viber", "youtube", "", "", ""])
        port = int(day.sandbox.urls()[away].rsplit(":", 1)[1]) if away else 0
        if away:
            await day.sandbox.platforms[away].stop()
        day.times.skew = timedelta(hours=rng.choice([0, 0, 0, 1, -1]))
        await day.go_on(hours=rng.choice([0.01, 0.1, 1]))
        if away:
            await day.sandbox.platforms[away].start(port)
    for platform in day.sandbox.platforms.values():
        platform.fail_often(0, ())
    day.times.skew = timedelta(0)
    await day.go_on()
    rows = await day.rows()
    assert len(rows) == len(forms)
    for form in forms:
        row = rows[form.mark]
        assert is_settled(row), (row.state, row.error_vi)
        assert day.shown(form) <= 1, form
        if readable(form):
            assert (row.state, day.shown(form)) == (DeliveryState.SENT, 1), (form, row.error_vi)
