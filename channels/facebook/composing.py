"""What will be sent to a Page, field by field: pure, from what the author wrote."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, Final

from channels.base import COMMENT, EDIT, REPLY, Content, Limits, MediaFile, Option, Outgoing, Problem, TextLimit
from channels.errors import Told
from channels.facebook.limits import COMMENT_LIMIT, LIMITS, LIMITS_OF_REEL
from channels.review.files import review_files

KIND: Final = "facebook"
FEED, PHOTO, PHOTOS, VIDEO, REEL = "feed", "photo", "photos", "video", "reel"
CLIPS: Final = frozenset({VIDEO, REEL})
WORDS: Final = frozenset({REPLY, COMMENT})
"""Forms that hang words under something."""

FIRST_COMMENT, CLIP_FORM, BY_SHAPE = "first_comment", "clip_form", "auto"
OPTIONS: Final = (
    Option(
        FIRST_COMMENT,
        Told(vi="Bình luận đầu tiên", en="First comment"),
        kind="long_text",
        limit=TextLimit(COMMENT_LIMIT.most, source=COMMENT_LIMIT.source),
        hint=Told(
            vi="Trang tự viết bình luận này ngay sau khi bài lên: nguồn, liên kết, số điện thoại.",
            en="The Page writes this comment itself once the post is out: a source, a link, a telephone number.",
        ),
    ),
    Option(
        CLIP_FORM,
        Told(vi="Dạng clip", en="Form of the clip"),
        kind="choice",
        choices=(
            (BY_SHAPE, Told(vi="theo khung hình (dọc và ngắn là reel)", en="by its shape (upright and short: a reel)")),
            (REEL, Told(vi="reel", en="reel")),
            (VIDEO, Told(vi="video thường", en="ordinary video")),
        ),
    ),
)

_LOCALES: Mapping[str, str] = {"vi": "vi_VN", "en": "en_US", "km": "km_KH", "lo": "lo_LA", "zh": "zh_CN", "th": "th_TH"}


def fits_reel(clip: MediaFile) -> bool:
    """Say whether every limit of a reel takes this clip."""
    return not review_files("", (clip,), LIMITS_OF_REEL)


def clip_form(content: Content, clip: MediaFile) -> str:
    """A reel or a video: what the author chose, else what the clip's shape makes it."""
    chosen = content.options.get(CLIP_FORM) or BY_SHAPE
    return chosen if chosen in CLIPS else (REEL if fits_reel(clip) else VIDEO)


def composed(content: Content) -> Outgoing:
    """A post (text, link), a photo with its caption, many pictures in one post, a video or reel with its description,
    words under something, or new words for what is out."""
    text, link = unicodedata.normalize("NFC", content.text).strip(), content.link.strip()
    form, target = content.options.get("form"), content.options.get("target", "")
    if form == REPLY:
        return Outgoing(KIND, REPLY, {"comment_id": target, "message": text})
    if form == COMMENT:
        return Outgoing(KIND, COMMENT, {"target": target, "message": text})
    caption = "\n".join(p for p in (text, link) if p)
    if form == EDIT:
        return Outgoing(KIND, EDIT, {"target": target, **new_words(target, caption, content.title.strip())})
    pin = {"pin": "true"} if content.options.get("pin") == "true" else {}
    pictures = of_kind(content.media, "picture")
    for clip in of_kind(content.media, "clip"):
        return _clip(content, clip, caption, pin)
    if len(pictures) > 1:
        attached = [_filled({"source": p.sha256, "alt_text_custom": p.alt_text}) for p in pictures]
        return Outgoing(KIND, PHOTOS, {**_filled({"message": caption, **pin}), "attached_media": attached}, pictures)
    for picture in pictures:
        words = {"caption": caption, "source": picture.sha256, "alt_text_custom": picture.alt_text, **pin}
        return Outgoing(KIND, PHOTO, _filled(words), (picture,))
    return Outgoing(KIND, FEED, _filled({"message": text, "link": link, **pin}))


def _clip(content: Content, clip: MediaFile, caption: str, pin: Mapping[str, str]) -> Outgoing:
    """A clip with what goes with it: captions a language, and a thumbnail."""
    captions, thumbnails = of_kind(content.media, "captions"), of_kind(content.media, "thumbnail")[:1]
    words: dict[str, Any] = {"title": content.title.strip(), "description": caption, "source": clip.sha256, **pin}
    words["captions"] = [{"locale": locale_of(c, content.language), "source": c.sha256} for c in captions]
    words["thumb"] = next((t.sha256 for t in thumbnails), "")
    return Outgoing(KIND, clip_form(content, clip), _filled(words), (clip, *captions, *thumbnails))


def new_words(target: str, text: str, title: str) -> dict[str, str]:
    """The fields of an edit: a post or comment (`_` in its id) has a message, a clip a description and a name."""
    return {"message": text} if "_" in target else {"description": text, **_filled({"name": title})}


def locale_of(captions: MediaFile, language: str) -> str:
    """How Facebook names the language of captions: `vi_VN`."""
    said = (captions.language or language).replace("-", "_")
    return said if "_" in said else _LOCALES.get(said, f"{said}_{said.upper()}")


def of_kind(media: Sequence[MediaFile], kind: str) -> tuple[MediaFile, ...]:
    """The files of one kind."""
    return tuple(m for m in media if m.kind == kind)


def followed_by(content: Content) -> tuple[Content, ...]:
    """The first comment, once the post itself is out."""
    said = content.options.get(FIRST_COMMENT, "").strip()
    if not said or content.options.get("form") in (REPLY, COMMENT, EDIT):
        return ()
    return (Content(said, language=content.language, options={"form": COMMENT}),)


def limits_of(content: Content) -> Limits:
    """What the form that `content` takes is held to: a clip that is to be a reel, to what Facebook takes as one."""
    reels = [clip for clip in of_kind(content.media, "clip") if clip_form(content, clip) == REEL]
    return LIMITS_OF_REEL if reels else LIMITS


def mixed(content: Content) -> list[Problem]:
    """What no limit says: a post holds pictures or a clip."""
    if not of_kind(content.media, "clip") or not of_kind(content.media, "picture"):
        return []
    told = Told(
        vi="Một bài Facebook chứa hình hoặc một clip, không cả hai: hãy bỏ bớt, hoặc dùng hình làm ảnh thu nhỏ.",
        en="A Facebook post holds pictures or a clip, not both: remove one, or make the picture the thumbnail.",
    )
    return [Problem("media_mixed", "media", told)]


def _filled(words: Mapping[str, Any]) -> dict[str, Any]:
    """Only what says something goes out."""
    return {name: word for name, word in words.items() if word}
