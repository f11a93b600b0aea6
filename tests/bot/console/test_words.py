"""Every sentence of the console exists in English, and no catalogue entry is left over."""

from __future__ import annotations

import re
from pathlib import Path

from babel.messages.pofile import read_po

from bot.console import labels
from bot.console.words import LOCALE_DIR, words

CONSOLE = Path(labels.__file__).parent
_CALL = re.compile(r"""(?:(?<![\w.])_|self\._|gettext)\(\s*(["'])(.+?)\1\s*[,)]""", re.S)
_DEED = re.compile(r"""deed\(\s*\w+,\s*"(.+?)\"""", re.S)


def used() -> set[str]:
    """What templates, code and tables say."""
    files = [*CONSOLE.glob("templates/*.html"), *CONSOLE.glob("*.py")]
    texts = {path: path.read_text(encoding="utf-8") for path in files}
    said = {found[2] for text in texts.values() for found in _CALL.finditer(text)}
    done = {found[1] for path, text in texts.items() if path.suffix == ".py" for found in _DEED.finditer(text)}
    return said | done | set(labels.every_word())


def test_every_sentence_has_its_english() -> None:
    with (LOCALE_DIR / "en.po").open("rb") as file:
        known = {str(message.id): str(message.string) for message in read_po(file) if message.id}
    assert used() - set(known) == set()
    assert set(known) - used() == set()
    assert all(known.values())


def test_places_in_a_sentence_are_the_same_in_both() -> None:
    english = words("en")
    for sentence in used():
        places = re.findall(r"%\(\w+\)s", sentence)
        assert sorted(places) == sorted(re.findall(r"%\(\w+\)s", english.gettext(sentence))), sentence
