"""The platforms' limits as people read them: what is used of each, what that stops, whose reading stands still."""

from __future__ import annotations

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.duty.voice import Voice
from bot.parts import Parts
from bot.publishing.budget import fullest_first
from bot.vault import WrongKey
from channels.errors import Told
from models.office import Account
from models.queue import SHARE, Budget, Purpose, short_of

UNTOLD = Told("nền tảng không cho biết còn bao nhiêu", "the platform does not say what is left")
_UNITS = {
    "calls": Told("lượt gọi", "calls"),
    "units": Told("đơn vị", "units"),
    "uploads": Told("video", "uploads"),
    "messages": Told("tin nhắn", "messages"),
    "articles": Told("bài viết", "articles"),
}


async def limits_in_use(session: AsyncSession, voice: Voice) -> list[Budget]:
    """Read every limit of the installation of which something is used or refused now, fullest first."""
    now = voice.now
    rows = (await session.exec(select(Budget).order_by(col(Budget.key)))).all()
    return fullest_first([row for row in rows if row.blocked(now) or row.used_at(now) > 0], now)


def is_short(budget: Budget, voice: Voice) -> bool:
    """Say whether something waits for this limit already. Pure."""
    return budget.blocked(voice.now) or budget.share_at(voice.now) >= SHARE[Purpose.ROUTINE]


def limit_line(budget: Budget, voice: Voice) -> str:
    """Say how a limit stands and what that stops. Pure."""
    now, words = voice.now, [_used(budget, voice)]
    if budget.blocked(now):
        until = voice.clock(budget.blocked_until)
        words.append(voice.say(f"nền tảng từ chối đến {until}", f"the platform refuses until {until}"))
    elif is_short(budget, voice):
        words.append(voice.say("bài thường phải chờ, đính chính vẫn đi", "routine posts wait, corrections still go"))
    if budget.resets_at is not None and budget.resets_at > now:
        at = voice.clock(budget.resets_at)
        words.append(voice.say(f"làm mới lúc {at}", f"renewed at {at}"))
    return f"{budget.key}: " + "; ".join(words)


def _used(budget: Budget, voice: Voice) -> str:
    if not budget.most:
        return voice.say(UNTOLD.vi, UNTOLD.en)
    share = f"{100 * budget.share_at(voice.now):.0f}%"
    if budget.unit == "percent":
        return voice.say(f"đã dùng {share}", f"{share} used")
    unit = _UNITS.get(budget.unit, Told(budget.unit, budget.unit))
    of = f"{budget.used_at(voice.now):.0f}/{budget.most:.0f} {voice.say(unit.vi, unit.en)}"
    return voice.say(f"đã dùng {of} ({share})", f"{of} used ({share})")


async def reading_stopped_by(session: AsyncSession, parts: Parts, account: Account) -> Told | None:
    """Say why an account is not read just now for want of a limit's share; None when there is enough."""
    try:
        channel = parts.channel(account)
    except WrongKey:
        return None
    short = await short_of(session, channel.reading_costs(channel.account), Purpose.READ, parts.now())
    if short is None:
        return None
    share = f"{100 * SHARE[Purpose.READ]:.0f}%"
    return Told(
        f"tạm dừng đọc vì hạn mức {short.key} đã dùng quá {share} hoặc bị từ chối; phần còn lại dành cho bài và đính "
        "chính",
        f"reading is paused: more than {share} of the limit {short.key} is used, or the platform refuses; the rest is "
        "kept for posts and corrections",
    )
