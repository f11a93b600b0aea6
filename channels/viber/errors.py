"""What Viber's answers mean. HTTP is 200 even for errors: the status in the JSON decides (viber.md section 6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from channels.errors import AuthLost, ChannelError, QuotaReached, Rejected, Throttled, Told
from channels.http import TOO_MANY, Answer, too_many, unclear, unreachable
from channels.viber.values import number

# status -> (class, Vietnamese, English)
_STATUS: Mapping[int, tuple[type[ChannelError], str, str]] = {
    1: (
        Rejected,
        "Viber không tải được tệp: kiểm tra địa chỉ https công khai.",
        "Viber cannot fetch the file or hook.",
    ),
    2: (AuthLost, "Mã truy cập Viber không còn đúng: lấy mã mới trong Developer Tools.", "The Viber token is wrong."),
    3: (Rejected, "Viber từ chối nội dung hoặc người gửi không phải quản trị cao nhất.", "Viber refused the content."),
    4: (Rejected, "Thiếu trường bắt buộc khi gửi Viber.", "A required field was missing."),
    5: (Rejected, "Người nhận không còn dùng Viber.", "The receiver is not registered."),
    6: (Rejected, "Người nhận chưa theo dõi bot Viber.", "The receiver is not subscribed."),
    7: (AuthLost, "Tài khoản Viber bị chặn: liên hệ Viber.", "The Viber account is blocked: contact Viber."),
    8: (AuthLost, "Không tìm thấy tài khoản Viber: kiểm tra mã truy cập.", "Viber does not know this account."),
    9: (AuthLost, "Tài khoản Viber bị tạm ngưng: liên hệ Viber.", "The Viber account is suspended: contact Viber."),
    10: (
        AuthLost,
        "Viber cần webhook trước bài đầu tiên: kết nối lại với --set webhook=https://….",
        "Viber needs a webhook before the first post: connect again with --set webhook=https://….",
    ),
    11: (Rejected, "Thiết bị người nhận không hỗ trợ.", "The receiver has no suitable device."),
    12: (Throttled, "Viber báo gửi quá nhanh; hệ thống tự chờ.", "Too many requests; Loa waits by itself."),
    13: (Rejected, "Phiên bản API Viber không được hỗ trợ.", "The API version is not supported."),
    14: (Rejected, "Nội dung không hợp phiên bản Viber của người nhận.", "Incompatible with the receiver's version."),
    15: (AuthLost, "Tài khoản Viber chưa được phép đăng: kiểm tra quyền quản trị cao nhất.", "Not authorised to post."),
    16: (Rejected, "Viber không cho trả lời tại đây.", "In-chat replies are not allowed."),
    17: (Rejected, "Tài khoản Viber không phải loại inline.", "The account is not inline."),
    18: (AuthLost, "Tài khoản này không có kênh Viber công khai.", "This account has no public channel."),
    19: (Rejected, "Bot chưa được phép gửi hàng loạt: xin phép Viber.", "Broadcast is not allowed: ask Viber."),
    20: (Rejected, "Bot chưa được phép gửi hàng loạt: xin phép Viber.", "Broadcast is not allowed: ask Viber."),
    21: (Rejected, "Viber không hỗ trợ quốc gia này.", "The country is not supported."),
    22: (Rejected, "Viber không hỗ trợ thanh toán tại đây.", "Payments are not supported."),
    23: (QuotaReached, "Đã hết tin miễn phí tháng này trên Viber.", "The month's free messages are used up."),
    24: (AuthLost, "Tài khoản Viber hết tiền: nạp thêm.", "The Viber account has no balance."),
}
_WAIT_S = {12: 30.0, 23: 24 * 3600.0}


def judge(answer: Answer, method: str, *, writes: bool) -> dict[str, Any]:
    """Return what Viber says; raise what a refusal, or no word at all, means."""
    body = answer.data if isinstance(answer.data, dict) else {}
    status = number(body.get("status"))
    if status is None and answer.status == TOO_MANY:
        raise too_many(f"{method}: HTTP {answer.status}", answer.headers)
    if status is None or answer.status >= 500 or (status == 0 and answer.status != 200):
        detail = f"{method}: HTTP {answer.status}, status {status}"
        raise unclear(detail) if writes else unreachable(detail)
    if status == 0:
        return body
    raise refusal(status, f"{method}: {body.get('status_message', '')}", writes=writes)


def refusal(status: int, detail: str, *, writes: bool = True) -> ChannelError:
    """Return what a status other than 0 means."""
    row = _STATUS.get(status)
    if row is None:
        return unclear(detail, code=str(status)) if writes else unreachable(detail, code=str(status))
    kind, vi, en = row
    return kind(detail, told=Told(vi=vi, en=en), code=str(status), retry_after_s=_WAIT_S.get(status))
