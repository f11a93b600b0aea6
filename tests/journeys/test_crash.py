"""SIGKILL at every step of a delivery and inside every call to a platform: nothing lost, nothing twice, and unknown
only what nobody can read back. `make crash` goes on at random where this ends."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import Final

import pytest

from channels.base import Can
from channels.registry import CHANNELS
from tests.crash.chance import Sum, at_random, plan
from tests.crash.forms import FOLLOWED, Form
from tests.crash.stage import ALL, POINTS, Children, Stage
from tests.crash.table import points, rehearse, table
from tests.databases import Postgres

SEED, SLICE = 20261124, 6

CALLS: Final = {
    "album": ["viber POST post"] * 3,
    "feed": ["facebook POST feed"],
    "photo": ["facebook POST photos"],
    "photos": ["facebook POST photos"] * 3 + ["facebook POST feed"],
    "reel": [
        "facebook POST video_reels",
        "facebook POST 410001",
        "facebook POST video_reels",
        "facebook GET 410001",
    ],
    "commented": ["facebook POST feed", "facebook POST comments"],
    "video": ["facebook POST videos"] * 3 + ["facebook GET 410002"],
    "article": ["zalo POST create", "zalo POST verify", "zalo GET getslice"],
    "illustrated article": ["zalo POST create", "zalo POST verify", "zalo GET getslice"],
    "video article": [
        "zalo POST preparevideo",
        "zalo GET verify",
        "zalo POST create",
        "zalo POST verify",
        "zalo GET getslice",
    ],
    "to followers": ["zalo POST create", "zalo POST verify", "zalo GET getslice", "zalo POST message"],
    "text": ["viber POST post"],
    "to subscribers": ["viber POST broadcast_message"] * 2,
    "picture": ["viber POST post"],
    "film": [
        "youtube POST token",
        "youtube POST videos",
        "youtube PUT videos",
        "youtube PUT videos",
        "youtube GET videos",
    ],
    "long film": ["youtube POST token", "youtube POST videos", *["youtube PUT videos"] * 4, "youtube GET videos"],
    "commented film": [
        "youtube POST token",
        "youtube POST videos",
        "youtube PUT videos",
        "youtube PUT videos",
        "youtube GET videos",
        "youtube POST commentThreads",
    ],
}
"""What one delivery asks its platform for; the table kills around each of them."""
SLICE_OF: Final = {"embedded": ("article", "text", "film"), "distributed": ("feed",)}
"""The suite takes one form of each channel, one of them on the second engine; `make crash` runs the whole table."""
CASES: Final = [
    (engine, form)
    for engine, names in SLICE_OF.items()
    for form in ALL
    if "CRASH_TABLE" in os.environ or form.name in names
]


@pytest.mark.slow
@pytest.mark.parametrize(("engine", "form"), CASES, ids=lambda value: getattr(value, "name", value))
async def test_killed_at_every_point(engine: str, form: Form, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    postgres = request.getfixturevalue("postgres") if engine == "distributed" else None
    async with Children() as children, Stage(tmp_path, children, postgres) as stage:
        await every_point(stage, engine, form)


async def every_point(stage: Stage, engine: str, form: Form) -> None:
    """The table of one form."""
    rehearsal = await rehearse(stage, engine, form)
    assert rehearsal.well, rehearsal
    assert rehearsal.requests == CALLS[form.name]
    assert rehearsal.commits >= 2, "claimed, finished"
    killed, unknown = Counter[str](), 0
    async for kill, verdict in table(stage, engine, form, rehearsal):
        assert verdict.well, f"{engine}, {form.name}, killed at {kill}: {verdict}"
        killed[kill.point] += verdict.kills
        unknown += len(verdict.unknown)
    print(f"{engine}, {form.name}: {dict(killed)}, unknown: {unknown}")
    assert set(killed) == set(POINTS)
    assert killed.total() == len(points(rehearsal)), "every point was reached"
    sent_on = form in FOLLOWED and "broadcast" in form.options
    assert (unknown > 0) == (sent_on or Can.FIND_SENT not in CHANNELS[form.channel].can)


@pytest.mark.slow
async def test_killed_at_random(tmp_path: Path, postgres: Postgres) -> None:
    found = Sum()
    async with Children() as children, Stage(tmp_path, children, postgres) as stage:
        async for planned, verdict in at_random(stage, SEED, range(SLICE)):
            found.add(planned, verdict)
    print(*(f"{name}: {count}" for name, count in found.rows()), sep=", ")
    assert not found.bad
    assert found.kills >= SLICE, "most runs are killed more than once"
    assert found.unknowns <= found.blind


def test_a_run_is_named_by_its_seed_and_number() -> None:
    assert str(plan(1, 2)) == str(plan(1, 2))
    assert len({str(plan(1, number)) for number in range(50)}) == 50
    assert {kill.point for number in range(50) for kill in plan(1, number).kills} == set(POINTS)
