"""What an alert shows about a claim, as plain JSON: numbers, typical texts, reasons. Never who wrote them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from channels.registry import CHANNELS
from monitor.claims import Claim, Text
from monitor.figures import number
from monitor.scoring.cues import cues
from monitor.severity import WINDOW
from monitor.stream import Raised

BUCKET: Final = timedelta(minutes=15)
SERIES: Final = timedelta(hours=6)
MOST_PLACES: Final = 5
_REASONS: Final = {
    "hearsay": ("khẳng định không có nguồn", "asserts without a source"),
    "share": ("kêu gọi chia sẻ", "calls for sharing"),
    "hidden": ("nói rằng bị che giấu", "says that it is being hidden"),
    "urgent": ("thúc giục làm ngay", "urges to act at once"),
    "danger": ("nói về nguy hiểm tính mạng hoặc an toàn", "speaks of danger to life or safety"),
    "loss": ("nói về mất tiền hoặc quyền lợi", "speaks of losing money or rights"),
    "cure": ("nói về cách chữa bệnh", "speaks of a cure"),
    "scam": ("xin tiền, mã hoặc giấy tờ", "asks for money, codes or papers"),
    "decree": ("nói về quy định mới", "speaks of a new rule"),
}
_BANDS: Final = {"high": ("cao", "high"), "medium": ("trung bình", "medium"), "low": ("thấp", "low")}


def build(
    raised: Raised,
    *,
    usual: float,
    short_history: bool,
    titles: Mapping[str, str],
    official: tuple[str, str] = ("", ""),
) -> dict[str, Any]:
    """Return the evidence of a raised claim. `titles` names the posts by item id; `official` is an own post on the
    topic as (text, reference), both empty when there is none; `usual` is how many texts of any kind an hour usually
    brings on these channels, the chart gets a quarter of it."""
    claim, at = raised.claim, raised.at
    asserting = claim.asserting()
    people = len({m.author for m in asserting})
    channels = sorted({m.channel for m in asserting})
    minutes = max(1, round((at - raised.started_at).total_seconds() / 60))
    growth = _growth(claim, usual, at)
    stances = _stances(claim, len(asserting))
    reasons = _reasons(asserting, official)
    where = Counter(m.item for m in asserting)
    return {
        "claim": claim.typical(1)[0].text,
        "since": raised.started_at.isoformat(),
        "people": people,
        "mentions": len(asserting),
        "channels": channels,
        "minutes": minutes,
        "growth": growth,
        "stances": stances,
        "typical": [m.text for m in claim.typical(3)],
        "spread": [_place(item, titles, count) for item, count in where.most_common(MOST_PLACES)],
        "reasons": reasons,
        "official_text": official[0],
        "official_ref": official[1],
        "series": _series(asserting, at),
        "usual": round(usual / 4, 2),
        "model": asserting[-1].score.revision,
        "short_history": short_history,
        **_in_both("numbers", _numbers(len(asserting), people, channels, minutes, growth, short_history)),
        "why_vi": ", ".join(r["vi"] for r in reasons),
        "why_en": ", ".join(r["en"] for r in reasons),
        **_in_both("model", _model(asserting)),
        **_in_both("not_spread", _not_spread(stances)),
    }


def _growth(claim: Claim, usual: float, at: datetime) -> float | None:
    """How many times the usual hour; None when nothing is usual yet."""
    hour = len(claim.asserting(at - WINDOW))
    return round(hour / usual, 1) if usual > 0 else None


def _reasons(texts: Sequence[Text], official: tuple[str, str]) -> list[dict[str, str]]:
    """The cues that at least a third of the texts carry, most frequent first."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(set(cues(text.text)))
    found = [
        {"code": name, "vi": _REASONS[name][0], "en": _REASONS[name][1]}
        for name, count in counts.most_common()
        if name in _REASONS and count * 3 >= len(texts)
    ][:3]
    if official[1]:
        found.append(
            {"code": "official", "vi": f"cần đối chiếu với {official[1]}", "en": f"compare with {official[1]}"}
        )
    if not found:
        found.append(
            {"code": "model", "vi": "nhiều người cùng khẳng định một điều", "en": "many people assert the same thing"}
        )
    return found


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
    texts: int, people: int, channels: Sequence[str], minutes: int, growth: float | None, short_history: bool
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
    return vi + f" (gấp {str(growth).replace('.', ',')} lần bình thường)", en + f" ({growth} times the usual)"


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


def _not_spread(stances: Mapping[str, int]) -> tuple[str, str]:
    asks, denies = stances["asks"], stances["denies"]
    if not asks and not denies:
        return "", ""
    return (
        f"{asks} bình luận hỏi lại và {denies} bình luận đính chính không tính là lan truyền.",
        f"Not counted as spread: {_counted(asks, 'question')}, {_counted(denies, 'denial')}.",
    )
