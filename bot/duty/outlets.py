"""The press and big public pages: whose word reaches many at once (domain brief 6.1). Every change is on record.

Platforms do not tell how many follow a stranger's page, so the office says it, with the day on which it did. Nothing is
kept of private people: an entry is a newspaper or a public page, by the id under which it writes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.duty.desk import on_the_desk
from bot.parts import Actor, NotFound, Parts, Refused
from models.audit import record
from models.outlet import Outlet, OutletKind
from monitor.severity import DEFAULT, widely_heard_by
from monitor.text import clean

CHANNELS: Final = ("facebook", "youtube")
"""Where pages write under their own public id. Zalo and Viber tell of private people only, by ids that mean nothing
elsewhere."""


@dataclass(frozen=True)
class Named:
    """An outlet as a person gives it; `followers` None for the press."""

    channel: str
    remote_id: str
    name: str
    followers: int | None = None


async def add(parts: Parts, actor: Actor, given: Named) -> Outlet:
    """List an outlet; what it writes from now on counts as heard by many. Its number is brought up to date when it is
    listed again."""
    on_the_desk(actor)
    _check(given)
    kind = OutletKind.PRESS if given.followers is None else OutletKind.PAGE
    async with parts.db.write() as session:
        for row in await outlets_of(session, actor.organisation_id):
            if (row.channel, row.remote_id) == (given.channel, given.remote_id.strip()):
                row.retired_at = parts.now()
        made = Outlet(
            organisation_id=actor.organisation_id, channel=given.channel, remote_id=given.remote_id.strip(),
            name=clean(given.name), kind=kind, followers=given.followers, added_at=parts.now(),
            added_by_id=actor.user_id,
        )  # fmt: skip
        session.add(made)
        await session.flush()
        await _note(session, parts, actor, "outlet_added", made, name=made.name, followers=made.followers)
    return made


async def retire(parts: Parts, actor: Actor, outlet_id: int, why: str) -> None:
    """It counts no more from now on."""
    on_the_desk(actor)
    if not why.strip():
        raise Refused("Hãy ghi lý do.", "Say why.")
    async with parts.db.write() as session:
        row = await session.get(Outlet, outlet_id)
        if row is None or row.organisation_id != actor.organisation_id or row.retired_at is not None:
            raise NotFound("trang này trong danh sách", "such page on the list")
        row.retired_at = parts.now()
        await _note(session, parts, actor, "outlet_retired", row, why=why.strip())


async def outlets_of(session: AsyncSession, organisation_id: int) -> Sequence[Outlet]:
    """The entries that hold, oldest first."""
    query = select(Outlet).where(Outlet.organisation_id == organisation_id, col(Outlet.retired_at).is_(None))
    return (await session.exec(query.order_by(col(Outlet.id)))).all()


def _check(given: Named) -> None:
    if given.channel not in CHANNELS:
        raise Refused(
            f"Chỉ có trang công khai trên {', '.join(CHANNELS)}: Zalo và Viber chỉ báo mã riêng của từng người.",
            f"Public pages are known on {', '.join(CHANNELS)} only: Zalo and Viber tell of private people alone.",
        )
    if not given.remote_id.strip() or not clean(given.name):
        raise Refused("Cần mã trang trên kênh và tên trang.", "The page's id on its channel and its name are needed.")
    if given.followers is not None and not widely_heard_by(OutletKind.PAGE, given.followers):
        raise Refused(
            f"Chỉ ghi trang có trên {DEFAULT.followers:,} người theo dõi.".replace(",", "."),
            f"Only pages with more than {DEFAULT.followers:,} followers are listed.",
        )


async def _note(
    session: AsyncSession, parts: Parts, actor: Actor, action: str, row: Outlet, **detail: str | int | None
) -> None:
    await record(
        session, at=parts.now(), action=action, subject=f"outlet:{row.id}", organisation_id=actor.organisation_id,
        user_id=actor.user_id, surface=actor.surface, channel=row.channel, remote_id=row.remote_id, **detail,
    )  # fmt: skip
