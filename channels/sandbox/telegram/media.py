"""Photos, clips and documents: what is taken, under which file id it is kept, and how a message shows it."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

from PIL import Image, UnidentifiedImageError

from channels.sandbox.core import Refusal
from channels.sandbox.telegram.rules import RULES

MOST_PHOTO: Final = 10_000_000
MOST_DOWNLOAD: Final = 20_000_000
MOST_SIDES: Final = 10_000
MOST_RATIO: Final = 20


@dataclass(frozen=True)
class StoredFile:
    """A file that was sent. `kind` is `photo`, `video` or `document`; one kind's id is no file of another."""

    file_id: str
    kind: str
    data: bytes
    name: str = ""
    width: int = 0
    height: int = 0
    seconds: int = 0

    @property
    def unique(self) -> str:
        """The id that is the same for every bot."""
        return f"u{self.file_id[4:]}"

    @property
    def path(self) -> str:
        """Where it lies under /file/bot<token>/."""
        return f"{self.kind}s/file_{self.file_id[4:]}{self.suffix}"

    @property
    def suffix(self) -> str:
        """The ending of its path."""
        if self.kind == "photo":
            return ".jpg"
        if self.kind == "video":
            return ".mp4"
        return f".{self.name.rpartition('.')[2]}" if "." in self.name else ""

    def shown(self) -> Any:
        """The part of a message that shows it: a list of sizes for a photo."""
        ids = {"file_id": self.file_id, "file_unique_id": self.unique, "file_size": len(self.data)}
        if self.kind == "photo":
            return [ids | {"width": self.width, "height": self.height}]
        if self.kind == "video":
            ids |= {"width": self.width, "height": self.height, "duration": self.seconds, "mime_type": "video/mp4"}
        return ids | ({"file_name": self.name} if self.name else {})


def check_file(kind: str, data: bytes, shape: tuple[int, int, int] = (0, 0, 0)) -> tuple[int, int]:
    """Refuse what cannot be sent as this kind; return width and height, a clip's as its sender says."""
    if not data:
        raise Refusal(RULES["empty_file"])
    return _photo_size(data) if kind == "photo" else shape[:2]


def _photo_size(data: bytes) -> tuple[int, int]:
    if len(data) > MOST_PHOTO:
        raise Refusal(RULES["photo_size"], size=len(data))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(BytesIO(data)) as picture:
                width, height = picture.size
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Refusal(RULES["photo"]) from None
    except (UnidentifiedImageError, OSError):
        raise Refusal(RULES["not_image"]) from None
    if width + height > MOST_SIDES or max(width, height) > MOST_RATIO * min(width, height):
        raise Refusal(RULES["photo"])
    return width, height
