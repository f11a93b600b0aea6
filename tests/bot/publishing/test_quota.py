"""What is reserved of a limit and what gives it back; one refusal stops only what counts against the same limit."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from bot.accounts.limits import reading_stopped_by
from bot.office_setup import add_account, create_organisation
from bot.publishing.budget import budgets_of
from bot.publishing.claim import claim_due
from bot.publishing.deliver import deliver
from bot.publishing.in_flight import InFlight
from bot.publishing.outcome import Next, Outcome, finish
from bot.publishing.settle import settle
from channels.base import Outgoing, Sent, Usage
from channels.errors import ChannelError, QuotaReached, Rejected, Throttled, Told, Unreachable
from channels.youtube import YouTubeChannel
from channels.zalo import ZaloChannel
from models.delivery import Delivery
from models.office import Account
from models.post import Post, Variant
from models.queue import Budget
from tests.bot.conftest import Office
from tests.conftest import FakeClock

UPLOADS = "youtube:uploads:c"
TOLD = Told("a", "b")
FILM: dict[str, Any] = {"snippet": {"title": "t", "description": "d"}, "media": ""}
COMMENT = {"videoId": "v", "textOriginal": "Đính chính"}
ARTICLE = {"type": "normal", "title": "Đính chính"}
ANSWER = {"recipient": {"message_id": "m"}, "message": {"text": "Chào bà"}}


async def due(office: Office, clock: FakeClock, kind: str, form: str, payload: Any, *, urgent: bool = False) -> int:
    """A delivery that is due now."""
    async with office.parts.db.write() as session:
        what = "correction" if urgent else "routine"
        post = Post(organisation_id=office.id, title="t", kind=what, state="scheduled", due_at=clock(),
                    created_at=clock(), updated_at=clock())  # fmt: skip
        session.add(post)
        await session.flush()
        variant = Variant(post_id=post.id or 0, channel=kind, text="t")
        session.add(variant)
        await session.flush()
        delivery = Delivery(
            post_id=post.id or 0, variant_id=variant.id or 0, account_id=office.accounts[kind], channel=kind,
            priority=100 if urgent else 0, due_at=clock(), next_at=clock(), form=form, composed=payload,
        )  # fmt: skip
        session.add(delivery)
        await session.flush()
        return delivery.id or 0


async def claimed(office: Office, limit: int = 100) -> list[int]:
    return [flying.id for flying in await claim_due(office.parts, limit)]


async def row(office: Office, delivery: int) -> Delivery:
    async with office.parts.db.read() as session:
        return await session.get_one(Delivery, delivery)


async def budget(office: Office, key: str) -> Budget:
    async with office.parts.db.read() as session:
        return await session.get_one(Budget, key)


async def account(office: Office, kind: str) -> Account:
    async with office.parts.db.read() as session:
        return await session.get_one(Account, office.accounts[kind])


async def told(office: Office, clock: FakeClock, used: float) -> None:
    """Google's project has so many of its hundred uploads behind it."""
    word = Usage(UPLOADS, "uploads", 100.0, used, resets_at=clock() + timedelta(hours=5), shared=True)
    office.parts.usage.tell(office.accounts["youtube"], word)
    await office.parts.usage.flush(office.parts.db, clock())


async def end(office: Office, flying: InFlight, next_: Next, error: ChannelError | None = None) -> None:
    await finish(office.parts, flying, flying.number, Outcome(next_, error=error))


async def test_an_upload_counts_once(office: Office, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    async def prepare(self: YouTubeChannel, *_: Any) -> dict[str, str]:
        self._spend("youtube.videos.insert")
        return {"session": "s"}

    async def submit(self: YouTubeChannel, *_: Any) -> Sent:
        return Sent("v", processing=True)

    monkeypatch.setattr(YouTubeChannel, "prepare", prepare)
    monkeypatch.setattr(YouTubeChannel, "submit", submit)
    for _ in range(3):
        await due(office, clock, "youtube", "video", FILM)
    for flying in await claim_due(office.parts, 10):
        await deliver(office.parts, flying)
    assert (await budget(office, UPLOADS)).used == 3


ENDS: list[tuple[Next, ChannelError | None]] = [
    (Next.SENT, None), (Next.RETRY, Unreachable("x", told=TOLD)), (Next.STOPPED, None), (Next.UNKNOWN, None),
    (Next.REFUSED, Rejected("x", told=TOLD)), (Next.THROTTLED, QuotaReached("x", told=TOLD, retry_after_s=60.0)),
]  # fmt: skip


@pytest.mark.parametrize(("ends", "error"), ENDS)
async def test_whatever_ends_a_call_gives_back_what_it_reserved(
    ends: Next, error: ChannelError | None, office: Office, clock: FakeClock
) -> None:
    await told(office, clock, 89)
    first, second = [await due(office, clock, "youtube", "video", FILM) for _ in range(2)]
    [flying] = await claim_due(office.parts, 1)
    assert flying.id == first
    clock.forward(seconds=1)
    assert await claimed(office) == []  # one is left for routine work, and that is reserved
    await end(office, flying, ends, error)
    clock.forward(seconds=20)
    [taken] = await claimed(office)
    assert taken in (first, second)
    assert (await budget(office, UPLOADS)).used == 89


async def test_a_crash_gives_back_what_it_reserved_once(
    office: Office, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await told(office, clock, 89)
    first = await due(office, clock, "youtube", "video", FILM)
    [flying] = await claim_due(office.parts, 1)
    clock.at = (await row(office, first)).next_at
    assert await settle(office.parts, first) is Next.RETRY  # it died in its preparation
    clock.forward(minutes=5)
    second = await due(office, clock, "youtube", "video", FILM)
    assert await claimed(office) == [first]
    await end(office, flying, Next.RETRY)  # the dead one's word comes late: the fence turns it away, nothing is freed
    clock.forward(seconds=20)
    assert second not in await claimed(office)


async def test_an_upload_that_goes_on_in_its_session_costs_nothing(office: Office, clock: FakeClock) -> None:
    await told(office, clock, 100)
    new, begun = [await due(office, clock, "youtube", "video", FILM) for _ in range(2)]
    async with office.parts.db.write() as session:
        (await session.get_one(Delivery, begun)).notes = {"session": "s"}
    assert await claimed(office) == [begun]
    assert (await row(office, new)).error_code == "budget"


async def test_an_outage_never_locks_a_limit(office: Office, clock: FakeClock) -> None:
    minute = clock() + timedelta(minutes=1)
    office.parts.usage.tell(office.accounts["zalo"], Usage("zalo:calls:200002", "calls", 60.0, 5.0, resets_at=minute))
    await office.parts.usage.flush(office.parts.db, clock())
    correction = await due(office, clock, "zalo", "article", ARTICLE, urgent=True)
    for _ in range(40):
        clock.at = max(clock(), (await row(office, correction)).next_at)
        [flying] = await claim_due(office.parts, 5)
        await end(office, flying, Next.RETRY, Unreachable("x", told=TOLD))


async def test_a_receivers_quota_holds_back_that_message_alone(
    office: Office, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def submit(*_: Any) -> Sent:
        raise QuotaReached("receiver", told=TOLD, code="-218", retry_after_s=57_600.0)

    monkeypatch.setattr(ZaloChannel, "submit", submit)
    answer = await due(office, clock, "zalo", "reply", ANSWER)
    [flying] = await claim_due(office.parts, 5)
    assert await deliver(office.parts, flying) is Next.THROTTLED
    correction = await due(office, clock, "zalo", "article", ARTICLE, urgent=True)
    clock.forward(seconds=2)
    assert await claimed(office) == [correction]
    assert (await account(office, "zalo")).throttled_until is None
    assert (await row(office, answer)).next_at > clock() + timedelta(hours=15)


async def test_a_limit_of_clips_leaves_the_correcting_comment_alone(
    office: Office, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def prepare(self: YouTubeChannel, out: Outgoing, *_: Any) -> dict[str, str]:
        error = QuotaReached("full", told=TOLD, code="uploadLimitExceeded", retry_after_s=86_400.0)
        self._used_up("youtube.videos.insert", error)
        raise error

    monkeypatch.setattr(YouTubeChannel, "prepare", prepare)
    await due(office, clock, "youtube", "video", FILM)
    [flying] = await claim_due(office.parts, 5)
    assert await deliver(office.parts, flying) is Next.THROTTLED
    clip = await due(office, clock, "youtube", "video", FILM, urgent=True)
    comment = await due(office, clock, "youtube", "comment", COMMENT, urgent=True)
    assert await claimed(office) == [comment]
    waits = await row(office, clip)
    assert waits.next_at == clock() + timedelta(days=1)
    assert "đính chính vẫn đi" not in waits.error_vi and "hết hạn mức" in waits.error_vi


async def test_a_shorter_wait_does_not_shorten_a_longer_one(office: Office, clock: FakeClock) -> None:
    for _ in range(2):
        await due(office, clock, "facebook", "feed", {"message": "m"})
    for flying, wait_s in zip(await claim_due(office.parts, 5), (3600.0, 60.0), strict=True):
        await end(office, flying, Next.THROTTLED, Throttled("x", told=TOLD, retry_after_s=wait_s))
    assert (await account(office, "facebook")).throttled_until == clock() + timedelta(hours=1)


async def test_after_a_busy_day_of_reading_a_correction_still_goes(office: Office, clock: FakeClock) -> None:
    units = "youtube:units:c"
    word = Usage(units, "units", 10_000.0, 9_800.0, resets_at=clock() + timedelta(hours=5), shared=True)
    office.parts.usage.tell(None, word)
    await office.parts.usage.flush(office.parts.db, clock())
    routine = await due(office, clock, "youtube", "comment", COMMENT)
    correction = await due(office, clock, "youtube", "comment", COMMENT, urgent=True)
    assert await claimed(office) == [correction]
    assert (await row(office, routine)).error_code == "budget"
    async with office.parts.db.read() as session:
        stopped = await reading_stopped_by(session, office.parts, await account(office, "youtube"))
        assert stopped is not None and units in stopped.vi and units in stopped.en
        assert await reading_stopped_by(session, office.parts, await account(office, "facebook")) is None


async def test_every_office_of_an_app_sees_its_limits(office: Office, clock: FakeClock) -> None:
    other = await create_organisation(office.parts, "Xã Bình Minh")
    secrets = {"refresh_token": "r", "client_id": "c", "client_secret": "s"}
    theirs = await add_account(
        office.parts, other, kind="youtube", remote_id="UC9", name="B", settings={}, secrets=secrets
    )
    async with office.parts.db.read() as session:
        channel = office.parts.channel(await session.get_one(Account, theirs))
    assert isinstance(channel, YouTubeChannel)
    channel._spend("youtube.videos.insert")
    chats = [f"telegram:chat:{office.id}", "telegram:chat:-100777"]
    for chat in chats:
        office.parts.usage.tell(None, Usage(chat, "messages", blocked_until=clock() + timedelta(minutes=1)))
    await office.parts.usage.flush(office.parts.db, clock())
    async with office.parts.db.read() as session:
        seen = {n: [b.key for b in await budgets_of(session, n, clock())] for n in (office.id, other)}
        assert len((await session.exec(select(Budget))).all()) == 3
    assert seen == {office.id: [UPLOADS], other: [UPLOADS]}  # nobody sees the chats of others
