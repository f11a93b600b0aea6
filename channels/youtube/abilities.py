"""What YouTube takes and can do: data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from channels.base import SUBRIP, WEBVTT, Can, Limits, MediaLimit, TextLimit, Unit
from channels.errors import Told
from channels.youtube.calls import CALL_S
from channels.youtube.composing import COMMENT_LIMIT

LIMITS: Final = Limits(
    text=TextLimit(5000, Unit.UTF8_BYTES, source="youtube.md 2: description, 5,000 bytes"),
    title=TextLimit(100, least=1, source="youtube.md 2"),
    reply=COMMENT_LIMIT,
    clip=MediaLimit(
        frozenset({"video/mp4", "video/quicktime"}), 274_877_906_944, most_s=12 * 3600, source="youtube.md 2"
    ),
    captions=MediaLimit(
        frozenset({SUBRIP, WEBVTT}), 104_857_600, most_count=10, source="youtube.md 2.3; a track takes 400 units of 6"
    ),
    thumbnail=MediaLimit(frozenset({"image/jpeg", "image/png"}), 52_428_800, source="youtube.md 0, 2.3"),
    needs_media=True,
    settle_s=60.0,
    call_timeout_s=CALL_S * 4,
)
CAN: Final = frozenset(
    {
        Can.LINK,
        Can.CLIP,
        Can.SHORT_CLIP,
        Can.CAPTIONS,
        Can.THUMBNAIL,
        Can.PLAYLIST,
        Can.FIRST_COMMENT,
        Can.EDIT,
        Can.FIND_SENT,
        Can.READ_METRICS,
        Can.READ_ACCOUNT_METRICS,
        Can.READ_COMMENTS,
        Can.REPLY,
        Can.WITHDRAW,
        Can.HIDE_COMMENT,
    }
)
_NO_PICTURES: Final = Told(
    vi="YouTube không cho đăng hình qua API: hãy dùng clip.", en="YouTube takes no pictures by API: use a clip."
)
CANNOT: Final[Mapping[str, Told]] = {
    Can.PICTURE: _NO_PICTURES,
    Can.PICTURES: _NO_PICTURES,
    Can.BROADCAST: Told(vi="YouTube tự báo cho người đăng ký.", en="YouTube tells its subscribers by itself."),
    Can.LIKE_COMMENT: Told(vi="API YouTube không cho bấm thích bình luận.", en="YouTube's API cannot like a comment."),
    Can.TEXT: Told(
        vi="YouTube không cho đăng bài chỉ có chữ qua API: hãy dùng clip, chữ thành mô tả của clip.",
        en="YouTube takes no posts of words by API: use a clip, the words become its description.",
    ),
    Can.PIN: Told(
        vi="YouTube không cho ghim bình luận qua API: hãy ghim trong YouTube Studio.",
        en="Pin the comment in YouTube Studio: the API cannot.",
    ),
    Can.READ_INBOX: Told(
        vi="API YouTube không có hộp thư: người dân viết trong bình luận.",
        en="YouTube's API has no inbox: citizens write comments.",
    ),
}
