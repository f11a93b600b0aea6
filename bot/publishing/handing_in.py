"""Writing a post and handing it in at one stroke: whatever is refused, no half of a post stays behind."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.parts import Actor, Parts, Refused
from bot.publishing.approval import submit_in
from bot.publishing.attaching import attach_in, keep_file
from bot.publishing.rows import id_of
from bot.publishing.writing import PostDraft, create_in, only_writers


@dataclass(frozen=True)
class FileDraft:
    """A picture or clip that goes with a post."""

    path: Path
    alt_text: str = ""
    public_url: str = ""


async def hand_in(parts: Parts, actor: Actor, draft: PostDraft, file: FileDraft | None = None) -> int:
    """Store a post with its file, handed in, in one transaction; return its id.

    Raises `Refused` for a time that has passed and what else the rules forbid, `Invalid` for what a channel would not
    take, `channels.media.MediaError` for a file that cannot be used.
    """
    only_writers(actor)
    not_past(draft.due_at, parts.now())
    found = None
    if file is not None:
        media = parts.settings.data_dir / "media"
        found = await asyncio.to_thread(keep_file, file.path, media, file.alt_text, file.public_url)
    async with parts.db.write() as session:
        post = await create_in(session, parts, actor, draft)
        if found is not None:
            await attach_in(session, parts, actor, post, found)
        await submit_in(session, parts, actor, post)
    parts.bell.ring("post")
    return id_of(post.id)


def not_past(due_at: datetime | None, now: datetime) -> None:
    """Refuse a time that has passed: the post would be late before anybody saw it."""
    if due_at is not None and due_at < now:
        raise Refused(
            "Giờ đăng đã qua; hãy chọn giờ sau bây giờ, hoặc bỏ trống để đăng ngay khi duyệt xong.",
            "That time has passed; choose a later one, or none to publish on approval.",
            at="due",
        )
