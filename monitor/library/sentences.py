"""The sentences of what is known, with the words that find them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.claim import KnownClaim, KnownSentence, KnownWord
from models.post import Post, PostKind, Variant
from models.states import PostState
from monitor.claims.known import sentences_of
from monitor.claims.words import content

OFFICIAL: Final = timedelta(days=14)
CORRECTIONS: Final = timedelta(days=365)
"""A rumour comes back; what was corrected a year ago still helps."""
AT_ONCE: Final = 500
MOST_LOOKED_AT: Final = 5000
"""Places at which the words of a claim are looked up; the rarest words come first."""
MOST_BY_WORDS: Final = 64
MOST_LETTERS: Final = 40
"""Longer words are none."""
_OUT: Final = (PostState.PUBLISHED, PostState.PARTLY_FAILED)


def out_in_time(now: datetime) -> sa.ColumnElement[bool]:
    """True for own posts that claims are held against: the routine ones of two weeks, the corrections of a year."""
    since = ((PostKind.ROUTINE, now - OFFICIAL), (PostKind.CORRECTION, now - CORRECTIONS))
    kinds = [sa.and_(col(Post.kind) == kind, col(Post.published_at) >= at) for kind, at in since]
    return sa.and_(col(Post.state).in_(_OUT), sa.or_(*kinds))


async def changes(session: AsyncSession, now: datetime) -> bool:
    """Is anything new, or does anything no longer hold?"""
    for query in (_new_entries(), _new_posts(now), _old_posts(now)):
        if (await session.exec(query.limit(1))).first() is not None:
            return True
    return False


async def take_over(session: AsyncSession, now: datetime) -> list[tuple[int, int]]:
    """Store the sentences of what is new, delete those of what no longer holds, `AT_ONCE` things at most; return
    office and number of the sentences that are gone."""
    gone = list((await session.exec(_old_posts(now))).all())
    entries = (await session.exec(_new_entries().order_by(col(KnownClaim.id)).limit(AT_ONCE))).all()
    of_entries = select(KnownSentence.organisation_id, KnownSentence.id).where(
        col(KnownSentence.known_claim_id).in_([entry.id for entry in entries])
    )
    gone += (await session.exec(of_entries)).all()
    await _delete(session, [number or 0 for _, number in gone])
    for entry in entries:
        entry.split_at = now
        if entry.retired_at is None:
            await _store(session, sentences_of(entry.text), entry.organisation_id, claim=entry.id)
    for post in (await session.exec(_new_posts(now).limit(AT_ONCE))).all():
        text = select(Variant.text).where(Variant.post_id == post.id).order_by(col(Variant.id)).limit(1)
        words = f"{post.title}. {(await session.exec(text)).first() or ''}"
        await _store(session, sentences_of(words) or [words], post.organisation_id, post=post.id)
    return [(office, number or 0) for office, number in gone]


async def by_words(
    session: AsyncSession, organisation_id: int, words: Collection[str], rarity: Callable[[str], float]
) -> list[int]:
    """The sentences that share the rarest of these words, those that share most first."""
    places = sa.func.count().label("places")
    counted = select(KnownWord.word, places).where(col(KnownWord.word).in_(words)).group_by(KnownWord.word)
    taken, looked = list[str](), 0
    for word, count in (await session.exec(counted.order_by(places, col(KnownWord.word)))).all():
        looked += count
        if looked > MOST_LOOKED_AT and taken:
            break
        taken.append(word)
    mine = (
        select(KnownWord.sentence_id, KnownWord.word)
        .join(KnownSentence, col(KnownSentence.id) == KnownWord.sentence_id)
        .where(col(KnownWord.word).in_(taken), KnownSentence.organisation_id == organisation_id)
    )
    shared: dict[int, float] = defaultdict(float)
    for number, word in (await session.exec(mine)).all():
        shared[number] += rarity(word)
    return sorted(shared, key=lambda number: (-shared[number], number))[:MOST_BY_WORDS]


def _new_entries() -> Any:
    return select(KnownClaim).where(col(KnownClaim.split_at).is_(None))


def _new_posts(now: datetime) -> Any:
    known = sa.exists().where(col(KnownSentence.post_id) == Post.id)
    return select(Post).where(out_in_time(now), ~known)


def _old_posts(now: datetime) -> Any:
    held = select(Post.id).where(out_in_time(now))
    return select(KnownSentence.organisation_id, KnownSentence.id).where(
        col(KnownSentence.post_id).is_not(None), col(KnownSentence.post_id).not_in(held)
    )


async def _store(
    session: AsyncSession,
    sentences: Iterable[str],
    organisation_id: int,
    *,
    claim: int | None = None,
    post: int | None = None,
) -> None:
    rows = [
        KnownSentence(organisation_id=organisation_id, known_claim_id=claim, post_id=post, text=text)
        for text in sentences
    ]
    session.add_all(rows)
    await session.flush()
    words = [
        {"word": word, "sentence_id": row.id}
        for row in rows
        for word in sorted(content(row.text))
        if len(word) <= MOST_LETTERS
    ]
    if words:
        await (await session.connection()).execute(sa.insert(KnownWord), words)


async def _delete(session: AsyncSession, numbers: Sequence[int]) -> None:
    for start in range(0, len(numbers), AT_ONCE):
        some = numbers[start : start + AT_ONCE]
        await session.exec(sa.delete(KnownSentence).where(col(KnownSentence.id).in_(some)))
