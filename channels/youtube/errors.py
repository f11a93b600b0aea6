"""What YouTube's errors mean for us, by Google's reason before the HTTP status. youtube.md 8."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from channels.errors import AuthLost, ChannelError, QuotaReached, Rejected, Throttled, Told, Unclear, Unreachable
from channels.google import GoogleFailure
from channels.http import TOO_MANY, too_many, unclear, unreachable
from channels.youtube.values import until_midnight_s

UPLOAD_LIMIT: Final = "uploadLimitExceeded"
NO_SCOPE: Final = "insufficientPermissions"
DONE_ALREADY: Final = frozenset({"captionExists", "videoAlreadyInPlaylist"})
NOT_THERE: Final = frozenset({"videoNotFound", "commentNotFound", "notFound", "NOT_FOUND", "404", "410"})

_CONNECT = Told(
    vi="YouTube không còn nhận quyền truy cập: chủ kênh cần kết nối lại.",
    en="YouTube no longer accepts the access: the channel's owner must reconnect.",
)
RIGHTS: Final = Told(
    vi="Thiếu quyền hoặc sai kênh YouTube: kết nối lại và chọn đúng kênh.",
    en="A right is missing or it is the wrong channel: reconnect and choose the right one.",
)
_QUOTA = Told(
    vi="Đã hết hạn mức YouTube trong ngày; hệ thống chờ tới khi được cấp lại.",
    en="YouTube's daily quota is used up; Loa waits until it is renewed.",
)
_UPLOADS = Told(
    vi="Kênh YouTube đã đăng đủ số clip được nhận trong 24 giờ; hệ thống tự chờ. Xác minh kênh để được đăng nhiều hơn.",
    en="The channel has uploaded as many clips as YouTube takes in 24 hours; Loa waits. Verify the channel for more.",
)
_FAST = Told(vi="YouTube báo gọi quá nhanh; hệ thống tự chờ.", en="Too many calls; Loa waits by itself.")
_WORDS = Told(
    vi="YouTube từ chối tiêu đề, mô tả hoặc thẻ: sửa nội dung rồi gửi lại.",
    en="YouTube refused the title, description or tags: change them and send again.",
)
FILE: Final = Told(
    vi="YouTube không nhận được clip này: thử tệp khác.", en="YouTube could not take the clip: use another."
)
GONE: Final = Told(vi="Không còn trên YouTube.", en="It is no longer on YouTube.")
NOT_OURS: Final = Told(
    vi="Chỉ ẩn được bình luận dưới clip của kênh này.", en="Only comments under this channel's own clips can be hidden."
)
NOT_VERIFIED: Final = Told(
    vi="Kênh chưa được xác minh nên YouTube không nhận ảnh thu nhỏ: xác minh kênh bằng số điện thoại trong YouTube "
    "Studio.",
    en="The channel is not verified, so YouTube takes no thumbnails: verify it by telephone in YouTube Studio.",
)
_STATE = Told(
    vi="Tài khoản hoặc kênh YouTube bị đóng, bị khóa hoặc chưa có kênh: chủ kênh xem trong YouTube Studio.",
    en="The account or channel is closed or suspended, or there is no channel: its owner looks in YouTube Studio.",
)
_SETTINGS = Told(
    vi="YouTube không cho kênh này chọn chế độ xem hoặc giấy phép ấy: đổi trong bài rồi gửi lại.",
    en="YouTube does not let this channel choose that privacy or license: change it in the post and send again.",
)
_COMMENT = Told(
    vi="YouTube không nhận lời bình luận này: sửa lời cho ngắn gọn rồi gửi lại.",
    en="YouTube did not take the comment: change its text and send again.",
)
_MAY_NOT_COMMENT = Told(
    vi="Tài khoản này chưa được bình luận trên YouTube: chủ kênh đăng nhập YouTube một lần và đồng ý điều khoản.",
    en="The account may not comment on YouTube yet: its owner signs in to YouTube once and accepts the terms.",
)
_IMAGE = Told(
    vi="YouTube không nhận ảnh thu nhỏ này: dùng ảnh JPEG hoặc PNG 1280x720.",
    en="YouTube did not take the thumbnail: use a JPEG or PNG of 1280x720.",
)
_LIST_FULL = Told(vi="Danh sách phát đã đầy: chọn danh sách khác.", en="The playlist is full: choose another.")
_THERE = Told(vi="Đã có trên YouTube.", en="It is on YouTube already.")
_BUG = Told(
    vi="YouTube không hiểu yêu cầu của Loa: báo cho người quản trị Loa kèm mã lỗi.",
    en="YouTube did not understand what Loa asked: tell whoever looks after Loa, with the error's code.",
)
_CLOSED = Told(vi="Bình luận của video này đã tắt.", en="Comments are off for this video.")

# reason -> (class, sentence); youtube.md section 8
_REASONS: Mapping[str, tuple[type[ChannelError], Told]] = {
    **dict.fromkeys(("authError", "authorizationRequired", "invalid_grant", "invalid_client"), (AuthLost, _CONNECT)),
    **dict.fromkeys(("unauthorized_client",), (AuthLost, _CONNECT)),
    **dict.fromkeys(("quotaExceeded", "dailyLimitExceeded"), (QuotaReached, _QUOTA)),
    **dict.fromkeys(("rateLimitExceeded", "userRateLimitExceeded"), (Throttled, _FAST)),
    UPLOAD_LIMIT: (QuotaReached, _UPLOADS),
    **dict.fromkeys(("forbidden", NO_SCOPE, "accountDelegationForbidden"), (AuthLost, RIGHTS)),
    **dict.fromkeys(
        (
            "authenticatedUserAccountClosed",
            "authenticatedUserAccountSuspended",
            "authenticatedUserNotChannel",
            "channelClosed",
            "channelSuspended",
            "youtubeSignupRequired",
        ),
        (AuthLost, _STATE),
    ),
    "commentsDisabled": (Rejected, _CLOSED),
    "ineligibleAccount": (Rejected, _MAY_NOT_COMMENT),
    **dict.fromkeys(("forbiddenPrivacySetting", "forbiddenLicenseSetting"), (Rejected, _SETTINGS)),
    **dict.fromkeys(
        ("processingFailure", "commentTextRequired", "commentTextTooLong", "operationNotSupported"),
        (Rejected, _COMMENT),
    ),
    **dict.fromkeys(
        ("invalidImage", "imageFormatUnsupported", "imageTooTall", "imageTooWide", "failedPrecondition"),
        (Rejected, _IMAGE),
    ),
    **dict.fromkeys(("mediaBodyRequired", "mediaTooLarge", "invalidFilename"), (Rejected, FILE)),
    "playlistContainsMaximumNumberOfVideos": (Rejected, _LIST_FULL),
    **dict.fromkeys(DONE_ALREADY, (Rejected, _THERE)),
    **dict.fromkeys(
        (
            "missingRequiredParameter",
            "invalidFilters",
            "incompatibleParameters",
            "unexpectedParameter",
            "banWithoutReject",
        ),
        (Rejected, _BUG),
    ),
    "preconditionFailed": (Unreachable, unreachable("").told),  # changed meanwhile: read again
    "invalidPageToken": (Unreachable, unreachable("").told),  # read again from the first page
    **dict.fromkeys(
        (
            "videoNotFound",
            "commentNotFound",
            "commentThreadNotFound",
            "parentCommentNotFound",
            "channelNotFound",
            "playlistNotFound",
        ),
        (Rejected, GONE),
    ),
}


def error_from(failure: GoogleFailure, *, writes: bool, now: datetime) -> ChannelError:
    """Return what a failed call means: by its reason where that is known, else by its status."""
    reason, status = failure.reason, failure.status
    detail = f"{status} {reason} {failure}"
    row = _REASONS.get(reason)
    if row is not None:
        kind, told = row
        return kind(detail, told=told, code=reason, retry_after_s=_wait_s(reason, now))
    if status == 401:
        return AuthLost(detail, told=_CONNECT, code=reason or "401")
    if status == TOO_MANY:
        return too_many(detail, failure.headers)
    if status in (404, 410):
        return Rejected(detail, told=GONE, code=reason or str(status))
    if status == 403 and reason:
        return AuthLost(detail, told=RIGHTS, code=reason)
    if 400 <= status < 500 and reason:
        return Rejected(detail, told=_WORDS, code=reason)
    if writes and failure.sent:
        return Unclear(detail, told=unclear("").told, code=reason or str(status or ""))
    return unreachable(detail, code=reason)


def _wait_s(reason: str, now: datetime) -> float | None:
    """Quotas are renewed at midnight Pacific; an upload limit runs for 24 hours."""
    if reason in ("quotaExceeded", "dailyLimitExceeded"):
        return until_midnight_s(now)
    return {UPLOAD_LIMIT: 24 * 3600.0, "rateLimitExceeded": 30.0, "userRateLimitExceeded": 30.0}.get(reason)
