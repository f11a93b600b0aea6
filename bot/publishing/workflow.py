"""The life of a post up to its time: draft, check, approve by another person, schedule, hold, cancel.

Every change is one transaction with its audit entry. An approval is tied to the content hash: any edit voids it.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.parts import Actor, NotFound, Parts, Refused
from bot.publishing.content import Bundle, compose, load, media_address, review_bundle
from channels.base import Outgoing, Problem
from channels.media import probe
from channels.registry import CHANNELS
from models.audit import record
from models.db import ROW
from models.delivery import Delivery, HeldBy
from models.office import Account, Role
from models.post import Approval, Media, Post, PostKind, Priority, Variant
from models.states import DELIVERY, POST, DeliveryState, PostState, post_state_from

_MAY_APPROVE = (Role.APPROVER,)
_MAY_SIGN_CORRECTION = (Role.APPROVER, Role.SPOKESPERSON, Role.DUTY, Role.BACKUP, Role.LEADER)
_MAY_HOLD = (Role.AUTHOR, Role.EDITOR, Role.APPROVER, Role.DUTY, Role.BACKUP, Role.SPOKESPERSON)
_EDITABLE = frozenset(
    {PostState.DRAFT, PostState.IN_REVIEW, PostState.PENDING, PostState.APPROVED, PostState.SCHEDULED}
)


@dataclass(frozen=True)
class VariantDraft:
    """The text for one channel, as the author wrote it."""

    text: str
    title: str = ""
    link: str = ""
    language: str = "vi"
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class PostDraft:
    """A post as the author wrote it; `variants` by channel kind. `due_at` None: as soon as approved."""

    title: str
    field: str
    locality: str
    due_at: datetime | None
    variants: Mapping[str, VariantDraft]
    kind: str = PostKind.ROUTINE
    source_document: str = ""
    harm: int = 0
    incident_id: int | None = None


class Invalid(Refused):
    """The content does not fit its channels; `problems` by channel kind."""

    def __init__(self, problems: Mapping[str, Sequence[Problem]]) -> None:
        self.problems = problems
        first = next(iter(problems.values()))[0]
        count = sum(len(p) for p in problems.values())
        more = f" (+{count - 1})" if count > 1 else ""
        super().__init__(first.told.vi + more, first.told.en + more)


# -- writing ----------------------------------------------------------------------------------------------------


async def create_post(parts: Parts, actor: Actor | None, draft: PostDraft, *, organisation_id: int = 0) -> int:
    """Store a draft and return its id. `actor` None: Loa drafted it from a template (a correction)."""
    if actor is not None and not actor.has(Role.AUTHOR, Role.EDITOR, Role.DUTY, Role.BACKUP, Role.SPOKESPERSON):
        raise Refused("Bạn không có quyền soạn bài.", "You may not write posts.")
    now = parts.now()
    async with parts.db.write() as session:
        post = Post(
            organisation_id=actor.organisation_id if actor else organisation_id,
            title=draft.title.strip(),
            author_id=actor.user_id if actor else None,
            created_at=now,
            updated_at=now,
        )
        session.add(post)
        await session.flush()
        await _write_draft(session, post, draft)
        await _log(session, parts, actor, "post_created", post)
    parts.bell.ring("post")
    return _id(post.id)


async def revise_post(parts: Parts, actor: Actor, post_id: int, draft: PostDraft) -> None:
    """Change a post before it goes out. After an approval the edit voids it and the post waits for a new one."""
    if not actor.has(Role.AUTHOR, Role.EDITOR, Role.DUTY, Role.BACKUP, Role.SPOKESPERSON):
        raise Refused("Bạn không có quyền sửa bài.", "You may not edit posts.")
    async with parts.db.write() as session:
        post = await _post(session, actor.organisation_id, post_id)
        await _open_for_edit(session, parts, actor, post)
        for old in (await session.exec(select(Variant).where(Variant.post_id == post.id))).all():
            if old.channel not in draft.variants:
                await session.delete(old)
        post.author_id = actor.user_id
        await _write_draft(session, post, draft)
        await _log(session, parts, actor, "post_revised", post, version=post.version)
    parts.bell.ring("post")


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
) -> int:
    """Copy a picture or clip into the media folder and tie it to the post. Raises `channels.media.MediaError`."""
    probed = probe(file, alt_text=alt_text, public_url=public_url)
    folder = parts.settings.data_dir / "media"
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / f"{probed.sha256}{_SUFFIX.get(probed.mime, file.suffix.lower())}"
    if not kept.exists():
        shutil.copyfile(file, kept)
    async with parts.db.write() as session:
        post = await _post(session, actor.organisation_id if actor else organisation_id, post_id)
        if actor is not None:
            await _open_for_edit(session, parts, actor, post)
        count = len((await session.exec(select(Media.id).where(Media.post_id == post.id))).all())
        media = Media(
            post_id=_id(post.id),
            position=count,
            kind=probed.kind,
            mime=probed.mime,
            path=str(kept),
            size=probed.size,
            sha256=probed.sha256,
            width=probed.width,
            height=probed.height,
            duration_s=probed.duration_s,
            alt_text=alt_text.strip(),
            public_url=public_url.strip(),
            channels=list(channels),
        )
        session.add(media)
        await session.flush()
        await _rehash(session, post)
        await _log(session, parts, actor, "media_attached", post, sha256=probed.sha256)
    parts.bell.ring("post")
    return _id(media.id)


_SUFFIX = {"image/jpeg": ".jpg", "image/png": ".png", "video/mp4": ".mp4", "video/quicktime": ".mov"}


async def detach_media(parts: Parts, actor: Actor, media_id: int) -> None:
    """Take a file off a post; the file itself stays in the media folder."""
    async with parts.db.write() as session:
        media = await session.get(Media, media_id)
        if media is None:
            raise NotFound("tệp này")
        post = await _post(session, actor.organisation_id, media.post_id)
        await _open_for_edit(session, parts, actor, post)
        await session.delete(media)
        await session.flush()
        await _rehash(session, post)
        await _log(session, parts, actor, "media_detached", post, sha256=media.sha256)


async def review_post(parts: Parts, organisation_id: int, post_id: int) -> dict[str, list[Problem]]:
    """Return what keeps the post from going out, by channel kind; empty means nothing does."""
    async with parts.db.read() as session:
        bundle = await load(session, await _post(session, organisation_id, post_id))
    return review_bundle(bundle, media_address(parts))


async def preview_post(parts: Parts, organisation_id: int, post_id: int) -> dict[str, Outgoing]:
    """Return exactly what would be sent, by channel kind (first account of each kind)."""
    async with parts.db.read() as session:
        bundle = await load(session, await _post(session, organisation_id, post_id))
        accounts = await _accounts(session, organisation_id)
    address = media_address(parts)
    shown = {}
    for variant in bundle.variants:
        account = next((a for a in accounts if a.kind == variant.channel), None)
        if account is not None:
            target = _targets(variant)[0]
            shown[variant.channel] = compose(bundle, variant, account, address, target)
    return shown


# -- deciding ---------------------------------------------------------------------------------------------------


async def submit_post(parts: Parts, actor: Actor, post_id: int) -> None:
    """Hand a draft in. Where the office has no other editor it goes straight on to wait for approval."""
    async with parts.db.write() as session:
        post = await _post(session, actor.organisation_id, post_id)
        bundle = await load(session, post)
        if not bundle.variants:
            raise Refused("Bài chưa có bản cho kênh nào.", "The post has no variant for any channel yet.")
        problems = review_bundle(bundle, media_address(parts))
        if problems:
            raise Invalid(problems)
        if post.state == PostState.RETURNED:
            _move(post, PostState.DRAFT)
        _move(post, PostState.IN_REVIEW)
        if actor.has(Role.EDITOR) or not await _has_editor(session, post.organisation_id) or _is_urgent(post):
            _move(post, PostState.PENDING)
        post.updated_at = parts.now()
        await _rehash(session, post)
        await _log(session, parts, actor, "post_submitted", post, state=post.state)
    parts.bell.ring("post")


async def forward_post(parts: Parts, actor: Actor, post_id: int) -> None:
    """An editor passes a post on to the approver."""
    if not actor.has(Role.EDITOR):
        raise Refused("Chỉ biên tập viên được chuyển duyệt.", "Only an editor may pass it on.")
    async with parts.db.write() as session:
        post = await _post(session, actor.organisation_id, post_id)
        _move(post, PostState.PENDING)
        await _log(session, parts, actor, "post_forwarded", post)
    parts.bell.ring("post")


async def approve_post(parts: Parts, actor: Actor, post_id: int, content_hash: str) -> PostState:
    """Say yes to exactly this content; with the last needed yes the post is scheduled.

    An author never approves their own post. A correction needs two different people.
    """
    now = parts.now()
    async with parts.db.write() as session:
        post = await _post(session, actor.organisation_id, post_id)
        _may_approve(post, actor)
        bundle = await load(session, post)
        if content_hash != post.content_hash or content_hash != bundle.content_hash():
            raise Refused(
                "Nội dung đã thay đổi sau khi bạn xem; hãy xem lại rồi duyệt.",
                "The content changed after you saw it; look again, then approve.",
            )
        POST.check(PostState(post.state), PostState.APPROVED)
        problems = review_bundle(bundle, media_address(parts))
        if problems:
            raise Invalid(problems)
        signed = await approvals_of(session, post)
        if actor.user_id in {a.user_id for a in signed}:
            raise Refused(
                "Bạn đã duyệt bài này; cần thêm một người khác.", "You have approved this; another person is needed."
            )
        session.add(
            Approval(post_id=post_id, user_id=actor.user_id, content_hash=content_hash, at=now, surface=actor.surface)
        )
        await _log(session, parts, actor, "post_approved", post, content_hash=content_hash, surface=actor.surface)
        if len(signed) + 1 >= approvals_needed(post):
            _move(post, PostState.APPROVED)
            await _schedule(session, parts, bundle)
        state = PostState(post.state)
    parts.bell.ring("post")
    parts.bell.ring("delivery")
    return state


async def return_post(parts: Parts, actor: Actor, post_id: int, why: str) -> None:
    """Send a post back to its author with a reason."""
    if not actor.has(Role.EDITOR, Role.APPROVER):
        raise Refused("Bạn không có quyền trả lại bài.", "You may not send posts back.")
    if not why.strip():
        raise Refused("Hãy ghi lý do trả lại.", "Give a reason for sending it back.")
    async with parts.db.write() as session:
        post = await _post(session, actor.organisation_id, post_id)
        _move(post, PostState.RETURNED)
        await _void(session, post, parts.now())
        await _log(session, parts, actor, "post_returned", post, why=why)
    parts.bell.ring("post")


async def hold_post(parts: Parts, actor: Actor, post_id: int, why: str) -> None:
    """Hold a post back from any state before it is out; what is queued stops before the next send."""
    if not actor.has(*_MAY_HOLD):
        raise Refused("Bạn không có quyền tạm giữ bài.", "You may not hold posts.")
    async with parts.db.write() as session:
        post = await _post(session, actor.organisation_id, post_id)
        await hold_in(session, parts, post, why, actor)
    parts.bell.ring("delivery")


async def hold_in(session: AsyncSession, parts: Parts, post: Post, why: str, actor: Actor | None) -> None:
    """Hold a post inside the caller's transaction (an incident opens and holds its topic in one step)."""
    was = post.state
    _move(post, PostState.HELD)
    post.held_from, post.held_reason, post.updated_at = was, why, parts.now()
    for delivery in await _deliveries(session, post, DeliveryState.QUEUED):
        delivery.state = DELIVERY.check(DeliveryState.QUEUED, DeliveryState.HELD)
        delivery.held_by = HeldBy.POST
        delivery.error_vi, delivery.error_en = f"Bài đang tạm giữ: {why}", f"The post is on hold: {why}"
    await _log(session, parts, actor, "post_held", post, why=why)


async def release_post(parts: Parts, actor: Actor, post_id: int) -> None:
    """Let a held post go on from where it was; a person decides, so lateness is not asked again."""
    if not actor.has(*_MAY_HOLD):
        raise Refused("Bạn không có quyền thả bài.", "You may not release posts.")
    now = parts.now()
    async with parts.db.write() as session:
        post = await _post(session, actor.organisation_id, post_id)
        if post.state != PostState.HELD:
            raise Refused("Bài này không bị tạm giữ.", "This post is not on hold.")
        _move(post, PostState(post.held_from or PostState.DRAFT))
        post.held_from = post.held_reason = ""
        for delivery in await _deliveries(session, post, DeliveryState.HELD):
            if delivery.held_by != HeldBy.ACCOUNT:
                requeue(delivery, max(now, delivery.due_at))
        await _log(session, parts, actor, "post_released", post)
    parts.bell.ring("delivery")


async def cancel_post(parts: Parts, actor: Actor, post_id: int) -> None:
    """Take a scheduled post out of the queue. What is already in flight cannot be called back."""
    if not actor.has(*_MAY_HOLD):
        raise Refused("Bạn không có quyền hủy bài.", "You may not cancel posts.")
    async with parts.db.write() as session:
        post = await _post(session, actor.organisation_id, post_id)
        if post.state not in (PostState.SCHEDULED, PostState.HELD):
            raise Refused(
                "Chỉ hủy được bài đang hẹn giờ hoặc tạm giữ.", "Only scheduled or held posts can be cancelled."
            )
        for state in (DeliveryState.QUEUED, DeliveryState.HELD):
            for delivery in await _deliveries(session, post, state):
                delivery.state = DELIVERY.check(state, DeliveryState.CANCELLED)
        await _void(session, post, parts.now())
        _move(post, PostState.RETRACTED)
        await _log(session, parts, actor, "post_cancelled", post)
    parts.bell.ring("delivery")


async def reschedule_post(parts: Parts, actor: Actor, post_id: int, due_at: datetime | None) -> None:
    """Move a post's time. The time is part of what was approved, so it waits for a new approval."""
    async with parts.db.write() as session:
        post = await _post(session, actor.organisation_id, post_id)
        await _open_for_edit(session, parts, actor, post)
        post.due_at = due_at
        await _rehash(session, post)
        await _log(session, parts, actor, "post_rescheduled", post, due_at=due_at.isoformat() if due_at else None)
    parts.bell.ring("delivery")


async def withdraw_post(parts: Parts, actor: Actor, post_id: int, why: str) -> list[str]:
    """Take a published post down where the platform allows it; return the channels that cannot."""
    if not actor.has(Role.APPROVER, Role.SPOKESPERSON):
        raise Refused("Bạn không có quyền gỡ bài.", "You may not take posts down.")
    if not why.strip():
        raise Refused("Hãy ghi lý do gỡ bài.", "Give a reason for taking it down.")
    async with parts.db.read() as session:
        post = await _post(session, actor.organisation_id, post_id)
        POST.check(PostState(post.state), PostState.RETRACTED)
        sent = await _deliveries(session, post, DeliveryState.SENT)
        accounts = {a.id: a for a in await _accounts(session, actor.organisation_id)}
    left = []
    for delivery in sent:
        channel = parts.channel(accounts[delivery.account_id])
        if "withdraw" not in channel.can:
            left.append(delivery.channel)
            continue
        await channel.withdraw(delivery.remote_id)
        async with parts.db.write() as session:
            row = await session.get_one(Delivery, delivery.id)
            row.state = DELIVERY.check(DeliveryState(row.state), DeliveryState.RETRACTED)
    async with parts.db.write() as session:
        post = await _post(session, actor.organisation_id, post_id)
        if not left:
            _move(post, PostState.RETRACTED)
        await _log(session, parts, actor, "post_withdrawn", post, why=why, left=left)
    parts.bell.ring("delivery")
    return left


async def settle_unknown(parts: Parts, actor: Actor, delivery_id: int, *, there: bool) -> None:
    """A person who looked at the channel decides: it is there, or send it again."""
    if not actor.has(Role.APPROVER, Role.DUTY, Role.BACKUP, Role.EDITOR):
        raise Refused("Bạn không có quyền quyết định bài chưa rõ.", "You may not decide this.")
    async with parts.db.write() as session:
        post, delivery = await _delivery(session, actor.organisation_id, delivery_id)
        to = DeliveryState.SENT if there else DeliveryState.QUEUED
        delivery.state = DELIVERY.check(DeliveryState(delivery.state), to)
        delivery.error_code = delivery.error_vi = delivery.error_en = ""
        if there:
            delivery.sent_at = delivery.claimed_at or parts.now()
        else:
            requeue(delivery, parts.now())
        await refresh_post(session, parts, post)
        await _log(session, parts, actor, "unknown_settled", post, delivery=delivery_id, there=there)
    parts.bell.ring("delivery")


async def retry_delivery(parts: Parts, actor: Actor, delivery_id: int) -> None:
    """Put a refused or held delivery back in the queue after its cause was mended."""
    if not actor.has(Role.APPROVER, Role.DUTY, Role.BACKUP, Role.EDITOR):
        raise Refused("Bạn không có quyền gửi lại.", "You may not retry this.")
    async with parts.db.write() as session:
        post, delivery = await _delivery(session, actor.organisation_id, delivery_id)
        if post.state == PostState.HELD:
            raise Refused("Bài đang tạm giữ; hãy thả bài trước.", "The post is on hold; release it first.")
        if delivery.state not in (DeliveryState.REFUSED, DeliveryState.HELD):
            raise Refused("Lượt gửi này không cần gửi lại.", "This delivery needs no retry.")
        requeue(delivery, parts.now())
        await refresh_post(session, parts, post)
        await _log(session, parts, actor, "delivery_retried", post, delivery=delivery_id)
    parts.bell.ring("delivery")


def requeue(delivery: Delivery, at: datetime) -> None:
    """Put a delivery back in the queue for `at`; a person or the protocol said that it is certainly not out."""
    if delivery.state != DeliveryState.QUEUED:
        delivery.state = DELIVERY.check(DeliveryState(delivery.state), DeliveryState.QUEUED)
    delivery.due_at = max(delivery.due_at, at) if delivery.due_at < at else delivery.due_at
    delivery.next_at = at
    delivery.looks, delivery.first_look_at, delivery.failures = 0, None, 0
    delivery.held_by = delivery.error_code = delivery.error_vi = delivery.error_en = ""


async def refresh_post(session: AsyncSession, parts: Parts, post: Post) -> None:
    """Derive the post's state from its deliveries, from `scheduled` on."""
    flowing = (PostState.SCHEDULED, PostState.GOING_OUT, PostState.PARTLY_FAILED)
    if post.state not in flowing:
        return
    await session.flush()
    rows = (await session.exec(select(Delivery).where(Delivery.post_id == post.id))).all()
    untouched = all(d.state == DeliveryState.QUEUED and d.attempt_no == 0 for d in rows)
    to = post_state_from([DeliveryState(d.state) for d in rows])
    if untouched or post.state == to:
        return
    if post.state == PostState.SCHEDULED:
        _move(post, PostState.GOING_OUT)
    if post.state != to:
        _move(post, to)
    if to is PostState.PUBLISHED:
        post.published_at = max((d.sent_at for d in rows if d.sent_at), default=parts.now())
        if post.corrects_id is not None:
            corrected = await session.get_one(Post, post.corrects_id)
            if POST.allows(PostState(corrected.state), PostState.CORRECTED):
                _move(corrected, PostState.CORRECTED)
    post.updated_at = parts.now()


# -- asking -----------------------------------------------------------------------------------------------------


def approvals_needed(post: Post) -> int:
    """How many different people must say yes."""
    return 2 if _is_urgent(post) else 1


async def approvals_of(session: AsyncSession, post: Post) -> list[Approval]:
    """Return the approvals that count for the post as it is now."""
    rows = await session.exec(
        select(Approval).where(
            Approval.post_id == post.id,
            Approval.content_hash == post.content_hash,
            col(Approval.voided_at).is_(None),
        )
    )
    return list(rows.all())


def allowed_actions(post: Post, actor: Actor, approvals: Sequence[Approval]) -> set[str]:
    """Return the actions this person may take on the post now; surfaces show just these."""
    state = PostState(post.state)
    actions = set()
    writes = actor.has(Role.AUTHOR, Role.EDITOR, Role.DUTY, Role.BACKUP, Role.SPOKESPERSON)
    if writes and state in _EDITABLE | {PostState.RETURNED}:
        actions |= {"edit", "reschedule"}
    if writes and state in (PostState.DRAFT, PostState.RETURNED):
        actions.add("submit")
    if actor.has(Role.EDITOR) and state is PostState.IN_REVIEW:
        actions.add("forward")
    roles = _MAY_SIGN_CORRECTION if _is_urgent(post) else _MAY_APPROVE
    signed = actor.user_id in {a.user_id for a in approvals}
    if state is PostState.PENDING and actor.has(*roles) and post.author_id != actor.user_id and not signed:
        actions.add("approve")
    if actor.has(Role.EDITOR, Role.APPROVER) and state in (PostState.IN_REVIEW, PostState.PENDING):
        actions.add("return")
    if actor.has(*_MAY_HOLD):
        if POST.allows(state, PostState.HELD):
            actions.add("hold")
        if state is PostState.HELD:
            actions.add("release")
        if state in (PostState.SCHEDULED, PostState.HELD):
            actions.add("cancel")
    if actor.has(Role.APPROVER, Role.SPOKESPERSON) and state in (PostState.PUBLISHED, PostState.PARTLY_FAILED):
        actions.add("withdraw")
    return actions


# -- within -----------------------------------------------------------------------------------------------------


def _is_urgent(post: Post) -> bool:
    return post.kind in (PostKind.CORRECTION, PostKind.HOLDING)


def _may_approve(post: Post, actor: Actor) -> None:
    roles = _MAY_SIGN_CORRECTION if _is_urgent(post) else _MAY_APPROVE
    if not actor.has(*roles):
        raise Refused("Bạn không có quyền duyệt bài.", "You may not approve posts.")
    if post.author_id == actor.user_id:
        raise Refused("Không được tự duyệt bài mình soạn; cần người khác duyệt.", "You may not approve your own post.")


def _move(post: Post, to: PostState) -> None:
    post.state = POST.check(PostState(post.state), to)


async def _schedule(session: AsyncSession, parts: Parts, bundle: Bundle) -> None:
    """Make one delivery a variant and account, with the composed payload that was approved."""
    post, now, address = bundle.post, parts.now(), media_address(parts)
    accounts = await _accounts(session, post.organisation_id)
    priority = {PostKind.CORRECTION: Priority.CORRECTION, PostKind.HOLDING: Priority.HOLDING}
    due = max(post.due_at or now, now)
    made = 0
    for variant in bundle.variants:
        for account in (a for a in accounts if a.kind == variant.channel):
            for target in _targets(variant):
                out = compose(bundle, variant, account, address, target)
                session.add(
                    Delivery(
                        post_id=_id(post.id),
                        variant_id=_id(variant.id),
                        account_id=_id(account.id),
                        channel=variant.channel,
                        target_id=target,
                        priority=priority.get(PostKind(post.kind), Priority.ROUTINE),
                        due_at=due,
                        next_at=due,
                        late_after_min=post.late_after_min,
                        form=out.form,
                        composed=dict(out.payload),
                        fingerprint=out.fingerprint,
                    )
                )
                made += 1
    if not made:
        raise Refused(
            "Chưa có tài khoản nào được kết nối cho các kênh của bài.",
            "No account is connected for the post's channels.",
        )
    _move(post, PostState.SCHEDULED)


def _targets(variant: Variant) -> list[str]:
    """The items a correction by comment is written under; one empty target for an ordinary post."""
    return [t for t in variant.options.get("targets", "").split(",") if t] or [""]


async def _open_for_edit(session: AsyncSession, parts: Parts, actor: Actor, post: Post) -> None:
    """Make sure a post may be changed; after an approval it falls back to waiting for one."""
    state = PostState(post.state)
    if state is PostState.RETURNED:
        _move(post, PostState.DRAFT)
    elif state not in _EDITABLE:
        raise Refused(
            "Bài đã đi hoặc đang tạm giữ nên không sửa được; hãy thả bài hoặc đăng đính chính.",
            "The post is out or on hold and cannot be edited; release it or publish a correction.",
        )
    if state in (PostState.APPROVED, PostState.SCHEDULED):
        for delivery in await _deliveries(session, post, DeliveryState.QUEUED):
            await session.delete(delivery)
        _move(post, PostState.PENDING)
        await _log(session, parts, actor, "approval_voided", post)
    await _void(session, post, parts.now())
    post.updated_at = parts.now()
    post.version += 1


async def _void(session: AsyncSession, post: Post, now: datetime) -> None:
    for approval in await approvals_of(session, post):
        approval.voided_at = now


async def _write_draft(session: AsyncSession, post: Post, draft: PostDraft) -> None:
    if not draft.title.strip():
        raise Refused("Bài cần có tên gọi nội bộ.", "The post needs a title.")
    unknown = set(draft.variants) - set(CHANNELS)
    if unknown:
        raise Refused(f"Không có kênh {', '.join(unknown)}.", f"There is no channel {', '.join(unknown)}.")
    post.title, post.field, post.locality = draft.title.strip(), draft.field, draft.locality.strip()
    post.due_at, post.kind, post.harm = draft.due_at, draft.kind, draft.harm
    post.source_document, post.incident_id = draft.source_document.strip(), draft.incident_id or post.incident_id
    rows = {v.channel: v for v in (await session.exec(select(Variant).where(Variant.post_id == post.id))).all()}
    for channel, text in draft.variants.items():
        row = rows.get(channel) or Variant(post_id=_id(post.id), channel=channel)
        row.text, row.title, row.link = text.text, text.title.strip(), text.link.strip()
        row.language, row.options = text.language, dict(text.options)
        session.add(row)
    await _rehash(session, post)


async def _rehash(session: AsyncSession, post: Post) -> None:
    await session.flush()
    post.content_hash = (await load(session, post)).content_hash()


async def _post(session: AsyncSession, organisation_id: int, post_id: int) -> Post:
    """Read a post of this organisation and keep its row until the transaction ends.

    Row locks are always taken in the order post, delivery, account: whoever needs two cannot stand in a circle.
    """
    post = await session.get(Post, post_id, with_for_update=ROW)
    if post is None or post.organisation_id != organisation_id:
        raise NotFound("bài này")
    return post


async def _accounts(session: AsyncSession, organisation_id: int) -> Sequence[Account]:
    return (
        await session.exec(select(Account).where(Account.organisation_id == organisation_id).order_by(col(Account.id)))
    ).all()


async def _deliveries(session: AsyncSession, post: Post, state: DeliveryState) -> Sequence[Delivery]:
    query = select(Delivery).where(Delivery.post_id == post.id, Delivery.state == state).order_by(col(Delivery.id))
    return (await session.exec(query.with_for_update(key_share=True))).all()


async def _delivery(session: AsyncSession, organisation_id: int, delivery_id: int) -> tuple[Post, Delivery]:
    """Read a delivery of this organisation with its post, both kept until the transaction ends."""
    post_id = (await session.exec(select(Delivery.post_id).where(Delivery.id == delivery_id))).first()
    if post_id is None:
        raise NotFound("lượt gửi này")
    post = await _post(session, organisation_id, post_id)
    return post, await session.get_one(Delivery, delivery_id, with_for_update=ROW)


async def _has_editor(session: AsyncSession, organisation_id: int) -> bool:
    from models.office import UserRole

    found = await session.exec(
        select(UserRole.id).where(UserRole.organisation_id == organisation_id, UserRole.role == Role.EDITOR).limit(1)
    )
    return found.first() is not None


async def _log(
    session: AsyncSession, parts: Parts, actor: Actor | None, action: str, post: Post, **detail: object
) -> None:
    await record(
        session,
        at=parts.now(),
        action=action,
        subject=f"post:{post.id}",
        organisation_id=post.organisation_id,
        user_id=actor.user_id if actor else None,
        **detail,
    )


def _id(value: int | None) -> int:
    assert value is not None, "a stored row has an id"
    return value
