"""New words for what is out: an edit is a post of its own, written, checked, approved by somebody else and delivered
like any other. Where the platform lets an item be changed it gets the new words; nowhere is a new item made."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from bot.parts import Actor, Parts, Refused
from bot.publishing.rows import deliveries_of, id_of, log, post_of, rehash
from bot.publishing.writing import PostDraft, VariantDraft, create_in, only_writers
from channels.registry import CHANNELS
from models.delivery import Delivery
from models.post import Post, PostKind, Timing, Variant
from models.states import DeliveryState, PostState

_OVER = (PostState.PUBLISHED, PostState.RETRACTED, PostState.CORRECTED)


def editable_on(post: Post, rows: Sequence[Delivery]) -> set[str]:
    """Return the channels where the post's items can get new words; empty for what is put right in another way: what
    was false gets a correction, which says so. Pure."""
    if post.kind != PostKind.ROUTINE or post.state not in (PostState.PUBLISHED, PostState.PARTLY_FAILED):
        return set()
    return {
        d.channel
        for d in rows
        if d.state == DeliveryState.SENT and not d.target_id and d.remote_id and CHANNELS[d.channel].edits(d.form)
    }


def edits_of(post_id: int) -> SelectOfScalar[Post]:
    """The query for a post's edits that went out or may still, newest first."""
    query = select(Post).where(Post.edits_id == post_id, Post.state != PostState.RETRACTED)
    return query.order_by(col(Post.id).desc())


async def start_edit(parts: Parts, actor: Actor, post_id: int) -> int:
    """Make the draft of an edit, with the words as they are out, and return its id; one that is on its way already is
    returned instead."""
    only_writers(actor)
    async with parts.db.write() as session:
        post = await post_of(session, actor.organisation_id, post_id)
        channels = editable_on(post, await deliveries_of(session, post))
        if not channels:
            raise Refused(
                "Bài này không còn chỗ nào sửa được trên kênh; nội dung sai thì đăng đính chính.",
                "There is nothing of this post that can be changed on a channel; what was false needs a correction.",
            )
        query = select(Post).where(Post.edits_id == post.id, col(Post.state).not_in(_OVER))
        under_way = (await session.exec(query)).first()
        if under_way is not None:
            return id_of(under_way.id)
        draft = PostDraft(
            title=post.title,
            field=post.field,
            locality=post.locality,
            due_at=None,
            variants={
                v.channel: VariantDraft(
                    v.text, v.title, v.link, v.language, v.machine_translated and v.signed_at is None, _kept(v)
                )
                for v in await _out(session, post, channels)
            },
            kind=PostKind.EDIT,
            source_document=post.source_document,
            harm=post.harm,
            timing=Timing.NOW,
        )
        edit = await create_in(session, parts, actor, draft)
        edit.edits_id = post.id
        await rehash(session, edit)
        await log(session, parts, actor, "post_edit_begun", post, edit=edit.id)
    parts.bell.ring("post")
    return id_of(edit.id)


def _kept(variant: Variant) -> dict[str, str]:
    """The channel's own words that an edit says too: it is sent to nobody anew, and has no first comment."""
    return {n: word for n, word in variant.options.items() if n in CHANNELS[variant.channel].edit_options}


async def _out(session: AsyncSession, post: Post, channels: set[str]) -> Sequence[Variant]:
    """The words as they are out on these channels: those of the last edit that got there, else the post's own."""
    query = (
        select(Variant)
        .join(Delivery, col(Delivery.variant_id) == Variant.id)
        .join(Post, col(Post.id) == Variant.post_id)
        .where(or_(Post.id == post.id, Post.edits_id == post.id), Delivery.state == DeliveryState.SENT)
        .where(col(Variant.channel).in_(channels))
        .order_by(col(Post.id))
    )
    return list({variant.channel: variant for variant in (await session.exec(query)).all()}.values())
