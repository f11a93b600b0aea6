"""Every command in the guides exists and takes the options that stand there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest
import typer

from bot.cli import app

ROOT = Path(__file__).parents[3]
GUIDES = ("README.md", "docs/install.md")


def commands(guide: str) -> Iterator[str]:
    """The lines of the blocks that call `loa`, as they would be typed, with something put in for <placeholders>."""
    for block in re.findall(r"^ *```\n(.*?)^ *```", (ROOT / guide).read_text("utf-8"), re.M | re.S):
        for line in block.splitlines():
            if found := re.match(r"(?:sudo -u loa )?(?:\S*/)?loa (?=[a-z])(.*)", line.strip()):
                yield re.sub(r"<[^>]*>", "1", found[1])


def mentions(guide: str) -> set[str]:
    """The commands named inside a sentence: `loa queue settle ...`."""
    return set(re.findall(r"`loa ([a-z][^`]*)`", (ROOT / guide).read_text("utf-8")))


def parse(words: list[str]) -> None:
    """Read the words as the command line does, without doing anything. Raises a usage error."""
    command: Any = typer.main.get_command(app)
    context = None
    while True:
        context = command.make_context(command.name, list(words), parent=context)
        if not hasattr(command, "resolve_command") or not (rest := [*context._protected_args, *context.args]):
            return
        _, command, words = command.resolve_command(context, rest)


@pytest.mark.parametrize("line", sorted({line for guide in GUIDES for line in commands(guide)}))
def test_a_command_of_the_guides_can_be_typed(line: str) -> None:
    parse(shlex.split(line, comments=True))


@pytest.mark.parametrize("named", sorted({named for guide in GUIDES for named in mentions(guide)}))
def test_a_command_named_in_a_sentence_exists(named: str) -> None:
    path = list(takewhile(lambda word: re.fullmatch(r"[a-z]+", word), named.split()))
    command: Any = typer.main.get_command(app)
    while path and hasattr(command, "commands"):
        command = command.commands[path.pop(0)]


def test_the_guides_name_commands() -> None:
    assert len({line for guide in GUIDES for line in commands(guide)}) > 20
    with pytest.raises(Exception, match="No such option"):
        parse(["queue", "hold", "--as", "x", "--reasons", "y"])
