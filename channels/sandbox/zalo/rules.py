"""How Zalo refuses: one rule a way, each with the heading or line of the platform notes that it follows."""

from __future__ import annotations

from typing import Final

from channels.sandbox.core import Rule, arranged, rules

_E: Final = "zalo.md 11. Error table"
# zalo.md 2.2 says that these are negative numbers with a name, and gives no number: this one is the stand-in's own
_NO_NUMBER: Final = -14000


def _rule(key: str, code: int, message: str, more: str = "") -> Rule:
    return Rule(key, f"{_E}: {code}{'; ' if more else ''}{more}", 200, code, message)


def _login(key: str, code: int, message: str, cites: str) -> Rule:
    return Rule(key, f"zalo.md {cites}", 200, code, message)


_LOGIN: Final = (
    _login("login_app", -14002, "Invalid app id", "2.2: -14002 invalid appId / app not active"),
    _login("redirect", -14003, "Invalid redirect uri", "2.2: -14003 compare with the console value byte for byte"),
    _login("app_secret", _NO_NUMBER, "Invalid secret key", "1: app secret is the secret_key header on token calls"),
    _login("grant_type", _NO_NUMBER, "Invalid grant type", "2.2: authorization_code or refresh_token"),
    _login("code", _NO_NUMBER, "Invalid authorization code", "2.1: single use, 10 minutes"),
    _login("verifier", _NO_NUMBER, "Invalid code verifier", "2.1: challenge = base64url of the raw SHA-256 digest"),
    _login("refresh", -14014, "Invalid refresh token", "2.2: single use and rotating; rotated away or expired"),
)
LOGIN_KEYS: Final = frozenset(rule.key for rule in _LOGIN)

_ACCESS: Final = (
    _rule("token", -216, "Access token is invalid"),
    _rule("expired", -220, "Access token is expired or removed"),
    _rule("proof", -242, "appsecret_proof is invalid", "2.4 when wrong or demanded"),
    _rule("grant", -223, "OA has not authorized this API", "(a); 1 permission groups"),
    _rule("rate_app", -32, "Your application reached limit call api per minute", "3: 4000 a minute per app"),
    _rule("rate_oa", -32, "Your Official Account reached limit call api per minute", "3: by the package"),
    _rule("inactive_app", -209, "Not supported this api", "1 app activated"),
    _rule("path", -209, "Not supported this api", "unknown path"),
)
_REQUEST: Final = (
    _rule("parameter", -201, "{name} is invalid", "name in message"),
    _rule("limit", -210, "{name} is above the allowed limit", "shorten / lower count"),
    _rule("slice", -201, "limit is invalid", "6.4 limit max 10 (-201 above)"),
)
_ARTICLE: Final = (
    _rule("cover", -201, "cover value is invalid", "6.2 cover mandatory for normal"),
    _rule("cover_status", -201, "create media fail", "6.2 photo cover needs status show"),
    _rule("article_quota", -223, "OA has reached the limit quota create article", "(b); 6.4 article quota"),
    _rule("processing", -214, "Media is being processed", "6.1 verify"),
    _rule("media", -200, "Upload media failed", "6.2 images public https, <= 1 MB, at verify"),
)
_UPLOAD: Final = (
    _rule("upload_quota", -211, "Upload quota is used up", "5: 5000 upload requests per month"),
    _rule("attachment", -100, "attachment_id is expired", "5: uploaded assets live 7 days"),
)
_MESSAGE: Final = (
    _rule("send_media", -200, "Sending failed: media cannot be processed", "image > 1 MB or URL not public"),
    _rule("follow", -213, "User has not followed OA"),
    _rule("window", -230, "User has not interacted with the OA in the past 7 days", "4.1 windows"),
    _rule("year", -230, "User has not interacted with the OA in the past year", "4.3 transaction = within 1 year"),
    _rule("reply_over", -305, "Reply window is over", "4.1: a message is answered within 48 h"),
    _rule("reply_quota", -311, "Reply quota is used", "4.1: up to 8 answers to one message"),
    _rule("v2_closed", -240, "This API is no longer supported", "v2 message API closed"),
    _rule("message_type", -233, "Message type is not supported for this OA", "1 promotion refused to a state agency"),
    _rule("night", -234, "Messages are not sent at night", "4.3 and 7: 06:00-21:59"),
    _rule("receiver_quota", -218, "Receiver's quota is reached", "4.3 and 7: one per user per day"),
    _rule(
        "promotion_quota", -211, "Promotion quota of the day is used up", "4.3: 500 up to 10 000 followers, else 5 %"
    ),
    _rule("broadcast_quota", -211, "Broadcast quota of the month is used up", "7: N a month by package"),
    _rule("unverified", -221, "OA is not verified", "7 broadcast, 4.4 groups: verified OA only"),
    _rule("not_in_group", -403, "OA is not in the group", "4.4"),
    _rule("group", -237, "Group is disabled or expired", "4.4"),
    _rule("template", -249, "Template is not for UID", "4.3 template not UID-capable"),
    _rule("zca", -320, "ZCA is not linked", "4.3 ZCA needed"),
    _rule("money", -321, "ZCA is out of money", "4.3 paid"),
)
_ARRANGED: Final = arranged(
    _rule("mac", -202, "Invalid mac"),
    _rule("disabled", -204, "Official Account is disabled"),
    _rule("no_oa", -205, "Official Account does not exist"),
    _rule("third_party", -207, "Third party is not registered"),
    _rule("no_secret", -208, "No secret key"),
    _rule("quota", -211, "Out of quota", "of a feature whose quota the notes do not give"),
    _rule("product", -212, "API product is not registered for the app"),
    _rule("app_id", -215, "Invalid app id"),
    _rule("invitations", -217, "User has blocked invitations"),
    _rule("app_removed", -219, "App was removed or disabled"),
    _rule("banned", -222, "User is banned or inactive"),
    _rule("package", -224, "OA package is too low"),
    _rule("inactive", -227, "User is banned or inactive for 45 days"),
    _rule("expired_window", -232, "Interaction window is expired"),
    _rule("oa_type", -235, "OA type is not supported"),
    _rule("asset_used", -238, "Asset is already used"),
    _rule("asset_disabled", -241, "Asset is disabled"),
    _rule("user_restricted", -244, "User restricted this kind of message"),
    _rule("content", -248, "Content violates the platform's rules"),
)

RULES: Final = rules(*_LOGIN, *_ACCESS, *_REQUEST, *_ARTICLE, *_UPLOAD, *_MESSAGE, *_ARRANGED)
