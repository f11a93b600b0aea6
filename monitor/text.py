"""Vietnamese text as people write it: cleaning for the store, and two plainer forms for comparing.

`clean` keeps what was written; `normalise` undoes slang and emphasis; `plain` also drops diacritics, so that the same
sentence typed with and without them compares equal. All of them are total: any string goes in, linear time.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from functools import lru_cache
from typing import Final

MOST_CHARS: Final = 4_000
"""Longer texts are cut: no comment needs more to be understood, and one must not stop the rest."""

_HARD_LIMIT: Final = 20_000
_KEPT_CONTROLS: Final = "\n\t"
_REMEMBERED: Final = 2048
"""Plain forms kept: each step from place to claim asks for them again, and most texts come more than once."""
_SPACES: Final = re.compile(r"[^\S\n]+")
_LINES: Final = re.compile(r"\n\s*\n\s*")
_URL: Final = re.compile(
    r"(?:https?://|www\.)\S+|\b[\w-]+(?:\.[\w-]+)*\.(?:com|vn|net|org|info|example|xyz|top)\b\S*", re.I
)
_WORD: Final = re.compile(r"[^\W_]+", re.UNICODE)
_REPEAT: Final = re.compile(r"([^\W\d_])\1{1,}")
_NUMBER: Final = re.compile(r"\d+(?:[.,]\d+)*")

_TWINS: Final = str.maketrans(
    "асеорхуіјѕԁһкАВСЕНІЈКМОРЅТУХοανΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "aceopxyijsdhkABCEHIJKMOPSTYXoavABEZHIKMNOPTYX"
)
"""Cyrillic and Greek letters that look like Latin ones."""
_TWIN: Final = re.compile("[" + "".join(map(chr, _TWINS)) + "]")
_OTHER: Final = re.compile("[\u0370-\u052f]")
_LATIN: Final = re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")

# What people type instead of a word (domain brief 11). One word each side; ambiguous ones are left alone.
TEENCODE: Final = {
    "ko": "không", "k": "không", "kg": "không", "khg": "không", "hok": "không", "hong": "không", "hông": "không",
    "kh": "không", "hem": "không", "dc": "được", "đc": "được", "đk": "được", "dk": "được", "vs": "với", "ng": "người",
    "mn": "mọi người", "mng": "mọi người", "j": "gì", "bt": "biết", "ntn": "như thế nào", "r": "rồi", "ròi": "rồi",
    "rùi": "rồi", "vk": "vợ", "ck": "chồng", "z": "vậy", "zậy": "vậy", "v": "vậy", "cx": "cũng", "cũg": "cũng",
    "nhìu": "nhiều", "nhiu": "nhiều", "e": "em", "a": "anh", "c": "chị", "ms": "mới", "lm": "làm", "ns": "nói",
    "nx": "nữa", "tr": "trời", "bn": "bao nhiêu", "ib": "nhắn riêng", "ad": "quản trị viên", "fb": "facebook",
    "hs": "học sinh", "cs": "có", "trc": "trước", "ngta": "người ta", "nta": "người ta", "bh": "bây giờ",
    "h": "giờ", "hnay": "hôm nay", "hqua": "hôm qua", "tg": "thời gian", "sđt": "số điện thoại", "vx": "vắc xin",
    "vacxin": "vắc xin", "vaccine": "vắc xin", "tp": "thành phố", "ubnd": "ủy ban", "đt": "điện thoại",
    "wá": "quá", "wa": "quá", "qá": "quá", "thui": "thôi", "lun": "luôn", "luong": "luôn", "iu": "yêu", "thik": "thích",
}  # fmt: skip


def clean(text: str, most: int = MOST_CHARS) -> str:
    """Return the text as it is stored: NFC, without control, zero-width and direction marks, spaces collapsed, cut to
    `most` characters."""
    text = unicodedata.normalize("NFC", text[:_HARD_LIMIT].replace("\r\n", "\n"))
    kept = "".join(
        c if c in _KEPT_CONTROLS or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") else ""
        for c in text
    )
    kept = _LINES.sub("\n", _SPACES.sub(" ", kept)).strip()
    return kept if len(kept) <= most else kept[: most - 1].rstrip() + "…"


def one_script(text: str) -> str:
    """Return a text of Latin letters without their twins of other alphabets, which get words past filters; a text that
    is really in another alphabet stays as it is."""
    if not _TWIN.search(text) or len(_OTHER.findall(text)) > len(_LATIN.findall(text)):
        return text
    return text.translate(_TWINS)


@lru_cache(maxsize=_REMEMBERED)
def normalise(text: str) -> str:
    """Return lower-case words with slang written out, emphasis undone (``chếtttt`` -> ``chết``), without addresses."""
    lowered = unicodedata.normalize("NFC", _URL.sub(" ", one_script(clean(text)).lower()))
    words = [_REPEAT.sub(r"\1", word) if not word.isdigit() else word for word in _WORD.findall(lowered)]
    return " ".join(TEENCODE.get(word, word) for word in words)


def strip_marks(text: str) -> str:
    """Return the text without Vietnamese diacritics: đập -> dap."""
    decomposed = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(c for c in decomposed if not unicodedata.combining(c))


@lru_cache(maxsize=_REMEMBERED)
def plain(text: str) -> str:
    """Return `normalise` without diacritics: what two spellings of one sentence share."""
    return _REPEAT.sub(r"\1", strip_marks(normalise(text)))  # "aạ" is one letter twice only now


def plain_words(text: str) -> list[tuple[int, int, str]]:
    """Return where each word of the text stands and what it is plainly: joined by blanks they are `plain(text)`."""
    addresses = [found.span() for found in _URL.finditer(text)]
    made = []
    for found in _WORD.finditer(text):
        start, end = found.span()
        if not any(a < end and start < b for a, b in addresses) and (bare := plain(found[0])):
            made.append((start, end, bare))
    return made


def shingles(text: str) -> frozenset[str]:
    """Return the single words and neighbouring pairs of the plain text."""
    words = plain(text).split()
    return frozenset(words) | frozenset(f"{a} {b}" for a, b in itertools.pairwise(words))


def numbers(text: str) -> frozenset[str]:
    """Return the figures written in digits, without separators: ``2.000.000đ`` -> ``2000000``."""
    return frozenset(re.sub(r"\D", "", found) for found in _NUMBER.findall(clean(text)))


def unaccented(text: str) -> bool:
    """Say whether a text of some length was typed without diacritics."""
    letters = [c for c in text.lower() if c.isalpha()]
    return len(letters) >= 8 and not any(c == "đ" or unicodedata.decomposition(c) for c in letters)
