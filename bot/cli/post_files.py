"""Files of a post, and a channel's own words: `loa post attach`, `--option`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.base import As, Stop, as_person, say

if TYPE_CHECKING:
    from bot.parts import Actor, Parts

ROLES = ("thumbnail", "captions")


def attach(
    login: As,
    post_id: int,
    file: Annotated[Path, typer.Argument(help="Hình, clip hoặc phụ đề (.srt, .vtt) / picture, clip or captions")],
    alt: Annotated[str, typer.Option(help="Mô tả hình cho người khiếm thị / what it shows")] = "",
    role: Annotated[
        str, typer.Option(help="Đi cùng clip: thumbnail, captions / what it is to the clip; bỏ trống: hình hay clip")
    ] = "",
    language: Annotated[str, typer.Option(help="Ngôn ngữ của phụ đề, ví dụ en / language of the captions")] = "vi",
    channel: Annotated[
        list[str] | None, typer.Option("--channel", help="Chỉ cho kênh này / for this channel alone")
    ] = None,
    file_url: Annotated[str, typer.Option(help="Địa chỉ https công khai của tệp / its public address")] = "",
) -> None:
    """Thêm tệp vào bài / add a file to a post; a picture is fitted to each channel, captions are read first."""
    from bot.publishing.attaching import attach_media
    from channels.registry import CHANNELS
    from models.names import LANGUAGES

    if role and role not in ROLES:
        raise Stop(f"--role {role}: use one of {', '.join(ROLES)}")
    if language not in LANGUAGES:
        raise Stop(f"--language {language}: use one of {', '.join(LANGUAGES)}")
    if odd := [c for c in channel or () if c not in CHANNELS]:
        raise Stop(f"--channel {odd[0]}: use one of {', '.join(CHANNELS)}")

    async def work(parts: Parts, actor: Actor) -> list[str]:
        media_id = await attach_media(
            parts, actor, post_id, file, alt_text=alt, public_url=file_url, channels=channel or (), role=role,
            language=language,
        )  # fmt: skip
        return await _became(parts, media_id)

    for line in as_person(login, work):
        say(line)


async def _became(parts: Parts, media_id: int) -> list[str]:
    """What was kept, and what it became for each channel that takes less."""
    from channels.registry import CHANNELS
    from models.post import Media

    async with parts.db.read() as session:
        media = await session.get_one(Media, media_id)
    seconds = f", {media.duration_s:.1f} s" if media.duration_s else ""
    edges = f", {media.width}x{media.height}" if media.width else ""
    lines = [f"Bài {media.post_id}: {media.name} [{media.kind}] {media.mime}{edges}{seconds}, {media.size} byte."]
    for kind, made in media.renditions.items():
        lines.append(
            f"  {CHANNELS[kind].label}: {made['mime']}, {made['width']}x{made['height']}, {made['size']} byte."
        )
    return lines


def options_of(given: Sequence[str], channels: Sequence[str]) -> dict[str, dict[str, str]]:
    """What `--option channel.name=value` says of each channel's own words."""
    from channels.registry import CHANNELS

    found: dict[str, dict[str, str]] = {}
    for item in given:
        place, equals, value = item.partition("=")
        channel, dot, name = place.strip().partition(".")
        if not equals or not dot:
            raise Stop(f"--option {item!r}: write it as youtube.privacy=unlisted")
        if channel not in channels:
            raise Stop(f"--option {place}: there is no --text for {channel}")
        names = [option.name for option in CHANNELS[channel].options]
        if name not in names:
            known = f"use one of {', '.join(names)}" if names else f"{channel} has no options"
            raise Stop(f"--option {place}: {known}")
        if name in found.setdefault(channel, {}):
            raise Stop(f"--option: {place} is there twice")
        found[channel][name] = value
    return found
