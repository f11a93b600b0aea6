"""Malformed bodies with a right signature, through the door into the database: no 500, nothing half stored."""

from __future__ import annotations

import os

import pytest
from structlog.testing import capture_logs

from channels.hooks import hmac_sha256
from channels.sandbox.zalo.hooks import signature
from channels.zalo.hooks import _timestamp
from tests.bot.webhooks.conftest import APP_SECRET, BOT_TOKEN, OA_SECRET, Called
from tests.channels.test_hooks_fuzz import HONEST, bodies

BODIES = int(os.environ.get("FUZZ_BODIES", "0")) // 50 or 150


def signed(kind: str, body: bytes) -> dict[str, str]:
    if kind == "facebook":
        return {"X-Hub-Signature-256": f"sha256={hmac_sha256(APP_SECRET, body)}"}
    if kind == "zalo":
        stamp = _timestamp({}, body)
        return {
            "X-ZEvent-Signature": "mac=" + signature("42", body, stamp.encode("utf-8", "replace").decode(), OA_SECRET)
        }
    return {"X-Viber-Content-Signature": hmac_sha256(BOT_TOKEN, body)}


@pytest.mark.parametrize("kind", sorted(HONEST))
async def test_whatever_is_signed_is_taken_and_worked_or_put_aside(called: Called, kind: str) -> None:
    with capture_logs() as logs:
        statuses = {await called.post(kind, body, signed(kind, body)) for body in bodies(kind, BODIES, 7)}
        await called.worker.turn()
    assert statuses <= {200, 403} and 200 in statuses, "403: a time stamp that cannot be signed"
    assert not [one for one in logs if one["event"] in ("webhook_failed", "page_failed", "webhook_not_stored")]
    events = await called.events()
    assert events and all(event.due_at is None for event in events)
    assert all((event.worked_at is None) == bool(event.problem) for event in events)
    assert {event.problem for event in events} <= {"", "unreadable"}
