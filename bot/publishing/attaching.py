"""The files of a post: a picture or clip is kept once under its SHA-256, and tied to the post or taken off it.

As with the words, every change is one transaction with its audit entry, and takes back the approvals that counted.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.parts import Actor, NotFound, Parts, Refused
from bot.publishing.rows import id_of, log, post_of, rehash
from bot.publishing.translations import nfc
from bot.publishing.writing import channels_out, only_writers, open_for_edit
from channels.base import SUBRIP, WEBVTT, MediaFile
from channels.media import probe
from models.post import Media, Post
from models.states import PostState

_SUFFIX = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/gif": ".gif",
    "video/mp4": ".mp4",
    "video/quicktime": ".mov",
    SUBRIP: ".srt",
    WEBVTT: ".vtt",
}


async def attach_media(
    parts: Parts,
    actor: Actor | None,
    post_id: int,
    file: Path,
    *,
    alt_text: str,
    public_url: str = "",
    channels: Sequence[str] = (),
    organisation_id: int = 0,
    role: str = "",
    language: str = "",
) -> int:
    """Copy a file into the media folder and tie it to the post: a picture, a clip, or in a `role` the clip's
    "thumbnail" or its "captions" in a `language`. Raises `channels.media.MediaError`."""
    if actor is not None:
        only_writers(actor)
    folder = parts.settings.data_dir / "media"
    probed, kept = await asyncio.to_thread(keep_file, file, folder, alt_text, public_url, role, language)
    async with parts.db.write() as session:
        post = await post_of(session, actor.organisation_id if actor else organisation_id, post_id)
        if actor is not None:
            await _media_not_out(session, post, channels)
            await open_for_edit(session, parts, actor, post)
        media = await attach_in(session, parts, actor, post, probed, kept, channels)
    parts.bell.ring("post")
    return id_of(media.id)


async def attach_in(
    session: AsyncSession,
    parts: Parts,
    actor: Actor | None,
    post: Post,
    probed: MediaFile,
    kept: Path,
    channels: Sequence[str] = (),
) -> Media:
    """Tie a file that `keep_file` kept to a post inside the caller's transaction."""
    count = len((await session.exec(select(Media.id).where(Media.post_id == post.id))).all())
    media = Media(
        post_id=id_of(post.id),
        position=count,
        kind=probed.kind,
        mime=probed.mime,
        path=str(kept),
        size=probed.size,
        sha256=probed.sha256,
        width=probed.width,
        height=probed.height,
        duration_s=probed.duration_s,
        alt_text=nfc(probed.alt_text),
        public_url=probed.public_url,
        language=probed.language,
        fps=probed.fps,
        video_codec=probed.video_codec,
        audio_codec=probed.audio_codec,
        name=nfc(probed.name),
        channels=list(channels),
    )
    session.add(media)
    await session.flush()
    await rehash(session, post)
    await log(session, parts, actor, "media_attached", post, sha256=probed.sha256)
    return media


async def detach_media(parts: Parts, actor: Actor, media_id: int) -> None:
    """Take a file off a post; the file itself stays in the media folder."""
    only_writers(actor)
    async with parts.db.write() as session:
        media = await session.get(Media, media_id)
        if media is None:
            raise NotFound("tệp này", "such file")
        post = await post_of(session, actor.organisation_id, media.post_id)
        await _media_not_out(session, post, media.channels)
        await open_for_edit(session, parts, actor, post)
        await session.delete(media)
        await session.flush()
        await rehash(session, post)
        await log(session, parts, actor, "media_detached", post, sha256=media.sha256)


def keep_file(
    file: Path, folder: Path, alt_text: str, public_url: str, role: str = "", language: str = ""
) -> tuple[MediaFile, Path]:
    """Probe a file and keep a copy under its SHA-256, whole or not at all. Blocking: films are large."""
    probed = probe(file, alt_text=alt_text, public_url=public_url, role=role, language=language)
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / f"{probed.sha256}{_SUFFIX.get(probed.mime, file.suffix.lower())}"
    if not kept.exists() or _sha256(kept) != probed.sha256:  # half a copy that a crash left is not trusted
        part = kept.with_name(f".{kept.name}.{secrets.token_hex(4)}.part")
        shutil.copyfile(file, part)
        part.replace(kept)
    return probed, kept


def _sha256(file: Path) -> str:
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


async def _media_not_out(session: AsyncSession, post: Post, channels: Sequence[str]) -> None:
    """Of a post that is partly out, a file can only change for channels that have not got it."""
    if post.state != PostState.PARTLY_FAILED:
        return
    out = await channels_out(session, post)
    if out and (not channels or out & set(channels)):
        raise Refused(
            "Bài đã lên một số kênh: chỉ đổi được tệp dành riêng cho kênh chưa đăng.",
            "The post is out on some channels: only a file for the other channels alone can change.",
        )
