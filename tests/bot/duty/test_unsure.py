"""Nobody knows whether it is out: the duty officer looks at the channel and answers under the question."""

from __future__ import annotations

import pytest
from sqlmodel import col, select, update

from bot.duty.notices import MOST_LINES, tell_troubles
from bot.duty.presses import press
from bot.duty.reply import Reply
from bot.duty.telegram import DutyChat
from bot.publishing.queueing import settle_unknown
from channels.sandbox.telegram import TelegramSandbox
from models.audit import AuditEntry
from models.delivery import Delivery, HeldBy
from models.incident import Alert
from models.office import Organisation, User
from models.states import DeliveryState
from tests.bot.conftest import Office
from tests.bot.duty.conftest import DUTY, soon, tie
from tests.bot.duty.steps import alerts
from tests.bot.publishing.steps import approved, deliveries
from tests.conftest import FakeClock


async def unknown(office: Office, clock: FakeClock, count: int = 1, **values: object) -> list[Delivery]:
    """Posts for Facebook of whose ends nobody is sure; the officer on duty is person 7."""
    for _ in range((count + 1) // 2):
        await approved(office, clock)
    async with office.parts.db.write() as session:
        (await session.get_one(User, office.people["duty"].user_id)).telegram_id = "7"
        rows = (await session.exec(select(Delivery).order_by(col(Delivery.id)).limit(count))).all()
        for row in rows:
            row.state, row.attempt_no, row.claimed_at = DeliveryState.UNKNOWN, 1, clock()
            for name, value in values.items():
                setattr(row, name, value)
    return list(rows)


async def asked(office: Office) -> Alert:
    await tell_troubles(office.parts)
    return (await alerts(office, "notice"))[-1]


async def pressed(office: Office, alert: Alert, action: str, person: str = "7") -> Reply:
    return await press(office.parts, person, f"{action}:{alert.token}")


async def state_of(office: Office, delivery: Delivery) -> str:
    async with office.parts.db.read() as session:
        return (await session.get_one(Delivery, delivery.id)).state


def actions(reply: Reply) -> list[str]:
    return [action for row in reply.buttons for _, action in row]


async def test_the_question_says_what_is_known_and_has_two_buttons(office: Office, clock: FakeClock) -> None:
    await unknown(office, clock, remote_id="77", permalink="https://f.example/77", error_vi="Đang xử lý <lâu>.")
    alert = await asked(office)
    assert [[action for _, action in row] for row in alert.buttons] == [["there"], ["again"]]
    assert "Facebook: “Lịch tiếp dân”, gửi lúc 08:00. Đang xử lý &lt;lâu&gt;. https://f.example/77" in alert.text


async def test_it_is_there_takes_one_press_and_the_message_says_who(office: Office, clock: FakeClock) -> None:
    (row,) = await unknown(office, clock)
    alert = await asked(office)
    reply = await pressed(office, alert, "there")
    assert (reply.text, reply.buttons) == ("Đã ghi: đã có trên kênh.", ())
    assert reply.message == f"{alert.text}\n➡️ <b>đã có trên kênh</b> (Duty, 08:00)"
    assert await state_of(office, row) == DeliveryState.SENT
    async with office.parts.db.read() as session:
        entry = (await session.exec(select(AuditEntry).where(AuditEntry.action == "unknown_settled"))).one()
    assert entry.user_id == office.people["duty"].user_id
    assert (entry.detail["delivery"], entry.detail["there"], entry.detail["surface"]) == (row.id, True, "chat")


async def test_send_again_takes_a_second_press_in_another_place(office: Office, clock: FakeClock) -> None:
    (row,) = await unknown(office, clock)
    alert = await asked(office)
    for _ in range(2):  # a double tap on the first one
        reply = await pressed(office, alert, "again")
        assert await state_of(office, row) == DeliveryState.UNKNOWN
    assert reply.alarm and "hai bài" in reply.text and not reply.message
    assert actions(reply) == ["again_sure", "again_not"], "where “send again” was there is “no” now"
    back = await pressed(office, alert, "again_not")
    assert actions(back) == ["there", "again"] and await state_of(office, row) == DeliveryState.UNKNOWN
    done = await pressed(office, alert, "again_sure")
    assert done.message.endswith("<b>không có, gửi lại</b> (Duty, 08:00)")
    assert await state_of(office, row) == DeliveryState.QUEUED


async def test_what_the_platform_has_for_sure_is_said_before_it_is_sent_again(office: Office, clock: FakeClock) -> None:
    await unknown(office, clock, remote_id="77")
    reply = await pressed(office, await asked(office), "again")
    assert "Facebook đã nhận bài (mã 77): gửi lại sẽ thành hai bài" in reply.text and len(reply.text) <= 200


@pytest.mark.parametrize("action", ["there", "again_sure"])
async def test_the_second_decision_changes_nothing(office: Office, clock: FakeClock, action: str) -> None:
    (row,) = await unknown(office, clock)
    alert = await asked(office)
    await settle_unknown(office.parts, office.people["approver"], row.id or 0, there=True)
    reply = await pressed(office, alert, action)
    assert (reply.text, reply.remove_buttons) == ("Lượt gửi này đã có người quyết định rồi.", True)
    assert await state_of(office, row) == DeliveryState.SENT


async def test_an_old_question_decides_nothing_about_a_later_attempt(office: Office, clock: FakeClock) -> None:
    (row,) = await unknown(office, clock)
    old = await asked(office)
    async with office.parts.db.write() as session:
        (await session.get_one(Delivery, row.id)).attempt_no = 2
    new = await asked(office)
    assert new.id != old.id
    assert (await pressed(office, old, "there")).remove_buttons
    assert await state_of(office, row) == DeliveryState.UNKNOWN
    assert not (await pressed(office, new, "there")).alarm


async def test_only_who_may_decide_decides(office: Office, clock: FakeClock) -> None:
    (row,) = await unknown(office, clock)
    alert = await asked(office)
    async with office.parts.db.write() as session:
        (await session.get_one(User, office.people["author"].user_id)).telegram_id = "8"
        other = Organisation(name="Đơn vị khác")
        session.add(other)
        await session.flush()
        session.add(User(organisation_id=other.id or 0, login="x", name="X", telegram_id="9", created_at=clock()))
    assert "không có quyền" in (await pressed(office, alert, "there", "8")).text
    assert "không còn hiệu lực" in (await pressed(office, alert, "there", "9")).text
    assert "chưa được liên kết" in (await pressed(office, alert, "there", "10")).text
    assert await state_of(office, row) == DeliveryState.UNKNOWN


async def test_an_answer_belongs_under_its_question_alone(office: Office, clock: FakeClock) -> None:
    await unknown(office, clock)
    alert = await asked(office)
    async with office.parts.db.write() as session:
        await session.exec(update(Alert).values(buttons=[[["Nhận", "ack"]]]))
    for action in ("there", "again", "again_sure", "again_not"):
        assert (await pressed(office, alert, action)).alarm


async def test_what_was_cancelled_meanwhile_is_not_sent_again(office: Office, clock: FakeClock) -> None:
    (row,) = await unknown(office, clock, held_by=HeldBy.CANCELLED)
    reply = await pressed(office, await asked(office), "again_sure")
    assert "bài đã hủy" in reply.text and await state_of(office, row) == DeliveryState.CANCELLED


async def test_so_many_that_they_would_flood_the_chat_share_a_message(office: Office, clock: FakeClock) -> None:
    await unknown(office, clock, MOST_LINES + 4)
    assert [await tell_troubles(office.parts) for _ in range(2)] == [MOST_LINES + 1, 0]
    sent = await alerts(office, "notice")
    assert [bool(alert.buttons) for alert in sent] == [True] * MOST_LINES + [False]
    assert sent[-1].text.count("• ") == 4


async def test_the_message_in_the_chat_changes_with_the_presses(
    office: Office, telegram: TelegramSandbox, chat: DutyChat, clock: FakeClock
) -> None:
    (row, _) = await unknown(office, clock, 2)
    await tie(office, telegram, "duty", 7)
    await tell_troubles(office.parts)
    await chat.start()
    await chat.send_due()
    message = telegram.messages(DUTY)[0]

    def shown() -> list[str]:
        found = telegram.chats[DUTY].find(message.message_id)
        return [button.data for button in found.buttons] if found is not None else []

    first = shown()
    telegram.press(DUTY, message.message_id, first[1], 7)
    await soon(telegram, lambda: shown() != first)
    sure, back = shown()
    telegram.press(DUTY, message.message_id, back, 7)
    await soon(telegram, lambda: shown() == first)
    telegram.press(DUTY, message.message_id, first[1], 7)
    await soon(telegram, lambda: shown() == [sure, back])
    telegram.press(DUTY, message.message_id, sure, 7)
    await soon(telegram, lambda: not shown())
    assert await state_of(office, row) == DeliveryState.QUEUED
    found = telegram.chats[DUTY].find(message.message_id)
    assert found is not None and found.text.endswith("➡️ không có, gửi lại (Duty, 08:00)")
    assert len(await deliveries(office, row.post_id)) == 2
