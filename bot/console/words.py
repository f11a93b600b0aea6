"""The two languages of the console. Vietnamese sentences are the keys; `locale/en.po` holds the English ones.

The catalogue is read once at start with Babel, so there is no compile step. A test extracts every sentence from the
templates, the code and the label tables and fails on one that has no English.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

LANGUAGES = ("vi", "en")
LOCALE_DIR = Path(__file__).parent / "locale"


class Words:
    """Says a sentence in one language; what is missing is said in Vietnamese rather than not at all."""

    def __init__(self, language: str, sentences: Mapping[str, tuple[str, ...]]) -> None:
        self.language = language
        self._sentences = sentences

    def gettext(self, text: str) -> str:
        """Return the sentence in this language."""
        return self._sentences.get(text, (text,))[0]

    def ngettext(self, one: str, many: str, count: int) -> str:
        """Return the form that fits `count`. Vietnamese has one form, English two."""
        forms = self._sentences.get(one, (one, many))
        return forms[0] if count == 1 or len(forms) == 1 else forms[1]


@cache
def words(language: str) -> Words:
    """Return the words of a language; an unknown one gets Vietnamese."""
    if language != "en":
        return Words("vi", {})
    with (LOCALE_DIR / "en.po").open("rb") as file:
        catalogue = read_po(file, locale="en")
    sentences: dict[str, tuple[str, ...]] = {}
    for message in catalogue:
        if message.id and message.string:
            key = message.id if isinstance(message.id, str) else message.id[0]
            sentences[key] = (message.string,) if isinstance(message.string, str) else tuple(message.string)
    return Words("en", sentences)
