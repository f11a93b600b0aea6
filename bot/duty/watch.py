"""One turn of the duty desk, most pressing first."""

from __future__ import annotations

from bot.duty.ahead import tell_ahead, tell_handover
from bot.duty.approving import show_drafts
from bot.duty.desk import settle_corrections
from bot.duty.escalation import escalate_due
from bot.duty.heads import keep_heads
from bot.duty.notices import tell_troubles
from bot.duty.overdue import tell_overdue
from bot.duty.silences import tell_over
from bot.duty.surges import tell_surges
from bot.duty.telling import raise_alerts, send_digest
from bot.parts import Parts


async def watch(parts: Parts) -> None:
    """Tell, escalate, close the circle when an answer is out, show new drafts, say what is wrong with Loa itself."""
    await tell_over(parts)
    await raise_alerts(parts)
    await escalate_due(parts)
    await settle_corrections(parts)
    await show_drafts(parts)
    await tell_troubles(parts)
    await tell_overdue(parts)
    await send_digest(parts)
    await tell_surges(parts)
    await keep_heads(parts)
    await tell_handover(parts)
    await tell_ahead(parts)
