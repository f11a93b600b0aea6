"""Why a claim was flagged, in reasons that are true of the computation.

A wording is named only if the model's risk falls once its words are taken out of the texts; the number of people, the
channels, the growth and who is heard by very many only if the level would be lower without them.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

from models.incident import Level
from monitor.claims import Claim
from monitor.scoring.base import Scorer
from monitor.scoring.cues import cues, without
from monitor.severity import above, level_of, spread_of
from monitor.stream import Raised

Reason = dict[str, str]
"""A code, and a sentence in each language."""

WORDINGS: Final = {
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
SAMPLE: Final = 8
"""Texts nearest to the middle of the claim that are scored again without a wording."""
LEAST_FALL: Final = 0.02
MOST: Final = 3


def wording_reasons(claim: Claim, scorer: Scorer) -> list[Reason]:
    """The wordings of a third of the texts at least without which the risk is lower, the strongest first. Scores up to
    some dozens of texts, so it belongs into a thread."""
    texts = list(dict.fromkeys(m.text for m in claim.typical(SAMPLE)))
    carried = {text: [cue for cue in cues(text) if cue in WORDINGS] for text in texts}
    common = Counter(cue for found in carried.values() for cue in found)
    less = {
        (text, cue): without(text, cue)
        for text, found in carried.items()
        for cue in found
        if common[cue] * 3 >= len(texts)
    }
    wanted = list(dict.fromkeys([*(text for text, _ in less), *less.values()]))
    risk = {text: score.risk for text, score in zip(wanted, scorer.score(wanted), strict=True)}
    fall: dict[str, float] = {}
    for (text, cue), rest in less.items():
        fall[cue] = fall.get(cue, 0.0) + (risk[text] - risk[rest]) / len(texts)
    moved = sorted((cue for cue, drop in fall.items() if drop >= LEAST_FALL), key=lambda cue: (-fall[cue], cue))
    return [_reason(cue, *WORDINGS[cue]) for cue in moved[:MOST]]


def level_reasons(raised: Raised) -> list[Reason]:
    """What was counted and without which the level would be lower: people always, channels and growth where they
    decide."""

    def lower(authors: int, channels: int, surge: bool, widely: bool) -> bool:
        spread = spread_of(authors, channels, surge=surge, widely_heard=widely)
        level: Level | None = level_of(raised.harm, spread)
        return level is None or (level is not raised.level and not above(level, raised.level))

    authors, channels, surge, widely = raised.authors, raised.channels, raised.surge, raised.widely_heard
    made = []
    if widely and lower(authors, channels, surge, False):
        vi = "báo chí hoặc trang có trên 100.000 người theo dõi đã viết"
        made.append(_reason("widely_heard", vi, "the press or a page with more than 100,000 followers wrote it"))
    if authors and lower(0, channels, surge, widely):
        vi, en = f"{authors} người khác nhau viết trong 60 phút", f"{authors} different people within 60 minutes"
        made.append(_reason("authors", vi, en))
    if channels > 1 and lower(authors, 1, surge, widely):
        made.append(_reason("channels", f"trên {channels} kênh", f"on {channels} channels"))
    if surge and lower(authors, channels, False, widely):
        made.append(_reason("surge", "gấp ít nhất ba lần giờ bình thường", "at least three times the usual hour"))
    return made


def _reason(code: str, vi: str, en: str) -> Reason:
    return {"code": code, "vi": vi, "en": en}
