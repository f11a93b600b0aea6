"""`loa evaluate` and `loa train` as they are called."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from models.claim import Claim
from models.db import Database
from models.incident import Incident
from models.learning import Verdict
from models.mention import Mention
from models.office import Account
from monitor.learning.store import label_texts
from tests.bot.cli.conftest import Loa, refused
from tests.databases import sqlite_url
from tests.monitor.learning.test_store import FROZEN, Axis


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


# -- learning -------------------------------------------------------------------------------------------------------


@pytest.fixture
def judged(office: Loa, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Loa:
    """An office whose duty officer has judged twelve alarms, of a model that cannot tell them apart."""
    monkeypatch.setattr("monitor.scoring.open_scorer", lambda *model, **how: Axis())
    monkeypatch.setattr("monitor.learning.store.frozen_lines", lambda: FROZEN)
    now = datetime.now(UTC)

    async def fill() -> None:
        db = Database(sqlite_url(tmp_path / "var" / "loa.db"))
        async with db.write() as session:
            session.add(Account(id=1, organisation_id=1, kind="facebook", remote_id="1", name="Trang", created_at=now))
            await session.flush()
            for number in range(1, 13):
                right = number % 2 == 0
                at = now - timedelta(days=number)
                session.add(Claim(id=number, organisation_id=1, key=f"k{number}", text="x", first_at=at, last_at=at))
                await session.flush()
                row = Incident(
                    id=number, organisation_id=1, claim_id=number, level="high", harm=2, spread=1, claim_text="x",
                    started_at=at, opened_at=at, updated_at=at, verdict=Verdict.RIGHT if right else Verdict.CRITICISM,
                )  # fmt: skip
                session.add(row)
                for i in range(6):
                    words = f"{'Kho' if right else 'Vé'} thứ {number * 10 + i}"
                    session.add(
                        Mention(
                            organisation_id=1, account_id=1, channel="facebook", remote_id=f"{number}-{i}", text=words,
                            author_hash=f"h{i}", fetched_at=at, written_at=at + timedelta(minutes=i), scored_at=at,
                            model="m", risk=0.55 if right else 0.45, category="misinformation", stance="asserts",
                            harm=2, claim_id=number,
                        )
                    )  # fmt: skip
                await session.flush()
                await label_texts(session, row, Verdict(row.verdict), None, at)
        await db.close()

    asyncio.run(fill())
    return office


def test_a_refit_says_what_it_came_to_and_can_be_taken_back(judged: Loa) -> None:
    said = judged("train", "--as", "admin")
    assert said.status == 0, said.err
    assert "criticism_risk" in said.out and "h1: đang dùng, từ 72 văn bản" in said.out
    assert judged("train", "--as", "admin", "--rollback").out.strip() == "h1 -> shipped"
    refused(judged("train", "--as", "admin", "--rollback"), "as it was shipped already")


def test_the_curve_is_shown_and_the_choice_kept(judged: Loa, tmp_path: Path) -> None:
    chart = tmp_path / "curve.png"
    said = judged("train", "--as", "lanh", "--curve", "--chart", str(chart))
    assert said.status == 0, said.err
    assert "72 văn bản" in said.out and "0.42" in said.out and chart.read_bytes().startswith(b"\x89PNG")
    rows = [[cell.strip() for cell in line.strip("│ ").split("│")] for line in said.out.splitlines() if "│" in line]
    assert ["0.44", "0.50", "6", "6"] in rows and ["0.50", "0.25", "6", "0"] in rows
    assert "threshold in use: 0.46" in judged("train", "--as", "lanh", "--alarms", "0.3").out
    assert "threshold in use: 0.46" in judged("train", "--as", "lanh", "--curve").out


def test_who_may_not_is_told_and_so_is_who_has_nothing_to_learn_from(office: Loa) -> None:
    refused(office("train", "--as", "soan"), "Only an admin or a leader")
    assert "too few verdicts" in office("train", "--as", "admin").out
    refused(office("train", "--as", "admin", "--alarms", "2"), "nothing was heard yet")
