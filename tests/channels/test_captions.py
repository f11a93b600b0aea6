"""Captions are read strictly, and what is wrong is named by its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from channels.media import MediaError, probe

SRT = "1\n00:00:01,000 --> 00:00:02,500\nXin chào\n\n2\n00:00:02,500 --> 00:00:04,000\nHai dòng\nở đây --> đó\n"
VTT = (
    "WEBVTT Kind: captions\n\nNOTE của biên tập\n\nmở đầu\n00:01.000 --> 00:02.500 align:start\nXin chào\n\n"
    "00:00:02.500 --> 00:01:04.000\nHai\n"
)


def look(folder: Path, name: str, text: str | bytes, role: str = "captions") -> tuple[str, str, float, str]:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    found = probe(path, role=role, language="vi")
    return found.kind, found.mime, found.duration_s, found.language


@pytest.mark.parametrize("role", ["", "captions"])
def test_both_kinds_are_read_with_any_line_ends_and_a_mark_at_the_front(tmp_path: Path, role: str) -> None:
    for srt in (SRT, SRT.replace("\n", "\r\n"), "\ufeff" + SRT):
        assert look(tmp_path, "a.srt", srt, role) == ("captions", "application/x-subrip", 4.0, "vi")
    for vtt in (VTT, VTT.replace("\n", "\r\n"), "\ufeff" + VTT):
        assert look(tmp_path, "A.VTT", vtt, role) == ("captions", "text/vtt", 64.0, "vi")


@pytest.mark.parametrize(
    ("name", "text", "line", "what"),
    [
        ("a.srt", SRT.encode("utf-16"), 1, "UTF-8"),
        ("a.srt", SRT.replace("chào", "chao").encode().replace("ở".encode(), b"\xf4"), 8, "UTF-8"),
        ("a.srt", SRT.replace("00:00:02,500 -->", "00:00:00,500 -->"), 6, "above"),
        ("a.srt", SRT.replace("--> 00:00:02,500", "--> 00:00:00,500"), 2, "ends before"),
        ("a.srt", SRT.replace("01,000", "01.000"), 2, "00:00:05,000"),
        ("a.srt", SRT.replace("00:00:01", "00:71:01"), 2, "00:00:05,000"),
        ("a.srt", SRT.replace("2\n00", "hai\n00"), 5, "number"),
        ("a.srt", "1\nXin chào\n", 1, "times"),
        ("a.srt", "\n\n", 1, "no cue"),
        ("a.srt", "1\n00:00:01,000 --> 00:00:02,500\n" + "a" * 20_000, 3, "too long"),
        ("a.vtt", VTT.removeprefix("WEBVTT"), 1, "WEBVTT"),
        ("a.vtt", VTT.replace("01.000", "01,000"), 6, "00:00:05.000"),
        ("a.vtt", "WEBVTT\n\nNOTE nothing\n", 1, "no cue"),
    ],
)
def test_what_is_wrong_is_named_by_its_line(tmp_path: Path, name: str, text: str | bytes, line: int, what: str) -> None:
    with pytest.raises(MediaError) as caught:
        look(tmp_path, name, text)
    assert f"line {line}:" in caught.value.told.en and what in caught.value.told.en
    assert f"dòng {line}:" in caught.value.told.vi and name in caught.value.told.vi


def test_only_captions_are_captions(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=r"use \.srt or \.vtt"):
        look(tmp_path, "a.txt", SRT)
