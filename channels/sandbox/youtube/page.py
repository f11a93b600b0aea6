"""What the page shows of a clip beside its words: thumbnail, captions, playlists, comments that are held back."""

from __future__ import annotations

import base64
import html
from collections.abc import Sequence
from typing import Final

from channels.sandbox.core import Item, Remark

_MOST_SHOWN: Final = 400_000
_PNG: Final = b"\x89PNG"
_HELD: Final = {"heldForReview": "chờ duyệt / held for review", "rejected": "bị từ chối / rejected"}


def beside(item: Item, playlists: Sequence[str], held: Sequence[tuple[Remark, str]]) -> str:
    """Return it as HTML, everything escaped; empty where there is nothing."""
    tracks = [track["snippet"]["language"] for track in item.extra.get("captions", ())]
    lines = [
        f"<p class='meta'>{name}: {html.escape(', '.join(words))}</p>"
        for name, words in (("Phụ đề / captions", tracks), ("Danh sách phát / playlists", playlists))
        if words
    ]
    return _thumbnail(item) + "".join(lines) + "".join(_held(remark, status) for remark, status in held)


def _thumbnail(item: Item) -> str:
    if not item.picture or "thumbnail" not in item.extra:
        return ""
    if len(item.picture) > _MOST_SHOWN:
        return f"<p class='meta'>Ảnh thu nhỏ / thumbnail: {len(item.picture)} byte</p>"
    mime = "image/png" if item.picture.startswith(_PNG) else "image/jpeg"
    data = base64.b64encode(item.picture).decode()
    return f"<img alt='Ảnh thu nhỏ / thumbnail' src='data:{mime};base64,{data}'>"


def _held(remark: Remark, status: str) -> str:
    said = f"{html.escape(remark.author)}: {html.escape(remark.text)}"
    return f"<p class='meta'>🔒 {_HELD.get(status, status)} – {said}</p>"
