"""No channel claims an ability that its adapter has not got, and whatever is missing has its reason."""

from __future__ import annotations

import pytest

from channels.base import Can, Channel
from channels.registry import CHANNELS


@pytest.mark.parametrize("kind", CHANNELS)
def test_every_ability_is_there_or_has_its_reason_in_both_languages(kind: str) -> None:
    channel = CHANNELS[kind]
    assert not channel.can & set(channel.cannot)
    assert channel.can | set(channel.cannot) == set(Can)
    for told in channel.cannot.values():
        assert told.vi.strip() and told.en.strip() and told.vi != told.en


@pytest.mark.parametrize("kind", CHANNELS)
def test_a_channel_claims_exactly_what_its_adapter_does(kind: str) -> None:
    channel, limits = CHANNELS[kind], CHANNELS[kind].limits
    own = {a for a in Can if hasattr(Channel, a) and getattr(channel, a) is not getattr(Channel, a)}
    assert own == {a for a in channel.can if hasattr(Channel, a)}
    takes = {Can.PICTURE: limits.picture, Can.CLIP: limits.clip, Can.REPLY: limits.reply}
    assert {a for a, limit in takes.items() if limit is not None} == channel.can & set(takes)
