"""The one validator: what is at a limit passes, what is beyond it is refused, with its numbers and a way out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.base import (
    BROADCAST,
    COMMENT,
    EDIT,
    Channel,
    Content,
    Limits,
    MediaFile,
    MediaLimit,
    Option,
    Problem,
    TextLimit,
    Unit,
)
from channels.errors import Told
from channels.review import review
from channels.viber import ViberChannel

GOOD: Mapping[str, MediaFile] = {
    "picture": MediaFile(Path("a.jpg"), "picture", "image/jpeg", 5000, "s", 800, 600, alt_text="Lũ", public_url="u"),
    "thumbnail": MediaFile(Path("t.jpg"), "thumbnail", "image/jpeg", 5000, "s", 800, 600, public_url="u"),
    "captions": MediaFile(Path("c.srt"), "captions", "application/x-subrip", 5000, "s", language="vi", public_url="u"),
    "clip": MediaFile(
        Path("v.mp4"), "clip", "video/mp4", 5000, "s", 800, 600, 20.0, public_url="u", fps=25, video_codec="h264",
        audio_codec="aac",
    ),
}  # fmt: skip
ANY = MediaLimit(frozenset(m.mime for m in GOOD.values()), 10**12, most_count=9)
SHOWN = ("picture", "thumbnail", "clip")


def channel(limits: Limits, *options: Option) -> type[Channel]:
    """A channel of these limits that takes links."""
    return type("Made", (ViberChannel,), {"label": "Kênh", "limits": limits, "options": options})


def found(kind: str, limit: MediaLimit, **changed: Any) -> list[Problem]:
    """The problems with one file of a kind that was changed a little."""
    others = {"clip": GOOD["clip"]} if kind in ("captions", "thumbnail") else {}
    media = (*others.values(), replace(GOOD[kind], **changed))
    limits = Limits(TextLimit(100), **{"clip": ANY, kind: limit})
    return review(channel(limits), Content("Lời", media=media))


Beyond = Callable[[int], tuple[dict[str, Any], dict[str, Any], dict[str, Any]]]
"""For a number: the limit, what of a file is just within it, what is just beyond."""

LIMITS: Mapping[str, tuple[tuple[str, ...], Beyond]] = {
    "too_big": (tuple(GOOD), lambda n: ({"most_bytes": n}, {"size": n}, {"size": n + 1})),
    "too_small": (tuple(GOOD), lambda n: ({"least_bytes": n}, {"size": n}, {"size": n - 1})),
    "too_long": (("clip",), lambda n: ({"most_s": float(n)}, {"duration_s": n}, {"duration_s": n + 0.01})),
    "too_short": (("clip",), lambda n: ({"least_s": n}, {"duration_s": n}, {"duration_s": n - 0.01})),
    "too_few_pixels": (
        SHOWN,
        lambda n: ({"least_edge": n}, {"width": n, "height": n + 5}, {"width": n + 5, "height": n - 1}),
    ),
    "edge_too_long": (SHOWN, lambda n: ({"most_edge": n}, {"width": 1, "height": n}, {"width": n + 1, "height": 1})),
    "sides_too_long": (
        SHOWN,
        lambda n: ({"most_sides": n + 1}, {"width": 1, "height": n}, {"width": 1, "height": n + 1}),
    ),
    "too_many_pixels": (
        SHOWN,
        lambda n: ({"most_pixels": 2 * n}, {"width": 2, "height": n}, {"width": 2, "height": n + 1}),
    ),
    "too_wide": (
        SHOWN,
        lambda n: ({"most_ratio": n}, {"width": 7 * n, "height": 7}, {"width": 7 * n + 1, "height": 7}),
    ),
    "too_tall": (
        SHOWN,
        lambda n: ({"least_ratio": 1 / n}, {"width": 7, "height": 7 * n}, {"width": 7, "height": 7 * n + 1}),
    ),
    "too_fast": (("clip",), lambda n: ({"most_fps": n}, {"fps": n}, {"fps": n * 1.01})),
    "too_slow": (("clip",), lambda n: ({"least_fps": n}, {"fps": n}, {"fps": n / 1.01})),
}


@pytest.mark.parametrize(("code", "kind"), [(code, kind) for code, (kinds, _) in LIMITS.items() for kind in kinds])
@given(number=st.integers(2, 10**6))
def test_at_each_limit_a_file_passes_and_one_beyond_is_refused(code: str, kind: str, number: int) -> None:
    limit, within, beyond = LIMITS[code][1](number)
    held = replace(ANY, **limit)
    assert found(kind, held, **within) == []
    [problem] = found(kind, held, **beyond)
    assert (problem.code, problem.field) == (f"{kind}_{code}", kind)
    assert problem.most is not None and problem.actual is not None and problem.most != problem.actual
    for text in (problem.told.vi, problem.told.en):
        assert "Kênh" in text and any(c.isdigit() for c in text)
    assert "hãy" in problem.told.vi


@pytest.mark.parametrize("fps", [23.976, 29.97, 59.94])
def test_televisions_odd_rates_are_taken_for_the_round_ones(fps: float) -> None:
    assert found("clip", replace(ANY, least_fps=round(fps), most_fps=round(fps)), fps=fps) == []


def test_what_is_not_known_of_a_clip_is_left_to_the_platform() -> None:
    limit = replace(ANY, least_fps=24, video_codecs=frozenset({"h264"}), audio_codecs=frozenset({"aac"}))
    assert found("clip", limit, fps=0, video_codec="", audio_codec="") == []
    codes = [p.code for p in found("clip", limit, video_codec="prores", audio_codec="opus")]
    assert codes == ["clip_video_codec", "clip_audio_codec"]


@pytest.mark.parametrize("kind", GOOD)
def test_a_kind_or_type_that_is_not_taken_and_one_too_many_are_named(kind: str) -> None:
    [problem] = found(kind, replace(ANY, mimes=frozenset({"image/gif"})))
    assert problem.code == f"{kind}_type" and "GIF" in problem.told.vi
    media = (GOOD["clip"], *[GOOD[kind]] * 2)
    limits = Limits(TextLimit(9), clip=ANY, **({} if kind == "clip" else {kind: replace(ANY, most_count=1)}))
    if kind != "clip":
        [problem] = review(channel(limits), Content("a", media=media))
        assert (problem.code, problem.most, problem.actual) == (f"{kind}_count", 1, 2)
    codes = {p.code for p in review(channel(Limits(TextLimit(9))), Content("a", media=media))}
    assert f"{kind}_unsupported" in codes


def test_captions_and_a_thumbnail_go_with_a_clip_and_captions_say_their_language() -> None:
    limits = Limits(TextLimit(9), captions=ANY, thumbnail=ANY)
    for kind in ("captions", "thumbnail"):
        [problem] = review(channel(limits), Content("a", media=(GOOD[kind],)))
        assert problem.code == f"{kind}_without_clip"
    assert [p.code for p in found("captions", ANY, language="")] == ["captions_language_missing"]


def test_a_file_is_called_what_its_author_called_it() -> None:
    [problem] = found("clip", replace(ANY, most_s=5), name="le-hoi.mp4")
    assert "le-hoi.mp4" in problem.told.vi and "le-hoi.mp4" in problem.told.en


def test_each_form_is_held_to_its_own_limits() -> None:
    short = Limits(TextLimit(9), clip=replace(ANY, most_s=15))

    class Reels(channel(Limits(TextLimit(9), clip=ANY))):  # type: ignore[misc]
        @classmethod
        def limits_for(cls, content: Content) -> Limits:
            return short if content.options.get("form") == "reel" else cls.limits

    words = Content("a", media=(GOOD["clip"],))
    assert review(Reels, words) == []
    assert [p.code for p in review(Reels, replace(words, options={"form": "reel"}))] == ["clip_too_long"]


def test_what_goes_to_an_item_that_is_out_brings_no_files() -> None:
    held = channel(Limits(TextLimit(3, least=1), title=TextLimit(9, least=1), reply=TextLimit(5), needs_media=True))
    assert review(held, Content("abcde", options={"form": COMMENT})) == []
    assert [p.code for p in review(held, Content("abcdef", options={"form": COMMENT}))] == ["text_too_long"]
    assert review(held, Content("", options={"form": BROADCAST})) == []
    assert review(held, Content("abc", title="t", options={"form": EDIT})) == []
    assert [p.code for p in review(held, Content("abc", title="t"))] == ["media_missing"]


LABEL = Told("Quyền xem", "Privacy")


@pytest.mark.parametrize(
    ("option", "good", "bad", "code"),
    [
        (Option("o", LABEL, "choice", (("public", LABEL), ("hidden", LABEL))), "hidden", "secret", "option_unknown"),
        (Option("o", LABEL, "yes"), "true", "yes", "option_unknown"),
        (Option("o", LABEL, "several", (("1", LABEL), ("2", LABEL))), "2, 1", "1,3", "option_unknown"),
        (Option("o", LABEL, limit=TextLimit(4, Unit.UTF8_BYTES)), "lũ", "lũ lũ", "o_too_long"),
        (Option("o", LABEL, limit=TextLimit(4, least=2)), "ab", "a", "o_too_short"),
        (Option("o", LABEL, limit=TextLimit(4, least=1)), "a", "", "o_missing"),
        (Option("o", LABEL), "a", "a\nb", "option_lines"),
        (Option("o", LABEL, "long_text", limit=TextLimit(4)), "a\nb", "a\nb\nc", "o_too_long"),
    ],
)
def test_the_channels_own_words_are_held_to_what_it_says_of_them(
    option: Option, good: str, bad: str, code: str
) -> None:
    held = channel(Limits(TextLimit(9)), option)
    assert review(held, Content("a", options={"o": good})) == []
    [problem] = review(held, Content("a", options={"o": bad}))
    assert (problem.code, problem.field) == (code, "option-o")
    assert "Quyền xem" in problem.told.vi and "Privacy" in problem.told.en
