"""Names of states, levels, fields, roles and deeds, and the tone each is shown in. The words are Vietnamese keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from models.incident import Level
from models.learning import Verdict
from models.names import FIELDS as NAMED_FIELDS
from models.names import FORMATS as NAMED_FORMATS
from models.names import LEVELS as NAMED_LEVELS
from models.office import AccountStatus, Role
from models.post import PostKind, Timing
from models.queue import Every
from models.states import DELIVERY, INCIDENT, POST, DeliveryState, IncidentState, PostState

NEUTRAL, INFO, GOOD, WARN, BAD = "neutral", "info", "good", "warn", "bad"

FIELDS: Mapping[str, str] = {code: vi for code, (vi, _) in NAMED_FIELDS.items()}

FORMATS: Mapping[str, str] = {code: vi for code, (vi, _) in NAMED_FORMATS.items()}

KINDS: Mapping[str, str] = {
    PostKind.ROUTINE: "Bài thường",
    PostKind.CORRECTION: "Đính chính",
    PostKind.HOLDING: "Thông báo ban đầu",
    PostKind.ANSWER: "Trả lời người dân",
    PostKind.EDIT: "Sửa bài đã đăng",
}

TIMINGS: Mapping[str, str] = {
    Timing.NOW: "Ngay khi duyệt xong",
    Timing.AT: "Vào giờ đã chọn",
    Timing.SLOT: "Khung giờ trống kế tiếp",
}

VERDICTS: Mapping[str, str] = {
    Verdict.RIGHT: "Báo đúng",
    Verdict.FALSE_ALARM: "Báo nhầm",
    Verdict.CRITICISM: "Là lời phê bình",
    Verdict.WRONG_GROUP: "Gộp sai: các lời không nói cùng một điều",
}

ROLES: Mapping[str, str] = {
    Role.AUTHOR: "Người soạn",
    Role.EDITOR: "Biên tập viên",
    Role.APPROVER: "Người duyệt",
    Role.DUTY: "Cán bộ trực",
    Role.BACKUP: "Trực phụ",
    Role.SPOKESPERSON: "Người phát ngôn",
    Role.LEADER: "Lãnh đạo",
    Role.AUDITOR: "Giám sát",
    Role.ADMIN: "Quản trị",
}

LEVELS: Mapping[str, tuple[str, str]] = {
    level: (NAMED_LEVELS[level][0], tone)
    for level, tone in ((Level.LOW, NEUTRAL), (Level.MEDIUM, INFO), (Level.HIGH, WARN), (Level.EMERGENCY, BAD))
}

ACCOUNTS: Mapping[str, tuple[str, str]] = {
    AccountStatus.OK: ("Hoạt động", GOOD),
    AccountStatus.PAUSED: ("Tạm dừng", WARN),
    AccountStatus.LOST: ("Mất kết nối", BAD),
}

POST_TONE: Mapping[str, str] = {
    PostState.DRAFT: NEUTRAL,
    PostState.IN_REVIEW: INFO,
    PostState.PENDING: INFO,
    PostState.APPROVED: INFO,
    PostState.SCHEDULED: INFO,
    PostState.GOING_OUT: INFO,
    PostState.PUBLISHED: GOOD,
    PostState.PARTLY_FAILED: BAD,
    PostState.HELD: WARN,
    PostState.RETURNED: WARN,
    PostState.RETRACTED: NEUTRAL,
    PostState.CORRECTED: GOOD,
}

DELIVERY_TONE: Mapping[str, str] = {
    DeliveryState.QUEUED: NEUTRAL,
    DeliveryState.SENDING: INFO,
    DeliveryState.CHECKING: INFO,
    DeliveryState.SENT: GOOD,
    DeliveryState.REFUSED: BAD,
    DeliveryState.HELD: WARN,
    DeliveryState.UNKNOWN: BAD,
    DeliveryState.CANCELLED: NEUTRAL,
    DeliveryState.RETRACTED: NEUTRAL,
}

INCIDENT_TONE: Mapping[str, str] = {
    IncidentState.NEW: BAD,
    IncidentState.ACKED: WARN,
    IncidentState.VERIFYING: WARN,
    IncidentState.FALSE_ALARM: NEUTRAL,
    IncidentState.WATCHING: INFO,
    IncidentState.RESPONDING: WARN,
    IncidentState.CORRECTED: GOOD,
    IncidentState.AFTERCARE: INFO,
    IncidentState.CLOSED: NEUTRAL,
    IncidentState.REVIEWED: NEUTRAL,
}

DEEDS: Mapping[str, str] = {
    "post_created": "Soạn bài",
    "post_revised": "Sửa bài",
    "media_attached": "Thêm tệp",
    "media_detached": "Bỏ tệp",
    "post_submitted": "Gửi bài",
    "post_forwarded": "Chuyển duyệt",
    "post_approved": "Duyệt",
    "approval_voided": "Hủy lượt duyệt cũ vì nội dung đã sửa",
    "translation_signed": "Ký bản dịch máy",
    "translation_unmarked": "Bỏ dấu bản dịch máy",
    "signature_voided": "Hủy chữ ký bản dịch vì nội dung đã sửa",
    "post_returned": "Trả lại",
    "post_held": "Giữ bài lại",
    "post_released": "Thả bài",
    "post_cancelled": "Hủy bài",
    "post_rescheduled": "Đổi giờ đăng",
    "post_withdrawn": "Gỡ bài",
    "unknown_settled": "Quyết định lượt gửi chưa rõ",
    "delivery_retried": "Gửi lại",
    "post_repeats": "Đặt lịch lặp lại",
    "post_recurred": "Tạo bản sao theo lịch lặp lại",
    "recurrence_ended": "Dừng lặp lại",
    "account_lost": "Mất kết nối tài khoản",
    "known_claim_added": "Thêm luận điểm đã kết luận",
    "known_claim_retired": "Rút luận điểm đã kết luận",
    # events of an incident
    "opened": "Báo động",
    "judged": "Kết luận",
    "told": "Báo nhóm trực",
    "doubled": "Lan gấp đôi, báo lại",
    "inhibited": "Không báo riêng, gộp vào cảnh báo lớn hơn",
    "silenced": "Không báo vì đang tắt tiếng",
    "reopened": "Mở lại",
    "raised": "Nâng mức, báo lại",
    "first_line": "Thông báo ban đầu đã lên kênh",
    "escalated": "Chuyển cấp",
    "moved": "Chuyển bước",
    "merged": "Gộp luận điểm",
    "split": "Tách luận điểm",
}

QUEUE_VIEWS: Mapping[str, str] = {
    "attention": "Cần người quyết định",
    "stuck": "Quá giờ chưa xong",
    "queued": "Chờ đăng",
    "in_flight": "Đang gửi",
    "held": "Tạm giữ",
    "unknown": "Chưa rõ đã lên chưa",
    "refused": "Bị từ chối",
}
"""The parts of the queue."""

WEEKDAYS = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ Nhật")

EVERY: Mapping[str, str] = {
    Every.DAY: "Hằng ngày",
    Every.WEEK: "Hằng tuần",
    Every.MONTH: "Hằng tháng",
}

BUDGET_UNITS: Mapping[str, str] = {
    "percent": "phần trăm",
    "calls": "lượt gọi",
    "units": "đơn vị",
    "uploads": "video",
    "messages": "tin nhắn",
    "articles": "bài viết",
}
"""What a platform's limit counts."""

OUTCOMES: Mapping[str, str] = {
    "": "Đang chờ kết quả",
    "sent": "Đã đăng",
    "checking": "Nền tảng đang xử lý",
    "not_sent": "Chắc chắn chưa gửi, tự thử lại",
    "throttled": "Nền tảng hẹn gửi lại sau",
    "refused": "Bị từ chối",
    "account_lost": "Mất kết nối tài khoản",
    "unclear": "Chưa rõ, đọc lại kênh",
    "unknown": "Chưa rõ, cần người quyết định",
}

STANCES: Mapping[str, str] = {
    "asserts": "Khẳng định",
    "denies": "Bác bỏ",
    "asks": "Hỏi lại",
    "comments": "Bình luận",
}

CATEGORIES: Mapping[str, tuple[str, str]] = {
    "harmless": ("Bình thường", NEUTRAL),
    "criticism": ("Phê bình, góp ý", NEUTRAL),
    "question": ("Câu hỏi", INFO),
    "feedback": ("Phản ánh", INFO),
    "urgent": ("Khẩn, cần người xem", BAD),
    "warning": ("Người dân cảnh báo", INFO),
    "misinformation": ("Nghi vấn – cần kiểm chứng", WARN),
    "scam": ("Nghi vấn lừa đảo – cần kiểm chứng", WARN),
    "abuse": ("Lời lẽ nặng", NEUTRAL),
    "satire": ("Trào phúng", NEUTRAL),
}
"""What the model proposes for a text; never a verdict."""

UNITS: Mapping[str, str] = {
    "characters": "ký tự",
    "utf8_bytes": "byte UTF-8",
    "utf16_units": "đơn vị UTF-16",
}


PARTS_OF_POST: Mapping[str, str] = {
    "title": "Tiêu đề",
    "text": "Nội dung",
    "caption": "Chú thích",
    "description": "Mô tả",
}

FORMS: Mapping[str, str] = {
    "feed": "bài viết",
    "photo": "bài có ảnh",
    "photos": "bài nhiều ảnh",
    "album": "bài nhiều tệp",
    "video": "video",
    "reel": "video ngắn (reel)",
    "article": "bài viết",
    "video_article": "bài viết có video",
    "post": "tin đăng",
    "message": "tin nhắn cho mọi người theo dõi",
    "comment": "bình luận",
    "reply": "câu trả lời",
    "edit": "bản sửa",
    "broadcast": "tin gửi người theo dõi",
}
"""What the platforms' own forms are to a reader."""

PRIVACY: Mapping[str, str] = {
    "public": "Công khai",
    "unlisted": "Không công khai",
    "private": "Riêng tư",
}
"""The words YouTube itself uses."""


FILE_ROLES: Mapping[str, str] = {
    "": "Ảnh hoặc video",
    "thumbnail": "Ảnh thu nhỏ của video",
    "captions": "Phụ đề của video (.srt, .vtt)",
}
"""What a file is to its post."""

FILE_KINDS: Mapping[str, str] = {
    "picture": "Ảnh",
    "clip": "Video",
    "thumbnail": "Ảnh thu nhỏ",
    "captions": "Phụ đề",
}

METRICS: Mapping[str, str] = {
    "reach": "Người xem",
    "delivered": "Người nhận được",
    "views": "Lượt xem",
    "engaged_views": "Lượt xem thật sự",
    "reactions": "Cảm xúc",
    "comments": "Bình luận",
    "shares": "Chia sẻ",
}
"""What is counted of a post."""

ABILITIES: Mapping[str, str] = {
    "text": "Bài chỉ có chữ",
    "link": "Liên kết",
    "picture": "Bài một ảnh",
    "pictures": "Bài nhiều ảnh",
    "clip": "Video",
    "short_clip": "Clip ngắn riêng một loại",
    "captions": "Phụ đề",
    "thumbnail": "Ảnh thu nhỏ",
    "playlist": "Danh sách phát",
    "first_comment": "Bình luận đầu tiên",
    "broadcast": "Gửi tới người theo dõi",
    "edit": "Sửa bài đã đăng",
    "find_sent": "Đọc lại bài đã gửi",
    "read_metrics": "Số liệu của bài",
    "read_account_metrics": "Số liệu của tài khoản",
    "read_comments": "Đọc bình luận",
    "reply": "Trả lời người dân",
    "withdraw": "Gỡ bài",
    "pin": "Ghim bài",
    "read_inbox": "Đọc tin nhắn",
    "hide_comment": "Ẩn bình luận",
    "like_comment": "Thích bình luận",
}
"""What a channel can do, or cannot."""


def every_word() -> Iterable[str]:
    """Return every sentence that reaches a page through a table instead of a template (for the catalogue's test)."""
    for table in (
        FIELDS,
        FORMATS,
        KINDS,
        TIMINGS,
        ROLES,
        DEEDS,
        OUTCOMES,
        STANCES,
        UNITS,
        PARTS_OF_POST,
        FORMS,
        PRIVACY,
        QUEUE_VIEWS,
        EVERY,
        BUDGET_UNITS,
        FILE_ROLES,
        FILE_KINDS,
        METRICS,
        ABILITIES,
        VERDICTS,
    ):
        yield from table.values()
    yield from WEEKDAYS
    for toned in (LEVELS, ACCOUNTS, CATEGORIES):
        yield from (word for word, _ in toned.values())
    for flow in (POST.labels, DELIVERY.labels, INCIDENT.labels):
        yield from flow.values()
