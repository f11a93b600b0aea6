"""The files of a post: kept whole or not at all, and changed only where nobody has them yet."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlmodel import select, update

from bot.parts import Refused
from bot.publishing import attaching
from channels.sandbox.pictures import picture
from models.delivery import Delivery
from models.post import Media
from models.states import DeliveryState
from tests.bot.conftest import Office
from tests.bot.publishing.steps import partly_out, pending
from tests.conftest import FakeClock


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A picture that the author attaches."""
    file = tmp_path / "a.jpg"
    file.write_bytes(picture("Ảnh", 1, (400, 210)))
    return file


async def channels_of_files(office: Office, post_id: int) -> list[list[str]]:
    """For which channels each file of the post is."""
    async with office.parts.db.read() as session:
        return list((await session.exec(select(Media.channels).where(Media.post_id == post_id))).all())


async def test_half_a_copy_that_a_crash_left_is_not_trusted(office: Office, clock: FakeClock, file: Path) -> None:
    post_id = await pending(office, clock)
    folder = office.parts.settings.data_dir / "media"
    kept = (await asyncio.to_thread(attaching.keep_file, file, folder, "ảnh", "")).file.path
    kept.write_bytes(file.read_bytes()[:100])
    await attaching.attach_media(office.parts, office.people["author"], post_id, file, alt_text="ảnh")
    assert kept.read_bytes() == file.read_bytes()
    assert [p.name for p in kept.parent.iterdir()] == [kept.name]


async def test_of_a_post_that_is_partly_out_only_a_file_for_the_other_channels_changes(
    office: Office, clock: FakeClock, file: Path
) -> None:
    author, post_id = office.people["author"], await partly_out(office, clock)
    for channels in ((), ("facebook",), ("facebook", "viber")):
        with pytest.raises(Refused, match="for the other channels alone"):
            await attaching.attach_media(office.parts, author, post_id, file, alt_text="ảnh", channels=channels)
    assert await channels_of_files(office, post_id) == []
    await attaching.attach_media(office.parts, author, post_id, file, alt_text="ảnh", channels=("viber",))
    assert await channels_of_files(office, post_id) == [["viber"]]


async def test_files_of_a_post_that_every_channel_refused_may_change(
    office: Office, clock: FakeClock, file: Path
) -> None:
    post_id = await partly_out(office, clock)
    async with office.parts.db.write() as session:
        await session.exec(update(Delivery).values(state=DeliveryState.REFUSED))
    await attaching.attach_media(office.parts, office.people["author"], post_id, file, alt_text="ảnh")
    assert await channels_of_files(office, post_id) == [[]]
