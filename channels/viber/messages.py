"""From what the author wrote to Viber's messages: one picture or clip each, and a clip has no words. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from channels.base import REPLY, Channel, Content, Limits, MediaFile, Problem
from channels.errors import Told
from channels.review import review
from channels.viber.values import address_problems

URL_MOST = 2000


def words(content: Content) -> str:
    """The text with the link under it."""
    return "\n".join(part for part in (content.text.strip(), content.link.strip()) if part)


def split(content: Content) -> list[Content]:
    """Return what goes out as one message each: the first picture with the words and every other one alone, or the clip
    with its thumbnail and then the words."""
    alone = replace(content, text="", link="", title="")
    pictures, clips = _of(content, "picture"), _of(content, "clip")
    messages = [replace(alone, media=(picture,)) for picture in pictures]
    messages += [replace(alone, media=(clip, *_of(content, "thumbnail")[:1])) for clip in clips]
    if pictures:
        messages[0] = replace(messages[0], text=content.text, link=content.link, title=content.title)
    elif words(content) or not clips:
        messages.append(replace(content, media=()))
    return messages


def message(content: Content) -> dict[str, Any]:
    """Return the fields of the first message, as Viber names them."""
    first = split(content)[0]
    text, media = words(first), first.media[0] if first.media else None
    if media is not None and media.kind == "picture":
        return {"type": "picture", "text": text, "media": media.public_url}
    if media is not None:
        return _video(media, first.media[1:])
    if first.link.strip() and not first.text.strip():
        return {"type": "url", "media": first.link.strip()}
    return {"type": "text", "text": text}


def _video(clip: MediaFile, thumbnail: Sequence[MediaFile]) -> dict[str, Any]:
    video: dict[str, Any] = {"type": "video", "media": clip.public_url, "size": clip.size}
    if clip.duration_s > 0:
        video["duration"] = max(1, int(clip.duration_s))
    if thumbnail:
        video["thumbnail"] = thumbnail[0].public_url
    return video


def message_problems(content: Content) -> list[Problem]:
    """Return what the common review cannot know: addresses from which Viber does not fetch, and a link too long to be a
    message of its own."""
    problems = [p for media in content.media for p in address_problems(media)]
    link = content.link.strip()
    if message(content)["type"] == "url" and len(link) > URL_MOST:
        told = Told(
            vi=f"Liên kết dài {len(link)} ký tự, Viber nhận tối đa {URL_MOST}: hãy dùng liên kết ngắn hơn.",
            en=f"The link has {len(link)} characters; Viber takes at most {URL_MOST}: use a shorter one.",
        )
        problems.append(Problem("link_too_long", "link", told, URL_MOST, len(link)))
    return problems


def _of(content: Content, kind: str) -> list[MediaFile]:
    return [media for media in content.media if media.kind == kind]


class ViberMessages(Channel):
    """What a channel and a bot share: one picture or clip a message, and words that are counted as they are sent."""

    caption_most: ClassVar[int]
    follows_unseen = True

    @classmethod
    def may_follow(cls, options: Mapping[str, str]) -> bool:
        """Its files tell."""
        return options.get("form", "") != REPLY

    @classmethod
    def follow_ups(cls, content: Content) -> Sequence[Content]:
        """Each further picture, and what a clip cannot carry: its words."""
        return () if content.options.get("form") == REPLY else split(content)[1:]

    @classmethod
    def limits_for(cls, content: Content) -> Limits:
        """A picture's text is shorter."""
        if message(content)["type"] != "picture":
            return cls.limits
        return replace(cls.limits, text=replace(cls.limits.text, most=cls.caption_most))

    @classmethod
    def review(cls, content: Content) -> list[Problem]:
        """As every channel, counted on what is sent: the link is part of the text there. The addresses must be ones
        from which Viber fetches."""
        return review(cls, replace(content, text=words(content))) + message_problems(content)
