"""Formatted text: HTML, MarkdownV2 and listed entities, read into plain words and spans counted in UTF-16 units."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any, Final, NoReturn

from channels.sandbox.core import Refusal
from channels.sandbox.telegram.rules import RULES

MOST_ENTITIES: Final = 100
Entity = dict[str, Any]
# the notes' tags, and the Bot API's other words for the same
_TAGS: Final = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "tg-spoiler": "spoiler", "a": "text_link",
    "code": "code", "pre": "pre", "blockquote": "blockquote",
}  # fmt: skip
_LISTED: Final = frozenset({*_TAGS.values(), "mention", "hashtag", "cashtag", "bot_command", "url", "email",
                            "phone_number", "text_mention", "custom_emoji", "expandable_blockquote"})  # fmt: skip
_TAG: Final = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)((?:\s[^<>]*)?)>")
_ATTRIBUTE: Final = re.compile(r"""([a-z-]+)\s*(?:=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?""")
_REFERENCE: Final = re.compile(r"&(?:lt|gt|amp|quot|#\d{1,7}|#x[0-9a-fA-F]{1,6});")
_RESERVED: Final = frozenset("_*[]()~`>#+-=|{}.!")
# longest first: `__` is one mark, not two
_MARKS: Final = {
    "v2": {"||": "spoiler", "__": "underline", "*": "bold", "_": "italic", "~": "strikethrough"},
    "v1": {"*": "bold", "_": "italic"},
}


def units(text: str) -> int:
    """The length of a text as Telegram counts it: UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2


def _cannot(reason: str) -> NoReturn:
    raise Refusal(RULES["entities"], reason=reason)


class _Built:
    """Plain words so far, and the spans over them."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.length = 0
        self.entities: list[Entity] = []

    def add(self, text: str) -> None:
        self.words.append(text)
        self.length += units(text)

    def close(self, kind: str, start: int, **more: str) -> None:
        """A span from `start` to here; one over nothing is left out."""
        if self.length > start:
            self.entities.append({"type": kind, "offset": start, "length": self.length - start, **more})

    def done(self) -> tuple[str, list[Entity]]:
        return "".join(self.words), self.entities


def read_text(text: str, mode: str, listed: list[Any] | None) -> tuple[str, list[Entity]]:
    """Return the words that count and at most 100 entities. `listed` is taken when there is no parse mode."""
    if "\x00" in text:
        _cannot("text must not contain a null character")
    readers: dict[str, Callable[[str], tuple[str, list[Entity]]]] = {
        "html": _html,
        "markdownv2": lambda t: _markdown(t, "v2"),
        "markdown": lambda t: _markdown(t, "v1"),
    }
    if mode and mode.lower() not in readers:
        raise Refusal(RULES["parse_mode"])
    plain, entities = readers[mode.lower()](text) if mode else (text, _checked(text, listed or []))
    return _trimmed(plain, entities)


def _trimmed(plain: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """White space around a message is dropped, and the spans move along."""
    lead = units(plain) - units(plain.lstrip())
    words = plain.strip()
    most, kept = units(words), []
    for entity in sorted(entities, key=lambda e: (e["offset"], -e["length"])):
        start = max(entity["offset"] - lead, 0)
        end = min(entity["offset"] + entity["length"] - lead, most)
        if end > start:
            kept.append(entity | {"offset": start, "length": end - start})
    return words, kept[:MOST_ENTITIES]


def _checked(text: str, listed: list[Any]) -> list[Entity]:
    """The `entities` parameter: known types within the text."""
    most = units(text)
    for entity in listed:
        if not isinstance(entity, dict) or entity.get("type") not in _LISTED:
            _cannot("unsupported entity type")
        offset, length = entity.get("offset"), entity.get("length")
        if type(offset) is not int or type(length) is not int or offset < 0 or length < 1:
            _cannot("entity offset and length must be numbers")
        if offset + length > most:
            _cannot(f"entity beginning at UTF-16 offset {offset} ends after the end of the text at {most}")
        if entity["type"] == "text_link" and not entity.get("url"):
            _cannot("text_link without a URL")
    return [dict(entity) for entity in listed]


# -- HTML ---------------------------------------------------------------------------------------------------------


def _html(text: str) -> tuple[str, list[Entity]]:
    built, at = _Built(), 0
    stack: list[tuple[str, int, dict[str, str]]] = []
    while at < len(text):
        if text[at] == "<":
            at = _tag(text, at, built, stack)
        elif text[at] == "&" and (found := _REFERENCE.match(text, at)):
            built.add(unescape(found[0]))
            at = found.end()
        else:
            end = min((i for i in (text.find("<", at), text.find("&", at + 1)) if i >= 0), default=len(text))
            built.add(text[at:end])
            at = end
    if stack:
        _cannot(f'can\'t find end tag corresponding to start tag "{stack[-1][0]}"')
    return built.done()


def _tag(text: str, at: int, built: _Built, stack: list[tuple[str, int, dict[str, str]]]) -> int:
    """Open or close one tag; return where the text goes on."""
    found, where = _TAG.match(text, at), len(text[:at].encode())
    if not found:
        _cannot(f'unsupported start tag "{text[at + 1 : at + 20]}" at byte offset {where}')
    closing, name, attributes = found[1], found[2].lower(), found[3]
    if closing:
        if not stack:
            _cannot(f"unexpected end tag at byte offset {where}")
        opened, start, more = stack.pop()
        if opened != name:
            _cannot(f'unmatched end tag at byte offset {where}, expected "</{opened}>", found "</{name}>"')
        _close(built, opened, start, more)
        return found.end()
    given = {m[1]: next((v for v in m.groups()[1:] if v is not None), "") for m in _ATTRIBUTE.finditer(attributes)}
    if name == "span" and given.get("class") == "tg-spoiler":
        given["kind"] = "spoiler"
    elif name not in _TAGS:
        _cannot(f'unsupported start tag "{name}" at byte offset {where}')
    stack.append((name, built.length, given))
    return found.end()


def _close(built: _Built, name: str, start: int, given: dict[str, str]) -> None:
    kind = given.get("kind") or _TAGS[name]
    if name == "a":
        if url := unescape(given.get("href", "")):  # a link to nowhere is plain words
            built.close(kind, start, url=url)
    elif name == "blockquote" and "expandable" in given:
        built.close("expandable_blockquote", start)
    elif name == "code" and (language := given.get("class", "").removeprefix("language-")):
        built.close(kind, start, language=language)
    else:
        built.close(kind, start)


# -- Markdown -----------------------------------------------------------------------------------------------------


def _markdown(text: str, version: str) -> tuple[str, list[Entity]]:
    built, at = _Built(), 0
    stack: list[tuple[str, int]] = []
    strict = version == "v2"
    while at < len(text):
        letter = text[at]
        if letter == "\\" and at + 1 < len(text) and (text[at + 1] in _RESERVED or (strict and text[at + 1] == "\\")):
            built.add(text[at + 1])
            at += 2
        elif letter == "`":
            at = _code(text, at, built)
        elif letter == "[":
            stack.append(("[", built.length))
            at += 1
        elif letter == "]" and stack and stack[-1][0] == "[":
            at = _link(text, at, built, stack.pop()[1])
        elif mark := next((m for m in _MARKS[version] if text.startswith(m, at)), ""):
            _mark(mark, _MARKS[version][mark], built, stack)
            at += len(mark)
        elif strict and letter == ">" and (at == 0 or text[at - 1] == "\n"):
            if not stack or stack[-1][0] != ">":
                stack.append((">", built.length))
            at += 1
        else:
            if strict and letter in _RESERVED:
                _cannot(f"character '{letter}' is reserved and must be escaped with the preceding '\\'")
            if letter == "\n":
                _end_quote(text, at, built, stack)
            built.add(letter)
            at += 1
    _end_quote("", 0, built, stack)
    if stack:
        _cannot(f"can't find end of the entity starting with '{stack[-1][0]}'")
    return built.done()


def _end_quote(text: str, at: int, built: _Built, stack: list[tuple[str, int]]) -> None:
    """A quotation ends with its last line that begins with `>`."""
    if stack and stack[-1][0] == ">" and text[at + 1 : at + 2] != ">":
        built.close("blockquote", stack.pop()[1])


def _mark(mark: str, kind: str, built: _Built, stack: list[tuple[str, int]]) -> None:
    if stack and stack[-1][0] == mark:
        built.close(kind, stack.pop()[1])
    elif any(open_mark == mark for open_mark, _ in stack):
        _cannot(f"can't find end of the entity starting with '{stack[-1][0]}'")
    else:
        stack.append((mark, built.length))


def _code(text: str, at: int, built: _Built) -> int:
    mark = "```" if text.startswith("```", at) else "`"
    end = text.find(mark, at + len(mark))
    while end > 0 and text[end - 1] == "\\":
        end = text.find(mark, end + 1)
    if end < 0:
        _cannot(f"can't find end of the entity starting with '{mark}'")
    words, start, more = text[at + len(mark) : end], built.length, {}
    if mark == "```" and (language := re.match(r"([a-zA-Z0-9+-]+)\n", words)):
        more, words = {"language": language[1]}, words[language.end() :]
    built.add(re.sub(r"\\([`\\])", r"\1", words))
    built.close("pre" if mark == "```" else "code", start, **more)
    return end + len(mark)


def _link(text: str, at: int, built: _Built, start: int) -> int:
    if text[at + 1 : at + 2] != "(" or (end := text.find(")", at)) < 0:
        return at + 1
    if url := text[at + 2 : end]:
        built.close("text_link", start, url=url)
    return end + 1
