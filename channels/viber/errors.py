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
        "Viber không tải được tệp: kiểm tra địa chỉ https công khai, chứng thư và LOA_PUBLIC_URL.",
        "Viber cannot fetch the file: check its public https address, the certificate and LOA_PUBLIC_URL.",
    ),
    2: (
        AuthLost,
        "Mã truy cập Viber không còn đúng: lấy mã mới trong Developer Tools rồi kết nối lại.",
        "The Viber token is wrong: get a new one in Developer Tools and connect again.",
    ),
    3: (
        Rejected,
        "Viber từ chối nội dung (hoặc người gửi không phải quản trị cao nhất): sửa bài rồi gửi lại.",
        "Viber refused the content (or the sender is no super admin): change the post and send it again.",
    ),
    4: (
        Rejected,
        "Viber báo thiếu trường bắt buộc, một lỗi của Loa: báo cho người quản trị hệ thống.",
        "Viber says that a required field is missing, a fault of Loa's: tell whoever runs it.",
    ),
    5: (
        Rejected,
        "Người nhận không còn dùng Viber: không gửi cho người này được nữa.",
        "The receiver left Viber: nobody can write to them any more.",
    ),
    6: (
        Rejected,
        "Người nhận không còn theo dõi bot Viber: chỉ gửi được khi họ viết lại cho bot.",
        "The receiver follows the Viber bot no more: they must write to it again first.",
    ),
    7: (
        AuthLost,
        "Tài khoản Viber bị chặn: liên hệ Viber.",
        "The Viber account is blocked: contact Viber.",
    ),
    8: (
        AuthLost,
        "Không tìm thấy tài khoản Viber: kiểm tra mã truy cập rồi kết nối lại.",
        "Viber does not know this account: check the token and connect again.",
    ),
    9: (
        AuthLost,
        "Tài khoản Viber bị tạm ngưng: liên hệ Viber.",
        "The Viber account is suspended: contact Viber.",
    ),
    10: (
        AuthLost,
        "Viber cần webhook trước bài đầu tiên: kết nối lại với --set webhook=https://….",
        "Viber needs a webhook before the first post: connect again with --set webhook=https://….",
    ),
    11: (
        Rejected,
        "Thiết bị của người nhận không xem được tin này: hãy gửi lại bằng chữ.",
        "The receiver has no device that shows this: send it again as words.",
    ),
    12: (
        Throttled,
        "Viber báo gửi quá nhanh: hệ thống tự chờ rồi gửi tiếp.",
        "Viber says that there are too many requests: Loa waits and goes on by itself.",
    ),
    13: (
        Rejected,
        "Viber không nhận phiên bản API mà Loa dùng: báo cho người quản trị hệ thống.",
        "Viber does not take the API version that Loa uses: tell whoever runs it.",
    ),
    14: (
        Rejected,
        "Ứng dụng Viber của người nhận quá cũ để xem tin này: hãy gửi lại bằng chữ.",
        "The receiver's Viber is too old to show this: send it again as words.",
    ),
    15: (
        AuthLost,
        "Tài khoản Viber chưa được phép đăng: kiểm tra quyền quản trị cao nhất, với bot là hợp đồng với Viber.",
        "The Viber account may not post: check the super admin's role, of a bot the contract with Viber.",
    ),
    16: (
        Rejected,
        "Viber không cho trả lời tại đây: hãy trả lời trong ứng dụng.",
        "Viber allows no answer here: answer in the app.",
    ),
    17: (
        Rejected,
        "Tài khoản Viber không phải loại gửi xen vào hội thoại: hãy đăng trong ứng dụng.",
        "The Viber account is not an inline one: post it in the app.",
    ),
    18: (
        AuthLost,
        "Tài khoản này không có kênh Viber công khai: tạo kênh, hoặc kết nối lại thành Viber Bot.",
        "This account has no public Viber channel: make one, or connect it again as a Viber Bot.",
    ),
    19: (
        Rejected,
        "Bot chưa được gửi hàng loạt: xin phép Viber rồi gửi lại.",
        "The bot may not broadcast: ask Viber for permission, then send it again.",
    ),
    20: (
        Rejected,
        "Viber chưa cho bot này gửi hàng loạt: xin phép Viber rồi gửi lại.",
        "Viber does not let this bot broadcast: ask Viber for permission, then send it again.",
    ),
    21: (
        Rejected,
        "Viber không gửi tới quốc gia của người nhận: hãy báo tin bằng kênh khác.",
        "Viber does not serve the receiver's country: use another channel.",
    ),
    22: (
        Rejected,
        "Viber không hỗ trợ thanh toán tại đây: hãy bỏ phần thanh toán khỏi tin.",
        "Viber supports no payments here: leave the payment out.",
    ),
    23: (
        QuotaReached,
        "Đã hết tin miễn phí tháng này trên Viber: chờ sang tháng hoặc mua thêm.",
        "The month's free Viber messages are used up: wait for the next month or buy more.",
    ),
    24: (
        AuthLost,
        "Tài khoản Viber hết tiền: nạp thêm rồi kết nối lại.",
        "The Viber account has no balance: top it up and connect again.",
    ),
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
