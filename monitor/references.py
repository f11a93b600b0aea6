"""What the office knows of a claim, read from the store: its library, its corrections, its own posts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Final

import numpy as np
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.claim import KnownClaim, KnownSentence
from models.post import Post, PostKind, Variant
from monitor.claims import Claim
from monitor.claims.known import Passage, Reference, compare, said
from monitor.library import Library, out_in_time
from monitor.official import OwnText, about_the_same

MOST: Final = 200
MOST_COMPARED: Final = 2
"""So many of what is known are named in an alert."""


class OwnPost:
    """An own post with the words of all its variants."""

    def __init__(self, post: Post, variants: Sequence[Variant], tz: tzinfo) -> None:
        at = f"{post.published_at.astimezone(tz):%H:%M %d/%m}" if post.published_at else ""
        self.text = variants[0].text
        self.own = OwnText(" ".join([post.title, *(v.text for v in variants)]), post.field)
        kind = ("bài đính chính", "the correction") if post.kind == PostKind.CORRECTION else ("bài", "the post")
        vi, en = (f"{name} “{post.title}” ({at})" for name in kind)
        self.reference = Reference(f"{post.title}. {self.text}", vi, en)


async def own_posts(
    session: AsyncSession, organisation_id: int, now: datetime, tz: tzinfo, numbers: Collection[int]
) -> dict[int, OwnPost]:
    """The office's newest posts of two weeks and its newest corrections of a year, and those of these numbers."""
    posts: dict[int, tuple[Post, list[Variant]]] = {}
    newest = [col(Post.kind) == kind for kind in (PostKind.ROUTINE, PostKind.CORRECTION)]
    for which in (*newest, col(Post.id).in_(numbers)):
        rows = await session.exec(
            select(Post, Variant)
            .join(Variant, col(Variant.post_id) == Post.id)
            .where(Post.organisation_id == organisation_id, out_in_time(now), which)
            .order_by(col(Post.published_at).desc(), col(Variant.id))
            .limit(MOST)
        )
        for post, variant in rows.all():
            variants = posts.setdefault(post.id or 0, (post, []))[1]
            if variant not in variants:
                variants.append(variant)
    return {number: OwnPost(post, variants, tz) for number, (post, variants) in posts.items()}


async def entries(session: AsyncSession, numbers: Collection[int], tz: tzinfo) -> dict[int, Reference]:
    """These settled claims of the library, as far as they still hold."""
    query = select(KnownClaim).where(col(KnownClaim.id).in_(numbers), col(KnownClaim.retired_at).is_(None))
    return {row.id or 0: _entry(row, tz) for row in (await session.exec(query)).all()}


def _entry(row: KnownClaim, tz: tzinfo) -> Reference:
    at = f", {row.settled_at.astimezone(tz):%d/%m/%Y}" if row.settled_at else ""
    name = f"“{row.text}” ({row.source}{at})"
    return Reference(row.text, name, name, row.verdict)


class References:
    """What may speak of some claims, by their keys, to hold them against."""

    def __init__(self, own: Sequence[OwnPost], passages: Mapping[str, Sequence[Passage]]) -> None:
        self._own, self._passages = own, passages

    @classmethod
    async def of(
        cls,
        session: AsyncSession,
        organisation_id: int,
        claims: Sequence[Claim],
        library: Library,
        rarity: Callable[[str], float],
        now: datetime,
        tz: tzinfo,
    ) -> References:
        """Find it."""
        near = {c.key: await library.near(session, organisation_id, c.exemplars, rarity) for c in claims}
        found = [sentence for sentences in near.values() for sentence in sentences]
        own = await own_posts(session, organisation_id, now, tz, {s.post_id for s in found if s.post_id})
        settled = await entries(session, {s.known_claim_id for s in found if s.known_claim_id}, tz)
        references = {**{("post", n): post.reference for n, post in own.items()},
                      **{("claim", n): entry for n, entry in settled.items()}}  # fmt: skip
        passages = {
            key: [_passage(s, references[name]) for s in sentences if (name := _source(s)) in references]
            for key, sentences in near.items()
        }
        return cls(list(own.values()), passages)

    def of_claim(
        self, claim: Claim, field: str, rarity: Callable[[str], float]
    ) -> tuple[tuple[str, str], tuple[str, str]]:
        """An own post on the same thing, as (text, reference), and how the claim stands to what is known."""
        found = compare(claim.exemplars, self._passages.get(claim.key, ()), rarity)
        by_reference = {post.reference: post for post in self._own}
        post = next((by_reference[c.reference] for c in found if c.reference in by_reference), None)
        told = [said(c) for c in found[:MOST_COMPARED]]
        if post is None and (index := about_the_same(claim.words, field, [p.own for p in self._own])) is not None:
            post = self._own[index]
            told.append((f"cần đối chiếu với {post.reference.vi}", f"compare with {post.reference.en}"))
        vi, en = "; ".join(t[0] for t in told), "; ".join(t[1] for t in told)
        return (post.text, post.reference.vi) if post else ("", ""), (vi, en)


def _source(sentence: KnownSentence) -> tuple[str, int]:
    return ("post", sentence.post_id) if sentence.post_id else ("claim", sentence.known_claim_id or 0)


def _passage(sentence: KnownSentence, reference: Reference) -> Passage:
    raw = sentence.vector
    vector = np.frombuffer(raw, dtype=np.float16).astype(np.float32) if raw else None
    return Passage(reference, sentence.text, vector, sentence.revision)
