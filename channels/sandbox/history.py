"""Five weeks of an office's past on its channels: posts, figures and comments, so that 'usual' means something."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Final

from channels.sandbox import lines
from channels.sandbox.lines import NAMES, PLACES, STREETS
from channels.sandbox.wording import fill

DAYS: Final = 35
_TOPICS: Final = (
    "Lịch cấp thẻ căn cước tại {noi}",
    "Kết quả dọn vệ sinh {duong}",
    "Hội thi nấu ăn {noi}",
    "Lịch cúp điện bảo trì {noi}",
    "Mời góp ý quy hoạch {duong}",
    "Khai giảng lớp bơi hè {noi}",
    "Tuyên dương gương người tốt {noi}",
    "Hướng dẫn nộp thuế đất trực tuyến",
)
_SLOTS: Final = {
    "noi": PLACES,
    "duong": STREETS,
    "thang": tuple(f"tháng {n}" for n in range(1, 13)),
    "so": tuple(str(n) for n in range(2, 10)),
}


@dataclass(frozen=True)
class PastRemark:
    """A comment so long after its post."""

    after: timedelta
    author: str
    text: str


@dataclass(frozen=True)
class PastPost:
    """A post so long before the start of the day, with its figures as the platform knows them."""

    before: timedelta
    channel: str
    title: str
    text: str
    figures: dict[str, int] = field(default_factory=dict)
    remarks: tuple[PastRemark, ...] = ()


def past_posts(seed: int) -> tuple[PastPost, ...]:
    """About one post a weekday on each channel that can be read, with comments that are never a rumour."""
    rng = Random(f"history:{seed}")
    made = []
    for day in range(1, DAYS + 1):
        for channel, chance in (("facebook", 0.8), ("youtube", 0.3), ("zalo", 0.5)):
            if rng.random() < chance:
                made.append(_past_post(rng, day, channel))
    return tuple(made)


def _past_post(rng: Random, day: int, channel: str) -> PastPost:
    title = fill(rng.choice(_TOPICS), rng, _SLOTS)
    reach = int(rng.lognormvariate(7.2, 0.5))
    figures = {"views": int(reach * 1.5), "reach": reach, "reactions": reach // 30, "clicks": reach // 60,
               "shares": reach // 200, "likes": reach // 40}  # fmt: skip
    remarks = []
    if channel != "zalo":
        pools = [p.strip().splitlines() for p in (lines.HARMLESS, lines.HARMLESS, lines.CRITICISM, lines.QUESTIONS)]
        for _ in range(rng.randint(3, 9)):
            text = fill(rng.choice(rng.choice(pools)), rng, _SLOTS)
            after = timedelta(hours=rng.expovariate(0.25) + 0.05)
            remarks.append(PastRemark(min(after, timedelta(days=day, hours=-10)), rng.choice(NAMES), text))
    before = timedelta(days=day) - timedelta(hours=rng.uniform(1, 9))
    return PastPost(before, channel, title, f"{title}. Chi tiết tại trang chính thức.", figures, tuple(remarks))


def page_days(seed: int, days: int = DAYS + 7) -> list[dict[str, int]]:
    """Daily figures of a page, oldest first, with a weekly rhythm; the last entry is the day before the start."""
    rng = Random(f"days:{seed}")
    made = []
    for number in range(days):
        quiet = 0.7 if number % 7 in (5, 6) else 1.0
        reach = int(6200 * quiet * rng.uniform(0.8, 1.25))
        made.append(
            {"reach": reach, "views": int(reach * 1.6), "engagement": reach // 18, "followers": 41_000 + number * 9}
        )
    return made
