"""A correction drafted from an incident: fact - warn - explain - fact, one variant for each channel hit.

Loa writes the frame around the office's own words; it never says by itself that a text is false. Without an official
post to stand on, the draft is a holding line: what is known, what is being checked, when the next word comes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.duty import texts
from bot.duty.alerts import queue_alert
from bot.duty.cover import notice_cover
from bot.duty.desk import begin_response
from bot.parts import Actor, NotFound, Parts, Refused
from bot.publishing.approval import approvals_needed, approvals_of
from bot.publishing.writing import PostDraft, VariantDraft, attach_media, create_post, preview_post
from channels.registry import CHANNELS
from models.incident import Incident
from models.mention import Mention
from models.office import Account, Organisation
from models.post import Post, PostKind
from models.states import OPEN_INCIDENT, POST, IncidentState, PostState

NEXT_WORD = timedelta(hours=1)
MOST_VIDEOS = 5


async def draft_correction(parts: Parts, actor: Actor, incident_id: int) -> int:
    """Draft the correction, hand it in for approval and show it in the duty chat. Return the post's id.

    Pressing again returns the draft that is already there.
    """
    async with parts.db.write() as session:
        incident = await session.get(Incident, incident_id)
        if incident is None or incident.organisation_id != actor.organisation_id:
            raise NotFound("sự cố này", "such incident")
        open_draft = await _open_draft(session, incident)
        if open_draft is not None:
            return open_draft
        if IncidentState(incident.state) not in OPEN_INCIDENT:
            raise Refused("Sự cố này đã kết thúc.", "This incident is over.")
        await begin_response(session, parts, incident, actor)
        organisation = await session.get_one(Organisation, incident.organisation_id)
        kinds = await _connected(session, organisation)
        videos = await _videos_hit(session, incident)
    variants = _variants(parts, incident, [k for k in kinds if k in _hit(incident, kinds)], videos, organisation)
    draft = PostDraft(
        title=f"Đính chính {incident.code}",
        field=incident.field,
        locality=incident.locality,
        due_at=None,
        variants=variants,
        kind=PostKind.CORRECTION,
        harm=incident.harm,
        incident_id=incident.id,
        source_document=str(incident.evidence.get("official_ref", "")),
    )
    post_id = await create_post(parts, None, draft, organisation_id=incident.organisation_id)
    if "zalo" in variants:  # a Zalo article cannot be without a cover picture
        cover = notice_cover(parts.settings.data_dir / "media", organisation.name)
        await attach_media(
            parts,
            None,
            post_id,
            cover,
            alt_text=f"Thông báo chính thức của {organisation.name}",
            channels=("zalo",),
            organisation_id=incident.organisation_id,
        )
    async with parts.db.write() as session:
        post = await session.get_one(Post, post_id)
        post.state = POST.check(PostState(post.state), PostState.IN_REVIEW)
        post.state = POST.check(PostState(post.state), PostState.PENDING)
    await show_draft(parts, post_id)
    return post_id


async def show_draft(parts: Parts, post_id: int) -> None:
    """Put the correction, exactly as it will go out, before the people who approve it. One message a version."""
    async with parts.db.read() as session:
        post = await session.get_one(Post, post_id)
        organisation = await session.get_one(Organisation, post.organisation_id)
        signed = len(await approvals_of(session, post))
    shown = {
        channel: readable(out.payload)
        for channel, out in (await preview_post(parts, organisation.id or 0, post_id)).items()
    }
    async with parts.db.write() as session:
        await queue_alert(
            session,
            organisation_id=post.organisation_id,
            incident_id=post.incident_id,
            kind="draft",
            key=f"draft:{post.id}:{post.content_hash}",
            chat_id=organisation.duty_chat or parts.settings.duty_chat,
            text=texts.draft(post, shown, signed, approvals_needed(post)),
            buttons=((("👍 Duyệt", "approve"),),),
            about={"post": str(post.id), "hash": post.content_hash},
            at=parts.now(),
        )
    parts.bell.ring("alert")


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


def wording(parts: Parts, incident: Incident, organisation: Organisation) -> str:
    """The text of the draft: fact, warning, explanation, fact again with where to look."""
    official = str(incident.evidence.get("official_text", "")).strip()
    claim = texts.cut(incident.claim_text, 160)
    again = f"{(parts.now() + NEXT_WORD).astimezone(parts.settings.tz):%H giờ %M}"
    if not official:
        return (
            f"Chúng tôi đã nhận được thông tin “{claim}” và đang xác minh. "
            f"Hiện chưa có căn cứ để khẳng định. Đề nghị bà con không chia sẻ khi chưa kiểm chứng. "
            f"Cập nhật tiếp theo lúc {again} tại trang chính thức của {organisation.name}."
        )
    return (
        f"{official}\n\n"
        f"Hiện có thông tin lan truyền rằng “{claim}”. Thông tin này không có nguồn chính thức và trái với thông báo "
        f"nêu trên. Đề nghị bà con không chia sẻ.\n\n"
        f"Cập nhật tiếp theo lúc {again} tại trang chính thức của {organisation.name}."
    )


def _variants(
    parts: Parts, incident: Incident, kinds: Sequence[str], videos: Sequence[str], organisation: Organisation
) -> dict[str, VariantDraft]:
    text = wording(parts, incident, organisation)
    made: dict[str, VariantDraft] = {}
    for kind in kinds:
        options: dict[str, str] = {}
        if kind == "youtube":
            if not videos:
                continue  # YouTube is corrected by comment on the affected videos; none is affected
            options = {"form": "comment", "targets": ",".join(videos)}
        if "pin" in CHANNELS[kind].can:
            options["pin"] = "true"
        made[kind] = VariantDraft(text=text, title=f"Đính chính: {texts.cut(incident.claim_text, 80)}", options=options)
    return made


def _hit(incident: Incident, kinds: Sequence[str]) -> set[str]:
    """The channels where it was seen; when none of them can publish, all of them."""
    hit = set(incident.channels_hit) & set(kinds)
    return hit or set(kinds)


async def _open_draft(session: AsyncSession, incident: Incident) -> int | None:
    rows = await session.exec(
        select(Post.id).where(
            Post.incident_id == incident.id,
            Post.kind == PostKind.CORRECTION,
            col(Post.state).not_in([PostState.RETRACTED, PostState.CORRECTED, PostState.PUBLISHED]),
        )
    )
    return rows.first()


async def _connected(session: AsyncSession, organisation: Organisation) -> list[str]:
    rows = await session.exec(select(Account.kind).where(Account.organisation_id == organisation.id).distinct())
    return sorted(rows.all())


async def _videos_hit(session: AsyncSession, incident: Incident) -> list[str]:
    """The videos under which the claim was written, most often first."""
    rows = await session.exec(
        select(Mention.item_id).where(
            Mention.claim_id == incident.claim_id, Mention.channel == "youtube", Mention.item_id != ""
        )
    )
    counts: dict[str, int] = {}
    for item in rows.all():
        counts[item] = counts.get(item, 0) + 1
    return sorted(counts, key=lambda i: -counts[i])[:MOST_VIDEOS]
