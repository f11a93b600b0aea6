"""`loa post attach`, `--option`: files by what they are to the post, and a channel's own words."""

from __future__ import annotations

from pathlib import Path

import pytest

from channels.sandbox.pictures import picture
from tests.bot.cli.conftest import Loa, refused
from tests.bot.cli.test_posts_and_queue import NEW, connected

__all__ = ["connected"]


def test_files_are_added_and_a_channels_own_words_are_taken(connected: Loa, tmp_path: Path) -> None:
    words = ("--text", "facebook=Lũ", "--option", "facebook.first_comment=Gọi 115")
    assert connected(*NEW, *words).status == 0
    assert "first_comment" not in connected("post", "show", "--as", "soan", "1").err
    (tmp_path / "lu.jpg").write_bytes(picture("Lũ", 1, (600, 400)))
    said = connected("post", "attach", "--as", "soan", "1", "lu.jpg", "--alt", "Nước lên")
    assert said.status == 0 and "lu.jpg [picture] image/jpeg, 600x400" in said.out
    (tmp_path / "a.srt").write_text("1\n00:00:01,000 --> 00:00:00,500\nA\n")
    for words, wrong in (
        (("a.srt", "--role", "captions"), "line 2"),
        (("lu.jpg", "--role", "cover"), "--role cover"),
        (("lu.jpg", "--language", "xx"), "--language xx"),
        (("lu.jpg", "--channel", "zolo"), "--channel zolo"),
    ):
        assert wrong in refused(connected("post", "attach", "--as", "soan", "1", *words))


@pytest.mark.parametrize(
    ("option", "wrong"),
    [
        ("facebook.first_comment", "write it as"),
        ("first_comment=a", "write it as"),
        ("viber.first_comment=a", "no --text for viber"),
        ("facebook.nothing=a", "use one of first_comment"),
    ],
)
def test_a_word_that_the_channel_does_not_know_is_named(connected: Loa, option: str, wrong: str) -> None:
    assert wrong in refused(connected(*NEW, "--text", "facebook=Lũ", "--option", option))
