"""Whether the files fit: every limit of a `MediaLimit`, each broken one with its numbers and what to do about it.

Pictures have been fitted when they were attached: what is found here is what no fitting can put right. Clips are taken
as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from channels.base import Limits, MediaFile, MediaLimit, Problem
from channels.errors import Told
from channels.review.texts import lacks

KINDS: Final = {
    "picture": ("hình", "pictures"),
    "clip": ("clip", "clips"),
    "captions": ("phụ đề", "captions"),
    "thumbnail": ("ảnh thu nhỏ", "thumbnails"),
}
"""What files of each kind are called."""
WITH_CLIP: Final = ("captions", "thumbnail")
"""The kinds that are nothing without a clip."""
TYPES: Final = {
    "application/x-subrip": "SRT",
    "text/vtt": "VTT",
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/gif": "GIF",
    "video/mp4": "MP4",
    "video/quicktime": "MOV",
}
"""What people call the types of files."""
_NTSC = 1.002
"""Television's 23.976, 29.97 and 59.94 pictures a second are meant where 24, 30 and 60 are said."""


class _Found(NamedTuple):
    """What is wrong with a file: code, in Vietnamese, in English, the limit, what it is."""

    code: str
    vi: str
    en: str
    most: float | None = None
    actual: float | None = None


def review_files(label: str, media: Sequence[MediaFile], limits: Limits) -> list[Problem]:
    """Return what is wrong with the files that would go with one content."""
    problems: list[Problem] = []
    for kind in KINDS:
        files = [m for m in media if m.kind == kind]
        if files:
            problems += _of_kind(label, kind, files, limits.media(kind))
            if kind in WITH_CLIP and not any(m.kind == "clip" for m in media):
                problems.append(without_clip(kind))
    return problems


def fits(file: MediaFile, limit: MediaLimit) -> bool:
    """Say whether a picture is within every limit that fitting can help with."""
    return not any((*_weight("", file, limit), *_edges("", file, limit), *_ratio("", file, limit)))


def without_clip(kind: str) -> Problem:
    """Return the problem of a file that goes with a clip where there is none."""
    vi, en = KINDS[kind]
    told = Told(
        vi=f"Tệp {vi} chỉ đi cùng clip: hãy thêm clip, hoặc bỏ tệp này.",
        en=f"Files of {en} go with a clip only: add the clip, or remove the file.",
    )
    return Problem(f"{kind}_without_clip", kind, told)


def _of_kind(label: str, kind: str, files: Sequence[MediaFile], limit: MediaLimit | None) -> Iterator[Problem]:
    vi, en = KINDS[kind]
    if limit is None:
        yield lacks(label, kind, vi, en)
        return
    if len(files) > limit.most_count:
        over = len(files) - limit.most_count
        told = Told(
            vi=f"{label} nhận tối đa {limit.most_count} tệp {vi}, đang có {len(files)}: hãy bỏ bớt {over}.",
            en=f"{label} takes at most {limit.most_count} file(s) of {en}; there are {len(files)}: remove {over}.",
        )
        yield Problem(f"{kind}_count", kind, told, limit.most_count, len(files))
    for file in files:
        for found in _file(label, file, limit):
            yield Problem(f"{kind}_{found.code}", kind, Told(vi=found.vi, en=found.en), found.most, found.actual)


def _file(label: str, file: MediaFile, limit: MediaLimit) -> Iterator[_Found]:
    yield from _weight(label, file, limit)
    yield from _time(label, file, limit)
    yield from _edges(label, file, limit)
    yield from _ratio(label, file, limit)
    yield from _coding(label, file, limit)
    yield from _for_people(label, file, limit)


def _weight(label: str, file: MediaFile, limit: MediaLimit) -> Iterator[_Found]:
    name, (what_vi, what_en) = file.called, KINDS[file.kind]
    if file.mime not in limit.mimes:
        takes, is_now = ", ".join(sorted(map(_type, limit.mimes))), _type(file.mime)
        vi = f"{label} không nhận {what_vi} loại {is_now} ({name}): hãy dùng {takes}."
        en = f"{label} does not take {what_en} of the type {is_now} ({name}): use {takes}."
        yield _Found("type", vi, en)
    if file.size > limit.most_bytes:
        (size_vi, size_en), (most_vi, most_en) = _sizes(file.size, limit.most_bytes)
        vi = f"Tệp {name} nặng {size_vi}, {label} nhận tối đa {most_vi}: hãy nén lại."
        en = f"{name} is {size_en}; {label} takes at most {most_en}: compress it."
        yield _Found("too_big", vi, en, limit.most_bytes, file.size)
    if file.size < limit.least_bytes:
        (size_vi, size_en), (least_vi, least_en) = _sizes(file.size, limit.least_bytes)
        vi = f"Tệp {name} chỉ có {size_vi}, {label} cần ít nhất {least_vi}: hãy dùng tệp khác."
        en = f"{name} has only {size_en}; {label} needs at least {least_en}: use another file."
        yield _Found("too_small", vi, en, limit.least_bytes, file.size)


def _time(label: str, file: MediaFile, limit: MediaLimit) -> Iterator[_Found]:
    name, seconds = file.called, file.duration_s
    if limit.most_s is not None and seconds > limit.most_s:
        vi = f"Clip {name} dài {_number(seconds, ',')} giây, {label} nhận tối đa {limit.most_s:.0f} giây: hãy cắt ngắn."
        en = f"{name} lasts {_number(seconds)} s; {label} takes at most {limit.most_s:.0f} s: cut it."
        yield _Found("too_long", vi, en, limit.most_s, seconds)
    if seconds < limit.least_s:
        least = limit.least_s
        vi = f"Clip {name} chỉ dài {_number(seconds, ',')} giây, {label} cần ít nhất {_number(least, ',')} giây: hãy "
        en = f"{name} lasts only {_number(seconds)} s; {label} needs at least {_number(least)} s: use a longer one."
        yield _Found("too_short", vi + "dùng clip dài hơn.", en, least, seconds)


def _edges(label: str, file: MediaFile, limit: MediaLimit) -> Iterator[_Found]:
    width, height = file.width, file.height
    least, most, now = min(width, height), max(width, height), f"{file.called} ({width}x{height})"
    if least < limit.least_edge:
        vi = f"{now} quá nhỏ: {label} cần mỗi cạnh ít nhất {limit.least_edge} điểm ảnh, hãy dùng bản lớn hơn."
        en = f"{now} is too small: {label} needs {limit.least_edge} pixels at least on each edge, use a larger one."
        yield _Found("too_few_pixels", vi, en, limit.least_edge, least)
    if limit.most_edge and most > limit.most_edge:
        vi = f"{now} quá lớn: {label} nhận mỗi cạnh tối đa {limit.most_edge} điểm ảnh, hãy thu nhỏ."
        en = f"{now} is too large: {label} takes {limit.most_edge} pixels at most on each edge, make it smaller."
        yield _Found("edge_too_long", vi, en, limit.most_edge, most)
    if limit.most_sides and width + height > limit.most_sides:
        vi = f"{now} quá lớn: {label} nhận rộng cộng cao tối đa {limit.most_sides} điểm ảnh, hãy thu nhỏ."
        en = f"{now} is too large: {label} takes width and height of {limit.most_sides} together, make it smaller."
        yield _Found("sides_too_long", vi, en, limit.most_sides, width + height)
    if limit.most_pixels and width * height > limit.most_pixels:
        vi = f"{now} quá lớn: {label} nhận tối đa {limit.most_pixels} điểm ảnh, hãy thu nhỏ."
        en = f"{now} is too large: {label} takes at most {limit.most_pixels} pixels, make it smaller."
        yield _Found("too_many_pixels", vi, en, limit.most_pixels, width * height)


def _ratio(label: str, file: MediaFile, limit: MediaLimit) -> Iterator[_Found]:
    if not file.width or not file.height:
        return
    ratio, now = file.width / file.height, f"{file.called} ({file.width}x{file.height})"
    if limit.most_ratio and ratio > limit.most_ratio:
        vi = f"{now} quá ngang: {label} nhận rộng tối đa {_number(limit.most_ratio, ',')} lần cao, hãy cắt bớt hai bên."
        en = f"{now} is too wide: {label} takes a width of {_number(limit.most_ratio)} times the height, crop it."
        yield _Found("too_wide", vi, en, limit.most_ratio, ratio)
    if ratio < limit.least_ratio:
        least = limit.least_ratio
        vi = f"{now} quá dọc: {label} cần rộng ít nhất {_number(least, ',')} lần cao, hãy cắt bớt trên dưới."
        en = f"{now} is too tall: {label} needs a width of {_number(least)} times the height at least, crop it."
        yield _Found("too_tall", vi, en, least, ratio)


def _coding(label: str, file: MediaFile, limit: MediaLimit) -> Iterator[_Found]:
    """What is not known of a file is left to the platform."""
    name, fps = file.called, file.fps
    if fps and limit.most_fps and fps > limit.most_fps * _NTSC:
        vi = f"Clip {name} có {_number(fps, ',')} hình/giây, {label} nhận tối đa {_number(limit.most_fps, ',')}: hãy "
        en = (
            f"{name} has {_number(fps)} frames a second; {label} takes at most {_number(limit.most_fps)}: export it so."
        )
        yield _Found("too_fast", vi + "xuất lại với tốc độ ấy.", en, limit.most_fps, fps)
    if fps and fps * _NTSC < limit.least_fps:
        vi = f"Clip {name} có {_number(fps, ',')} hình/giây, {label} cần ít nhất {_number(limit.least_fps, ',')}: hãy "
        en = f"{name} has {_number(fps)} frames a second; {label} needs at least {_number(limit.least_fps)}: export so."
        yield _Found("too_slow", vi + "xuất lại với tốc độ ấy.", en, limit.least_fps, fps)
    for code, vi, en, codec, takes in (
        ("video_codec", "hình", "pictures", file.video_codec, limit.video_codecs),
        ("audio_codec", "tiếng", "sound", file.audio_codec, limit.audio_codecs),
    ):
        if codec and takes and codec not in takes:
            named = ", ".join(sorted(takes)).upper()
            vi = f"Clip {name} nén {vi} bằng {codec.upper()}, {label} chỉ nhận {named}: hãy xuất lại."
            en = f"The {en} of {name} is in {codec.upper()}; {label} takes {named} only: export it so."
            yield _Found(code, vi, en)


def _for_people(label: str, file: MediaFile, limit: MediaLimit) -> Iterator[_Found]:
    """Can the platform fetch it, does a blind reader know what it shows, a deaf one in what language it is?"""
    name = file.called
    if limit.by_public_url and not file.public_url:
        vi = f"{label} tự tải {KINDS[file.kind][0]} qua địa chỉ công khai: đặt LOA_PUBLIC_URL hoặc nhập địa chỉ https "
        en = f"{label} fetches files by public address: set LOA_PUBLIC_URL or give an https address for {name}."
        yield _Found("no_public_url", f"{vi}của tệp {name}.", en)
    if file.kind == "picture" and not file.alt_text.strip():
        vi = f"Hình {name} chưa có mô tả thay thế (alt) cho người khiếm thị: hãy viết một câu."
        yield _Found("alt_text_missing", vi, f"{name} has no alternative text: write one sentence.")
    if file.kind == "captions" and not file.language:
        vi = f"Phụ đề {name} chưa ghi ngôn ngữ: hãy đính lại và chọn ngôn ngữ."
        yield _Found("language_missing", vi, f"{name} does not say its language: attach it again and choose one.")


def _type(mime: str) -> str:
    return TYPES.get(mime, mime)


def _sizes(*sizes: int) -> list[tuple[str, str]]:
    """In Vietnamese and in English: megabytes, or bytes where those would not tell the sizes apart."""
    texts = [(f"{_number(s / 1_000_000, ',')} MB", f"{_number(s / 1_000_000)} MB") for s in sizes]
    return (
        texts if len(set(texts)) == len(sizes) and min(sizes) > 10_000 else [(f"{s} byte", f"{s} bytes") for s in sizes]
    )


def _number(value: float, mark: str = ".", most: int = 2) -> str:
    """With no more digits after the mark than it takes."""
    return f"{value:.{most}f}".rstrip("0").rstrip(".").replace(".", mark)
