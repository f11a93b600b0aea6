"""One validator for every channel: limits as data in, problems with a reason and a way out.

Used by the console while writing, by the command line, when a post is handed in, and again at each approval: what was
approved is sent as it is, and every edit voids the approval.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from channels.base import BROADCAST, COMMENT, EDIT, REPLY, Can, Content, Limits, Problem
from channels.errors import Told
from channels.review.files import review_files
from channels.review.texts import lacks, length, review_options

if TYPE_CHECKING:
    from channels.base import Channel


def review(channel: type[Channel], content: Content) -> list[Problem]:
    """Return everything that keeps `content` from going out on `channel`; empty means it may."""
    limits, form = channel.limits_for(content), content.options.get("form", "")
    if form == REPLY:
        return _reply(channel, content, limits)
    problems = review_options(channel, content)
    if form == BROADCAST:  # of an item that is out: it brings no words of its own
        return problems
    if form == COMMENT:
        label = channel.label
        text = length(label, "text", "Bình luận", "The comment", content.text, limits.reply or limits.text)
        return problems + text + list(_words(channel, content))
    problems += _texts(channel.label, content, limits)
    problems += review_files(channel.label, content.media, limits)
    if limits.needs_media and not content.media and form != EDIT:
        problems.append(_without_media(channel.label, limits))
    return problems + list(_words(channel, content))


def _texts(label: str, content: Content, limits: Limits) -> list[Problem]:
    problems = length(label, "text", "Nội dung", "Text", content.text, limits.text)
    if limits.title is not None:
        problems += length(label, "title", "Tiêu đề", "Title", content.title, limits.title)
    if limits.caption is not None and content.media:
        problems += length(label, "text", "Chú thích kèm tệp", "Caption", content.text, limits.caption)
    return problems


def _words(channel: type[Channel], content: Content) -> Iterator[Problem]:
    """What is wrong whatever the form: a link that is none, nothing said at all."""
    if content.link and Can.LINK not in channel.can:
        yield lacks(channel.label, "link", "liên kết", "links")
    if content.link and not content.link.startswith(("https://", "http://")):
        told = Told(vi="Liên kết phải bắt đầu bằng https://.", en="The link must begin with https://.")
        yield Problem("link_scheme", "link", told)
    if not content.text.strip() and not content.media and not content.link:
        told = Told(
            vi="Chưa có nội dung để đăng: hãy viết lời hoặc thêm tệp.",
            en="There is nothing to publish yet: write a text or add a file.",
        )
        yield Problem("empty", "text", told)


def _without_media(label: str, limits: Limits) -> Problem:
    vi, en = "hình hoặc clip", "a picture or clip"
    if limits.picture is None or limits.clip is None:
        vi, en = ("clip", "a clip") if limits.picture is None else ("hình", "a picture")
    told = Told(
        vi=f"{label} cần kèm {vi} thì mới đăng được: hãy thêm tệp.", en=f"{label} needs {en} to publish: add the file."
    )
    return Problem("media_missing", "media", told)


def _reply(channel: type[Channel], content: Content, limits: Limits) -> list[Problem]:
    """An answer is words alone, and has a length of its own."""
    limit, label = limits.reply, channel.label
    if limit is None or Can.REPLY not in channel.can:
        told = channel.cannot.get(Can.REPLY) or Told(
            vi=f"{label} không cho trả lời qua API.", en=f"{label} takes no answers by its API."
        )
        return [Problem("reply_unsupported", "text", told)]
    problems = length(label, "text", "Câu trả lời", "The answer", content.text.strip(), limit)
    if content.link or content.media:
        told = Told(
            vi="Câu trả lời chỉ gồm chữ: hãy bỏ tệp, và viết liên kết ngay trong lời.",
            en="An answer is words alone: remove the files, and write a link into the text.",
        )
        problems.append(Problem("reply_words_only", "link" if content.link else "media", told))
    return problems
