"""What was told late, twice and in any order ends as what happened, on both databases and beside reading."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from channels.base import Comment, Item
from channels.hooks import Posted, Removed, TakenDown, Told, Written
from models.db import Database
from models.delivery import Delivery
from models.mention import Mention
from models.office import Account, Organisation, User
from models.outlet import Outlet
from models.post import Post, Variant
from models.reading import ChannelItem
from monitor.intake import LIST_LAG, Source, keep_comments
from monitor.told import join_ours, keep_told
from tests.conftest import BEGIN

ITEM = "1001_5"


def at(seconds: float) -> datetime:
    return BEGIN + timedelta(seconds=seconds)


def words(text: str, name: str = "c1", item: str = ITEM) -> Comment:
    return Comment(name, text, at(0), item_id=item, author_key="88")


ADD, EDIT, EDIT_2 = (
    Written("", at(0), words("một")), Written("", at(1), words("hai"), True), Written("", at(2), words("ba"), True)
)  # fmt: skip
GONE = Removed("", at(3), "c1", ITEM)


class Store:
    """One account's texts."""

    def __init__(self, db: Database, account: Account) -> None:
        self.db, self.account = db, account

    async def told(self, *told: Told, now: datetime = BEGIN) -> int:
        async with self.db.write() as session:
            return await keep_told(session, self.account, told, lambda *w: f"h-{w[1]}", now)

    async def read(self, *comments: Comment, now: datetime, source: Source | None = None) -> None:
        async with self.db.write() as session:
            await keep_comments(session, self.account, source, comments, lambda *w: f"h-{w[1]}", now)

    async def rows(self) -> Sequence[Mention]:
        async with self.db.read() as session:
            return (await session.exec(select(Mention).order_by(Mention.remote_id))).all()

    async def row(self) -> Mention:
        (found,) = await self.rows()
        return found


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    db = Database(database_url)
    account = Account(id=1, organisation_id=1, kind="facebook", remote_id="1001", name="x", created_at=BEGIN)
    async with db.write() as session:
        session.add(Organisation(id=1, name="UBND"))
        await session.flush()
        session.add(account)
    yield Store(db, account)
    await db.close()


async def test_every_order_of_the_same_events_ends_alike(store: Store) -> None:
    for number, order in enumerate(itertools.permutations((ADD, EDIT, EDIT_2, GONE))):
        named = [
            Removed("", e.at, f"c{number:02}", ITEM) if isinstance(e, Removed)
            else Written("", e.at, words(e.comment.text, f"c{number:02}"), e.edited)
            for e in order if isinstance(e, Removed | Written)
        ]  # fmt: skip
        for _ in range(2):  # and each of them twice
            for event in named:
                await store.told(event)
    rows = await store.rows()
    assert len(rows) == 24 and {row.deleted_at for row in rows} == {at(3)}
    assert {row.text for row in rows} <= {"", "một", "hai", "ba"}


async def test_edits_in_every_order_end_with_the_last_words(store: Store) -> None:
    for number, order in enumerate(itertools.permutations((ADD, EDIT, EDIT_2))):
        await store.told(*(Written("", e.at, words(e.comment.text, f"c{number}"), e.edited) for e in order))
    assert {row.text for row in await store.rows()} == {"ba"}


async def test_within_one_second_an_edit_is_later_than_what_it_edits(store: Store) -> None:
    edit = Written("", at(0), words("sửa"), True)
    await store.told(edit)
    await store.told(ADD)
    assert (await store.row()).text == "sửa"


async def test_a_removal_before_its_text_leaves_a_mark_without_words(store: Store) -> None:
    assert await store.told(GONE) == 1
    assert await store.told(ADD, EDIT) == 0
    row = await store.row()
    assert (row.text, row.deleted_at) == ("", at(3)) and row.scored_at is not None
    await store.told(Written("", at(9), words("trở lại")))
    row = await store.row()
    assert (row.text, row.deleted_at, row.author_hash, row.scored_at) == ("trở lại", None, "h-88", None)


async def test_reading_and_telling_the_same_text_stores_it_once(store: Store) -> None:
    await store.told(ADD)
    await store.read(words("một"), now=at(5))
    await store.told(ADD)
    assert (await store.row()).text == "một"


async def test_a_late_word_does_not_undo_what_was_read_since(store: Store) -> None:
    await store.read(words("ba"), now=at(600))
    await store.told(ADD)
    assert (await store.row()).text == "ba"
    await store.told(Removed("", at(700), "c1", ITEM))
    assert (await store.row()).deleted_at == at(700)


async def test_a_list_that_lags_does_not_undo_what_was_told(store: Store) -> None:
    await store.told(ADD, EDIT_2)
    await store.read(words("một"), now=at(30))
    assert (await store.row()).text == "ba"
    await store.read(words("bốn"), now=at(3) + LIST_LAG)
    assert (await store.row()).text == "bốn", "an edit that no webhook told of"
    await store.told(Removed("", at(100), "c1", ITEM))
    await store.read(words("bốn"), now=at(200))
    assert (await store.row()).deleted_at == at(100)
    await store.read(words("bốn"), now=at(100 + 601))
    assert (await store.row()).deleted_at is None, "it is still listed, so it is there"


async def item(store: Store) -> None:
    async with store.db.write() as session:
        session.add(ChannelItem(account_id=1, remote_id=ITEM, published_at=BEGIN, next_comments_at=at(9000)))


async def found(store: Store) -> Sequence[ChannelItem]:
    async with store.db.read() as session:
        return (await session.exec(select(ChannelItem))).all()


async def test_what_is_told_of_is_read_at_once(store: Store) -> None:
    await item(store)
    await store.told(ADD, now=at(5))
    assert (await found(store))[0].next_comments_at == at(5)


async def test_posts_made_by_hand_are_followed_until_they_are_taken_down(store: Store) -> None:
    post = Item(ITEM, "Thông báo", at(0))
    await store.told(Posted("", at(0), post), Posted("", at(0), post))
    await store.told(Posted("", at(1), Item(ITEM, "Thông báo (sửa)", at(0)), True))
    assert [i.text for i in await found(store)] == ["Thông báo (sửa)"]
    await store.told(TakenDown("", at(2), ITEM))
    (row,) = await found(store)
    assert row.next_comments_at is None and row.next_metrics_at is None


async def sent(store: Store, remote_id: str) -> int:
    async with store.db.write() as session:
        author = User(organisation_id=1, login="an", name="An", created_at=BEGIN)
        session.add(author)
        await session.flush()
        post = Post(organisation_id=1, title="x", author_id=author.id or 0, created_at=BEGIN, updated_at=BEGIN)
        session.add(post)
        await session.flush()
        variant = Variant(post_id=post.id or 0, channel="facebook", text="x")
        session.add(variant)
        await session.flush()
        row = Delivery(
            post_id=post.id or 0, variant_id=variant.id or 0, account_id=1, channel="facebook", state="sent",
            due_at=BEGIN, next_at=BEGIN, sent_at=BEGIN, remote_id=remote_id,
        )  # fmt: skip
        session.add(row)
        await session.flush()
        return row.id or 0


async def test_an_echo_that_is_faster_than_our_own_record_is_put_under_its_delivery(store: Store) -> None:
    """A clip: told of as <page>_<clip>, sent as <clip>."""
    await store.told(Posted("", at(0), Item(ITEM, "x", at(0))), ADD)
    delivery = await sent(store, "5")
    async with store.db.write() as session:
        await join_ours(session, store.account, at(60))
    row = await store.row()
    assert (row.delivery_id, row.item_id) == (delivery, "5") and not await found(store)
    await store.told(Written("", at(61), words("nữa", "c2")), Posted("", at(0), Item(ITEM, "x", at(0))))
    assert [(r.delivery_id, r.item_id) for r in await store.rows()] == [(delivery, "5")] * 2
    assert not await found(store)


@pytest.mark.parametrize("way", ["told", "read"])
async def test_of_the_press_and_big_pages_it_is_kept_that_many_hear_them(store: Store, way: str) -> None:
    """Not of our own page, not of a page that is small or was retired, and never who it was."""
    async with store.db.write() as session:
        for number, (kind, remote_id, followers, retired) in enumerate(
            (
                ("press", "11", None, None), ("page", "22", 250_000, None), ("page", "33", 100_000, None),
                ("press", "44", None, BEGIN), ("page", "1001", 900_000, None),
            )
        ):  # fmt: skip
            session.add(
                Outlet(
                    organisation_id=1, channel="facebook", remote_id=remote_id, name=f"Trang {number}", kind=kind,
                    followers=followers, added_at=BEGIN, retired_at=retired,
                )
            )  # fmt: skip
    said = [Comment(f"c{i}", "một", at(0), item_id=ITEM, author_key=i) for i in ("11", "22", "33", "44", "1001", "88")]
    if way == "told":
        await store.told(*(Written("", at(0), one) for one in said))
    else:
        await store.read(*said, now=at(60))
    heard = {m.remote_id for m in await store.rows() if m.widely_heard}
    assert heard == {"c11", "c22"}
