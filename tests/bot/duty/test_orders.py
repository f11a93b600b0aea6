"""Orders in the duty chat: what one line does, who may, and that a line that comes twice does it once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import select

from bot.duty.commands import Command, answer
from bot.duty.orders import HOW, obey
from bot.duty.telegram import DutyChat
from bot.publishing.holds import active_holds
from channels.sandbox.telegram import TelegramSandbox
from models.incident import Silence
from models.queue import HoldScope
from models.states import IncidentState, PostState
from tests.bot.conftest import Office
from tests.bot.duty.conftest import DUTY, said, soon
from tests.bot.duty.conftest import tie as tie_person
from tests.bot.duty.steps import incident, state, tie
from tests.bot.publishing.steps import approved, state_of
from tests.conftest import FakeClock


@pytest.fixture(autouse=True)
async def _linked(office: Office) -> None:
    await tie(office, "duty", "7")
    await tie(office, "auditor", "8")


async def holds(office: Office) -> list[tuple[str, str, str]]:
    async with office.parts.db.read() as session:
        return [(h.scope, h.key, h.reason) for h in await active_holds(session, office.id)]


@pytest.mark.parametrize(
    ("line", "placed"),
    [
        ("tatca quốc tang", (HoldScope.ORGANISATION, "", "quốc tang")),
        ("all national mourning", (HoldScope.ORGANISATION, "", "national mourning")),
        ("kênh Facebook bị chiếm quyền", (HoldScope.CHANNEL, "facebook", "bị chiếm quyền")),
        ("chude y_te chờ Sở Y tế", (HoldScope.TOPIC, "Y_TE", "chờ Sở Y tế")),
    ],
)
async def test_the_red_switch_is_one_line_and_read_twice_it_is_one_hold(
    office: Office, line: str, placed: tuple[str, str, str]
) -> None:
    first, again = [await obey(office.parts, "giu", line, "7") for _ in range(2)]
    assert first == again and "Đã dừng" in first and "/tha lenh 1" in first
    assert await holds(office) == [placed]
    assert placed[2] in await obey(office.parts, "giu", "", "7")
    assert "Đã thả" in await obey(office.parts, "tha", "lenh 1", "7")
    assert await holds(office) == []
    assert "đã được thả" in await obey(office.parts, "tha", "lenh 1", "7")


async def test_a_post_is_held_and_released(office: Office, clock: FakeClock) -> None:
    post = await approved(office, clock)
    assert "Đã giữ" in await obey(office.parts, "giu", f"bai {post} xem lại", "7")
    assert await state_of(office, post) == PostState.HELD
    assert f"bài {post}" in await obey(office.parts, "tha", "", "7")
    assert "Đã thả" in await obey(office.parts, "tha", f"bài {post}", "7")
    assert await state_of(office, post) == PostState.SCHEDULED


async def test_an_incident_is_walked_by_lines(office: Office, clock: FakeClock) -> None:
    number = await incident(office, clock)
    for line in (f"SC-{number:04d} ack", f"{number} verify", f"sc-{number} watch ít người tin", f"{number} close yên"):
        assert (await obey(office.parts, "buoc", line, "7")).startswith(f"SC-{number:04d}: ")
    assert await state(office, number) == IncidentState.CLOSED
    assert "Hãy ghi lý do" in await obey(office.parts, "buoc", f"{number} review", "7")
    assert await state(office, number) == IncidentState.CLOSED


async def test_a_silence_by_topic_or_words_is_placed_and_ended(office: Office, clock: FakeClock) -> None:
    assert "TT-0001" in await obey(office.parts, "tattieng", "thien_tai 2 diễn tập phòng lụt", "7")
    assert "TT-0002" in await obey(office.parts, "tattieng", "“vỡ đập” 24 diễn tập", "7")
    assert "24 giờ" in await obey(office.parts, "tattieng", "thien_tai 25 diễn tập", "7")
    assert "bật lại" in await obey(office.parts, "tattieng", "het 1", "7")
    async with office.parts.db.read() as session:
        first, second = (await session.exec(select(Silence).order_by("id"))).all()
    assert (first.field, first.ends_at) == ("THIEN_TAI", clock()) and first.reason == "diễn tập phòng lụt"
    assert (second.words, second.ends_at) == ("vỡ đập", clock() + timedelta(hours=24))


@pytest.mark.parametrize("order", list(HOW))
@pytest.mark.parametrize(
    "line", ["x", "kenh", "kenh tivi x", "bai", "bai mười x", "SC-1", "SC-x ack", "😀 1 1", "chude x y"]
)
async def test_a_line_that_cannot_be_read_does_nothing_and_says_how(office: Office, order: str, line: str) -> None:
    assert (await obey(office.parts, order, line, "7")).startswith(f"/{order} ")
    assert await holds(office) == []


async def test_only_for_those_with_the_right(office: Office, clock: FakeClock) -> None:
    number = await incident(office, clock)
    lines = {"giu": "tatca x", "buoc": f"{number} ack", "tattieng": "Y_TE 1 x"}
    for order, line in lines.items():
        assert await obey(office.parts, order, line, "666") == "", "strangers get no answer"
        assert "không có quyền" in await obey(office.parts, order, line, "8")
    assert await holds(office) == [] and await state(office, number) == IncidentState.NEW


async def test_both_names_work_in_the_group_itself(
    office: Office, telegram: TelegramSandbox, working: DutyChat
) -> None:
    await tie_person(office, telegram, "duty", 7)
    telegram.say(DUTY, 7, "/hold@loa_demo_bot channel viber lỗi")
    await soon(telegram, lambda: any("Đã dừng kênh Viber: lỗi" in text for text in said(telegram)))
    telegram.say(DUTY, 7, "/tha lenh 1")
    await soon(telegram, lambda: any("Đã thả lệnh giữ 1" in text for text in said(telegram)))
    assert await holds(office) == []
    help_text = await answer(office.parts, Command.HELP, "7")
    assert all(f"/{order}" in help_text for order in HOW)
