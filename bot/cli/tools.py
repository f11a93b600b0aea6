"""Tools over files: score, match, spikes, replay, and the weekly report."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from bot.cli.base import Stop, err, office_named, out, parts_of, run, say, settings_from_here
from monitor.text import clean

InFile = Annotated[Path, typer.Option("--input", help="Tệp vào / input file")]
OutFile = Annotated[Path, typer.Option("--output", help="Tệp ra / output file")]
BATCH = 64

report_app = typer.Typer(help="Báo cáo / reports", no_args_is_help=True)


@report_app.command("weekly")
def report_weekly(
    week: Annotated[str, typer.Option(help="Tuần ISO, ví dụ 2026-W47; bỏ trống: tuần trước")] = "",
    pdf: Annotated[Path | None, typer.Option(help="Tệp PDF")] = None,
    html: Annotated[Path | None, typer.Option(help="Tệp HTML")] = None,
    organisation: Annotated[
        str, typer.Option(help="Tên đơn vị / the office's name; needed where there are several")
    ] = "",
) -> None:
    """Tóm tắt tiếp cận tuần / the weekly reach summary."""
    from bot.reports.render import CannotRender
    from bot.reports.weekly import last_week, weekly_html, weekly_pdf, weekly_text
    from bot.rows import whole_file
    from monitor.reach import monday_of

    try:
        monday = monday_of(week) if week else None
    except ValueError as error:
        raise Stop(f"--week {week}: {error}") from None
    if monday is not None and not 2000 <= monday.year < 2100:
        raise Stop(f"--week {week}: the year cannot be right")

    async def go() -> None:
        async with parts_of() as parts:
            office = await office_named(parts, organisation)
            office_id = office.id or 0
            asked, language = week or last_week(parts.now(), ZoneInfo(office.zone)), parts.settings.language
            text = await weekly_text(parts, office_id, asked, language)
            with ExitStack() as files:  # both places are tried before anything is drawn
                page = files.enter_context(whole_file(html)) if html is not None else None
                print_ = files.enter_context(whole_file(pdf)) if pdf is not None else None
                if page is not None:
                    page.write((await weekly_html(parts, office_id, asked, language)).encode())
                if print_ is not None:
                    print_.write(await weekly_pdf(parts, office_id, asked, language))
            say(text)

    try:
        run(go())
    except CannotRender as error:
        raise Stop(f"--pdf {pdf}: {error}", status=1) from None


def open_model() -> Any:
    """The scorer of the settings; a missing model is no quiet fallback here: the figures would be others."""
    from monitor.scoring import open_scorer

    settings = settings_from_here()
    scorer = open_scorer(settings.model or None, threads=settings.model_threads, device=settings.model_device)
    if scorer.degraded and settings.model != "lexical":
        raise Stop(scorer.reason)
    return scorer


def _batches(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    source = iter(rows)
    while batch := list(islice(source, BATCH)):
        yield batch


def score(file: InFile, output: OutFile) -> None:
    """Chấm điểm văn bản / score texts: rows {"id","text"} in, one row with risk, claim, category each out."""
    from bot.rows import read_json_rows, write_json_rows

    rows = [row for _, row in read_json_rows(file, {"id": str, "text": str})]
    scorer = open_model()

    def scored() -> Iterator[dict[str, Any]]:
        with bar(len(rows)) as step:
            for batch in _batches(rows):
                for row, found in zip(batch, scorer.score([clean(r["text"]) for r in batch]), strict=True):
                    yield {
                        "id": row["id"],
                        "risk": round(found.risk, 6),
                        "claim": round(found.claim, 6),
                        "category": found.category,
                        "stance": found.stance,
                        "field": found.field,
                        "harm": found.harm,
                        "lexical": round(found.lexical, 6),
                        "model": found.revision,
                    }
                step(len(batch))

    out.print(f"{write_json_rows(output, scored())} dòng -> {output}")


def match(
    file: InFile,
    output: OutFile,
    claims: Annotated[Path, typer.Option(help='Các luận điểm đã biết / known claims {"id","text"[,"title"]}')],
    top: Annotated[int, typer.Option(help="Số luận điểm mỗi dòng / claims a row", min=1, max=1000)] = 20,
) -> None:
    """Tìm luận điểm đã biết cho từng văn bản / rank known claims for every text."""
    from bot.rows import read_json_rows, write_json_rows
    from monitor.match import Matcher

    wanted = {"id": str, "text": str}
    known = [(c["id"], f"{c.get('title', '')} {c['text']}") for _, c in read_json_rows(claims, wanted)]
    rows = [row for _, row in read_json_rows(file, wanted)]
    scorer = open_model()
    with bar(len(known), "luận điểm / claims") as step:
        matcher = Matcher(known, scorer)
        step(len(known))

    def ranked() -> Iterator[dict[str, Any]]:
        with bar(len(rows)) as step:
            for batch in _batches(rows):
                for row, found in zip(batch, matcher.rank([r["text"] for r in batch], top), strict=True):
                    yield {"id": row["id"], "ranked": found.claims, "scores": found.scores}
                step(len(batch))

    out.print(f"{write_json_rows(output, ranked())} dòng -> {output}")


def spikes(file: InFile, output: OutFile) -> None:
    """Tìm đột biến trong chuỗi số / find spikes in a series: CSV timestamp,value, read strictly left to right."""
    from bot.rows import BadRow, moment, read_csv_rows, write_json_rows
    from monitor.spikes import Detector

    def found() -> Iterator[dict[str, Any]]:
        detector, before = Detector(), None
        for line, row in read_csv_rows(file, ("timestamp", "value")):
            at = moment(file, line, "timestamp", row["timestamp"])
            if before is not None and at < before:
                raise BadRow(file, line, "field 'timestamp' goes back in time; sort the file")
            before = at
            try:
                value = float(row["value"])
            except ValueError:
                raise BadRow(file, line, "field 'value' is no number") from None
            if not math.isfinite(value):
                raise BadRow(file, line, "field 'value' is no finite number")
            yield {"id": f"{file.name}|{row['timestamp']}", "score": round(detector.update(at, value), 6)}

    out.print(f"{write_json_rows(output, found())} dòng -> {output}")


def replay(
    file: InFile,
    output: Annotated[Path | None, typer.Option("--output", help="Tệp ra; bỏ trống: in ra màn hình")] = None,
) -> None:
    """Cho cả hệ thống theo dõi xem lại văn bản có giờ / run timed texts through the whole monitor as if live."""
    from bot.rows import read_json_rows, write_json_rows
    from monitor.replay import replay as run_replay

    texts = _timed(file, read_json_rows(file, {"id": str, "text": str, "time": str}))
    scorer = open_model()

    def told() -> Iterator[dict[str, Any]]:
        yield from run_replay(texts, scorer)

    if output is not None:
        out.print(f"{write_json_rows(output, told())} sự cố / incidents -> {output}")
        return
    for row in told():
        out.print_json(json.dumps(row, ensure_ascii=False))


def _timed(file: Path, rows: Iterable[tuple[int, dict[str, Any]]]) -> Iterator[Any]:
    from bot.rows import BadRow, moment
    from monitor.replay import TimedText

    before = None
    for line, row in rows:
        at = moment(file, line, "time", row["time"])
        if before is not None and at < before:
            raise BadRow(file, line, "field 'time' goes back in time; sort the file")
        before = at
        author, channel = (row.get(name) or "" for name in ("author", "channel"))
        yield TimedText(row["id"], row["text"], at, str(author), str(channel))


@contextmanager
def bar(total: int, what: str = "") -> Iterator[Callable[[int], None]]:
    """A progress bar on stderr that a redirected output does not see."""
    from rich.progress import Progress

    with Progress(console=err, transient=True, disable=not err.is_terminal) as progress:
        task = progress.add_task(what or "văn bản / texts", total=total)
        yield lambda done: progress.advance(task, done)
