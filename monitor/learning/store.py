"""Learning and the store: verdicts become labels, labels a head, and heads have versions that can be taken back."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
import sqlalchemy as sa
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from models.audit import record
from models.db import Database
from models.incident import Incident
from models.learning import Label, LearnedHead, Verdict
from models.mention import Mention
from monitor.claims import RISKY, RISKY_ENOUGH
from monitor.learning.choice import LEAST_LABELS, Judged, Trial, frozen_lines, refusals, trial
from monitor.learning.head import Head, fit, from_store, matrix, unchanged
from monitor.scoring.base import Scorer
from monitor.stream import SURE
from monitor.text import plain

Step = Callable[[int], None]

BATCH: Final = 64
MOST_LABELS: Final = 5000
"""The newest verdicts; what people thought years ago teaches nothing new."""
KEPT_BACK: Final = 5
"""The labels of every fifth incident are never fitted on: texts of one incident resemble each other."""


MOST_LABELLED: Final = 2000
"""Newest texts of an incident that its verdict labels: more of one rumour teach nothing more."""


# -- verdicts -------------------------------------------------------------------------------------------------------


async def label_texts(
    session: AsyncSession, incident: Incident, verdict: Verdict, user_id: int | None, now: datetime
) -> int:
    """Give the texts that raised this incident a verdict, in place of an earlier one. Return how many."""
    spreading = sa.or_(col(Mention.category).in_(RISKY), col(Mention.risk) >= RISKY_ENOUGH)
    rows = await session.exec(
        select(Mention)
        .where(
            Mention.claim_id == incident.claim_id,
            Mention.organisation_id == incident.organisation_id,
            col(Mention.deleted_at).is_(None),
            Mention.stance == "asserts",
            Mention.text != "",
            spreading,
        )
        .order_by(col(Mention.id).desc())
        .limit(MOST_LABELLED)
    )
    mentions = sorted(rows.all(), key=lambda m: m.id or 0)
    ids = [m.id for m in mentions]
    known = {row.mention_id: row for row in (await session.exec(select(Label).where(col(Label.mention_id).in_(ids))))}
    for mention in mentions:
        label = known.get(mention.id or 0) or Label(
            organisation_id=incident.organisation_id, incident_id=incident.id or 0, mention_id=mention.id or 0,
            text_hash=text_hash(mention.text), verdict=verdict, at=now,
        )  # fmt: skip
        label.incident_id, label.verdict, label.at, label.user_id = incident.id or 0, verdict, now, user_id
        session.add(label)
    return len(mentions)


def text_hash(text: str) -> str:
    """One hash for all ways of typing the same words."""
    return hashlib.sha256(plain(text).encode()).hexdigest()[:32]


async def forget_dead(session: AsyncSession) -> int:
    """Delete the labels of texts that are no more. Return how many."""
    living = sa.exists().where(
        col(Mention.id) == col(Label.mention_id), col(Mention.deleted_at).is_(None), col(Mention.text) != ""
    )
    gone = await session.exec(sa.delete(Label).where(~living))
    return gone.rowcount


# -- the head that scores -------------------------------------------------------------------------------------------


async def active_head(session: AsyncSession) -> Head | None:
    """The head that scores now; None for the model as it was shipped."""
    row = (await session.exec(select(LearnedHead).where(col(LearnedHead.active).is_(True)))).first()
    return _head(row) if row is not None else None


def _head(row: LearnedHead) -> Head:
    return from_store(f"h{row.id}", row.base, row.weights)


async def roll_back(session: AsyncSession, user_id: int | None, now: datetime) -> tuple[str, str]:
    """Let the version before score again, at last the model as it was shipped. Return (was, now) by their names."""
    rows = await session.exec(select(LearnedHead).where(col(LearnedHead.accepted).is_(True)))
    versions = sorted(rows.all(), key=lambda row: row.id or 0)
    active = next((row for row in versions if row.active), None)
    if active is None:
        return "", ""
    before = [row for row in versions if (row.id or 0) < (active.id or 0)]
    active.active = False
    active.accepted = False  # taken back: no later step leads to it again
    if before:
        before[-1].active = True
    was, now_ = f"h{active.id}", f"h{before[-1].id}" if before else "shipped"
    await record(session, at=now, action="head_rolled_back", subject=f"head:{active.id}", user_id=user_id, was=was,
                 now=now_)  # fmt: skip
    return was, now_


# -- learning -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Learned:
    """What came of a refit: the version's name (empty when there were too few labels), how the head before and the new
    one did, and why the new one was not taken."""

    labels: int
    name: str = ""
    old: Trial | None = None
    new: Trial | None = None
    refused: Sequence[str] = ()


async def waiting_labels(db: Database, base: Scorer) -> int:
    """How many texts a refit must score before it can begin."""
    async with db.read() as session:
        rows = await session.exec(select(sa.func.count()).select_from(Label).where(Label.revision != base.revision))
        return rows.one()


async def refit(db: Database, base: Scorer, *, user_id: int | None, now: datetime, step: Step) -> Learned:
    """Fit a head from all labels; let it score when it is better than the one before. `base` is the model without any
    head. Scoring and fitting run in threads."""
    async with db.write() as session:
        await forget_dead(session)
    await _score_labels(db, base, step)
    async with db.read() as session:
        rows = await session.exec(
            select(Label).where(Label.revision == base.revision, Label.verdict != Verdict.WRONG_GROUP)
            .order_by(col(Label.id).desc()).limit(MOST_LABELS)
        )  # fmt: skip
        labels = rows.all()
        old = await active_head(session)
    learn = [label for label in labels if label.incident_id % KEPT_BACK]
    if len(learn) < LEAST_LABELS:
        return Learned(len(labels))
    if old is None or old.base != base.revision:
        old = unchanged(base.revision)
    head, before, after = await asyncio.to_thread(_fitted, base, labels, old)
    refused = refusals(before, after)
    async with db.write() as session:
        row = LearnedHead(
            made_at=now, base=base.revision, weights=head.stored(), labels=len(labels), accepted=not refused,
            active=not refused, figures={"old": before.row(), "new": after.row(), "refused": refused},
        )  # fmt: skip
        if not refused:
            await session.exec(update(LearnedHead).values(active=False))
        session.add(row)
        await session.flush()
        await record(session, at=now, action="head_refused" if refused else "head_taken", subject=f"head:{row.id}",
                     user_id=user_id, figures=row.figures, labels=len(labels))  # fmt: skip
        return Learned(len(labels), f"h{row.id}", before, after, refused)


async def _score_labels(db: Database, base: Scorer, step: Step) -> None:
    """What the model without a head says of each labelled text that this model has not scored yet."""
    while True:
        async with db.read() as session:
            query = select(Label, Mention.text).join(Mention, col(Mention.id) == Label.mention_id)
            found = (await session.exec(query.where(Label.revision != base.revision).limit(BATCH))).all()
        if not found:
            return
        scores = await asyncio.to_thread(base.score, [text for _, text in found])
        async with db.write() as session:
            for (label, _), score in zip(found, scores, strict=True):
                vector = score.vector.astype(np.float16).tobytes() if score.vector is not None else None
                values = {"revision": base.revision, "risk": score.risk, "vector": vector}
                await session.exec(update(Label).where(col(Label.id) == label.id).values(**values))
        step(len(found))


def _fitted(base: Scorer, labels: Sequence[Label], old: Head) -> tuple[Head, Trial, Trial]:
    """Fit on what is not kept back, and try both heads on what is."""
    learn = _judged([label for label in labels if label.incident_id % KEPT_BACK])
    kept_back = _judged([label for label in labels if not label.incident_id % KEPT_BACK])
    lines = frozen_lines()
    scores = base.score([line.text for line in lines])
    frozen = Judged(
        np.array([s.risk for s in scores]),
        matrix([s.vector for s in scores]),
        np.array([line.right for line in lines]),
        np.array([line.criticism for line in lines]),
    )
    head = fit("", base.revision, learn.risks, learn.vectors, learn.right)
    return head, trial(old, frozen, kept_back, SURE), trial(head, frozen, kept_back, SURE)


def _judged(labels: Sequence[Label]) -> Judged:
    vectors = [np.frombuffer(x.vector, dtype=np.float16).astype(np.float32) if x.vector else None for x in labels]
    return Judged(
        np.array([label.risk or 0.0 for label in labels], dtype=np.float64),
        matrix(vectors),
        np.array([label.verdict == Verdict.RIGHT for label in labels], dtype=bool),
        np.array([label.verdict == Verdict.CRITICISM for label in labels], dtype=bool),
    )
