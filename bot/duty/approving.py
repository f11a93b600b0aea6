"""What waits for a yes, shown in the duty chat: corrections, holding lines, and answers to citizens."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlmodel import col, select

from bot.duty import texts
from bot.duty.alerts import SILENT, duty_chat, queue_alert
from bot.duty.voice import voice_of
from bot.parts import Parts
from bot.publishing.approval import approvals_needed, approvals_of
from bot.publishing.content import load
from bot.publishing.rows import id_of
from bot.publishing.writing import preview_post
from models.incident import Alert
from models.mention import Mention
from models.office import Organisation
from models.post import Post, PostKind
from models.states import PostState

_SHOWN = (PostKind.CORRECTION, PostKind.HOLDING, PostKind.ANSWER)


async def show_drafts(parts: Parts) -> int:
    """Show everything of these kinds that waits for approval in its newest version; an edit anywhere shows it anew."""
    key = sa.literal("draft:") + sa.cast(Post.id, sa.String) + ":" + col(Post.content_hash)
    async with parts.db.read() as session:
        rows = await session.exec(
            select(Post.id)
            .join(Organisation, col(Organisation.id) == Post.organisation_id)
            .where(col(Post.kind).in_(_SHOWN), Post.state == PostState.PENDING)
            .where(~sa.exists(select(Alert.id).where(col(Alert.key) == key)))  # many may wait, and this turns every 5 s
            .order_by(col(Post.id))
        )
        ids = rows.all()
    return sum([await show_draft(parts, i) for i in ids if i is not None])


async def show_draft(parts: Parts, post_id: int) -> bool:
    """Put a text, exactly as it will go out, before the people who approve it, an answer with what it answers. One
    message a version; one about an answer makes no sound: the chat wakes people for crises alone."""
    async with parts.db.read() as session:
        post = await session.get_one(Post, post_id)
        organisation = await session.get_one(Organisation, post.organisation_id)
        chat, key = duty_chat(parts, organisation), f"draft:{post.id}:{post.content_hash}"
        shown_before = (await session.exec(select(Alert.id).where(Alert.key == key))).first() is not None
        if post.state != PostState.PENDING or not chat or shown_before:
            return False
        signed = len(await approvals_of(session, post))
        asked = await session.get(Mention, post.answers_id) if post.answers_id is not None else None
        machine = {v.channel for v in (await load(session, post)).variants if v.machine_translated}
    composed = await preview_post(parts, id_of(organisation.id), post_id)
    voice = voice_of(parts, organisation)
    mark = voice.say("[Bản dịch máy] ", "[Machine translation] ")
    shown = {
        channel: mark * (channel in machine) + "\n\n".join(readable(out.payload) for out in outs)
        for channel, outs in composed.items()
    }
    async with parts.db.write() as session:
        queued = await queue_alert(
            session,
            organisation_id=post.organisation_id,
            incident_id=post.incident_id,
            kind="draft",
            key=key,
            chat_id=chat,
            text=texts.draft(post, shown, signed, approvals_needed(post), voice, asked=asked.text if asked else ""),
            buttons=(((voice.say("👍 Duyệt", "👍 Approve"), "approve"),),),
            about={"post": str(post.id), "hash": post.content_hash} | ({SILENT: "1"} if asked else {}),
            at=voice.now,
        )
    parts.bell.ring("alert")
    return queued


def readable(payload: object) -> str:
    """The words in a composed payload, in order, without keys and machine values."""
    if isinstance(payload, str):
        return payload
    if isinstance(payload, dict):
        words = ("message", "caption", "text", "textOriginal", "title", "description", "content", "body", "snippet")
        found = [readable(payload[k]) for k in payload if k in words or isinstance(payload[k], dict | list)]
        return "\n".join(w for w in found if w)
    if isinstance(payload, Sequence):
        return "\n".join(w for w in (readable(p) for p in payload) if w)
    return ""
