"""From stored mention to stored score: texts a second, beside the bare model and the usual way, and as the store grows.

`python -m tests.bench.monitor [--quick] [--stores 10000 2000000] [--torch PYTHON --checkpoint FOLDER]`. All of it runs
on one core and takes turns, text for text the same, in batches of 16 of like length:

* bare: tokeniser and ONNX session, nothing else;
* loa: rows are taken from the store, scored with all heads and stored with their vectors, for each size of the store;
* torch: `transformers` in float32, in another Python that has torch and with the weights in float32.

Each row says texts a second of the clock and of the processor: on a machine that does other work beside, only the
second is worth anything, and `--by cpu` holds the aims against it. Every text differs, so that no score is known
already. A store holds scored rows of half a year before the texts come.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from models.db import Database
from models.mention import Mention
from models.office import Account, Organisation
from monitor.flow.score import Scoring
from monitor.scoring import open_scorer
from monitor.scoring.base import Scorer
from monitor.scoring.transformer import BATCH, MOST_TOKENS, PREFIX, SHIPPED, Encoder
from tests.databases import migrate, sqlite_url
from tests.monitor.crowd import everyday, variants

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
SPAN = timedelta(days=180)
STORES = (10_000, 100_000, 500_000, 2_000_000)
AIM_BARE, AIM_TORCH, AIM_FLAT = 0.85, 2.5, 1.3

_PAST = """INSERT INTO mention (organisation_id, account_id, channel, remote_id, parent_id, item_id, text, author_hash,
 own, written_at, fetched_at, scored_at, grouped_at, vector, words_key, category, stance, field, locality, model, risk,
 harm)
 VALUES (1, 1, 'facebook', ?, '', ?, ?, ?, 0, ?, ?, ?, ?, ?, ?, 'harmless', 'comments', 'KHAC', '', 'past/1', 0.1, 0)"""

_INDEXES = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'mention' AND sql IS NOT NULL"
_TORCH = """
import json, sys, time, torch
from transformers import AutoModel, AutoTokenizer
torch.set_num_threads(1)
folder, batch, most = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
tokenizer = AutoTokenizer.from_pretrained(folder)
model = AutoModel.from_pretrained(folder, add_pooling_layer=False, dtype=torch.float32).eval()
print("ready", flush=True)
for line in sys.stdin:
    texts = json.loads(line)
    begun, cpu = time.perf_counter(), time.process_time()
    with torch.inference_mode():
        for i in range(0, len(texts), batch):
            made = tokenizer(texts[i:i + batch], padding=True, truncation=True, max_length=most, return_tensors="pt")
            hidden = model(**made).last_hidden_state
            mask = made["attention_mask"].unsqueeze(-1)
            (hidden * mask).sum(1) / mask.sum(1)
    print(len(texts) / (time.perf_counter() - begun), len(texts) / (time.process_time() - cpu), flush=True)
"""


def comments(count: int, seed: int) -> list[str]:
    """Comments as they come, each another one."""
    rng = random.Random(seed)
    loud = max(1, count // 20)
    lines = everyday(count, rng) + variants("milk", loud, rng) + variants("quay", loud, rng)
    rng.shuffle(lines)
    return [f"{line} ({seed}.{i})" for i, line in enumerate(lines[:count])]


@dataclass(frozen=True)
class Rate:
    """Texts a second, of the clock and of the processor."""

    clock: float
    cpu: float


class Stopwatch:
    """Runs from when it is made."""

    def __init__(self) -> None:
        self._clock, self._cpu = time.perf_counter(), time.process_time()

    def rate(self, texts: int) -> Rate:
        """What was reached with so many texts."""
        return Rate(texts / (time.perf_counter() - self._clock), texts / (time.process_time() - self._cpu))


# -- the three ways ---------------------------------------------------------------------------------------------------


def bare(encoder: Encoder, ordered: Sequence[str]) -> Rate:
    """The model alone."""
    watch = Stopwatch()
    for start in range(0, len(ordered), BATCH):
        encoder._compute(encoder._tokens(list(ordered[start : start + BATCH])))
    return watch.rate(len(ordered))


async def loa(file: Path, scorer: Scorer, lines: Sequence[str], turn: int) -> Rate:
    """Write these as new, let them be scored, from the first look to the last commit."""
    db = Database(sqlite_url(file))
    async with db.write() as session:
        for number, line in enumerate(lines):
            session.add(
                Mention(
                    organisation_id=1, account_id=1, channel="facebook", remote_id=f"n{turn}.{number}", text=line,
                    item_id=f"new{number % 20}", written_at=NOW - timedelta(minutes=number % 50), fetched_at=NOW,
                )
            )  # fmt: skip
    watch = Stopwatch()
    done = await Scoring(db, scorer, now=lambda: NOW).turn()
    reached = watch.rate(done)
    assert done == len(lines), "each waited, each is scored"
    await db.close()
    return reached


class Torch:
    """The usual way, in a process of its own."""

    def __init__(self, python: str, checkpoint: str) -> None:
        self._process = subprocess.Popen(
            [python, "-c", _TORCH, checkpoint, str(BATCH), str(MOST_TOKENS)], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        if self._answer() != "ready":
            raise SystemExit(f"{python}: torch or transformers is missing there, or {checkpoint} is no checkpoint")

    def __call__(self, ordered: Sequence[str]) -> Rate:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(list(ordered)) + "\n")
        self._process.stdin.flush()
        clock, cpu = self._answer().split()
        return Rate(float(clock), float(cpu))

    def _answer(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait()


# -- a store with a past ----------------------------------------------------------------------------------------------


def fill(file: Path, mentions: int) -> None:
    """Make it past the tables' own code: two million rows are to take a minute."""
    migrate(sqlite_url(file))
    asyncio.run(_office(file))
    with sqlite3.connect(file) as raw:
        raw.execute("PRAGMA synchronous=OFF")
        indexes = raw.execute(_INDEXES).fetchall()
        for name, _ in indexes:
            raw.execute(f"DROP INDEX {name}")
        raw.executemany(_PAST, _past(mentions))
        for _, made_so in indexes:
            raw.execute(made_so)
        raw.commit()
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")


async def _office(file: Path) -> None:
    db = Database(sqlite_url(file))
    async with db.write() as session:
        session.add(Organisation(name="Tỉnh thử"))
        await session.flush()
        session.add(Account(organisation_id=1, kind="facebook", remote_id="1", name="Trang", created_at=NOW - SPAN))
    await db.close()


def _past(mentions: int) -> Iterator[tuple[Any, ...]]:
    rng = random.Random(1)
    lines, vector = everyday(5000, rng), rng.randbytes(768)
    for i in range(mentions):
        at = f"{NOW - timedelta(hours=2) - SPAN * (1 - i / mentions):%Y-%m-%d %H:%M:%S}.000000"
        words, author = f"{lines[i % 5000]} {i}", f"h{rng.randrange(90_000)}"
        yield f"p{i}", f"post{i // 400}", words, author, at, at, at, at, vector, f"{i:032x}"


# -- measuring --------------------------------------------------------------------------------------------------------


def resident_mb() -> float:
    """This process's memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def measure(options: argparse.Namespace, folder: Path, show: Console) -> bool:
    """Take turns, print, and say whether every aim is met."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    before = resident_mb()
    encoder, scorer = Encoder(SHIPPED), open_scorer(None)
    loaded = resident_mb()
    files = {}
    for size in options.stores:
        begun = time.perf_counter()
        files[size] = folder / f"{size}.db"
        fill(files[size], size)
        show.print(
            f"{size:,} mentions in {time.perf_counter() - begun:.0f} s, {files[size].stat().st_size / 1e6:,.0f} MB"
        )
    torch = Torch(options.torch, options.checkpoint) if options.torch else None
    found: dict[str, list[Rate]] = defaultdict(list)
    for turn in range(options.turns + 1):  # the first warms everything up
        ordered = sorted((PREFIX + line for line in comments(options.texts, turn)), key=len)
        figures = {"bare": bare(encoder, ordered)}
        for size, file in files.items():
            lines = comments(options.texts, 1000 + turn)
            figures[f"loa {size:,}"] = asyncio.run(loa(file, scorer, lines, turn))
        if torch is not None:
            figures["torch"] = torch(ordered)
        for name, figure in figures.items() if turn else ():
            found[name].append(figure)
    if torch is not None:
        torch.close()
    show.print(f"memory: {before:.0f} MB before the model, {loaded:.0f} MB with two, {resident_mb():.0f} MB at the end")
    by_clock = {name: [rate.clock for rate in rates] for name, rates in found.items()}
    by_cpu = {name: [rate.cpu for rate in rates] for name, rates in found.items()}
    _show(by_clock, "texts a second of the clock", show)
    _show(by_cpu, "texts a second of the processor", show)
    return _aims(by_cpu if options.by == "cpu" else by_clock, show)


def _show(found: dict[str, list[float]], title: str, show: Console) -> None:
    table = Table("", "texts/s", "of bare", "of torch", title=title)
    usual = found.get("torch")
    for name, figures in found.items():
        beside = f"{_ratio(figures, usual):.2f}" if usual else "not measured: --torch"
        table.add_row(name, f"{median(figures):.0f}", f"{_ratio(figures, found['bare']):.2f}", beside)
    show.print(table)


def _aims(found: dict[str, list[float]], show: Console) -> bool:
    bare_figures, usual = found["bare"], found.get("torch")
    ours = [name for name in found if name.startswith("loa")]
    least = min(_ratio(found[name], bare_figures) for name in ours)
    growth = _ratio(found[ours[0]], found[ours[-1]])
    aims = [
        ("of the bare session", least, least >= AIM_BARE),
        ("smallest beside biggest store", growth, growth <= AIM_FLAT),
    ]
    if usual:
        times = min(_ratio(found[name], usual) for name in ours)
        aims.append(("times the usual way", times, times >= AIM_TORCH))
    for what, figure, met in aims:
        show.print(f"{'✓' if met else '✗'} {figure:.2f} {what}")
    return all(met for _, _, met in aims)


def _ratio(ours: Sequence[float], others: Sequence[float]) -> float:
    """The middle of the ratios turn by turn: what else the machine does falls on both."""
    return median(a / b for a, b in zip(ours, others, strict=True))


def main() -> None:
    """Read the options and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a minute: two small stores, few texts")
    parser.add_argument("--stores", type=int, nargs="+", default=list(STORES), help="mentions in each store")
    parser.add_argument("--texts", type=int, default=768, help="texts a turn")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--by", choices=["clock", "cpu"], default="clock", help="what the aims are held against")
    parser.add_argument("--torch", default="", help="a Python with torch and transformers")
    parser.add_argument("--checkpoint", default="", help="the weights in float32, as AutoModel reads them")
    options = parser.parse_args()
    if options.quick:
        options.stores, options.texts, options.turns = [10_000, 100_000], 256, 3
    with tempfile.TemporaryDirectory(prefix="loa-bench-") as folder:
        sys.exit(not measure(options, Path(folder), Console()))


if __name__ == "__main__":
    main()
