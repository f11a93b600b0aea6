"""Reads forms: texts cleaned at the door, files streamed to disk and never held in memory."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import unicodedata
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePath
from zoneinfo import ZoneInfo

from aiohttp import BodyPartReader, web

from bot.console.guard import REST_OF_FORM
from bot.console.viewer import PARTS
from bot.parts import Refused

MOST_TEXT = 2_000_000
"""Bytes of all text fields together; aiohttp holds the same limit for plain forms."""
MOST_FILE = 2_000_000_000
"""Bytes of one file. The channels' own limits are stricter and are told by name."""
KEEP_FREE = 500_000_000
"""Bytes that stay free on the disk: a full disk would stop the database."""
_CHUNK = 256 * 1024


class BadField(Refused):
    """What was typed in one field cannot be taken; `at` is the field's name, so that it can be said beside it."""

    def __init__(self, at: str, vi: str, en: str) -> None:
        super().__init__(vi, en, at=at)


@dataclass
class Form:
    """What was sent: every value of every field, and the files on disk by field."""

    values: dict[str, list[str]] = field(default_factory=dict)
    files: dict[str, Path] = field(default_factory=dict)

    def text(self, name: str, most: int = 200) -> str:
        """Return one line or text, without surrounding blanks, cut at `most` characters."""
        return self.raw(name).strip()[:most]

    def raw(self, name: str) -> str:
        """Return a text as typed, or an empty one."""
        return self.values.get(name, [""])[-1]

    def all(self, name: str) -> list[str]:
        """Return every value of a field (checkboxes)."""
        return self.values.get(name, [])

    def number(self, name: str, least: int, most: int) -> int:
        """Return a whole number between the bounds; `least` when it is none."""
        text = self.raw(name).strip()
        return min(max(int(text), least), most) if text.isdecimal() and len(text) < 10 else least

    def moment(self, name: str, tz: ZoneInfo) -> datetime | None:
        """Return a time typed in the office's zone; None when empty. Raises `BadField` when it is no time."""
        return moment(self.raw(name), name, tz)


def moment(text: str, at: str, tz: ZoneInfo) -> datetime | None:
    """Return a time typed in a zone into the field `at`; None when empty. Raises `BadField` when it is no time."""
    if not text.strip():
        return None
    try:
        return datetime.fromisoformat(text.strip()).replace(tzinfo=tz)
    except ValueError:
        raise BadField(
            at, "Giờ không đúng dạng; hãy chọn ngày và giờ.", "That is no date and time; choose both."
        ) from None


def clean(text: str) -> str:
    """Return typed text as it is kept: NFC, plain line ends, no control characters (a database may refuse them)."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))


@asynccontextmanager
async def read_form(request: web.Request) -> AsyncIterator[Form]:
    """Read a plain or multipart form. Files lie in a folder that is removed when the block ends."""
    rest = request.get(REST_OF_FORM)
    if rest is None:
        posted, plain = await request.post(), Form()
        for name, value in posted.items():
            plain.values.setdefault(name, []).append(clean(str(value)))
        yield plain
        return
    home = request.app[PARTS].settings.data_dir / "uploads"
    home.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=home))
    try:
        form, left = Form(), MOST_TEXT
        try:
            while (part := await rest.next()) is not None:
                if not isinstance(part, BodyPartReader) or not part.name:
                    raise web.HTTPBadRequest
                if part.filename is None:
                    text = await _text(part, left)
                    left -= len(text)
                    form.values.setdefault(part.name, []).append(clean(text.decode("utf-8", "replace")))
                elif part.filename:
                    form.files[part.name] = await _file(part, folder)
        except ValueError:
            raise web.HTTPBadRequest from None
        yield form
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


async def _text(part: BodyPartReader, left: int) -> bytes:
    data = bytearray()
    while chunk := await part.read_chunk(_CHUNK):
        data += chunk
        if len(data) > left:
            raise web.HTTPRequestEntityTooLarge(max_size=MOST_TEXT, actual_size=len(data))
    return bytes(data)


async def _file(part: BodyPartReader, folder: Path) -> Path:
    """Write one file to disk under a safe name that still tells the author which file a message is about."""
    suffix = PurePath(part.filename or "").suffix.lower()[:8]
    stem = "".join(c for c in PurePath(part.filename or "").stem if c.isalnum() or c in "-_ ")[:60].strip() or "tep"
    path = folder / f"{stem}{suffix if suffix[1:].isalnum() else ''}"
    room = min(MOST_FILE, shutil.disk_usage(folder).free - KEEP_FREE)
    size = 0
    with await asyncio.to_thread(path.open, "wb") as file:
        while chunk := await part.read_chunk(_CHUNK):
            size += len(chunk)
            if size > room:
                raise Refused(
                    f"Tệp quá lớn: nhận tối đa {max(room, 0) // 1_000_000} MB. Hãy nén lại rồi thử lại.",
                    f"The file is too big: at most {max(room, 0) // 1_000_000} MB are taken. Compress it first.",
                )
            await asyncio.to_thread(file.write, chunk)
    return path
