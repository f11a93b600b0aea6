"""What the YouTube adapter makes of errors, and of tokens that end or cannot be had."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

import pytest

from channels.base import MediaFile
from channels.errors import AuthLost, ChannelError, QuotaReached, Rejected, Throttled, Unclear, Unreachable
from channels.sandbox.core import Account
from channels.sandbox.youtube import YouTubeSandbox
from channels.youtube.values import until_midnight_s
from tests.channels.scripted import Scripted
from tests.channels.youtube_wire import Adapter, answering, composed, correction, uploaded

# -- errors -----------------------------------------------------------------------------------------------------------


def error(status: int, reason: str = "", word: str = "") -> tuple[int, Any]:
    body: dict[str, Any] = {"code": status, "message": "told"}
    body |= {"errors": [{"reason": reason, "domain": "d", "message": "m"}]} if reason else {}
    return status, {"error": body | ({"status": word} if word else {})}


TABLE: list[tuple[int, str, type[ChannelError], str]] = [
    (401, "authError authorizationRequired", AuthLost, "must reconnect"),
    (403, "quotaExceeded dailyLimitExceeded", QuotaReached, "daily quota"),
    (403, "rateLimitExceeded userRateLimitExceeded", Throttled, "Too many calls"),
    (429, "rateLimitExceeded userRateLimitExceeded", Throttled, "Too many calls"),
    (400, "uploadLimitExceeded", QuotaReached, "in 24 hours"),
    (403, "forbidden insufficientPermissions accountDelegationForbidden", AuthLost, "choose the right one"),
    (403, "authenticatedUserAccountClosed authenticatedUserAccountSuspended", AuthLost, "YouTube Studio"),
    (403, "authenticatedUserNotChannel channelClosed channelSuspended", AuthLost, "YouTube Studio"),
    (400, "invalidTitle invalidDescription invalidTags invalidCategoryId", Rejected, "title, description or tags"),
    (400, "invalidPublishAt invalidVideoMetadata invalidRecordingDetails", Rejected, "title, description or tags"),
    (400, "defaultLanguageNotSet", Rejected, "title, description or tags"),
    (400, "invalidFilename mediaBodyRequired", Rejected, "use another"),
    (403, "forbiddenPrivacySetting forbiddenLicenseSetting", Rejected, "privacy or license"),
    (404, "videoNotFound commentNotFound commentThreadNotFound", Rejected, "no longer on YouTube"),
    (404, "parentCommentNotFound channelNotFound playlistNotFound", Rejected, "no longer on YouTube"),
    (403, "commentsDisabled", Rejected, "Comments are off"),
    (400, "processingFailure commentTextRequired commentTextTooLong operationNotSupported", Rejected, "the comment"),
    (403, "ineligibleAccount", Rejected, "may not comment"),
    (400, "invalidImage imageFormatUnsupported imageTooTall imageTooWide failedPrecondition", Rejected, "thumbnail"),
    (413, "mediaTooLarge", Rejected, "use another"),
    (409, "captionExists videoAlreadyInPlaylist", Rejected, "already"),
    (403, "playlistContainsMaximumNumberOfVideos", Rejected, "playlist is full"),
    (400, "banWithoutReject missingRequiredParameter invalidFilters", Rejected, "what Loa asked"),
    (400, "incompatibleParameters unexpectedParameter", Rejected, "what Loa asked"),
    (400, "invalidPageToken", Unreachable, "try again"),
    (412, "preconditionFailed", Unreachable, "try again"),
]
"""youtube.md 8, row by row: the reasons of a status, what becomes of the call, and words of what a person reads."""
ERRORS: list[tuple[tuple[int, Any], type[ChannelError], str]] = [
    *((error(status, reason), kind, words) for status, reasons, kind, words in TABLE for reason in reasons.split()),
    (error(401, word="UNAUTHENTICATED"), AuthLost, "must reconnect"),
    ((401, "<html>"), AuthLost, "must reconnect"),
    (error(429, word="RESOURCE_EXHAUSTED"), Throttled, "too many calls"),
    (error(403, "insufficientPermissions", "PERMISSION_DENIED"), AuthLost, "choose the right one"),
    (error(403, word="PERMISSION_DENIED"), AuthLost, "choose the right one"),
    (error(404), Rejected, "no longer on YouTube"),
    (error(400, word="INVALID_ARGUMENT"), Rejected, "title, description or tags"),
]
UNREADABLE: list[tuple[int, Any]] = [
    error(503, "backendError"), (500, "<html>"), (502, {"error": "x"}), (400, "<html>"), (403, {"error": None}),
    (408, ""), (302, ""), (200, "<html>"), (200, ["x"]),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "kind", "words"), ERRORS)
async def test_every_error_of_the_table_says_what_happens_next(
    answer: tuple[int, Any], kind: type[ChannelError], words: str, scripted: Scripted, opened: Adapter
) -> None:
    scripted.says(answer[1], status=answer[0])
    with pytest.raises(kind) as caught:
        await opened(scripted.url, access_token="t").submit(answering("T1"), {})
    assert type(caught.value) is kind
    assert words in caught.value.told.en
    assert caught.value.told.vi != caught.value.told.en
    assert (caught.value.retry_after_s is not None) == issubclass(kind, Throttled)
    posts = [path for path, _, _ in scripted.calls if path.endswith("/comments")]
    assert len(posts) == 1


async def test_an_account_without_a_channel_is_told_so(
    youtube: YouTubeSandbox, channel: Account, opened: Adapter
) -> None:
    channel.extra["no_channel"] = True
    with pytest.raises(AuthLost) as caught:
        await opened(youtube.url).submit(answering("T1"), {})
    assert (caught.value.code, "there is no channel" in caught.value.told.en) == ("youtubeSignupRequired", True)


@pytest.mark.parametrize("answer", UNREADABLE)
async def test_an_unreadable_answer_is_unclear_for_a_write_and_unreachable_for_a_read(
    answer: tuple[int, Any], scripted: Scripted, opened: Adapter
) -> None:
    scripted.says(answer[1], status=answer[0])
    adapter = opened(scripted.url, access_token="t")
    with pytest.raises(Unclear):
        await adapter.submit(answering("T1"), {})
    assert len(scripted.calls) == 1
    with pytest.raises(Unreachable):
        await adapter.read_metrics("v")


# -- access -----------------------------------------------------------------------------------------------------------


async def test_renewed_tokens_are_kept_and_used(youtube: YouTubeSandbox, channel: Account, opened: Adapter) -> None:
    adapter = opened(youtube.url)
    health = await adapter.check_account()
    assert (health.ok, health.name, health.followers) == (True, "UBND", 9)
    await adapter.check_account()
    assert youtube.calls["POST /token"] == 1
    [fresh] = opened.saved
    assert (fresh["access_token"] in channel.tokens, fresh["refresh_token"]) == (True, "r")
    assert datetime.fromisoformat(fresh["expires_at"]).tzinfo is not None
    local = datetime.fromisoformat(fresh["expires_at"]).astimezone().isoformat()
    await opened(youtube.url, **{**fresh, "expires_at": local}).check_account()
    await opened(youtube.url, **{**fresh, "expires_at": "soon"}).check_account()
    assert youtube.calls["POST /token"] == 1


async def test_an_access_token_that_died_is_renewed_within_the_call(
    youtube: YouTubeSandbox, channel: Account, opened: Adapter, clip: MediaFile
) -> None:
    adapter = opened(youtube.url)
    video = await uploaded(adapter, composed(clip))
    channel.tokens.clear()
    await adapter.submit(correction(video), {})
    assert len(youtube.items[video].remarks) == 1


async def test_a_channel_that_takes_only_short_clips_is_told_of(
    youtube: YouTubeSandbox, channel: Account, opened: Adapter
) -> None:
    assert (await opened(youtube.url).check_account()).concerns == ()
    channel.extra["unverified"] = True
    [concern] = (await opened(youtube.url).check_account()).concerns
    assert (concern.code, "15 phút" in concern.told.vi) == ("clips:15min", True)


async def test_a_revoked_grant_is_the_operators(youtube: YouTubeSandbox, channel: Account, opened: Adapter) -> None:
    youtube.revoke("r")
    health = await opened(youtube.url).check_account()
    assert (health.ok, health.lost) == (False, True)


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        ({"error": "invalid_grant"}, 400, AuthLost),
        ({"error": "invalid_client"}, 401, AuthLost),
        ({"error": "unauthorized_client"}, 401, AuthLost),
        ({"error": "invalid_scope"}, 400, Unreachable),
        ({"error": {"code": 400}}, 400, Unreachable),
        ("<html>", 400, Unreachable),
        ("<html>", 200, Unreachable),
        ({}, 200, Unreachable),
    ],
)
async def test_a_token_that_cannot_be_had_never_leaves_a_write_unclear(
    body: Any, status: int, kind: type[ChannelError], scripted: Scripted, opened: Adapter
) -> None:
    scripted.says(body, status=status)
    with pytest.raises(kind):
        await opened(scripted.url).submit(answering("T1"), {})
    assert {path for path, _, _ in scripted.calls} == {"/token"}
    form = parse_qs(scripted.calls[0][2].decode())
    assert (form["grant_type"], form["refresh_token"]) == (["refresh_token"], ["r"])


async def test_without_a_refresh_token_the_operator_must_connect(scripted: Scripted, opened: Adapter) -> None:
    scripted.says({})
    with pytest.raises(AuthLost):
        await opened(scripted.url, client_id="c", client_secret="s").submit(answering("T1"), {})
    assert scripted.calls == []


async def test_secrets_never_show(scripted: Scripted, opened: Adapter) -> None:
    scripted.says(error(400, "invalidTitle")[1], status=400)
    adapter = opened(scripted.url, access_token="ya29.secret", refresh_token="1//secret")
    with pytest.raises(Rejected) as caught:
        await adapter.submit(answering("T1"), {})
    assert "secret" not in f"{caught.value!r} {caught.value.detail} {adapter.account!r}"
    assert json.loads(scripted.calls[0][2]) == {"snippet": {"parentId": "T1", "textOriginal": "Vâng"}}


@pytest.mark.parametrize(
    ("now", "hours"),
    [
        ("2026-11-24T08:00+00:00", 24),
        ("2026-11-01T07:00+00:00", 25),  # summer time ends on this day
        ("2026-03-08T08:00+00:00", 23),  # and begins on this
    ],
)
def test_quotas_are_renewed_at_midnight_in_california_whatever_its_summer_time(now: str, hours: int) -> None:
    assert until_midnight_s(datetime.fromisoformat(now)) == hours * 3600 + 60
