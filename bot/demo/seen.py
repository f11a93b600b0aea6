"""What the stand-in platforms show, held against what the store says: the proofs behind the rows of the table.

Each function returns what it counted or raises `StepFailed` with what was seen instead.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from sqlmodel import col, select

from channels.base import Can
from channels.registry import CHANNELS
from channels.sandbox.core import Item, Remark
from channels.sandbox.world import Sandbox
from models.db import Database
from models.delivery import Delivery
from models.incident import Incident
from models.mention import Mention
from models.reading import ChannelItem, Reading
from models.states import DeliveryState

Key = tuple[str, str]
"""Channel and the platform's id."""
LEAST_PLANTED = 8
"""Of the ten planted wordings at least so many must stand in the incident by the end of the day."""
MOST_FOREIGN = 2
"""At most so many everyday lines may have strayed into it."""


class StepFailed(Exception):
    """The step did not happen; the message says what was seen instead."""


# -- out ------------------------------------------------------------------------------------------------------------


def shown_under(sandbox: Sandbox, kind: str, remote_id: str) -> str:
    """The item that one of our own comments stands under; empty when there is none."""
    found = [i for i in sandbox.platforms[kind].items.values() if any(r.remote_id == remote_id for r in i.remarks)]
    return found[0].remote_id if found else ""


def compare(rows: Sequence[Delivery], sandbox: Sandbox) -> int:
    """Hold each delivery against what its platform shows, field by field; return how many fields were equal."""
    fields = 0
    for row in rows:
        if row.state != DeliveryState.SENT:
            raise StepFailed(f"lượt {row.id}: {row.state} {row.error_vi}")
        item = sandbox.find(row.channel, row.remote_id)
        if item is None:
            raise StepFailed(f"{row.remote_id}: nền tảng không có bài này")
        under = shown_under(sandbox, row.channel, row.remote_id) if isinstance(item, Remark) else ""
        head = sandbox.platforms[row.channel].items[under].text if under else ""
        wrong = differences(row.composed, item, under, head)
        if wrong or under != row.target_id:
            raise StepFailed(f"{row.remote_id}: khác bản đã duyệt ở {', '.join(wrong) or 'nơi đăng'}")
        fields += len(row.composed)
    return fields


def differences(composed: Mapping[str, Any], item: Item | Remark, under: str = "", described: str = "") -> list[str]:
    """The fields in which the platform shows something else than was composed; empty when all are equal.

    A file is composed as its SHA-256 (`source`, `media`); the stand-in notes the SHA-256 of the bytes it received. A
    correction on YouTube is a comment of ours, `under` the video that it was meant for and told at the head of what
    that is `described` as.
    """
    if isinstance(item, Remark):
        noted = described.startswith(item.text)
        shown = {"textOriginal": item.text if item.own else None, "videoId": under, "note": noted}
        return [name for name, value in composed.items() if shown.get(name) != value]
    wrong = []
    for name, value in composed.items():
        if name in ("source", "media") and isinstance(value, str) and len(value) == 64:
            if item.payload.get("media_sha256") != value:
                wrong.append(name)
        elif name == "pin":  # a second call after publishing, seen as the item's place
            wrong += [] if item.pinned else ["pin"]
        elif item.payload.get(name) != value:
            wrong.append(name)
    return wrong


async def everything_once(db: Database, sandbox: Sandbox, kind: str, expected: int) -> None:
    """All that the office has on a platform is what was sent, each once: no item more, none twice, none missing."""
    async with db.read() as session:
        sent = await session.exec(
            select(Delivery.remote_id).where(Delivery.channel == kind, Delivery.state == DeliveryState.SENT)
        )
        rows = Counter(sent.all())
    platform = sandbox.platforms[kind]
    there = Counter(i.remote_id for i in platform.published() if i.live)
    there.update(r.remote_id for i in platform.items.values() for r in i.remarks if r.own and not r.removed)
    if there != rows or max(rows.values(), default=1) > 1 or sum(rows.values()) != expected:
        raise StepFailed(f"{kind}: {expected} lượt phải có, {sum(rows.values())} đã gửi, {there.total()} trên nền tảng")


# -- in -------------------------------------------------------------------------------------------------------------


def connected(sandbox: Sandbox) -> list[str]:
    """The kinds of channels on which the office has an account."""
    return [given.kind for given in sandbox.credentials()]


def written(sandbox: Sandbox, since: datetime | None = None, *, before: datetime | None = None) -> Counter[Key]:
    """Every citizen's text that a platform's interface shows, written in this span."""
    found: Counter[Key] = Counter()
    for kind in connected(sandbox):
        channel, platform, remarks = CHANNELS[kind], sandbox.platforms[kind], list[Remark]()
        if Can.READ_COMMENTS in channel.can:
            remarks += [r for i in platform.items.values() for r in i.remarks]
        if Can.READ_INBOX in channel.can:
            remarks += [r for a in platform.accounts.values() for r in a.inbox]
        found.update(
            (kind, r.remote_id)
            for r in remarks
            if not r.own and (since is None or r.at >= since) and (before is None or r.at < before)
        )
    return found


async def collected(db: Database, since: datetime | None = None, *, before: datetime | None = None) -> Counter[Key]:
    """Every citizen's text in the store, written in this span."""
    async with db.read() as session:
        query = select(Mention.channel, Mention.remote_id).where(col(Mention.own).is_(False))
        if since is not None:
            query = query.where(Mention.written_at >= since)
        if before is not None:
            query = query.where(Mention.written_at < before)
        return Counter((await session.exec(query)).all())


@dataclass(frozen=True)
class Past:
    """What the store knows of the time before the day."""

    items: int
    readings: int
    mentions: int
    first: datetime
    last: datetime

    def told(self, tz: tzinfo) -> str:
        """In words, with the days that were really found."""
        first, last = self.first.astimezone(tz).date(), self.last.astimezone(tz).date()
        return (
            f"{self.items} bài cũ từ {first:%d/%m} đến {last:%d/%m} ({(last - first).days + 1} ngày), "
            f"{self.readings} số liệu, {self.mentions} bình luận, đủ như trên nền tảng"
        )


async def past(db: Database, sandbox: Sandbox, start: datetime) -> Past:
    """The past as it was read; it must be all that the platforms keep."""
    async with db.read() as session:
        items = (await session.exec(select(ChannelItem.remote_id, ChannelItem.published_at))).all()
        readings = len((await session.exec(select(Reading.id))).all())
    there = {
        i.remote_id
        for kind in connected(sandbox)
        if Can.READ_METRICS in CHANNELS[kind].can
        for i in sandbox.platforms[kind].items.values()
        if i.history
    }
    mentions, on_platforms = await collected(db, before=start), written(sandbox, before=start)
    if {name for name, _ in items} != there or mentions != on_platforms or not items or not readings:
        raise StepFailed(
            f"{len(items)} trên {len(there)} bài cũ, {mentions.total()} trên {on_platforms.total()} bình luận, "
            f"{readings} số liệu"
        )
    times = [at for _, at in items]
    return Past(len(items), readings, mentions.total(), min(times), max(times))


@dataclass(frozen=True)
class Members:
    """Who stands in an incident, by what the script knows of each line."""

    planted: int
    doubts: int
    foreign: int

    @property
    def told(self) -> str:
        return f"{self.planted}/10 dòng cài trong sự cố, {self.foreign} dòng lạc ngoài"


async def members(db: Database, incident: Incident, kinds: Mapping[Key, str]) -> Members:
    """Sort an incident's texts into planted, denying or doubting, and foreign."""
    async with db.read() as session:
        rows = await session.exec(
            select(Mention.channel, Mention.remote_id).where(Mention.claim_id == incident.claim_id)
        )
        found = Counter(kinds.get(key, "unknown") for key in rows.all())
    planted, doubts = found["rumour"], found["denial"] + found["doubt"]
    return Members(planted, doubts, found.total() - planted - doubts)


async def videos_hit(db: Database, incident: Incident) -> set[str]:
    """The videos under which texts of the incident stand, by the store."""
    async with db.read() as session:
        rows = await session.exec(
            select(Mention.item_id).where(Mention.claim_id == incident.claim_id, Mention.channel == "youtube")
        )
        return {item for item in rows.all() if item}


def missing(wanted: Counter[Key], found: Counter[Key]) -> str:
    """How two collections of texts differ, in words."""
    return f"thiếu {(wanted - found).total()}, thừa {(found - wanted).total()} trên {wanted.total()}"
