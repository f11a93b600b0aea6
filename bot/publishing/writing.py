"""Writing a post: draft, variants, and what is shown before anybody says yes. Its files are in `attaching`.

Every change is one transaction with its audit entry. Whoever changed the content is remembered on the post and never
approves it.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.parts import Actor, NotFound, Parts, Refused
from bot.publishing.content import Bundle, compose, load, media_address
from bot.publishing.following import follow_ups
from bot.publishing.rows import accounts_for, deliveries_of, id_of, log, move, post_of, rehash
from bot.publishing.translations import nfc, review_for_approval, take_signature, words_of
from channels.base import Outgoing, Problem
from channels.registry import CHANNELS
from models.delivery import Attempt, Delivery, HeldBy
from models.office import Role
from models.post import Approval, Post, PostFormat, PostKind, Timing, VafcField, Variant
from models.states import DELIVERY, DeliveryState, PostState

MAY_WRITE = (Role.AUTHOR, Role.EDITOR, Role.DUTY, Role.BACKUP, Role.SPOKESPERSON)
EDITABLE = frozenset(
    {
        PostState.DRAFT,
        PostState.IN_REVIEW,
        PostState.PENDING,
        PostState.APPROVED,
        PostState.SCHEDULED,
        PostState.RETURNED,
        PostState.PARTLY_FAILED,
    }
)
_OUT = (
    DeliveryState.SENDING,
    DeliveryState.CHECKING,
    DeliveryState.SENT,
    DeliveryState.UNKNOWN,
    DeliveryState.RETRACTED,
)
"""States of a delivery after which its channel's text and files can no longer be changed: it is out, or may be."""


@dataclass(frozen=True)
class VariantDraft:
    """The text for one channel, as the author wrote it, or as a machine translated it."""

    text: str
    title: str = ""
    link: str = ""
    language: str = "vi"
    machine_translated: bool = False
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class PostDraft:
    """A post as the author wrote it; `variants` by channel kind.

    `due_at` None with `Timing.AT` or `NOW`: as soon as approved. A window lets the time move inside it without a new
    approval. Nothing goes out before `embargo_until`. `format`: a `PostFormat`, or empty where nothing is promised.
    """

    title: str
    field: str
    locality: str
    due_at: datetime | None
    variants: Mapping[str, VariantDraft]
    kind: str = PostKind.ROUTINE
    format: str = ""
    source_document: str = ""
    harm: int = 0
    incident_id: int | None = None
    answers_id: int | None = None
    timing: str = Timing.AT
    window_from: datetime | None = None
    window_to: datetime | None = None
    embargo_until: datetime | None = None
    late_after_min: int | None = None


class Invalid(Refused):
    """The content does not fit its channels; `problems` by channel kind."""

    def __init__(self, problems: Mapping[str, Sequence[Problem]]) -> None:
        self.problems = problems
        first = next(iter(problems.values()))[0]
        count = sum(len(p) for p in problems.values())
        more = f" (+{count - 1})" if count > 1 else ""
        super().__init__(first.told.vi + more, first.told.en + more)


class Outdated(Refused):
    """Somebody else changed the post meanwhile."""

    def __init__(self) -> None:
        super().__init__(
            "Người khác vừa sửa bài này; hãy mở lại bài rồi sửa tiếp.",
            "Somebody else has just changed this post; open it again, then go on.",
        )


# -- drafts -----------------------------------------------------------------------------------------------------


async def create_post(parts: Parts, actor: Actor | None, draft: PostDraft, *, organisation_id: int = 0) -> int:
    """Store a draft and return its id. `actor` None: Loa drafted it from a template (a correction)."""
    async with parts.db.write() as session:
        post = await create_in(session, parts, actor, draft, organisation_id=organisation_id)
    parts.bell.ring("post")
    return id_of(post.id)


async def create_in(
    session: AsyncSession, parts: Parts, actor: Actor | None, draft: PostDraft, *, organisation_id: int = 0
) -> Post:
    """Store a draft inside the caller's transaction."""
    if actor is not None:
        only_writers(actor)
    now = parts.now()
    post = Post(
        organisation_id=actor.organisation_id if actor else organisation_id,
        title=nfc(draft.title.strip()),
        author_id=actor.user_id if actor else None,
        late_after_min=draft.late_after_min or parts.settings.late_after_min,
        created_at=now,
        updated_at=now,
    )
    session.add(post)
    await session.flush()
    _contributed(post, actor)
    await _write_draft(session, parts, actor, post, draft)
    await log(session, parts, actor, "post_created", post)
    return post


async def revise_post(
    parts: Parts, actor: Actor, post_id: int, draft: PostDraft, *, version: int | None = None
) -> None:
    """Change a post before it goes out. After an approval the edit voids it and the post waits for a new one.

    `version`: what the editor had before their eyes; raises `Outdated` when it is no longer the newest. Of a post that
    is partly out, only the channels that have not got it can be changed.
    """
    only_writers(actor)
    async with parts.db.write() as session:
        post = await post_of(session, actor.organisation_id, post_id)
        if version is not None and version != post.version:
            raise Outdated
        if post.answers_id != draft.answers_id:
            raise Refused(
                "Câu trả lời chỉ sửa được ở trang trả lời, và luôn ở dưới đúng bình luận ấy.",
                "An answer is changed on its own page alone, and stays under its comment.",
            )
        await _only_what_is_not_out(session, post, draft)
        await open_for_edit(session, parts, actor, post)
        for old in (await session.exec(select(Variant).where(Variant.post_id == post.id))).all():
            if old.channel not in draft.variants:
                await _drop_variant(session, old)
        await _write_draft(session, parts, actor, post, draft)
        await log(session, parts, actor, "post_revised", post, version=post.version)
    parts.bell.ring("post")


async def open_for_edit(session: AsyncSession, parts: Parts, actor: Actor, post: Post) -> None:
    """Make sure a post may be changed, remember who changes it; after an approval it falls back to waiting for one."""
    state = PostState(post.state)
    if state not in EDITABLE:
        raise Refused(
            "Bài đã đi hoặc đang tạm giữ nên không sửa được; hãy thả bài hoặc đăng đính chính.",
            "The post is out or on hold and cannot be edited; release it or publish a correction.",
        )
    if state is PostState.RETURNED:
        move(post, PostState.DRAFT)
    if state in (PostState.APPROVED, PostState.SCHEDULED, PostState.PARTLY_FAILED):
        for delivery in await deliveries_of(session, post, DeliveryState.QUEUED):
            await _set_aside(session, delivery)
        move(post, PostState.PENDING)
        await log(session, parts, actor, "approval_voided", post)
    await void_approvals(session, post, parts.now())
    _contributed(post, actor)
    post.updated_at = parts.now()
    post.version += 1


async def void_approvals(session: AsyncSession, post: Post, now: datetime) -> None:
    """Take back every yes that still counted."""
    rows = await session.exec(select(Approval).where(Approval.post_id == post.id, col(Approval.voided_at).is_(None)))
    for approval in rows.all():
        approval.voided_at = now


def only_writers(actor: Actor) -> None:
    """Refuse whoever may not write posts."""
    if not actor.has(*MAY_WRITE):
        raise Refused("Bạn không có quyền soạn hay sửa bài.", "You may not write or edit posts.")


async def channels_out(session: AsyncSession, post: Post) -> set[str]:
    """Return the channels where the post is out, or may be."""
    return {d.channel for d in await deliveries_of(session, post, *_OUT)}


def _contributed(post: Post, actor: Actor | None) -> None:
    if actor is not None and actor.user_id not in post.contributors:
        post.contributors = [*post.contributors, actor.user_id]


def _options(text: VariantDraft) -> dict[str, str]:
    """The channel's own words that say something."""
    return {name: nfc(value) for name, value in text.options.items() if value}


async def _only_what_is_not_out(session: AsyncSession, post: Post, draft: PostDraft) -> None:
    """Refuse a change of what citizens can already read."""
    if post.state != PostState.PARTLY_FAILED:
        return
    rows = {v.channel: v for v in (await session.exec(select(Variant).where(Variant.post_id == post.id))).all()}
    for channel in await channels_out(session, post):
        row, new = rows[channel], draft.variants.get(channel)
        now = (row.text, row.title, row.link, row.language, row.machine_translated, row.options)
        same = new is not None and now == (
            nfc(new.text),
            nfc(new.title.strip()),
            new.link.strip(),
            new.language,
            new.machine_translated,
            _options(new),
        )
        if not same:
            raise Refused(
                f"Bản cho {CHANNELS[channel].label} đã lên kênh nên không sửa được; hãy đăng đính chính.",
                f"The {CHANNELS[channel].label} variant is out and cannot be changed; publish a correction.",
            )


async def _write_draft(session: AsyncSession, parts: Parts, actor: Actor | None, post: Post, draft: PostDraft) -> None:
    _check_draft(draft)
    rows = {v.channel: v for v in (await session.exec(select(Variant).where(Variant.post_id == post.id))).all()}
    signed = {c: words_of(v, post) for c, v in rows.items() if v.signed_at is not None}
    marked = {c for c, v in rows.items() if v.machine_translated}
    post.title, post.field, post.locality = nfc(draft.title.strip()), draft.field, nfc(draft.locality.strip())
    post.due_at, post.kind, post.harm, post.timing = draft.due_at, draft.kind, draft.harm, draft.timing
    post.format = draft.format
    post.window_from, post.window_to, post.embargo_until = draft.window_from, draft.window_to, draft.embargo_until
    post.source_document, post.incident_id = nfc(draft.source_document.strip()), draft.incident_id or post.incident_id
    post.answers_id = draft.answers_id
    if draft.late_after_min is not None:
        post.late_after_min = draft.late_after_min
    for channel, text in draft.variants.items():
        row = rows.get(channel) or Variant(post_id=id_of(post.id), channel=channel)
        row.text, row.title, row.link = nfc(text.text), nfc(text.title.strip()), text.link.strip()
        row.language, row.options = text.language, _options(text)
        row.machine_translated = text.machine_translated
        session.add(row)
        if channel in marked and not row.machine_translated:
            take_signature(row)
            await log(session, parts, actor, "translation_unmarked", post, channel=channel)
        elif channel in signed and words_of(row, post) != signed[channel]:
            take_signature(row)
            await log(session, parts, actor, "signature_voided", post, channel=channel)
    await rehash(session, post)


def _check_draft(draft: PostDraft) -> None:
    """Refuse what no channel has to judge: names, codes, and times that contradict each other."""
    if not draft.title.strip():
        raise Refused("Bài cần có tên gọi nội bộ.", "The post needs a title.")
    unknown = set(draft.variants) - set(CHANNELS)
    if unknown:
        raise Refused(f"Không có kênh {', '.join(unknown)}.", f"There is no channel {', '.join(unknown)}.")
    if draft.field not in set(VafcField):
        raise Refused(f"Không có lĩnh vực {draft.field}.", f"There is no field {draft.field}.")
    if draft.format and draft.format not in set(PostFormat):
        raise Refused(f"Không có loại bài {draft.format}.", f"There is no format {draft.format}.")
    if (draft.window_from is None) != (draft.window_to is None):
        raise Refused(
            "Khung giờ cần cả giờ đầu và giờ cuối.", "A window needs both its beginning and its end.", at="window_from"
        )
    if draft.window_from is not None and draft.window_to is not None:
        inside = draft.due_at is not None and draft.window_from <= draft.due_at <= draft.window_to
        if not inside:
            raise Refused(
                "Giờ đăng phải nằm trong khung giờ.", "The time must lie inside the window.", at="window_from"
            )
    if draft.embargo_until is not None and draft.due_at is not None and draft.due_at < draft.embargo_until:
        raise Refused("Giờ đăng sớm hơn giờ cấm công bố.", "The time lies before the embargo ends.", at="embargo_until")


async def _set_aside(session: AsyncSession, delivery: Delivery) -> None:
    """Take a queued delivery off the queue until the new content is approved; one with a past keeps its attempts."""
    if delivery.attempt_no == 0:
        await session.delete(delivery)
    else:
        delivery.state = DELIVERY.check(DeliveryState.QUEUED, DeliveryState.HELD)
        delivery.held_by = HeldBy.POST


async def _drop_variant(session: AsyncSession, variant: Variant) -> None:
    """Delete a variant that the author took out, with the deliveries that never came out of it."""
    for delivery in (await session.exec(select(Delivery).where(Delivery.variant_id == variant.id))).all():
        await session.exec(delete(Attempt).where(col(Attempt.delivery_id) == delivery.id))
        await session.delete(delivery)
    await session.flush()
    await session.delete(variant)


# -- looking ----------------------------------------------------------------------------------------------------


async def review_post(parts: Parts, organisation_id: int, post_id: int) -> dict[str, list[Problem]]:
    """Return what keeps the post from being approved, by channel kind; empty means nothing does."""
    bundle = await _bundle(parts, organisation_id, post_id)
    return review_for_approval(bundle, media_address(parts))


async def preview_post(parts: Parts, organisation_id: int, post_id: int) -> dict[str, list[Outgoing]]:
    """Return exactly what would be sent, by channel kind (first account of each kind): the post, then what follows
    it."""
    bundle = await _bundle(parts, organisation_id, post_id)
    async with parts.db.read() as session:
        accounts = await accounts_for(session, bundle.post)
    address = media_address(parts)
    shown = {}
    for variant in bundle.variants:
        going = ((a, t) for a in accounts if a.kind == variant.channel for t in bundle.targets(variant, a))
        for account, target in itertools.islice(going, 1):
            after = [] if target else follow_ups(bundle.content(variant, address), account)
            shown[variant.channel] = [compose(bundle, variant, account, address, target), *after]
    return shown


async def _bundle(parts: Parts, organisation_id: int, post_id: int) -> Bundle:
    async with parts.db.read() as session:
        post = await session.get(Post, post_id)
        if post is None or post.organisation_id != organisation_id:
            raise NotFound("bài này", "such post")
        return await load(session, post)
