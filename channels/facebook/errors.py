"""What Facebook's errors mean for us, by code and subcode, never by the HTTP status alone. facebook.md 9."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from channels.errors import AuthLost, ChannelError, Rejected, Throttled, Told, Unclear, Unreachable
from channels.facebook import values

GONE: Final = "100/33"
OF_THE_APP: Final = frozenset({"4", "341"})
"""What the app asked for is too much, whichever of its Pages it was for."""
LOST_SESSION: Final = frozenset({"1363019", "1363030", "6000", "6001"})
"""An upload that must begin anew."""
MOVED_OFFSET: Final = frozenset({"OffsetInvalidError", "PartialRequestError"})
"""A reel's upload that Facebook wants to go on from somewhere else."""

TOKEN: Final = Told(
    vi="Facebook không còn nhận quyền truy cập Trang: quản trị Trang cần kết nối lại.",
    en="Facebook no longer accepts the Page's access: a Page administrator must reconnect it.",
)
RIGHT: Final = Told(
    vi="Thiếu quyền trên Trang Facebook: cấp lại quyền đăng bài và quản lý tương tác, rồi kết nối lại.",
    en="A permission on the Page is missing: grant it again and reconnect.",
)
FILE: Final = Told(
    vi="Facebook không nhận tệp này: thay hình hoặc clip khác.", en="Facebook refused the file: use another."
)
_BUSY = Told(vi="Facebook báo gọi quá nhiều; hệ thống tự chờ.", en="Too many calls; Loa waits by itself.")
_ABUSE = Told(
    vi="Facebook tạm chặn Trang đăng bài: xem mục Chất lượng Trang và chờ ít nhất 24 giờ.",
    en="Facebook blocked the Page for now: look at Page Quality and wait at least 24 hours.",
)
_PERSON = Told(
    vi="Facebook yêu cầu xác minh tài khoản: quản trị Trang mở ứng dụng Facebook và làm theo hướng dẫn.",
    en="Facebook asks the Page administrator to confirm the account in the Facebook app.",
)
_LOG_IN = Told(
    vi="Facebook yêu cầu quản trị Trang đăng nhập facebook.com và xác nhận tài khoản, rồi kết nối lại.",
    en="The Page administrator must log in to facebook.com, confirm the account and reconnect.",
)
_CONTENT = Told(
    vi="Facebook từ chối nội dung: sửa nội dung, liên kết hoặc tệp rồi gửi lại.",
    en="Facebook refused the content: change the text, link or file and send it again.",
)
_BAD_CALL = Told(
    vi="Facebook không nhận lệnh gọi này (lỗi của Loa, không phải của bài): báo người quản trị kèm mã lỗi.",
    en="Facebook does not take this call (a fault of Loa, not of the post): tell the administrator the code.",
)
_LINK = Told(
    vi="Facebook không mở hoặc không nhận liên kết này: sửa liên kết rồi gửi lại.",
    en="Facebook cannot open this link or does not take it: mend the link and send it again.",
)
_SIGNED = Told(
    vi="Facebook không nhận chữ ký của ứng dụng: kiểm tra khóa bí mật ứng dụng (app secret) rồi kết nối lại.",
    en="Facebook does not accept the app's signature: check the app secret and reconnect.",
)
_UPLOAD = Told(
    vi="Việc tải tệp lên Facebook bị ngắt; hệ thống tự tải tiếp.",
    en="The upload to Facebook broke off; Loa goes on with it by itself.",
)
_GONE_TOLD = Told(vi="Bài hoặc bình luận không còn trên Facebook.", en="The item is no longer on Facebook.")
_MAYBE = Told(
    vi="Facebook gặp lỗi giữa chừng; hệ thống đọc lại Trang trước khi làm gì khác.",
    en="Facebook failed in between; Loa reads the Page back first.",
)

_HOUR_S = 3600.0
_Row = tuple[type[ChannelError], Told, float | None]
_UNKNOWN: _Row = (Rejected, _CONTENT, None)
_AS_TWO: _Row = (Unclear, _MAYBE, None)

_LONGEST_CODE = 40
# code/subcode, subcode or code -> (class, sentence, seconds to wait)
_CODES: Mapping[str, _Row] = {
    **dict.fromkeys(("1", "2", "1363047", "1609010"), _AS_TWO),
    **dict.fromkeys(("506", "1366051"), _AS_TWO),  # already there: perhaps our own first try, so look
    **dict.fromkeys(("4", "17", "32", "613", "2446079"), (Throttled, _BUSY, _HOUR_S)),
    "341": (Throttled, _BUSY, 6 * _HOUR_S),
    **dict.fromkeys(("3", "10", "190/492", "1363042"), (AuthLost, RIGHT, None)),
    **dict.fromkeys(("102", "190", "210"), (AuthLost, TOKEN, None)),
    "104": (AuthLost, _SIGNED, None),
    **dict.fromkeys(("190/459", "190/464"), (AuthLost, _LOG_IN, None)),
    **dict.fromkeys(("368", "1390008"), (AuthLost, _ABUSE, None)),
    **dict.fromkeys(("1404006", "1404112", "4854002", "1404078"), (AuthLost, _PERSON, None)),
    **dict.fromkeys(("100", "1346003", "1404102", "1349125"), _UNKNOWN),
    **dict.fromkeys(("2061006", "1609005", "1609008"), (Rejected, _LINK, None)),
    GONE: (Rejected, _GONE_TOLD, None),
    **dict.fromkeys(("324", "382", "389", "1363022", "1363023", "1366046", "2069019"), (Rejected, FILE, None)),
    **dict.fromkeys(LOST_SESSION, (Unreachable, _UPLOAD, 30.0)),
    **dict.fromkeys(("1363037", *MOVED_OFFSET), (Unreachable, _UPLOAD, None)),
    "ProcessingFailedError": (Rejected, FILE, None),
    **dict.fromkeys(("2500", "3001"), (Rejected, _BAD_CALL, None)),
}


def error_from(error: Mapping[str, Any], *, writes: bool, regain_s: float | None) -> ChannelError:
    """Return what an error object of Facebook means. `regain_s` is when the headers say that calls are taken again."""
    code, sub = (_plain(error.get(name)) for name in ("code", "error_subcode"))
    named = _named(error)
    name = named or (f"{code}/{sub}" if sub else code)
    kind, told, wait = _CODES[named] if named else _row(code, sub, transient=error.get("is_transient") is True)
    if kind is Unclear and not writes:
        kind = Unreachable
    if kind is Throttled:
        wait = regain_s or wait
    said = error.get("error_user_msg")
    if kind is Rejected and said:
        told = Told(vi=f"{told.vi} Facebook: {said}", en=f"{told.en} {said}")
    detail = f"{error.get('message') or ''} (trace {error.get('fbtrace_id') or 'none'})"
    return kind(detail, told=told, code=name, retry_after_s=wait)


def _named(error: Mapping[str, Any]) -> str:
    """What goes wrong with a reel's bytes has a name and no code of its own (facebook.md 3.6)."""
    told = f"{error.get('type') or ''} {error.get('message') or ''}"
    return next((name for name in (*sorted(MOVED_OFFSET), "ProcessingFailedError") if name in told), "")


def _plain(code: object) -> str:
    """A code as it can be stored and compared: a number or a short word; anything else is none."""
    word = values.text(code)
    return word if word.isprintable() and len(word) <= _LONGEST_CODE and word != "0" else ""


def says(error: ChannelError, codes: frozenset[str]) -> bool:
    """True when the code or the subcode is one of these."""
    return not codes.isdisjoint(error.code.split("/"))


def _row(code: str, sub: str, *, transient: bool) -> _Row:
    row = _CODES.get(f"{code}/{sub}") or _CODES.get(sub) or _CODES.get(code)
    number = values.count(code) or 0
    if row is None:
        if 200 <= number <= 299:
            row = (AuthLost, RIGHT, None)
        elif 80_000 <= number <= 80_014:
            row = (Throttled, _BUSY, _HOUR_S)
    if transient and (row is None or row[0] is Rejected):
        return _AS_TWO
    return row or _UNKNOWN
