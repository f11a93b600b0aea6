"""What Google checks in a video resource before it takes it. youtube.md 2 has the table."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from channels.sandbox.core import Refusal
from channels.sandbox.youtube.asked import inner, read_time
from channels.sandbox.youtube.rules import RULES

# [disc]: the video resource's parts; the notes' 2, 2.2 and 4 name the ones in use
PARTS: Final = frozenset(
    {
        "contentDetails",
        "fileDetails",
        "id",
        "liveStreamingDetails",
        "localizations",
        "paidProductPlacementDetails",
        "player",
        "processingDetails",
        "recordingDetails",
        "snippet",
        "statistics",
        "status",
        "suggestions",
        "topicDetails",
    }
)
WRITABLE: Final = ("snippet", "status", "recordingDetails", "localizations", "paidProductPlacementDetails")
PRIVACY: Final = frozenset({"public", "unlisted", "private"})
LICENSES: Final = frozenset({"youtube", "creativeCommon"})
_FLAGS: Final = ("selfDeclaredMadeForKids", "containsSyntheticMedia", "embeddable", "publicStatsViewable")
MOST_TITLE: Final = 100
MOST_DESCRIPTION: Final = 5000
MOST_TAGS: Final = 500


def _bad(name: str) -> Refusal:
    return Refusal(RULES["metadata"], name=name)


def sent_parts(body: Mapping[str, Any], parts: set[str]) -> dict[str, Any]:
    """What a body says of the parts that `part` names: nothing else is written."""
    return {name: inner(body, name, _bad(name)) for name in WRITABLE if name in parts and name in body}


def check(sent: Mapping[str, Any]) -> None:
    """Refuse what breaks a rule in the parts that are written, `snippet` apart."""
    if "status" in sent:
        _check_status(sent["status"])
    if "recordingDetails" in sent:
        _check_recording(sent["recordingDetails"])
    paid = sent.get("paidProductPlacementDetails", {}).get("hasPaidProductPlacement", False)
    if not isinstance(paid, bool):
        raise _bad("hasPaidProductPlacement")


def check_snippet(snippet: Mapping[str, Any]) -> None:
    """Refuse a bad title, description, tags, category or language."""
    _check_words(snippet)
    tags = snippet.get("tags", [])
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise Refusal(RULES["tags"])
    # commas between count, and the quotes around a tag with a space
    if sum(len(tag) + 2 * (" " in tag) for tag in tags) + max(0, len(tags) - 1) > MOST_TAGS:
        raise Refusal(RULES["tags"])
    category = snippet.get("categoryId", "22")
    if not isinstance(category, str) or not re.fullmatch(r"[0-9]+", category):
        raise Refusal(RULES["category"])
    for name in ("defaultLanguage", "defaultAudioLanguage"):
        if name in snippet and not _language(snippet[name]):
            raise _bad(name)


def check_localizations(sent: Mapping[str, Any], language: object) -> None:
    """Refuse translated titles without the language of the original, and bad words in them."""
    found = sent.get("localizations", {})
    if found and not language:
        raise Refusal(RULES["language"])
    for name, words in found.items():
        if not _language(name) or not isinstance(words, dict):
            raise _bad("localizations")
        _check_words(words)


def _check_words(words: Mapping[str, Any]) -> None:
    title, description = words.get("title", ""), words.get("description", "")
    if not isinstance(title, str) or not title.strip() or len(title) > MOST_TITLE or re.search("[<>]", title):
        raise Refusal(RULES["title"])
    if not isinstance(description, str) or re.search("[<>]", description):
        raise Refusal(RULES["description"])
    if len(description.encode()) > MOST_DESCRIPTION:
        raise Refusal(RULES["description"])


def _check_status(status: Mapping[str, Any]) -> None:
    privacy = status.get("privacyStatus", "public")
    if privacy not in PRIVACY:
        raise Refusal(RULES["privacy"])
    if status.get("license", "youtube") not in LICENSES:
        raise Refusal(RULES["license"])
    for name in _FLAGS:
        if not isinstance(status.get(name, False), bool):
            raise _bad(name)
    if "publishAt" in status:
        try:
            read_time(status["publishAt"])
        except ValueError:
            raise Refusal(RULES["publish_at"]) from None
        if privacy != "private":
            raise Refusal(RULES["publish_at"])


def _check_recording(details: Mapping[str, Any]) -> None:
    if "recordingDate" in details:
        try:
            read_time(details["recordingDate"])
        except ValueError:
            raise Refusal(RULES["recording"]) from None


def _language(value: object) -> bool:
    """True for a BCP-47 tag such as vi or zh-Hant."""
    return isinstance(value, str) and bool(re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", value))
