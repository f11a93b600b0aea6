"""How long each step of a delivery may take, by what goes with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.publishing.in_flight import PREPARE_S, STEP_BYTES, InFlight
from channels.base import SLOWEST_LINE, MediaFile, Outgoing
from channels.registry import CHANNELS
from models.delivery import Delivery


@pytest.mark.parametrize("kind", CHANNELS)
@pytest.mark.parametrize("size", [0, 100_000, STEP_BYTES, 2_000_000_000])
def test_a_step_of_an_upload_is_waited_for_less_than_the_whole(kind: str, size: int) -> None:
    clip = MediaFile(Path("phim.mp4"), "clip", "video/mp4", size, "0" * 64)
    channel = object.__new__(CHANNELS[kind])
    for form in ("video", "feed", "post", "article"):
        flying = InFlight(Delivery(channel=kind), channel, Outgoing(kind, form, {}, (clip,)))
        assert PREPARE_S <= flying.step_s <= PREPARE_S + STEP_BYTES / SLOWEST_LINE
        assert flying.step_s <= flying.prepare_s
        assert (flying.step_s == flying.prepare_s) == (size <= STEP_BYTES)


def test_what_went_up_before_is_not_waited_for_again_in_the_call_that_ends_it() -> None:
    film = MediaFile(Path("phim.mp4"), "clip", "video/mp4", 2_000_000_000, "0" * 64)
    channel = object.__new__(CHANNELS["facebook"])
    flying = InFlight(Delivery(channel="facebook"), channel, Outgoing("facebook", "video", {}, (film,)))
    assert flying.submit_s == channel.limits.longest_call_s(STEP_BYTES)
