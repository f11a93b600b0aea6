"""A post is written, given its file and handed in at one stroke, or not at all."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import select

from bot.parts import Refused
from bot.publishing.handing_in import FileDraft, hand_in
from bot.publishing.writing import Invalid, VariantDraft
from channels.media import MediaError
from channels.sandbox.pictures import picture
from models.post import Media, Post, Timing, Variant
from models.states import PostState
from tests.bot.conftest import Office
from tests.bot.publishing.steps import draft, post_of, sign
from tests.conftest import FakeClock

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")


async def rows(office: Office) -> list[int]:
    """How many posts, variants and files there are."""
    async with office.parts.db.read() as session:
        return [len((await session.exec(select(table))).all()) for table in (Post, Variant, Media)]


async def test_it_waits_with_its_file(office: Office, clock: FakeClock, tmp_path: Path) -> None:
    file = tmp_path / "a.jpg"
    file.write_bytes(picture("Lịch", 5))
    only_facebook = {"facebook": VariantDraft(text="Lịch")}
    post_id = await hand_in(
        office.parts, office.people["author"], draft(clock, variants=only_facebook), FileDraft(file, "Bảng lịch")
    )
    assert (await post_of(office, post_id)).state == PostState.IN_REVIEW
    assert await rows(office) == [1, 1, 1]


@pytest.mark.parametrize("how", ["past", "too_long", "no_file", "no_picture", "auditor", "no_field"])
async def test_what_is_refused_leaves_nothing_behind(
    office: Office, clock: FakeClock, tmp_path: Path, how: str
) -> None:
    file = None
    wanted = draft(clock)
    if how == "past":
        wanted = draft(clock, due_at=clock() - timedelta(seconds=1))
    if how == "too_long":
        wanted = draft(clock, text="x" * 70_000)
    if how == "no_field":
        wanted = draft(clock, field="NONSENSE")
    if how in ("no_file", "no_picture"):
        file = FileDraft(tmp_path / "a.jpg")
        if how == "no_picture":
            file.path.write_bytes(b"this is no picture")
    with pytest.raises((Refused, MediaError)):
        await hand_in(office.parts, office.people["auditor" if how == "auditor" else "author"], wanted, file)
    assert await rows(office) == [0, 0, 0]


async def test_an_alt_text_that_is_missing_refuses_the_whole(office: Office, clock: FakeClock, tmp_path: Path) -> None:
    file = tmp_path / "a.jpg"
    file.write_bytes(picture("Lịch", 5))
    with pytest.raises(Invalid):
        await hand_in(office.parts, office.people["author"], draft(clock), FileDraft(file))
    assert await rows(office) == [0, 0, 0]


async def test_times_typed_in_the_offices_zone_are_approved_as_stored(office: Office, clock: FakeClock) -> None:
    """The hash of a time is that of the moment, not of the zone it was typed in."""
    due = (clock() + timedelta(hours=3)).astimezone(HANOI)
    times = {"window_from": due, "window_to": due + timedelta(hours=2), "embargo_until": due}
    post_id = await hand_in(office.parts, office.people["editor"], draft(clock, due_at=due, **times))
    assert await sign(office, post_id) == PostState.SCHEDULED


async def test_a_slot_post_has_no_time_of_its_own(office: Office, clock: FakeClock) -> None:
    post_id = await hand_in(office.parts, office.people["editor"], draft(clock, due_at=None, timing=Timing.SLOT))
    with pytest.raises(Refused, match="no free slot"):
        await sign(office, post_id)
