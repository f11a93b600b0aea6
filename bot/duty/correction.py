"""An answer drafted from an incident: fact - warn - explain - fact, one variant for each channel hit.

Loa writes the frame around the office's own words; it never says by itself that a text is false. Without an official
post to stand on, the draft is a holding line: what is known, what is being checked, when the next word comes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.duty import texts
from bot.duty.approving import show_draft
from bot.duty.cover import notice_cover
from bot.duty.desk import begin_response
from bot.duty.record import incident_of
from bot.parts import Actor, Parts, Refused
from bot.publishing.attaching import Kept, attach_in, keep_file
from bot.publishing.rows import id_of, move
from bot.publishing.writing import PostDraft, VariantDraft, create_in
from channels.registry import CHANNELS
from models.incident import Incident
from models.mention import Mention
from models.office import Account, Organisation
from models.post import Post, PostKind
from models.states import OPEN_INCIDENT, IncidentState, PostState

NEXT_WORD = timedelta(hours=1)
MOST_VIDEOS = 5
_GONE = (PostState.RETRACTED, PostState.CORRECTED)


async def draft_correction(parts: Parts, actor: Actor, incident_id: int) -> int:
    """Draft the answer, hand it in for approval and show it in the duty chat. Return the post's id.

    Found or made in the transaction that moves the incident: pressing again, or two people at once, gives the one
    draft. What a crash leaves undone after it (showing it) is done by the next press or the next turn of the desk.
    """
    cover = await _cover(parts, actor.organisation_id)
    async with parts.db.write() as session:
        incident = await incident_of(session, actor.organisation_id, incident_id)
        if IncidentState(incident.state) not in OPEN_INCIDENT:
            raise Refused("Sự cố này đã kết thúc.", "This incident is over.")
        kind = PostKind.CORRECTION if official(incident) else PostKind.HOLDING
        post_id = await _already_drafted(session, incident, kind)
        if post_id is None:
            await begin_response(session, parts, incident, actor)
            post_id = id_of((await _draft(session, parts, incident, kind, cover)).id)
    parts.bell.ring("post")
    parts.bell.ring("incident")
    await show_draft(parts, post_id)
    return post_id


def official(incident: Incident) -> str:
    """The office's own words on the matter; empty when nothing was published on it."""
    return str(incident.evidence.get("official_text", "")).strip()


async def _already_drafted(session: AsyncSession, incident: Incident, kind: PostKind) -> int | None:
    """The draft of this answer, if there is one. A holding line that is out may be followed by the next one."""
    if incident.state != IncidentState.RESPONDING:
        return None
    over = _GONE if kind is PostKind.CORRECTION else (*_GONE, PostState.PUBLISHED)
    rows = await session.exec(
        select(Post.id)
        .where(Post.incident_id == incident.id, Post.kind == kind, col(Post.state).not_in(over))
        .where(col(Post.created_at) >= incident.responding_at)
        .order_by(col(Post.id).desc())
    )
    return rows.first()


async def _draft(session: AsyncSession, parts: Parts, incident: Incident, kind: PostKind, cover: Kept | None) -> Post:
    organisation = await session.get_one(Organisation, incident.organisation_id)
    kinds = await _connected(session, organisation)
    videos = await _videos_hit(session, incident)
    variants = _variants(parts, incident, [k for k in kinds if k in _hit(incident, kinds)], videos, organisation)
    variants = variants or _variants(parts, incident, kinds, videos, organisation)
    if not variants:
        raise Refused("Chưa có kênh nào đăng được bài trả lời.", "No connected channel can carry the answer.")
    draft = PostDraft(
        title=f"{_NAMES[kind]} {incident.code}",
        field=incident.field,
        locality=incident.locality,
        due_at=None,
        variants=variants,
        kind=kind,
        harm=incident.harm,
        incident_id=incident.id,
        source_document=str(incident.evidence.get("official_ref", "")),
    )
    post = await create_in(session, parts, None, draft, organisation_id=incident.organisation_id)
    if cover is not None and "zalo" in variants:
        await attach_in(session, parts, None, post, cover, ("zalo",))
    move(post, PostState.IN_REVIEW)
    move(post, PostState.PENDING)
    return post


_NAMES = {PostKind.CORRECTION: "Đính chính", PostKind.HOLDING: "Thông báo ban đầu"}


async def _cover(parts: Parts, organisation_id: int) -> Kept | None:
    """The picture that a Zalo article cannot be without, drawn and kept before the transaction begins."""
    async with parts.db.read() as session:
        organisation = await session.get_one(Organisation, organisation_id)
        if "zalo" not in await _connected(session, organisation):
            return None
    folder = parts.settings.data_dir / "media"

    def draw() -> Kept:
        file = notice_cover(folder, organisation.name)
        return keep_file(file, folder, f"Thông báo chính thức của {organisation.name}", "")

    return await asyncio.to_thread(draw)


# -- the words --------------------------------------------------------------------------------------------------


def wording(parts: Parts, incident: Incident, organisation: Organisation) -> str:
    """The text of the draft: fact, warning, explanation, fact again with where to look."""
    claim = texts.cut(incident.claim_text, 160)
    again = f"Cập nhật tiếp theo lúc {_next_word(parts, organisation)} tại trang chính thức của {organisation.name}."
    fact = official(incident)
    if not fact:
        return (
            f"Chúng tôi đã nhận được thông tin “{claim}” và đang xác minh. "
            "Hiện chưa có căn cứ để khẳng định. Đề nghị bà con không chia sẻ khi chưa kiểm chứng. " + again
        )
    return (
        f"{fact}\n\n"
        f"Hiện có thông tin lan truyền rằng “{claim}”. Thông tin này không có nguồn chính thức và trái với thông báo "
        f"nêu trên. Đề nghị bà con không chia sẻ.\n\n{again}"
    )


def _next_word(parts: Parts, organisation: Organisation) -> str:
    """When citizens hear more, in their own clock; with the day when that is tomorrow."""
    now = parts.now().astimezone(ZoneInfo(organisation.zone))
    at = (parts.now() + NEXT_WORD).astimezone(now.tzinfo)
    return f"{at:%H giờ %M}" + ("" if at.date() == now.date() else f" ngày {at:%d/%m}")


def _variants(
    parts: Parts, incident: Incident, kinds: Sequence[str], videos: Sequence[str], organisation: Organisation
) -> dict[str, VariantDraft]:
    text = wording(parts, incident, organisation)
    name = _NAMES[PostKind.CORRECTION if official(incident) else PostKind.HOLDING]
    made: dict[str, VariantDraft] = {}
    for kind in kinds:
        options: dict[str, str] = {}
        if kind == "youtube":
            if not videos:
                continue  # YouTube is corrected by comment on the affected videos; none is affected
            options = {"form": "comment", "targets": ",".join(videos)}
        if "pin" in CHANNELS[kind].can:
            options["pin"] = "true"
        made[kind] = VariantDraft(text=text, title=f"{name}: {texts.cut(incident.claim_text, 80)}", options=options)
    return made


def _hit(incident: Incident, kinds: Sequence[str]) -> set[str]:
    """The channels where it was seen; when none of them can publish, all of them."""
    hit = set(incident.channels_hit) & set(kinds)
    return hit or set(kinds)


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
