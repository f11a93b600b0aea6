"""What the one door to the network makes of an answer that no platform's own words explain."""

from __future__ import annotations

import pytest

from channels.http import too_many


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
