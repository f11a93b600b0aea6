"""Fine-tunes the encoder: one pass a text gives the features of every head (the first token's state) and the sentence
vector (the mean of all).

The lower layers stay as they are, so their output is computed once and kept; the upper ones learn. The heads are
learned beside them. The sentence vector is held to what the untouched encoder says of the text *as it was before a
hand typed it*, so that slang and missing diacritics stop moving it, and to a pair's other half (a tweet and the claim
it speaks of).
"""

from __future__ import annotations

import math
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Final

import numpy as np
import torch
from torch import nn
from torch.nn import functional
from transformers import AutoModel, PreTrainedTokenizerFast

from monitor.scoring.base import CATEGORIES, FIELDS, HARMS, KINDS, STANCES
from monitor.scoring.transformer import MOST_CHARS, PREFIX
from monitor.text import clean, one_script
from monitor.training.examples import Example

FROZEN: Final = 6
"""Layers that stay as they are."""
MOST_TOKENS: Final = 96
TOKENS_A_BATCH: Final = 1800
EPOCHS: Final = 2
RATE: Final = 1.5e-4
HEAD_RATE: Final = 1e-3
KEEP_VECTOR: Final = 2.0
PAIR: Final = 0.5
PAIRS_A_BATCH: Final = 24
PAIR_EVERY: Final = 12
"""A batch of pairs after so many batches of texts."""
SAY_EVERY: Final = 100
WRITINGS: Final = tuple(dict.fromkeys(kind.partition("-")[0] for kind in KINDS))
"""Kinds whatever the language: the encoder reads several."""
CLASSES: Final = {"writing": WRITINGS, "category": CATEGORIES, "stance": STANCES, "field": FIELDS, "harm": HARMS}
BY_KIND: Final = ("risk", "claim")
"""Heads with an answer of its own for each kind of writing: what is suspicious in one is usual in another."""
SHARES: Final = {"risk": 1.0, "claim": 0.7, "writing": 0.1, "category": 0.5, "stance": 0.5, "field": 0.3, "harm": 0.3}


class Net(nn.Module):
    """The encoder's upper layers and the heads."""

    def __init__(self, encoder: Any) -> None:
        super().__init__()
        self.encoder = encoder
        width = encoder.config.hidden_size
        self.heads = nn.ModuleDict({name: nn.Linear(width, len(WRITINGS)) for name in BY_KIND})
        for name, classes in CLASSES.items():
            self.heads[name] = nn.Linear(width, len(classes))
        self.drop = nn.Dropout(0.1)

    def upper(self, hidden: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the first token's state and the mean of all, from the frozen layers' output."""
        extended = (1.0 - mask[:, None, None, :].to(hidden.dtype)) * torch.finfo(hidden.dtype).min
        for layer in self.encoder.encoder.layer[FROZEN:]:
            found = layer(hidden, extended)
            hidden = found[0] if isinstance(found, tuple) else found
        weights = mask[..., None].to(hidden.dtype)
        return hidden[:, 0], (hidden * weights).sum(1) / weights.sum(1)


@dataclass
class Kept:
    """What the frozen layers gave for one text, and what the whole untouched encoder says of its original."""

    lower: np.ndarray[Any, Any]
    target: np.ndarray[Any, Any]


class Lower:
    """The frozen layers, and the untouched encoder as teacher."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tokens = PreTrainedTokenizerFast.from_pretrained(str(folder))
        self.encoder = AutoModel.from_pretrained(str(folder), add_pooling_layer=False, attn_implementation="eager")
        self.encoder.eval()

    @torch.no_grad()
    def run(
        self, texts: Sequence[str], *, whole: bool
    ) -> Iterator[tuple[int, np.ndarray[Any, Any], np.ndarray[Any, Any]]]:
        """Yield (row, states after the frozen layers, mean of the last layer), in batches of like length."""
        ids = self.tokens(
            [PREFIX + one_script(clean(t, MOST_CHARS)) for t in texts], truncation=True, max_length=MOST_TOKENS
        )["input_ids"]
        order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
        start = 0
        while start < len(order):
            size = max(1, TOKENS_A_BATCH * 2 // len(ids[order[min(start + 64, len(order) - 1)]]))
            some = order[start : start + min(size, 64)]
            start += len(some)
            longest = max(len(ids[i]) for i in some)
            padded = torch.tensor([ids[i] + [1] * (longest - len(ids[i])) for i in some])
            mask = (torch.arange(longest)[None] < torch.tensor([len(ids[i]) for i in some])[:, None]).long()
            hidden = self.encoder.embeddings(input_ids=padded)
            extended = (1.0 - mask[:, None, None, :].float()) * torch.finfo(torch.float32).min
            layers = self.encoder.encoder.layer
            lower = hidden
            for i, layer in enumerate(layers):
                if i == FROZEN:
                    lower = hidden
                    if not whole:
                        break
                found = layer(hidden, extended)
                hidden = found[0] if isinstance(found, tuple) else found
            weights = mask[..., None].float()
            mean = (hidden * weights).sum(1) / weights.sum(1)
            for row, i in enumerate(some):
                yield i, lower[row, : len(ids[i])].half().numpy(), mean[row].numpy()


def keep(lower: Lower, examples: Sequence[Example], say: Any) -> tuple[list[Kept], np.ndarray[Any, Any]]:
    """Run the frozen part over every text once. Returns what is kept and the centre of all vectors."""
    texts = [e.text for e in examples]
    originals = [e.original or e.text for e in examples]
    distinct = list(dict.fromkeys([*texts, *originals]))
    number = {text: i for i, text in enumerate(distinct)}
    states: list[Any] = [None] * len(distinct)
    means = np.zeros((len(distinct), 384), dtype=np.float32)
    for done, (i, state, mean) in enumerate(lower.run(distinct, whole=True)):
        states[i], means[i] = state, mean
        if done % 2000 == 0:
            say(f"lower layers: {done} of {len(distinct)}")
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    centre = means.mean(axis=0)
    targets = means - centre
    targets /= np.linalg.norm(targets, axis=1, keepdims=True)
    return [Kept(states[number[t]], targets[number[o]]) for t, o in zip(texts, originals, strict=True)], centre


def batches(kept: Sequence[Kept], rng: Random) -> list[list[int]]:
    """Rows of like length together, the batches in any order."""
    order = list(range(len(kept)))
    rng.shuffle(order)
    order.sort(key=lambda i: len(kept[i].lower) // 8)
    made: list[list[int]] = []
    start = 0
    while start < len(order):
        longest = len(kept[order[min(start + 48, len(order) - 1)]].lower)
        size = min(48, max(8, TOKENS_A_BATCH // longest))
        made.append(order[start : start + size])
        start += size
    rng.shuffle(made)
    return made


def padded(kept: Sequence[Kept], rows: Sequence[int]) -> tuple[torch.Tensor, torch.Tensor]:
    """States and mask of some rows."""
    longest = max(len(kept[i].lower) for i in rows)
    hidden = np.zeros((len(rows), longest, 384), dtype=np.float32)
    mask = np.zeros((len(rows), longest), dtype=np.int64)
    for row, i in enumerate(rows):
        hidden[row, : len(kept[i].lower)] = kept[i].lower
        mask[row, : len(kept[i].lower)] = 1
    return torch.from_numpy(hidden), torch.from_numpy(mask)


class Losses:
    """The labels of all examples as tensors, and what a batch loses on each head."""

    def __init__(self, examples: Sequence[Example]) -> None:
        self.weight = torch.tensor([e.weight for e in examples])
        self.labels = {
            name: torch.tensor([-1 if getattr(e, name) is None else getattr(e, name) for e in examples])
            for name in BY_KIND
        }
        for name, classes in CLASSES.items():
            found = [getattr(e, name) for e in examples]
            self.labels[name] = torch.tensor([-1 if v is None else classes.index(v) for v in found])

    def of(self, heads: nn.ModuleDict, features: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
        """The weighted sum over the heads."""
        total = features.new_zeros(())
        for name, head in heads.items():
            labels = self.labels[name][rows]
            known = labels >= 0
            if not known.any():
                continue
            odds, weight = head(features[known]), self.weight[rows][known]
            if name in BY_KIND:
                own = odds.gather(1, self.labels["writing"][rows][known][:, None])[:, 0]
                lost = functional.binary_cross_entropy_with_logits(own, labels[known].float(), reduction="none")
            else:
                lost = functional.cross_entropy(odds, labels[known], reduction="none")
            total = total + SHARES[name] * (lost * weight).sum() / len(rows)
        return total


def vector_loss(mean: torch.Tensor, target: torch.Tensor, centre: torch.Tensor) -> torch.Tensor:
    """How far the centred vectors are from their targets: 1 - cosine, averaged."""
    return (1 - (_centred(mean, centre) * target).sum(1)).mean()


def pair_loss(left: torch.Tensor, right: torch.Tensor, centre: torch.Tensor) -> torch.Tensor:
    """Each text must be nearest to its own claim among the batch's."""
    near = _centred(left, centre) @ _centred(right, centre).T / 0.05
    own = torch.arange(len(near))
    return (functional.cross_entropy(near, own) + functional.cross_entropy(near.T, own)) / 2


def _centred(mean: torch.Tensor, centre: torch.Tensor) -> torch.Tensor:
    return functional.normalize(functional.normalize(mean, dim=1) - centre, dim=1)


def fine_tune(
    base: Path,
    examples: Sequence[Example],
    pairs: Sequence[tuple[str, str]],
    out: Path,
    *,
    seed: int,
    epochs: int = EPOCHS,
) -> None:
    """Train, and write the whole encoder, the heads and the centre to `out` after every epoch."""
    torch.manual_seed(seed)
    rng, begun = Random(seed), time.monotonic()

    def say(words: str) -> None:
        sys.stderr.write(f"{time.monotonic() - begun:7.0f} s  {words}\n")
        sys.stderr.flush()

    lower = Lower(base)
    kept, centre_ = keep(lower, examples, say)
    asked = [Example(text, "pair") for pair in pairs for text in pair]
    pair_kept, _ = keep(lower, asked, say) if asked else ([], None)
    centre = torch.from_numpy(centre_)
    targets = torch.from_numpy(np.stack([k.target for k in kept]))
    net, losses = Net(lower.encoder), Losses(examples)
    net.train()
    upper = [p for layer in net.encoder.encoder.layer[FROZEN:] for p in layer.parameters()]
    optimiser = torch.optim.AdamW(
        [{"params": upper, "lr": RATE, "weight_decay": 0.01}, {"params": net.heads.parameters(), "lr": HEAD_RATE}]
    )
    steps = epochs * len(batches(kept, Random(seed)))
    warm = max(1, steps // 15)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda s: min(s / warm, max(0.02, 0.5 + 0.5 * math.cos(math.pi * min(1.0, s / steps))))
    )
    done, seen = 0, np.zeros(3)
    for epoch in range(epochs):
        for rows in batches(kept, rng):
            some = rng.sample(range(len(pairs)), min(PAIRS_A_BATCH, len(pairs))) if done % PAIR_EVERY == 0 else []
            lost = np.zeros(3)
            loss, lost[0], lost[1] = _text_loss(net, losses, kept, rows, targets, centre)
            if some:
                sides = [net.upper(*padded(pair_kept, [2 * i + side for i in some]))[1] for side in (0, 1)]
                paired = pair_loss(sides[0], sides[1], centre)
                loss, lost[2] = loss + PAIR * paired, paired.item()
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            done, seen = done + 1, seen + lost
            if done % SAY_EVERY == 0:
                labels, vector, paired_ = seen / SAY_EVERY
                words = f"labels {labels:.3f}, vector {vector:.4f}, pairs {paired_ * PAIR_EVERY:.3f}"
                say(f"step {done} of {steps}: {words}")
                seen = np.zeros(3)
        save(net, lower, centre_, out / f"epoch{epoch + 1}")
        say(f"epoch {epoch + 1} written")


def _text_loss(
    net: Net, losses: Losses, kept: Sequence[Kept], rows: Sequence[int], targets: torch.Tensor, centre: torch.Tensor
) -> tuple[torch.Tensor, float, float]:
    """What a batch of texts loses in all, on its labels, and by moving its vectors."""
    first, mean = net.upper(*padded(kept, rows))
    at = torch.tensor(rows)
    labels = losses.of(net.heads, net.drop(first), at)
    vector = vector_loss(mean, targets[at], centre)
    return labels + KEEP_VECTOR * vector, labels.item(), vector.item()


def save(net: Net, lower: Lower, centre: np.ndarray[Any, Any], out: Path) -> None:
    """Write a folder that transformers loads, and the heads beside it."""
    out.mkdir(parents=True, exist_ok=True)
    net.encoder.save_pretrained(str(out))
    for file in lower.folder.glob("tokenizer*.json"):
        shutil.copy(file, out)
    arrays = {
        f"{name}.{part}": p.detach().numpy() for name, head in net.heads.items() for part, p in head.named_parameters()
    }
    np.savez(out / "heads.npz", centre=centre, **arrays)
