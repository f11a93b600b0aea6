"""Rows in and out of the tools (`loa score`, `match`, `spikes`, `replay`): JSON lines and CSV, read with clear errors,
written whole or not at all."""

from __future__ import annotations

import csv
import json
import os
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, Final

from channels.reading import nests_too_deep

EARLIEST, LATEST = datetime(1970, 1, 2, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
"""Times outside are slips of the pen, and the calendar ends too near to them."""
_LONE: Final = re.compile("[\ud800-\udfff]")


class BadRow(Exception):
    """One line naming the file, the line and the field; line 0: the file as a whole."""

    def __init__(self, file: Path, line: int, what: str) -> None:
        super().__init__(f"{file}:{line}: {what}" if line else f"{file}: {what}")


# -- in -----------------------------------------------------------------------------------------------------------


def read_json_rows(file: Path, required: Mapping[str, type]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield (line, object) of a JSON-lines file. Raises `BadRow` for what is not an object with the required fields.

    Half a character (people's texts are cut by programs that count otherwise) is replaced in a text, refused in an id.
    """
    for number, line in _lines(file):
        if line.strip():
            yield number, _row(file, number, line, required)


def _row(file: Path, number: int, line: str, required: Mapping[str, type]) -> dict[str, Any]:
    if nests_too_deep(line):
        raise BadRow(file, number, "not JSON that can be read (too many brackets in brackets)")
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
            raise BadRow(file, number, f"field {name!r} must be {kind.__name__}, not {type(row[name]).__name__}")
    if "id" in required and _LONE.search(row["id"]):
        raise BadRow(file, number, "field 'id' holds half a character (a lone surrogate)")
    return {name: _LONE.sub("\ufffd", value) if isinstance(value, str) else value for name, value in row.items()}


def read_csv_rows(file: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield (line, row) of a CSV file with at least these columns. Raises `BadRow`."""
    reader = csv.reader(line for _, line in _lines(file))
    header = _next(file, reader, 1) or []
    for name in columns:
        if name not in header:
            raise BadRow(file, 1, f"column {name!r} is missing; the first line must be {','.join(columns)}")
    while (row := _next(file, reader, line := reader.line_num + 1)) is not None:
        if len(row) > len(header):
            raise BadRow(file, line, f"{len(row)} fields, but the first line names {len(header)} (a decimal comma?)")
        found = dict(zip(header, row, strict=False))
        if lacking := [name for name in columns if row and name not in found]:
            raise BadRow(file, line, f"field {lacking[0]!r} is missing")
        if row:
            yield line, found


def _next(file: Path, reader: Iterator[list[str]], line: int) -> list[str] | None:
    try:
        return next(reader, None)
    except csv.Error as error:
        raise BadRow(file, line, f"not CSV that can be read ({error})") from None


def _lines(file: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines with their numbers and ends. Bytes that are no UTF-8 come out as lone surrogates, so that the
    line with them can be named."""
    try:
        with file.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as lines:
            for number, line in enumerate(lines, 1):
                if _LONE.search(line):
                    raise BadRow(file, number, "is not UTF-8 text")
                yield number, line
    except OSError as error:
        raise BadRow(file, 0, error.strerror or "cannot be read") from None


def moment(file: Path, line: int, field: str, text: str) -> datetime:
    """Return the time in a field; without a zone it is UTC. Raises `BadRow`."""
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        raise BadRow(file, line, f"field {field!r} is no ISO 8601 time") from None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    if not EARLIEST <= at < LATEST:
        raise BadRow(file, line, f"field {field!r} lies outside {EARLIEST.year} to {LATEST.year - 1}")
    return at


# -- out ----------------------------------------------------------------------------------------------------------


def write_json_rows(file: Path, rows: Iterable[Mapping[str, Any]]) -> int:
    """Write rows as JSON lines; return how many. Raises `BadRow` when the file cannot be written."""
    count = 0
    with whole_file(file) as out:
        for row in rows:
            out.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
            count += 1
    return count


@contextmanager
def whole_file(file: Path) -> Iterator[BinaryIO]:
    """Write beside the target, then put it in place: a failure leaves nothing half-written, and what was there before.

    Raises `BadRow` for a place that cannot be written to, before anything is worked out. A device or pipe is written
    to as it is.
    """
    try:
        if file.is_dir():
            raise BadRow(file, 0, "is a folder; a file name is needed")
        if file.exists() and not file.is_file():
            with file.open("wb") as out:
                yield out
            return
        target = file.resolve()
        part = target.with_name(f".loa-{secrets.token_hex(6)}.part")
        try:
            with part.open("xb") as out:
                yield out
                out.flush()
                os.fsync(out.fileno())
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise BadRow(file, 0, f"cannot be written: {error.strerror or error}") from None
