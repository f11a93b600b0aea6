"""What is said while an incident is passed on, asks for a second person, or is left lying. Telegram HTML."""

from __future__ import annotations

from datetime import datetime, timedelta
from html import escape

from bot.duty.alerts import Buttons
from bot.duty.texts import cut
from bot.duty.voice import Voice
from models.incident import Incident


def buttons_second(voice: Voice) -> Buttons:
    """Under what asks for a second person."""
    return (((voice.say("🤝 Tôi là người thứ hai", "🤝 I am the second"), "second"),),)


def buttons_still(voice: Voice) -> Buttons:
    """Under what asks whether somebody still works on it."""
    return (((voice.say("🔄 Vẫn đang xử lý", "🔄 Still on it"), "still"),),)


def asked_second(incident: Incident, holder: str, until: datetime, voice: Voice) -> str:
    """Said as soon as one person has taken the highest level."""
    code, level, at = incident.code, voice.level(incident.level), voice.clock(until)
    return voice.say(
        f"🤝 <b>{code} [{level}] cần người thứ hai</b>: {escape(holder)} đã nhận. Ai cùng làm thì bấm trước {at}.",
        f"🤝 <b>{code} [{level}] needs a second person</b>: {escape(holder)} has taken it. Join before {at}.",
    )


def no_second(incident: Incident, person: str, until: datetime, voice: Voice) -> str:
    """Said when nobody joined in time."""
    code, level, at = incident.code, voice.level(incident.level), voice.clock(until)
    who = escape(person) if person else voice.say("(chưa có người trong lịch trực)", "(nobody on the rota)")
    return voice.say(
        f"⬆️ <b>{code} [{level}] vẫn chưa có người thứ hai</b>: mời {who} cùng làm. Bấm trước {at}.",
        f"⬆️ <b>{code} [{level}] still has no second person</b>: {who}, please join. Press before {at}.",
    )


def expired(incident: Incident, holder: str, idle: timedelta, until: datetime, voice: Voice) -> str:
    """Said when somebody took it and then nothing happened: it is raised again."""
    minutes, code, level = round(idle.total_seconds() / 60), incident.code, voice.level(incident.level)
    claim = escape(cut(incident.claim_text, 200))
    return "\n".join(
        [
            voice.say(
                f"🔁 <b>{code} báo lại</b> [{level}]: {escape(holder)} đã nhận nhưng {minutes} phút nay không có động "
                "tác nào. Cần người nhận lại.",
                f"🔁 <b>{code} is raised again</b> [{level}]: {escape(holder)} took it and nothing was done for "
                f"{minutes} minutes. Somebody must take it.",
            ),
            voice.say(f"Luận điểm: “{claim}”", f"Claim: “{claim}”"),
            voice.say("Cần nhận trước", "Take it before") + f" {voice.clock(until)}.",
        ]
    )


def reminded(incident: Incident, holder: str, idle: timedelta, voice: Voice) -> str:
    """Said when what is being verified lies still."""
    minutes, code, level = round(idle.total_seconds() / 60), incident.code, voice.level(incident.level)
    return voice.say(
        f"⏳ <b>{code} [{level}] đứng yên {minutes} phút</b>: {escape(holder)} còn xác minh không? Bấm bên dưới, hoặc "
        "người khác làm tiếp trên trang sự cố.",
        f"⏳ <b>{code} [{level}] has been still for {minutes} minutes</b>: is {escape(holder)} still verifying? Press "
        "below, or somebody else goes on from the incident's page.",
    )


def seconded(incident: Incident, name: str, voice: Voice) -> str:
    """Said in the thread when a second person joined."""
    who, at = escape(name), voice.clock(voice.now)
    return voice.say(
        f"🤝 {incident.code}: {who} là người thứ hai, từ {at}.",
        f"🤝 {incident.code}: {who} is the second person, since {at}.",
    )
