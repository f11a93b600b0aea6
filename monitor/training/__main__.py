"""`python -m monitor.training --data DIR --out DIR`: from data to the files that are shipped.

1. the encoder is fine-tuned (about an hour on one core), 2. exported to ONNX, 3. the heads are fitted on what the
exported file gives. Each step is left out when what it makes is there already, so that a broken run goes on. The
folder that comes out is what `LOA_MODEL` takes.
"""

from __future__ import annotations

import argparse
import random
import sys
from pathlib import Path
from typing import Final

import torch
from sklearn.metrics import roc_auc_score

from monitor.scoring.heads import HEADS_FILE
from monitor.scoring.transformer import SHIPPED, Encoded, Encoder
from monitor.training.base import write
from monitor.training.examples import (
    TUNING,
    Example,
    own_examples,
    pairs,
    public_examples,
)
from monitor.training.export import export
from monitor.training.fine_tune import EPOCHS, fine_tune
from monitor.training.heads import fit, on_unseen_groups

UNSEEN: Final = "event"
"""The kind of writing whose groups are news events: it is asked on each event without having seen it."""


def main() -> None:
    """Read the arguments and go through the steps."""
    asked = argparse.ArgumentParser(prog="python -m monitor.training")
    asked.add_argument("--data", type=Path, required=True, help="the folder with the public sets")
    asked.add_argument("--base", type=Path, help="another encoder to start from: a folder that transformers loads")
    asked.add_argument("--out", type=Path, required=True, help="a folder for everything that is made")
    asked.add_argument("--name", default=SHIPPED.name, help="what the model is called")
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--threads", type=int, default=torch.get_num_threads())
    asked.add_argument("--open-only", action="store_true", help="only sets that anybody may use")
    args = asked.parse_args()
    torch.set_num_threads(args.threads)
    rng = random.Random(args.seed)
    examples = own_examples(random.Random(args.seed)) + public_examples(args.data, rng, open_only=args.open_only)
    trained = args.out / f"epoch{EPOCHS}"
    if not trained.is_dir():
        base = args.base or args.out / "base"
        if not base.is_dir():
            write(SHIPPED, base)
        shaping = [e for e in examples if e.shapes]
        fine_tune(base, shaping, [] if args.open_only else pairs(args.data), args.out, seed=args.seed)
    model = args.out / args.name
    if not any(model.glob("*.onnx")):
        export(trained, model)
    tuning = public_examples(args.data, rng, TUNING, open_only=args.open_only)
    encoder = Encoder(model, threads=args.threads)
    encoded = _encoded(encoder, examples)
    heads = fit(examples, encoded, tuning, _encoded(encoder, tuning), f"heads-{args.seed}")
    heads.save(model / HEADS_FILE)
    labels, odds = on_unseen_groups(examples, encoded, UNSEEN, heads)
    for part, found in odds.items():
        _tell(f"{UNSEEN}: each by heads that never saw its group, {part}: ROC-AUC {roc_auc_score(labels, found):.3f}")


def _tell(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


def _encoded(encoder: Encoder, examples: list[Example]) -> Encoded:
    return encoder.encode([e.text for e in examples])


if __name__ == "__main__":
    main()
