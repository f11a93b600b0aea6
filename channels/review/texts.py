"""Whether the words fit: their lengths as the platform counts them, and the channel's own options."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from channels.base import Content, Option, Problem, TextLimit, Unit, chosen, measure
from channels.errors import Told

if TYPE_CHECKING:
    from channels.base import Channel

_UNIT_VI = {Unit.CHARACTERS: "ký tự", Unit.UTF8_BYTES: "byte UTF-8", Unit.UTF16_UNITS: "đơn vị UTF-16"}
_UNIT_EN = {Unit.CHARACTERS: "characters", Unit.UTF8_BYTES: "UTF-8 bytes", Unit.UTF16_UNITS: "UTF-16 units"}
YES = "true"


def option_field(name: str) -> str:
    """Return what a problem with an option calls its field, so that a form can say it beside that option."""
    return f"option-{name}"


def length(label: str, name: str, vi: str, en: str, text: str, limit: TextLimit, field: str = "") -> list[Problem]:
    """Return what is wrong with the length of one text; `vi` and `en` name it, `field` where it is put right."""
    actual, field = measure(text, limit.unit), field or name
    if actual > limit.most:
        over = actual - limit.most
        told = Told(
            vi=f"{vi} dài {actual} {_UNIT_VI[limit.unit]}, {label} nhận tối đa {limit.most}: hãy rút bớt {over}.",
            en=f"{en} has {actual} {_UNIT_EN[limit.unit]}; {label} takes at most {limit.most}: cut {over}.",
        )
        return [Problem(f"{name}_too_long", field, told, limit.most, actual)]
    if actual >= limit.least:
        return []
    if not actual:
        told = Told(
            vi=f"{vi} trên {label} không được để trống: hãy viết.", en=f"{en} is required on {label}: write it."
        )
        return [Problem(f"{name}_missing", field, told, limit.least, actual)]
    told = Told(
        vi=f"{vi} chỉ dài {actual} {_UNIT_VI[limit.unit]}, {label} cần ít nhất {limit.least}: hãy viết thêm.",
        en=f"{en} has only {actual} {_UNIT_EN[limit.unit]}; {label} needs at least {limit.least}: write more.",
    )
    return [Problem(f"{name}_too_short", field, told, limit.least, actual)]


def lacks(label: str, name: str, vi: str, en: str) -> Problem:
    """Return the problem of a channel that does not take what is there."""
    told = Told(
        vi=f"{label} không nhận {vi}; hãy bỏ khỏi bản cho kênh này.",
        en=f"{label} does not take {en}; leave them out of this channel's variant.",
    )
    return Problem(f"{name}_unsupported", name, told)


def review_options(channel: type[Channel], content: Content) -> list[Problem]:
    """Return what is wrong with the channel's own words: a value that is none of the choices, a text too long."""
    return [p for option in channel.options for p in _option(channel.label, option, content)]


def _option(label: str, option: Option, content: Content) -> Iterator[Problem]:
    value, field = content.options.get(option.name, ""), option_field(option.name)
    vi, en = f"“{option.label.vi}”", f"“{option.label.en}”"
    takes = {YES: option.label} if option.kind == "yes" else dict(option.choices)
    if option.kind in ("yes", "choice", "several"):
        values = chosen(option, content) if option.kind == "several" else [value] if value else []
        for unknown in (each for each in values if each not in takes):
            told = Told(
                vi=f"{vi} trên {label} không có giá trị “{unknown}”: hãy chọn {' hoặc '.join(takes)}.",
                en=f"{en} on {label} has no value “{unknown}”: choose {' or '.join(takes)}.",
            )
            yield Problem("option_unknown", field, told)
    elif option.kind == "text" and "\n" in value:
        told = Told(
            vi=f"{vi} trên {label} chỉ gồm một dòng: hãy bỏ xuống dòng.",
            en=f"{en} on {label} is one line: remove the line breaks.",
        )
        yield Problem("option_lines", field, told)
    if option.limit is not None:
        yield from length(label, option.name, vi, en, value, option.limit, field)
