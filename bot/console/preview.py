"""Shows a composed payload twice: as its readers will see it, and field by field, exactly as it will be sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bot.console.look import Look, look_of
from bot.publishing.content import WHOLE_POST
from channels.base import Outgoing, Problem, Unit, measure
from channels.errors import Told
from channels.registry import CHANNELS
from channels.review.files import KINDS
from models.post import Media, Variant

_FILES = ("media", *KINDS)
"""What a problem with a file is called: all of them are put right at the one field for files."""


class Translation(StrEnum):
    """Whether a text is a machine's translation, and whether somebody signed it."""

    NONE = ""
    UNSIGNED = "unsigned"
    SIGNED = "signed"


def translation(variant: Variant) -> Translation:
    """Return what is marked beside a variant's text."""
    if not variant.machine_translated:
        return Translation.NONE
    return Translation.SIGNED if variant.signed_at else Translation.UNSIGNED


@dataclass(frozen=True)
class Counted:
    """The length of one field as the platform counts it, beside the most it takes."""

    part: str
    length: int
    most: int
    unit: Unit

    @property
    def over(self) -> bool:
        """Whether the platform would refuse it."""
        return self.length > self.most


@dataclass(frozen=True)
class Wrong:
    """What keeps a variant from going out, and the field of the form where it is put right."""

    at: str
    text: str


@dataclass(frozen=True)
class Shown:
    """A payload as rows of (field, value); `form` is the platform's own form. `look` None: a form without a picture
    of its own, shown by its fields alone. `places`: the accounts and items it goes to, where a channel has several;
    `number` tells the payloads of one channel apart; `options`: what was chosen of the channel's own words."""

    channel: str
    form: str
    rows: Sequence[tuple[str, str]]
    look: Look | None = None
    counted: Sequence[Counted] = ()
    places: Sequence[str] = ()
    number: int = 0
    translation: Translation = Translation.NONE
    options: Sequence[tuple[Told, Sequence[Told]]] = ()

    @property
    def key(self) -> str:
        """What its parts of the page are called."""
        return f"{self.channel}-{self.number}" if self.number else self.channel


def wrongs(problems: Mapping[str, Sequence[Problem]], language: str) -> dict[str, list[Wrong]]:
    """Return the problems by channel, in the reader's language."""
    return {channel: [_wrong(channel, p, language) for p in found] for channel, found in problems.items()}


def _wrong(channel: str, problem: Problem, language: str) -> Wrong:
    text = problem.told.en if language == "en" else problem.told.vi
    of_file = problem.field in _FILES
    if channel == WHOLE_POST:
        return Wrong("file" if of_file else problem.field, text)
    label = CHANNELS[channel].label
    at = "file" if of_file else f"{problem.field}-{channel}"
    return Wrong(at, text if label in text else f"{label}: {text}")


def show(out: Outgoing, *, name: str = "", media: Sequence[Media] = ()) -> Shown:
    """Return what will be sent. `name` is the account's, `media` the post's files."""
    rows = tuple(flatten(out.payload))
    look = look_of(out, name=name, media=media)
    said = CHANNELS[out.channel].counted(out)
    counted = tuple(Counted(c.part, measure(c.text, c.limit.unit), c.limit.most, c.limit.unit) for c in said)
    return Shown(out.channel, out.form, rows, look, counted)


def show_stored(
    channel: str, form: str, payload: Mapping[str, Any], *, name: str = "", media: Sequence[Media] = ()
) -> Shown:
    """Return what a delivery carries since it was approved."""
    return show(Outgoing(channel, form, payload), name=name, media=media)


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
