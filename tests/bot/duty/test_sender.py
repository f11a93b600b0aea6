"""Messages to the chat over real HTTP: in order, held by floods, moved, passed on, unclear, cut."""

from __future__ import annotations

import pytest
from sqlmodel import select
from telegram.error import (
    BadRequest,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.duty import sender, texts
from bot.duty import telegram as duty_telegram
from bot.duty.alerts import SILENT
from bot.duty.outcomes import Next, judge
from bot.duty.presses import press
from bot.duty.telegram import DutyChat
from bot.duty.voice import Voice
from bot.publishing.budget import budgets_of
from channels.sandbox.telegram import TelegramSandbox
from models.incident import Alert, AlertState, Incident, Level
from models.office import Organisation
from models.states import IncidentState
from tests.bot.conftest import Office
from tests.bot.duty.conftest import DUTY, LEADERS, alerts, on_duty, queue, said, states, tie
from tests.bot.duty.test_desk import incident, state
from tests.conftest import FakeClock

QUEUED, SENT, FAILED, UNCLEAR = AlertState.QUEUED, AlertState.SENT, AlertState.FAILED, AlertState.UNCLEAR


# -- in order and with room -------------------------------------------------------------------------------------------


async def test_each_chat_gets_its_messages_in_order_and_with_room(
    office: Office, telegram: TelegramSandbox, working: DutyChat, clock: FakeClock
) -> None:
    private = await tie(office, telegram, "duty", 7)
    for text in ("một", "hai", "ba"):
        await queue(office, text)
    for text in ("riêng 1", "riêng 2"):
        await queue(office, text, private)
    assert await working.send_due() == 2
    assert await working.send_due() == 0
    clock.forward(seconds=1)
    assert await working.send_due() == 1
    clock.forward(seconds=1.9)
    assert await working.send_due() == 0
    clock.forward(seconds=0.1)
    assert await working.send_due() == 1
    clock.forward(seconds=3)
    assert await working.send_due() == 1
    assert (said(telegram), said(telegram, private)) == (["một", "hai", "ba"], ["riêng 1", "riêng 2"])
    assert not telegram.refused


async def test_a_silent_message_makes_no_sound(
    office: Office, telegram: TelegramSandbox, working: DutyChat, clock: FakeClock
) -> None:
    await queue(office, "khẽ", about={SILENT: "1"})
    assert await working.send_due() == 1
    clock.forward(seconds=5)
    await queue(office, "to")
    assert await working.send_due() == 1
    assert [(m.text, m.silent) for m in telegram.messages(DUTY)] == [("khẽ", True), ("to", False)]


async def test_many_messages_to_a_group_meet_no_flood(
    office: Office, telegram: TelegramSandbox, working: DutyChat, clock: FakeClock
) -> None:
    for number in range(25):
        await queue(office, f"tin {number}")
    for _ in range(80):
        await working.send_due()
        clock.forward(seconds=1)
    assert said(telegram) == [f"tin {number}" for number in range(25)]
    assert not telegram.refused


async def test_whoever_takes_the_chat_over_waits_out_a_flood_too(
    office: Office, telegram: TelegramSandbox, working: DutyChat, clock: FakeClock
) -> None:
    for text in ("một", "hai"):
        await queue(office, text)
    telegram.flood(DUTY, 7)
    await working.send_due()
    working._sender._not_before.clear()  # what another process knows
    async with office.parts.db.write() as session:
        for alert in (await session.exec(select(Alert).where(Alert.text == "một"))).all():
            alert.state = AlertState.FAILED
    clock.forward(seconds=6.9)
    assert await working.send_due() == 0
    clock.forward(seconds=0.1)
    assert await working.send_due() == 1
    async with office.parts.db.read() as session:
        assert [b.key for b in await budgets_of(session, office.id, clock())] == [f"telegram:chat:{DUTY}"]


async def test_a_flood_holds_the_whole_chat_as_long_as_told(
    office: Office, telegram: TelegramSandbox, working: DutyChat, clock: FakeClock
) -> None:
    for text in ("một", "hai"):
        await queue(office, text)
    telegram.flood(DUTY, 7)
    assert await working.send_due() == 0
    clock.forward(seconds=6.9)
    assert await working.send_due() == 0
    assert sum(key == "flood" for _, key, _ in telegram.refused) == 1, "asked once"
    clock.forward(seconds=0.1)
    assert await working.send_due() == 1
    clock.forward(seconds=3)
    await working.send_due()
    assert said(telegram) == ["một", "hai"]


# -- moved, lost ------------------------------------------------------------------------------------------------------


async def test_a_moved_group_is_followed_and_kept(
    office: Office, telegram: TelegramSandbox, chat: DutyChat, clock: FakeClock
) -> None:
    new = telegram.migrate(DUTY)
    telegram._updates.clear()  # the group's own word was missed
    await chat.start()
    for text in ("một", "hai"):
        await queue(office, text)
    for _ in range(3):
        await chat.send_due()
        clock.forward(seconds=3)
    assert said(telegram, new) == ["một", "hai"]
    assert sum(key == "migrated" for _, key, _ in telegram.refused) == 1, "what waited moved along"
    async with office.parts.db.read() as session:
        assert (await session.get_one(Organisation, office.id)).duty_chat == new


async def test_a_group_that_stands_in_the_settings_only_is_kept_in_the_office(
    office: Office, telegram: TelegramSandbox, working: DutyChat
) -> None:
    async with office.parts.db.write() as session:
        (await session.get_one(Organisation, office.id)).leaders_chat = ""
    new = telegram.migrate(LEADERS)
    await queue(office, "x", LEADERS)
    await working.send_due()
    async with office.parts.db.read() as session:
        row = await session.get_one(Organisation, office.id)
    assert (row.leaders_chat, row.duty_chat) == (new, DUTY)


@pytest.mark.parametrize("how", ["blocked", "never_started", "chat"])
async def test_who_cannot_be_reached_in_private_is_told_to_the_duty_chat(
    how: str, office: Office, telegram: TelegramSandbox, working: DutyChat, clock: FakeClock
) -> None:
    private = await tie(office, telegram, "backup", 7)
    if how == "blocked":
        telegram.block(7)
    elif how == "never_started":
        telegram.chats[private].status = "unstarted"
    else:
        del telegram.chats[private]
    await queue(office, "việc riêng", private)
    await working.send_due()
    assert [key for _, key, _ in telegram.refused] == [how]
    for _ in range(2):
        clock.forward(minutes=10)
        await working.send_due()
    assert await states(office) == [FAILED, SENT], "never again there, once to the others"
    (told,) = said(telegram)
    assert "Backup không nhận được tin riêng" in told
    assert "việc riêng" not in told


async def test_when_the_duty_chat_is_lost_the_people_on_duty_get_the_alarm_and_can_take_it(
    office: Office, telegram: TelegramSandbox, working: DutyChat, clock: FakeClock
) -> None:
    incident_id = await incident(office, clock)
    for person, login in enumerate(("duty", "backup"), start=7):
        await tie(office, telegram, login, person)
    telegram.kick(DUTY)
    await queue(office, "🔴 <b>CAO</b>", incident_id=incident_id, chart=True, kind="opened",
                buttons=[[("Nhận", "ack")]])  # fmt: skip
    await working.send_due()
    await working.send_due()
    for private in ("7", "8"):
        (got,) = [m for m in telegram.messages(private) if m.own]
        assert got.text.startswith("⚠️ Nhóm trực không nhận được tin (")
        assert "🔴 CAO" in got.text
        assert got.photo.startswith(b"\x89PNG")
    assert (await press(office.parts, "8", got.buttons[0].data)).text == "Bạn đã nhận sự cố."
    assert await state(office, incident_id) == IncidentState.ACKED
    assert await states(office) == [FAILED, SENT, SENT]


async def test_word_of_a_lost_chat_is_not_passed_on_in_turn(
    office: Office, telegram: TelegramSandbox, working: DutyChat, clock: FakeClock
) -> None:
    await on_duty(office, clock())
    await tie(office, telegram, "duty", 7)
    telegram.kick(DUTY)
    telegram.block(7)
    await queue(office, "x")
    for _ in range(3):
        await working.send_due()
        clock.forward(minutes=10)
    assert await states(office) == [FAILED, FAILED]


# -- unclear ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def fault(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A fault whose fate nobody knows; where the answer hangs it is waited for a second."""
    if request.param == "hang":
        monkeypatch.setattr(duty_telegram, "SEND_S", 1.0)
    return str(request.param)


@pytest.mark.parametrize("fault", ["drop_after", "hang", "garbage"], indirect=True)
async def test_an_unclear_alert_is_repeated_once(
    fault: str, office: Office, telegram: TelegramSandbox, chat: DutyChat, clock: FakeClock
) -> None:
    await chat.start()
    await queue(office, "cảnh báo")
    telegram.fail_next(fault, match="/sendMessage", times=1, seconds=3)
    assert await chat.send_due() == 0
    assert await chat.send_due() == 1
    assert said(telegram) == ["cảnh báo"] * 2
    await queue(office, "cảnh báo nữa")
    telegram.fail_next(fault, match="/sendMessage", times=9, seconds=3)
    for _ in range(4):
        clock.forward(seconds=3)
        await chat.send_due()
    assert said(telegram) == ["cảnh báo"] * 2 + ["cảnh báo nữa"] * 2
    assert await states(office) == [SENT, UNCLEAR]


@pytest.mark.parametrize("fault", ["drop_after", "hang"], indirect=True)
async def test_an_unclear_summary_is_not_repeated_and_the_duty_chat_is_told(
    fault: str, office: Office, telegram: TelegramSandbox, chat: DutyChat, clock: FakeClock
) -> None:
    await chat.start()
    await queue(office, "bản tin", LEADERS, kind="weekly")
    telegram.fail_next(fault, match="/sendMessage", times=1, seconds=3)
    for _ in range(3):
        await chat.send_due()
        clock.forward(minutes=10)
    assert said(telegram, LEADERS) == ["bản tin"]
    assert await states(office) == [UNCLEAR, SENT]
    assert "Loa không chắc" in said(telegram)[0]


@pytest.mark.parametrize(("kind", "after"), [("notice", [SENT]), ("weekly", [UNCLEAR, SENT])])
async def test_what_a_dead_process_was_sending_counts_as_unclear(
    kind: str, after: list[str], office: Office, telegram: TelegramSandbox, working: DutyChat, clock: FakeClock
) -> None:
    await queue(office, "x", LEADERS, kind=kind)
    async with office.parts.db.write() as session:
        (await session.get_one(Alert, 1)).state = AlertState.SENDING
    for _ in range(2):
        await working.send_due()
    assert len(said(telegram, LEADERS)) == (kind == "notice")
    assert await states(office) == after


async def test_an_outage_and_a_dead_line_lose_nothing_and_double_nothing(
    office: Office, telegram: TelegramSandbox, working: DutyChat, clock: FakeClock
) -> None:
    await queue(office, "cảnh báo")
    telegram.fail_next("server_error", match="/sendMessage", times=3)
    for _ in range(3):
        assert await working.send_due() == 0
        clock.forward(minutes=6)
    port = int(telegram.url.rpartition(":")[2])
    await telegram.stop()
    for _ in range(10):
        assert await working.send_due() == 0
        clock.forward(minutes=6)
    await telegram.start(port)
    assert await working.send_due() == 1
    assert said(telegram) == ["cảnh báo"]


async def test_after_two_hours_of_outage_a_message_is_given_up(
    office: Office, telegram: TelegramSandbox, working: DutyChat, clock: FakeClock
) -> None:
    await queue(office, "cảnh báo")
    telegram.fail_next("server_error", match="/sendMessage", times=99)
    for _ in range(sender.MOST_TRIES - 1):
        await working.send_due()
        clock.forward(minutes=5)
    assert await states(office) == [QUEUED]
    await working.send_due()
    assert await states(office) == [FAILED]


@pytest.mark.parametrize(
    ("error", "what"),
    [
        (RetryAfter(3), Next.AGAIN),
        (InvalidToken("Unauthorized"), Next.AGAIN),
        (FileNotFoundError("a.pdf"), Next.AGAIN),
        (NetworkError("Bad Gateway"), Next.AGAIN),
        (NetworkError("Request Entity Too Large"), Next.NEVER),
        (BadRequest("Chat not found"), Next.NEVER),
        (Forbidden("bot was blocked by the user"), Next.NEVER),
        (TimedOut(), Next.AGAIN),
        (TelegramError("Invalid server response"), Next.UNCLEAR),
        (Conflict("x"), Next.UNCLEAR),
    ],
)
def test_what_a_failure_means(error: TelegramError | OSError, what: Next) -> None:
    assert judge(error) is what


# -- words ------------------------------------------------------------------------------------------------------------


async def test_words_whose_formatting_is_refused_go_plain(
    office: Office, telegram: TelegramSandbox, working: DutyChat
) -> None:
    await queue(office, "<b>Tin</b> <i>dở & x &lt;")
    assert await working.send_due() == 1
    assert said(telegram) == ["Tin dở & x <"]


@pytest.mark.parametrize("chart", [False, True])
async def test_a_text_too_long_is_cut_between_lines(
    chart: bool, office: Office, telegram: TelegramSandbox, working: DutyChat, clock: FakeClock
) -> None:
    incident_id = await incident(office, clock) if chart else None
    line = "<b>" + "🔴" * 60 + "</b>"
    await queue(office, "\n".join([line] * 90), incident_id=incident_id, chart=chart)
    assert await working.send_due() == 1
    (got,) = telegram.messages(DUTY)
    most = 1024 if chart else 4096
    assert most - 122 < texts.units(got.text) <= most
    assert got.text.endswith("🔴\n…")
    assert not telegram.refused


async def test_the_fullest_alarm_fits_under_its_picture(
    office: Office, telegram: TelegramSandbox, working: DutyChat, clock: FakeClock
) -> None:
    incident_id = await incident(office, clock, Level.EMERGENCY)
    full = "<&🔴ạ " * 90
    async with office.parts.db.write() as session:
        row = await session.get_one(Incident, incident_id)
        row.claim_text, row.locality, row.field, row.ack_due_at = full, full, "THIEN_TAI", clock()
        row.evidence = row.evidence | dict.fromkeys(("numbers_vi", "why_vi", "model_vi", "not_spread_vi"), full)
        text = texts.alert(row, Voice("vi", office.parts.settings.tz, clock()), on_duty=full)
    await queue(office, text, incident_id=incident_id, chart=True)
    assert await working.send_due() == 1
    (got,) = telegram.messages(DUTY)
    assert "Thông báo ban đầu trước" in got.text, "nothing was cut off at the end"
    assert got.text.rstrip().endswith("…")
    assert got.text.count("<&🔴") > 20
    assert not telegram.refused


@pytest.mark.parametrize("most", [1, 2, 3, 10, 11, 12])
def test_a_cut_counts_as_telegram_counts(most: int) -> None:
    for text in ("🔴" * 20, "a" * 20, "a🔴" * 10, "ạ" * most):
        got = texts.cut(text, most)
        assert texts.units(got) == len(got.encode("utf-16-le")) // 2 <= most
        assert texts.units(got) >= most - 1, "no shorter than it must be"


def test_a_message_of_one_endless_line_is_cut_too() -> None:
    got = texts.fit("<b>" + "&lt;" * 5000 + "</b>", 4096)
    assert texts.units(texts.plain(got)) == 4096
    assert "<" not in got


async def test_an_alarm_goes_without_its_picture_when_that_cannot_be_drawn(
    office: Office, telegram: TelegramSandbox, working: DutyChat, clock: FakeClock
) -> None:
    incident_id = await incident(office, clock)
    async with office.parts.db.write() as session:
        row = await session.get_one(Incident, incident_id)
        row.evidence = row.evidence | {"series": [["no time", "?"]]}
    await queue(office, "cảnh báo", incident_id=incident_id, chart=True)
    assert await working.send_due() == 1
    assert [(m.text, m.photo) for m in telegram.messages(DUTY)] == [("cảnh báo", b"")]


async def test_an_answer_in_the_thread_survives_the_loss_of_its_first_message(
    office: Office, telegram: TelegramSandbox, working: DutyChat, clock: FakeClock
) -> None:
    incident_id = await incident(office, clock)
    for text, kind in (("đầu", "opened"), ("hai", "update"), ("ba", "update")):
        await queue(office, text, incident_id=incident_id, kind=kind)
    for _ in range(2):
        await working.send_due()
        clock.forward(seconds=3)
    first, second = telegram.messages(DUTY)
    assert second.reply_to == first.message_id
    telegram.chats[DUTY].messages.remove(first)
    await working.send_due()
    assert [m.text for m in telegram.messages(DUTY)] == ["hai", "ba"]
    assert telegram.messages(DUTY)[-1].reply_to == 0


async def test_a_chat_id_that_is_no_number_holds_up_nobody_else(
    office: Office, telegram: TelegramSandbox, working: DutyChat
) -> None:
    await queue(office, "lạc", "@nhom_truc")
    await queue(office, "tới")
    assert await working.send_due() == 1
    assert (await alerts(office))[0].state == FAILED


async def test_after_a_reopening_the_answers_stand_under_the_new_alarm(
    office: Office, telegram: TelegramSandbox, working: DutyChat, clock: FakeClock
) -> None:
    incident_id = await incident(office, clock)
    for text, kind in (("đầu", "opened"), ("lại", "opened"), ("nhận", "update")):
        await queue(office, text, incident_id=incident_id, kind=kind)
        await working.send_due()
        clock.forward(seconds=3)
    _, again, answer = telegram.messages(DUTY)
    assert answer.reply_to == again.message_id


async def test_the_picture_shows_the_times_of_the_organisation(
    office: Office, working: DutyChat, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[str] = []

    def draw(evidence: object, *, language: str, tz: object) -> bytes:
        drawn.append(f"{language} {tz}")
        raise ValueError("drawn enough")

    async with office.parts.db.write() as session:
        (await session.get_one(Organisation, office.id)).zone = "Asia/Shanghai"
    monkeypatch.setattr(sender, "incident_chart", draw)
    await queue(office, "cảnh báo", incident_id=await incident(office, clock), chart=True)
    await working.send_due()
    assert drawn == ["vi Asia/Shanghai"]
