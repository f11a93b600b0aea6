"""What Zalo's answers mean: decide on `error` alone, and name an error by what happens next (zalo.md 3 and 11)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from channels.errors import AuthLost, ChannelError, QuotaReached, Rejected, Throttled, Told, Unreachable
from channels.http import TOO_MANY, Answer, too_many, unclear, unreachable
from channels.reading import of_our_time, whole

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")

R, T, S, Q, N, STOP = Unreachable, AuthLost, Throttled, QuotaReached, Rejected, AuthLost
_INACTIVE = (
    N,
    "Tài khoản người nhận không hoạt động: liên hệ cách khác.",
    "The receiver's account is inactive: reach them otherwise.",
)
_SILENT = (
    N,
    "Quá 7 ngày kể từ lần cuối người dân nhắn nên Zalo không cho gửi: gọi điện, hoặc chờ họ nhắn lại.",
    "No interaction in 7 days, so Zalo sends nothing: telephone, or wait until they write again.",
)
# error -> (class, Vietnamese, English); zalo.md section 11
_ERRORS: Mapping[int, tuple[type[ChannelError], str, str]] = {
    -32: (S, "Zalo báo gọi quá nhanh; hệ thống tự chờ.", "Zalo's call limit is reached; Loa waits by itself."),
    -100: (R, "Tệp tải lên Zalo đã hết hạn; hệ thống tải lại.", "The uploaded file expired; it is uploaded again."),
    -200: (
        R,
        "Zalo không xử lý được hình hoặc clip: kiểm tra dung lượng và địa chỉ công khai.",
        "Zalo could not process the picture or clip: check its size and that its address is public.",
    ),
    -201: (N, "Zalo không nhận một trường của bài; xem chi tiết và sửa nội dung.", "Invalid parameter; fix the post."),
    -202: (STOP, "Chữ ký không đúng: kiểm tra khóa của ứng dụng Zalo.", "Invalid mac: check the secrets."),
    -204: (STOP, "OA đã bị khóa hoặc xóa: liên hệ Zalo.", "The OA is disabled: contact Zalo."),
    -205: (STOP, "Không có OA này: kiểm tra mã OA.", "The OA does not exist: check its id."),
    -207: (STOP, "Ứng dụng Zalo chưa đăng ký xong: hoàn tất đăng ký.", "The app is not registered: register it."),
    -208: (STOP, "Ứng dụng Zalo chưa có khóa bí mật: tạo khóa.", "The app has no secret key: make one."),
    -209: (
        STOP,
        "Ứng dụng Zalo chưa kích hoạt: kích hoạt ở trang nhà phát triển.",
        "The app is not activated: activate it on Zalo's developer pages.",
    ),
    -210: (N, "Một giá trị vượt giới hạn của Zalo: hãy rút ngắn.", "A value is above Zalo's limit: shorten it."),
    -211: (
        Q,
        "Đã hết hạn mức tính năng này trên Zalo; hệ thống thử lại ngày mai, hoặc mua thêm.",
        "The feature's quota on Zalo is used up; Loa tries again tomorrow, or buy more.",
    ),
    -212: (
        STOP,
        "Ứng dụng chưa đăng ký Official Account API: đăng ký ở trang nhà phát triển.",
        "The app lacks the product Official Account API: register it on the developer pages.",
    ),
    -213: (
        N,
        "Người này chưa quan tâm OA: mời họ bấm quan tâm.",
        "This person does not follow the OA: ask them to follow it.",
    ),
    -215: (STOP, "Mã ứng dụng Zalo không đúng: kiểm tra mã.", "Invalid app id: check it."),
    -216: (T, "Mã truy cập Zalo không hợp lệ: kết nối lại OA.", "The access token is invalid: reconnect the OA."),
    -217: (
        N,
        "Người này đã chặn lời mời: liên hệ cách khác.",
        "This person blocks invitations: reach them otherwise.",
    ),
    -218: (
        Q,
        "Người nhận đã hết lượt nhận trong ngày; hệ thống gửi lại ngày mai.",
        "The receivers had their share of today; Loa sends again tomorrow.",
    ),
    -219: (STOP, "Ứng dụng Zalo đã bị gỡ: liên hệ quản trị ứng dụng.", "The app was removed: ask its administrator."),
    -220: (T, "Mã truy cập Zalo hết hạn: kết nối lại OA.", "The access token expired: reconnect the OA."),
    -221: (
        STOP,
        "OA chưa được xác thực: xác thực trên oa.zalo.me.",
        "The OA is not verified: verify it on oa.zalo.me.",
    ),
    -222: _INACTIVE,
    -223: (
        STOP,
        "OA chưa cấp quyền cho ứng dụng: cấp lại quyền bài viết.",
        "The OA has not given the app this right: grant the article permission again.",
    ),
    -224: (STOP, "Gói OA chưa đủ để dùng API: nâng gói.", "The OA's package is too low for this: upgrade it."),
    -227: _INACTIVE,
    -230: _SILENT,
    -232: _SILENT,
    -233: (
        N,
        "Loại tin này không dành cho OA của cơ quan: dùng cách khác.",
        "This message type is not for this OA: use another way.",
    ),
    -234: (Q, "Zalo không cho gửi từ 22 giờ đến 6 giờ; hệ thống chờ tới sáng.", "Not at night; Loa waits for morning."),
    -235: (N, "Loại OA không được hỗ trợ: hỏi Zalo.", "This type of OA is not supported: ask Zalo."),
    -237: (N, "Nhóm đã hết hạn: gia hạn nhóm.", "The group expired: renew it."),
    -238: (N, "Tài nguyên đã dùng: chọn cái khác.", "The asset was used: choose another one."),
    -240: (N, "Zalo đã đóng API này: cập nhật Loa.", "Zalo closed this API: update Loa."),
    -241: (N, "Tài nguyên bị khóa: chọn cái khác.", "The asset is disabled: choose another one."),
    -242: (
        STOP,
        "Zalo đòi appsecret_proof khác: kiểm tra khóa của ứng dụng.",
        "Bad appsecret_proof: check the secret.",
    ),
    -244: (
        N,
        "Người này hạn chế loại tin nhắn đó: liên hệ cách khác.",
        "This person restricted such messages: reach them otherwise.",
    ),
    -248: (N, "Zalo cho rằng nội dung vi phạm quy định: sửa nội dung.", "The content violates the rules: edit it."),
    -249: (N, "Mẫu tin không gửi được theo UID: chọn mẫu khác.", "The template is not for user ids: choose another."),
    -305: (N, "Đã quá hạn trả lời: liên hệ cách khác.", "The reply window is over: reach them otherwise."),
    -311: (N, "Đã hết lượt trả lời: liên hệ cách khác.", "The reply quota is used: reach them otherwise."),
    -320: (N, "Chưa liên kết tài khoản thanh toán Zalo: hãy liên kết.", "No billing account is linked: link one."),
    -321: (N, "Tài khoản thanh toán Zalo hết tiền: nạp thêm.", "The billing account is empty: top it up."),
    -403: (N, "OA không ở trong nhóm này: thêm OA vào nhóm.", "The OA is not in the group: add it."),
}
PROCESSING = "-214"
INVALID = "-201"
NOT_ALLOWED = frozenset({"-221", "-223", "-224"})
"""What an OA may lack for one function while the others work: verification, a right, a bigger package."""
TOKEN_DEAD = frozenset({"-216", "-220"})
_QUOTA_WORDS = ("quota", "limit")


def judge(answer: Answer, path: str, *, writes: bool, now: datetime, token: str = "") -> Any:
    """Return `data` of a success ({} without one), else raise what happens next.

    A missing `error`, a body that is no JSON object and every 5xx are transport failures: of unknown outcome when it
    was a write, as is a code that no note explains. `token` is taken out of what Zalo says.
    """
    body = answer.data
    code = number(body.get("error")) if isinstance(body, dict) else None
    if code is None and answer.status == TOO_MANY:
        raise too_many(f"{path}: HTTP {answer.status}", answer.headers)
    if code is None or answer.status >= 500:
        detail = f"{path}: HTTP {answer.status} without an error field"
        raise unclear(detail) if writes else unreachable(detail)
    if code == 0:
        return body.get("data") if body.get("data") is not None else {}
    message = str(body.get("message") or "")
    if token:
        message = message.replace(token, "***")
    detail = f"{path}: {message}"
    if str(code) == PROCESSING:
        raise unreachable(detail, code=str(code))
    row = _ERRORS.get(code)
    if row is None:
        raise unclear(detail, code=str(code)) if writes else unreachable(detail, code=str(code))
    kind, vi, en = row
    if code == -223 and any(word in message.lower() for word in _QUOTA_WORDS):
        kind = QuotaReached
        vi, en = (
            "Đã hết hạn mức tạo bài viết của OA: chờ kỳ sau hoặc nâng gói.",
            "The article quota is used up: upgrade.",
        )
    wait_s = _wait_s(code, now) if issubclass(kind, Throttled) else None
    raise kind(detail, told=Told(vi=vi, en=en), code=str(code), retry_after_s=wait_s)


def _wait_s(code: int, now: datetime) -> float:
    """Seconds until Zalo takes it again: the next minute, the morning, or the next day."""
    local = now.astimezone(HANOI)
    if code == -32:
        return 61.0 - local.second
    if code == -234:
        morning = local.replace(hour=6, minute=5, second=0, microsecond=0)
        return ((morning if local < morning else morning + timedelta(days=1)) - local).total_seconds()
    midnight = (local + timedelta(days=1)).replace(hour=0, minute=5, second=0, microsecond=0)
    return (midnight - local).total_seconds()


def number(value: object) -> int | None:
    """A whole number, also one written as text or with a point; None for anything else."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 2**53 else None
    try:
        return whole(int(str(value)))
    except ValueError:
        return None


def instant(value: object) -> datetime | None:
    """A time as Zalo writes it: below 10^11 in seconds, else in milliseconds. None for what is no time."""
    count = number(value)
    if not count:
        return None
    try:
        return of_our_time(datetime.fromtimestamp(count if abs(count) < 10**11 else count / 1000, UTC))
    except (OverflowError, ValueError, OSError):
        return None


def end_of_day(day: object) -> datetime | None:
    """When a day of Zalo's, such as "31/12/2026", is over; None for what is no day."""
    try:
        return of_our_time(datetime.strptime(str(day), "%d/%m/%Y").replace(tzinfo=HANOI) + timedelta(days=1))
    except (ValueError, OverflowError):
        return None


def fields(data: object) -> Mapping[str, Any]:
    """The object in `data`, empty when it is none."""
    return data if isinstance(data, dict) else {}


def rows(data: object) -> list[Mapping[str, Any]]:
    """The list in `data`, which comes bare or under a name that varies."""
    if isinstance(data, dict):
        data = data["medias"] if "medias" in data else next((v for v in data.values() if isinstance(v, list)), [])
    return [row for row in data if isinstance(row, dict)] if isinstance(data, list) else []
