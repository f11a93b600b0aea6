"""Two processes on one SQLite file never play the same role, and what a dead one left is known to be nobody's."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from bot.engine.alone import hold_roles
from bot.publishing import deliver, in_flight
from bot.publishing.claim import claim_due
from bot.publishing.settle import inherit
from bot.settings import BadSettings
from tests.bot.engine.conftest import KEY
from tests.bot.engine.hosts import make_host
from tests.bot.engine.tiny import Platform, office, queue, row, until

ROOT = Path(__file__).parents[3]
HOLD = """
import pathlib, sys
from bot.engine.alone import hold_roles
kept = hold_roles(pathlib.Path(sys.argv[1]), ["duty"])
print("held", flush=True)
sys.stdin.read()
"""


def test_a_role_that_another_process_plays_is_refused_until_that_one_is_dead(tmp_path: Path) -> None:
    database = tmp_path / "loa.db"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(database)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(BadSettings, match="--role duty"):
            hold_roles(database, {"monitor", "duty"})
        with hold_roles(database, {"publish", "monitor"}):
            pass
        other.kill()
    with hold_roles(database, {"monitor", "duty"}), pytest.raises(BadSettings, match="--role monitor"):
        hold_roles(database, {"monitor"})


@pytest.mark.parametrize("step", ["prepare", "submit"])
async def test_what_a_dead_process_left_is_looked_at_at_once_not_when_its_call_would_have_ended(
    sqlite_database: str, tmp_path: Path, platform: Platform, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    monkeypatch.setattr(in_flight, "PREPARE_S", 3600.0)
    died = await make_host("embedded", sqlite_database, tmp_path, key=KEY)
    (account,) = await office(died.parts, platform.url)
    (delivery,) = await queue(died.parts, ["phim dài"], account)
    (flying,) = await claim_due(died.parts, 1)
    if step == "submit":
        assert await died.db.together(deliver._enter_submit, deliver.Entry(died.parts, flying, {})) is None
        platform.posts.append("phim dài")  # accepted, and nobody was left to hear it
    await died.close(0)
    platform.ready.set()
    host = await make_host("embedded", sqlite_database, tmp_path, key=KEY)
    left = await row(host.db, delivery)
    assert left.next_at > host.parts.now() + timedelta(seconds=5)
    await inherit(host.parts)
    await host.engine.start()
    await until(host.db, sent=1)
    assert platform.posts == ["phim dài"]
    assert (await row(host.db, delivery)).sent_at < left.next_at
    await host.close(0)
