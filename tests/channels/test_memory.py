"""No clip is read whole into memory, by an adapter or its stand-in. `python -m tests.bench.memory` takes 2 GB."""

from __future__ import annotations

import pytest

from tests.bench.memory import KINDS, MOST_MB, grown_mb


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_a_long_clip_takes_hardly_any_memory(kind: str) -> None:
    assert grown_mb(kind, 100) < MOST_MB
