"""What the duty officer must know about Loa's own work: a lost account, a delivery that nobody can be sure of, posts
that came too late, a channel that cannot be read, posts that an incident holds. Each is told once, with what to do.

Found by looking at what stands in the store, so that whoever caused it need not tell, and no crash swallows it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from html import escape

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.accounts.limits import reading_stopped_by
from bot.duty import texts
from bot.duty.alerts import duty_chat, queue_alert
from bot.duty.voice import Voice, channel_name, voice_of
from bot.parts import Parts
from bot.publishing.topics import HOLDS_FROM, held_for
from models.delivery import Delivery, HeldBy
from models.incident import Incident, Notice
from models.office import Account, AccountStatus, Organisation, User
from models.post import Post, PostKind
from models.states import OPEN_INCIDENT, DeliveryState, PostState
from models.system import Heartbeat
from monitor.collect import blind_accounts

BLIND_AFTER = timedelta(hours=1)
MOST_LINES = 12


@dataclass(frozen=True)
class Trouble:
    """One thing that went wrong. `key` names this very occurrence."""

    key: str
    line: str


@dataclass(frozen=True)
class Kind:
    """How one kind of trouble is told: head above the lines, what to do below them."""

    name: str
    head: tuple[str, str]
    what_to_do: tuple[str, str]


LOST = Kind(
    "lost",
    ("🔌 <b>Mất kết nối tài khoản</b>", "🔌 <b>Account lost</b>"),
    (
        "Bài của kênh này được giữ lại và không đọc được bình luận. Việc cần làm: quản trị lấy mã truy cập mới rồi kết "
        "nối lại bằng lệnh loa account add; những lượt gửi đang giữ sẽ đi tiếp.",
        "Its posts are held and its comments are not read. What to do: the administrator gets a new token and connects "
        "it again with loa account add; what is held for it then goes on.",
    ),
)
CONCERN = Kind(
    "concern",
    ("🩺 <b>Tài khoản sắp gặp trở ngại</b>", "🩺 <b>An account is about to be in trouble</b>"),
    (
        "Lúc này bài vẫn đăng được. Việc cần làm: xử lý trước giờ đăng như ghi ở trên, rồi chạy loa account check.",
        "Posts still go out. What to do: put it right as said above before they are due, then run loa account check.",
    ),
)
UNKNOWN = Kind(
    "unknown",
    ("❓ <b>Không rõ bài đã lên kênh hay chưa</b>", "❓ <b>Not known whether this is out</b>"),
    (
        "Việc cần làm: mở kênh xem có bài không, rồi vào trang bài viết chọn “đã có” hoặc “gửi lại”. Loa không tự gửi "
        "lại để tránh đăng trùng.",
        "What to do: look at the channel, then choose 'it is there' or 'send again' on the post's page. Loa does not "
        "send again by itself, so that nothing goes out twice.",
    ),
)
LATE = Kind(
    "late",
    ("⏰ <b>Bài bị giữ lại vì quá giờ hẹn</b>", "⏰ <b>Held because their time has passed</b>"),
    (
        "Việc cần làm: mở bài, thả hoặc gửi lại nếu còn phù hợp, nếu không thì hủy.",
        "What to do: open the post; release it or send it again if it still fits, otherwise cancel it.",
    ),
)
BLIND = Kind(
    "blind",
    ("🙈 <b>Mù kênh: không đọc được</b>", "🙈 <b>Blind: a channel cannot be read</b>"),
    (
        "Tin đồn trên kênh này sẽ không được báo. Việc cần làm: cử người xem trực tiếp trên kênh; quản trị chạy loa "
        "account check và kiểm tra mạng.",
        "Rumours there are not noticed. What to do: have somebody watch the channel by hand; the administrator runs "
        "loa account check and looks at the network.",
    ),
)


async def tell_troubles(parts: Parts) -> int:
    """Tell every office what it was not told yet; return how many messages were queued."""
    async with parts.db.read() as session:
        organisations = (await session.exec(select(Organisation).order_by(col(Organisation.id)))).all()
    told = 0
    for organisation in organisations:
        async with parts.db.read() as session:
            found = await _find(session, parts, organisation)
            held = await _held(session, parts, organisation)
        for kind, troubles in found.items():
            told += await _tell(parts, organisation, kind, troubles)
        for chat, posts in held.items():
            told += await _tell_held(parts, organisation, chat, posts)
    if told:
        parts.bell.ring("alert")
    return told


async def _find(session: AsyncSession, parts: Parts, organisation: Organisation) -> Mapping[Kind, Sequence[Trouble]]:
    voice, chat = voice_of(parts, organisation), duty_chat(parts, organisation)
    if not chat:  # nothing is noted, so that what still stands is told once a chat is set
        return {}
    found = {
        LOST: await _lost(session, organisation, voice),
        CONCERN: await _concerns(session, organisation, voice),
        UNKNOWN: await _unknown(session, organisation, voice),
        LATE: await _late(session, organisation, voice),
        BLIND: await _blind(session, parts, organisation, voice),
    }
    untold = await _untold(session, [t.key for troubles in found.values() for t in troubles])
    return {kind: [t for t in troubles if t.key in untold] for kind, troubles in found.items()}


async def _untold(session: AsyncSession, keys: Sequence[str]) -> set[str]:
    if not keys:
        return set()
    told = await session.exec(select(Notice.key).where(col(Notice.key).in_(keys)))
    return set(keys) - set(told.all())


async def _tell(parts: Parts, organisation: Organisation, kind: Kind, found: Sequence[Trouble]) -> bool:
    """Put what is new of one kind into one message."""
    if not found:
        return False
    voice, new = voice_of(parts, organisation), list({t.key: t for t in found}.values())
    async with parts.db.write() as session:
        session.add_all(Notice(key=t.key, at=voice.now) for t in new)
        lines = [voice.say(*kind.head), *(f"• {t.line}" for t in new[:MOST_LINES])]
        if len(new) > MOST_LINES:
            more = len(new) - MOST_LINES
            lines.append(voice.say(f"… và {more} nữa, xem trên trang.", f"… and {more} more, see the console."))
        return await queue_alert(
            session,
            organisation_id=organisation.id or 0,
            kind="notice",
            key=new[0].key,
            chat_id=duty_chat(parts, organisation),
            text="\n".join([*lines, voice.say(*kind.what_to_do)]),
            at=voice.now,
        )


# -- the kinds --------------------------------------------------------------------------------------------------


async def _lost(session: AsyncSession, organisation: Organisation, voice: Voice) -> list[Trouble]:
    rows = await session.exec(
        select(Account).where(
            Account.organisation_id == organisation.id,
            sa.or_(col(Account.status) == AccountStatus.LOST, col(Account.lost_at).is_not(None)),
        )
    )
    found = []
    for account in rows.all():
        since = voice.say("từ", "since") + f" {voice.clock(account.lost_at)}" if account.lost_at else ""
        why = f": {escape(texts.cut(account.status_reason, 160))}" if account.status_reason else ""
        key = f"lost:{account.id}:{account.lost_at.isoformat() if account.lost_at else ''}"
        found.append(Trouble(key, f"{_account(account)} {since}".rstrip() + why))
    return found


async def _concerns(session: AsyncSession, organisation: Organisation, voice: Voice) -> list[Trouble]:
    """What the last check of each account found that does not stop it yet."""
    rows = await session.exec(
        select(Account).where(Account.organisation_id == organisation.id, col(Account.lost_at).is_(None))
    )
    return [
        Trouble(
            f"concern:{account.id}:{c['code']}:{c['since']}",
            f"{_account(account)}: {escape(texts.cut(voice.say(c['vi'], c['en']), 300))}",
        )
        for account in rows.all()
        for c in account.concerns
    ]


async def _unknown(session: AsyncSession, organisation: Organisation, voice: Voice) -> list[Trouble]:
    found = []
    for delivery, post in await _stopped(session, organisation, col(Delivery.state) == DeliveryState.UNKNOWN):
        at = voice.clock(delivery.claimed_at)
        line = f"{channel_name(delivery.channel)}: “{_title(post)}”, {voice.say('gửi lúc', 'sent at')} {at}"
        found.append(Trouble(f"unknown:{delivery.id}:{delivery.attempt_no}", line))
    return found


async def _late(session: AsyncSession, organisation: Organisation, voice: Voice) -> list[Trouble]:
    """One a post: its other channels were held with the first."""
    late = sa.and_(col(Delivery.state) == DeliveryState.HELD, col(Delivery.held_by) == HeldBy.LATE)
    found = []
    for delivery, post in await _stopped(session, organisation, late):
        due = voice.clock(delivery.due_at)
        line = f"“{_title(post)}”, {voice.say('hẹn', 'due')} {due}"
        found.append(Trouble(f"late:{post.id}:{delivery.due_at.isoformat()}", line))
    return found


async def _stopped(
    session: AsyncSession, organisation: Organisation, condition: sa.ColumnElement[bool]
) -> Sequence[tuple[Delivery, Post]]:
    rows = await session.exec(
        select(Delivery, Post)
        .join(Post, col(Post.id) == Delivery.post_id)
        .where(Post.organisation_id == organisation.id, condition)
        .order_by(col(Delivery.due_at), col(Delivery.id))
    )
    return rows.all()


async def _blind(
    session: AsyncSession, parts: Parts, organisation: Organisation, voice: Voice
) -> list[Trouble]:
    """Accounts whose reading fails although the readers turn: they have turned since, an hour after the last good look.

    After a night in which Loa was down nobody is blind until the first turn has failed too.
    """
    turned = await session.get(Heartbeat, "collect")
    if turned is None:
        return []
    found = []
    for account in await blind_accounts(session, turned.at, BLIND_AFTER):
        if account.organisation_id != organisation.id or account.status == AccountStatus.LOST:
            continue
        seen = account.read_at or account.created_at
        since = f"{voice.say('từ', 'since')} {voice.clock(seen)}"
        stopped = await reading_stopped_by(session, parts, account)
        why = f": {escape(voice.say(stopped.vi, stopped.en))}" if stopped else ""
        found.append(Trouble(f"blind:{account.id}:{seen.isoformat()}", f"{_account(account)} {since}{why}"))
    return found


def _account(account: Account) -> str:
    return f"{channel_name(account.kind)} “{escape(texts.cut(account.name, 60))}”"


def _title(post: Post) -> str:
    return escape(texts.cut(post.title, 100))


# -- posts held by an incident ----------------------------------------------------------------------------------


async def _tell_held(
    parts: Parts, organisation: Organisation, chat: str, posts: Sequence[tuple[Post, User | None]]
) -> bool:
    voice = voice_of(parts, organisation)
    async with parts.db.write() as session:
        session.add_all(Notice(key=_held_key(post), at=voice.now) for post, _ in posts)
        named = [(post, author.name if author else "") for post, author in posts]
        return await queue_alert(
            session,
            organisation_id=organisation.id or 0,
            kind="notice",
            key=_held_key(posts[0][0]),
            chat_id=chat,
            text=texts.held(named, voice, to_author=chat != duty_chat(parts, organisation)),
            at=voice.now,
        )


def _held_key(post: Post) -> str:
    return f"held:{post.id}:{post.updated_at.isoformat()}"


async def _held(
    session: AsyncSession, parts: Parts, organisation: Organisation
) -> Mapping[str, Sequence[tuple[Post, User | None]]]:
    """Posts that nobody was told of, by the chat to tell: the author's own, or the duty chat where the author has none.

    In an office without any chat the author finds them on the console's first page, among what waits for a person.
    """
    incidents = await session.exec(
        select(Incident).where(
            Incident.organisation_id == organisation.id,
            col(Incident.state).in_(OPEN_INCIDENT),
            col(Incident.level).in_(HOLDS_FROM),
        )
    )
    reasons = [held_for(i) for i in incidents.all()]
    if not reasons:
        return {}
    rows = await session.exec(
        select(Post, User)
        .join(User, col(User.id) == Post.author_id, isouter=True)
        .where(
            Post.organisation_id == organisation.id,
            Post.kind == PostKind.ROUTINE,
            Post.state == PostState.HELD,
            col(Post.held_reason).in_(reasons),
        )
        .order_by(col(Post.id))
    )
    posts = rows.all()
    untold = await _untold(session, [_held_key(post) for post, _ in posts])
    by_chat: dict[str, list[tuple[Post, User | None]]] = defaultdict(list)
    for post, author in posts:
        own = author.telegram_id if author is not None else ""
        chat = own or duty_chat(parts, organisation)
        if chat and _held_key(post) in untold:
            by_chat[chat].append((post, author))
    return by_chat
