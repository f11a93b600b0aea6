"""A person reads a machine translation and signs it: exactly the words that were before their eyes."""

from __future__ import annotations

from bot.parts import Actor, Parts, Refused
from bot.publishing.content import load
from bot.publishing.rows import log, not_held, post_of
from bot.publishing.translations import unsigned_of
from bot.publishing.writing import MAY_WRITE
from channels.registry import CHANNELS
from models.post import Post
from models.states import PostState

_BEFORE_APPROVAL = frozenset({PostState.DRAFT, PostState.RETURNED, PostState.IN_REVIEW, PostState.PENDING})


def may_sign(post: Post, actor: Actor) -> bool:
    """Say whether this person may sign the post's translations now."""
    return actor.has(*MAY_WRITE) and post.state in _BEFORE_APPROVAL


async def sign_translation(parts: Parts, actor: Actor, post_id: int, channel: str, content_hash: str) -> None:
    """Sign the machine translation for one channel kind. Whoever signs answers for the words and never approves them.

    Raises `Refused` where the content is not what was seen any more, or nothing is there to sign.
    """
    if not actor.has(*MAY_WRITE):
        raise Refused("Bạn không có quyền ký bản dịch.", "You may not sign translations.")
    async with parts.db.write() as session:
        post = await post_of(session, actor.organisation_id, post_id)
        not_held(post)
        if not may_sign(post, actor):
            raise Refused("Chỉ ký được bản dịch trước khi bài được duyệt.", "A translation is signed before approval.")
        bundle = await load(session, post)
        if content_hash != bundle.content_hash():
            raise Refused(
                "Nội dung đã thay đổi sau khi bạn xem; hãy xem lại rồi ký.",
                "The content changed after you saw it; look again, then sign.",
            )
        variant = next((v for v in unsigned_of(bundle.variants) if v.channel == channel), None)
        if variant is None:
            label = CHANNELS[channel].label if channel in CHANNELS else channel
            raise Refused(
                f"Bản cho {label} không phải bản dịch máy chờ ký.",
                f"The {label} variant is no machine translation that waits for a signature.",
            )
        variant.signed_by, variant.signed_at = actor.user_id, parts.now()
        post.updated_at = parts.now()
        if actor.user_id not in post.contributors:
            post.contributors = [*post.contributors, actor.user_id]
        await log(session, parts, actor, "translation_signed", post, channel=channel, content_hash=content_hash)
    parts.bell.ring("post")
