"""The kinds of posts that go out, how one is brought into the queue, and how it is found again on its platform."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from aiohttp import web

from bot.parts import Actor, Parts
from bot.publishing.approval import approve_post, forward_post, submit_post
from bot.publishing.attaching import attach_media
from bot.publishing.writing import PostDraft, VariantDraft, create_post
from channels.base import COMMENT
from channels.facebook.composing import FIRST_COMMENT
from channels.sandbox.pictures import clip, picture
from channels.sandbox.world import VIBER_BOT, Sandbox
from models.post import Post

LATE_AFTER_MIN: Final = 7 * 24 * 60
"""What many crashes in a row delay is not the question where these are used."""
_FILES: Final = {
    "picture": ("cover.jpg",), "pictures": ("cover.jpg", "second.jpg", "third.jpg"), "clip": ("clip.mp4",),
    "long clip": ("long.mp4",), "upright clip": ("upright.mp4",),
}  # fmt: skip
LONG: Final = 17 * 1024 * 1024
"""Bytes of a long clip: three chunks for YouTube."""
SUBSCRIBERS: Final = 301
"""One more than a Viber bot's message reaches at once."""


@dataclass(frozen=True)
class Form:
    """One kind of post: where it goes, what it carries, and the channel's own words."""

    name: str
    channel: str
    media: str = ""
    options: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def mark(self) -> str:
        """What its text can be told by, wherever it stands."""
        return f"«{self.name}»"


FORMS: Final = (
    Form("feed", "facebook"),
    Form("photo", "facebook", "picture"),
    Form("photos", "facebook", "pictures"),
    Form("video", "facebook", "clip"),
    Form("reel", "facebook", "upright clip"),
    Form("commented", "facebook", options={FIRST_COMMENT: "Nguồn «commented»."}),
    Form("article", "zalo", "picture"),
    Form("illustrated article", "zalo", "pictures"),
    Form("video article", "zalo", "clip"),
    Form("text", "viber"),
    Form("picture", "viber", "picture"),
    Form("album", "viber", "pictures"),
    Form("film", "youtube", "clip"),
    Form("long film", "youtube", "long clip"),
)
FOLLOWED: Final = (
    Form("to followers", "zalo", "picture", {"broadcast": "true"}),
    Form("commented film", "youtube", "clip", {"first_comment": "Nguồn của «commented film»"}),
)
"""What goes out by itself once these are out is a delivery too."""
BATCHED: Final = (Form("to subscribers", "viber_bot"),)
"""What reaches its people a batch at a time, each a delivery."""


def padded(film: bytes, size: int) -> bytes:
    """The same clip with so many bytes: an MP4 may end with a box of nothing."""
    left = size - len(film)
    return film + left.to_bytes(4, "big") + b"free" + bytes(left - 8)


async def queue(parts: Parts, people: Mapping[str, Actor], form: Form, folder: Path) -> int:
    """Write a post of this form, hand it in and approve it, due at once; the files lie in `folder`."""
    draft = PostDraft(
        title=form.mark,
        field="KHAC",
        locality="",
        due_at=None,
        late_after_min=LATE_AFTER_MIN,
        variants={form.channel: VariantDraft(f"Thông báo {form.mark}.", form.mark, options=form.options)},
    )
    post_id = await create_post(parts, people["soan"], draft)
    for name in _FILES[form.media] if form.media else ():
        await attach_media(parts, people["soan"], post_id, folder / name, alt_text="Hình")
    await submit_post(parts, people["soan"], post_id)
    await forward_post(parts, people["bientap"], post_id)
    async with parts.db.read() as session:
        post = await session.get_one(Post, post_id)
    await approve_post(parts, people["duyet"], post_id, post.content_hash)
    return post_id


def shown(sandbox: Sandbox, channel: str, mark: str, form: str = "") -> int:
    """How often something stands on a platform where citizens see it; a comment, under what stands there; of a bot's
    message, how often it stands in one chat at most."""
    if channel == "viber_bot":
        return max(got(sandbox, mark).values(), default=0)
    live = [item for item in sandbox.platforms[channel].published() if item.live]
    if form == COMMENT:
        return sum(mark in remark.text for item in live for remark in item.remarks if not remark.removed)
    return sum(
        mark in f"{item.title} {item.text} {json.dumps(item.payload, default=str, ensure_ascii=False)}" for item in live
    )


def subscribe(sandbox: Sandbox) -> list[str]:
    """Let so many people follow the Viber bot; return their ids, which are the same in every run."""
    viber = sandbox.viber
    viber.accounts[VIBER_BOT].extra |= {"webhook": "https://ubnd.example/hooks", "event_types": []}
    users = [viber.add_user(VIBER_BOT, f"Người {number}") for number in range(SUBSCRIBERS)]
    for user in users:
        user.subscribed = user.met = True
    return [user.user_id for user in users]


def got(sandbox: Sandbox, mark: str) -> Counter[str]:
    """How often each of the bot's people was written to."""
    return Counter(m.user_id for m in sandbox.viber.messages if mark in str(m.payload))


def sent_on(sandbox: Sandbox, article: str) -> int:
    """How often an article was sent to its followers."""
    return sum(article in one.articles for one in sandbox.zalo.broadcasts.values())


def said(sandbox: Sandbox, channel: str, mark: str) -> int:
    """How often we ourselves said something under the items of a platform."""
    under = (r for item in sandbox.platforms[channel].published() for r in item.remarks)
    return sum(r.own and not r.removed and mark in r.text for r in under)


@asynccontextmanager
async def files(folder: Path) -> AsyncIterator[str]:
    """Make the files in `folder`, serve what is kept of them as the console does, and give the public address."""
    for number, name in enumerate(_FILES["pictures"], 1):
        (folder / name).write_bytes(picture("Bìa", number, (400, 210)))
    short = clip("Phim", 1, seconds=1)
    (folder / "clip.mp4").write_bytes(short)
    (folder / "long.mp4").write_bytes(padded(short, LONG))
    (folder / "upright.mp4").write_bytes(clip("Phim", 1, seconds=3, size=(540, 960), rate=24))

    async def media(request: web.Request) -> web.FileResponse:
        return web.FileResponse(folder / "var" / "media" / Path(request.match_info["name"]).name)

    app = web.Application()
    app.add_routes([web.get("/media/{until}/{signature}/{name}", media)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
