"""What the model is worth and what it learns here: evaluate, train."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from bot.cli.base import As, Stop, actor_of, err, out, parts_of, run, say
from bot.cli.tools import bar, open_model
from bot.parts import Refused
from models.office import Role

if TYPE_CHECKING:
    from bot.parts import Actor, Parts
    from monitor.learning.figures import Figure
    from monitor.spikes.nab import Series

_FIELDS: dict[str, dict[str, type]] = {
    "claims.jsonl": {"id": str, "claim": str},
    "queries_dev.jsonl": {"text": str, "relevant": list},
}
"""What a row of a file must have; of any other file a text."""


def evaluate(
    data: Annotated[Path, typer.Option("--data", help="Thư mục dữ liệu có nhãn / folder of labelled sets")],
    criticism: Annotated[
        Path | None, typer.Option(help='Lời phê bình chính đáng / fair criticism that must raise no alarm: {"text"}')
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", help="Tệp ra, mỗi số liệu một dòng / figures as JSON lines")
    ] = None,
) -> None:
    """Mọi số liệu của mô hình, kèm khoảng 95 % / every figure of the model with its 95 % interval."""
    from bot.rows import read_json_rows, write_json_rows
    from monitor.learning.evaluate import BURSTS, Scored, gather, measure

    if not data.is_dir():
        raise Stop(f"--data {data}: no such folder")

    def rows(name: str) -> list[dict[str, Any]]:
        file = data / name
        fields = _FIELDS.get(file.name, {"text": str})
        return [row for _, row in read_json_rows(file, fields)] if file.is_file() else []

    fair = [row["text"] for _, row in read_json_rows(criticism, {"text": str})] if criticism is not None else []
    material = gather(rows, fair, _series(data / BURSTS))
    if not material.labelled:
        raise Stop(f"--data {data}: none of the labelled sets is there")
    scorer = open_model()
    scored, texts = Scored(scorer), material.texts()
    with bar(sum(map(len, texts))) as step:
        scored.take(texts, step)
    with err.status("số liệu / figures"):
        figures = measure(material, scored)
    say(f"{scorer.revision}: {len(texts)} văn bản / texts")
    out.print(_table(figures))
    if material.missing:
        say(f"Thiếu / not there: {', '.join(material.missing)}")
    if output is not None:
        count = write_json_rows(output, (f.row() | {"model": scorer.revision} for f in figures))
        say(f"{count} dòng -> {output}")


def _series(folder: Path) -> Sequence[Series]:
    """The benchmark's series with their marked bursts; none where they are not there."""
    from monitor.spikes.nab import read_all

    if not (folder / "windows.json").is_file():
        return []
    try:
        return read_all(folder)
    except (ValueError, OSError) as error:
        raise Stop(str(error)) from None


def train(
    login: As,
    curve: Annotated[
        bool, typer.Option("--curve", help="Mỗi ngưỡng báo động bao nhiêu lần / alarms a shift by threshold")
    ] = False,
    alarms: Annotated[
        float | None,
        typer.Option("--alarms", min=0, help="Số báo động muốn có mỗi ca 12 giờ / alarms wanted a 12-hour shift"),
    ] = None,
    chart: Annotated[Path | None, typer.Option(help="Vẽ đường cong ra tệp PNG / draw the curve")] = None,
    rollback: Annotated[
        bool, typer.Option("--rollback", help="Trở lại phiên bản trước / let the version before score again")
    ] = False,
) -> None:
    """Học từ kết luận của người trực, hoặc chọn ngưỡng / refit from people's verdicts, or choose the threshold."""
    work: Callable[[Parts, Actor], Awaitable[None]]
    if rollback:
        work = _roll_back
    elif curve or alarms is not None or chart is not None:
        work = partial(_curve, alarms=alarms, chart=chart)
    else:
        work = _refit

    async def go() -> None:
        async with parts_of() as parts:
            actor = await actor_of(parts, login)
            if not actor.has(Role.ADMIN, Role.LEADER):
                raise Refused(
                    "Chỉ quản trị hoặc lãnh đạo được đổi cách chấm và ngưỡng.",
                    "Only an admin or a leader changes how Loa scores and what wakes the office.",
                )
            await work(parts, actor)

    run(go())


async def _refit(parts: Parts, actor: Actor) -> None:
    from monitor.learning.choice import LEAST_LABELS
    from monitor.learning.store import refit, waiting_labels

    base = open_model()
    with bar(await waiting_labels(parts.db, base)) as step:
        found = await refit(parts.db, base, user_id=actor.user_id, now=parts.now(), step=step)
    if found.old is None or found.new is None:
        say(f"{found.labels} văn bản có kết luận, cần ít nhất {LEAST_LABELS} để học / too few verdicts to learn from")
        return
    table = Table("", "trước / before", f"{found.name}")
    for name, before in found.old.row().items():
        table.add_row(name, str(before), str(found.new.row()[name]))
    out.print(table)
    if found.refused:
        say(f"{found.name}: không dùng / not taken: {'; '.join(found.refused)}")
    else:
        say(f"{found.name}: đang dùng, từ {found.labels} văn bản / scores from now on. Bỏ / undo: loa train --rollback")


async def _roll_back(parts: Parts, actor: Actor) -> None:
    from monitor.learning.store import roll_back

    async with parts.db.write() as session:
        was, now = await roll_back(session, actor.user_id, parts.now())
    if not was:
        raise Stop("--rollback: the model scores as it was shipped already")
    say(f"{was} -> {now}")


async def _curve(parts: Parts, actor: Actor, *, alarms: float | None, chart: Path | None) -> None:
    from bot.reports.charts import alarm_curve_chart
    from bot.rows import whole_file
    from monitor.learning.alarms import choose, heard, threshold_of
    from monitor.learning.threshold import chosen

    office, now = actor.organisation_id, parts.now()
    found = await heard(parts.db, office, now)
    if alarms is not None:
        if not found.texts:
            raise Stop("--alarms: nothing was heard yet from which a threshold could be chosen")
        point = chosen(found.points, alarms)
        async with parts.db.write() as session:
            await choose(session, office, point.risk, alarms, actor.user_id, now)
    async with parts.db.read() as session:
        risk = await threshold_of(session, office, now)
    days = found.span.total_seconds() / 86_400
    say(f"{found.texts} văn bản trong {days:.1f} ngày / texts; ngưỡng đang dùng / threshold in use: {risk:.2f}")
    table = Table("ngưỡng / threshold", "báo động mỗi ca / alarms a shift", "đúng / right", "nhầm / wrong")
    for p in found.points:
        table.add_row(f"{p.risk:.2f}", f"{p.alarms:.2f}", str(p.right), str(p.wrong))
    out.print(table)
    if chart is not None:
        with whole_file(chart) as file:
            file.write(alarm_curve_chart(found.points, risk, language=parts.settings.language))


def _table(figures: Sequence[Figure]) -> Table:
    """One line a figure, one column a part."""
    parts = list(dict.fromkeys(f.part for f in figures))
    table = Table("", *parts, "n")
    by_name: dict[str, dict[str, Figure]] = {}
    for f in figures:
        by_name.setdefault(f.name, {})[f.part] = f
    for name, found in by_name.items():
        cells = [
            f"{found[p].value:.3f} ({found[p].low:.3f} – {found[p].high:.3f})" if p in found else "–" for p in parts
        ]
        table.add_row(name, *cells, str(next(iter(found.values())).rows))
    return table
