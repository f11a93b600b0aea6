"""What Viber offers neither for channels nor for bots."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from channels.base import Can
from channels.errors import Told

NO_API: Final = "API của Viber không có chức năng này"
LACKS: Final[Mapping[str, Told]] = {
    Can.SHORT_CLIP: Told(
        vi="Viber không có loại riêng cho clip ngắn.", en="Viber has no form of its own for short clips."
    ),
    Can.CAPTIONS: Told(
        vi="Viber không nhận phụ đề: hãy ghép phụ đề vào clip.",
        en="Viber takes no captions: burn them into the clip.",
    ),
    Can.PLAYLIST: Told(vi="Viber không có danh sách phát.", en="Viber has no playlists."),
    Can.EDIT: Told(vi="Viber không cho sửa bài đã đăng qua API.", en="Viber lets nobody edit what is out by API."),
    **dict.fromkeys(
        (Can.FIRST_COMMENT, Can.READ_COMMENTS, Can.HIDE_COMMENT, Can.LIKE_COMMENT),
        Told(vi="Viber không có bình luận qua API.", en="Viber has no comments by API."),
    ),
    Can.FIND_SENT: Told(vi=f"{NO_API} (đọc lại bài).", en="Viber offers no call to read back what was sent."),
    Can.WITHDRAW: Told(
        vi="Viber không cho gỡ bài qua API: hãy gỡ trong ứng dụng.", en="Take the post down in the Viber app."
    ),
    Can.PIN: Told(vi=f"{NO_API} (ghim bài).", en="Viber offers no call to pin a post."),
}
