"""The floors of the house: bot > monitor > channels and models. Read from the imports of every file."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAY_IMPORT = {
    "models": {"models"},
    "channels": {"channels"},
    "monitor": {"monitor", "channels", "models"},
    "bot": {"bot", "monitor", "channels", "models"},
}
OURS = set(MAY_IMPORT)


def imported(path: Path) -> set[str]:
    """The full names of the modules of ours that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
    return {name for name in found if name.split(".")[0] in OURS}


FILES = sorted(p for room in OURS for p in (ROOT / room).rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_floor_imports_only_what_is_below(path: Path) -> None:
    room = path.relative_to(ROOT).parts[0]
    assert {name.split(".")[0] for name in imported(path)} <= MAY_IMPORT[room]


def test_the_sandbox_is_held_to_the_platforms_not_to_the_adapters() -> None:
    for path in (ROOT / "channels" / "sandbox").rglob("*.py"):
        assert all(name.startswith("channels.sandbox") for name in imported(path)), path


def test_only_the_demo_and_drills_know_the_sandbox() -> None:
    """A daemon that serves real people never loads pretended ones."""
    for path in FILES:
        parts = path.relative_to(ROOT).parts
        if parts[:2] not in {("channels", "sandbox"), ("bot", "demo")}:
            assert not any(name.startswith("channels.sandbox") for name in imported(path)), path


def test_only_the_daemon_and_its_faces_read_the_machines_clock() -> None:
    for path in FILES:
        if path.relative_to(ROOT).as_posix() == "bot/parts.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in ("now", "utcnow") and isinstance(node.value, ast.Name):
                assert node.value.id != "datetime", f"{path}:{node.lineno} reads the clock itself"
