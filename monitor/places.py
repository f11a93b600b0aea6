"""Which place a text speaks of: provinces by today's name, and whatever an office adds for its own communes.

Old names are aliases (63 became 34 on 1 July 2025) and people keep writing them. Matching ignores diacritics; a name
that is also an everyday word when its marks are dropped counts only with them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

from monitor.text import normalise, plain, strip_marks

PROVINCES: Final = {
    "Hà Nội": (), "Hải Phòng": ("Hải Dương",), "Huế": ("Thừa Thiên Huế",), "Đà Nẵng": ("Quảng Nam",),
    "Cần Thơ": ("Sóc Trăng", "Hậu Giang"),
    "TP. Hồ Chí Minh": ("Sài Gòn", "TPHCM", "HCM", "Bình Dương", "Bà Rịa", "Vũng Tàu"),
    "Lai Châu": (), "Điện Biên": (), "Sơn La": (), "Lạng Sơn": (), "Cao Bằng": (), "Tuyên Quang": ("Hà Giang",),
    "Lào Cai": ("Yên Bái",), "Thái Nguyên": ("Bắc Kạn",), "Phú Thọ": ("Vĩnh Phúc", "Hòa Bình"),
    "Bắc Ninh": ("Bắc Giang",), "Hưng Yên": ("Thái Bình",), "Ninh Bình": ("Hà Nam", "Nam Định"), "Quảng Ninh": (),
    "Thanh Hóa": (), "Nghệ An": (), "Hà Tĩnh": (), "Quảng Trị": ("Quảng Bình",), "Quảng Ngãi": ("Kon Tum",),
    "Gia Lai": ("Bình Định",), "Khánh Hòa": ("Ninh Thuận",), "Lâm Đồng": ("Đắk Nông", "Bình Thuận"),
    "Đắk Lắk": ("Đăk Lăk", "Đắc Lắc", "Phú Yên"), "Đồng Nai": ("Bình Phước",), "Tây Ninh": ("Long An",),
    "Vĩnh Long": ("Bến Tre", "Trà Vinh"), "Đồng Tháp": ("Tiền Giang",), "Cà Mau": ("Bạc Liêu",),
    "An Giang": ("Kiên Giang",),
}  # fmt: skip
_NEED_MARKS: Final = frozenset(
    {"hue", "ha nam", "hoa binh", "thai binh", "long an", "binh dinh", "tay ninh", "an giang"}
)
_UNIT: Final = re.compile(
    r"\b(?:xã|phường|thị trấn|huyện|quận|tỉnh|đặc khu|xa|phuong|tinh|huyen|ho|hồ|cầu|cau|đập|dap|trường|bệnh viện)\s+"
)


def locality(text: str, places: Iterable[Mapping[str, Any]] = ()) -> str:
    """Return the name of the place a text speaks of, "" when it names none.

    `places` are the office's own, nearest first: ``{"name": "xã ...", "aliases": [...]}`` (organisation.places).
    """
    marked, bare = f" {normalise(text)} ", f" {plain(text)} "
    for place in places:
        name = str(place["name"])
        if any(_stands_in(alias, marked, bare) for alias in (name, *place.get("aliases", ()))):
            return name
    for name, aliases in PROVINCES.items():
        if any(_stands_in(alias, marked, bare) for alias in (name, *aliases)):
            return name
    return ""


def _stands_in(name: str, marked: str, bare: str) -> bool:
    with_marks, without = _forms(name)
    if without in _NEED_MARKS:
        return f" {with_marks} " in marked
    words, bare_words = marked.split(), bare.split()
    size = len(without.split())
    spans = (
        words[i : i + size] for i in range(len(bare_words) - size + 1) if " ".join(bare_words[i : i + size]) == without
    )
    return any(_written_alike(" ".join(span), with_marks) for span in spans)


def _written_alike(span: str, name: str) -> bool:
    """A name typed without marks counts; one with other marks is other words: "giá lại" is not Gia Lai."""
    return span == strip_marks(span) or _letters(span) == _letters(name)


def _letters(text: str) -> list[str]:
    return sorted(unicodedata.normalize("NFD", text))  # sorted: both "Hoá" and "Hóa" are in use


@lru_cache(maxsize=2048)
def _forms(name: str) -> tuple[str, str]:
    short = _UNIT.sub("", name.lower()) or name
    return normalise(short), plain(short)
