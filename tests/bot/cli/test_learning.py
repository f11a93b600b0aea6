"""`loa evaluate` as it is called."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.bot.cli.conftest import Loa, refused


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder with one small set of posts."""
    folder = tmp_path / "data"
    (folder / "vi_reintel").mkdir(parents=True)
    posts = [(f"Chia sẻ gấp, kho xăng số {i} sắp nổ, họ giấu dân", 1) for i in range(6)]
    posts += [(f"Cảm ơn trang, bản tin số {i} dễ hiểu", 0) for i in range(12)]
    lines = "".join(json.dumps({"text": text, "label": label}) + "\n" for text, label in posts)
    (folder / "vi_reintel" / "dev.jsonl").write_text(lines, "utf-8")
    return folder


def test_evaluate_prints_a_table_and_writes_its_figures(loa: Loa, data: Path) -> None:
    fair = data / "fair.jsonl"
    fair.write_text('{"text": "Đường sửa hoài chưa xong, đề nghị xem lại"}\n', "utf-8")
    output = data / "figures.jsonl"
    said = loa("evaluate", "--data", str(data), "--criticism", str(fair), "--output", str(output))
    assert said.status == 0, said.err
    assert "ROC-AUC vi_reintel" in said.out and "loss telex" in said.out and "en_pheme" in said.out
    rows = {row["name"]: row for row in map(json.loads, output.read_text("utf-8").splitlines())}
    assert rows["ROC-AUC vi_reintel"]["value"] > 0.9 and rows["ROC-AUC vi_reintel"]["rows"] == 18
    assert rows["false alarms criticism file"]["rows"] == 1
    assert {row["part"] for row in rows.values()} == {"lexical"}
    assert all(row["model"].startswith("lexical/") and row["low"] <= row["high"] for row in rows.values())


def test_evaluate_needs_something_to_measure(loa: Loa, data: Path, tmp_path: Path) -> None:
    refused(loa("evaluate", "--data", str(tmp_path / "none")), "--data", "no such folder")
    refused(loa("evaluate", "--data", str(tmp_path)), "none of the labelled sets")
    (data / "vi_hsd").mkdir()
    (data / "vi_hsd" / "dev.jsonl").write_text('{"label": 0}\n', "utf-8")
    refused(loa("evaluate", "--data", str(data)), "dev.jsonl:1", "'text' is missing")
