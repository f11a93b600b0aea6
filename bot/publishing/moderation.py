"""What is done to a citizen's comment under an item of ours beside answering it: spam and scams are hidden, with a
reason on record, and good words are liked.

Criticism, questions, requests and satire are never hidden: they are answered. A deed is written down before the
platform is asked; to hide or like twice does no harm, so whatever is unclear is asked again until it is known to be
done.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import structlog
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.parts import Actor, Parts, Refused
from bot.publishing.answers import asked_of
from bot.publishing.outcome import account_died, backoff_s
from channels.base import Can
from channels.errors import AuthLost, ChannelError, Rejected, Throttled, Told, Unsupported
from channels.registry import CHANNELS
from models.audit import record
from models.db import ROW
from models.mention import ActKind, ActState, CommentAct, Mention
from models.office import Account, AccountStatus, Role

log = structlog.get_logger()

MAY_MODERATE: Final = (Role.EDITOR, Role.APPROVER, Role.DUTY, Role.BACKUP, Role.SPOKESPERSON)
AT_ONCE: Final = 20
_MAY_BE_SPAM: Final = frozenset({"scam", "abuse", "harmless"})
"""Kinds of text that may be hidden, once the text was sorted. Whatever else it may be is to be heard."""
_NEEDS: Final = {
    ActKind.HIDE: Can.HIDE_COMMENT, ActKind.SHOW: Can.HIDE_COMMENT,
    ActKind.LIKE: Can.LIKE_COMMENT, ActKind.UNLIKE: Can.LIKE_COMMENT,
}  # fmt: skip
_TOLD_ANSWER: Final = Told(
    vi="Chỉ ẩn tin rác và lừa đảo đã được phân loại. Lời phê bình, câu hỏi, kiến nghị hay tin cần kiểm tra thì trả lời "
    "hoặc đính chính.",
    en="Only spam and scams are hidden, once they were sorted. Criticism, questions, requests and what needs checking "
    "are answered or corrected.",
)


class Reason(StrEnum):
    """Why a comment is hidden."""

    SPAM = "spam"
    SCAM = "scam"


# -- asking -----------------------------------------------------------------------------------------------------


def why_not(asked: Mention, kind: ActKind) -> Told | None:
    """Why this is not done to a text, None where it can be. Pure."""
    channel = CHANNELS[asked.channel]
    if asked.own or asked.deleted_at is not None or not asked.item_id:
        return Told("Chỉ làm với bình luận của người dân dưới bài.", "Only for citizens' comments under a post.")
    if _NEEDS[kind] not in channel.can:
        return channel.cannot[_NEEDS[kind]]
    return _TOLD_ANSWER if kind is ActKind.HIDE and asked.category not in _MAY_BE_SPAM else None


async def ask(parts: Parts, actor: Actor, mention_id: int, kind: ActKind, reason: str = "") -> None:
    """Write a deed down; the daemon does it. What is so already, or will be, is not asked again."""
    if not actor.has(*MAY_MODERATE):
        raise Refused("Bạn không có quyền ẩn hay thích bình luận.", "You may not hide or like comments.")
    now = parts.now()
    async with parts.db.write() as session:
        asked = await asked_of(session, actor.organisation_id, mention_id)
        if kind is ActKind.HIDE and reason not in set(Reason):
            raise Refused("Hãy chọn lý do ẩn: tin rác hoặc lừa đảo.", "Choose why it is hidden: spam or scam.")
        if (told := why_not(asked, kind)) is not None:
            raise Refused(told.vi, told.en)
        last = (await standing(session, [mention_id])).get((mention_id, _NEEDS[kind]))
        if last is not None and last.kind == kind and last.state in (ActState.QUEUED, ActState.DONE):
            return
        if last is not None and last.state == ActState.QUEUED:  # the later word counts
            last.state, last.done_at = ActState.REPLACED, now
        session.add(
            CommentAct(
                organisation_id=actor.organisation_id, mention_id=mention_id, kind=kind, reason=reason,
                user_id=actor.user_id, asked_at=now, next_at=now,
            )
        )  # fmt: skip
        await record(
            session, at=now, action=f"comment_{kind}_asked", subject=f"mention:{mention_id}",
            organisation_id=actor.organisation_id, user_id=actor.user_id, reason=reason,
        )  # fmt: skip
    parts.bell.ring("act")


async def standing(session: AsyncSession, mention_ids: Sequence[int]) -> Mapping[tuple[int, Can], CommentAct]:
    """Return the newest deed on each text, by the ability that it takes."""
    query = select(CommentAct).where(col(CommentAct.mention_id).in_(mention_ids)).order_by(col(CommentAct.id))
    return {(act.mention_id, _NEEDS[ActKind(act.kind)]): act for act in (await session.exec(query)).all()}


# -- doing ------------------------------------------------------------------------------------------------------


async def do_due(parts: Parts) -> int:
    """Do what was asked and is due; return how much was done."""
    query = (
        select(CommentAct, Mention, Account)
        .join(Mention, col(Mention.id) == CommentAct.mention_id)
        .join(Account, col(Account.id) == Mention.account_id)
        .where(CommentAct.state == ActState.QUEUED, col(CommentAct.next_at) <= parts.now())
        .where(Account.status == AccountStatus.OK)
        .order_by(col(CommentAct.next_at))
        .limit(AT_ONCE)
    )
    async with parts.db.read() as session:
        due = (await session.exec(query)).all()
    return sum([await _do(parts, act, asked, account) for act, asked, account in due])


async def _do(parts: Parts, act: CommentAct, asked: Mention, account: Account) -> bool:
    """Do one; whatever is in its way, such as an account that cannot be opened, keeps no other waiting."""
    try:
        return await _ask_platform(parts, act, asked, account)
    except Exception:
        log.exception("act_broke", act=act.id, channel=account.kind)
        await _later(parts, act)
    return False


async def _ask_platform(parts: Parts, act: CommentAct, asked: Mention, account: Account) -> bool:
    channel, kind = parts.channel(account), ActKind(act.kind)
    try:
        if _NEEDS[kind] is Can.HIDE_COMMENT:
            await channel.hide_comment(asked.remote_id, kind is ActKind.HIDE)
        else:
            await channel.like_comment(asked.remote_id, kind is ActKind.LIKE)
    except (Rejected, Unsupported) as error:
        await _keep(parts, act, state=ActState.REFUSED, error_vi=error.told.vi, error_en=error.told.en)
    except AuthLost as error:
        await account_died(parts, channel, account.id or 0, error)
    except ChannelError as error:
        log.warning("act_failed", act=act.id, channel=account.kind, code=error.code)
        await _later(parts, act, error.retry_after_s if isinstance(error, Throttled) else None)
    else:
        await _keep(parts, act, state=ActState.DONE, done_at=parts.now())
        return True
    return False


async def _later(parts: Parts, act: CommentAct, wait_s: float | None = None) -> None:
    """Try again after so long, or after a pause that grows."""
    again = parts.now() + timedelta(seconds=wait_s or backoff_s(act.failures + 1, 0.5))
    await _keep(parts, act, failures=act.failures + 1, next_at=again)


async def _keep(parts: Parts, act: CommentAct, **values: str | int | datetime) -> None:
    """Write down what came of it, unless a later word took its place meanwhile."""
    async with parts.db.write() as session:
        row = await session.get_one(CommentAct, act.id, with_for_update=ROW)
        if row.state != ActState.QUEUED:
            return
        for name, value in values.items():
            setattr(row, name, value)
        if row.state != ActState.QUEUED:
            await record(
                session, at=parts.now(), action=f"comment_{row.kind}_{row.state}", subject=f"mention:{row.mention_id}",
                organisation_id=row.organisation_id, user_id=row.user_id, reason=row.reason,
            )  # fmt: skip
