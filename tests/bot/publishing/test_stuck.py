"""Nothing waits unseen: each way to stand past one's time is told with its own reason."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from PIL import Image
from sqlmodel import select

from bot.publishing import approval, attaching, queueing, writing
from bot.publishing.claim import claim_due
from bot.publishing.deliver import deliver
from bot.publishing.holds import place_hold
from bot.publishing.in_flight import InFlight
from bot.publishing.settle import LOOKS_IN_VAIN, overdue, settle
from bot.publishing.stuck import SLOW_POLLS, Why, _late_ids, stuck
from bot.publishing.writing import VariantDraft
from channels.base import Sent
from channels.errors import AuthLost
from channels.facebook import FacebookChannel
from channels.http import unclear, unreachable
from models.delivery import Delivery
from models.office import Account, AccountStatus
from models.post import Media, Priority
from models.queue import HoldScope
from models.states import DeliveryState
from models.system import Heartbeat
from tests.bot.conftest import Office
from tests.bot.publishing.steps import approved, deliveries, draft, sign
from tests.conftest import FakeClock


async def found(office: Office) -> dict[str, Why]:
    async with office.parts.db.read() as session:
        rows = await stuck(session, office.parts, office.id)
        assert not await stuck(session, office.parts, office.id + 1)
    assert all(row.told.vi and row.since <= office.parts.now() for row in rows)
    return {row.delivery.channel: row.why for row in rows}


async def test_what_is_on_its_way_is_not_stuck(office: Office, clock: FakeClock) -> None:
    await approved(office, clock)
    assert await found(office) == {}
    clock.forward(hours=1, seconds=59)
    assert await found(office) == {}
    clock.forward(seconds=1)
    assert await found(office) == {"facebook": Why.ENGINE, "viber": Why.ENGINE}


@pytest.mark.parametrize(
    ("status", "why"), [(AccountStatus.LOST, Why.ACCOUNT_LOST), (AccountStatus.PAUSED, Why.ACCOUNT_PAUSED)]
)
async def test_an_account_that_stands_is_named(
    office: Office, clock: FakeClock, status: AccountStatus, why: Why
) -> None:
    await approved(office, clock)
    async with office.parts.db.write() as session:
        (await session.get_one(Account, office.accounts["facebook"])).status = status
    clock.forward(hours=2)
    assert await found(office) == {"facebook": why, "viber": Why.ENGINE}


async def test_holds_throttling_and_doubt_are_told_apart(office: Office, clock: FakeClock) -> None:
    post_id = await approved(office, clock)
    clock.forward(hours=2)
    await place_hold(office.parts, office.people["duty"], HoldScope.CHANNEL, "viber", reason="kênh lỗi")
    async with office.parts.db.write() as session:
        account = await session.get_one(Account, office.accounts["facebook"])
        account.throttled_until = clock() + timedelta(minutes=5)
    assert await found(office) == {"facebook": Why.THROTTLED, "viber": Why.SCOPE_HELD}
    async with office.parts.db.write() as session:
        rows = {d.channel: d.id for d in await deliveries(office, post_id)}
        (await session.get_one(Delivery, rows["facebook"])).state = DeliveryState.UNKNOWN
    await queueing.hold_post(office.parts, office.people["duty"], post_id, "chờ")
    assert await found(office) == {"facebook": Why.UNKNOWN, "viber": Why.HELD}


# -- what moves, and is not out all the same ------------------------------------------------------------------------

FOREVER = timedelta(hours=3)
CUT, AWAY = unclear("cut"), unreachable("no connection")


async def correction(office: Office, clock: FakeClock) -> int:
    """A correction for Facebook that is due now, the only thing in the queue; its delivery."""
    post_id = await approved(office, clock, variants={"facebook": VariantDraft(text="Lịch.")}, due_at=None)
    async with office.parts.db.write() as session:
        row = (await session.exec(select(Delivery).where(Delivery.post_id == post_id))).one()
        row.priority = Priority.CORRECTION
        return row.id or 0


async def row_of(office: Office, delivery_id: int) -> Delivery:
    async with office.parts.db.read() as session:
        return await session.get_one(Delivery, delivery_id)


async def turn(office: Office) -> None:
    """What an engine does with what is due."""
    async with office.parts.db.write() as session:
        await session.merge(Heartbeat(name="publish", at=office.parts.now()))
    for flying in await claim_due(office.parts, 5):
        await deliver(office.parts, flying)
    for delivery_id in await overdue(office.parts, 5):
        await settle(office.parts, delivery_id)


def answer(monkeypatch: pytest.MonkeyPatch, **calls: object) -> None:
    """Let each of these calls of the Facebook adapter end so: with an error, or something to return."""
    for name, what in calls.items():

        async def call(*_: object, what: object = what, **__: object) -> object:
            if isinstance(what, Exception):
                raise what
            return what

        monkeypatch.setattr(FacebookChannel, name, call)


async def seen_from_a_minute_on(office: Office, clock: FakeClock, delivery_id: int) -> set[tuple[str, Why]]:
    """Let an engine turn for hours: at every moment from a minute after its time on, what is not out is listed."""
    due, whys = (await row_of(office, delivery_id)).due_at, set[tuple[str, Why]]()
    while clock() < due + FOREVER:
        await turn(office)
        row = await row_of(office, delivery_id)
        if row.state not in (DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.CHECKING):
            break
        late = await found(office)
        assert bool(late) or clock() < due + timedelta(minutes=1), (row.state, row.next_at - clock())
        whys |= {(row.state, why) for why in late.values()}
        clock.at = max(clock.at, row.next_at) if row.next_at > clock() + timedelta(minutes=1) else row.next_at
    return whys


async def test_what_fails_again_and_again_is_listed_between_its_tries(
    office: Office, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(monkeypatch, submit=AWAY)
    number = await correction(office, clock)
    assert await seen_from_a_minute_on(office, clock, number) == {(DeliveryState.QUEUED, Why.FAILING)}
    async with office.parts.db.read() as session:
        (one,) = await stuck(session, office.parts)
    assert AWAY.told.vi in one.told.vi and AWAY.told.en in one.told.en


async def test_a_call_in_flight_after_failures_is_listed_on(
    office: Office, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It flickers neither in the list nor, so, in the duty chat."""
    answer(monkeypatch, submit=AWAY)
    number = await correction(office, clock)
    for _ in range(8):
        await turn(office)
        clock.at = (await row_of(office, number)).next_at
    assert len(await claim_due(office.parts, 5)) == 1
    assert await found(office) == {"facebook": Why.FAILING}


async def test_looks_in_vain_are_listed_and_end_before_a_person(
    office: Office, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(monkeypatch, submit=CUT, find_sent=AWAY)
    number = await correction(office, clock)
    assert await seen_from_a_minute_on(office, clock, number) == {(DeliveryState.SENDING, Why.LOOKING)}
    row = await row_of(office, number)
    assert row.state == DeliveryState.UNKNOWN and "không trả lời" in row.error_vi
    assert timedelta(minutes=30) < clock() - row.due_at < timedelta(hours=2)
    assert await found(office) == {"facebook": Why.UNKNOWN}


@pytest.mark.parametrize("name", ["find_sent", "poll"])
async def test_an_error_of_ours_in_a_look_counts_like_a_silent_platform(
    office: Office, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    bug = KeyError("data")
    answer(monkeypatch, submit=CUT if name == "find_sent" else Sent("7", processing=True), **{name: bug})
    number = await correction(office, clock)
    await seen_from_a_minute_on(office, clock, number)
    assert (await row_of(office, number)).state == DeliveryState.UNKNOWN


async def test_an_answer_begins_the_count_of_looks_anew(
    office: Office, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(monkeypatch, submit=CUT, find_sent=AWAY)
    number = await correction(office, clock)
    for _ in range(LOOKS_IN_VAIN):
        await turn(office)
        clock.at = (await row_of(office, number)).next_at
    assert (await row_of(office, number)).looks == LOOKS_IN_VAIN - 1
    answer(monkeypatch, find_sent=None)
    await turn(office)
    row = await row_of(office, number)
    assert (row.looks, row.first_look_at) == (0, clock())
    answer(monkeypatch, find_sent=AWAY)
    clock.at = row.next_at
    await turn(office)
    assert ((await row_of(office, number)).state, (await row_of(office, number)).looks) == (DeliveryState.SENDING, 1)


async def test_neither_loas_downtime_nor_a_lost_account_counts_as_looks(
    office: Office, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(monkeypatch, submit=CUT, find_sent=AWAY)
    number = await correction(office, clock)
    await turn(office)
    clock.forward(days=2)
    await turn(office)
    assert (await row_of(office, number)).looks == 1
    answer(monkeypatch, find_sent=AuthLost("190", told=AWAY.told))
    clock.forward(minutes=2)
    await turn(office)
    clock.forward(days=2)
    await turn(office)
    row = await row_of(office, number)
    assert (row.state, row.looks) == (DeliveryState.SENDING, 1)
    assert await found(office) == {"facebook": Why.ACCOUNT_LOST}


async def test_a_file_that_is_gone_is_refused_with_its_name_and_ends(
    office: Office, clock: FakeClock, tmp_path: Path
) -> None:
    file = tmp_path / "lũ.jpg"
    Image.new("RGB", (800, 450)).save(file)
    people = office.people
    post_id = await writing.create_post(
        office.parts, people["author"],
        draft(clock, due_at=None, variants={k: VariantDraft(text="Lũ.") for k in ("facebook", "viber")}),
    )  # fmt: skip
    await attaching.attach_media(office.parts, people["author"], post_id, file, alt_text="Lũ")
    await approval.submit_post(office.parts, people["author"], post_id)
    await approval.forward_post(office.parts, people["editor"], post_id)
    await sign(office, post_id)
    async with office.parts.db.read() as session:
        kept = Path((await session.exec(select(Media.path))).one())
    kept.unlink()
    await turn(office)
    for row in await deliveries(office, post_id):  # Viber would have fetched it from this office
        assert (row.state, row.error_code) == (DeliveryState.REFUSED, "file_unreadable"), row.channel
        assert kept.name in row.error_vi and "đính lại tệp" in row.error_vi


# -- what a platform works on ---------------------------------------------------------------------------------------

WORKING = Sent("77", processing=True)


async def test_a_long_upload_is_no_reason_to_ask_a_person(
    office: Office, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def upload(*_: object) -> Sent:
        clock.forward(hours=5)
        return WORKING

    monkeypatch.setattr(FacebookChannel, "submit", upload)
    answer(monkeypatch, poll=WORKING)
    number = await correction(office, clock)
    await turn(office)
    clock.forward(hours=5)  # Loa was down
    await turn(office)
    assert (await row_of(office, number)).state == DeliveryState.CHECKING
    answer(monkeypatch, poll=Sent("77"))
    clock.forward(minutes=1)
    await turn(office)
    assert (await row_of(office, number)).state == DeliveryState.SENT


@pytest.mark.parametrize(("size", "least", "most"), [(0, 60, 75), (1_000_000_000, 155, 175)])
async def test_a_platform_that_never_ends_its_work_is_put_before_a_person(
    office: Office, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, size: int, least: int, most: int
) -> None:
    monkeypatch.setattr(InFlight, "size", size)
    answer(monkeypatch, submit=WORKING, poll=WORKING)
    number = await correction(office, clock)
    begun, whys = clock(), await seen_late(office, clock, number)
    row = await row_of(office, number)
    assert row.state == DeliveryState.UNKNOWN
    assert least < (clock() - begun).total_seconds() / 60 < most
    assert whys == {Why.PROCESSING}, "said after a quarter of an hour"
    assert "(mã 77)" in row.error_vi and "Gửi lại” sẽ đăng thêm một bài nữa" in row.error_vi
    assert "(id 77)" in row.error_en and "second time" in row.error_en


async def seen_late(office: Office, clock: FakeClock, delivery_id: int) -> set[Why]:
    whys = set[Why]()
    while (row := await row_of(office, delivery_id)).state in (DeliveryState.QUEUED, DeliveryState.CHECKING):
        clock.at = max(clock.at, row.next_at)
        await turn(office)
        row = await row_of(office, delivery_id)
        late = await found(office)
        if row.state == DeliveryState.CHECKING:
            assert bool(late) == (clock() - row.due_at > timedelta(minutes=13)) or row.looks in (SLOW_POLLS, 21)
            whys |= set(late.values())
    return whys


async def test_polls_in_vain_are_listed_and_only_answers_count_as_not_yet(
    office: Office, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(monkeypatch, submit=WORKING, poll=AWAY)
    number = await correction(office, clock)
    for n in range(150):
        answer(monkeypatch, poll=WORKING if n % 50 == 49 else AWAY)
        await turn(office)
        clock.at = (await row_of(office, number)).next_at + timedelta(seconds=1)
    row = await row_of(office, number)
    assert (row.state, row.looks) == (DeliveryState.CHECKING, 3), "two hours and a half, and nearly nobody answered"
    answer(monkeypatch, poll=AWAY)
    await turn(office)
    assert await found(office) == {"facebook": Why.PROCESSING}


# -- what Loa itself is the reason of -------------------------------------------------------------------------------


async def test_an_engine_that_turns_is_busy_and_secrets_that_do_not_open_are_named(
    office: Office, clock: FakeClock
) -> None:
    await approved(office, clock)
    clock.forward(hours=1, minutes=2)
    async with office.parts.db.write() as session:
        await session.merge(Heartbeat(name="publish", at=clock() - timedelta(seconds=20)))
        (await session.get_one(Account, office.accounts["viber"])).sealed = b"of another key"
    assert await found(office) == {"facebook": Why.BUSY, "viber": Why.WRONG_KEY}
    async with office.parts.db.read() as session:
        told = {s.delivery.channel: s.told for s in await stuck(session, office.parts)}
    assert "LOA_SECRET_KEY" in told["viber"].vi and "LOA_SECRET_KEY" in told["viber"].en
    clock.forward(minutes=10)
    assert await found(office) == {"facebook": Why.ENGINE, "viber": Why.WRONG_KEY}


async def test_what_was_put_off_is_found_by_an_index_of_its_own(office: Office, clock: FakeClock) -> None:
    """A hundred thousand deliveries of next month do not slow down the sweep."""
    async with office.parts.db.read() as session:
        text = _late_ids(clock()).compile(session.get_bind(), compile_kwargs={"literal_binds": True})
        if not office.parts.db.is_sqlite:
            await (await session.connection()).exec_driver_sql("SET LOCAL enable_seqscan = off")
        explain = "EXPLAIN QUERY PLAN" if office.parts.db.is_sqlite else "EXPLAIN"
        plan = [str(row) for row in await (await session.connection()).execute(sa.text(f"{explain} {text}"))]
    assert any("delivery_put_off" in line for line in plan), plan
    assert not any("SCAN delivery" in line or "Seq Scan" in line for line in plan), plan
