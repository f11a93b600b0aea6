"""Gives back what was typed into a form whose sign-in ran out meanwhile."""

from __future__ import annotations

from collections.abc import AsyncIterator

from aiohttp import BodyPartReader, web

from bot.console.options import written_fields

MOST_KEPT = 200_000
"""Bytes. Whoever sends them is not signed in: no more than a person writes is read."""
_WRITTEN = ("title", "common", "text-", "why", "alt_text")
"""The fields people write sentences in; never a password or a token."""


async def typed_texts(request: web.Request) -> list[str]:
    """Return the sentences of a form, each once. Files are not read."""
    found: dict[str, None] = {}
    options = written_fields()
    try:
        async for name, text in _fields(request):
            if (name.startswith(_WRITTEN) or name in options) and text.strip():
                found.setdefault(text.strip())
    except (ValueError, LookupError):
        return []
    return list(found)


async def _fields(request: web.Request) -> AsyncIterator[tuple[str, str]]:
    if not request.content_type.startswith("multipart/"):
        for name, value in (await request.post()).items():
            yield name, str(value)
        return
    reader, left = await request.multipart(), MOST_KEPT
    while (part := await reader.next()) is not None:
        if not isinstance(part, BodyPartReader) or part.filename is not None:
            return
        text = bytearray()
        while chunk := await part.read_chunk(8192):
            text += chunk
            if len(text) > left:
                return
        left -= len(text)
        yield part.name or "", text.decode("utf-8", "replace")
