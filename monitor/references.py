"""What the office knows of a claim, read from the store: its library, its corrections, its own posts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Final

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.claim import KnownClaim
from models.post import Post, PostKind, Variant
from models.states import PostState
from monitor.claims import Claim
from monitor.claims.known import Reference, compare, said
from monitor.official import OwnText, about_the_same

OFFICIAL: Final = timedelta(days=14)
CORRECTIONS: Final = timedelta(days=365)
"""A rumour comes back; what was corrected a year ago still helps."""
MOST: Final = 200
MOST_COMPARED: Final = 2
"""So many of what is known are named in an alert."""
_OUT: Final = (PostState.PUBLISHED, PostState.PARTLY_FAILED)


class OwnPost:
    """An own post with the words of all its variants."""

    def __init__(self, post: Post, variants: Sequence[Variant], tz: tzinfo) -> None:
        at = f"{post.published_at.astimezone(tz):%H:%M %d/%m}" if post.published_at else ""
        self.text = variants[0].text
        self.own = OwnText(" ".join([post.title, *(v.text for v in variants)]), post.field)
        kind = ("bài đính chính", "the correction") if post.kind == PostKind.CORRECTION else ("bài", "the post")
        vi, en = (f"{name} “{post.title}” ({at})" for name in kind)
        self.reference = Reference(f"{post.title}. {self.text}", vi, en)


async def own_posts(session: AsyncSession, organisation_id: int, now: datetime, tz: tzinfo) -> list[OwnPost]:
    """The office's posts of two weeks and its corrections of a year, newest first."""
    posts: dict[int, tuple[Post, list[Variant]]] = {}
    for kind, since in ((PostKind.ROUTINE, now - OFFICIAL), (PostKind.CORRECTION, now - CORRECTIONS)):
        rows = await session.exec(
            select(Post, Variant)
            .join(Variant, col(Variant.post_id) == Post.id)
            .where(
                Post.organisation_id == organisation_id,
                Post.kind == kind,
                col(Post.state).in_(_OUT),
                col(Post.published_at) >= since,
            )
            .order_by(col(Post.published_at).desc())
            .limit(MOST)
        )
        for post, variant in rows.all():
            posts.setdefault(post.id or 0, (post, []))[1].append(variant)
    return [OwnPost(post, variants, tz) for post, variants in posts.values()]


async def library(session: AsyncSession, organisation_id: int, tz: tzinfo) -> list[Reference]:
    """The settled claims that still hold."""
    query = select(KnownClaim).where(
        KnownClaim.organisation_id == organisation_id, col(KnownClaim.retired_at).is_(None)
    )
    return [_entry(row, tz) for row in (await session.exec(query.order_by(col(KnownClaim.id)))).all()]


def _entry(row: KnownClaim, tz: tzinfo) -> Reference:
    at = f", {row.settled_at.astimezone(tz):%d/%m/%Y}" if row.settled_at else ""
    name = f"“{row.text}” ({row.source}{at})"
    return Reference(row.text, name, name, row.verdict)


class References:
    """All of it for one office, to hold claims against."""

    def __init__(self, own: Sequence[OwnPost], settled: Sequence[Reference]) -> None:
        self._own, self._settled = own, settled

    @classmethod
    async def of(cls, session: AsyncSession, organisation_id: int, now: datetime, tz: tzinfo) -> References:
        """Read it."""
        return cls(await own_posts(session, organisation_id, now, tz), await library(session, organisation_id, tz))

    def of_claim(
        self, claim: Claim, field: str, rarity: Callable[[str], float]
    ) -> tuple[tuple[str, str], tuple[str, str]]:
        """An own post on the same thing, as (text, reference), and how the claim stands to what is known."""
        found = compare(claim.exemplars, [*(post.reference for post in self._own), *self._settled], rarity)
        by_reference = {post.reference: post for post in self._own}
        post = next((by_reference[c.reference] for c in found if c.reference in by_reference), None)
        told = [said(c) for c in found[:MOST_COMPARED]]
        if post is None and (index := about_the_same(claim.words, field, [p.own for p in self._own])) is not None:
            post = self._own[index]
            told.append((f"cần đối chiếu với {post.reference.vi}", f"compare with {post.reference.en}"))
        vi, en = "; ".join(t[0] for t in told), "; ".join(t[1] for t in told)
        return (post.text, post.reference.vi) if post else ("", ""), (vi, en)
