"""A channel's own words in the form and beside the preview: `Channel.options`, whatever they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.console.form import Form
from channels.base import Channel, Option, TextLimit, measure
from channels.errors import Told
from channels.registry import CHANNELS
from channels.review.texts import YES, option_field

_WRITTEN = ("text", "long_text")
_YES = Told(vi="có", en="yes")


@dataclass(frozen=True)
class OptionField:
    """One option as it stands in the form; `name` is its field's name there."""

    name: str
    option: Option
    value: str = ""

    @property
    def values(self) -> list[str]:
        """What was chosen, where several can be."""
        return [v for v in (part.strip() for part in self.value.split(",")) if v]

    @property
    def length(self) -> int:
        """The text's length as the platform counts."""
        return measure(self.value, self.limit.unit) if self.limit else 0

    @property
    def limit(self) -> TextLimit | None:
        """How long it may be."""
        return self.option.limit

    @property
    def unknown(self) -> str:
        """A stored choice that is none any more: it is shown, so that nobody changes it unseen."""
        known = {value for value, _ in self.option.choices}
        return self.value if self.option.kind == "choice" and self.value not in {"", *known} else ""


def option_fields(channel: type[Channel], options: Mapping[str, str], *, edit: bool = False) -> list[OptionField]:
    """Return the fields of a channel's options with what is chosen; of an edit those that it takes."""
    asked = (o for o in channel.options if not edit or o.name in channel.edit_options)
    return [OptionField(name_of(channel, o), o, options.get(o.name, "")) for o in asked]


def name_of(channel: type[Channel], option: Option) -> str:
    """Return the name of an option's field; problems are said beside the field of this name."""
    return f"{option_field(option.name)}-{channel.kind}"


def read_options(channel: type[Channel], stored: Mapping[str, str], sent: Form) -> dict[str, str]:
    """Return the options as they were typed. Those that are no options of the channel (what a correction carries) stay
    as they are; what goes without saying is not stored."""
    known = {o.name for o in channel.options}
    found = {name: value for name, value in stored.items() if name not in known}
    for option in channel.options:
        value = _typed(option, sent, name_of(channel, option))
        if value and not (option.kind == "choice" and value == option.choices[0][0]):
            found[option.name] = value
    return found


def _typed(option: Option, sent: Form, name: str) -> str:
    if option.kind == "several":
        return ",".join(sent.all(name))
    if option.kind == "yes":
        return YES if YES in sent.all(name) else ""
    return sent.raw(name).strip()


def said_options(channel: str, options: Mapping[str, str]) -> list[tuple[Told, Sequence[Told]]]:
    """Return what was chosen, in words, for whoever approves it."""
    return [
        (option.label, _in_words(option, options[option.name]))
        for option in CHANNELS[channel].options
        if options.get(option.name)
    ]


def _in_words(option: Option, value: str) -> list[Told]:
    if option.kind == "yes":
        return [_YES]
    words, values = dict(option.choices), value.split(",") if option.kind == "several" else [value]
    return [words.get(v.strip()) or Told(vi=v, en=v) for v in values]


def written_fields() -> frozenset[str]:
    """Return the names of the fields in which people write sentences."""
    return frozenset(name_of(c, o) for c in CHANNELS.values() for o in c.options if o.kind in _WRITTEN)
