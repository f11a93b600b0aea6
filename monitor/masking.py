"""Takes out of a text what identifies a person, before it is stored and before the model sees it (domain brief 4).

Masked: phone numbers, identity and bank numbers, e-mail addresses, house numbers, licence plates. Kept: dates, money,
percentages and short public hotlines, because they carry the claim.
"""

from __future__ import annotations

import re
from typing import Final

_RULES: Final = (
    (re.compile(r"\b[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}"), "[email]"),
    (re.compile(r"(?<![\d.,])(?:\(0\d{1,3}\)|\+?84|0)[\s.-]?\d(?:[\s.-]?\d){7,9}(?![\d%])"), "[số điện thoại]"),
    (
        re.compile(r"(?i)\b(cccd|cmnd|cmt|căn cước|can cuoc|stk|tài khoản|tai khoan|mst)(\D{0,12})\d{6,16}\b"),
        r"\1\2[số giấy tờ]",
    ),
    (re.compile(r"(?<![\d.,])\d{9}(?:\d{3,10})?(?![\d.,]|\s?(?:đ|đồng|vnd|vnđ|%))", re.I), "[số giấy tờ]"),
    (re.compile(r"(?<!\w)\d{2}[A-Za-zĐđ]\d?[- ]?\d{3}\.?\d{2}(?!\w)"), "[biển số]"),
    (
        re.compile(r"(?i)(?<!\w)((?:số )?nhà(?: số)?|so nha|nha so)\s+\d{1,4}(?:/\d{1,4}){0,3}[a-z]?(?!\w)"),
        r"\1 [số nhà]",
    ),
)  # fmt: skip


def mask(text: str) -> str:
    """Return the text with every personal number and address replaced by what it was. Masking twice changes nothing."""
    while (masked := _once(text)) != text:  # a replaced number can bare the edge of its neighbour
        text = masked
    return text


def _once(text: str) -> str:
    for pattern, name in _RULES:
        text = pattern.sub(name, text)
    return text
