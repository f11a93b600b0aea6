"""How the Bot API refuses: one rule a way, each with the heading or line of the platform notes that it follows.

The texts that section 4 of the notes lists are taken as they stand there; where the notes give a limit without its
text, the text is the one the Bot API uses.
"""

from __future__ import annotations

from typing import Any, Final

from channels.sandbox.core import Rule, rules

_E: Final = "telegram.md 4. Exceptions -> policy"
_T: Final = "telegram.md 4: useful BadRequest texts"
_L: Final = "telegram.md 2. Limits"


def _rule(key: str, status: int, message: str, cites: str, **more: Any) -> Rule:
    return Rule(key, cites, status, status, message, more)


def _bad(key: str, message: str, cites: str = "") -> Rule:
    """A 400; without `cites` its text is one of the list in section 4."""
    return _rule(key, 400, f"Bad Request: {message}", cites or f"{_T}: {message}")


_ACCESS: Final = (
    _rule("token", 401, "Unauthorized", f"{_E}: InvalidToken 401"),
    _rule("malformed_token", 404, "Not Found", f"{_E}: InvalidToken 404"),
    _rule("method", 404, "Not Found: method not found", f"{_E}: EndPointNotFound"),
    _rule("file", 404, "Not Found", "telegram.md 1.3: /file/bot<token>/<path>"),
    _rule("outage", 502, "Bad Gateway", "telegram.md 8: 502 HTML body"),
    _rule("too_large", 413, "Request Entity Too Large", f"{_E}: HTTP 413; 2: upload file 50 MB"),
    _bad("unreadable", "can't parse the request", "telegram.md 1.3: wire form"),
    _bad("json", "can't parse {name} JSON object", "telegram.md 1.3: nested objects as JSON strings"),
)
_UPDATES: Final = (
    _rule(
        "conflict",
        409,
        "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
        f"{_E}: Conflict; 1.1 second poller",
    ),
    _rule(
        "webhook_set",
        409,
        "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
        "telegram.md 1.2: getUpdates and webhook exclude each other",
    ),
    _bad("webhook_https", "bad webhook: an HTTPS URL must be provided for webhook", "telegram.md 1.2: HTTPS"),
    _bad(
        "webhook_port",
        "bad webhook: webhook can be set up only on ports 80, 88, 443 or 8443",
        "telegram.md 1.2: port 443, 80, 88 or 8443",
    ),
    _bad("secret", "secret token contains unallowed characters", "telegram.md 1.2: 1-256 chars of A-Za-z0-9_-"),
    _bad("secret_long", "secret token is too long", "telegram.md 1.2: 1-256 chars of A-Za-z0-9_-"),
)
_CHAT: Final = (
    _bad("chat_empty", "chat_id is empty", f"{_T}: chat not found"),
    _bad("chat", "chat not found"),
    _bad("migrated", "group chat was upgraded to a supergroup chat", f"{_E}: ChatMigrated"),
    _rule("blocked", 403, "Forbidden: bot was blocked by the user", f"{_E}: Forbidden"),
    _rule("kicked", 403, "Forbidden: bot was kicked from the {kind} chat", f"{_E}: Forbidden"),
    _rule("left", 403, "Forbidden: bot is not a member of the {kind} chat", f"{_E}: Forbidden; 6 leave_chat"),
    _rule("never_started", 403, "Forbidden: bot can't initiate conversation with a user", f"{_E}: Forbidden"),
    _bad("no_post_right", "need administrator rights in the channel chat", f"{_E}: Forbidden; 5: rights of the bot"),
    _rule("flood", 429, "Too Many Requests: retry after {seconds}", "telegram.md 1.3, 2 flood, 3: retry_after"),
    _bad("private_leave", "chat member status can't be changed in private chats", "telegram.md 6: leave_chat"),
    _bad("no_administrators", "there are no administrators in the private chat", "telegram.md 6: groups"),
    _bad("no_member", "user not found", "telegram.md 6: user ids"),
    _bad("action", "wrong parameter action in request", "telegram.md 6: send_chat_action"),
)
_TEXT: Final = (
    _bad("empty", "message text is empty", f"{_L}: empty text is the server's 400"),
    _bad("long", "message is too long"),
    _bad("long_caption", "message caption is too long", f"{_L}: caption 1024"),
    _bad("entities", "can't parse entities: {reason}", f"{_T}: can't parse entities; 5 HTML"),
    _bad("parse_mode", "unsupported parse_mode", "telegram.md 5 HTML: parse_mode"),
    _bad("button", "BUTTON_DATA_INVALID", f"{_T}: button_data_invalid; 2: 1-64 bytes"),
    _bad("button_url", "BUTTON_URL_INVALID", "telegram.md 5: messages with buttons"),
    _bad("button_kind", "text buttons are unallowed in the inline keyboard", "telegram.md 5: messages with buttons"),
    _bad("keyboard", "reply markup is too long", f"{_L}: 100 buttons, 8 per row"),
    _bad("markup", "object expected as reply markup", "telegram.md 1.3: reply_markup"),
    _bad("no_reply", "message to be replied not found"),
    _bad("no_topic", "message thread not found"),
    _bad("topic_closed", "TOPIC_CLOSED", f"{_T}: topic_closed"),
)
_MEDIA: Final = (
    _bad("no_file", "there is no {name} in the request", "telegram.md 5 Media"),
    _bad("empty_file", "file must be non-empty", "telegram.md 5 Media: a file object is not rewound"),
    _bad("wrong_file", "wrong file identifier/HTTP URL specified", f"{_T}: wrong file identifier/http url specified"),
    _bad("photo", "PHOTO_INVALID_DIMENSIONS", f"{_T}: photo_invalid_dimensions; 2: width+height, ratio"),
    _bad("photo_size", "file of size {size} bytes is too big for a photo", f"{_L}: photo 10 MB"),
    _bad("not_image", "IMAGE_PROCESS_FAILED", f"{_L}: photo"),
    _bad("album", "group of media must include 2-10 items", f"{_L}: media group 2-10"),
    _bad("media", "can't parse InputMedia: {reason}", "telegram.md 1.3: file part by attach://"),
    _bad("no_stored_file", "invalid file_id", "telegram.md 5 Media: file_id"),
    _bad("big_file", "file is too big", f"{_L}: download 20 MB"),
)
_STATE: Final = (
    _bad(
        "not_modified",
        "message is not modified: specified new message content and reply markup are exactly the same as a current "
        "content and reply markup of the message",
        f"{_T}: message is not modified",
    ),
    _bad("no_id", "message identifier is not specified", f"{_T}: message to edit not found"),
    _bad("no_message", "message to edit not found"),
    _bad("cannot_edit", "message can't be edited"),
    _bad("no_text", "there is no text in the message to edit", f"{_T}: message can't be edited"),
    _bad("no_caption", "there is no caption in the message to edit", f"{_T}: message can't be edited"),
    _bad("no_delete", "message to delete not found", "telegram.md 7.1: deleteMessage"),
    _bad("cannot_delete", "message can't be deleted for everyone", "telegram.md 5: 48 h limit concerns deletions"),
    _bad(
        "old_query",
        "query is too old and response timeout expired or query ID is invalid",
        f"{_T}: query is too old and response timeout expired or query id is invalid",
    ),
    _bad("answer_long", "MESSAGE_TOO_LONG", f"{_L}: answerCallbackQuery text 200"),
    _bad("no_pin", "message to pin not found", "telegram.md 5: Pin"),
    _bad("no_unpin", "message to unpin not found", "telegram.md 5: Unpin"),
    _bad("no_pin_right", "not enough rights to pin a message"),
    _bad("not_forum", "the chat is not a forum", "telegram.md 5 Forum topics: a supergroup with topics"),
    _bad("no_topic_right", "not enough rights to manage topics", "telegram.md 5 Forum topics: can_manage_topics"),
    _bad("topic_name", "topic name must be 1-128 characters long", f"{_L}: forum topic name 128"),
    _bad("command", "BOT_COMMAND_INVALID", f"{_L}: telegram.constants.BotCommandLimit"),
    _bad("command_text", "BOT_COMMAND_DESCRIPTION_INVALID", f"{_L}: telegram.constants.BotCommandLimit"),
    _bad("commands", "BOT_COMMANDS_TOO_MUCH", f"{_L}: telegram.constants.BotCommandLimit"),
    _bad("scope", "can't parse BotCommandScope: {reason}", f"{_L}: telegram.constants.BotCommandScopeType"),
    _bad("language", "invalid language code specified", f"{_L}: telegram.constants"),
)
RULES: Final = rules(*_ACCESS, *_UPDATES, *_CHAT, *_TEXT, *_MEDIA, *_STATE)
