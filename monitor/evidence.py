"""What an alert shows about a claim, as plain JSON: numbers, typical texts, reasons. Never who wrote them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Final

from channels.registry import CHANNELS
from monitor.claims import Claim, Text
from monitor.copying import Copying, copying
from monitor.figures import number
from monitor.masking import mask
from monitor.reasons import Reason
from monitor.severity import WINDOW
from monitor.spikes import ALARM, NOTHING, Judgement
from monitor.stream import Raised
from monitor.text import plain

QUOTES: Final = ("typical", "copied")
"""What quotes people's words."""
DAY: Final = timedelta(days=1)
BUCKET: Final = timedelta(minutes=15)
SERIES: Final = timedelta(hours=6)
MOST_PLACES: Final = 5
MOST_COPIED: Final = 3
MOST_SENTENCE: Final = 220
_SENTENCES: Final = re.compile(r"(?<=[.!?…])\s+|\n+")
_BANDS: Final = {"high": ("cao", "high"), "medium": ("trung bình", "medium"), "low": ("thấp", "low")}


def build(
    raised: Raised,
    *,
    usual: float,
    short_history: bool,
    titles: Mapping[str, str],
    official: tuple[str, str] = ("", ""),
    compared: tuple[str, str] = ("", ""),
    reasons: Sequence[Reason] = (),
    judged: Judgement = NOTHING,
) -> dict[str, Any]:
    """Return the evidence of a raised claim. `titles` names the posts by item id; `official` is an own post on the
    topic as (text, reference), both empty when there is none; `compared` says in both languages how the claim stands
    to it and to what is settled; `usual` is how many texts of any kind an hour usually brings on these channels, the
    chart gets a quarter of it; `reasons` say why it was flagged (`monitor.reasons`);
    `judged` says how seldom chance brings such an hour."""
    claim, at = raised.claim, raised.at
    asserting = claim.asserting()
    people = len({m.author for m in asserting})
    channels = sorted({m.channel for m in asserting})
    minutes = max(1, round((at - raised.started_at).total_seconds() / 60))
    growth = _growth(claim, usual, at)
    seldom = judged.seldom if judged.score >= ALARM and not short_history else None
    copies = copying(asserting)
    stances = _stances(claim, len(asserting))
    where = Counter(m.item for m in asserting)
    return {
        "claim": one_sentence(claim.typical(1)[0].text),
        "since": raised.started_at.isoformat(),
        "people": people,
        "mentions": len(asserting),
        "channels": channels,
        "minutes": minutes,
        "growth": growth,
        "seldom_days": round(seldom / DAY, 1) if seldom else None,
        "copying": asdict(copies),
        "stances": stances,
        "typical": [mask(m.text) for m in claim.typical(3)],
        "copied": _copied(asserting),
        "spread": [_place(item, titles, count) for item, count in where.most_common(MOST_PLACES)],
        "reasons": list(reasons),
        "official_text": official[0],
        "official_ref": official[1],
        "series": _series(asserting, at),
        "usual": round(usual / 4, 2),
        "model": asserting[-1].score.revision,
        "short_history": short_history,
        **_in_both("numbers", _numbers(len(asserting), people, channels, minutes, growth, seldom, short_history)),
        "why_vi": ", ".join(r["vi"] for r in reasons),
        "why_en": ", ".join(r["en"] for r in reasons),
        **_in_both("official", compared if compared[0] else _official(official[1])),
        **_in_both("model", _model(asserting)),
        **_in_both("not_spread", _not_spread(stances, copies)),
    }


def without_quotes(evidence: Mapping[str, Any], of: Collection[str] | None = None) -> dict[str, Any]:
    """The same without what people wrote (None: anything at all); the claim in one masked sentence stays."""
    gone = None if of is None else {mask(text) for text in of}
    kept = {
        name: [quote for quote in evidence[name] if gone is not None and _words(quote) not in gone]
        for name in QUOTES
        if name in evidence
    }
    return {**evidence, **kept}


def _words(quote: Any) -> str:
    """The text of a quotation, which may stand beside how often it was written."""
    return quote if isinstance(quote, str) else quote[0]


def _growth(claim: Claim, usual: float, at: datetime) -> float | None:
    """How many times the usual hour; None when nothing is usual yet."""
    hour = len(claim.asserting(at - WINDOW))
    return round(hour / usual, 1) if usual > 0 else None


def one_sentence(text: str) -> str:
    """The first sentence that says something, masked and cut to what an alert holds."""
    sentences = [part.strip() for part in _SENTENCES.split(mask(text)) if part.strip()]
    said = next((part for part in sentences if len(part.split()) >= 4), " ".join(sentences))
    return said if len(said) <= MOST_SENTENCE else said[: MOST_SENTENCE - 1].rstrip() + "…"


def _copied(texts: Sequence[Text]) -> list[list[Any]]:
    """The wordings that were repeated most, each as it was first typed and how often: [[text, count], ...]."""
    counts = Counter(plain(m.text) for m in texts)
    first = {plain(m.text): mask(m.text) for m in reversed(texts)}
    return [[first[bare], count] for bare, count in counts.most_common(MOST_COPIED) if count > 1]


def _official(reference: str) -> tuple[str, str]:
    """What the office itself said on it: not why it was flagged, but what to hold it against."""
    return (f"cần đối chiếu với {reference}", f"compare with {reference}") if reference else ("", "")


def _series(texts: Sequence[Text], at: datetime) -> list[list[Any]]:
    """Texts a quarter hour over the last six hours (or since it began), as [[ISO time, count], ...]."""
    first = max(min(m.at for m in texts) - BUCKET * 2, at - SERIES)
    start = first.replace(minute=first.minute - first.minute % 15, second=0, microsecond=0)
    count = int((at - start) / BUCKET) + 1
    series = [0] * count
    for text in texts:
        index = int((text.at - start) / BUCKET)
        if 0 <= index < count:
            series[index] += 1
    return [[(start + BUCKET * i).isoformat(), n] for i, n in enumerate(series)]


def _place(item: str, titles: Mapping[str, str], count: int) -> str:
    name = titles.get(item) or ("tin nhắn gửi đến trang" if not item else "một bài của trang")
    return f"{name}: {count}"


def _in_both(name: str, told: tuple[str, str]) -> dict[str, str]:
    """A sentence under the keys of its two languages."""
    return {f"{name}_vi": told[0], f"{name}_en": told[1]}


def _numbers(
    texts: int,
    people: int,
    channels: Sequence[str],
    minutes: int,
    growth: float | None,
    seldom: timedelta | None,
    short_history: bool,
) -> tuple[str, str]:
    names = ", ".join(CHANNELS[c].label if c in CHANNELS else c for c in channels)
    vi = f"{number(texts)} bình luận / {number(people)} người viết khác nhau / {len(channels)} kênh ({names})"
    vi += f" / {minutes} phút"
    counts = ((texts, "comment"), (people, "different author"), (len(channels), "channel"))
    en = " / ".join(_counted(n, what) for n, what in counts) + f" ({names}) / {_counted(minutes, 'minute')}"
    if short_history:
        return (
            vi + " (chưa đủ hai tuần số liệu nền, dùng ngưỡng cố định)",
            en + " (less than two weeks of history, fixed thresholds)",
        )
    if growth is None or growth <= 1:
        return vi, en
    rare = _rare(seldom)
    return (
        vi + f" (gấp {str(growth).replace('.', ',')} lần bình thường{rare[0]})",
        en + f" ({growth} times the usual{rare[1]})",
    )


def _rare(seldom: timedelta | None) -> tuple[str, str]:
    """How sure it is that this is no chance."""
    if seldom is None:
        return "", ""
    days = max(1, round(seldom / DAY))
    return (
        f"; ngẫu nhiên thì khoảng {days} ngày mới có một lần",
        f"; chance alone brings that about once in {_counted(days, 'day')}",
    )


def _counted(count: int, what: str) -> str:
    return f"{number(count, 'en')} {what}{'' if count == 1 else 's'}"


def _model(texts: Sequence[Text]) -> tuple[str, str]:
    mean = sum(m.score.risk for m in texts) / len(texts)
    vi, en = _BANDS["high" if mean >= 0.8 else "medium" if mean >= 0.5 else "low"]
    alone = not any(m.score.vector is not None for m in texts)
    revision = texts[-1].score.revision
    return (
        f"Điểm mô hình: {vi} ({revision}{'; chỉ chấm theo từ ngữ vì thiếu mô hình' if alone else ''})",
        f"Model's score: {en} ({revision}{'; by words alone, the model is missing' if alone else ''})",
    )


def _stances(claim: Claim, asserting: int) -> dict[str, int]:
    """How the claim's texts stand to it; what neither spreads nor asks nor denies comments."""
    asks, denies = (sum(m.score.stance == name for m in claim.members) for name in ("asks", "denies"))
    comments = len(claim.members) - asserting - asks - denies
    return {"asserts": asserting, "asks": asks, "denies": denies, "comments": comments}


def _not_spread(stances: Mapping[str, int], copies: Copying) -> tuple[str, str]:
    asks, denies = stances["asks"], stances["denies"]
    vi, en = [], []
    if asks or denies:
        vi.append(f"{asks} bình luận hỏi lại và {denies} bình luận đính chính không tính là lan truyền.")
        en.append(f"Not counted as spread: {_counted(asks, 'question')}, {_counted(denies, 'denial')}.")
    if copies.copies:
        vi.append(
            f"{copies.copies} bình luận là một vài câu do {copies.authors} người dán đi dán lại: có thể là phối hợp, "
            "không tính là nhiều người."
        )
        en.append(
            f"{_counted(copies.copies, 'comment')} of a few wordings were pasted again and again by "
            f"{copies.authors} people: maybe coordinated, not counted as many people."
        )
    return " ".join(vi), " ".join(en)
