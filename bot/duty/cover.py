"""A plain official cover picture for notices on channels that cannot go without one (Zalo articles)."""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path

from matplotlib.font_manager import findfont
from PIL import Image, ImageDraw, ImageFont

SIZE = (1200, 630)


def notice_cover(folder: Path, organisation: str) -> Path:
    """Draw (once per organisation) a JPEG of 1200 x 630 pixels and return where it lies. Blocking."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"cover-{hashlib.sha256(organisation.encode()).hexdigest()[:16]}.jpg"
    if path.exists():
        return path
    picture = Image.new("RGB", SIZE, "#0b3d6e")
    draw = ImageDraw.Draw(picture)
    big, small = (ImageFont.truetype(findfont("DejaVu Sans"), size) for size in (84, 44))
    draw.rectangle((0, SIZE[1] - 26, SIZE[0], SIZE[1]), fill="#c8102e")
    draw.text((80, 190), "THÔNG BÁO\nCHÍNH THỨC", font=big, fill="white", spacing=24)
    draw.text((80, 480), organisation[:44], font=small, fill="#dbe7f3")
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    picture.save(part, "JPEG", quality=88)
    part.replace(path)  # whole or not at all: what lies there is trusted
    return path
