"""What an OA takes, what it can do, and why the rest is missing. Data."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from channels.base import Can, Limits, MediaLimit, Option, TextLimit
from channels.errors import Told
from channels.zalo import broadcast
from channels.zalo.article import DESCRIPTION
from channels.zalo.tokens import CALL_S

PICTURES: Final = 20
_PICTURES: Final = frozenset({"image/jpeg", "image/png"})

UNDER_CLIP: Final = TextLimit(DESCRIPTION, source="zalo.md 6.2: description 300 documented, use 250")
"""All the words of a video article."""

LIMITS: Final = Limits(
    text=TextLimit(10_000, source="zalo.md 6.2 (no documented limit of a block; 10,000 is ours)"),
    reply=TextLimit(2000, least=1, source="zalo.md 4.1: 2000 chars (a few clients use 3000)"),
    reply_free=timedelta(hours=48),  # zalo.md 4.1, windows
    reply_until=timedelta(days=7),
    title=TextLimit(140, least=1, source="zalo.md 6.2: 150 documented, a call at 150 was refused"),
    picture=MediaLimit(
        _PICTURES,
        1_000_000,
        most_count=PICTURES,
        by_public_url=True,
        source="zalo.md 6.2: https, 1 MB (no documented number of blocks; 20 is ours)",
    ),
    clip=MediaLimit(frozenset({"video/mp4"}), 50_000_000, source="zalo.md 5: 50 MB"),
    thumbnail=MediaLimit(_PICTURES, 1_000_000, by_public_url=True, source="zalo.md 6.2: avatar, https, 1 MB"),
    needs_media=True,
    settle_s=60.0,
    call_timeout_s=CALL_S,
    spacing_s=1.0,
)

OPTIONS: Final = (
    Option(
        "status",
        Told(vi="Bài trên trang OA", en="The article on the OA's page"),
        "choice",
        (("show", Told(vi="Hiện", en="Shown")), ("hide", Told(vi="Ẩn", en="Hidden"))),
        hint=Told(vi="Bài ẩn chỉ quản trị OA thấy.", en="A hidden article is seen by the OA's administrators alone."),
    ),
    Option(
        "comment",
        Told(vi="Bình luận của người đọc", en="Readers' comments"),
        "choice",
        (("show", Told(vi="Cho bình luận", en="Allowed")), ("hide", Told(vi="Tắt bình luận", en="Switched off"))),
    ),
    *broadcast.OPTIONS,
)

CAN: Final = frozenset(
    {
        Can.TEXT,
        Can.LINK,
        Can.PICTURE,
        Can.PICTURES,
        Can.CLIP,
        Can.THUMBNAIL,
        Can.BROADCAST,
        Can.EDIT,
        Can.FIND_SENT,
        Can.READ_METRICS,
        Can.READ_ACCOUNT_METRICS,
        Can.READ_INBOX,
        Can.REPLY,
        Can.LIKE_COMMENT,
        Can.WITHDRAW,
    }
)

CANNOT: Final[Mapping[str, Told]] = {
    Can.SHORT_CLIP: Told(
        vi="Zalo không có loại riêng cho clip ngắn: mọi clip là bài viết video.",
        en="Zalo has no form for short clips: every clip is a video article.",
    ),
    Can.CAPTIONS: Told(
        vi="Zalo không nhận phụ đề: hãy ghép phụ đề vào clip.",
        en="Zalo takes no captions: burn them into the clip.",
    ),
    Can.PLAYLIST: Told(vi="Zalo OA không có danh sách phát.", en="A Zalo OA has no playlists."),
    **dict.fromkeys(
        (Can.FIRST_COMMENT, Can.HIDE_COMMENT),
        Told(vi="Zalo OA không có bình luận qua API.", en="A Zalo OA has no comments by API."),
    ),
    Can.READ_COMMENTS: Told(
        vi="API Zalo không cho đọc bình luận của bài viết: hãy xem trong ứng dụng OA.",
        en="Zalo's API does not give article comments: read them in the OA app.",
    ),
    Can.PIN: Told(vi="API Zalo không có chức năng ghim bài viết.", en="Zalo's API has no call to pin an article."),
}
