"""What the one door to the network makes of an answer that no platform's own words explain."""

from __future__ import annotations

import pytest

from channels.base import Endpoints
from channels.errors import Unreachable
from channels.http import bytes_address, too_many


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ({"retry-after": "120"}, 120),
        (
            {"retry-after": "Tue, 24 Nov 2026 01:02:00 GMT", "date": "Tue, 24 Nov 2026 01:00:30 GMT"},
            90,
        ),
        ({"retry-after": "Tue, 24 Nov 2026 01:00:00 GMT", "date": "Tue, 24 Nov 2026 01:00:30 GMT"}, 0),
        ({"retry-after": "Tue, 24 Nov 2026 01:02:00 GMT"}, 60),
        ({"retry-after": "Tue, 24 Nov 2026 01:02:00 GMT", "date": "Tue, 24 Nov 2026 01:00:30"}, 60),
        ({"retry-after": "-5"}, 60),
        ({"retry-after": "soon", "date": "Tue, 24 Nov 2026 01:00:30 GMT"}, 60),
        ({}, 60),
    ],
)
def test_how_long_to_wait_after_too_many_calls(headers: dict[str, str], wait_s: float) -> None:
    error = too_many("POST: HTTP 429", headers)
    assert (error.retry_after_s, error.code) == (wait_s, "429")


FACEBOOK, YOUTUBE = Endpoints.facebook, Endpoints.youtube


@pytest.mark.parametrize(
    ("url", "ours", "real", "domain", "goes_to"),
    [
        ("https://rupload.facebook.com/up/41?a=b", FACEBOOK, FACEBOOK, "facebook.com", "https://rupload.facebook.com/up/41?a=b"),
        ("https://rupload.facebook.com/up/41?a=b", "http://127.0.0.1:9", FACEBOOK, "facebook.com", "http://127.0.0.1:9/up/41?a=b"),
        ("https://www.googleapis.com/upload?id=1", YOUTUBE, YOUTUBE, "googleapis.com", "https://www.googleapis.com/upload?id=1"),
        ("http://127.0.0.1:8/up", "http://127.0.0.1:9", YOUTUBE, "googleapis.com", "http://127.0.0.1:8/up"),
    ],
)  # fmt: skip
def test_bytes_go_where_the_platform_says(url: str, ours: str, real: str, domain: str, goes_to: str) -> None:
    assert bytes_address(url, ours, real, domain) == goes_to


@pytest.mark.parametrize(
    "url",
    [
        "https://rupload.facebook.com.evil.example/41", "https://evilfacebook.com/41", "http://rupload.facebook.com/41",
        "http://127.0.0.1:9/41", "https://facebook.com@evil.example/41", "http://[", "",
    ],
)  # fmt: skip
def test_a_token_goes_to_no_strange_host(url: str) -> None:
    with pytest.raises(Unreachable):
        bytes_address(url, FACEBOOK, FACEBOOK, "facebook.com")
