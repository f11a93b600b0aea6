"""Reading the channels over the real wire: nothing missed, nothing twice, and one trouble never blinds the rest."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from channels.base import AccountRef, Channel, Endpoints
from channels.errors import AuthLost, Told
from channels.facebook import FacebookChannel
from channels.http import Door
from channels.registry import open_channel
from channels.sandbox.core import Item, Remark
from channels.sandbox.world import Credentials, Sandbox
from models.claim import Claim
from models.db import Database
from models.mention import CommentAct, Mention
from models.office import Account, AccountStatus, Organisation
from models.queue import Budget
from models.reading import ChannelItem, Reading, ReadingGap
from monitor.collect import Collected, Collector, blind_accounts
from monitor.figures import counted
from monitor.intake import KEY_PERIOD_DAYS
from tests.conftest import FakeClock

POST, OTHER, VIDEO = "100200300_1", "100200300_2", "oldvideo0001"
HOUR = timedelta(hours=1)


class Listening:
    """An office's accounts on the stand-in platforms, and a collector that reads them by HTTP."""

    def __init__(self, db: Database, world: Sandbox, clock: FakeClock, door: Door) -> None:
        self.db, self.world, self.clock, self.door = db, world, clock, door
        self.broken: set[str] = set()
        self._credentials = {given.kind: given for given in world.credentials()}
        self.collector = self.restarted()

    def restarted(self) -> Collector:
        """Another process over the same store."""
        self.collector = Collector(
            self.db, open_channel=self._open, hash_author=lambda kind, key, period: f"{kind}/{key}/{period}",
            now=self.clock,
        )  # fmt: skip
        return self.collector

    def _open(self, account: Account) -> Channel:
        if account.kind in self.broken:
            raise RuntimeError("sealed with another key")
        given = self._credentials[account.kind]
        urls = self.world.urls()

        async def save(_: Any) -> None:
            return None

        return open_channel(
            AccountRef(given.kind, given.remote_id, given.name, given.settings, given.secrets),
            door=self.door,
            endpoints=Endpoints(
                facebook=urls["facebook"], facebook_video=urls["facebook"], facebook_dialog=urls["facebook"],
                zalo=urls["zalo"], zalo_oauth=urls["zalo"], viber=urls["viber"], youtube=urls["youtube"],
                youtube_analytics=urls["youtube"], google_oauth=urls["youtube"],
            ),
            now=self.clock,
            save_secrets=save,
        )  # fmt: skip

    async def turn(self, **span: float) -> Collected:
        """Let time pass and read what is due."""
        self.clock.forward(**span)
        return await self.collector.turn()

    async def accounts(self) -> dict[str, Account]:
        async with self.db.read() as session:
            return {a.kind: a for a in (await session.exec(select(Account))).all()}

    def remark(self, remote_id: str, item: str = POST) -> Remark:
        """A comment as it stands on the platform."""
        platform = self.world.youtube if item == VIDEO else self.world.facebook
        return next(r for r in platform.items[item].remarks if r.remote_id == remote_id)

    async def mentions(self, kind: str = "facebook") -> Sequence[Mention]:
        async with self.db.read() as session:
            rows = await session.exec(select(Mention).where(Mention.channel == kind).order_by(col(Mention.written_at)))
            return rows.all()

    async def figures_since(self, at: datetime | None) -> Sequence[Reading]:
        async with self.db.read() as session:
            return (await session.exec(select(Reading).where(col(Reading.fetched_at) > at))).all()

    def connect_bot(self, given: Credentials) -> None:
        """An account that the sandbox has beside those of every test."""
        self._credentials[given.kind] = given

    async def readings(self, item: str, metric: str) -> list[int | None]:
        async with self.db.read() as session:
            rows = await session.exec(
                select(Reading.value).where(Reading.item_id == item, Reading.metric == metric).order_by(col(Reading.id))
            )
            return list(rows.all())

    async def blind(self) -> list[str]:
        async with self.db.read() as session:
            return [a.kind for a in await blind_accounts(session, self.clock(), HOUR)]

    def post(self, remote_id: str, *, days_ago: float = 1, **figures: int) -> Item:
        """A post of the office that lies on the platform already."""
        platform, account = (
            (self.world.youtube, self.world.channel.remote_id)
            if remote_id == VIDEO
            else (self.world.facebook, self.world.page.remote_id)
        )
        item = Item(
            remote_id, account, "video" if remote_id == VIDEO else "feed", {}, self.clock() - timedelta(days=days_ago),
            title="Lịch tiếp dân", text="Lịch tiếp dân tuần này", figures=figures,
        )  # fmt: skip
        platform.seed_history([item])
        return item

    def comment(self, text: str, item: str = POST, author: str = "Lan", minutes_ago: float = 1) -> str:
        """A citizen comments; returns the comment's id."""
        at = self.clock() - timedelta(minutes=minutes_ago)
        return self.world.comment("youtube" if item == VIDEO else "facebook", item, author, text, at).remote_id


@pytest.fixture
async def listening(sqlite_database: str, clock: FakeClock) -> AsyncIterator[Listening]:
    world = Sandbox(now=clock, seed=3)
    await world.start()
    db = Database(sqlite_database)
    async with db.write() as session:
        session.add(Organisation(name="Tỉnh thử"))
        await session.flush()
        for given in world.credentials():
            session.add(
                Account(
                    organisation_id=1, kind=given.kind, remote_id=given.remote_id, name=given.kind, created_at=clock()
                )
            )
    async with Door(connect_s=60) as door:
        yield Listening(db, world, clock, door)
    await db.close()
    await world.stop()


async def test_five_weeks_of_our_own_past_are_found_once(listening: Listening) -> None:
    listening.post(POST, days_ago=30)
    listening.post(OTHER, days_ago=60)
    assert not (await listening.turn()).failed
    listening.post(VIDEO, days_ago=2)  # after the backfill: another's upload, not found again by listing
    await listening.restarted().turn()
    async with listening.db.read() as session:
        items = (await session.exec(select(ChannelItem.remote_id))).all()
    assert items == [POST]
    assert all(a.backfilled_at is not None for a in (await listening.accounts()).values())


# -- without gap or double -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("item", "kind"), [(POST, "facebook"), (VIDEO, "youtube")])
async def test_late_edits_and_deletions_are_seen_when_all_is_read_again(
    listening: Listening, item: str, kind: str
) -> None:
    listening.post(item, days_ago=0.1)
    edited, deleted, kept = (listening.comment(t, item, minutes_ago=60) for t in ("cũ", "sẽ xóa", "còn đó"))
    await listening.turn()
    assert [m.deleted_at for m in await listening.mentions(kind)] == [None] * 3
    listening.remark(edited, item).text = "mới"
    listening.remark(deleted, item).removed = True
    await listening.turn(minutes=20)
    seen = {m.remote_id: m for m in await listening.mentions(kind)}
    assert seen[deleted].deleted_at is None, "a reading of the newest says nothing of the older ones"
    await listening.turn(minutes=60)
    seen = {m.remote_id: m for m in await listening.mentions(kind)}
    assert (seen[edited].text, seen[edited].deleted_at) == ("mới", None)
    assert seen[deleted].deleted_at is not None
    assert (seen[kept].text, seen[kept].deleted_at) == ("còn đó", None)
    listening.remark(deleted, item).removed = False  # a moderator brought it back
    await listening.turn(minutes=90)
    assert {m.remote_id: m for m in await listening.mentions(kind)}[deleted].deleted_at is None


async def test_a_list_that_lost_most_at_once_is_not_believed(listening: Listening) -> None:
    item = listening.post(POST, days_ago=0.1)
    for n in range(60):
        listening.comment(f"bình luận {n}", author=f"a{n}", minutes_ago=60)
    await listening.turn()
    for remark in item.remarks[:50]:
        remark.removed = True
    await listening.turn(minutes=90)
    assert all(m.deleted_at is None for m in await listening.mentions())


async def test_a_list_that_may_be_cut_off_says_nothing_of_what_is_missing(
    listening: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.intake.MOST_LISTED", 2)
    listening.post(POST, days_ago=0.1)
    *_, last = (listening.comment(f"bình luận {n}", author=f"a{n}", minutes_ago=60) for n in range(3))
    await listening.turn()
    listening.remark(last).removed = True
    await listening.turn(minutes=90)
    assert all(m.deleted_at is None for m in await listening.mentions())


async def test_what_the_office_hid_is_not_gone(listening: Listening) -> None:
    listening.post(VIDEO, days_ago=0.1)
    spam = listening.comment("vay nhanh", VIDEO, minutes_ago=60)
    await listening.turn()
    [mention] = await listening.mentions("youtube")
    async with listening.db.write() as session:
        at = listening.clock()
        session.add(CommentAct(organisation_id=1, mention_id=mention.id, kind="hide", asked_at=at, next_at=at))
    listening.remark(spam, VIDEO).hidden = True
    await listening.turn(minutes=90)
    [mention] = await listening.mentions("youtube")
    assert mention.deleted_at is None


async def test_what_the_office_liked_may_be_deleted_all_the_same(listening: Listening) -> None:
    listening.post(VIDEO, days_ago=0.1)
    thanks = listening.comment("cảm ơn", VIDEO, minutes_ago=60)
    await listening.turn()
    [mention] = await listening.mentions("youtube")
    async with listening.db.write() as session:
        at = listening.clock()
        session.add(CommentAct(organisation_id=1, mention_id=mention.id, kind="like", asked_at=at, next_at=at))
    listening.remark(thanks, VIDEO).removed = True
    await listening.turn(minutes=90)
    [mention] = await listening.mentions("youtube")
    assert mention.deleted_at is not None


class GoingClock(FakeClock):
    """A clock that goes on between two looks at it, as real ones do."""

    def __call__(self) -> datetime:
        return self.forward(microseconds=1)


async def test_on_a_real_clock_no_account_waits_that_was_never_told_to(listening: Listening) -> None:
    listening.clock = GoingClock(listening.clock())
    await listening.restarted().turn()
    assert all(a.backfilled_at is not None for a in (await listening.accounts()).values())


async def test_a_line_that_breaks_between_pages_leaves_no_gap_and_no_double(listening: Listening) -> None:
    listening.post(POST)
    wanted = {listening.comment(f"bình luận {i}", author=f"a{i}", minutes_ago=300 - i) for i in range(250)}
    listening.world.facebook.fail_next("delay", match="/comments", times=2)  # two pages come
    listening.world.facebook.fail_next("drop_before", match="/comments", times=20)  # the third does not
    await listening.turn()
    assert not await listening.mentions()
    listening.world.facebook.faults.clear()
    await listening.turn(minutes=15)
    assert {m.remote_id for m in await listening.mentions()} == wanted
    assert len(await listening.mentions()) == 250
    await listening.turn(minutes=15)
    assert len(await listening.mentions()) == 250


async def test_a_process_that_dies_while_reading_reads_again(listening: Listening) -> None:
    listening.post(POST)
    for i in range(120):
        listening.comment(f"bình luận {i}", author=f"a{i}", minutes_ago=300 - i)
    listening.world.facebook.fail_next("delay", match="/comments", times=1)
    listening.world.facebook.fail_next("hang", match="/comments", times=1, seconds=60)
    dying = asyncio.create_task(listening.collector.turn())
    async with asyncio.timeout(60):
        while listening.world.facebook.faults[-1].times:  # noqa: ASYNC110  # what is awaited lies behind HTTP
            await asyncio.sleep(0.01)
    dying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await dying
    listening.restarted()
    await listening.turn(minutes=5)
    assert len({m.remote_id for m in await listening.mentions()}) == len(await listening.mentions()) == 120


async def test_what_the_platform_lists_late_is_not_missed(listening: Listening) -> None:
    listening.post(POST)
    listening.comment("đến trước", minutes_ago=1)
    await listening.turn()
    listening.comment("viết trước, hiện sau", minutes_ago=8)
    await listening.turn(minutes=2)
    assert {m.text for m in await listening.mentions()} == {"đến trước", "viết trước, hiện sau"}


# -- odd things ----------------------------------------------------------------------------------------------------


async def test_a_post_that_is_gone_does_not_stop_the_others(listening: Listening) -> None:
    gone = listening.post(OTHER, views=10, reach=10)
    listening.post(POST, views=4_000, reach=900)
    await listening.turn()
    gone.state = "removed"
    wanted = listening.comment("còn đây")
    found = await listening.turn(minutes=61)
    assert found.failed == ("facebook",)
    assert [m.remote_id for m in await listening.mentions()] == [wanted]
    assert "facebook" not in await listening.blind()
    async with listening.db.read() as session:
        item = (await session.exec(select(ChannelItem).where(ChannelItem.remote_id == OTHER))).one()
    assert item.next_comments_at is not None and item.next_comments_at >= listening.clock() + timedelta(minutes=5)
    listening.world.facebook.calls.clear()
    await listening.turn(minutes=2)
    assert not any(OTHER in call for call in listening.world.facebook.calls), "it is not asked every turn"
    await listening.turn(days=1)
    assert len(await listening.readings(POST, "views")) >= 2, "figures after the one that is gone are read too"


@pytest.mark.parametrize("kind", ["garbage", "server_error"])
async def test_an_odd_answer_is_asked_again(listening: Listening, kind: str) -> None:
    listening.post(POST)
    listening.post(VIDEO)
    on_page, on_video = listening.comment("trên trang"), listening.comment("dưới clip", VIDEO)
    listening.world.facebook.fail_next(kind, match="/comments", times=5)
    await listening.turn()
    assert [m.remote_id for m in await listening.mentions("youtube")] == [on_video]
    listening.world.facebook.faults.clear()
    await listening.turn(minutes=16)
    assert [m.remote_id for m in await listening.mentions()] == [on_page]


async def test_an_edited_comment_is_read_anew_and_scored_again(listening: Listening) -> None:
    listening.post(POST)
    listening.comment("Đường này đẹp")
    await listening.turn()
    (before,) = await listening.mentions()
    async with listening.db.write() as session:
        row = await session.get_one(Mention, before.id)
        row.scored_at, row.model = listening.clock(), "test/1"
    remark = listening.world.facebook.items[POST].remarks[0]
    remark.text, remark.likes = "Số tôi 0912345678, đường này sập rồi", 4
    await listening.turn(minutes=2)
    (after,) = await listening.mentions()
    assert after.id == before.id and after.likes == 4 and after.scored_at is None
    assert "sập rồi" in after.text and "0912345678" not in after.text


async def test_a_comment_without_author_is_kept_and_counts_for_itself(listening: Listening) -> None:
    listening.post(POST)
    listening.comment("không tên", author="")
    listening.comment("có tên", author="Lan")
    await listening.turn()
    assert [m.author_hash == "" for m in await listening.mentions()] == [True, False]


async def test_masked_before_it_is_stored(listening: Listening) -> None:
    listening.world.message("zalo", "Lan", "gọi 0900 000 000 gặp tôi, nhà số 12 ngõ 7", listening.clock())
    await listening.turn()
    (message,) = await listening.mentions("zalo")
    assert "0900" not in message.text and "Lan" not in f"{message.author_hash}{message.text}"


async def test_the_inbox_goes_on_where_it_stopped(listening: Listening) -> None:
    zalo = listening.world.zalo
    listening.world.message("zalo", "Lan", "trước", listening.clock())
    await listening.turn()
    zalo.fail_next("drop_before", match="listrecentchat", times=20)
    listening.world.message("zalo", "Minh", "lúc mất mạng", listening.clock())
    await listening.turn(minutes=1)
    zalo.faults.clear()
    await listening.turn(hours=9)  # longer than any overlap
    assert [m.text for m in await listening.mentions("zalo")] == ["trước", "lúc mất mạng"]


# -- whole accounts ------------------------------------------------------------------------------------------------


async def test_what_was_said_to_an_old_token_does_not_lose_an_account_that_was_reconnected(
    listening: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    listening.post(POST)
    await listening.turn()

    async def reconnected_meanwhile(*_: object) -> Sequence[Any]:
        async with listening.db.write() as session:
            row = (await session.exec(select(Account).where(Account.kind == "facebook"))).one()
            row.sealed = b"the new token"
        raise AuthLost("190", told=Told("mã đã chết", "the token is dead"))

    monkeypatch.setattr(FacebookChannel, "read_comments", reconnected_meanwhile)
    await listening.turn(hours=2)
    assert (await listening.accounts())["facebook"].status == AccountStatus.OK


async def test_a_lost_account_is_marked_and_the_others_are_read(listening: Listening) -> None:
    listening.post(POST)
    listening.post(VIDEO)
    listening.world.facebook.revoke(next(iter(listening.world.page.tokens)))
    listening.comment("dưới clip", VIDEO)
    found = await listening.turn()
    accounts = await listening.accounts()
    assert found.failed == ("facebook",) and len(await listening.mentions("youtube")) == 1
    assert accounts["facebook"].status == AccountStatus.LOST and accounts["facebook"].lost_at == listening.clock()
    assert accounts["youtube"].status == AccountStatus.OK and await listening.blind() == ["facebook"]


async def test_a_wrong_key_of_one_account_never_stops_the_others(listening: Listening) -> None:
    listening.post(POST)
    listening.comment("vẫn đọc được")
    listening.broken = {"youtube", "zalo"}
    found = await listening.turn()
    assert set(found.failed) == {"youtube", "zalo"} and len(await listening.mentions()) == 1
    await listening.turn(hours=2)
    assert await listening.blind() == ["zalo", "youtube"], "never read, and still said"


async def test_a_platform_that_is_away_makes_a_blind_account_and_seeing_again_ends_it(listening: Listening) -> None:
    listening.post(POST)
    await listening.turn()
    listening.world.facebook.fail_next("drop_before", times=10_000)
    for _ in range(8):
        await listening.turn(minutes=10)
    assert await listening.blind() == ["facebook"]
    listening.world.facebook.faults.clear()
    await listening.turn(minutes=10)
    assert await listening.blind() == []


async def test_hours_in_which_an_account_could_not_be_read_are_kept(listening: Listening) -> None:
    listening.post(POST)
    await listening.turn()
    since = (await listening.accounts())["facebook"].read_at
    listening.world.facebook.fail_next("drop_before", times=10_000)
    for _ in range(8):
        await listening.turn(minutes=10)
    assert await gaps(listening) == []
    listening.world.facebook.faults.clear()
    await listening.turn(minutes=10)
    accounts = await listening.accounts()
    assert await gaps(listening) == [(accounts["facebook"].id, since, accounts["facebook"].read_at)]
    await listening.turn(minutes=10)
    assert len(await gaps(listening)) == 1


async def test_figures_do_not_say_that_people_are_heard(listening: Listening) -> None:
    """Facebook still gives figures and no comments any more: that is a blind channel."""
    listening.post(POST, reach=9)
    await listening.turn()
    read_at = (await listening.accounts())["facebook"].read_at
    listening.world.facebook.fail_next("drop_before", match="comments", times=10_000)
    for hours in (1, 6, 7):
        await listening.turn(hours=hours)
    accounts = await listening.accounts()
    assert {r.metric for r in await listening.figures_since(read_at)} >= {"followers"}
    assert accounts["facebook"].read_at == read_at and await listening.blind() == ["facebook"]


async def test_a_bot_is_not_blind_for_want_of_figures(listening: Listening) -> None:
    """Who writes to a bot is told of, not asked for: whether its figures are answered changes nothing."""
    listening.connect_bot(listening.world.viber_bot_account())
    async with listening.db.write() as session:
        session.add(
            Account(organisation_id=1, kind="viber_bot", remote_id="b", name="Bot", created_at=listening.clock())
        )
    listening.world.viber.fail_next("drop_before", times=10_000)
    for _ in range(8):
        found = await listening.turn(minutes=10)
    assert "Bot" in found.failed, "it was asked"
    assert await listening.blind() == []


async def gaps(listening: Listening) -> list[tuple[int | None, datetime | None, datetime | None]]:
    async with listening.db.read() as session:
        return [(g.account_id, g.since, g.until) for g in (await session.exec(select(ReadingGap))).all()]


async def test_a_platform_that_does_not_answer_is_not_waited_for_item_by_item(listening: Listening) -> None:
    for i in range(12):
        listening.post(f"100200300_{i}")
    await listening.turn()
    asked: list[str] = []
    listening.world.facebook.fail_next("drop_before", times=10_000)
    listening.world.facebook.calls.clear()
    await listening.turn(hours=12)
    asked = [call for call in listening.world.facebook.calls if call.endswith("/comments")]
    assert 0 < len(asked) <= 3


# -- what is history, and who is who -------------------------------------------------------------------------------


async def test_only_what_was_written_before_we_listened_is_history(listening: Listening) -> None:
    listening.post(POST, days_ago=20)
    listening.comment("ba tuần trước", minutes_ago=60 * 24 * 19)
    await listening.turn()
    listening.comment("thứ bảy, lúc Loa ngừng", minutes_ago=0)
    listening.restarted()
    await listening.turn(hours=60)  # a whole weekend
    scored = {m.text: m.scored_at is not None for m in await listening.mentions()}
    assert scored == {"ba tuần trước": True, "thứ bảy, lúc Loa ngừng": False}


async def test_a_person_in_a_living_claim_keeps_one_hash_over_the_change_of_keys(listening: Listening) -> None:
    while _period(listening.clock() + HOUR * 2) == _period(listening.clock()):  # the last hours of a key
        listening.clock.forward(hours=1)
    listening.post(POST)
    listening.comment("tin đồn", author="Lan")
    listening.comment("lời chào", author="Minh")
    await listening.turn()
    before = {m.text: m.author_hash for m in await listening.mentions()}
    async with listening.db.write() as session:
        for mention in (await session.exec(select(Mention))).all():
            mention.scored_at = mention.grouped_at = listening.clock()
            mention.claim_id = await _claim(session, mention.written_at) if mention.text == "tin đồn" else None
    listening.clock.forward(hours=3)
    listening.comment("tin đồn nữa", author="Lan", minutes_ago=0)
    listening.comment("chào nữa", author="Minh", minutes_ago=0)
    await listening.turn()
    after = {m.text: m.author_hash for m in await listening.mentions()}
    assert after["tin đồn nữa"] == before["tin đồn"]
    assert after["chào nữa"] != before["lời chào"], "nobody else is followed over the change"
    assert len({*after.values()}) == 3


def _period(at: datetime) -> int:
    return at.date().toordinal() // KEY_PERIOD_DAYS


async def _claim(session: AsyncSession, at: datetime) -> int | None:
    claim = Claim(organisation_id=1, key="1", text="tin đồn", first_at=at, last_at=at)
    session.add(claim)
    await session.flush()
    return claim.id


# -- figures -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("views", "words"), [(30_000_000, "30 triệu lượt"), (31_234_567, "31,2 triệu lượt")])
async def test_tens_of_millions_are_kept_exactly_and_said_as_times(
    listening: Listening, views: int, words: str
) -> None:
    listening.post(VIDEO, views=views, likes=12)
    await listening.turn()
    assert await listening.readings(VIDEO, "views") == [views]
    async with listening.db.read() as session:
        row = (await session.exec(select(Reading).where(Reading.item_id == VIDEO, Reading.metric == "views"))).one()
    assert row.unit == "occurrences" and counted(row.value or 0, row.unit) == words


async def test_what_a_platform_does_not_say_is_unknown_and_never_zero(
    listening: Listening,
) -> None:
    listening.post(POST)  # no views yet: Facebook answers with nothing
    await listening.turn()
    assert await listening.readings(POST, "views") == [None]


# -- limits ----------------------------------------------------------------------------------------------------------


async def test_reading_stops_at_its_share_and_says_so_and_goes_on_with_the_new_day(listening: Listening) -> None:
    listening.post(VIDEO)
    assert not (await listening.turn()).failed
    client = next(c for c in listening.world.credentials() if c.kind == "youtube").secrets["client_id"]
    renewed = listening.clock() + timedelta(hours=3)
    async with listening.db.write() as session:
        session.add(
            Budget(key=f"youtube:units:{client}", unit="units", used=7_500, most=10_000, resets_at=renewed)
        )  # one unit more is over the share of reading
    listening.comment("Nước bẩn lắm", VIDEO)
    calls = dict(listening.world.youtube.calls)
    assert (await listening.turn(minutes=5)).failed == ("youtube",)
    assert listening.world.youtube.calls == calls and not await listening.mentions("youtube")
    await listening.turn(hours=2)
    assert await listening.blind() == ["youtube"], "no quiet zero"
    assert not (await listening.turn(hours=1)).failed
    assert len(await listening.mentions("youtube")) == 1 and await listening.blind() == []


async def test_one_used_up_quota_stops_only_the_reading_that_counts_against_it(listening: Listening) -> None:
    listening.post(VIDEO)
    listening.comment("Nước bẩn lắm", VIDEO)
    listening.world.youtube.fail_next("refuse", match="reports", rule="quota", times=9)
    assert (await listening.turn()).failed == ("youtube",)
    assert len(await listening.mentions("youtube")) == 1
