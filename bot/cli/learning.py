"""What the model is worth and what it learns here: evaluate."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.base import Stop, err, out, say
from bot.cli.tools import bar, open_model

if TYPE_CHECKING:
    from monitor.learning.figures import Figure

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
    from monitor.learning.evaluate import Scored, gather, measure

    if not data.is_dir():
        raise Stop(f"--data {data}: no such folder")

    def rows(name: str) -> list[dict[str, Any]]:
        file = data / name
        fields = _FIELDS.get(file.name, {"text": str})
        return [row for _, row in read_json_rows(file, fields)] if file.is_file() else []

    fair = [row["text"] for _, row in read_json_rows(criticism, {"text": str})] if criticism is not None else []
    material = gather(rows, fair)
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


def _table(figures: Sequence[Figure]) -> Any:
    """One line a figure, one column a part."""
    from rich.table import Table

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
