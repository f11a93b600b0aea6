"""May a new head replace the old one? Only if it is better on texts that it was not fitted on, and no worse to critics.

Held against both: the frozen lines that are shipped, and the labels that were kept back. Pure.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from monitor.learning.figures import auc
from monitor.learning.head import Floats, Head, log_odds

FROZEN: Final = Path(__file__).with_name("frozen.jsonl")
LEAST_LABELS: Final = 10
"""With fewer verdicts nothing is fitted."""
BETTER: Final = 0.005
"""So much of the log-loss must be gone."""
AUC_SLACK: Final = 0.005
RISK_SLACK: Final = 0.01


@dataclass(frozen=True)
class Line:
    """One shipped line: is it what an alarm is for, and is it criticism?"""

    text: str
    right: bool
    criticism: bool


def frozen_lines() -> list[Line]:
    """The lines that are shipped to judge by. Nothing is ever fitted on them."""
    rows = [json.loads(line) for line in FROZEN.read_text(encoding="utf-8").splitlines()]
    return [Line(r["text"], r["kind"] in ("rumour", "scam"), r["kind"] == "criticism") for r in rows]


@dataclass(frozen=True)
class Judged:
    """Texts with what the model below says of them, and what they are."""

    risks: Floats
    vectors: Floats
    right: NDArray[np.bool_]
    criticism: NDArray[np.bool_]


@dataclass(frozen=True)
class Trial:
    """How a head does: mean log-loss on the frozen lines and on the labels that were kept back, ROC-AUC on the frozen
    lines, mean risk of criticism and how many critical texts stand above the threshold."""

    loss: float
    auc: float
    criticism_risk: float
    criticism_alarmed: int

    def row(self) -> dict[str, Any]:
        """As plain JSON."""
        return {
            "loss": round(self.loss, 5),
            "auc": round(self.auc, 4),
            "criticism_risk": round(self.criticism_risk, 4),
            "criticism_alarmed": self.criticism_alarmed,
        }


def trial(head: Head, frozen: Judged, kept_back: Judged, threshold: float) -> Trial:
    """Try a head. The kept-back labels, where there are any, weigh as much as the frozen lines."""
    sets = [judged for judged in (frozen, kept_back) if len(judged.right)]
    risks = [head.risk(judged.risks, judged.vectors) for judged in sets]
    losses = [_loss(risk, judged.right) for risk, judged in zip(risks, sets, strict=True)]
    critical = np.concatenate([risk[judged.criticism] for risk, judged in zip(risks, sets, strict=True)])
    return Trial(
        loss=float(np.mean(losses)),
        auc=float(auc(risks[0], frozen.right, np.ones((1, len(frozen.right))))[0]),
        criticism_risk=float(critical.mean()),
        criticism_alarmed=int((critical >= threshold).sum()),
    )


def _loss(risks: Floats, right: NDArray[np.bool_]) -> float:
    odds = log_odds(risks)
    return float(np.logaddexp(0, np.where(right, -odds, odds)).mean())


def refusals(old: Trial, new: Trial) -> list[str]:
    """Why the new head may not replace the old one; empty when it may."""
    found = []
    if new.loss > old.loss * (1 - BETTER):
        found.append(f"not better: log-loss {new.loss:.4f}, before {old.loss:.4f}")
    if new.auc < old.auc - AUC_SLACK:
        found.append(f"tells the frozen lines apart less well: ROC-AUC {new.auc:.3f}, before {old.auc:.3f}")
    if new.criticism_alarmed > old.criticism_alarmed:
        found.append(f"alarms more criticism: {new.criticism_alarmed}, before {old.criticism_alarmed}")
    if new.criticism_risk > old.criticism_risk + RISK_SLACK:
        found.append(f"takes criticism for more risky: {new.criticism_risk:.3f}, before {old.criticism_risk:.3f}")
    return found
