"""What Facebook takes, as data. Facts: facebook.md 3, 4."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from channels.base import SUBRIP, Limits, MediaLimit, TextLimit

CALL_S: Final = 60.0
COMMENT_LIMIT: Final = TextLimit(8000, least=1, source="facebook.md 4: about 8,000 characters, unverified")

_PICTURES: Final = frozenset({"image/jpeg", "image/png"})
_UPRIGHT: Final = 9 / 16
_OFF: Final = 0.01  # encoders round edges to multiples of 16

LIMITS: Final = Limits(
    text=TextLimit(63_206, source="facebook.md 3.1"),
    reply=COMMENT_LIMIT,
    picture=MediaLimit(
        _PICTURES, 4_000_000, most_count=10, source="facebook.md 3.3: plan 4 MB; 3.4: 10 is commonly used"
    ),
    clip=MediaLimit(
        frozenset({"video/mp4", "video/quicktime"}),
        2_000_000_000,
        least_bytes=1024,
        most_s=240 * 60,
        source="facebook.md 3.5",
    ),
    captions=MediaLimit(
        frozenset({SUBRIP}), 200_000, most_count=10, source="Meta, reference of Video captions: SubRip, 200 KB"
    ),
    thumbnail=MediaLimit(_PICTURES, 4_000_000, source="facebook.md 3.5: thumb, a picture as in 3.3"),
    settle_s=120.0,
    call_timeout_s=CALL_S + 30,
)

LIMITS_OF_REEL: Final = replace(
    LIMITS,
    clip=MediaLimit(
        frozenset({"video/mp4"}),
        2_000_000_000,
        least_bytes=1024,
        least_s=3.0,
        most_s=90.0,
        least_edge=540,
        least_ratio=_UPRIGHT - _OFF,
        most_ratio=_UPRIGHT + _OFF,
        least_fps=24.0,
        most_fps=60.0,
        video_codecs=frozenset({"h264", "hevc", "vp9", "av1"}),
        audio_codecs=frozenset({"aac"}),
        source="facebook.md 3.6",
    ),
)
