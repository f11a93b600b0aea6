"""Answering what a citizen wrote. An answer is a post of one variant under one text: drafted, checked, approved by
somebody else and delivered like any other, on the account that was written to and on no other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from bot.parts import Actor, NotFound, Parts, Refused
from bot.publishing.approval import submit_in, submit_post
from bot.publishing.content import Bundle, compose, media_address, review_bundle
from bot.publishing.rows import id_of
from bot.publishing.translations import nfc
from bot.publishing.writing import EDITABLE, PostDraft, VariantDraft, create_in, revise_post
from channels.base import REPLY, Can, Outgoing, Problem, TextLimit
from channels.errors import Told
from channels.registry import CHANNELS
from models.db import ROW
from models.delivery import Delivery
from models.mention import Mention, sent_by_loa
from models.office import Account
from models.post import Post, PostKind, Timing, VafcField, Variant
from models.states import PostState

LATE_AFTER_MIN = 24 * 60
"""An answer is still welcome hours after it was approved; a day later a person looks at it again."""
_OVER = (PostState.PUBLISHED, PostState.RETRACTED, PostState.CORRECTED)
_TITLE_MOST = 80


# -- writing ----------------------------------------------------------------------------------------------------


async def hand_in_answer(parts: Parts, actor: Actor, mention_id: int, text: str) -> int:
    """Write an answer and hand it in for approval, in one transaction; return the post's id.

    One answer to a text is on its way at a time. The same words by the same person, sent twice by a double press or
    after a lost answer, are one.
    """
    async with parts.db.write() as session:
        asked = await session.get(Mention, mention_id, with_for_update=ROW)
        if asked is None or asked.organisation_id != actor.organisation_id:
            raise NotFound("bình luận này", "such comment")
        if (told := why_not(asked)) is not None:
            raise Refused(told.vi, told.en)
        under_way = await _under_way(session, asked)
        if under_way is not None:
            if under_way.author_id == actor.user_id and await _words(session, under_way) == nfc(text.strip()):
                return id_of(under_way.id)
            raise Refused(
                f"Bình luận này đang có câu trả lời chưa gửi xong (bài {under_way.id}); hãy mở bài ấy.",
                f"An answer to this comment is on its way already (post {under_way.id}); open that one.",
            )
        post = await create_in(session, parts, actor, _draft(asked, text))
        await submit_in(session, parts, actor, post)
    parts.bell.ring("post")
    return id_of(post.id)


async def revise_answer(parts: Parts, actor: Actor, post_id: int, text: str, version: int) -> None:
    """Change an answer that is not out, and hand it in again where it was sent back. `version`: what the writer saw."""
    async with parts.db.read() as session:
        post, asked = await answer_of(session, actor.organisation_id, post_id)
    await revise_post(parts, actor, post_id, _draft(asked, text), version=version)
    if post.state in (PostState.DRAFT, PostState.RETURNED):
        await submit_post(parts, actor, post_id)


def _draft(asked: Mention, text: str) -> PostDraft:
    return PostDraft(
        title=_title(text),
        field=asked.field if asked.field in set(VafcField) else VafcField.OTHER,
        locality=asked.locality,
        due_at=None,
        variants={asked.channel: VariantDraft(text=nfc(text.strip()), options=_options(asked))},
        kind=PostKind.ANSWER,
        answers_id=asked.id,
        timing=Timing.NOW,
        late_after_min=LATE_AFTER_MIN,
    )


def _title(text: str) -> str:
    """Named by our own words: those of a citizen are kept in one place alone."""
    words = " ".join(nfc(text).split())
    return f"Trả lời: {words if len(words) <= _TITLE_MOST else words[: _TITLE_MOST - 1].rstrip() + '…'}"


def _options(asked: Mention) -> dict[str, str]:
    """Platforms have one level of answers: one to an answer stands under the comment at the top of its thread."""
    return {"form": REPLY, "targets": asked.parent_id or asked.remote_id}


async def _under_way(session: AsyncSession, asked: Mention) -> Post | None:
    """The answer to this text that is not out yet."""
    query = select(Post).where(Post.answers_id == asked.id, col(Post.state).not_in(_OVER)).order_by(col(Post.id))
    return (await session.exec(query)).first()


# -- looking ----------------------------------------------------------------------------------------------------


def why_not(asked: Mention) -> Told | None:
    """Why nobody can answer a text, None when one can. Pure."""
    if asked.own:
        return Told("Đây là lời của chính đơn vị.", "These are the office's own words.")
    if asked.deleted_at is not None:
        return Told("Bình luận này không còn trên kênh.", "The comment is no longer on the channel.")
    return no_answers(asked.channel)


def no_answers(kind: str) -> Told | None:
    """Why nobody can be answered on a channel, None where one can. Pure."""
    channel = CHANNELS[kind]
    if Can.REPLY in channel.can:
        return None
    return channel.cannot.get(Can.REPLY) or Told(
        f"{channel.label} không cho trả lời qua API.", f"{channel.label} takes no answers by its API."
    )


def limit_of(asked: Mention) -> TextLimit:
    """How long an answer may be. Only for a text that can be answered."""
    limit = CHANNELS[asked.channel].limits.reply
    assert limit is not None, "a channel that takes answers says how long"
    return limit


def window_told(asked: Mention, now: datetime) -> Told | None:
    """What the platform's time for answers means now: it passed, or it costs; None: nothing. Pure."""
    limits, age = CHANNELS[asked.channel].limits, now - asked.written_at
    label = CHANNELS[asked.channel].label
    if limits.reply_until is not None and age > limits.reply_until:
        days = limits.reply_until.days
        return Told(
            f"Đã quá {days} ngày: {label} chỉ nhận nếu người này vừa liên hệ lại với đơn vị.",
            f"More than {days} days ago: {label} takes it only if this person wrote again since.",
        )
    if limits.reply_free is not None and age > limits.reply_free:
        hours = int(limits.reply_free.total_seconds() // 3600)
        return Told(
            f"Đã quá {hours} giờ: {label} trừ vào gói tin hoặc tính phí câu trả lời này.",
            f"More than {hours} hours ago: {label} takes this answer from the package or charges it.",
        )
    return None


async def asked_of(session: AsyncSession, organisation_id: int, mention_id: int) -> Mention:
    """Read a citizen's text of this organisation. Raises `NotFound`."""
    asked = await session.get(Mention, mention_id)
    if asked is None or asked.organisation_id != organisation_id:
        raise NotFound("bình luận này", "such comment")
    return asked


async def answer_of(session: AsyncSession, organisation_id: int, post_id: int) -> tuple[Post, Mention]:
    """Read an answer with the text that it answers. Raises `NotFound`."""
    post = await session.get(Post, post_id)
    if post is None or post.organisation_id != organisation_id or post.answers_id is None:
        raise NotFound("câu trả lời này", "such answer")
    return post, await asked_of(session, organisation_id, post.answers_id)


async def open_answer(session: AsyncSession, asked: Mention) -> tuple[Post, str] | None:
    """The answer that may still be changed, with its words; None when there is none."""
    post = await _under_way(session, asked)
    if post is None or post.state not in EDITABLE:
        return None
    return post, await _words(session, post)


async def _words(session: AsyncSession, post: Post) -> str:
    return (await session.exec(select(Variant.text).where(Variant.post_id == post.id))).one()


async def look_ahead(parts: Parts, asked: Mention, text: str) -> tuple[Outgoing, Account, list[Problem]]:
    """Return exactly what would be sent, on which account, and what keeps it from going out."""
    async with parts.db.read() as session:
        account = await session.get_one(Account, asked.account_id)
    draft = _draft(asked, text)
    words = draft.variants[asked.channel]
    variant = Variant(post_id=0, channel=asked.channel, text=words.text, options=dict(words.options))
    now = parts.now()
    post = Post(organisation_id=asked.organisation_id, title=draft.title, created_at=now, updated_at=now)
    bundle, address = Bundle(post, [variant], []), media_address(parts)
    problems = review_bundle(bundle, address).get(asked.channel, [])
    return compose(bundle, variant, account, address, words.options["targets"]), account, problems


@dataclass(frozen=True)
class Standing:
    """What became of a citizen's text: our newest answer to it, or when somebody answered on the channel itself."""

    post: Post | None = None
    on_channel_at: datetime | None = None

    @property
    def answered(self) -> bool:
        """Whether the citizen can read an answer."""
        return self.on_channel_at is not None or (self.post is not None and self.post.state == PostState.PUBLISHED)

    @property
    def under_way(self) -> bool:
        """Whether an answer is written and not out yet."""
        return self.post is not None and self.post.state not in _OVER


def written_to(organisation_id: int) -> SelectOfScalar[Mention]:
    """The query for what citizens wrote to an office and what can still be seen, newest first."""
    return (
        select(Mention)
        .where(Mention.organisation_id == organisation_id, col(Mention.own).is_(False))
        .where(col(Mention.deleted_at).is_(None))
        .order_by(col(Mention.written_at).desc(), col(Mention.id).desc())
    )


def under(post_id: int | None) -> sa.ColumnElement[bool]:
    """What must be true of a text that stands under a post."""
    return col(Mention.delivery_id).in_(select(Delivery.id).where(Delivery.post_id == post_id))


def unanswered() -> tuple[sa.ColumnElement[bool], ...]:
    """What must be true of a text that nobody answered and that no answer is on its way to."""
    reply = aliased(Mention)
    under = (col(reply.account_id) == Mention.account_id) & (col(reply.parent_id) == Mention.remote_id)
    by_hand = select(reply.id).where(under, col(reply.own).is_(True), ~sent_by_loa(reply))
    ours = select(Post.id).where(Post.answers_id == Mention.id, Post.state != PostState.RETRACTED)
    return ~sa.exists(ours), ~sa.exists(by_hand)


async def standings(session: AsyncSession, asked: Sequence[Mention]) -> dict[int, Standing]:
    """Return what became of each text."""
    ids = [id_of(m.id) for m in asked]
    if not ids:
        return {}
    query = select(Post).where(col(Post.answers_id).in_(ids), Post.state != PostState.RETRACTED)
    posts = {p.answers_id: p for p in (await session.exec(query.order_by(col(Post.id)))).all()}
    mine = [(m.account_id, m.remote_id) for m in asked]
    replies = await session.exec(
        select(Mention.account_id, Mention.parent_id, sa.func.min(Mention.written_at))
        .where(sa.tuple_(col(Mention.account_id), col(Mention.parent_id)).in_(mine))
        .where(col(Mention.own).is_(True), col(Mention.deleted_at).is_(None), ~sent_by_loa(Mention))
        .group_by(col(Mention.account_id), col(Mention.parent_id))
    )
    there = {(account, parent): at for account, parent, at in replies.all()}
    return {id_of(m.id): Standing(posts.get(m.id), there.get((m.account_id, m.remote_id))) for m in asked}
