"""What is learned from: own lines and the public sets of `DATA`, each with the labels that it really has.

A set says by `terms` whether anybody may use it or researchers alone; `open_only` leaves the latter out. Only `train`
files are read. Warnings of the sets' own notes are heeded: press satire that somebody labelled "fake" is no example of
misinformation, so `vi_news2024` gives words to read and no label.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Final

from monitor.scoring.base import KINDS
from monitor.training.hands import typed

LINES: Final = Path(__file__).with_name("lines.txt")
DRAWS: Final = 12
CALM_DRAWS: Final = 20
"""Wordings drawn from each own line; more of what is no rumour, as in life."""
RETYPED: Final = 0.65
"""Share of them that some other hand typed."""
ALL: Final = 1_000_000
PLACES: Final = (
    "Suối Cát",
    "Suối Đá",
    "Đồi Sim",
    "Bến Tắm",
    "Khe Lau",
    "Gò Đất",
    "Nắng Ấm",
    "Đá Bạc",
    "Vườn Cau",
    "Hồ Sen",
    "Sông Trong",
    "Núi Voi",
    "Cầu Tre",
    "phường Tây",
    "xã Đông",
    "khu phố 4",
    "thôn Thượng",
    "đường Lê Lai",
    "hẻm 9",
    "phố Mới",
)
"""Named in every kind of text alike: where something is must not say what it is."""
_CHOICE: Final = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class Example:
    """A text, its kind of writing, and the label of each head; None where nobody knows. `original` is the text before
    a hand typed it; `shapes` says whether the encoder learns from it or the heads alone."""

    text: str
    source: str
    kind: str = KINDS[0]
    risk: int | None = None
    claim: int | None = None
    category: str | None = None
    stance: str | None = None
    field: str | None = None
    harm: int | None = None
    weight: float = 1.0
    original: str = ""
    group: str = ""
    shapes: bool = True

    @property
    def writing(self) -> str:
        """The kind of writing, whatever the language."""
        return self.kind.partition("-")[0]


@dataclass(frozen=True)
class Source:
    """A public set: where it lies, for whom, how a row becomes an example, how many are taken at most, how many of them
    shape the encoder at most, and the share that is learned once more as typed by another hand (Vietnamese alone)."""

    file: str
    is_open: bool
    read: Callable[[dict[str, Any]], Example | None]
    most: int = ALL
    shaping: int = ALL
    retyped: float = 0.0


def own_lines() -> list[str]:
    """The own lines, one pattern each: `category|stance|field|harm|text`."""
    return [line for line in LINES.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]


def own_examples(rng: Random) -> list[Example]:
    """Draw wordings of the own lines, most of them as typed by some hand."""
    made = []
    for number, line in enumerate(own_lines()):
        category, stance, field, harm, pattern = line.split("|", 4)
        asserted = category in ("misinformation", "scam")
        made += [
            Example(
                typed(text, rng) if rng.random() < RETYPED else text,
                "own",
                risk=int(asserted),
                claim=int(asserted or stance == "denies" or category in ("warning", "urgent")),
                category=category,
                stance=stance,
                field=field,
                harm=int(harm),
                original=text,
                group=f"own-{number}",
            )
            for text in sorted({_draw(pattern, rng) for _ in range(DRAWS if asserted else CALM_DRAWS)})
        ]
    return made


def _draw(pattern: str, rng: Random) -> str:
    text = _CHOICE.sub(lambda found: rng.choice(found[1].split("|")), pattern)
    way = rng.random()
    if way < 0.3:
        return f"{text} ở {rng.choice(PLACES)}"
    if way < 0.45:
        return f"{rng.choice(PLACES)} {text[:1].lower()}{text[1:]}"
    return text


def _reintel(row: dict[str, Any]) -> Example:
    return Example(row["text"], "vi_reintel", "post", risk=row["label"])


def _vfnd(row: dict[str, Any]) -> Example:
    return Example(row["text"], "vi_vfnd", "post", risk=row["label"], weight=0.5)


def _constraint(row: dict[str, Any]) -> Example:
    return Example(row["text"], "en_constraint", "covid", risk=row["label"])


def _ct22(*languages: str) -> Callable[[dict[str, Any]], Example | None]:
    def read(row: dict[str, Any]) -> Example | None:
        if row["lang"] not in languages or "claim" not in row:
            return None
        kind = f"policy-{row['lang']}"
        return Example(row["text"], "multi_ct22", kind, risk=row.get("harmful"), claim=row["claim"])

    return read


def _pheme(row: dict[str, Any]) -> Example:
    return Example(row["text"], "en_pheme", "event", risk=row["label"], weight=0.5, group=row["event"])


def _germeval(row: dict[str, Any]) -> Example:
    return Example(row["text"], "de_germeval21", "debate", claim=row["label"])


def _hsd(row: dict[str, Any]) -> Example:
    return Example(row["text"], "vi_hsd", risk=0, category="abuse" if row["label"] else None, weight=0.5)


def _comment(row: dict[str, Any]) -> Example:
    return Example(row["text"], "vi_comments", risk=0, weight=0.5)


SOURCES: Final = (
    Source("vi_reintel/train.jsonl", False, _reintel, retyped=0.7),
    Source("vi_vfnd/train.jsonl", False, _vfnd),
    Source("vi_hsd/train.jsonl", False, _hsd, most=3000, retyped=0.1),
    Source("vi_comments/unlabelled.jsonl", False, _comment, most=3500, retyped=0.3),
    Source("multi_ct22/train.jsonl", False, _ct22("en", "nl", "tr")),
    Source("multi_ct22/train.jsonl", False, _ct22("ar", "bg"), shaping=0),
    Source("de_germeval21/train.jsonl", False, _germeval),
    Source("en_constraint/train.jsonl", True, _constraint, shaping=3000),
    Source("en_pheme/train.jsonl", True, _pheme, shaping=0),
)
"""Arabic and Bulgarian shape no encoder: its pieces were cut to five languages, and it reads next to nothing of them.
Nor does PHEME: what is asked is the worth on events that nobody has seen, and heads can be fitted anew without each
event within seconds."""
TUNING: Final = (
    Source("vi_reintel/dev.jsonl", False, _reintel),
    Source("vi_hsd/dev.jsonl", False, _hsd, most=1000),
    Source("multi_ct22/dev.jsonl", False, _ct22("en", "nl", "tr", "ar", "bg")),
    Source("de_germeval21/dev.jsonl", False, _germeval),
    Source("en_constraint/dev.jsonl", True, _constraint),
    Source("en_pheme/dev.jsonl", True, _pheme),
)
"""Where encoder and words are weighed against each other."""


def public_examples(
    data: Path, rng: Random, sources: Sequence[Source] = SOURCES, *, open_only: bool = False
) -> list[Example]:
    """The public sets, as far as they are there and may be used."""
    made: list[Example] = []
    for source in sources:
        if open_only and not source.is_open:
            continue
        found = [e for e in map(source.read, rows(data / source.file)) if e is not None]
        found = rng.sample(found, min(len(found), source.most))
        found = [dataclasses.replace(e, shapes=i < source.shaping) for i, e in enumerate(found)]
        made += found
        again = rng.sample(found, int(len(found) * source.retyped))
        made += [dataclasses.replace(e, text=typed(e.text, rng), original=e.text) for e in again]
    return made


def rows(file: Path) -> Iterable[dict[str, Any]]:
    """The rows of a JSONL file; none when it is not there."""
    if file.is_file():
        with file.open(encoding="utf-8") as lines:
            yield from (json.loads(line) for line in lines)


def pairs(data: Path) -> Sequence[tuple[str, str]]:
    """Texts and the known claim that each speaks of."""
    claims = {row["id"]: f"{row.get('title', '')} {row['claim']}" for row in rows(data / "en_ct20_claims/claims.jsonl")}
    queries = rows(data / "en_ct20_claims" / "queries_train.jsonl")
    return [(q["text"], claims[c]) for q in queries for c in q["relevant"] if c in claims]
