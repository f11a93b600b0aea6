"""The scripted day keeps its promises for every seed, and the media are what they say."""

from __future__ import annotations

import io
from collections import Counter
from datetime import timedelta
from functools import lru_cache

import av
import pytest
from PIL import Image

from channels.sandbox.pictures import clip, picture
from channels.sandbox.scenario import LINES, VARIANTS, Script, scripted_day
from channels.sandbox.wording import without_marks

SEEDS = range(12)


@lru_cache
def day(seed: int) -> Script:
    """One day, built once."""
    return scripted_day(seed)


@pytest.mark.parametrize("seed", SEEDS)
def test_one_rumour_of_ten_by_many_writers_in_its_window(seed: int) -> None:
    spread = [line for line in day(seed).said if line.kind == "rumour"]
    assert len({line.text for line in spread}) == VARIANTS
    assert len({line.author for line in spread}) >= 8
    assert spread[-1].offset - spread[0].offset <= timedelta(minutes=45)
    assert sum(line.text == without_marks(line.text) for line in spread) >= 2
    assert day(seed).third is spread[2] or day(seed).third.author not in {s.author for s in spread[:2]}


@pytest.mark.parametrize("seed", [*SEEDS, *range(12, 60)])
def test_the_rumour_crosses_channels(seed: int) -> None:
    assert len({line.channel for line in day(seed).said if line.kind == "rumour"}) >= 2


@pytest.mark.parametrize("seed", SEEDS)
def test_it_hides_among_two_thousand_other_lines(seed: int) -> None:
    script = day(seed)
    kinds = Counter(line.kind for line in script.said)
    others = {k: n for k, n in kinds.items() if k not in ("rumour", "denial", "doubt")}
    assert sum(others.values()) == LINES and kinds["denial"] and kinds["doubt"]
    assert others["criticism"] > 300
    assert len({line.text for line in script.said}) == len(script.said)
    near = [line for line in script.said if abs(line.offset - script.third.offset) < timedelta(minutes=30)]
    assert sum(line.kind == "criticism" for line in near) >= 20


@pytest.mark.parametrize("seed", SEEDS)
def test_nobody_writes_before_the_post_or_after_the_day(seed: int) -> None:
    script = day(seed)
    assert [line.offset for line in script.said] == sorted(line.offset for line in script.said)
    for line in script.said:
        earliest = script.posts[line.post].offset if line.post is not None else timedelta()
        assert earliest <= line.offset <= script.length
        assert line.post is None or line.channel in script.posts[line.post].texts


def test_a_seed_is_a_day() -> None:
    assert scripted_day(7) == day(7) or scripted_day(7).said == day(7).said
    assert len({day(seed).rumour.key for seed in SEEDS}) > 3
    assert day(1).said != day(2).said


@pytest.mark.parametrize("seed", SEEDS)
def test_history_is_five_weeks_without_the_rumour(seed: int) -> None:
    script = day(seed)
    claims = {*script.rumour.wordings}
    assert max(p.before for p in script.history) <= timedelta(days=35)
    assert max(p.before for p in script.history) > timedelta(days=28)
    for past in script.history:
        assert past.figures and all(value >= 0 for value in past.figures.values())
        assert all(timedelta() < r.after < past.before and r.text not in claims for r in past.remarks)


def test_picture_is_a_jpeg_of_its_size() -> None:
    with Image.open(io.BytesIO(picture("Tiêm chủng tại Gò Thông", 1))) as image:
        assert (image.format, image.size) == ("JPEG", (1200, 630))


def test_clip_plays_and_has_a_sound_track() -> None:
    with av.open(io.BytesIO(clip("Năm bước", 1, seconds=2)), "r") as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        assert (video.codec_context.name, video.width, video.height) == ("h264", 640, 360)
        assert audio.codec_context.name == "aac"
        assert len(list(container.decode(video))) == 24
