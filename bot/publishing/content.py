"""From rows to what a channel is given: contents, composed payloads, and the hash an approval is tied to."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.parts import Parts
from bot.publishing.formats import review_format
from channels.base import EDIT, AccountRef, Content, MediaFile, Outgoing, Problem
from channels.registry import CHANNELS
from channels.review.files import WITH_CLIP, without_clip
from models.delivery import Delivery
from models.office import Account
from models.post import Media, Post, PostKind, Variant
from models.states import DeliveryState

MEDIA_URL_DAYS = 14
"""How long after its due time a public media address keeps working: platforms fetch late and refetch."""
NO_TIME_DAYS = 90
"""How long after it was written a post without a time of its own may still wait for approval or a slot."""


@dataclass(frozen=True)
class Bundle:
    """A post with everything that goes out with it."""

    post: Post
    variants: Sequence[Variant]
    media: Sequence[Media]
    edited: Mapping[int, str] = field(default_factory=dict)
    """Of an edit: the item that gets the new words, by account."""

    def variant(self, channel: str) -> Variant | None:
        """Return the variant for one kind of channel."""
        return next((v for v in self.variants if v.channel == channel), None)

    def content(self, variant: Variant, address: MediaAddress) -> Content:
        """Return what the channel's `compose` and `review` are given."""
        return Content(
            text=variant.text,
            title=variant.title or self.post.title,
            link=variant.link,
            media=files_for(variant.channel, self.post, self.media, address),
            language=variant.language,
            options={**variant.options, "form": EDIT} if self.post.kind == PostKind.EDIT else variant.options,
        )

    def targets(self, variant: Variant, account: Account) -> list[str]:
        """Return the items that get an edit's words, or that a correction or answer is written under; one empty target
        for an ordinary post."""
        if self.post.kind == PostKind.EDIT:
            item = self.edited.get(account.id or 0)
            return [item] if item else []
        return [t for t in variant.options.get("targets", "").split(",") if t] or [""]

    def content_hash(self) -> str:
        """SHA-256 over everything an approver says yes to: texts, media, channels and time.

        That a text is a machine translation counts. The declared format does not: nothing of it is sent, and it is held
        against the files again before every yes.
        """
        words = {
            "title": self.post.title,
            "kind": self.post.kind,
            "time": self._time(),
            "variants": [
                [v.channel, v.language, v.title, v.text, v.link, v.options, *(["machine"] * v.machine_translated)]
                for v in sorted(self.variants, key=lambda v: v.channel)
            ],
            "media": [_words(m) for m in self.media],
        }
        return hashlib.sha256(json.dumps(words, ensure_ascii=False, sort_keys=True).encode()).hexdigest()

    def _time(self) -> list[str | None]:
        """What is said yes to of the time: the window where there is one, else the very minute or the slot. In UTC, as
        it comes from the store, whatever zone it was typed in."""
        post = self.post
        times = (post.window_from, post.window_to) if post.window_from else (post.due_at,)
        return [post.timing, *(t.astimezone(UTC).isoformat() if t else None for t in (*times, post.embargo_until))]


def _wanted_until(post: Post) -> datetime:
    """The last time at which the post may go out; moving it inside its window changes no address."""
    return post.window_to or post.due_at or post.created_at + timedelta(days=NO_TIME_DAYS)


def files_for(channel: str, post: Post, media: Sequence[Media], address: MediaAddress) -> tuple[MediaFile, ...]:
    """Return those of the post's files that go to a channel, in their order."""
    until = _wanted_until(post)
    return tuple(_file(m, channel, address, until) for m in going_to(channel, media))


def going_to(channel: str, media: Sequence[Media]) -> list[Media]:
    """Return the files that go to a channel: those it was named for, and of the others the kinds it takes. Captions and
    a thumbnail go where the clip goes."""
    limits = CHANNELS[channel].limits
    going = [m for m in media if (channel in m.channels if m.channels else limits.media(m.kind) is not None)]
    has_clip = any(m.kind == "clip" for m in going)
    return [m for m in going if has_clip or m.channels or m.kind not in WITH_CLIP]


def _words(media: Media) -> list[object]:
    """What is said yes to of a file."""
    more = [media.kind, media.language] if media.kind in WITH_CLIP else []
    fitted = [[channel, made["sha256"]] for channel, made in sorted(media.renditions.items())]
    return [media.sha256, media.alt_text, media.public_url, sorted(media.channels), *more, *fitted]


def _file(media: Media, channel: str, address: MediaAddress, until: datetime) -> MediaFile:
    """The file as it goes to a channel: the rendition made for it, but where the platform fetches what the office
    itself put on the web."""
    whole = _whole(media, address.of(media.sha256, media.path, until, media.public_url))
    limit = CHANNELS[channel].limits.media(media.kind)
    made = media.renditions.get(channel)
    if made is None or (media.public_url and limit is not None and limit.by_public_url):
        return whole
    return replace(
        whole,
        path=Path(made["path"]),
        mime=made["mime"],
        size=made["size"],
        sha256=made["sha256"],
        width=made["width"],
        height=made["height"],
        public_url=address.of(made["sha256"], made["path"], until),
    )


def _whole(media: Media, public_url: str) -> MediaFile:
    return MediaFile(
        path=Path(media.path),
        kind=media.kind,
        mime=media.mime,
        size=media.size,
        sha256=media.sha256,
        width=media.width,
        height=media.height,
        duration_s=media.duration_s,
        alt_text=media.alt_text,
        public_url=public_url,
        language=media.language,
        fps=media.fps,
        video_codec=media.video_codec,
        audio_codec=media.audio_codec,
        name=media.name,
    )


class MediaAddress:
    """Signed, expiring addresses under LOA_PUBLIC_URL where platforms fetch pictures and clips.

    The address depends only on the file and the post's time, so what was approved is what is sent.
    """

    def __init__(self, public_url: str, key: bytes) -> None:
        self._base, self._key = public_url.rstrip("/"), key

    def of(self, sha256: str, path: str, base_time: datetime, own: str = "") -> str:
        """Return the address of a file: the operator's own where given, else ours, else empty."""
        if own or not self._base:
            return own
        name = f"{sha256}{Path(path).suffix}"
        expires = int((base_time + timedelta(days=MEDIA_URL_DAYS)).timestamp())
        return f"{self._base}/media/{expires}/{self._sign(name, expires)}/{name}"

    def allows(self, name: str, expires: int, signature: str, now: datetime) -> bool:
        """Say whether a fetch is for a file we signed and is not too late."""
        return hmac.compare_digest(signature, self._sign(name, expires)) and now.timestamp() < expires

    def _sign(self, name: str, expires: int) -> str:
        return hmac.new(self._key, f"{name}:{expires}".encode(), hashlib.sha256).hexdigest()[:32]


def media_address(parts: Parts) -> MediaAddress:
    """Return the signer for this office."""
    return MediaAddress(parts.settings.public_url, parts.vault.signing_key)


async def load(session: AsyncSession, post: Post) -> Bundle:
    """Return the post's bundle; an edit's with the files and the items of the post that it edits."""
    variants = (await session.exec(select(Variant).where(Variant.post_id == post.id))).all()
    if post.edits_id is None:
        return Bundle(post, variants, await media_of(session, post))
    edited = await session.get_one(Post, post.edits_id)
    items = select(Delivery).where(
        Delivery.post_id == edited.id, Delivery.state == DeliveryState.SENT, Delivery.target_id == ""
    )
    found = {d.account_id: d.remote_id for d in (await session.exec(items)).all() if d.remote_id}
    return Bundle(post, variants, await media_of(session, edited), found)


async def media_of(session: AsyncSession, post: Post) -> Sequence[Media]:
    """Return the post's files in their order."""
    query = select(Media).where(Media.post_id == post.id).order_by(col(Media.position), col(Media.id))
    return (await session.exec(query)).all()


WHOLE_POST = ""
"""Where the problems of a post as a whole stand among those of its channels."""


def review_bundle(bundle: Bundle, address: MediaAddress) -> dict[str, list[Problem]]:
    """Return the problems by channel, first those of the post as a whole; channels without any are left out."""
    taken = {id(m) for v in bundle.variants for m in going_to(v.channel, bundle.media)}
    problems = review_format(bundle.post.format, [m for m in bundle.media if id(m) in taken])
    if not any(m.kind == "clip" for m in bundle.media):
        problems += [without_clip(kind) for kind in sorted({m.kind for m in bundle.media} & set(WITH_CLIP))]
    found = {WHOLE_POST: problems} if problems else {}
    for variant in bundle.variants:
        problems = CHANNELS[variant.channel].review(bundle.content(variant, address))
        if problems:
            found[variant.channel] = problems
    return found


def compose(bundle: Bundle, variant: Variant, account: Account, address: MediaAddress, target: str = "") -> Outgoing:
    """Return exactly what will be sent to one account (and one target item, for corrections by comment)."""
    content = bundle.content(variant, address)
    if target:
        options = {**content.options, "target": target}
        content = replace(content, options=options, media=content.media if options.get("form") == EDIT else ())
    return CHANNELS[variant.channel].compose(content, account_ref(account))


def account_ref(account: Account) -> AccountRef:
    """Return an account as `compose` knows it: without its secrets."""
    return AccountRef(kind=account.kind, remote_id=account.remote_id, name=account.name, settings=account.settings)
