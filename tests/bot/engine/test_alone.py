"""Two processes on one SQLite file never play the same role."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bot.engine.alone import hold_roles
from bot.settings import BadSettings

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
