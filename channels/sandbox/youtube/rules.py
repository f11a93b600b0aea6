"""How Google refuses: one rule a way, each with the heading or line of the platform notes that it follows."""

from __future__ import annotations

from typing import Any, Final

from channels.sandbox.core import Rule, arranged, rules

_E: Final = "youtube.md 8. Errors"
_RESUMABLE: Final = "youtube.md 2.1 Resumable protocol"


def _rule(key: str, status: int, reason: str, message: str, cites: str = "", domain: str = "youtube.api") -> Rule:
    """A rule; without `cites` it is the row of the table of errors that names status and reason."""
    more: dict[str, Any] = {"domain": domain}
    return Rule(key, cites or f"{_E}: {status} {reason}", status, reason, message, more)


_ACCESS: Final = (
    _rule("no_token", 401, "authorizationRequired", "Login Required.", domain="global"),
    _rule("bad_token", 401, "authError", "Invalid Credentials", domain="global"),
    _rule("invalid_grant", 400, "invalid_grant", "Token has been expired or revoked.", "youtube.md 1: invalid_grant"),
    _rule("invalid_client", 401, "invalid_client", "The OAuth client was not found.", "youtube.md 1: invalid_client"),
    _rule("scope", 403, "insufficientPermissions", "Insufficient Permission"),
    _rule("forbidden", 403, "forbidden", "Access forbidden."),
    _rule("signup", 401, "youtubeSignupRequired", "Unauthorized"),
    _rule("quota", 403, "quotaExceeded", "Quota exceeded.", "youtube.md 6: 10,000 units a day", "youtube.quota"),
    _rule(
        "upload_quota",
        403,
        "quotaExceeded",
        "Quota exceeded.",
        "youtube.md 6: videos.insert 100 calls",
        "youtube.quota",
    ),
    _rule(
        "stats_quota",
        403,
        "quotaExceeded",
        "Quota exceeded.",
        "youtube.md 6: videos.batchGetStats 10,000",
        "youtube.quota",
    ),
)
_REQUEST: Final = (
    _rule("parameter", 400, "missingRequiredParameter", "The request is missing a required parameter: {name}"),
    _rule("unexpected", 400, "unexpectedParameter", "The request specifies an unexpected parameter: {name}"),
    # the notes name no reason of its own for a part that does not exist
    _rule("part", 400, "unexpectedParameter", "'{name}'", f"{_E}: unexpectedParameter; 2, 4, 5: the parts of a method"),
    _rule("filters", 400, "invalidFilters", "The request specifies an invalid filter parameter: {name}"),
    _rule("incompatible", 400, "incompatibleParameters", "These parameters cannot be used together: {name}"),
    _rule("page_token", 400, "invalidPageToken", "The request specifies an invalid page token."),
    _rule("etag", 412, "preconditionFailed", "Precondition Failed", domain="global"),
    _rule("query", 400, "badRequest", "The query is not supported.", "youtube.md 4.1: invalid combination", "global"),
    _rule("backend", 503, "backendError", "Backend Error", f"{_E}: 500, 502, 503, 504 backendError", "global"),
    _rule("unknown", 404, "notFound", "Not Found", f"{_E}: fall back to the HTTP code", "global"),
    _rule("unreadable", 400, "badRequest", "Bad Request", f"{_E}: fall back to the HTTP code", "global"),
)
_VIDEO: Final = (
    _rule("upload_limit", 400, "uploadLimitExceeded", "The user has exceeded the number of videos they may upload."),
    _rule("title", 400, "invalidTitle", "Invalid or empty video title.", "youtube.md 2: title 1-100, no <>"),
    _rule("description", 400, "invalidDescription", "Invalid video description.", "youtube.md 2: 5000 bytes, no <>"),
    _rule("tags", 400, "invalidTags", "Invalid video keywords.", "youtube.md 2: tags 500 characters"),
    _rule("category", 400, "invalidCategoryId", "Invalid video category.", "youtube.md 2: categoryId numeric; 3"),
    _rule("publish_at", 400, "invalidPublishAt", "Invalid scheduled publishing time.", "youtube.md 2: publishAt"),
    _rule("metadata", 400, "invalidVideoMetadata", "The request metadata is invalid: {name}"),
    _rule("recording", 400, "invalidRecordingDetails", "Invalid recording details."),
    _rule("filename", 400, "invalidFilename", "The video filename in the Slug header is invalid."),
    _rule("language", 400, "defaultLanguageNotSet", "Localized details need the default language of the video."),
    _rule("privacy", 403, "forbiddenPrivacySetting", "Invalid privacy setting for the video."),
    _rule("license", 403, "forbiddenLicenseSetting", "Invalid license for the video."),
    _rule("no_video", 404, "videoNotFound", "The video cannot be found."),
    _rule("media", 400, "mediaBodyRequired", "The request does not include the video content."),
    _rule(
        "media_type",
        400,
        "badRequest",
        "Media type '{name}' is not supported.",
        "youtube.md 2: Media video/* or application/octet-stream",
        "global",
    ),
    _rule("session", 404, "notFound", "Upload session not found", f"{_RESUMABLE} 4: 404/410 session gone", "global"),
    _rule(
        "session_expired", 410, "gone", "The upload session has expired", f"{_RESUMABLE} 4: live about a week", "global"
    ),
    _rule("chunk", 400, "badRequest", "Invalid chunk", f"{_RESUMABLE} 2: multiples of 262144, a-b/total", "global"),
)
_LIBRARY: Final = (
    _rule("no_such_channel", 404, "channelNotFound", "The channel cannot be found."),
    _rule("no_playlist", 404, "playlistNotFound", "The playlist cannot be found."),
    _rule(
        "too_large",
        413,
        "mediaTooLarge",
        "The media is too large.",
        f"{_E}: 413 mediaTooLarge; 2 256 GiB, 2.3 50 and 100 MiB",
    ),
    _rule("image_format", 400, "imageFormatUnsupported", "The image format is not supported."),
    _rule("image", 400, "invalidImage", "The image content is invalid."),
    _rule("caption_exists", 409, "captionExists", "The video already has a caption track of this name."),
)
_COMMENT: Final = (
    _rule("no_comment", 404, "commentNotFound", "One or more comments cannot be found."),
    _rule("no_thread", 404, "commentThreadNotFound", "The thread cannot be found."),
    _rule("no_parent", 404, "parentCommentNotFound", "The parent comment cannot be found."),
    _rule("comments_off", 403, "commentsDisabled", "The video has disabled comments."),
    _rule("no_text", 400, "commentTextRequired", "The comment text is required."),
    _rule("long_text", 400, "commentTextTooLong", "The comment text is too long."),
    _rule("processing", 400, "processingFailure", "The API server failed to process the request."),
    _rule(
        "one_level",
        400,
        "operationNotSupported",
        "The parent is no top-level comment.",
        f"{_E}: operationNotSupported; 5 Reply: one level",
    ),
    _rule("ban", 400, "banWithoutReject", "banAuthor needs moderationStatus rejected"),
    _rule("spam", 400, "operationNotSupported", "likelySpam cannot be set", f"{_E}: operationNotSupported; 5 Hide"),
)
# States of a person, a channel or a Google project: nothing in a request brings them about.
_STATES: Final = arranged(
    _rule("rate", 403, "rateLimitExceeded", "Rate Limit Exceeded", domain="usageLimits"),
    _rule("user_rate", 403, "userRateLimitExceeded", "User Rate Limit Exceeded", domain="usageLimits"),
    _rule("daily", 403, "dailyLimitExceeded", "Daily Limit Exceeded", domain="usageLimits"),
    _rule("delegation", 403, "accountDelegationForbidden", "Forbidden"),
    _rule("account_closed", 403, "authenticatedUserAccountClosed", "The account is closed."),
    _rule("account_suspended", 403, "authenticatedUserAccountSuspended", "The account is suspended."),
    _rule("not_channel", 403, "authenticatedUserNotChannel", "The user is no channel."),
    _rule("channel_closed", 403, "channelClosed", "The channel was closed."),
    _rule("channel_suspended", 403, "channelSuspended", "The channel was suspended."),
    _rule("ineligible", 403, "ineligibleAccount", "The account cannot comment."),
    _rule("image_tall", 400, "imageTooTall", "The image is too tall."),
    _rule("image_wide", 400, "imageTooWide", "The image is too wide."),
    _rule("precondition", 400, "failedPrecondition", "The video is not ready for a thumbnail."),
    _rule("list_full", 403, "playlistContainsMaximumNumberOfVideos", "The playlist is full."),
    _rule("in_list", 409, "videoAlreadyInPlaylist", "The video is in the playlist already."),
)
RULES: Final = rules(*_ACCESS, *_REQUEST, *_VIDEO, *_LIBRARY, *_COMMENT, *_STATES)
