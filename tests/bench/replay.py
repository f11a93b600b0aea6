"""The whole monitor on generated traffic with planted rumours, beside two simple ways, against the hidden gold.

`python -m tests.bench.replay [quiet busy peak] [--seeds 1 2] [--days N] [--perfect] [--data DIR] [--scores DIR]
[--write DIR]`. Each distinct text is scored once ever and kept in a file of the scores folder (a name for each model),
so a second run takes seconds. `--perfect` scores by the gold: what is missed then, no better model would find.
`--write` leaves the traffic as JSONL for `loa replay`, and the gold beside it in a file of its own. `LOA_MODEL` names
another model, as it does for Loa.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from monitor.claims import Text
from monitor.masking import mask
from monitor.replay import OFFICE_ZONE, scored
from monitor.scoring import open_scorer
from monitor.scoring.base import Scorer
from monitor.spikes import Baseline
from monitor.stream import Stream
from monitor.text import clean
from tests.bench.traffic.figures import by_speed, rows
from tests.bench.traffic.gold import Alarm, Found, Truth, judge, truths
from tests.bench.traffic.made import Line, Traffic, traffic, write_rows
from tests.bench.traffic.perfect import PerfectScorer
from tests.bench.traffic.reasons import reason
from tests.bench.traffic.scores import KeptScorer
from tests.bench.traffic.volumes import VOLUMES, Volume
from tests.bench.traffic.watchers import Heard, Watched, by_keywords, by_ngrams, watch

NAMES = ("monitor", "keywords with a count", "n-gram clusters, EWMA")


@dataclass
class Run:
    """One seed of one volume: its gold, what each way found, and what the stream cost."""

    made: Traffic
    gold: dict[str, Truth]
    alarms: tuple[list[Alarm], ...]
    found: tuple[Found, ...]
    watched: Watched
    texts: dict[str, Text]
    took_s: float
    cpu_s: float


def run(made: Traffic, scorer: Scorer) -> Run:
    """Score the traffic, and let all three watch it."""
    if isinstance(scorer, KeptScorer):
        _ahead(made, scorer)
    lines = {line.row.id: line for line in made.lines}
    gold = truths(made)
    heard: list[Heard] = list(scored((line.row for line in made.lines), scorer))
    begun, cpu = time.perf_counter(), time.process_time()
    watched = watch(Stream(baseline=Baseline(OFFICE_ZONE)), heard, lines)
    took_s, cpu_s = time.perf_counter() - begun, time.process_time() - cpu
    alarms = (watched.alarms, by_keywords(heard, lines), by_ngrams(heard, lines))
    found = tuple(judge(some, gold) for some in alarms)
    return Run(made, gold, alarms, found, watched, {text.id: text for text, _ in heard}, took_s, cpu_s)


def show(volume: Volume, runs: Sequence[Run], console: Console, *, verbose: bool) -> None:
    """Print the table of a volume, what was missed and why, and every false alarm."""
    first = runs[0]
    table = Table(f"{volume.name}, {len(runs)} seeds, {first.made.repeats:.0%} repeats", *NAMES)
    columns = [rows([r.found[i] for r in runs], [r.alarms[i] for r in runs], volume) for i in range(len(NAMES))]
    speeds = [by_speed([r.found[i] for r in runs], [r.gold for r in runs]) for i in range(len(NAMES))]
    for name in columns[0]:
        table.add_row(name, *(column[name] for column in columns))
    for speed in speeds[0]:
        table.add_row(f"found of those that reach high, {speed}", *(column[speed] for column in speeds))
    count, took, cpu = (
        sum(values) for values in zip(*((len(r.made.lines), r.took_s, r.cpu_s) for r in runs), strict=True)
    )
    table.add_row("stream alone: texts a CPU-second", f"{count / cpu:,.0f}", "", "")
    table.add_row("stream alone: CPU-seconds, seconds", f"{cpu:.1f}, {took:.1f}", "", "")
    table.add_row("most memory of this process, MB", f"{_most_mb():.0f}", "", "")
    console.print(table)
    for r in runs:
        _explain(r, console, verbose=verbose)


def _explain(r: Run, console: Console, *, verbose: bool) -> None:
    lines: dict[str, Line] = {line.row.id: line for line in r.made.lines}
    for key, hit in r.found[0].high.items():
        if not hit:
            said = [r.texts[i] for i, line in lines.items() if line.event == key and line.stance == "asserts"]
            console.print(f"missed {key} ({r.gold[key].event.speed}): {reason(key, lines, said, r.watched)}")
    for alarm, said in r.watched.texts:
        truth = r.gold.get(alarm.event)
        if alarm.opens and (truth is None or not truth.must_push):
            console.print(f"false alarm {alarm.level.value} {alarm.at:%d/%m %H:%M}, {alarm.event or 'mixed'}")
            for text in said[:6] if verbose else ():
                console.print(f"    {text}", markup=False)


def _most_mb() -> float:
    [line] = [w for w in Path("/proc/self/status").read_text().splitlines() if w.startswith("VmHWM")]
    return int(line.split()[1]) / 1000


def _ahead(made: Traffic, scorer: KeptScorer) -> None:
    """Score what this traffic says and no run before it asked for, with a progress bar."""
    texts = [mask(clean(text)) for text in {line.row.text for line in made.lines}]
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("distinct texts")
        scorer.ahead(texts, lambda done, total: progress.update(task, completed=done, total=total))


def write(made: Traffic, seed: int, folder: Path) -> None:
    """Leave the rows for `loa replay`, and the gold apart from them."""
    name = made.volume.name.replace(" ", "-").replace(",", "")
    write_rows(made, folder / f"{name}-{seed}.jsonl")
    gold = {line.row.id: [line.event, line.stance] for line in made.lines if line.event}
    (folder / f"{name}-{seed}.gold.json").write_text(json.dumps(gold, ensure_ascii=False), encoding="utf-8")


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("volumes", nargs="*", default=["quiet", "busy", "peak"], choices=list(VOLUMES))
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--data", type=Path, help="folder of real everyday comments (vi_comments, vi_hsd)")
    parser.add_argument("--days", type=float, help="only the first days of each volume")
    parser.add_argument("--scores", type=Path, default=Path(tempfile.gettempdir()) / "loa-replay-scores")
    parser.add_argument("--perfect", action="store_true", help="scores by the gold: what a better model could reach")
    parser.add_argument("--write", type=Path, help="only write the traffic as JSONL into this folder")
    parser.add_argument("--verbose", action="store_true", help="show the texts of each false alarm")
    words = parser.parse_args()
    if words.write is not None:
        for name in words.volumes:
            for seed in words.seeds:
                write(traffic(VOLUMES[name], seed, words.data), seed, words.write)
        return
    console = Console(width=150)
    model = "lexical" if words.perfect else os.environ.get("LOA_MODEL") or None
    with closing(KeptScorer(open_scorer(model), words.scores)) as kept:
        console.print("scores by the gold" if words.perfect else f"model {kept.revision}; scores in {kept.file.name}")
        for name in words.volumes:
            made = [traffic(VOLUMES[name], seed, words.data) for seed in words.seeds]
            if words.days is not None:
                made = [m.first(min(m.volume.length, timedelta(days=words.days))) for m in made]
            runs = [run(m, PerfectScorer(m) if words.perfect else kept) for m in made]
            show(made[0].volume, runs, console, verbose=words.verbose)


if __name__ == "__main__":
    main()
