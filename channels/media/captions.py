"""Captions: SubRip and WebVTT files, read line by line. What is wrong with one is named by its line.

Strict where platforms are: UTF-8, whole times, each cue ending after it begins and none beginning before the one above.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from channels.base import SUBRIP, WEBVTT
from channels.media.errors import MediaError

SUFFIXES: Final = {".srt": SUBRIP, ".vtt": WEBVTT}
MOST_LINE: Final = 10_000
"""Bytes of one line: whoever has longer ones has no captions there, and a line is held in memory."""
_SRT = re.compile(r"(\d{2,}):(\d\d):(\d\d),(\d{3})")
_VTT = re.compile(r"(?:(\d{2,}):)?(\d\d):(\d\d)\.(\d{3})")
_NO_CUE = ("NOTE", "STYLE", "REGION")


@dataclass
class _Reader:
    """Follows one file from block to block; `begun` is when the cue above began, in milliseconds."""

    name: str
    mime: str
    cues: int = 0
    begun: int = 0
    ends: int = 0

    def block(self, lines: list[tuple[int, str]]) -> None:
        """Take the lines between two empty ones."""
        at, first = lines[0]
        if self.mime == WEBVTT and first.split()[0] in _NO_CUE:
            return
        if self.mime == SUBRIP and not first.strip().isdecimal():
            raise self.wrong(at, "phải là số thứ tự của phụ đề", "the number of a cue must stand here")
        timing = next(((n, line) for n, line in lines[:2] if "-->" in line), None)
        if timing is None:
            raise self.wrong(
                at, "sau dòng này thiếu thời gian dạng A --> B", "the times of this cue are missing: write A --> B"
            )
        self.cue(*timing)

    def cue(self, at: int, line: str) -> None:
        """Take the times of one cue."""
        begins, _, rest = line.partition("-->")
        start, end = (self.moment(at, text) for text in (begins.strip(), (rest.split() or [""])[0]))
        if end <= start:
            raise self.wrong(at, "phụ đề kết thúc trước khi bắt đầu", "the cue ends before it begins")
        if start < self.begun:
            raise self.wrong(
                at, "phụ đề bắt đầu trước phụ đề ở trên", "the cue begins before the one above: sort them by time"
            )
        self.begun, self.ends, self.cues = start, max(self.ends, end), self.cues + 1

    def moment(self, at: int, text: str) -> int:
        """Return a time in milliseconds."""
        found = (_VTT if self.mime == WEBVTT else _SRT).fullmatch(text)
        if found is None or int(found[2]) > 59 or int(found[3]) > 59:
            form = "00:00:05.000" if self.mime == WEBVTT else "00:00:05,000"
            raise self.wrong(at, f"thời gian “{text}” phải viết dạng {form}", f"write the time “{text}” as {form}")
        hours, minutes, seconds, rest = (int(part or 0) for part in found.groups())
        return ((hours * 60 + minutes) * 60 + seconds) * 1000 + rest

    def wrong(self, at: int, vi: str, en: str) -> MediaError:
        """Return what is said of a line."""
        return MediaError(f"Tệp phụ đề {self.name}, dòng {at}: {vi}.", f"Captions {self.name}, line {at}: {en}.")


def read_captions(path: Path) -> tuple[str, float]:
    """Return the type of a captions file and the second at which its last cue ends. Raises `MediaError`."""
    reader = _Reader(path.name, SUFFIXES[path.suffix.lower()])
    lines = _lines(path, reader)
    if reader.mime == WEBVTT and not re.match(r"WEBVTT(\s|$)", next(lines, (1, ""))[1]):
        raise reader.wrong(1, "tệp VTT phải bắt đầu bằng WEBVTT", "a VTT file begins with WEBVTT")
    block: list[tuple[int, str]] = []
    in_header = reader.mime == WEBVTT
    for number, line in lines:
        if line.strip():
            if not in_header and len(block) < 2:  # the words of a cue may be anything
                block.append((number, line))
            continue
        in_header = False
        if block:
            reader.block(block)
            block = []
    if block:
        reader.block(block)
    if not reader.cues:
        raise reader.wrong(1, "không có phụ đề nào", "there is no cue in it")
    return reader.mime, reader.ends / 1000


def _lines(path: Path, reader: _Reader) -> Iterator[tuple[int, str]]:
    with path.open("rb") as file:
        number = 0
        while line := file.readline(MOST_LINE + 1):
            number += 1
            if len(line) > MOST_LINE:
                raise reader.wrong(number, "dòng quá dài, đây không phải phụ đề", "the line is too long for captions")
            try:
                text = line.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError:
                raise reader.wrong(
                    number, "không phải UTF-8, hãy lưu lại tệp với mã UTF-8", "this is no UTF-8: save the file as UTF-8"
                ) from None
            yield number, text.rstrip("\r\n")
