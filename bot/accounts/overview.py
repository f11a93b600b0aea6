"""Each account in one line: what works, what not, what to do."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlmodel import col, select

from bot.accounts.check import silent_since
from bot.duty.voice import Voice, channel_name, voice_of
from bot.parts import Parts
from channels.errors import Told
from models.delivery import Delivery, HeldBy
from models.office import Account, AccountStatus, Organisation
from models.states import DeliveryState


async def all_accounts(parts: Parts, organisation_id: int | None = None) -> Sequence[tuple[Account, int, Voice]]:
    """Read the accounts (of one organisation), how many deliveries wait for each, how its office is spoken to."""
    waits = sa.or_(
        col(Delivery.state) == DeliveryState.QUEUED,
        sa.and_(col(Delivery.state) == DeliveryState.HELD, col(Delivery.held_by) == HeldBy.ACCOUNT),
    )
    query = (
        select(Account, Organisation, sa.func.count(col(Delivery.id)))
        .join(Organisation, col(Organisation.id) == Account.organisation_id)
        .join(Delivery, sa.and_(col(Delivery.account_id) == Account.id, waits), isouter=True)
        .group_by(col(Account.id), col(Organisation.id))
        .order_by(col(Account.id))
    )
    if organisation_id is not None:
        query = query.where(Account.organisation_id == organisation_id)
    async with parts.db.read() as session:
        rows = (await session.exec(query)).all()
    return [(account, waiting, voice_of(parts, organisation)) for account, organisation, waiting in rows]


def line(
    account: Account, waiting: int, voice: Voice, *, unasked: Told | None = None, facts: Sequence[Told] = ()
) -> str:
    """Say it. `unasked`: why the platform could not be asked just now. `facts`: what else there is to know. Pure."""
    mark, words = _standing(account, voice)
    if unasked is not None:
        mark = "?" if mark in "✓!" else mark
        words.append(voice.say(f"lần này không hỏi được: {unasked.vi}", f"could not be asked now: {unasked.en}"))
    if account.lost_at is None:
        words += [voice.say(fact.vi, fact.en) for fact in facts]
    if waiting:
        words.append(voice.say(f"{waiting} lượt gửi chờ", f"{waiting} deliveries wait"))
    return f"{mark} #{account.id} {channel_name(account.kind)} {account.name}: " + "; ".join(words)


def _standing(account: Account, voice: Voice) -> tuple[str, list[str]]:
    lost = voice.say(
        f"mất kết nối từ {voice.clock(account.lost_at)}, kết nối lại: loa account connect {account.kind} "
        f"--account {account.id}",
        f"lost since {voice.clock(account.lost_at)}, reconnect: loa account connect {account.kind} "
        f"--account {account.id}",
    )
    if account.status == AccountStatus.PAUSED:
        paused = voice.say(
            f"tạm dừng ({account.status_reason}), chạy tiếp: loa account resume {account.id}",
            f"paused ({account.status_reason}), go on: loa account resume {account.id}",
        )
        return "⏸", [paused, lost] if account.lost_at else [paused]
    if account.status == AccountStatus.LOST:
        return "✗", [lost, account.status_reason] if account.status_reason else [lost]
    if account.checked_at is None:
        return "?", [voice.say("chưa kiểm tra: loa account check", "not checked yet: loa account check")]
    checked = voice.clock(account.checked_at)
    works = voice.say(f"hoạt động, kiểm tra lúc {checked}", f"works, checked at {checked}")
    if silent_since(account) is not None:
        works = voice.say(f"chưa rõ, hỏi lần cuối lúc {checked}", f"not known, asked last at {checked}")
    return "!" if account.concerns else "✓", [works, *(voice.say(c["vi"], c["en"]) for c in account.concerns)]
