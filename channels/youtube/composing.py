"""What will be sent to a channel, field by field: pure, from what the author wrote."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from channels.base import COMMENT, EDIT, REPLY, Content, MediaFile, Option, Outgoing, Problem, TextLimit
from channels.errors import Told
from channels.review.texts import YES, option_field

KIND: Final = "youtube"
VIDEO: Final = "video"
SHORT_MOST_S: Final = 180.0
COMMENT_LIMIT: Final = TextLimit(10_000, least=1, source="youtube.md 5: 10,000 characters, from memory")
TAGS_MOST: Final = 500
FIRST_COMMENT, FIRST = "first_comment", "first"
_ID: Final = re.compile(r"(?:.*[?&]list=)?([\w-]{2,})(?:&.*)?")

_CATEGORIES: Final = (
    ("22", Told(vi="Con người và blog", en="People and blogs")),
    ("25", Told(vi="Tin tức và chính trị", en="News and politics")),
    ("27", Told(vi="Giáo dục", en="Education")),
    ("28", Told(vi="Khoa học và công nghệ", en="Science and technology")),
    ("29", Told(vi="Phi lợi nhuận và hoạt động xã hội", en="Nonprofits and activism")),
    ("26", Told(vi="Hướng dẫn và phong cách", en="How-to and style")),
    ("19", Told(vi="Du lịch và sự kiện", en="Travel and events")),
    ("17", Told(vi="Thể thao", en="Sports")),
    ("24", Told(vi="Giải trí", en="Entertainment")),
    ("10", Told(vi="Âm nhạc", en="Music")),
)
OPTIONS: Final = (
    Option(
        "privacy",
        Told(vi="Ai xem được", en="Who can watch it"),
        kind="choice",
        choices=(
            ("public", Told(vi="công khai", en="everybody")),
            ("unlisted", Told(vi="ai có địa chỉ", en="whoever has the address")),
            ("private", Told(vi="riêng kênh", en="the channel alone")),
        ),
    ),
    Option("category", Told(vi="Danh mục", en="Category"), kind="choice", choices=_CATEGORIES),
    Option("tags", Told(vi="Thẻ, cách nhau bằng dấu phẩy", en="Tags, with commas between")),
    Option(
        "playlist",
        Told(vi="Danh sách phát", en="Playlists"),
        hint=Told(
            vi="Mã hoặc địa chỉ của danh sách phát, cách nhau bằng dấu phẩy.",
            en="Ids or addresses of playlists, with commas between.",
        ),
    ),
    Option(
        "notify",
        Told(vi="Báo cho người đăng ký", en="Tell the subscribers"),
        kind="choice",
        choices=(("true", Told(vi="có", en="yes")), ("false", Told(vi="không", en="no"))),
    ),
    Option(
        "made_for_kids",
        Told(vi="Làm riêng cho trẻ em", en="Made for kids"),
        kind="yes",
        hint=Told(
            vi="YouTube tắt bình luận và thông báo của clip làm riêng cho trẻ em.",
            en="YouTube turns comments and notifications off for clips made for kids.",
        ),
    ),
    Option(
        "synthetic",
        Told(vi="Có hình ảnh chân thực do AI tạo hoặc chỉnh sửa", en="Has realistic pictures that AI made or altered"),
        kind="yes",
    ),
    Option(
        FIRST_COMMENT,
        Told(vi="Bình luận đầu tiên", en="First comment"),
        kind="long_text",
        limit=TextLimit(COMMENT_LIMIT.most, source=COMMENT_LIMIT.source),
        hint=Told(
            vi="Kênh tự viết bình luận này ngay sau khi clip lên: nguồn, liên kết, số điện thoại.",
            en="The channel writes this comment itself once the clip is out: a source, a link, a telephone number.",
        ),
    ),
)


def composed(content: Content) -> Outgoing:
    """A clip with what goes with it, words under one, or new words for what is out."""
    text = unicodedata.normalize("NFC", content.text).strip()
    form, target = content.options.get("form"), content.options.get("target", "")
    if form == REPLY:
        return Outgoing(KIND, REPLY, {"parentId": target, "textOriginal": text})
    full = "\n".join(p for p in (text, content.link.strip()) if p)
    if form == COMMENT:
        # A correction is told at the head of the video's description too.
        note = {} if content.options.get(FIRST) == YES else {"note": True}
        return Outgoing(KIND, COMMENT, {"videoId": target, "textOriginal": full, **note})
    if form == EDIT:
        words = {"title": content.title.strip(), "description": full, "tags": tags_of(content)}
        return Outgoing(KIND, EDIT, {"id": target, "snippet": {k: v for k, v in words.items() if v}})
    return _video(content, full)


def _video(content: Content, description: str) -> Outgoing:
    clip = next(iter(of_kind(content.media, "clip")), None)
    tracks, thumbnails = of_kind(content.media, "captions"), of_kind(content.media, "thumbnail")[:1]
    options = content.options
    snippet = {
        "title": content.title.strip(),
        "description": description,
        "tags": tags_of(content),
        "categoryId": options.get("category") or "22",
        "defaultLanguage": content.language,
    }
    status: dict[str, Any] = {
        "privacyStatus": options.get("privacy") or "public",
        "selfDeclaredMadeForKids": options.get("made_for_kids") == YES,
    }
    if options.get("synthetic") == YES:
        status["containsSyntheticMedia"] = True
    beside: Mapping[str, Any] = {
        "playlists": playlists_of(content),
        "captions": [{"language": t.language or content.language, "source": t.sha256} for t in tracks],
        "thumbnail": next((t.sha256 for t in thumbnails), ""),
    }
    payload = {
        "snippet": snippet,
        "status": status,
        "notifySubscribers": options.get("notify") != "false",
        "media": clip.sha256 if clip else "",
        **{name: what for name, what in beside.items() if what},
    }
    return Outgoing(KIND, VIDEO, payload, ((clip,) if clip else ()) + tracks + thumbnails)


def followed_by(content: Content) -> tuple[Content, ...]:
    """The first comment, once the clip itself is out."""
    said = content.options.get(FIRST_COMMENT, "").strip()
    if not said or content.options.get("form") in (REPLY, COMMENT, EDIT):
        return ()
    return (Content(said, language=content.language, options={"form": COMMENT, FIRST: YES}),)


def own_problems(content: Content) -> Iterator[Problem]:
    """What only YouTube refuses: angle brackets outside comments, tags and playlists that are none, a first comment
    where there are no comments."""
    form = content.options.get("form")
    if form == REPLY or (form == COMMENT and content.options.get(FIRST) == YES):
        return  # a correction is written into the description too
    for name, text in (("title", content.title), ("text", content.text), ("link", content.link)):
        if "<" in text or ">" in text:
            told = Told(vi="YouTube không nhận dấu < và >: hãy bỏ đi.", en="YouTube takes no < or >: remove them.")
            yield Problem(f"{name}_brackets", name, told)
    length = tags_length(tags_of(content))
    if length > TAGS_MOST:
        told = Told(
            vi=f"Các thẻ dài {length} ký tự, YouTube nhận tối đa {TAGS_MOST}: hãy bỏ bớt.",
            en=f"The tags have {length} characters; YouTube takes at most {TAGS_MOST}: remove some.",
        )
        yield Problem("tags_too_long", option_field("tags"), told, TAGS_MOST, length)
    for word in _listed(content.options.get("playlist", "")):
        if not _ID.fullmatch(word):
            told = Told(
                vi=f"“{word}” không phải mã danh sách phát: hãy chép phần sau list= trong địa chỉ của nó.",
                en=f"“{word}” is no playlist's id: copy what is after list= in its address.",
            )
            yield Problem("playlist_unknown", option_field("playlist"), told)
    if content.options.get("made_for_kids") == YES and content.options.get(FIRST_COMMENT, "").strip():
        told = Told(
            vi="Clip làm riêng cho trẻ em không có bình luận: hãy bỏ bình luận đầu tiên, viết vào mô tả.",
            en="A clip made for kids has no comments: remove the first comment, write it into the description.",
        )
        yield Problem("comments_off", option_field(FIRST_COMMENT), told)


def of_kind(media: Sequence[MediaFile], kind: str) -> tuple[MediaFile, ...]:
    """The files of one kind."""
    return tuple(m for m in media if m.kind == kind)


def is_short(clip: MediaFile) -> bool:
    """Say whether YouTube makes a Short of it: upright or square, and three minutes at most (youtube.md 2.4)."""
    return 0 < clip.width <= clip.height and 0 < clip.duration_s <= SHORT_MOST_S


def tags_of(content: Content) -> list[str]:
    """The tags, one by one."""
    return _listed(content.options.get("tags", ""))


def tags_length(tags: Iterable[str]) -> int:
    """As YouTube counts: the commas between, and the quotes around a tag with a space."""
    lengths = [len(tag) + 2 * (" " in tag) for tag in tags]
    return sum(lengths) + max(0, len(lengths) - 1)


def playlists_of(content: Content) -> list[str]:
    """The playlists' ids, each once; they may be told by address."""
    found = (_ID.fullmatch(word) for word in _listed(content.options.get("playlist", "")))
    return list(dict.fromkeys(match[1] for match in found if match))


def _listed(words: str) -> list[str]:
    return [word.strip() for word in words.split(",") if word.strip()]
