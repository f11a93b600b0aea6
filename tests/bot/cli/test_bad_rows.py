"""Rows that cannot be taken: file, line and field are named, and nothing half-written stays."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from bot.rows import BadRow, read_csv_rows, read_json_rows, whole_file, write_json_rows
from tests.bot.cli.conftest import Loa, refused

GOOD = json.dumps({"id": "0", "text": "chào", "time": "2026-11-24T08:00:00+07:00"})


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        (b"[" * 100_000, "brackets"),
        (b'{"id": 1, "text": "x"', "not JSON"),
        (b"[1, 2]", "not a JSON object"),
        (b'{"text": "x"}', "'id' is missing"),
        (b'{"id": true, "text": "x"}', "'id' must be str, not bool"),
        (b'{"id": "a", "text": null}', "'text' must be str, not NoneType"),
        (b'{"id": "a\\ud83d", "text": "x"}', "'id' holds half a character"),
        (b'{"id": "a", "text": "\xff\xfe"}', "is not UTF-8 text"),
        (b'{"id": ' + b"9" * 5000 + b', "text": "x"}', "not JSON"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: bytes, wanted: str) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_bytes(GOOD.encode() + b"\n\n\n" + line + b"\n")
    with pytest.raises(BadRow) as told:
        list(read_json_rows(file, {"id": str, "text": str}))
    assert str(told.value).startswith(f"{file}:4: ")
    assert wanted in str(told.value)
    assert len(str(told.value)) < 300 + len(str(file))


def test_half_a_character_in_a_text_is_replaced(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text('{"id": 7, "text": "nửa \\ud83d", "other": ["\\ud83d"]}', "utf-8")
    ((line, row),) = read_json_rows(file, {"id": str, "text": str})
    assert (line, row["id"], row["text"]) == (1, "7", "nửa \ufffd")


@pytest.mark.parametrize(
    ("text", "line", "wanted"),
    [
        ("", 1, "column 'timestamp' is missing"),
        ("time,value\n", 1, "column 'timestamp' is missing"),
        ("timestamp,value\na,1,5\n", 2, "3 fields, but the first line names 2"),
        ("timestamp,value\n\na\n", 3, "field 'value' is missing"),
        ('timestamp,value\n"a\nb",1\nc\n', 4, "field 'value' is missing"),
        ("timestamp,value\na,1\nb," + "9" * 140_000 + "\n", 3, "not CSV"),
    ],
)
def test_a_bad_line_of_a_series_is_named(tmp_path: Path, text: str, line: int, wanted: str) -> None:
    file = tmp_path / "s.csv"
    file.write_text(text, "utf-8")
    with pytest.raises(BadRow) as told:
        list(read_csv_rows(file, ("timestamp", "value")))
    assert str(told.value).startswith(f"{file}:{line}: ")
    assert wanted in str(told.value)


def test_a_series_of_a_spreadsheet_is_read(tmp_path: Path) -> None:
    file = tmp_path / "s.csv"
    file.write_bytes('\ufeffvalue,timestamp\r\n1,"a"\r\n\r\n2,b\r\n'.encode())
    assert list(read_csv_rows(file, ("timestamp", "value"))) == [
        (2, {"value": "1", "timestamp": "a"}),
        (4, {"value": "2", "timestamp": "b"}),
    ]


# -- out ----------------------------------------------------------------------------------------------------------


def test_a_failure_leaves_what_was_there(tmp_path: Path) -> None:
    file = tmp_path / "out.jsonl"
    file.write_text("before", "utf-8")

    def rows() -> object:
        yield {"id": "1"}
        raise BadRow(file, 7, "stop")

    with pytest.raises(BadRow):
        write_json_rows(file, rows())  # type: ignore[arg-type]
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("out.jsonl", "before")]


def test_a_link_keeps_leading_to_its_file(tmp_path: Path) -> None:
    real, link = tmp_path / "real.jsonl", tmp_path / "link.jsonl"
    real.write_text("", "utf-8")
    link.symlink_to(real)
    write_json_rows(link, [{"id": "á"}])
    assert link.is_symlink()
    assert real.read_text("utf-8") == '{"id": "á"}\n'


def test_a_pipe_is_written_to_as_it_is(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    end = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_json_rows(pipe, [{"id": "1"}])
        assert os.read(end, 100) == b'{"id": "1"}\n'
    finally:
        os.close(end)
    assert not pipe.is_file()


@pytest.mark.parametrize("place", [".", "nowhere/o.jsonl", "file/o.jsonl", "n" * 300])
def test_a_place_that_cannot_be_written_to_is_told_before_the_work(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("x")
    before = sorted(tmp_path.iterdir())
    worked = False
    with pytest.raises(BadRow) as told, whole_file(tmp_path / place):
        worked = True
    assert str(tmp_path / place) in str(told.value)
    assert not worked
    assert sorted(tmp_path.iterdir()) == before


# -- the commands -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["score", "match", "replay", "spikes"])
@pytest.mark.parametrize("place", ["missing/o.jsonl", "."])
def test_no_command_ends_in_a_traceback_over_its_output(loa: Loa, tmp_path: Path, command: str, place: str) -> None:
    rows = tmp_path / "rows"
    rows.write_text("timestamp,value\n2026-11-24,1\n" if command == "spikes" else GOOD, "utf-8")
    claims = ("--claims", str(rows)) if command == "match" else ()
    refused(loa(command, "--input", str(rows), "--output", place, *claims), place)


@pytest.mark.parametrize("command", ["score", "match", "replay", "spikes"])
def test_no_command_ends_in_a_traceback_over_its_input(loa: Loa, tmp_path: Path, command: str) -> None:
    rows = tmp_path / "rows"
    rows.write_text("timestamp,value\n2026-11-24,1\n" if command == "spikes" else GOOD, "utf-8")
    claims = ("--claims", str(rows)) if command == "match" else ()
    refused(loa(command, "--input", "nowhere", "--output", "o", *claims), "nowhere: No such file")
    refused(loa(command, "--input", ".", "--output", "o", *claims), "Is a directory")


@pytest.mark.parametrize(
    ("command", "line", "wanted"),
    [
        ("replay", {"id": "1", "text": "x", "time": "2026-11-24T07:00:00+07:00"}, "'time' goes back"),
        ("replay", {"id": "1", "text": "x", "time": "9999-12-31T23:59:59"}, "'time' lies outside"),
        ("replay", {"id": "1", "text": "x", "time": "hôm qua"}, "'time' is no ISO 8601 time"),
        ("replay", {"id": "1", "text": "x", "time": 5}, "'time' must be str"),
        ("score", {"id": "1\ud83d", "text": "x"}, "'id' holds half"),
        ("match", {"id": "1", "text": 5}, "'text' must be str"),
    ],
)
def test_the_line_in_the_file_is_named_after_blank_ones(
    loa: Loa, tmp_path: Path, command: str, line: dict[str, object], wanted: str
) -> None:
    rows, known = tmp_path / "rows.jsonl", tmp_path / "known.jsonl"
    rows.write_text(f"{GOOD}\n\n\n\n{json.dumps(line)}\n", "utf-8")
    known.write_text(GOOD, "utf-8")
    claims = ("--claims", str(known)) if command == "match" else ()
    refused(loa(command, "--input", str(rows), "--output", "o", *claims), f"{rows}:5:", wanted)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["known.jsonl", "rows.jsonl"]


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("2026-11-24 08:00,1,5", "decimal comma"),
        ("2026-11-24 08:00", "'value' is missing"),
        ("2026-11-24 08:00,nan", "'value' is no finite number"),
        ("2026-11-24 08:00,", "'value' is no number"),
        ("0001-01-01,5", "'timestamp' lies outside"),
        ("2020-11-24,5", "'timestamp' goes back"),
    ],
)
def test_a_bad_value_of_a_series_is_named(loa: Loa, tmp_path: Path, line: str, wanted: str) -> None:
    rows = tmp_path / "s.csv"
    rows.write_text(f"timestamp,value\n\n2026-11-24 07:00,1e308\n{line}\n", "utf-8")
    refused(loa("spikes", "--input", str(rows), "--output", "o"), f"{rows}:4:", wanted)
    assert not (tmp_path / "o").exists()


@pytest.mark.parametrize("command", ["score", "match", "replay"])
def test_half_a_character_in_a_text_stops_no_tool(loa: Loa, tmp_path: Path, command: str) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text(json.dumps({"id": "1", "text": "vỡ đập \ud83d", "time": "2026-11-24"}), "utf-8")
    claims = ("--claims", str(rows)) if command == "match" else ()
    done = loa(command, "--input", str(rows), "--output", "o.jsonl", *claims)
    assert done.status == 0, done.err
    assert (tmp_path / "o.jsonl").exists()


def test_an_argument_that_is_no_text_is_told(loa: Loa) -> None:
    refused(loa("score", "--input", "a\udcff", "--output", "o"), "argument 3 is not UTF-8")
