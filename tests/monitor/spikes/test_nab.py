"""The benchmark's score on cases made by hand, and the detector's own score where the data are."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.spikes import ALARM
from monitor.spikes.nab import at_threshold, parts_of, read_all, scores_of, sigma, total
from tests.bench.nab import FOLDER

ROWS, WINDOWS = 10_000, [(2000, 2099), (5000, 5099)]


def score(alarms: list[int], profile: str = "standard") -> float:
    return parts_of(ROWS, WINDOWS, alarms).score(profile)


@pytest.mark.parametrize("profile", ["standard", "low_FP", "low_FN"])
def test_silence_is_nothing_and_first_rows_are_perfect(profile: str) -> None:
    assert score([], profile) == 0.0
    assert score([2000, 5000], profile) == pytest.approx(100)


def test_what_an_alarm_is_worth() -> None:
    middle = sigma(-0.5) / sigma(-1)
    assert score([2050, 5000]) == pytest.approx(100 * (middle + 1 + 2) / 4)
    assert score([2060, 2050, 2099, 5000]) == pytest.approx(score([2050, 5000])), "the best alarm of a window counts"
    assert score([2000]) == pytest.approx(50)
    assert score([2000], "low_FN") == pytest.approx(100 * (1 - 2 + 4) / 6)


def test_what_a_false_alarm_costs() -> None:
    found = [2000, 5000]
    assert score([1000, *found]) == pytest.approx(100 * (4 - 0.11) / 4), "before any window: in full"
    assert score([4000, *found]) == pytest.approx(100 * (4 - 0.11) / 4), "more than three lengths after: in full"
    past = 11 / 99
    assert score([2110, *found]) == pytest.approx(100 * (4 + 0.11 * sigma(past)) / 4)
    assert score([2110, *found], "low_FP") == pytest.approx(100 * (4 + 0.22 * sigma(past)) / 4)
    assert score([100, 749, *found]) == pytest.approx(100), "the first rows are not scored"


@pytest.mark.parametrize(
    ("windows", "rows", "said"),
    [
        ("{", "", "windows.json: "),
        ('{"a.csv": [["2015-02-26"]]}', "", "windows.json: "),
        ('{"a.csv": [["2015-02-26", "2015-02-27"]]}', "2015-02-26,1\n2015-02-26,x\n", "a.csv, line 3: timestamp,value"),
        ('{"a.csv": [["2016-02-26", "2016-02-27"]]}', "2015-02-26,1\n", "a.csv: a window without rows"),
    ],
)
def test_what_is_wrong_with_a_folder_is_named(tmp_path: Path, windows: str, rows: str, said: str) -> None:
    (tmp_path / "windows.json").write_text(windows, encoding="utf-8")
    (tmp_path / "a.csv").write_text("timestamp,value\n" + rows, encoding="utf-8")
    with pytest.raises(ValueError, match=said):
        read_all(tmp_path)


@pytest.mark.slow
@pytest.mark.skipif(not FOLDER.exists(), reason=f"the benchmark's series are not at {FOLDER}")
def test_the_detector_on_the_benchmark() -> None:
    """Every series finds what it found when it was tuned: 80 in all; six points less would be a worse detector."""
    every = read_all(FOLDER)
    scores = [scores_of(series) for series in every]
    assert total([at_threshold(s, row, ALARM) for s, row in zip(every, scores, strict=True)]).score() >= 79
