"""What does not get out in time is told to the duty chat: once a cause, louder for a correction, till it is over."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import col, select, update

from bot.accounts.standing import pause_account, resume_account
from bot.duty.alerts import SILENT
from bot.duty.overdue import LONG, OVER_AFTER, tell_overdue
from bot.duty.watch import watch
from bot.publishing import queueing
from bot.publishing.holds import place_hold
from bot.publishing.writing import VariantDraft
from models.delivery import Delivery
from models.incident import Notice
from models.office import Account
from models.post import Priority
from models.queue import HoldScope
from models.states import DeliveryState
from models.system import Heartbeat
from tests.bot.conftest import Office
from tests.bot.duty.steps import alerts, without_chat
from tests.bot.publishing.steps import approved
from tests.conftest import FakeClock

FACEBOOK = {"facebook": VariantDraft(text="Lịch.")}


async def beats(office: Office, *names: str) -> None:
    async with office.parts.db.write() as session:
        for name in names:
            await session.merge(Heartbeat(name=name, at=office.parts.now()))


async def urgent(office: Office, post_id: int) -> None:
    async with office.parts.db.write() as session:
        await session.exec(
            update(Delivery).where(col(Delivery.post_id) == post_id).values(priority=Priority.CORRECTION)
        )


async def sent(office: Office) -> None:
    """Everything got out."""
    async with office.parts.db.write() as session:
        await session.exec(update(Delivery).values(state=DeliveryState.SENT))


async def failing(office: Office, clock: FakeClock) -> None:
    """Everything was tried in vain and waits for the next try."""
    values = {"failures": 4, "next_at": clock() + timedelta(minutes=4), "error_vi": "Mạng hỏng.", "error_en": "No net."}
    async with office.parts.db.write() as session:
        await session.exec(update(Delivery).where(col(Delivery.state) == DeliveryState.QUEUED).values(**values))


async def told(office: Office) -> list[str]:
    return [alert.text for alert in await alerts(office, "notice")]


async def test_a_dead_engine_is_told_once_however_many_posts_it_keeps_back(office: Office, clock: FakeClock) -> None:
    for _ in range(6):
        await approved(office, clock)
    await beats(office, "publish", "duty")
    clock.forward(hours=1, minutes=2)
    await beats(office, "duty")
    assert [await tell_overdue(office.parts) for _ in range(3)] == [1, 0, 0]
    (text,) = await told(office)
    assert text.startswith("🚧 <b>Bài quá giờ mà chưa lên kênh</b>\n• “Lịch tiếp dân” (12 lượt gửi, từ 09:00). Đã quá")
    assert "loa doctor" in text and "Hàng đợi" in text
    await approved(office, clock, due_at=None)
    clock.forward(hours=5)
    await beats(office, "duty")
    assert await tell_overdue(office.parts) == 0, "the same cause"


async def test_after_a_night_in_which_nothing_ran_the_engine_gets_its_time(office: Office, clock: FakeClock) -> None:
    await approved(office, clock)
    await beats(office, "publish", "duty")
    clock.forward(hours=9)
    assert await tell_overdue(office.parts) == 0
    await beats(office, "duty")
    assert await tell_overdue(office.parts) == 1, "and still it does not turn"


async def test_an_engine_that_is_busy_is_no_news_before_long(office: Office, clock: FakeClock) -> None:
    await approved(office, clock)
    clock.forward(hours=1, minutes=29)
    await beats(office, "publish", "duty")
    assert await tell_overdue(office.parts) == 0
    clock.forward(minutes=1)
    assert await tell_overdue(office.parts) == 1


async def test_a_correction_is_told_at_once_and_a_routine_post_after_long(office: Office, clock: FakeClock) -> None:
    routine = await approved(office, clock, variants=FACEBOOK)
    clock.forward(hours=1, minutes=1)
    await failing(office, clock)
    assert await tell_overdue(office.parts) == 0
    await urgent(office, routine)
    assert [await tell_overdue(office.parts) for _ in range(2)] == [1, 0]
    (text,) = await told(office)
    assert text.startswith("🚨 <b>Bài gấp quá giờ")
    assert "Facebook “Mẫu facebook”: “Lịch tiếp dân” (1 lượt gửi, từ 09:00). Đã thử 4 lần" in text
    assert "Mạng hỏng." in text


async def test_the_same_cause_is_told_anew_when_it_keeps_back_a_correction_and_not_the_other_way_round(
    office: Office, clock: FakeClock
) -> None:
    await approved(office, clock, variants=FACEBOOK)
    clock.forward(hours=2)
    await failing(office, clock)
    assert [await tell_overdue(office.parts) for _ in range(2)] == [1, 0]
    correction = await approved(office, clock, variants=FACEBOOK, due_at=None, title="Đính chính")
    await urgent(office, correction)
    clock.forward(minutes=1)
    await failing(office, clock)
    assert [await tell_overdue(office.parts) for _ in range(2)] == [1, 0]
    assert "“Đính chính”, “Lịch tiếp dân” (2 lượt gửi" in (await told(office))[-1], "the pressing one first"
    await queueing.cancel_post(office.parts, office.people["duty"], correction)
    clock.forward(minutes=9)
    assert await tell_overdue(office.parts) == 0


async def test_accounts_are_causes_of_their_own_and_stand_in_one_message(office: Office, clock: FakeClock) -> None:
    await approved(office, clock)
    clock.forward(hours=1, minutes=30)
    await pause_account(office.parts, office.people["duty"], office.accounts["viber"], "nghỉ lễ")
    await failing(office, clock)
    assert await tell_overdue(office.parts) == 1
    (text,) = await told(office)
    assert text.count("• ") == 2 and "Viber “Mẫu viber”: " in text and "tạm dừng: cho chạy lại" in text


async def test_a_cause_that_is_over_is_said_without_a_sound_and_told_anew_when_it_comes_back(
    office: Office, clock: FakeClock
) -> None:
    await urgent(office, await approved(office, clock, variants=FACEBOOK))
    clock.forward(hours=1, minutes=1)
    await failing(office, clock)
    assert await tell_overdue(office.parts) == 1
    await sent(office)
    clock.forward(minutes=2)
    assert await tell_overdue(office.parts) == 0, "perhaps only between two tries"
    clock.at += OVER_AFTER
    assert [await tell_overdue(office.parts) for _ in range(2)] == [1, 0]
    over = (await alerts(office, "notice"))[-1]
    assert over.text == "✅ Không còn lượt gửi nào quá giờ." and SILENT in over.about
    await urgent(office, await approved(office, clock, variants=FACEBOOK, due_at=None))
    clock.forward(minutes=1)
    await failing(office, clock)
    assert await tell_overdue(office.parts) == 1


async def test_what_goes_on_for_a_day_is_told_once_also_after_a_restart_of_the_desk(
    office: Office, clock: FakeClock
) -> None:
    await urgent(office, await approved(office, clock, variants=FACEBOOK))
    clock.forward(hours=1, minutes=1)
    await failing(office, clock)
    told_then = [await tell_overdue(office.parts)]
    for _ in range(20):
        clock.forward(minutes=1)
        await failing(office, clock)
        told_then.append(await tell_overdue(office.parts))
    clock.forward(hours=20)
    await failing(office, clock)
    told_then.append(await tell_overdue(office.parts))
    assert sum(told_then) == 1


async def test_what_people_stopped_themselves_is_no_news_unless_it_is_a_correction(
    office: Office, clock: FakeClock
) -> None:
    routine = await approved(office, clock, variants=FACEBOOK)
    await queueing.hold_post(office.parts, office.people["duty"], routine, "chờ")
    clock.forward(days=1)
    assert await tell_overdue(office.parts) == 0
    await urgent(office, routine)
    assert await tell_overdue(office.parts) == 1


async def test_a_forgotten_stop_is_told_after_long(office: Office, clock: FakeClock) -> None:
    await approved(office, clock, variants=FACEBOOK)
    await place_hold(office.parts, office.people["duty"], HoldScope.CHANNEL, "facebook", reason="kênh lỗi")
    clock.forward(hours=1)
    clock.at += LONG - timedelta(seconds=1)
    assert await tell_overdue(office.parts) == 0
    clock.forward(seconds=1)
    assert await tell_overdue(office.parts) == 1
    assert "thả lệnh giữ" in (await told(office))[0]


async def test_secrets_that_do_not_open_are_told_as_what_they_are(office: Office, clock: FakeClock) -> None:
    await approved(office, clock, variants=FACEBOOK)
    await beats(office, "publish", "duty")
    async with office.parts.db.write() as session:
        (await session.get_one(Account, office.accounts["facebook"])).sealed = b"of another key"
    clock.forward(hours=1, minutes=1)
    await beats(office, "publish", "duty")
    assert await tell_overdue(office.parts) == 1
    assert "LOA_SECRET_KEY" in (await told(office))[0]


async def test_an_unknown_delivery_has_a_question_of_its_own(office: Office, clock: FakeClock) -> None:
    await urgent(office, await approved(office, clock, variants=FACEBOOK))
    clock.forward(hours=2)
    async with office.parts.db.write() as session:
        await session.exec(update(Delivery).values(state=DeliveryState.UNKNOWN))
    assert await tell_overdue(office.parts) == 0


@pytest.mark.parametrize("language", ["vi", "en"])
async def test_the_desk_tells_it_in_its_turn_and_in_its_language(
    office: Office, clock: FakeClock, language: str
) -> None:
    office.parts.settings = office.parts.settings.model_copy(update={"language": language})
    await urgent(office, await approved(office, clock, variants=FACEBOOK))
    clock.forward(hours=1, minutes=1)
    await failing(office, clock)
    await watch(office.parts)
    (text,) = await told(office)
    assert ("Mạng hỏng." in text, "No net." in text) == (language == "vi", language == "en")


async def test_an_office_without_a_chat_is_told_once_it_has_one(office: Office, clock: FakeClock) -> None:
    await urgent(office, await approved(office, clock, variants=FACEBOOK))
    clock.forward(hours=1, minutes=1)
    await failing(office, clock)
    settings = office.parts.settings
    await without_chat(office)
    assert await tell_overdue(office.parts) == 0
    async with office.parts.db.read() as session:
        assert not (await session.exec(select(Notice))).all()
    office.parts.settings = settings
    assert await tell_overdue(office.parts) == 1


async def test_a_paused_account_that_goes_on_is_over(office: Office, clock: FakeClock) -> None:
    await approved(office, clock, variants=FACEBOOK)
    duty, account = office.people["duty"], office.accounts["facebook"]
    clock.forward(minutes=50)
    await pause_account(office.parts, duty, account, "nghỉ")
    clock.forward(minutes=40)
    assert await tell_overdue(office.parts) == 1
    await resume_account(office.parts, duty, account)
    await sent(office)
    clock.forward(minutes=20)
    assert await tell_overdue(office.parts) == 1
    async with office.parts.db.read() as session:
        assert not (await session.exec(select(Notice))).all()
