"""Charts are PNG or SVG of a known size, with and without figures."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from bot.reports.charts import incident_chart, weeks_chart


def size(png: bytes) -> tuple[int, int]:
    return Image.open(BytesIO(png)).size


@pytest.mark.parametrize("series", [[], [["2026-11-23T01:00:00+00:00", 3], ["2026-11-23T01:15:00+00:00", 9]]])
@pytest.mark.parametrize("language", ["vi", "en"])
def test_how_a_claim_grew(series: list[list[object]], language: str) -> None:
    assert size(incident_chart({"series": series, "usual": 1.5}, language=language)) == (1000, 560)


@pytest.mark.parametrize("values", [[1, 2, 3, 4, 5], [None, None, 0, None, 9_000_000], [None] * 5])
def test_five_weeks(values: list[int | None]) -> None:
    weeks = [f"Tuần {n}" for n in range(43, 48)]
    assert size(weeks_chart(weeks, values)) == (816, 432)
    assert b"<svg" in weeks_chart(weeks, values, form="svg")
