"""What the duty officer must know about Loa's own work: a lost account, a platform that does not answer before a post
is due, a delivery that nobody can be sure of, posts that came too late, a channel that cannot be read, posts that an
incident holds (`held_posts`). Each is told once, with what to do.

Found by looking at what stands in the store, so that whoever caused it need not tell, and no crash swallows it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from html import escape

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.accounts.check import UNREACHABLE, silent_since
from bot.accounts.limits import reading_stopped_by
from bot.accounts.marks import MARKS
from bot.duty import texts, unsure
from bot.duty.alerts import duty_chat, queue_alert, untold
from bot.duty.held_posts import tell_held
from bot.duty.voice import Voice, channel_name, voice_of
from bot.parts import Parts
from models.delivery import Delivery, HeldBy
from models.incident import Notice
from models.office import Account, AccountStatus, Organisation
from models.post import Post
from models.states import DeliveryState
from models.system import Heartbeat
from monitor.collect import blind_accounts

BLIND_AFTER = timedelta(hours=1)
SILENT_FOR = timedelta(minutes=10)
"""A platform that was away for less is told of only when a post is due as soon."""
MOST_LINES = 12


@dataclass(frozen=True)
class Trouble:
    """One thing that went wrong. `key` names this very occurrence; `about` is what a person answers about, where it has
    a message and buttons of its own."""

    key: str
    line: str
    about: Mapping[str, str] | None = None


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
        "nối lại bằng lệnh loa account connect; những lượt gửi đang giữ sẽ đi tiếp.",
        "Its posts are held and its comments are not read. What to do: the administrator gets a new token and connects "
        "it again with loa account connect; what is held for it then goes on.",
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
SILENT_PLATFORM = Kind(
    "silent_platform",
    ("📡 <b>Nền tảng không trả lời, bài sắp tới giờ</b>", "📡 <b>A platform does not answer, and posts are due</b>"),
    (
        "Việc cần làm: xem mạng của máy Loa và trang trạng thái của nền tảng; bài gấp thì chuẩn bị kênh khác. Loa hỏi "
        "lại mỗi nửa phút và tự gửi khi nền tảng trả lời.",
        "What to do: look at this machine's network and at the platform's own status page; for what is urgent make "
        "another channel ready. Loa asks again every half minute and sends by itself once the platform answers.",
    ),
)
UNKNOWN = Kind(
    "unknown",
    ("❓ <b>Không rõ bài đã lên kênh hay chưa</b>", "❓ <b>Not known whether this is out</b>"),
    (
        "Việc cần làm: mở kênh xem có bài không, rồi chọn “đã có” hoặc “gửi lại” ngay dưới tin này hoặc ở trang bài "
        "viết. Loa không tự gửi lại để tránh đăng trùng.",
        "What to do: look at the channel, then choose 'it is there' or 'send again' below or on the post's page. Loa "
        "does not send again by itself, so that nothing goes out twice.",
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


QUIET = Kind(
    "quiet",
    ("🔇 <b>Kênh im lặng bất thường</b>", "🔇 <b>A channel is unusually silent</b>"),
    (
        "Đọc được kênh nhưng không có gì mới, lâu hơn mức ngẫu nhiên. Việc cần làm: mở kênh xem có bình luận mà Loa "
        "không thấy không; nếu có, quản trị chạy loa account check và xem quyền đọc.",
        "The channel is read and brings nothing, for longer than chance explains. What to do: open it and see whether "
        "there are comments that Loa does not see; if so, the administrator runs loa account check and looks at its "
        "rights.",
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
        for kind, troubles in found.items():
            told += await _tell(parts, organisation, kind, troubles)
        told += await tell_held(parts, organisation)
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
        SILENT_PLATFORM: await _silent_platforms(session, organisation, voice),
        UNKNOWN: await _unknown(session, organisation, voice),
        LATE: await _late(session, organisation, voice),
        BLIND: await _blind(session, parts, organisation, voice),
        QUIET: await _quiet(session, organisation, voice),
    }
    new = await untold(session, [t.key for troubles in found.values() for t in troubles])
    return {kind: [t for t in troubles if t.key in new] for kind, troubles in found.items()}


async def _tell(parts: Parts, organisation: Organisation, kind: Kind, found: Sequence[Trouble]) -> int:
    """Put what is new of one kind into one message, and each thing that a person answers there into one of its own, as
    long as these are not too many."""
    if not found:
        return 0
    voice, new = voice_of(parts, organisation), list({t.key: t for t in found}.values())
    asked = [t for t in new if t.about][:MOST_LINES]
    together = [t for t in new if t not in asked]
    async with parts.db.write() as session:
        session.add_all(Notice(key=t.key, at=voice.now) for t in new)
        queued = 0
        for troubles, about in [*(([t], t.about) for t in asked), *([(together, None)] if together else [])]:
            queued += await queue_alert(
                session,
                organisation_id=organisation.id or 0,
                kind="notice",
                key=troubles[0].key,
                chat_id=duty_chat(parts, organisation),
                text=_message(kind, troubles, voice),
                buttons=unsure.buttons(voice) if about else (),
                about=about,
                at=voice.now,
            )
    return queued


def _message(kind: Kind, troubles: Sequence[Trouble], voice: Voice) -> str:
    lines = [voice.say(*kind.head), *(f"• {t.line}" for t in troubles[:MOST_LINES])]
    if len(troubles) > MOST_LINES:
        more = len(troubles) - MOST_LINES
        lines.append(voice.say(f"… và {more} nữa, xem trên trang.", f"… and {more} more, see the console."))
    return "\n".join([*lines, voice.say(*kind.what_to_do)])


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
        found.append(Trouble(key, f"{account_name(account)} {since}".rstrip() + why))
    return found


async def _concerns(session: AsyncSession, organisation: Organisation, voice: Voice) -> list[Trouble]:
    """What the last check of each account found that does not stop it yet."""
    rows = await session.exec(
        select(Account).where(Account.organisation_id == organisation.id, col(Account.lost_at).is_(None))
    )
    return [
        Trouble(
            f"concern:{account.id}:{c['code']}:{c['since']}",
            f"{account_name(account)}: {escape(texts.cut(voice.say(c['vi'], c['en']), 300))}",
        )
        for account in rows.all()
        for c in account.concerns
        if c["code"] != UNREACHABLE
    ]


async def _silent_platforms(session: AsyncSession, organisation: Organisation, voice: Voice) -> list[Trouble]:
    """Accounts whose platform gives no answer although something is due: told after a while, or when it is due soon."""
    coming = sa.and_(
        col(Delivery.account_id) == Account.id,
        col(Delivery.state) == DeliveryState.QUEUED,
        col(Delivery.due_at) <= voice.now + max(MARKS),
    )
    rows = await session.exec(
        select(Account, sa.func.min(Delivery.due_at))
        .join(Delivery, coming)
        .where(Account.organisation_id == organisation.id, col(Account.lost_at).is_(None))
        .group_by(col(Account.id))
    )
    found = []
    for account, due in rows.all():
        since = silent_since(account)
        if since is None or (voice.now - since < SILENT_FOR and due - voice.now > SILENT_FOR):
            continue
        words = voice.say(
            f"không trả lời từ {voice.clock(since)}; bài gần nhất hẹn {voice.clock(due)}",
            f"no answer since {voice.clock(since)}; the next post is due {voice.clock(due)}",
        )
        found.append(Trouble(f"silent:{account.id}:{since.isoformat()}", f"{account_name(account)}: {words}"))
    return found


async def _unknown(session: AsyncSession, organisation: Organisation, voice: Voice) -> list[Trouble]:
    found = []
    for delivery, post in await _stopped(session, organisation, col(Delivery.state) == DeliveryState.UNKNOWN):
        at = voice.clock(delivery.claimed_at)
        line = f"{channel_name(delivery.channel)}: “{short_title(post)}”, {voice.say('gửi lúc', 'sent at')} {at}."
        why = f" {escape(texts.cut(voice.say(delivery.error_vi, delivery.error_en), 300))}"
        link = f" {escape(delivery.permalink)}" if delivery.permalink else ""
        key = f"unknown:{delivery.id}:{delivery.attempt_no}"
        found.append(Trouble(key, f"{line}{why}{link}", unsure.about(delivery)))
    return found


async def _late(session: AsyncSession, organisation: Organisation, voice: Voice) -> list[Trouble]:
    """One a post: its other channels were held with the first."""
    late = sa.and_(col(Delivery.state) == DeliveryState.HELD, col(Delivery.held_by) == HeldBy.LATE)
    found = []
    for delivery, post in await _stopped(session, organisation, late):
        due = voice.clock(delivery.due_at)
        line = f"“{short_title(post)}”, {voice.say('hẹn', 'due')} {due}"
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


async def _blind(session: AsyncSession, parts: Parts, organisation: Organisation, voice: Voice) -> list[Trouble]:
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
        found.append(Trouble(f"blind:{account.id}:{seen.isoformat()}", f"{account_name(account)} {since}{why}"))
    return found


async def _quiet(session: AsyncSession, organisation: Organisation, voice: Voice) -> list[Trouble]:
    """Accounts that are read and bring nothing although they usually do (`monitor.silence`)."""
    rows = await session.exec(
        select(Account).where(Account.organisation_id == organisation.id, col(Account.quiet_since).is_not(None))
    )
    found = []
    for account in rows.all():
        assert account.quiet_since is not None, "asked for"
        missing = account.quiet_missing
        words = voice.say(
            f"không có gì từ {voice.clock(account.quiet_since)}; bình thường trong thời gian đó có khoảng {missing}",
            f"nothing since {voice.clock(account.quiet_since)}; usually about {missing} in that time",
        )
        found.append(
            Trouble(f"quiet:{account.id}:{account.quiet_since.isoformat()}", f"{account_name(account)}: {words}")
        )
    return found


def account_name(account: Account) -> str:
    """The channel and the account's own name."""
    return f"{channel_name(account.kind)} “{escape(texts.cut(account.name, 60))}”"


def short_title(post: Post) -> str:
    """The post's title, as much of it as a line takes."""
    return escape(texts.cut(post.title, 100))
