"""Shows a composed payload field by field, exactly as it will be sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from channels.base import MediaFile, Outgoing


@dataclass(frozen=True)
class Shown:
    """A payload as rows of (field, value); `form` is the platform's own form."""

    channel: str
    form: str
    rows: Sequence[tuple[str, str]]
    media: Sequence[MediaFile] = ()


def show(out: Outgoing) -> Shown:
    """Return what will be sent."""
    return Shown(out.channel, out.form, tuple(flatten(out.payload)), out.media)


def show_stored(channel: str, form: str, payload: Mapping[str, Any]) -> Shown:
    """Return what a delivery carries since it was approved."""
    return Shown(channel, form, tuple(flatten(payload)))


def flatten(value: object, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield every leaf of plain JSON with its path: ``snippet.title``, ``body[0].content``."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from flatten(inner, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value):
            yield from flatten(inner, f"{name}[{number}]")
    else:
        yield name, "" if value is None else str(value)
