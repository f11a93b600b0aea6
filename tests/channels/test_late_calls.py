"""A call whose time was over before it was sent (the process was frozen, the thread waited) is never sent."""

from __future__ import annotations

import asyncio

import pytest
from google.oauth2.credentials import Credentials

from channels.google import Google, GoogleFailure
from channels.graph import Graph, GraphFailure
from channels.sandbox.world import Sandbox
from tests.channels.sandbox.conftest import sandbox as sandbox


async def test_facebook_is_not_called_late(sandbox: Sandbox) -> None:
    token = next(iter(sandbox.page.tokens))
    late = Graph(token, base=sandbox.facebook.url, version="v26.0", timeout_s=-1)
    with pytest.raises(GraphFailure) as caught:
        await asyncio.to_thread(late.post, f"{sandbox.page.remote_id}/feed", message="muộn")
    assert not caught.value.sent
    assert not sandbox.facebook.calls


async def test_youtube_is_not_called_late(sandbox: Sandbox) -> None:
    held = Credentials("any")
    google = Google(held, youtube=sandbox.youtube.url, analytics=sandbox.youtube.url, called=lambda _: None)
    request = google.service().videos().delete(id="x")
    with pytest.raises(GoogleFailure) as caught:
        await asyncio.to_thread(google.execute, request, writes=True, timeout_s=-1)
    assert not caught.value.sent
    assert not sandbox.youtube.calls
