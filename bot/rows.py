"""Rows in and out of the tools (`loa score`, `match`, `spikes`, `replay`): JSON lines and CSV, read with clear errors,
written whole or not at all."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO


class BadRow(Exception):
    """One line naming the file, the line and the field."""

    def __init__(self, file: Path, line: int, what: str) -> None:
        super().__init__(f"{file}:{line}: {what}")


def read_json_rows(file: Path, required: Mapping[str, type]) -> Iterator[dict[str, Any]]:
    """Yield the objects of a JSON-lines file. Raises `BadRow` for what is not an object with the required fields."""
    with _open(file) as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as error:
                raise BadRow(file, number, f"not JSON ({error})") from None
            if not isinstance(row, dict):
                raise BadRow(file, number, "not a JSON object")
            for name, kind in required.items():
                if name not in row:
                    raise BadRow(file, number, f"field {name!r} is missing")
                if name == "id" and isinstance(row[name], int) and not isinstance(row[name], bool):
                    row[name] = str(row[name])
                if not isinstance(row[name], kind):
                    raise BadRow(
                        file, number, f"field {name!r} must be {kind.__name__}, not {type(row[name]).__name__}"
                    )
            yield row


def read_csv_rows(file: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield (line, row) of a CSV file with at least these columns. Raises `BadRow`."""
    with _open(file) as lines:
        reader = csv.DictReader(lines)
        for name in columns:
            if name not in (reader.fieldnames or ()):
                raise BadRow(file, 1, f"column {name!r} is missing; the first line must be {','.join(columns)}")
        for row in reader:
            yield reader.line_num, row


@contextmanager
def _open(file: Path) -> Iterator[TextIO]:
    try:
        handle = file.open(encoding="utf-8-sig", newline="")
    except OSError as error:
        raise BadRow(file, 0, error.strerror or "cannot be opened") from None
    with handle:
        try:
            yield handle
        except UnicodeDecodeError:
            raise BadRow(file, 0, "is not UTF-8 text") from None


def write_json_rows(file: Path, rows: Iterable[Mapping[str, Any]]) -> int:
    """Write rows as JSON lines beside the target, then put it in place: a failure leaves nothing half-written."""
    part = file.with_name(f".{file.name}.part")
    count = 0
    try:
        with part.open("w", encoding="utf-8") as handle:
            for row in rows:
                handle.write(json.dumps(row, ensure_ascii=False) + "\n")
                count += 1
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    return count
