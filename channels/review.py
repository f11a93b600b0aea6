"""One validator for every channel: limits as data in, problems with a reason and a way out.

Used by the console while writing, by the command line, when a post is handed in, and again at each approval: what was
approved is sent as it is, and every edit voids the approval.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from channels.base import REPLY, Can, Content, MediaFile, MediaLimit, Problem, TextLimit, Unit, measure
from channels.errors import Told

if TYPE_CHECKING:
    from channels.base import Channel

_UNIT_VI = {Unit.CHARACTERS: "ký tự", Unit.UTF8_BYTES: "byte UTF-8", Unit.UTF16_UNITS: "đơn vị UTF-16"}
_UNIT_EN = {Unit.CHARACTERS: "characters", Unit.UTF8_BYTES: "UTF-8 bytes", Unit.UTF16_UNITS: "UTF-16 units"}
_KIND_VI = {"picture": "hình", "clip": "clip"}


def review(channel: type[Channel], content: Content) -> list[Problem]:
    """Return everything that keeps `content` from going out on `channel`; empty means it may."""
    if content.options.get("form") == REPLY:
        return _reply(channel, content)
    limits, label = channel.limits, channel.label
    problems = _length(label, "text", "Nội dung", "Text", content.text, limits.text)
    if limits.title is not None:
        problems += _length(label, "title", "Tiêu đề", "Title", content.title, limits.title)
    if content.link and Can.LINK not in channel.can:
        problems.append(_lacks(label, "link", "liên kết", "links"))
    if content.link and not content.link.startswith(("https://", "http://")):
        told = Told(vi="Liên kết phải bắt đầu bằng https://.", en="The link must begin with https://.")
        problems.append(Problem("link_scheme", "link", told))
    pictures = [m for m in content.media if m.kind == "picture"]
    clips = [m for m in content.media if m.kind == "clip"]
    problems += _files(label, "picture", pictures, limits.picture)
    problems += _files(label, "clip", clips, limits.clip)
    if limits.needs_media and not content.media:
        told = Told(
            vi=f"{label} cần kèm tệp (hình hoặc clip) thì mới đăng được.",
            en=f"{label} needs a picture or clip to publish.",
        )
        problems.append(Problem("media_missing", "media", told))
    if not content.text.strip() and not content.media and not content.link:
        told = Told(vi="Chưa có nội dung để đăng.", en="There is nothing to publish yet.")
        problems.append(Problem("empty", "text", told))
    if limits.caption is not None and content.media:
        problems += _length(label, "text", "Chú thích kèm tệp", "Caption", content.text, limits.caption)
    return problems


def _reply(channel: type[Channel], content: Content) -> list[Problem]:
    """An answer is words alone, and has a length of its own."""
    limit, label = channel.limits.reply, channel.label
    if limit is None or Can.REPLY not in channel.can:
        told = channel.cannot.get(Can.REPLY) or Told(
            vi=f"{label} không cho trả lời qua API.", en=f"{label} takes no answers by its API."
        )
        return [Problem("reply_unsupported", "text", told)]
    problems = _length(label, "text", "Câu trả lời", "The answer", content.text.strip(), limit)
    if content.link or content.media:
        told = Told(
            vi="Câu trả lời chỉ gồm chữ: hãy bỏ tệp, và viết liên kết ngay trong lời.",
            en="An answer is words alone: remove the files, and write a link into the text.",
        )
        problems.append(Problem("reply_words_only", "link" if content.link else "media", told))
    return problems


def _length(label: str, name: str, vi: str, en: str, text: str, limit: TextLimit) -> list[Problem]:
    actual = measure(text, limit.unit)
    if actual > limit.most:
        over = actual - limit.most
        told = Told(
            vi=f"{vi} dài {actual} {_UNIT_VI[limit.unit]}, {label} nhận tối đa {limit.most}: hãy rút bớt {over}.",
            en=f"{en} has {actual} {_UNIT_EN[limit.unit]}; {label} takes at most {limit.most}: cut {over}.",
        )
        return [Problem(f"{name}_too_long", name, told, limit.most, actual)]
    if actual < limit.least:
        told = Told(vi=f"{vi} trên {label} không được để trống.", en=f"{en} is required on {label}.")
        return [Problem(f"{name}_missing", name, told, limit.least, actual)]
    return []


def _lacks(label: str, name: str, vi: str, en: str) -> Problem:
    told = Told(
        vi=f"{label} không nhận {vi}; hãy bỏ khỏi bản cho kênh này.",
        en=f"{label} does not take {en}; leave them out of this channel's variant.",
    )
    return Problem(f"{name}_unsupported", name, told)


def _files(label: str, kind: str, files: list[MediaFile], limit: MediaLimit | None) -> list[Problem]:
    if not files:
        return []
    vi = _KIND_VI[kind]
    if limit is None:
        return [_lacks(label, kind, vi, f"{kind}s")]
    problems: list[Problem] = []
    if len(files) > limit.most_count:
        told = Told(
            vi=f"{label} nhận tối đa {limit.most_count} {vi}, đang có {len(files)}.",
            en=f"{label} takes at most {limit.most_count} {kind}(s); there are {len(files)}.",
        )
        problems.append(Problem(f"{kind}_count", kind, told, limit.most_count, len(files)))
    for file in files:
        problems += _file(label, kind, file, limit)
    return problems


def _file(label: str, kind: str, file: MediaFile, limit: MediaLimit) -> list[Problem]:
    found = (*_weight(label, kind, file, limit), *_shape(label, file, limit), *_within_reach(label, kind, file, limit))
    return [Problem(f"{kind}_{code}", kind, Told(vi=vi, en=en), most, actual) for code, vi, en, most, actual in found]


_Found = tuple[str, str, str, float | None, float | None]
"""What is wrong with a file: code, in Vietnamese, in English, the limit, what it is."""


def _weight(label: str, kind: str, file: MediaFile, limit: MediaLimit) -> Iterator[_Found]:
    name = file.path.name
    if file.mime not in limit.mimes:
        takes = ", ".join(sorted(limit.mimes))
        vi = f"{label} không nhận {_KIND_VI[kind]} loại {file.mime} ({name}); nhận: {takes}."
        yield "type", vi, f"{label} does not take {file.mime} ({name}); it takes {takes}.", None, None
    if file.size > limit.most_bytes:
        size, most = _mb(file.size, ","), _mb(limit.most_bytes, ",")
        vi = f"Tệp {name} nặng {size} MB, {label} nhận tối đa {most} MB: hãy nén lại."
        en = f"{name} is {_mb(file.size)} MB; {label} takes at most {_mb(limit.most_bytes)} MB: compress it."
        yield "too_big", vi, en, limit.most_bytes, file.size
    if file.size < limit.least_bytes:
        vi = f"Tệp {name} trống hoặc quá nhỏ."
        yield "too_small", vi, f"{name} is empty or too small.", limit.least_bytes, file.size


def _shape(label: str, file: MediaFile, limit: MediaLimit) -> Iterator[_Found]:
    name = file.path.name
    if limit.most_s is not None and file.duration_s > limit.most_s:
        vi = f"Clip {name} dài {file.duration_s:.0f} giây, {label} nhận tối đa {limit.most_s:.0f} giây: hãy cắt ngắn."
        en = f"{name} lasts {file.duration_s:.0f} s; {label} takes at most {limit.most_s:.0f} s: cut it."
        yield "too_long", vi, en, limit.most_s, file.duration_s
    if file.duration_s < limit.least_s:
        yield "too_short", f"Clip {name} quá ngắn.", f"{name} is too short.", limit.least_s, file.duration_s
    edge = min(file.width, file.height)
    if limit.least_edge and edge < limit.least_edge:
        vi = f"{name} chỉ có {file.width}x{file.height} điểm ảnh, cần ít nhất {limit.least_edge} mỗi cạnh."
        en = f"{name} is {file.width}x{file.height} pixels; each edge needs at least {limit.least_edge}."
        yield "too_few_pixels", vi, en, limit.least_edge, edge


def _within_reach(label: str, kind: str, file: MediaFile, limit: MediaLimit) -> Iterator[_Found]:
    """Can the platform fetch it, and can a blind reader?"""
    name, what = file.path.name, _KIND_VI[kind]
    if limit.by_public_url and not file.public_url:
        vi = f"{label} tự tải {what} qua địa chỉ công khai: đặt LOA_PUBLIC_URL hoặc nhập địa chỉ https của tệp {name}."
        en = f"{label} fetches files by public address: set LOA_PUBLIC_URL or give an https address for {name}."
        yield "no_public_url", vi, en, None, None
    if kind == "picture" and not file.alt_text.strip():
        vi = f"Hình {name} chưa có mô tả thay thế (alt) cho người khiếm thị: hãy viết một câu."
        yield "alt_text_missing", vi, f"{name} has no alternative text: write one sentence.", None, None


def _mb(size: int, mark: str = ".") -> str:
    return f"{size / 1_000_000:.1f}".replace(".", mark)
