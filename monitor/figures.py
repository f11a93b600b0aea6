"""Numbers and dates as people here write them: Vietnamese by CLDR through Babel, English second."""

from __future__ import annotations

from datetime import date

from babel.dates import format_date
from babel.numbers import format_decimal


def number(value: int, language: str = "vi") -> str:
    """Exact, grouped: 1.234.567 (vi), 1,234,567 (en)."""
    return str(format_decimal(value, locale=language))


def short(value: int, language: str = "vi") -> str:
    """Rounded to three digits for reading: 31,2 triệu · 412.000 · 96.400; below 1,000 exact."""
    if value >= 1_000_000_000:
        return f"{_three(value / 1_000_000_000, language)} {'tỷ' if language == 'vi' else 'billion'}"
    if value >= 1_000_000:
        return f"{_three(value / 1_000_000, language)} {'triệu' if language == 'vi' else 'million'}"
    if value < 1_000:
        return number(value, language)
    step = 10 ** (len(str(value)) - 3)
    return number(round(value / step) * step, language)


def _three(value: float, language: str) -> str:
    digits = 0 if value >= 100 else 1
    return str(format_decimal(round(value, digits), locale=language))


def percent(share: float, language: str = "vi") -> str:
    """A change with its sign: +11% · −5,6% (one decimal below 10)."""
    value = abs(share * 100)
    text = format_decimal(round(value, 0 if value >= 10 else 1), locale=language)
    return f"{'+' if share >= 0 else '−'}{text}%"


def day(value: date, language: str = "vi") -> str:
    """22/11/2026 (vi), 22 Nov 2026 (en)."""
    return str(format_date(value, "dd/MM/yyyy" if language == "vi" else "d MMM yyyy", locale=language))


def counted(value: int, unit: str, language: str = "vi") -> str:
    """A figure with what was counted: people only where the source counts accounts, else occurrences."""
    words = {"people": ("người", "people"), "occurrences": ("lượt", "times")}[unit]
    return f"{short(value, language)} {words[0] if language == 'vi' else words[1]}"
