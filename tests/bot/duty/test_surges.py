"""What was written more than usual: once a morning, without a sound, and not what an incident explains."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bot.duty.surges import tell_surges
from bot.duty.telling import raise_alerts
from models.surge import Surge
from tests.bot.conftest import Office
from tests.bot.duty.steps import EVIDENCE, alerts, incident, without_chat
from tests.conftest import FakeClock


async def surge(office: Office, since: datetime, **other: Any) -> None:
    row = {
        "kind": "topic", "name": "Y_TE", "texts": 60, "people": 52, "usual": 5.0, "seldom_days": 30.0,
        "kinds": {"criticism": 45, "question": 15},
    }  # fmt: skip
    async with office.parts.db.write() as session:
        session.add(Surge(organisation_id=office.id, since=since, last_at=since + timedelta(hours=2), **row | other))


async def test_a_surge_is_told_in_the_morning_once_and_silently(office: Office, clock: FakeClock) -> None:
    await surge(office, clock())
    await surge(office, clock(), kind="account", name=str(office.accounts["zalo"]), usual=0.0, kinds={})
    assert await tell_surges(office.parts) == 0, "it is morning already: tomorrow"
    clock.forward(days=1)
    assert [await tell_surges(office.parts) for _ in range(2)] == [1, 0]
    (told,) = await alerts(office)
    assert told.kind == "digest" and told.about == {"silent": "1"} and told.chat_id == "-100"
    assert "• Chủ đề Y tế, sức khỏe, từ 08:00 ngày" in told.text
    assert "60 lời trong 60 phút của 52 người, gấp 12 lần bình thường; phần lớn là phê bình, góp ý (75%)" in told.text
    assert "khoảng 30 ngày mới có một lần" in told.text and "Kênh Zalo “Mẫu zalo”" in told.text
    assert "bình thường hầu như không có gì" in told.text


async def test_what_an_incident_explains_is_not_told_beside_it(office: Office, clock: FakeClock) -> None:
    louder = {
        "surges_vi": "chủ đề Kinh tế: gấp 12 lần bình thường",
        "surges_en": "the topic Economy: 12 times the usual",
    }
    await surge(office, clock(), incident_id=await incident(office, clock, evidence={**EVIDENCE, **louder}))
    await raise_alerts(office.parts)
    (told,) = await alerts(office)
    assert "\nLàm tăng vọt chủ đề Kinh tế: gấp 12 lần bình thường.\n" in told.text, "it is told with the incident"
    clock.forward(days=1)
    assert await tell_surges(office.parts) == 0


async def test_without_a_chat_it_waits_for_one(office: Office, clock: FakeClock) -> None:
    settings = office.parts.settings
    await surge(office, clock())
    clock.forward(days=1)
    await without_chat(office)
    assert await tell_surges(office.parts) == 0
    office.parts.settings = settings
    assert await tell_surges(office.parts) == 1
