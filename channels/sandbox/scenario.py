"""The scripted day: what the office posts, what the public writes, and one rumour among two thousand other lines.

Pure and seeded; times are spans from the start of the day. The seed varies rumour, words, times and writers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from random import Random
from typing import Final

from channels.sandbox import lines
from channels.sandbox.history import PastPost, past_posts
from channels.sandbox.lines import NAMES, PLACES, RUMOURS, STREETS, Rumour
from channels.sandbox.pictures import clip, picture
from channels.sandbox.wording import fill, typed, variants

LENGTH: Final = timedelta(hours=9)
LINES: Final = 2000
VARIANTS: Final = 10
_SLOTS: Final = {
    "noi": PLACES,
    "duong": STREETS,
    "thang": tuple(f"tháng {n}" for n in range(1, 13)),
    "so": tuple(str(n) for n in range(2, 10)),
}
_KINDS: Final = (
    ("harmless", lines.HARMLESS, 0.52),
    ("criticism", lines.CRITICISM, 0.27),
    ("question", lines.QUESTIONS, 0.1),
    ("feedback", lines.FEEDBACK, 0.07),
    ("warning", lines.WARNINGS, 0.02),
    ("banter", lines.BANTER, 0.02),
)


@dataclass(frozen=True)
class Said:
    """One line a citizen writes: `post` is the number of the day's post it stands under, None for an inbox."""

    offset: timedelta
    channel: str
    post: int | None
    author: str
    text: str
    kind: str


@dataclass(frozen=True)
class PostOfDay:
    """One post of the office: text by channel kind, and which file it carries."""

    offset: timedelta
    title: str
    texts: Mapping[str, str]
    field: str
    locality: str = ""
    link: str = ""
    media: str = ""
    seed: int = 0

    def files(self) -> dict[str, bytes]:
        """Real media, made now: a JPEG, and an MP4 where the post goes to YouTube."""
        if self.media == "clip":
            return {"clip.mp4": clip(self.title, self.seed)}
        return {"picture.jpg": picture(self.title, self.seed)} if self.media == "picture" else {}


@dataclass(frozen=True)
class Script:
    """A whole day. `said` is in order of time; `third` is the line of the third writer who spreads the rumour."""

    seed: int
    rumour: Rumour
    posts: tuple[PostOfDay, ...]
    said: tuple[Said, ...]
    length: timedelta = LENGTH
    history: tuple[PastPost, ...] = field(default=(), repr=False)

    @cached_property
    def third(self) -> Said:
        """The third different writer's first text."""
        seen: set[str] = set()
        for line in self.said:
            if line.kind == "rumour" and line.author not in seen:
                seen.add(line.author)
                if len(seen) == 3:
                    return line
        raise ValueError("a rumour needs three writers")

    @property
    def first_rumour(self) -> timedelta:
        """When the first of the rumour is written."""
        return min(line.offset for line in self.said if line.kind == "rumour")

    @property
    def last_rumour(self) -> timedelta:
        """When the last of the rumour is written."""
        return max(line.offset for line in self.said if line.kind == "rumour")

    def monday(self, start: datetime) -> datetime:
        """When the summary of the day's week is due: the day is a Sunday from 07:00, so a day later."""
        return start + timedelta(days=1)


def scripted_day(seed: int, lines: int = LINES) -> Script:
    """Return the day of a seed, with so many everyday lines. Its rumour is any that must wake somebody."""
    rng = Random(f"day:{seed}")
    rumour = rng.choice([r for r in RUMOURS if r.wakes])
    posts = _posts(rumour, rng)
    said = [*_everyday(rng, posts, lines), *spread(rumour, rng, posts)]
    said.sort(key=lambda line: line.offset)
    return Script(seed, rumour, posts, tuple(said), history=past_posts(seed))


def _posts(rumour: Rumour, rng: Random) -> tuple[PostOfDay, ...]:
    """Six posts on the four channels; one of them is the official word on what the rumour will twist."""
    place, street = rng.choice(PLACES), rng.choice(STREETS)
    minutes = sorted(rng.sample(range(5, 70, 5), 6))
    everywhere = ("facebook", "zalo", "viber")
    plan = (
        ("Lịch tiếp công dân tuần này", f"Lịch tiếp công dân: thứ Ba và thứ Năm, 8 giờ, tại trụ sở xã {place}.", "KHAC",
         everywhere, "picture"),
        (rumour.official_title, rumour.official, rumour.field, everywhere, "picture"),
        ("Clip: năm bước nộp hồ sơ trực tuyến", "Năm bước nộp hồ sơ khai sinh trực tuyến. Không thu phí.", "CHINH_SACH",
         ("youtube", "facebook"), "clip"),
        (f"Sửa mặt đường {street}", f"Sửa mặt đường {street} từ 22 giờ đến 5 giờ, xe máy đi được một làn.", "AN_NINH",
         ("facebook", "viber"), ""),
        ("Chợ phiên cuối tuần", f"Chợ phiên {place} mở từ 6 giờ sáng Chủ nhật, có khu gửi xe miễn phí.", "KHAC",
         everywhere, "picture"),
        ("Clip: hướng dẫn phân loại rác", "Ba túi, ba màu: cách phân loại rác tại nhà.", "KHAC", ("youtube",), "clip"),
    )  # fmt: skip
    return tuple(
        PostOfDay(
            timedelta(minutes=minute), title, dict.fromkeys(kinds, text), topic, media=media, seed=rng.randrange(10**6),
            link="https://binhson.example/tin" if not media else "",
        )
        for minute, (title, text, topic, kinds, media) in zip(minutes, plan, strict=True)
    )  # fmt: skip


def _places_to_write(posts: tuple[PostOfDay, ...]) -> list[tuple[str, int | None]]:
    """Where a citizen can write so that the platform's interface shows it: comments and the Zalo inbox."""
    found: list[tuple[str, int | None]] = [
        (channel, i) for i, p in enumerate(posts) for channel in p.texts if channel in ("facebook", "youtube")
    ]
    return [*found, ("zalo", None)]


def _everyday(rng: Random, posts: tuple[PostOfDay, ...], count: int) -> list[Said]:
    """Two thousand different lines over the day, more of them around noon."""
    weights = [share for _, _, share in _KINDS]
    patterns = {kind: text.strip().splitlines() for kind, text, _ in _KINDS}
    places = _places_to_write(posts)
    made: dict[str, Said] = {}
    while len(made) < count:
        kind = rng.choices([k for k, _, _ in _KINDS], weights)[0]
        text = fill(rng.choice(patterns[kind]), rng, _SLOTS)
        text = typed(text, rng.choices(("plain", "lower", "bare", "slang", "stretched"), (5, 3, 1, 1.5, 0.5))[0], rng)
        channel, post = rng.choices(places, [1 if c != "zalo" else 0.6 for c, _ in places])[0]
        after = posts[post].offset + timedelta(minutes=3) if post is not None else timedelta()
        span = (LENGTH - timedelta(minutes=30) - after).total_seconds()
        offset = after + timedelta(seconds=span * rng.betavariate(1.6, 2.0))
        made[text] = Said(offset, channel, post, _name(rng), text, kind)
    return list(made.values())


def spread(rumour: Rumour, rng: Random, posts: tuple[PostOfDay, ...] | None = None) -> list[Said]:
    """Ten wordings by ten writers within about forty minutes on three channels, with doubts and denials between. They
    stand under `posts`, or under posts of their own."""
    posts = posts or _posts(rumour, rng)
    start = timedelta(minutes=rng.randint(130, 260))
    texts = variants(rumour.wordings, rng, VARIANTS)
    names = [f"{_name(rng)} {i}" for i in range(VARIANTS)]
    steps = sorted(rng.uniform(0, 40) for _ in range(VARIANTS))
    places = _places_to_write(posts)
    made = [
        Said(start + timedelta(minutes=step), *rng.choice(places), name, text, "rumour")
        for step, name, text in zip(steps, names, texts, strict=True)
    ]
    elsewhere = [place for place in places if place[0] != made[0].channel]
    if len({line.channel for line in made}) == 1:  # a rumour that crosses channels, whatever the draw
        made[-1] = replace(made[-1], channel=elsewhere[0][0], post=elsewhere[0][1])
    for kind, pool in (("denial", rumour.denials), ("doubt", rumour.questions)):
        for text in pool:
            after = start + timedelta(minutes=rng.uniform(8, 50))
            hand = rng.choice(("plain", "lower", "bare"))
            made.append(Said(after, *rng.choice(places), _name(rng), typed(text, hand, rng), kind))
    return made


def _name(rng: Random) -> str:
    return f"{rng.choice(NAMES)} {rng.choice(NAMES)} {rng.randrange(100)}"
