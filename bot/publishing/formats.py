"""Whether a post is what it says it is: text, infographic, short clip or long clip, held against its files.

What each channel takes is the channel's affair (`channels.review`); this is what the office itself promised.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from channels.base import Problem
from channels.errors import Told
from models.post import Media, PostFormat

SHORT_MOST_S: Final = 60
"""Domain brief 8: a short clip has at most 60 seconds, a long one more."""
_PADDING_S: Final = 0.1
"""So much longer than its pictures a file may be: sound is padded to whole frames."""


def review_format(declared: str, files: Sequence[Media]) -> list[Problem]:
    """Return what of the files that go out contradicts the declared format; nothing where none is declared."""
    pictures, clips = [f for f in files if f.kind == "picture"], [f for f in files if f.kind == "clip"]
    if declared == PostFormat.TEXT and files:
        return [
            _problem(
                "text_with_files",
                "Bài chữ không kèm tệp: hãy bỏ tệp, hoặc chọn đúng loại (Đồ họa thông tin, Clip ngắn, Clip dài).",
                "A text goes without files: remove them, or choose what it is (infographic, short clip, long clip).",
            )
        ]
    if declared == PostFormat.INFOGRAPHIC:
        return _infographic(pictures, clips)
    if declared == PostFormat.SHORT_CLIP:
        return [p for clip in clips for p in _short(clip)] or _without_clip(clips, "Clip ngắn", "A short clip")
    if declared == PostFormat.LONG_CLIP:
        return [p for clip in clips for p in _long(clip)] or _without_clip(clips, "Clip dài", "A long clip")
    return []


def _infographic(pictures: Sequence[Media], clips: Sequence[Media]) -> list[Problem]:
    if clips:
        vi = "Đồ họa thông tin là hình, bài lại kèm clip: hãy bỏ clip, hoặc chọn Clip ngắn hay Clip dài."
        en = "An infographic is a picture, but a clip is attached: remove it, or choose short clip or long clip."
        return [_problem("infographic_with_clip", vi, en)]
    if not pictures:
        vi = "Đồ họa thông tin cần ít nhất một hình đi cùng bài: hãy thêm hình, hoặc chọn loại khác."
        en = "An infographic needs at least one picture that goes out with it: add one, or choose another format."
        return [_problem("infographic_without_picture", vi, en)]
    return []


def _without_clip(clips: Sequence[Media], vi: str, en: str) -> list[Problem]:
    if clips:
        return []
    return [
        _problem(
            "clip_missing",
            f"{vi} cần một clip đi cùng bài: hãy thêm clip, hoặc chọn loại khác.",
            f"{en} needs a clip that goes out with it: add one, or choose another format.",
        )
    ]


def _short(clip: Media) -> list[Problem]:
    vi, en = _named(clip)
    problems, seconds = [], _seconds(clip)
    if seconds > SHORT_MOST_S:
        problems.append(
            _problem(
                "short_too_long",
                f"Clip ngắn tối đa {SHORT_MOST_S} giây, {vi} dài {seconds} giây: hãy cắt ngắn hoặc chọn Clip dài.",
                f"A short clip has at most {SHORT_MOST_S} s, {en} lasts {seconds} s: cut it or choose long clip.",
                SHORT_MOST_S,
                seconds,
            )
        )
    if clip.width > clip.height:
        size = f"{clip.width}x{clip.height}"
        problems.append(
            _problem(
                "short_too_wide",
                f"Clip ngắn phải dọc (9:16) hoặc vuông, {vi} nằm ngang {size}: hãy dựng lại khung dọc hoặc bỏ chọn "
                "Clip ngắn.",
                f"A short clip is upright (9:16) or square, {en} is wider than tall ({size}): reframe it or do not "
                "call it a short clip.",
            )
        )
    return problems


def _long(clip: Media) -> list[Problem]:
    vi, en = _named(clip)
    seconds = _seconds(clip)
    if seconds > SHORT_MOST_S:
        return []
    return [
        _problem(
            "long_too_short",
            f"Clip dài phải trên {SHORT_MOST_S} giây, {vi} chỉ dài {seconds} giây: hãy chọn Clip ngắn, hoặc dùng bản "
            "đầy đủ.",
            f"A long clip has more than {SHORT_MOST_S} s, {en} lasts {seconds} s only: choose short clip, or use the "
            "full film.",
            SHORT_MOST_S,
            seconds,
        )
    ]


def _seconds(clip: Media) -> int:
    """Begun seconds: what is said to be 60 seconds long is not over 60."""
    return max(0, math.ceil(clip.duration_s - _PADDING_S))


def _named(clip: Media) -> tuple[str, str]:
    """The file as its author knows it: on our disk it is called by its hash."""
    return (f"tệp “{clip.alt_text}”", f"the file “{clip.alt_text}”") if clip.alt_text else ("tệp", "the file")


def _problem(code: str, vi: str, en: str, most: float | None = None, actual: float | None = None) -> Problem:
    return Problem(code, "format", Told(vi=vi, en=en), most, actual)
