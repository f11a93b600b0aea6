"""Each platform's own word of its limits, as the books hear it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web

from channels.base import AccountRef, Channel, Endpoints, Outgoing, Usage
from channels.errors import ChannelError, QuotaReached
from channels.facebook import FacebookChannel
from channels.http import Door
from channels.viber import ViberChannel
from channels.youtube import YouTubeChannel
from channels.zalo import ZaloChannel
from tests.channels.facebook_wire import Wire
from tests.channels.scripted import Scripted
from tests.conftest import FakeClock

SECRETS = {
    "facebook": {"page_token": "t", "app_id": "900"},
    "zalo": {"access_token": "AT-1", "expires_at": "2027-01-01T00:00:00+00:00"},
    "viber": {"auth_token": "t"},
    "youtube": {"refresh_token": "r", "client_id": "c", "client_secret": "s", "access_token": "t"},
}
KINDS: dict[str, type[Channel]] = {
    kind.kind: kind for kind in (FacebookChannel, ZaloChannel, ViberChannel, YouTubeChannel)
}
ARTICLE = Outgoing("zalo", "article", {"type": "normal", "title": "T"})
ANSWER = Outgoing("zalo", "reply", {"recipient": {"message_id": "m"}, "message": {"text": "a"}})
COMMENT = Outgoing("youtube", "comment", {"videoId": "v", "textOriginal": "t"})
POST = Outgoing("viber", "post", {"from": "me", "type": "text", "text": "t"})


def account(kind: str) -> AccountRef:
    return AccountRef(kind, "1", secrets=SECRETS[kind])


class Heard:
    """Opens adapters at one address and keeps what they tell."""

    def __init__(self, door: Door, clock: FakeClock) -> None:
        self.door, self.clock = door, clock
        self.words: list[Usage] = []

    def at(self, url: str, kind: str) -> Channel:
        places = dict.fromkeys(Endpoints.__dataclass_fields__, url)
        return KINDS[kind](
            account(kind), door=self.door, endpoints=Endpoints(**places), now=self.clock, tell_usage=self.words.append
        )

    def blocked(self) -> dict[str, float]:
        """Seconds until each refused limit is to be asked for again."""
        return {u.key: (u.blocked_until - self.clock()).total_seconds() for u in self.words if u.blocked_until}


@pytest.fixture
def heard(door: Door, clock: FakeClock) -> Heard:
    return Heard(door, clock)


def google(reason: str) -> dict[str, Any]:
    return {"error": {"code": 403, "message": "m", "errors": [{"reason": reason}]}}


@pytest.mark.parametrize(
    ("kind", "out", "status", "body", "key"),
    [
        ("zalo", ARTICLE, 200, {"error": -211, "message": "quota"}, "zalo:articles:1"),
        ("zalo", ARTICLE, 200, {"error": -223, "message": "limit quota create article"}, "zalo:articles:1"),
        ("zalo", ANSWER, 200, {"error": -211, "message": "quota"}, "zalo:messages:1"),
        ("viber", POST, 200, {"status": 12}, "viber:calls:1"),
        ("viber", POST, 200, {"status": 23}, "viber:messages:1"),
        ("youtube", COMMENT, 403, google("quotaExceeded"), "youtube:units:c"),
        ("youtube", COMMENT, 400, google("uploadLimitExceeded"), "youtube:clips:1"),
    ],
)
async def test_a_refusal_that_names_a_limit_blocks_it_and_the_sends_that_count_against_it(
    kind: str, out: Outgoing, status: int, body: Any, key: str, scripted: Scripted, heard: Heard
) -> None:
    scripted.says(body, status=status)
    with pytest.raises(ChannelError) as caught:
        await heard.at(scripted.url, kind).submit(out, {})
    assert heard.blocked() == {key: caught.value.retry_after_s}
    if key != "youtube:clips:1":  # which a comment does not count against
        assert key in KINDS[kind].costs(out, account(kind), {})


@pytest.mark.parametrize("code", [-218, -234])
async def test_one_receivers_quota_and_the_night_hold_back_that_message_alone(
    code: int, scripted: Scripted, heard: Heard
) -> None:
    scripted.says({"error": code, "message": "quota"})
    with pytest.raises(QuotaReached):
        await heard.at(scripted.url, "zalo").submit(ANSWER, {})
    assert not heard.blocked()


def test_what_one_quota_stops_leaves_the_others_alone() -> None:
    clip, youtube = Outgoing("youtube", "video", {}), account("youtube")
    fresh, goes_on = YouTubeChannel.costs(clip, youtube, {}), YouTubeChannel.costs(clip, youtube, {"session": "u"})
    assert (fresh, goes_on) == ({"youtube:uploads:c": 1.0, "youtube:clips:1": 1.0}, {})
    assert YouTubeChannel.costs(COMMENT, youtube, {}) == {"youtube:units:c": 50.0}
    zalo = [set(ZaloChannel.costs(out, account("zalo"), {})) for out in (ARTICLE, ANSWER)]
    assert zalo[0] & zalo[1] == {"zalo:calls:1"}


async def test_the_app_and_its_pages_have_budgets_of_their_own(wire: Wire, heard: Heard) -> None:
    page = {"1": [{"call_count": 40, "estimated_time_to_regain_access": 0}]}
    headers = {"X-App-Usage": '{"call_count": 81}', "X-Business-Use-Case-Usage": json.dumps(page)}
    wire.says(web.json_response({"id": "1_2"}, headers=headers))
    channel = heard.at(wire.url, "facebook")
    out = Outgoing("facebook", "feed", {"message": "t"})
    await channel.submit(out, {})
    told = {u.key: (u.used, u.shared) for u in heard.words}
    assert told == {"facebook:page:1": (40.0, False), "facebook:app:900": (81.0, True)}
    assert set(told) == set(FacebookChannel.costs(out, account("facebook"), {}))
    wire.says(web.json_response({"error": {"message": "x", "code": 4}}, status=400))
    with pytest.raises(ChannelError):
        await channel.submit(out, {})
    assert heard.blocked() == {"facebook:app:900": 3600.0}


async def test_the_packages_of_messages_are_told_with_their_end(
    scripted: Scripted, heard: Heard, clock: FakeClock
) -> None:
    package = {"asset_id": "as", "total": 500, "remain": 480, "valid_through": "31/12/2026"}
    scripted.says({"error": 0, "data": {"oa_id": "1"}}, {"error": 0, "data": []}, {"error": 0, "data": [package]})
    await heard.at(scripted.url, "zalo").check_account()
    [word] = [u for u in heard.words if "package" in u.key]
    assert (word.key, word.used, word.most) == ("zalo:package:as:1", 20.0, 500.0)
    assert word.resets_at is not None and word.resets_at - clock() < timedelta(days=38)
