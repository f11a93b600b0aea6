"""How Viber refuses: one rule a way, each with the heading or line of the platform notes that it follows."""

from __future__ import annotations

from typing import Final

from channels.sandbox.core import Rule, arranged, rules

_E: Final = "viber.md 6. Status table"


def _rule(key: str, code: int, message: str, cites: str = "") -> Rule:
    """A rule; without `cites` it is the row of the status table."""
    return Rule(key, f"viber.md {cites}" if cites else f"{_E}: {code}", 200, code, message)


_ACCESS: Final = (
    _rule("no_token", 2, "missing_auth_token", "6: a missing token gives missing_auth_token"),
    _rule("token", 2, "invalidAuthToken"),
    _rule("unreadable", 3, "badData: {what}", "1: POST, Content-Type application/json; 6: 3 badData"),
    _rule("missing", 4, "missingData: {what}"),
    _rule("bad", 3, "badData: {what}"),
    _rule("not_channel", 18, "noPublicChat", "6: 18 account has no channel; 1 publish POST /pa/post"),
    _rule("not_bot", 15, "publicAccountNotAuthorized", "6: 15; 1 a channel neither receives nor replies"),
)
_WEBHOOK: Final = (
    _rule("hook_https", 1, "invalidUrl", "2: HTTPS with a certificate from a public CA"),
    _rule("hook_silent", 1, "invalidUrl", "2: needs HTTP 200, or set_webhook itself fails"),
    _rule("event_types", 3, "badData: event_types", "2 event_types; 5.3 the events"),
    _rule("webhook", 10, "webhookNotSet", "2: must be set before the first post; url empty disables 1:1 chat"),
)
_CONTENT: Final = (
    _rule("type", 3, "badData: type", "3.2 and 4.3: the message types"),
    _rule("long_text", 3, "badData: text is too long", "3.2: text <= 7000 characters"),
    _rule("long_caption", 3, "badData: text is too long", "3.2: picture text <= 768; 4.3: 512"),
    _rule("media_url", 1, "invalidUrl", "3.2: a public HTTPS URL without login"),
    _rule("unreachable", 1, "invalidUrl", "6: 1 media URL, reachability"),
    _rule("picture", 3, "badData: media type", "3.2: JPEG only, path ends in .jpeg/.jpg; 4.3: jpeg/png/gif"),
    _rule("animated", 3, "badData: animated gif", "4.3: non-animated gif"),
    _rule("big_picture", 3, "badData: picture is too big", "3.2: picture <= 1 MB"),
    _rule("thumbnail", 3, "badData: thumbnail", "3.2: thumbnail JPEG <= 100 kB, 400x400"),
    _rule("video", 3, "badData: video must be mp4", "3.2: MP4/H.264, the right extension"),
    _rule("no_size", 4, "missingData: size", "3.2: size (bytes, required)"),
    _rule("big_video", 3, "badData: video is too big", "3.2: <= 50 MB; 4.3: 26 MB = 27262976"),
    _rule("long_video", 3, "badData: video is too long", "3.2: <= 180 s"),
    _rule("big_file", 3, "badData: file is too big", "3.2: file <= 50 MB = 52428800"),
    _rule("file_name", 3, "badData: file_name", "3.2: name <= 256 with extension"),
    _rule("file_url", 3, "badData: media", "3.2: the right extension as the last path segment"),
    _rule("forbidden_file", 3, "badData: file type", "4.5 Forbidden file extensions"),
    _rule("contact", 3, "badData: contact", "3.2: name <= 28, phone <= 18"),
    _rule("location", 3, "badData: location", "3.2: valid coordinates"),
    _rule("sticker", 3, "badData: sticker_id", "3.2: sticker_id integer"),
    _rule("long_url", 3, "badData: media is too long", "3.2: url <= 2000 characters"),
)
_CHANNEL: Final = (
    # the notes leave open whether 3 or 15 comes: `wrong_sender` of the stand-in names the rule that does
    _rule("sender", 3, "badData: from is not a super admin", "3.1: a member with role superadmin for from; 3 or 15"),
    _rule("sender_right", 15, "publicAccountNotAuthorized", "3.1: refresh on status 3/15; 6: 15 wrong super admin"),
    _rule("posts", 12, "tooManyRequests", "3.2: status 12 when exceeded, no number is published"),
)
_BOT: Final = (
    _rule("big_body", 3, "badData: message is too big", "4.1: whole JSON <= 30 KB"),
    _rule("long_name", 3, "badData: sender.name is too long", "4.1: sender.name <= 28 chars"),
    _rule("avatar", 3, "badData: sender.avatar", "4.1: sender.avatar <= 100 kB, 720x720"),
    _rule("tracking", 3, "badData: tracking_data is too long", "4.1: tracking_data <= 4000"),
    _rule("keyboard", 3, "badData: keyboard: {what}", "4.3: Keyboard"),
    _rule("rich_media", 3, "badData: rich_media: {what}", "4.3: rich_media"),
    _rule("api_version", 13, "apiVersionNotSupported"),
    _rule("incompatible", 14, "incompatibleWithVersion", "4.4: location/phone 3; 4.3: rich_media 2"),
    _rule("low_client", 14, "incompatibleWithVersion", "4.4: clients below the level, failed or status 14"),
    _rule("not_registered", 5, "receiverNotRegistered"),
    _rule("not_subscribed", 6, "receiverNotSubscribed"),
    _rule("no_device", 11, "receiverNoSuitableDevice"),
    _rule("user_hour", 12, "tooManyRequests", "4.1: 100 messages per user per hour without a reply"),
    _rule("receivers", 3, "badData: broadcast_list", "4.2: <= 300 receivers; 8: 301 receivers -> status 3"),
    _rule("broadcasts", 12, "tooManyRequests", "4.2: <= 500 calls per 10 s"),
    _rule("details", 12, "tooManyRequests", "4.6: twice per 12 h per user"),
    _rule("ids", 3, "badData: ids", "4.6: <= 100 ids"),
    _rule("free", 23, "freeMessagesExceeded"),
    _rule("balance", 24, "noBalance"),
)
# Verdicts of Viber on an account, and rows of the status table to which the notes give no request.
_STATES: Final = arranged(
    _rule("blocked", 7, "publicAccountBlocked"),
    _rule("not_found", 8, "publicAccountNotFound"),
    _rule("suspended", 9, "publicAccountSuspended"),
    _rule("many", 12, "tooManyRequests"),
    _rule("authorised", 15, "publicAccountNotAuthorized"),
    _rule("inchat", 16, "inchatReplyMessageNotAllowed"),
    _rule("not_inline", 17, "publicAccountIsNotInline"),
    _rule("broadcast", 19, "cannotSendBroadcast"),
    _rule("broadcast_right", 20, "broadcastNotAllowed"),
    _rule("country", 21, "unsupportedCountry"),
    _rule("payment", 22, "paymentUnsupported"),
    _rule("general", 99, "general error", "6: other"),
)
RULES: Final = rules(*_ACCESS, *_WEBHOOK, *_CONTENT, *_CHANNEL, *_BOT, *_STATES)

SENDS: Final = frozenset({"post", "send_message", "broadcast_message"})
ONLY_AT: Final = {
    **dict.fromkeys(("inchat", "not_inline", "country", "payment"), SENDS),
    **dict.fromkeys(("broadcast", "broadcast_right"), frozenset({"broadcast_message"})),
}
"""Arranged rules that are met at some methods alone; the others are met at every one."""
