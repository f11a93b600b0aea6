"""The words of a text that say what it is about: those that ask, deny, address or glue are left out."""

from __future__ import annotations

from typing import Final

from monitor.text import plain

_WORDS: Final = """
    khong chua chang dau co dung phai that thiet vay ha a nha nhe oi roi la thi ma duoc nghe noi bao tin don hay fake
    sao hong nhi moi nguoi quan tri vien ba con ca cac nhung mot cua va voi o cho de tu den nay do bi het nua luon hen
    anh chi em minh toi ban ad co phai the nao gi dung ai share gap chia se news
    the a an of to in and is are was were be been has have had it its that this on for with at by from
"""
FUNCTION: Final = frozenset(_WORDS.split())
"""Without diacritics, as `monitor.text.plain` writes them."""


def content(text: str) -> frozenset[str]:
    """Return the plain words of a text that carry its meaning."""
    return frozenset(plain(text).split()) - FUNCTION
