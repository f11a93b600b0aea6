"""What a button in the chat does. Only for people with a linked chat account; a state's move lets each work once."""

from __future__ import annotations

from collections.abc import Set

from sqlmodel import select

from bot.duty import desk, joining, unsure
from bot.duty.correction import draft_correction
from bot.duty.reply import Reply
from bot.duty.swaps import SWAP_NO, SWAP_YES, answer_swap
from bot.duty.unsure import ACTIONS, BEHIND
from bot.parts import Actor, Parts, Refused
from bot.people import actor_for, person_of_chat
from bot.publishing.approval import approve_post
from bot.publishing.queueing import Settled
from models.duty import SwapState
from models.incident import Alert
from models.learning import Verdict
from models.states import IllegalMove, IncidentState, PostState

_VERDICTS = frozenset({Verdict.CRITICISM, Verdict.WRONG_GROUP})
"""What may be said under a false alarm."""
SWAPPED = {
    SwapState.AGREED: "Đã đổi ca.",
    SwapState.DECLINED: "Đã trả lời: không đổi.",
    SwapState.VOID: "Lịch trực đã khác, ca giữ nguyên.",
}


_OF_AN_INCIDENT = frozenset({"ack", "false_alarm", "escalate", "draft", "verify"})


async def press(parts: Parts, telegram_id: str, data: str) -> Reply:
    """Carry out one press. `data` is "action:token" as on the button."""
    action, _, token = data.partition(":")
    async with parts.db.read() as session:
        person = await person_of_chat(session, telegram_id)
        if person is None:
            return Reply("Bạn chưa được liên kết với hệ thống. / You are not linked.", alarm=True)
        actor = await actor_for(session, person, surface="chat")
        alert = (await session.exec(select(Alert).where(Alert.token == token))).first() if token else None
    if alert is None or alert.organisation_id != actor.organisation_id:
        return Reply("Nút này không còn hiệu lực.", alarm=True)
    shown = BEHIND.get(action, action)
    if shown not in _ever_shown(alert):
        return Reply("Nút này không còn hiệu lực.", alarm=True)
    try:
        return await _act(parts, actor, action, alert)
    except Settled as error:
        return Reply(error.text(actor.language), alarm=True, remove_buttons=True)
    except Refused as error:
        return Reply(error.text(actor.language), alarm=True)
    except IllegalMove:
        return Reply("Việc này đã được xử lý rồi.", alarm=True, remove_buttons=True)


def _ever_shown(alert: Alert) -> Set[str]:
    """What could be pressed under a message at one time or other: an incident's first one changes with its state, and a
    late press is told who was first."""
    now = {button[1] for row in alert.buttons for button in row}
    return now | _OF_AN_INCIDENT if alert.kind == "opened" else now


async def _act(parts: Parts, actor: Actor, action: str, alert: Alert) -> Reply:
    if action == "approve":
        state = await approve_post(parts, actor, int(alert.about["post"]), alert.about["hash"])
        done = state is not PostState.PENDING
        return Reply("Đã duyệt, đang đăng." if done else "Đã duyệt 1/2; cần thêm một người.", remove_buttons=done)
    if action in ACTIONS:
        return await unsure.answer(parts, actor, action, alert)
    if action in (SWAP_YES, SWAP_NO):
        answered = await answer_swap(parts, actor, int(alert.about["swap"]), agree=action == SWAP_YES)
        return Reply(SWAPPED[answered], remove_buttons=True)
    assert alert.incident_id is not None, "all others are about an incident"
    if action == "ack":
        await desk.acknowledge(parts, actor, alert.incident_id)
        return Reply("Bạn đã nhận sự cố.", remove_buttons=True)
    if action == "verify":
        await desk.move_incident(parts, actor, alert.incident_id, IncidentState.VERIFYING)
        return Reply("Đã ghi: đang xác minh.")
    if action == "second":
        await joining.second(parts, actor, alert.incident_id)
        return Reply("Bạn là người thứ hai của sự cố.", remove_buttons=True)
    if action == "still":
        await joining.still_on_it(parts, actor, alert.incident_id)
        return Reply("Đã ghi: bạn vẫn đang xử lý.", remove_buttons=True)
    if action == "false_alarm":
        await desk.false_alarm(parts, actor, alert.incident_id, "báo nhầm (bấm trong nhóm trực)")
        return Reply("Đã ghi nhận báo nhầm.", remove_buttons=True)
    if action in _VERDICTS:
        await desk.judge(parts, actor, alert.incident_id, Verdict(action))
        return Reply("Đã ghi lại để hệ thống học.", remove_buttons=True)
    if action == "escalate":
        await desk.escalate(parts, actor, alert.incident_id, seen_step=int(alert.about.get("step", "0")))
        return Reply("Đã chuyển cấp.")
    await draft_correction(parts, actor, alert.incident_id)
    return Reply("Đã soạn đính chính; xem tin nhắn tiếp theo để duyệt.", remove_buttons=True)
