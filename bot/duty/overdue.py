"""What does not get out in time, told to the duty chat: once a cause, again when it begins to keep back something
urgent, and anew when it was over meanwhile.

A correction or holding line is told whatever keeps it; routine posts when Loa itself is the reason, or after long.
What has a notice of its own (a lost account, a delivery that nobody is sure of, a post held as late) is left to it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from typing import Final

from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.duty import texts
from bot.duty.alerts import SILENT, duty_chat, queue_alert
from bot.duty.notices import MOST_LINES, account_name, short_title
from bot.duty.voice import Voice, voice_of
from bot.parts import Parts
from bot.publishing.stuck import ENGINE_LIVES, OWN_FAULT, Stuck, Why, stuck
from models.incident import Notice
from models.office import Organisation
from models.post import Priority
from models.system import Heartbeat

LONG: Final = timedelta(minutes=30)
OVER_AFTER: Final = timedelta(minutes=10)
"""A cause that was not seen for so long is over: between two tries of one that goes on it may be out of sight."""
NOTED_EVERY: Final = timedelta(minutes=1)
MOST_TITLES: Final = 3
_OF_THE_ACCOUNT: Final = frozenset(
    {Why.ACCOUNT_LOST, Why.ACCOUNT_PAUSED, Why.THROTTLED, Why.FAILING, Why.LOOKING, Why.PROCESSING}
)


@dataclass(frozen=True)
class Cause:
    """What keeps these deliveries back, all for one reason."""

    key: str
    rows: Sequence[Stuck]

    @property
    def urgent(self) -> bool:
        """True when it keeps back a correction or a holding line."""
        return any(_urgent(row) for row in self.rows)

    @property
    def keys(self) -> tuple[str, ...]:
        """What is noted as told, the most pressing first: an urgent word makes the routine one needless."""
        return (f"{self.key}:urgent", f"{self.key}:routine") if self.urgent else (f"{self.key}:routine",)


async def tell_overdue(parts: Parts) -> int:
    """Tell every office what began to keep posts back since it was last told, and once that nothing does any more;
    return how many messages were queued."""
    async with parts.db.read() as session:
        organisations = (await session.exec(select(Organisation).order_by(col(Organisation.id)))).all()
    told = sum([await _tell(parts, o) for o in organisations if duty_chat(parts, o)])
    if told:
        parts.bell.ring("alert")
    return told


async def _tell(parts: Parts, organisation: Organisation) -> bool:
    voice, ours = voice_of(parts, organisation), f"overdue:{organisation.id}:"
    async with parts.db.read() as session:
        rows = await stuck(session, parts, organisation.id)
        causes = causes_of(rows, ours, voice.now, dead=await _engine_is_dead(session))
        noted = (await session.exec(select(Notice).where(col(Notice.key).startswith(ours)))).all()
    known = {notice.key: notice.at for notice in noted}
    new = [cause for cause in causes if cause.keys[0] not in known]
    standing = {key for cause in causes for key in cause.keys}
    over = [key for key, at in known.items() if key not in standing and voice.now - at >= OVER_AFTER]
    seen = [key for key in standing & known.keys() if voice.now - known[key] >= NOTED_EVERY]
    if not (new or over or seen):
        return False
    async with parts.db.write() as session:
        await session.exec(update(Notice).where(col(Notice.key).in_(seen)).values(at=voice.now))
        await session.exec(delete(Notice).where(col(Notice.key).in_(over)))
        fresh = {key for cause in new for key in cause.keys} - known.keys()
        session.add_all(Notice(key=key, at=voice.now) for key in sorted(fresh))
        if new:
            return await _say(session, parts, organisation, voice, _message(new, voice))
        if over and not rows and len(over) == len(known):
            done = voice.say("✅ Không còn lượt gửi nào quá giờ.", "✅ Nothing is overdue any more.")
            return await _say(session, parts, organisation, voice, done, {SILENT: "1"})
    return False


def causes_of(rows: Sequence[Stuck], ours: str, now: datetime, *, dead: bool) -> list[Cause]:
    """What people are to hear of, by cause; `dead` says that no engine turns. Pure."""
    found = defaultdict[str, list[Stuck]](list)
    for row in rows:
        if _is_told(row, now, dead=dead):
            found[f"{ours}{row.why}:{_subject(row)}"].append(row)
    return [Cause(key, rows) for key, rows in found.items()]


def _is_told(row: Stuck, now: datetime, *, dead: bool) -> bool:
    if row.why is Why.UNKNOWN or (row.why is Why.ENGINE and not dead):
        return False
    if _urgent(row) or row.why in OWN_FAULT:
        return True
    return row.why not in (Why.HELD, Why.ACCOUNT_LOST) and now - row.since >= LONG


def _urgent(row: Stuck) -> bool:
    return row.delivery.priority >= Priority.HOLDING


def _subject(row: Stuck) -> str:
    """What the cause lies with: one account, one post, or everything."""
    if row.why in _OF_THE_ACCOUNT:
        return f"account-{row.account.id}"
    return f"post-{row.post.id}" if row.why is Why.HELD else "all"


async def _engine_is_dead(session: AsyncSession) -> bool:
    """True when the desk has turned for a while without any engine: after a night in which nothing ran, neither has,
    and the engine gets its time to begin."""
    publish, duty = await session.get(Heartbeat, "publish"), await session.get(Heartbeat, "duty")
    return duty is not None and (publish is None or duty.at - publish.at >= ENGINE_LIVES)


async def _say(
    session: AsyncSession, parts: Parts, organisation: Organisation, voice: Voice, text: str,
    about: Mapping[str, str] | None = None,
) -> bool:  # fmt: skip
    return await queue_alert(
        session,
        organisation_id=organisation.id or 0,
        kind="notice",
        key=f"overdue:{organisation.id}:{voice.now.isoformat()}",
        chat_id=duty_chat(parts, organisation),
        text=text,
        about=about,
        at=voice.now,
    )


def _message(causes: Sequence[Cause], voice: Voice) -> str:
    urgent = sorted(causes, key=lambda cause: not cause.urgent)
    head = (
        voice.say("🚨 <b>Bài gấp quá giờ mà chưa lên kênh</b>", "🚨 <b>Something urgent is overdue and not out</b>")
        if urgent[0].urgent
        else voice.say("🚧 <b>Bài quá giờ mà chưa lên kênh</b>", "🚧 <b>Posts are overdue and not out</b>")
    )
    todo = voice.say(
        "Từng bài xem ở trang Hàng đợi, mục “Quá giờ chưa xong”.",
        "Each of them stands on the queue page, under “Past their time”.",
    )
    return "\n".join([head, *(f"• {_line(cause, voice)}" for cause in urgent[:MOST_LINES]), todo])


def _line(cause: Cause, voice: Voice) -> str:
    first = min(cause.rows, key=lambda row: (not _urgent(row), row.since))
    count, since = len(cause.rows), voice.clock(min(row.since for row in cause.rows))
    ordered = [first, *(row for row in cause.rows if row is not first)]
    titles = list(dict.fromkeys(f"“{short_title(row.post)}”" for row in ordered))
    more = "…" if len(titles) > MOST_TITLES else ""
    named = f"{account_name(first.account)}: " if first.why in _OF_THE_ACCOUNT else ""
    told = escape(texts.cut(voice.say(first.told.vi, first.told.en), 400))
    waits = voice.say(f"{count} lượt gửi, từ {since}", f"{count} deliveries, since {since}")
    return f"{named}{', '.join(titles[:MOST_TITLES])}{more} ({waits}). {told}"
