"""Posts, the queue and incidents: the same verbs as the console."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from bot.cli.base import As, Stop, as_person, out, settings_from_here
from bot.settings import Settings

post_app = typer.Typer(help="Bài đăng / posts", no_args_is_help=True)
incident_app = typer.Typer(help="Sự cố / incidents", no_args_is_help=True)


def _due(text: str, settings: Settings) -> datetime | None:
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Stop(f"--at {text}: write it as 2026-11-25T08:30") from None
    return at if at.tzinfo else at.replace(tzinfo=settings.tz)


@post_app.command("new")
def post_new(
    login: As,
    title: Annotated[str, typer.Option(help="Tên gọi nội bộ của bài")],
    text: Annotated[list[str], typer.Option("--text", help="kênh=nội dung, lặp lại cho từng kênh")],
    at: Annotated[str, typer.Option(help="Giờ đăng, ví dụ 2026-11-25T08:30; bỏ trống: ngay khi duyệt")] = "",
    field: Annotated[str, typer.Option(help="Lĩnh vực (mã VAFC)")] = "KHAC",
    locality: Annotated[str, typer.Option(help="Địa bàn")] = "",
    link: Annotated[str, typer.Option(help="Liên kết kèm theo")] = "",
    file: Annotated[Path | None, typer.Option(help="Hình hoặc clip")] = None,
    alt: Annotated[str, typer.Option(help="Mô tả hình cho người khiếm thị")] = "",
    file_url: Annotated[str, typer.Option(help="Địa chỉ https công khai của tệp")] = "",
) -> None:
    """Soạn và nộp bài / write a post and hand it in."""
    from bot.publishing.approval import submit_post
    from bot.publishing.writing import PostDraft, VariantDraft, attach_media, create_post

    variants = {}
    for item in text:
        channel, found, words = item.partition("=")
        if not found:
            raise Stop(f"--text {item!r}: write it as facebook=Nội dung")
        variants[channel.strip()] = VariantDraft(text=words, title=title, link=link)
    settings = settings_from_here()
    draft = PostDraft(title=title, field=field, locality=locality, due_at=_due(at, settings), variants=variants)

    async def work(parts: Any, actor: Any) -> int:
        post_id = await create_post(parts, actor, draft)
        if file is not None:
            await attach_media(parts, actor, post_id, file, alt_text=alt, public_url=file_url)
        await submit_post(parts, actor, post_id)
        return post_id

    out.print(f"Bài {as_person(login, work)} đã nộp, chờ người khác duyệt.")


@post_app.command("show")
def post_show(login: As, post_id: int) -> None:
    """Xem đúng những gì sẽ được gửi / show exactly what will be sent."""
    from bot.publishing.writing import preview_post, review_post
    from models.post import Post

    async def work(parts: Any, actor: Any) -> None:
        shown = await preview_post(parts, actor.organisation_id, post_id)
        async with parts.db.read() as session:
            post = await session.get_one(Post, post_id)
        out.print(f"#{post.id} {post.title} [{post.state}] {post.content_hash[:12]}", markup=False)
        for channel, outgoing in shown.items():
            words = json.dumps(outgoing.payload, ensure_ascii=False, indent=2)
            out.print(f"{channel} ({outgoing.form}): {words}", markup=False)
        for channel, problems in (await review_post(parts, actor.organisation_id, post_id)).items():
            for problem in problems:
                out.print(f"✗ {channel}: {problem.told.vi}", markup=False)

    as_person(login, work)


@post_app.command("list")
def post_list(login: As, state: str = "") -> None:
    """Danh sách bài / list posts."""
    from sqlmodel import col, select

    from models.post import Post
    from models.states import POST, PostState

    async def work(parts: Any, actor: Any) -> None:
        query = (
            select(Post).where(Post.organisation_id == actor.organisation_id).order_by(col(Post.id).desc()).limit(50)
        )
        async with parts.db.read() as session:
            rows = (await session.exec(query.where(Post.state == state) if state else query)).all()
        table = Table("Bài", "Trạng thái", "Giờ đăng", "Tên")
        for post in rows:
            due = f"{post.due_at.astimezone(parts.settings.tz):%d/%m/%Y %H:%M}" if post.due_at else "ngay khi duyệt"
            table.add_row(str(post.id), POST.labels[PostState(post.state)], due, post.title)
        out.print(table)

    as_person(login, work)


def _post_verb(name: str, help_text: str, call: Callable[[Any, Any, int, str], Awaitable[object]]) -> None:
    @post_app.command(name, help=help_text)
    def verb(login: As, post_id: int, why: str = typer.Option("", help="Lý do / reason")) -> None:
        as_person(login, lambda parts, actor: call(parts, actor, post_id, why))
        out.print(f"Bài {post_id}: {name}.")


@post_app.command("approve")
def post_approve(
    login: As,
    post_id: int,
    version: Annotated[str, typer.Option("--hash", help="Mã nội dung mà `loa post show` vừa in")],
) -> None:
    """Duyệt đúng nội dung đã xem / approve exactly what `loa post show` printed."""
    from bot.publishing.approval import approve_post
    from models.post import Post

    async def work(parts: Any, actor: Any) -> None:
        async with parts.db.read() as session:
            post = await session.get(Post, post_id)
        whole = post.content_hash if post and len(version) >= 12 and post.content_hash.startswith(version) else version
        await approve_post(parts, actor, post_id, whole)

    as_person(login, work)
    out.print(f"Bài {post_id}: approve.")


def _queueing(name: str) -> Callable[..., Awaitable[object]]:
    """Import the publishing rooms only when a verb is used: the command line starts quickly."""

    def call(*words: Any) -> Awaitable[object]:
        from bot.publishing import queueing

        result: Awaitable[object] = getattr(queueing, name)(*words)
        return result

    return call


async def _forward(parts: Any, actor: Any, post_id: int, _: str) -> None:
    from bot.publishing.approval import forward_post

    await forward_post(parts, actor, post_id)


async def _return(parts: Any, actor: Any, post_id: int, why: str) -> None:
    from bot.publishing.approval import return_post

    await return_post(parts, actor, post_id, why)


_post_verb("forward", "Chuyển duyệt / pass on", _forward)
_post_verb("return", "Trả lại / send back", _return)
_post_verb("hold", "Tạm giữ / hold", _queueing("hold_post"))
_post_verb("release", "Thả / release", lambda p, a, i, _: _queueing("release_post")(p, a, i))
_post_verb("cancel", "Hủy / cancel", lambda p, a, i, _: _queueing("cancel_post")(p, a, i))
_post_verb("withdraw", "Gỡ / take down", _queueing("withdraw_post"))


def queue(login: As, problems: Annotated[bool, typer.Option(help="Chỉ những gì cần người")] = False) -> None:
    """Hàng đợi / what is waiting to go out, and what needs a person."""
    from sqlmodel import col, select

    from models.delivery import Delivery
    from models.post import Post
    from models.states import DELIVERY, UNFINISHED_DELIVERY, DeliveryState

    shown = {DeliveryState.HELD, DeliveryState.UNKNOWN, DeliveryState.REFUSED} if problems else UNFINISHED_DELIVERY

    async def work(parts: Any, actor: Any) -> None:
        async with parts.db.read() as session:
            rows = (
                await session.exec(
                    select(Delivery, Post)
                    .join(Post, col(Post.id) == Delivery.post_id)
                    .where(Post.organisation_id == actor.organisation_id, col(Delivery.state).in_(shown))
                    .order_by(col(Delivery.priority).desc(), col(Delivery.due_at))
                    .limit(100)
                )
            ).all()
        table = Table("Lượt", "Bài", "Kênh", "Trạng thái", "Giờ", "Ghi chú")
        for delivery, post in rows:
            due = f"{delivery.due_at.astimezone(parts.settings.tz):%d/%m %H:%M}"
            label = DELIVERY.labels[DeliveryState(delivery.state)]
            table.add_row(str(delivery.id), post.title, delivery.channel, label, due, delivery.error_vi)
        out.print(table if rows else "Không có gì trong hàng đợi.")

    as_person(login, work)


@incident_app.command("list")
def incident_list(login: As) -> None:
    """Sự cố đang mở / open incidents."""
    from bot.duty.desk import open_incidents
    from bot.duty.texts import LEVEL_VI
    from models.incident import Level
    from models.states import INCIDENT, IncidentState

    async def work(parts: Any, actor: Any) -> None:
        async with parts.db.read() as session:
            rows = await open_incidents(session, actor.organisation_id)
        table = Table("Mã", "Mức", "Trạng thái", "Luận điểm")
        for i in rows:
            table.add_row(i.code, LEVEL_VI[Level(i.level)], INCIDENT.labels[IncidentState(i.state)], i.claim_text[:90])
        out.print(table if rows else "Không có sự cố đang mở.")

    as_person(login, work)
