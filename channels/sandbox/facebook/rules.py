"""How the Graph API refuses: one rule a way, each with the line of the platform notes it follows, and its limits."""

from __future__ import annotations

from typing import Final

from channels.sandbox.core import Rule, arranged, rules

MOST_TEXT: Final = 63_206
MOST_PICTURE: Final = 10 * 1024 * 1024
MOST_VIDEO: Final = 2 * 1024**3
LEAST_VIDEO: Final = 1024
MOST_LENGTH_S: Final = 240 * 60
CHUNK: Final = 1024 * 1024

_INVALID: Final = "facebook.md 9. Errors: 100 invalid parameter"
_E: Final = "facebook.md 9. Errors"


def _oauth(key: str, code: int, subcode: int | None, message: str, cites: str, status: int = 400) -> Rule:
    if not subcode:
        return Rule(key, cites, status, code, message)
    told = {"error_user_title": "Facebook", "error_user_msg": f"{message}."} if subcode > 1_000_000 else {}
    return Rule(key, cites, status, code, message, {"error_subcode": subcode, **told})


RULES: Final = rules(
    _oauth(
        "no_token", 104, None, "An access token is required to request this resource.", f"{_E}: shape, 102/104 login"
    ),
    _oauth("bad_token", 190, None, "Invalid OAuth access token - Cannot parse access token", f"{_E}: 190", 401),
    _oauth("expired", 190, 463, "Error validating access token: Session has expired", f"{_E}: 190/463", 401),
    _oauth(
        "password_changed", 190, 460, "The session was invalidated: the password was changed", f"{_E}: 190/460", 401
    ),
    _oauth("app_removed", 190, 458, "The user has not authorized application 900.", f"{_E}: 190/458", 401),
    _oauth("role_lost", 190, 492, "The session's user no longer has a role on this Page", f"{_E}: 190/492", 401),
    _oauth(
        "proof", 104, None, "Invalid appsecret_proof provided in the API argument", f"{_E}: 104 incorrect signature"
    ),
    _oauth("permission", 200, None, "(#200) Requires {scope} permission", f"{_E}: 200-299 permission", 403),
    _oauth("removed", 10, None, "(#10) Application does not have permission for this action", f"{_E}: 10", 403),
    _oauth("missing", 100, 33, "Unsupported request. Object with ID '{id}' does not exist", f"{_E}: 100/33"),
    _oauth("bad_query", 2500, None, "Unknown path components: /{path}", f"{_E}: 2500 bad graph query"),
    _oauth("parameter", 100, None, "(#100) {what}", _INVALID),
    _oauth("empty_post", 100, None, "(#100) message or link is required", "facebook.md 3.1: message or link required"),
    _oauth("too_long", 100, None, "(#100) Param message is too long", "facebook.md 3.1: length 63,206 characters"),
    _oauth(
        "schedule",
        100,
        None,
        "(#100) The specified scheduled publish time is invalid.",
        "facebook.md 3.2: 10 min to 75 days",
    ),
    _oauth("bad_image", 324, None, "(#324) Missing or invalid image file", f"{_E}: 324"),
    _oauth("big_image", 1, 1366046, "Photos should be smaller than 10 MB and JPG or PNG", f"{_E}: 1366046; 3.3 limits"),
    _oauth("small_video", 382, 1363022, "(#382) The video file is too small", f"{_E}: 382, 1363022 under 1 KB"),
    _oauth("bad_video", 6000, 1363019, "There was a problem uploading your video file", f"{_E}: 1363019, 6000"),
    _oauth("offset", 6001, 1363037, "Wrong start offset", f"{_E}: 1363037 wrong offset, error_data", 400),
    _oauth("duplicate", 506, None, "(#506) Duplicate status message", f"{_E}: 506 duplicate post in a row"),
    _oauth(
        "metric",
        100,
        None,
        "(#100) The value must be a valid insights metric",
        "facebook.md 5.1, 5.3: one invalid name",
    ),
    _oauth("no_metric", 3001, 1504028, "No metric was specified to be fetched.", f"{_E}: 3001/1504028"),
    _oauth(
        "window",
        100,
        None,
        "(#100) since comes before until, with at most 90 days between",
        "facebook.md 5.1: max 90 days",
    ),
    _oauth("transient", 2, None, "Service temporarily unavailable", f"{_E}: 2 service down", 500),
    _oauth("reel_offset", 100, None, "OffsetInvalidError", "facebook.md 3.6: OffsetInvalidError", 400),
    _oauth("big_video", 382, 1363023, "The video file is too large", f"{_E}: 382/1363023"),
    _oauth("own_link", 100, 1609008, "Links to facebook.com cannot be posted", f"{_E}: 100/1609008"),
    _oauth("user_throttled", 17, None, "(#17) User request limit reached", f"{_E}: 17"),
    _oauth("page_throttled", 80001, None, "There have been too many calls to this Page account", f"{_E}: 80001"),
    _oauth("page_token_needed", 210, None, "(#210) A page access token is required", f"{_E}: 210", 403),
    _oauth("cannot_fetch", 389, None, "(#389) Unable to fetch video file from URL", f"{_E}: 389"),
    _oauth("invalid_url", 100, 2061006, "Invalid URL format", f"{_E}: 100/2061006"),
    _oauth("already_posted", 100, 1366051, "These photos were already posted", f"{_E}: 100/1366051"),
    _oauth("scrape", 100, 1609005, "The link could not be scraped", f"{_E}: 100/1609005"),
    _oauth("session", 102, None, "Session key invalid or no longer valid", f"{_E}: 102", 401),
    _oauth("login_needed", 190, 459, "The user must log in to facebook.com", f"{_E}: 190/459", 401),
    _oauth("unconfirmed", 190, 464, "The user is not confirmed", f"{_E}: 190/464", 401),
    _oauth("invalid_token", 190, 467, "Error validating access token", f"{_E}: 190/467", 401),
    _oauth("upload_timeout", 6001, 1363030, "The upload timed out", f"{_E}: 6001/1363030"),
    _oauth(
        "throttled",
        32,
        2446079,
        "(#32) Page request limit reached",
        "facebook.md 8. Rate limits: 32 Page (user token), 2446079",
    ),
    _oauth(
        "no_field",
        100,
        None,
        "(#100) Tried accessing nonexisting field ({field}) on node type ({node})",
        "facebook.md 5.2: nonexisting field",
    ),
    _oauth(
        "syntax", 2500, None, 'Syntax error "Expected end of string" in the field list', f"{_E}: 2500 bad graph query"
    ),
    _oauth("ids", 100, None, "(#100) Too many IDs. Maximum: 50", "facebook.md 5. Reading engagement: max 50 ids"),
    _oauth(
        "reel_limit",
        341,
        None,
        "(#341) Reel publishing limit reached",
        "facebook.md 3.6: 30 API-published reels per Page per moving 24 h; code as in 9: 341",
    ),
    _oauth("reel_partial", 100, None, "PartialRequestError", "facebook.md 3.6: PartialRequestError"),
    _oauth("reel_failed", 6000, 1363019, "ProcessingFailedError", "facebook.md 3.6: ProcessingFailedError"),
    _oauth(
        "schedule_live",
        100,
        None,
        "(#100) A published post takes no scheduled publish time",
        'facebook.md 3.1: published "false" + schedule',
    ),
    _oauth(
        "content_type",
        100,
        None,
        "(#100) unpublished_content_type must be SCHEDULED",
        "facebook.md 3.4: unpublished_content_type=SCHEDULED",
    ),
    _oauth("preset", 1, None, "An unknown error occurred", "facebook.md 3.1: text_format_preset_id; 9: 1", 500),
    _oauth("file_length", 100, None, "(#100) Wrong file_offset or too many bytes", "facebook.md 3.5: file_offset"),
    *arranged(
        _oauth("blocked", 368, 1390008, "The action attempted has been deemed abusive", f"{_E}: 368"),
        _oauth("app_throttled", 4, None, "(#4) Application request limit reached", f"{_E}: 4"),
        _oauth("custom_throttled", 613, None, "Calls to this api have exceeded the rate limit", f"{_E}: 613"),
        _oauth("capability", 3, None, "(#3) Application does not have the capability", f"{_E}: 3"),
        _oauth("app_limit", 341, None, "(#341) Feed action request limit reached", f"{_E}: 341"),
        _oauth("abusive", 368, 1346003, "The content was flagged as abusive", f"{_E}: 368/1346003"),
        _oauth("standards", 368, 1404102, "The content goes against community standards", f"{_E}: 368/1404102"),
        _oauth("invalid_content", 100, 1349125, "Invalid content", f"{_E}: 100/1349125"),
        _oauth(
            "no_video_right",
            200,
            1363042,
            "You do not have permission to upload a video here",
            f"{_E}: 200/1363042",
            403,
        ),
        _oauth("try_later", 2, 1363047, "Temporary failure", f"{_E}: 2/1363047", 500),
        _oauth("try_again", 2, 1609010, "Temporary failure", f"{_E}: 1609010", 500),
        _oauth("security_check", 368, 1404006, "A security check is needed", f"{_E}: 368/1404006"),
        _oauth("restricted", 368, 1404112, "The account is restricted", f"{_E}: 368/1404112"),
        _oauth("identity", 368, 4854002, "Confirm your identity", f"{_E}: 368/4854002"),
        _oauth("authorization", 200, 1404078, "The Page needs publishing authorization", f"{_E}: 200/1404078", 403),
        _oauth("bad_file", 100, 2069019, "Invalid file", f"{_E}: 100/2069019"),
    ),
)
