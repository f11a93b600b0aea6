"""The files of a post: a picture or clip is kept once under its SHA-256, and tied to the post or taken off it.

As with the words, every change is one transaction with its audit entry, and takes back the approvals that counted.
"""

from __future__ import annotations

import asyncio
import secrets
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.parts import Actor, NotFound, Parts, Refused
from bot.publishing.rows import id_of, log, post_of, rehash
from bot.publishing.translations import nfc
from bot.publishing.writing import channels_out, only_writers, open_for_edit
from channels.base import SUBRIP, WEBVTT, MediaFile
from channels.media import cleaned, fitted, probe
from channels.media.probing import hash_of
from channels.registry import CHANNELS
from models.post import Media, Post, PostKind
from models.states import PostState

PICTURES = ("picture", "thumbnail")
"""The kinds of files that are fitted."""
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
    kept = await asyncio.to_thread(keep_file, file, folder, alt_text, public_url, role, language)
    async with parts.db.write() as session:
        post = await post_of(session, actor.organisation_id if actor else organisation_id, post_id)
        if actor is not None:
            await _media_not_out(session, post, channels)
            await open_for_edit(session, parts, actor, post)
        media = await attach_in(session, parts, actor, post, kept, channels)
    parts.bell.ring("post")
    return id_of(media.id)


async def attach_in(
    session: AsyncSession,
    parts: Parts,
    actor: Actor | None,
    post: Post,
    kept: Kept,
    channels: Sequence[str] = (),
) -> Media:
    """Tie a file that `keep_file` kept to a post inside the caller's transaction."""
    if post.kind == PostKind.EDIT:
        raise Refused(
            "Bài đã đăng chỉ sửa được lời, không đổi được tệp.", "Of what is out only the words change, not the files."
        )
    file = kept.file
    count = len((await session.exec(select(Media.id).where(Media.post_id == post.id))).all())
    media = Media(
        post_id=id_of(post.id),
        position=count,
        kind=file.kind,
        mime=file.mime,
        path=str(file.path),
        size=file.size,
        sha256=file.sha256,
        width=file.width,
        height=file.height,
        duration_s=file.duration_s,
        alt_text=nfc(file.alt_text),
        public_url=file.public_url,
        language=file.language,
        fps=file.fps,
        video_codec=file.video_codec,
        audio_codec=file.audio_codec,
        name=nfc(file.name),
        channels=list(channels),
        renditions={channel: _row(made) for channel, made in kept.renditions.items()},
    )
    session.add(media)
    await session.flush()
    await rehash(session, post)
    await log(session, parts, actor, "media_attached", post, sha256=file.sha256)
    return media


def _row(made: MediaFile) -> dict[str, Any]:
    """What is stored of a rendition."""
    return {
        "path": str(made.path),
        "mime": made.mime,
        "size": made.size,
        "sha256": made.sha256,
        "width": made.width,
        "height": made.height,
    }


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


@dataclass(frozen=True)
class Kept:
    """A file in the media folder, and what it became for the channels that do not take it as it is."""

    file: MediaFile
    renditions: Mapping[str, MediaFile] = field(default_factory=dict)


def keep_file(file: Path, folder: Path, alt_text: str, public_url: str, role: str = "", language: str = "") -> Kept:
    """Probe a file and keep it under its SHA-256, whole or not at all: a clip and captions as they are, a picture clean
    and fitted to the channels. Blocking: films are large."""
    found = probe(file, alt_text=alt_text, public_url=public_url, role=role, language=language)
    folder.mkdir(parents=True, exist_ok=True)
    if found.kind not in PICTURES:
        return Kept(_keep(found, folder))
    with TemporaryDirectory(prefix=".", dir=folder) as bench:
        clean = probe(cleaned(found, Path(bench)), alt_text=alt_text, public_url=public_url, role=role)
        clean = replace(clean, name=found.name)
        renditions = {}
        for kind, channel in CHANNELS.items():
            limit = channel.limits.media(clean.kind)
            made = fitted(clean, limit, Path(bench)) if limit else None
            if made is not None:
                renditions[kind] = _keep(made, folder)
        return Kept(_keep(clean, folder), renditions)


def _keep(file: MediaFile, folder: Path) -> MediaFile:
    """Copy a file into the media folder under its SHA-256."""
    kept = folder / f"{file.sha256}{_SUFFIX.get(file.mime, file.path.suffix.lower())}"
    if not kept.exists() or hash_of(kept) != file.sha256:  # half a copy that a crash left is not trusted
        part = kept.with_name(f".{kept.name}.{secrets.token_hex(4)}.part")
        shutil.copyfile(file.path, part)
        part.replace(kept)
    return replace(file, path=kept)


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
