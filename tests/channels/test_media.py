"""What a file is: as players show it, not as it lies on the disk."""

from __future__ import annotations

import struct
import subprocess
import sys
from pathlib import Path

import pytest

from channels.media import MediaError, probe
from channels.sandbox.pictures import clip, picture


def turned(film: bytes, quarters: int) -> bytes:
    """The film with the note that a telephone leaves: turn it by so many quarters."""
    cos, sin = ((1, 0), (0, 1), (-1, 0), (0, -1))[quarters % 4]
    matrix = struct.pack(">9i", cos << 16, sin << 16, 0, -sin << 16, cos << 16, 0, 0, 0, 1 << 30)
    at = film.index(b"tkhd") + 44  # the header of the first track, and what stands before the matrix in it
    return film[:at] + matrix + film[at + 36 :]


@pytest.mark.parametrize(("quarters", "seen"), [(0, (160, 90)), (1, (90, 160)), (2, (160, 90)), (3, (90, 160))])
def test_a_clip_is_as_wide_as_it_is_shown(tmp_path: Path, quarters: int, seen: tuple[int, int]) -> None:
    film = tmp_path / "a.mp4"
    film.write_bytes(turned(clip("Lũ", 1, 2, (160, 90)), quarters))
    found = probe(film)
    assert (found.kind, found.width, found.height) == ("clip", *seen)
    assert found.duration_s == pytest.approx(2, abs=0.1)


def test_how_a_clip_is_made_is_known(tmp_path: Path) -> None:
    film = tmp_path / "a.mp4"
    film.write_bytes(clip("Lũ", 1, 2, (160, 90)))
    found = probe(film)
    assert (found.fps, found.video_codec, found.audio_codec, found.mime) == (12, "h264", "aac", "video/mp4")


def test_a_clip_that_was_not_copied_whole_is_refused(tmp_path: Path) -> None:
    whole = clip("Lũ", 1, 2, (160, 90))
    film = tmp_path / "a.mp4"
    for left in (len(whole) - 1, len(whole) // 2, 40):
        film.write_bytes(whole[:left])
        with pytest.raises(MediaError):
            probe(film)
    film.write_bytes(whole + bytes(20))  # some cameras fill up
    assert probe(film).kind == "clip"


LOOK = """
import resource, sys
from pathlib import Path
from channels.media import probe
probe(Path(sys.argv[1]))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
probe(Path(sys.argv[2]))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_a_big_clip_is_never_whole_in_memory(tmp_path: Path) -> None:
    small, big = tmp_path / "a.mp4", tmp_path / "b.mp4"
    small.write_bytes(clip("Lũ", 1, 2, (160, 90)))
    with big.open("wb") as film:
        film.write(small.read_bytes() + (1).to_bytes(4, "big") + b"free" + (200_000_000).to_bytes(8, "big"))
        film.truncate(small.stat().st_size + 200_000_000)
    words = [sys.executable, "-c", LOOK, str(small), str(big)]
    grown_kb = int(subprocess.run(words, check=True, capture_output=True, text=True, timeout=60).stdout)
    assert grown_kb < 16_000


def test_a_thumbnail_is_a_picture_attached_as_one(tmp_path: Path) -> None:
    film, still = tmp_path / "a.mp4", tmp_path / "a.jpg"
    film.write_bytes(clip("Lũ", 1, 2, (160, 90)))
    still.write_bytes(picture("Lũ", 1, (64, 36)))
    assert (probe(still).kind, probe(still, role="thumbnail").kind) == ("picture", "thumbnail")
    with pytest.raises(MediaError, match="A thumbnail is a picture"):
        probe(film, role="thumbnail")
