"""A delivery of which nobody knows whether it is out: what is asked in the duty chat, and what a person answers there.

"It is there" is one press. "Send again" puts a second post on the channel where the person is wrong: it takes another
press on another button in another place, so that no double tap at night does it.
"""

from __future__ import annotations

from html import escape

from bot.duty.alerts import Buttons
from bot.duty.reply import Reply
from bot.duty.voice import Voice, channel_name, voice_of
from bot.parts import Actor, Parts
from bot.publishing.queueing import settle_unknown
from models.delivery import Delivery
from models.incident import Alert
from models.office import Organisation
from models.states import DeliveryState

THERE, AGAIN, SURE, BACK = "there", "again", "again_sure", "again_not"
BEHIND = {SURE: AGAIN, BACK: AGAIN}
"""Buttons that stand in a message only after another was pressed."""
ACTIONS = frozenset({THERE, AGAIN, SURE, BACK})


def about(delivery: Delivery) -> dict[str, str]:
    """What the buttons act on: this delivery, as it stands after this attempt."""
    return {"delivery": str(delivery.id), "attempt": str(delivery.attempt_no)}


def buttons(voice: Voice) -> Buttons:
    """Under the question."""
    there, again = voice.say("✅ Đã có trên kênh", "✅ It is there"), voice.say("🔁 Gửi lại…", "🔁 Send again…")
    return (((there, THERE),), ((again, AGAIN),))


def _sure(voice: Voice) -> Buttons:
    """The other way round: a second tap on the same place changes nothing."""
    sure = voice.say("⚠️ Kênh chưa có bài: gửi lại", "⚠️ Not on the channel: send again")
    return (((sure, SURE),), ((voice.say("↩️ Thôi, để xem lại", "↩️ No, look again"), BACK),))


async def answer(parts: Parts, actor: Actor, action: str, alert: Alert) -> Reply:
    """Carry out one press. Raises `Refused`: no right to decide, or somebody has."""
    number, attempt = int(alert.about["delivery"]), int(alert.about["attempt"])
    async with parts.db.read() as session:
        voice = voice_of(parts, await session.get_one(Organisation, alert.organisation_id))
        delivery = await session.get_one(Delivery, number)
    if action == BACK:
        return Reply(voice.say("Chưa gửi gì.", "Nothing was sent."), buttons=buttons(voice))
    if action == AGAIN:
        return Reply(_warning(delivery, voice), alarm=True, buttons=_sure(voice))
    now = await settle_unknown(parts, actor, number, there=action == THERE, seen_attempt=attempt)
    word = {
        DeliveryState.SENT: voice.say("đã có trên kênh", "it is there"),
        DeliveryState.QUEUED: voice.say("không có, gửi lại", "it is not there, send again"),
    }.get(now, voice.say("không có, bài đã hủy", "it is not there, and was cancelled"))
    decided = f"➡️ <b>{word}</b> ({escape(actor.name)}, {voice.clock(voice.now)})"
    return Reply(voice.say(f"Đã ghi: {word}.", f"Noted: {word}."), message=f"{alert.text}\n{decided}")


def _warning(delivery: Delivery, voice: Voice) -> str:
    label = channel_name(delivery.channel)
    if delivery.remote_id:
        return voice.say(
            f"{label} đã nhận bài (mã {delivery.remote_id}): gửi lại sẽ thành hai bài. Vẫn gửi thì bấm nút trên cùng.",
            f"{label} has it (id {delivery.remote_id}): sent again there are two. To do so press the upper button.",
        )
    return voice.say(
        f"Đã mở {label} xem và chắc chắn chưa có bài? Có rồi mà gửi lại thì thành hai bài. Chắc chắn thì bấm nút trên.",
        f"You looked at {label} and it is surely not there? If it is, there will be two. If sure, press the upper one.",
    )
