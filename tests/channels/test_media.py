"""What a file is: as players show it, not as it lies on the disk."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from channels.media import probe
from channels.sandbox.pictures import clip


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
