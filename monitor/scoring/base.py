"""What scoring one text answers, whoever computes it.

Every scorer gives the same frozen record, so that the pipeline, the command line and the tests do not know which one
ran. A score is a proposal of a machine: only a named person may turn it into a verdict.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]

VECTOR_DIM: Final = 384
"""Length of the sentence vector of the shipped encoder."""

CATEGORIES: Final = (
    "harmless",
    "criticism",
    "question",
    "feedback",
    "urgent",
    "warning",
    "misinformation",
    "scam",
    "abuse",
    "satire",
)
"""Kinds of text. `feedback` is a citizen's request or field report, `warning` a first-hand true-sounding caution."""

KINDS: Final = (
    "comment",
    "post",
    "covid",
    "policy-en",
    "policy-nl",
    "policy-tr",
    "policy-ar",
    "policy-bg",
    "event",
    "debate",
)
"""Kinds of writing that were learned from, each with a wording and a base rate of its own: talk below posts; posts on
social networks and press; claims and figures of the pandemic; tweets on its policy, by language, since words of one say
nothing in another; tweets while something happens; debate on a talk show's page."""

STANCES: Final = ("asserts", "denies", "asks", "comments")
"""What the text does to the claim it speaks of. Only `asserts` counts as spread."""

FIELDS: Final = ("CHINH_SACH", "KINH_TE", "Y_TE", "THIEN_TAI", "AN_NINH", "GIA_MAO", "LUA_DAO", "KHAC")
"""The eight fields of the Vietnam Anti Fake News Centre (tingia.gov.vn)."""

HARMS: Final = (0, 1, 2, 3)
"""0 none, 1 confusion or reputation, 2 wrong action or money loss, 3 danger to life, panic, unrest."""


@dataclasses.dataclass(frozen=True)
class Score:
    """The proposal for one text.

    `risk` (misinformation-like) and `claim` (makes a checkable claim) are calibrated probabilities in 0..1. `lexical`
    is the risk that the words alone give, also 0..1. `harm` is one of `HARMS`. `vector` is the sentence vector
    (float32, shape (384,), centred, unit norm), None when no encoder ran. `revision` names model and heads.
    """

    risk: float
    claim: float
    lexical: float
    category: str
    stance: str
    field: str
    harm: int
    vector: Vector | None = dataclasses.field(repr=False, compare=False)
    revision: str


def model_of(revision: str) -> str:
    """The model that a score's vector is of: what was learned here turns the risk alone, and stands after a plus."""
    return revision.partition("+")[0]


BOTH: Final = "both"
PARTS: Final = ("transformer", "lexical", BOTH)
"""What can answer: the encoder without the words, the words without the encoder, both together."""


class Scorer(Protocol):
    """Anything that scores texts. Safe to call from a worker thread, one call at a time."""

    @property
    def revision(self) -> str:
        """Short stable name of the model and heads, stored beside every score."""

    @property
    def degraded(self) -> bool:
        """True when the encoder is missing and only the lexical part answers."""

    @property
    def reason(self) -> str:
        """Why it is degraded, in words for an operator; empty when it is not."""

    def score(self, texts: Sequence[str]) -> list[Score]:
        """One `Score` per text, in the order given. Never raises on the content of a text."""


class PartedScorer(Scorer, Protocol):
    """A scorer that also says what each of its parts would answer alone."""

    def parts(self, texts: Sequence[str]) -> dict[str, list[Score]]:
        """The scores of each of `PARTS` that it has, from one pass over the texts."""
