"""One form, one post: a double press, or a form sent again after a lost answer, changes nothing."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta

from sqlalchemy.exc import IntegrityError
from sqlmodel import col, delete

from bot.console.form import Form
from bot.console.viewer import Viewer
from bot.parts import Actor, Parts
from bot.publishing import writing
from models.office import FormTaken

KEPT = timedelta(days=2)
_APART = ("csrf", "do", "version")
"""Fields that say how the form was sent, not what was written in it."""


def key_of(viewer: Viewer, once: str, sent: Form) -> str:
    """Return what names this very form as this person filled it in; empty without a token.

    The words count too: whoever goes back in the browser, writes another post and sends it loses nothing.
    """
    if not once:
        return ""
    values = {name: texts for name, texts in sent.values.items() if name not in _APART}
    files = {name: [path.name, path.stat().st_size] for name, path in sent.files.items()}
    words = json.dumps([viewer.actor.user_id, values, files], sort_keys=True)
    return hashlib.sha256(words.encode()).hexdigest()


async def create_once(parts: Parts, actor: Actor, draft: writing.PostDraft, key: str) -> tuple[int, bool]:
    """Store the draft in one transaction with the word that its form was taken; return the post's id and whether it is
    new."""
    if not key:
        return await writing.create_post(parts, actor, draft), True
    try:
        post_id, new = await _create(parts, actor, draft, key)
    except IntegrityError:  # the other press was quicker
        post_id, new = await _create(parts, actor, draft, key)
    if new:
        parts.bell.ring("post")
    return post_id, new


async def _create(parts: Parts, actor: Actor, draft: writing.PostDraft, key: str) -> tuple[int, bool]:
    now = parts.now()
    async with parts.db.write() as session:
        taken = await session.get(FormTaken, key)
        if taken is not None:
            return taken.post_id, False
        post = await writing.create_in(session, parts, actor, draft)
        assert post.id is not None, "a stored row has an id"
        await session.exec(delete(FormTaken).where(col(FormTaken.at) < now - KEPT))
        session.add(FormTaken(key=key, post_id=post.id, at=now))
        return post.id, True
