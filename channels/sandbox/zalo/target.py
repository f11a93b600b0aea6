"""Whom a broadcast is for, and what Zalo knows of the people who follow an OA (zalo.md 7). Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from channels.sandbox.zalo.asked import wrong

_TARGETS: Final = {"ages": 7, "gender": 2, "locations": 2, "cities": 63, "platform": 3}
NORTH, CENTRE, SOUTH, ABROAD = 0, 1, 2, 63
_NORTH: Final = frozenset({2, 37, 38, 40, 41, 42, 43, *range(7, 11), *range(21, 28), *range(56, 63)})
_CENTRE: Final = frozenset({6, 17, 18, 19, 20, *range(30, 37), 39, *range(50, 56)})
_HOME, _AT_HOME, _SAMPLE = 20, 0.7, 500


@dataclass(frozen=True)
class Traits:
    """A follower as the codes tell: band of age, gender, city, platform."""

    age: int
    gender: int
    city: int
    platform: int

    @property
    def region(self) -> int | None:
        """The third of the country that the city lies in; None abroad."""
        if self.city == ABROAD:
            return None
        return NORTH if self.city in _NORTH else CENTRE if self.city in _CENTRE else SOUTH


def check_target(target: Mapping[str, Any]) -> None:
    """Refuse codes that there are not; each comes as a number or as numbers with commas."""
    for name, most in _TARGETS.items():
        if name not in target:
            continue
        value = target[name]
        if isinstance(value, bool) or not isinstance(value, int | str):
            raise wrong(name)
        codes = [code.strip() for code in str(value).split(",")]
        if not all(code.isascii() and code.isdigit() and int(code) <= most for code in codes):
            raise wrong(name)
        if name == "gender" and len(codes) > 1:
            raise wrong(name)
        if name == "platform" and "0" in codes:
            raise wrong(name)


def meant(target: Mapping[str, Any], person: Traits) -> bool:
    """True when a checked target takes this person in. Cities count more than regions; gender 0 is everybody."""

    def codes(name: str) -> set[int]:
        return {int(code) for code in str(target[name]).split(",")} if name in target else set()

    wanted: dict[str, int | None] = {"ages": person.age, "platform": person.platform}
    wanted |= {"cities": person.city} if "cities" in target else {"locations": person.region}
    if codes("gender") not in ({0}, set()):
        wanted["gender"] = person.gender
    return all(value in codes(name) for name, value in wanted.items() if name in target)


def drawn(rng: Random) -> Traits:
    """One follower of an office: mostly from its own city, mostly grown up."""
    age = rng.choices(range(8), (0, 4, 18, 26, 22, 15, 10, 5))[0]
    city = _HOME if rng.random() < _AT_HOME else rng.randrange(64)
    return Traits(age, rng.choice((1, 2)), city, rng.choices((1, 2, 3), (38, 61, 1))[0])


def crowd(seed: str, count: int) -> Counter[Traits]:
    """So many followers, as groups of the same kind."""
    rng = Random(seed)
    sample = Counter(drawn(rng) for _ in range(min(count, _SAMPLE)))
    groups = Counter({kind: count * number // sample.total() for kind, number in sample.items()})
    if groups:
        groups[next(iter(groups))] += count - groups.total()
    return groups
