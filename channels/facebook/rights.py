"""The rights that a Page's token may have, and what is lost without each. facebook.md 2."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from channels.errors import Told

PUBLISH: Final = "pages_manage_posts"
LIST: Final = "pages_show_list"
OTHER_RIGHTS: Final[Mapping[str, tuple[str, str]]] = {
    "pages_read_engagement": ("không đọc được bài của Trang", "posts cannot be read"),
    "pages_read_user_content": ("không đọc được bình luận", "comments cannot be read"),
    "pages_manage_engagement": ("không trả lời được bình luận", "comments cannot be answered"),
    "read_insights": ("không có số liệu tiếp cận", "no reach figures"),
    "pages_manage_metadata": (
        "Facebook không báo ngay khi có bình luận, Loa chỉ đọc định kỳ",
        "Facebook tells nothing by itself, Loa only reads now and then",
    ),
}
"""What an account works without, if with less."""
NEEDED: Final[Mapping[str, tuple[str, str]]] = {
    LIST: ("không thấy Trang nào", "no Page is seen"),
    PUBLISH: ("không đăng, sửa, gỡ bài được", "nothing can be posted, edited or removed"),
}
"""What no account is connected without."""
SCOPES: Final = (*NEEDED, *OTHER_RIGHTS)
"""What is asked for."""


def missing_needed(scopes: object) -> Told | None:
    """Say which needed rights the person ticked off, and what that means; None when all are there. Pure."""
    if not isinstance(scopes, list):
        return None
    lost = {right: what for right, what in {**NEEDED, **OTHER_RIGHTS}.items() if right not in scopes}
    if not NEEDED.keys() & lost.keys():
        return None
    vi, en = ("; ".join(f"{right} ({what[i]})" for right, what in lost.items()) for i in (0, 1))
    return Told(
        vi=f"Thiếu quyền: {vi}. Bắt đầu lại; trên trang của Facebook chọn “Chỉnh sửa cài đặt”, bật mọi quyền và chọn "
        "đúng Trang.",
        en=f"Missing rights: {en}. Begin again; on Facebook's page choose “Edit settings”, switch every right on and "
        "choose the Page.",
    )
