"""Which file each channel gets: a picture fitted to it, captions and a thumbnail with the clip; all of it approved."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bot.publishing.attaching import attach_media
from bot.publishing.content import Bundle, MediaAddress, files_for, going_to, load, media_of
from bot.publishing.writing import VariantDraft, create_post, review_post
from channels.base import SUBRIP, MediaLimit
from channels.media import probe
from channels.registry import CHANNELS
from channels.review.files import fits
from channels.sandbox.pictures import clip, picture
from models.post import Media, Post
from tests.bot.conftest import Office
from tests.bot.publishing.steps import draft, pending
from tests.conftest import FakeClock


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A picture that the author attaches."""
    file = tmp_path / "a.jpg"
    file.write_bytes(picture("Ảnh", 1, (400, 210)))
    return file


async def heavy_photograph(office: Office, clock: FakeClock, folder: Path, **words: Any) -> tuple[Bundle, Media]:
    """A post for Facebook and Zalo with a photograph of 2.5 MB that says where it was taken."""
    author = office.people["author"]
    texts = {kind: VariantDraft(text="Lũ", title="Lũ") for kind in ("facebook", "zalo")}
    post_id = await create_post(office.parts, author, draft(clock, variants=texts))
    photograph, notes = folder / "IMG_1.JPG", Image.Exif()
    notes.get_ifd(0x8825)[2] = (10.0, 46.0, 30.0)
    Image.effect_noise((1600, 1200), 90).convert("RGB").save(photograph, quality=95, exif=notes)
    await attach_media(office.parts, author, post_id, photograph, alt_text="Lũ", **words)
    async with office.parts.db.read() as session:
        bundle = await load(session, await session.get_one(Post, post_id))
    return bundle, bundle.media[-1]


async def test_each_channel_gets_the_picture_in_a_size_it_takes_and_nothing_else_of_it(
    office: Office, clock: FakeClock, tmp_path: Path
) -> None:
    bundle, media = await heavy_photograph(office, clock, tmp_path)
    address = MediaAddress("https://loa.example", b"key")
    for channel in ("facebook", "zalo"):
        [file] = files_for(channel, bundle.post, bundle.media, address)
        limit = CHANNELS[channel].limits.picture
        assert limit is not None and fits(file, limit) and file.alt_text == "Lũ" and file.name == "IMG_1.JPG"
        assert probe(file.path).sha256 == file.sha256 and file.sha256 in file.public_url
        with Image.open(file.path) as seen:
            assert not seen.getexif()
    whole = probe(Path(media.path))
    limits = {kind: channel.limits.picture for kind, channel in CHANNELS.items()}
    assert set(media.renditions) == {k for k, limit in limits.items() if limit is not None and not fits(whole, limit)}
    assert "zalo" in media.renditions and "facebook" not in media.renditions
    assert not [p for p in Path(media.path).parent.iterdir() if p.is_dir()], "the bench is cleared"


async def test_a_yes_covers_what_each_channel_gets(office: Office, clock: FakeClock, tmp_path: Path) -> None:
    bundle, media = await heavy_photograph(office, clock, tmp_path)
    before = bundle.content_hash()
    assert before == bundle.post.content_hash
    media.renditions = {**media.renditions, "zalo": {**media.renditions["zalo"], "sha256": "0" * 64}}
    assert bundle.content_hash() != before


async def test_what_the_office_put_on_the_web_itself_is_what_a_platform_fetches(
    office: Office, clock: FakeClock, tmp_path: Path
) -> None:
    own = "https://media.example.vn/a.jpg"
    bundle, media = await heavy_photograph(office, clock, tmp_path, public_url=own)
    [file] = files_for("zalo", bundle.post, bundle.media, MediaAddress("", b"key"))
    assert (file.public_url, file.sha256) == (own, media.sha256)


async def test_captions_and_a_thumbnail_go_with_the_clip_to_the_channels_that_take_them(
    office: Office, clock: FakeClock, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words, film = tmp_path / "a.srt", tmp_path / "a.mp4"
    words.write_text("1\n00:00:00,000 --> 00:00:01,000\nXin chào\n")
    film.write_bytes(clip("Lũ", 1, 2, (160, 90)))
    taking = replace(
        CHANNELS["youtube"].limits,
        captions=MediaLimit(frozenset({SUBRIP}), 10**6),
        thumbnail=MediaLimit(frozenset({"image/jpeg"}), 10**6),
    )
    without = replace(CHANNELS["viber"].limits, captions=None, thumbnail=None)
    monkeypatch.setattr(CHANNELS["youtube"], "limits", taking)
    monkeypatch.setattr(CHANNELS["viber"], "limits", without)
    post_id, author, parts = await pending(office, clock), office.people["author"], office.parts
    await attach_media(parts, author, post_id, words, alt_text="", role="captions", language="en")
    await attach_media(parts, author, post_id, file, alt_text="Bìa", role="thumbnail")
    async with parts.db.read() as session:
        media = await media_of(session, await session.get_one(Post, post_id))
    assert [(m.kind, m.language, m.name) for m in media] == [("captions", "en", "a.srt"), ("thumbnail", "", "a.jpg")]
    assert going_to("youtube", media) == []
    review = await review_post(parts, office.id, post_id)
    assert [p.code for p in review[""]] == ["captions_without_clip", "thumbnail_without_clip"]
    await attach_media(parts, author, post_id, film, alt_text="Phim")
    async with parts.db.read() as session:
        media = await media_of(session, await session.get_one(Post, post_id))
    assert [m.kind for m in going_to("youtube", media)] == ["captions", "thumbnail", "clip"]
    assert [m.kind for m in going_to("viber", media)] == ["clip"]
