"""Several batches at once give what one after the other gives, and a device that is not there is no end."""

from __future__ import annotations

import numpy as np

from monitor.scoring import open_scorer
from monitor.scoring.transformer import SHIPPED, Encoder, device_is_there
from tests.monitor.crowd import MILK, QUAY


def test_more_threads_change_nothing() -> None:
    texts = [f"{text} {i}" * (1 + i % 3) for i, text in enumerate((*MILK, *QUAY) * 9)]
    alone, together = Encoder(SHIPPED), Encoder(SHIPPED, threads=3)
    one, other = alone.encode(texts), together.encode(texts)
    np.testing.assert_array_equal(one.vectors, other.vectors)
    assert one.states is not None and other.states is not None
    np.testing.assert_array_equal(one.states, other.states)
    assert together.encode([]).vectors.shape == (0, 384)


def test_a_device_that_is_missing_leaves_the_model_on_the_cpu() -> None:
    assert device_is_there("cpu")
    scorer = open_scorer(None, device="cuda")
    assert not scorer.degraded
    assert scorer.score([MILK[0]])[0].vector is not None
