"""What the duty officer hears of Loa's own work: each trouble once, with what to do, and anew when it happens anew."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlmodel import select, update

from bot.duty import notices
from bot.duty.notices import tell_troubles
from bot.duty.telling import raise_alerts
from bot.office_setup import add_account
from bot.publishing.claim import claim_due
from bot.publishing.outcome import lose_account
from bot.publishing.queueing import hold_post, release_post, settle_unknown
from channels.errors import AuthLost, Told
from models.delivery import Attempt, Delivery
from models.office import Account, Organisation
from models.queue import Budget
from models.states import DeliveryState, PostState
from models.system import Heartbeat
from tests.bot.conftest import Office
from tests.bot.duty.steps import alerts, incident, set_incident, tie, without_chat
from tests.bot.publishing.steps import deliveries, pending, post_of, sign, state_of
from tests.conftest import FakeClock

DEAD = AuthLost("expired", code="190", told=Told(vi="Mã truy cập hết hạn.", en="The token expired."))


async def lose(office: Office, clock: FakeClock, kind: str = "facebook") -> None:
    async with office.parts.db.write() as session:
        account = await session.get_one(Account, office.accounts[kind])
        await lose_account(session, account, DEAD, clock())


async def texts(office: Office) -> list[str]:
    return [a.text for a in await alerts(office, "notice")]


# -- lost, unknown, late, blind -------------------------------------------------------------------------------------


async def test_a_lost_account_is_told_once_a_loss(office: Office, clock: FakeClock) -> None:
    await lose(office, clock)
    assert [await tell_troubles(office.parts) for _ in range(3)] == [1, 0, 0]
    (told,) = await alerts(office)
    assert told.chat_id == "-100" and "Facebook “Mẫu facebook” từ 08:00: Mã truy cập hết hạn." in told.text
    assert "loa account connect" in told.text
    await add_account(
        office.parts, office.id, kind="facebook", remote_id="100001", name="", settings={}, secrets={"page_token": "n"}
    )
    assert await tell_troubles(office.parts) == 0
    clock.forward(hours=3)
    await lose(office, clock)
    assert await tell_troubles(office.parts) == 1


async def test_accounts_lost_together_are_one_message(office: Office, clock: FakeClock) -> None:
    for kind in ("facebook", "zalo", "viber"):
        await lose(office, clock, kind)
    assert await tell_troubles(office.parts) == 1
    (told,) = await texts(office)
    assert all(name in told for name in ("Facebook", "Zalo", "Viber"))


async def test_a_delivery_that_became_unknown_is_told_and_again_after_another_try(
    office: Office, clock: FakeClock
) -> None:
    post_id = await pending(office, clock)
    await sign(office, post_id)
    first, _ = await deliveries(office, post_id)

    async def became_unknown(attempt: int) -> None:
        async with office.parts.db.write() as session:
            row = await session.get_one(Delivery, first.id)
            row.state, row.attempt_no, row.claimed_at = DeliveryState.UNKNOWN, attempt, clock()

    await became_unknown(1)
    assert [await tell_troubles(office.parts) for _ in range(2)] == [1, 0]
    (told,) = await texts(office)
    assert "Facebook: “Lịch tiếp dân”, gửi lúc 08:00" in told and "“đã có” hoặc “gửi lại”" in told
    await settle_unknown(office.parts, office.people["duty"], first.id or 0, there=False)
    assert await tell_troubles(office.parts) == 0
    await became_unknown(2)
    assert await tell_troubles(office.parts) == 1


async def test_a_post_held_for_its_lateness_is_one_line_for_all_its_channels(office: Office, clock: FakeClock) -> None:
    post_id = await pending(office, clock)
    await sign(office, post_id)
    clock.forward(hours=3)
    assert await claim_due(office.parts, 20) == []
    assert await state_of(office, post_id) == PostState.HELD
    assert [await tell_troubles(office.parts) for _ in range(2)] == [1, 0]
    (told,) = await texts(office)
    assert told.count("Lịch tiếp dân") == 1 and "hẹn 09:00" in told and "hủy" in told


async def test_many_late_posts_are_one_message(office: Office, clock: FakeClock) -> None:
    for _ in range(15):
        await sign(office, await pending(office, clock))
    clock.forward(hours=3)
    await claim_due(office.parts, 50)
    assert await tell_troubles(office.parts) == 1
    (told,) = await texts(office)
    assert told.count("• ") == notices.MOST_LINES and "… và 3 nữa" in told


async def test_a_blind_channel_is_told_when_the_readers_turn_and_it_stays_unread(
    office: Office, clock: FakeClock
) -> None:
    async def turned(*read: str) -> None:
        async with office.parts.db.write() as session:
            await session.merge(Heartbeat(name="collect", at=clock()))
            for kind in read:
                (await session.get_one(Account, office.accounts[kind])).read_at = clock()

    await turned("facebook", "zalo", "viber", "youtube")
    assert await tell_troubles(office.parts) == 0
    clock.forward(minutes=59)
    await turned("facebook", "zalo", "viber")
    assert await tell_troubles(office.parts) == 0
    clock.forward(minutes=2)
    await turned("facebook", "zalo", "viber")
    assert [await tell_troubles(office.parts) for _ in range(2)] == [1, 0]
    (told,) = await texts(office)
    assert "YouTube “Mẫu youtube” từ 08:00" in told and "Facebook" not in told
    clock.forward(minutes=5)
    await turned("youtube")
    clock.forward(hours=2)
    async with office.parts.db.write() as session:
        session.add(Budget(key="youtube:units:c", unit="units", used=8000, most=10_000))
    await turned("facebook", "zalo", "viber")
    assert await tell_troubles(office.parts) == 1, "blind again"
    assert "tạm dừng đọc vì hạn mức youtube:units:c" in (await texts(office))[-1]


async def test_a_silent_channel_is_told_once_a_silence(office: Office, clock: FakeClock) -> None:
    async def silent(since: datetime | None, missing: int = 0) -> None:
        async with office.parts.db.write() as session:
            account = await session.get_one(Account, office.accounts["zalo"])
            account.quiet_since, account.quiet_missing = since, missing

    await silent(clock(), 45)
    clock.forward(hours=5)
    assert [await tell_troubles(office.parts) for _ in range(2)] == [1, 0]
    await silent(clock() - timedelta(hours=5), 60)
    assert await tell_troubles(office.parts) == 0, "it only lasts longer"
    (told,) = await texts(office)
    assert "Zalo “Mẫu zalo”: không có gì từ 08:00; bình thường trong thời gian đó có khoảng 45" in told
    assert "Việc cần làm" in told
    await silent(None)
    assert await tell_troubles(office.parts) == 0
    await silent(clock(), 30)
    assert await tell_troubles(office.parts) == 1


async def test_after_a_night_of_standstill_nobody_is_blind_before_the_first_look(
    office: Office, clock: FakeClock
) -> None:
    async with office.parts.db.write() as session:
        session.add(Heartbeat(name="collect", at=clock()))
        for account in (await session.exec(select(Account))).all():
            account.read_at = clock()
    clock.forward(hours=9)
    assert await tell_troubles(office.parts) == 0


async def test_what_still_stands_is_told_once_a_chat_is_set(office: Office, clock: FakeClock) -> None:
    await without_chat(office)
    await lose(office, clock)
    assert await tell_troubles(office.parts) == 0
    async with office.parts.db.write() as session:
        (await session.get_one(Organisation, office.id)).duty_chat = "-100"
    assert await tell_troubles(office.parts) == 1


async def test_two_daemons_tell_it_once(office: Office, clock: FakeClock) -> None:
    await lose(office, clock)
    async with office.parts.db.read() as session:
        found = await notices._find(session, office.parts, await session.get_one(Organisation, office.id))
    await tell_troubles(office.parts)
    async with office.parts.db.read() as session:
        organisation = await session.get_one(Organisation, office.id)
    with pytest.raises(Exception, match=r"UNIQUE|unique"):  # the other one's turn ends here and sees nothing new next
        await notices._tell(office.parts, organisation, notices.LOST, found[notices.LOST])
    assert len(await alerts(office)) == 1


async def test_it_is_told_in_english_where_that_is_set(office: Office, clock: FakeClock) -> None:
    office.parts.settings = office.parts.settings.model_copy(update={"language": "en"})
    await lose(office, clock)
    await tell_troubles(office.parts)
    (told,) = await texts(office)
    assert told.startswith("🔌 <b>Account lost</b>\n• Facebook “Mẫu facebook” since 08:00") and "What to do" in told


# -- posts on the topic of an incident ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("level", "field", "locality", "held"),
    [
        ("high", "CHINH_SACH", "", True),
        ("emergency", "CHINH_SACH", "", True),
        ("medium", "CHINH_SACH", "", False),
        ("high", "Y_TE", "", False),
        ("high", "CHINH_SACH", "xã Đồi Mây", True),
        ("high", "CHINH_SACH", "xã doi may, tỉnh Sao Mai", True),
        ("high", "CHINH_SACH", "phường Nắng Mới", False),
    ],
)
@pytest.mark.parametrize("approved_first", [True, False])
async def test_a_post_on_the_topic_waits_whichever_came_first(
    office: Office, clock: FakeClock, level: str, field: str, locality: str, held: bool, approved_first: bool
) -> None:
    post_id = await pending(office, clock, locality="Xã Đồi Mây")
    if approved_first:
        await sign(office, post_id)
    incident_id = await incident(office, clock, level, field=field, locality=locality)  # type: ignore[arg-type]
    await raise_alerts(office.parts)
    if not approved_first:
        await sign(office, post_id)
    assert await state_of(office, post_id) == (PostState.HELD if held else PostState.SCHEDULED)
    clock.forward(hours=1)
    claimed = await claim_due(office.parts, 20)
    assert len(claimed) == (0 if held else 2)
    if held:
        assert (await post_of(office, post_id)).held_reason == f"cùng chủ đề với sự cố SC-{incident_id:04d}"


async def test_a_person_releases_it_and_it_goes_on(office: Office, clock: FakeClock) -> None:
    post_id = await pending(office, clock)
    await sign(office, post_id)
    await incident(office, clock, field="CHINH_SACH")
    await raise_alerts(office.parts)
    await release_post(office.parts, office.people["approver"], post_id)
    await raise_alerts(office.parts)
    assert await state_of(office, post_id) == PostState.SCHEDULED, "a person's word stands"
    clock.forward(hours=1)
    assert len(await claim_due(office.parts, 20)) == 2


async def test_an_incident_that_is_over_holds_nothing(office: Office, clock: FakeClock) -> None:
    incident_id = await incident(office, clock, field="CHINH_SACH")
    await set_incident(office, incident_id, state="closed")
    post_id = await pending(office, clock)
    await sign(office, post_id)
    assert await state_of(office, post_id) == PostState.SCHEDULED


async def test_what_is_partly_out_stops_too(office: Office, clock: FakeClock) -> None:
    post_id = await pending(office, clock)
    await sign(office, post_id)
    clock.forward(hours=1)
    await claim_due(office.parts, 1)
    assert await state_of(office, post_id) == PostState.GOING_OUT
    await incident(office, clock, field="CHINH_SACH")
    await raise_alerts(office.parts)
    assert await state_of(office, post_id) == PostState.HELD
    assert sorted(d.state for d in await deliveries(office, post_id)) == [DeliveryState.HELD, DeliveryState.SENDING]


async def test_what_is_all_in_flight_is_left_alone(office: Office, clock: FakeClock) -> None:
    post_id = await pending(office, clock)
    await sign(office, post_id)
    clock.forward(hours=1)
    await claim_due(office.parts, 2)
    async with office.parts.db.write() as session:
        await session.exec(update(Attempt).values(step="submit"))
    await incident(office, clock, field="CHINH_SACH")
    await raise_alerts(office.parts)
    assert await state_of(office, post_id) == PostState.GOING_OUT


async def test_the_author_is_told_in_private_or_else_the_duty_chat_names_them(office: Office, clock: FakeClock) -> None:
    for _ in range(2):
        await sign(office, await pending(office, clock))
    await incident(office, clock, field="CHINH_SACH")
    await raise_alerts(office.parts)
    assert [await tell_troubles(office.parts) for _ in range(2)] == [1, 0]
    (told,) = await alerts(office, "notice")
    assert told.chat_id == "-100" and told.text.count("(người soạn: Author): cùng chủ đề với sự cố SC-0001") == 2
    await tie(office, "author", "77")
    clock.forward(minutes=1)
    await sign(office, await pending(office, clock))
    assert await tell_troubles(office.parts) == 1
    own = (await alerts(office, "notice"))[-1]
    assert own.chat_id == "77" and "người soạn" not in own.text and "Thả bài" in own.text


async def test_a_hold_by_a_person_is_no_news(office: Office, clock: FakeClock) -> None:
    post_id = await pending(office, clock)
    await sign(office, post_id)
    await incident(office, clock, field="Y_TE")
    await raise_alerts(office.parts)
    await hold_post(office.parts, office.people["duty"], post_id, "chờ lãnh đạo")
    assert await tell_troubles(office.parts) == 0
