"""A small slice of `tests.bench.vectors`, so that the large run keeps working and the lists keep finding."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models.db import Database
from tests.bench.vectors import Made, measure


async def test_the_bench_measures_what_it_says(
    sqlite_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("monitor.index.base.EXACT_MOST", 500)
    monkeypatch.setattr("monitor.index.base.COMPARED", 1200)
    topics = np.random.default_rng(3).standard_normal((40, 384))
    real = topics.repeat(10, axis=0) + 0.8 * np.random.default_rng(4).standard_normal((400, 384))
    made = Made((real / np.linalg.norm(real, axis=1, keepdims=True)).astype(np.float32))
    _, truth = made.truth(3000)
    db = Database(sqlite_database)
    figures = await measure(db, tmp_path / "index", made, 3000, truth)
    await db.close()
    assert figures["recall"] >= 0.9
    assert 0 < figures["p50_ms"] <= figures["p99_ms"] and figures["size_mb"] > 1
    assert "faiss, 3000 vectors: build_s" in capsys.readouterr().out
