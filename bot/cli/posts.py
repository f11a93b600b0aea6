"""Posts and incidents: the same verbs as the console."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.markup import escape
from rich.table import Table

from bot.cli.base import (
    As,
    Stop,
    as_person,
    clock,
    local_time,
    minute_of_day,
    office_of,
    out,
    say,
    time_of_week,
)

if TYPE_CHECKING:
    from bot.parts import Actor, Parts
    from models.post import Post

post_app = typer.Typer(help="Bài đăng / posts", no_args_is_help=True)
incident_app = typer.Typer(help="Sự cố / incidents", no_args_is_help=True)


@post_app.command("new")
def post_new(
    login: As,
    title: Annotated[str, typer.Option(help="Tên gọi nội bộ của bài")],
    text: Annotated[list[str], typer.Option("--text", help="kênh=nội dung, lặp lại cho từng kênh")],
    at: Annotated[str, typer.Option(help="Giờ đăng, ví dụ 2026-11-25T08:30; bỏ trống: ngay khi duyệt")] = "",
    slot: Annotated[bool, typer.Option("--slot", help="Vào khung giờ trống kế tiếp của từng kênh / next slot")] = False,
    window_from: Annotated[
        str, typer.Option(help="Được dời trong khung này mà không cần duyệt lại / may move in this window")
    ] = "",
    window_to: Annotated[str, typer.Option(help="Hết khung / end of the window")] = "",
    embargo: Annotated[str, typer.Option(help="Không đăng trước giờ này / nothing goes out before")] = "",
    field: Annotated[str, typer.Option(help="Lĩnh vực (mã VAFC)")] = "KHAC",
    locality: Annotated[str, typer.Option(help="Địa bàn")] = "",
    link: Annotated[str, typer.Option(help="Liên kết kèm theo")] = "",
    file: Annotated[Path | None, typer.Option(help="Hình hoặc clip")] = None,
    alt: Annotated[str, typer.Option(help="Mô tả hình cho người khiếm thị")] = "",
    file_url: Annotated[str, typer.Option(help="Địa chỉ https công khai của tệp")] = "",
) -> None:
    """Soạn và nộp bài / write a post and hand it in; what is refused leaves nothing behind."""
    from bot.publishing.handing_in import FileDraft, hand_in
    from bot.publishing.writing import PostDraft, VariantDraft
    from models.post import Timing, VafcField

    if field not in set(VafcField):
        raise Stop(f"--field {field}: use one of {', '.join(VafcField)}")
    if slot and (at or window_from or window_to):
        raise Stop("--slot: a slot is a time of its own; leave --at and the window out")
    variants = {}
    for item in text:
        channel, found, words = item.partition("=")
        if not found:
            raise Stop(f"--text {item!r}: write it as facebook=Nội dung")
        if channel.strip() in variants:
            raise Stop(f"--text: {channel.strip()} is there twice")
        variants[channel.strip()] = VariantDraft(text=words, title=title, link=link)

    async def work(parts: Parts, actor: Actor) -> int:
        tz = ZoneInfo((await office_of(parts, actor)).zone)
        start = local_time(window_from, "--window-from", tz)
        draft = PostDraft(
            title=title,
            field=field,
            locality=locality,
            due_at=local_time(at, "--at", tz) or start,
            variants=variants,
            timing=Timing.SLOT if slot else Timing.AT,
            window_from=start,
            window_to=local_time(window_to, "--window-to", tz),
            embargo_until=local_time(embargo, "--embargo", tz),
        )
        return await hand_in(parts, actor, draft, FileDraft(file, alt, file_url) if file is not None else None)

    say(f"Bài {as_person(login, work)} đã nộp, chờ người khác duyệt.")


@post_app.command("show")
def post_show(login: As, post_id: int) -> None:
    """Xem đúng những gì sẽ được gửi / show exactly what will be sent, and what to know before saying yes."""
    from bot.publishing.cautions import cautions_of
    from bot.publishing.writing import preview_post, review_post
    from models.post import Post

    async def work(parts: Parts, actor: Actor) -> None:
        shown = await preview_post(parts, actor.organisation_id, post_id)
        async with parts.db.read() as session:
            post = await session.get_one(Post, post_id)
        say(f"#{post.id} {post.title} [{post.state}] {post.content_hash[:12]}")
        tz = ZoneInfo((await office_of(parts, actor)).zone)
        for line in _times(post, tz):
            say(line)
        for channel, outgoing in shown.items():
            words = json.dumps(outgoing.payload, ensure_ascii=False, indent=2)
            say(f"{channel} ({outgoing.form}): {words}")
        for channel, problems in (await review_post(parts, actor.organisation_id, post_id)).items():
            for problem in problems:
                say(f"✗ {channel}: {problem.told.vi}")
        for caution in await cautions_of(parts, post_id):
            say(f"! {caution.told.vi} (bài {caution.post_id})")

    as_person(login, work)


def _times(post: Post, tz: tzinfo) -> list[str]:
    """When it goes out, and until when a yes still makes sense."""
    from bot.publishing.approval import answer_by
    from models.post import Timing
    from models.states import PostState

    if post.timing == Timing.SLOT:
        lines = ["Giờ đăng: khung giờ trống kế tiếp của từng kênh"]
    else:
        lines = [f"Giờ đăng: {clock(post.due_at, tz) or 'ngay khi duyệt xong'}"]
    if post.window_from is not None:
        lines.append(f"Trong khung: {clock(post.window_from, tz)} – {clock(post.window_to, tz)}")
    if post.embargo_until is not None:
        lines.append(f"Không đăng trước: {clock(post.embargo_until, tz)}")
    if post.state in (PostState.IN_REVIEW, PostState.PENDING) and (by := answer_by(post)) is not None:
        lines.append(f"Duyệt trước: {clock(by, tz)}, sau đó bài tự trả về người soạn")
    return lines


@post_app.command("list")
def post_list(login: As, state: str = "") -> None:
    """Danh sách bài / list posts."""
    from sqlmodel import col, select

    from models.post import Post, Timing
    from models.states import POST, PostState

    if state and state not in set(PostState):
        raise Stop(f"--state {state}: use one of {', '.join(PostState)}")

    async def work(parts: Parts, actor: Actor) -> None:
        tz = ZoneInfo((await office_of(parts, actor)).zone)
        query = (
            select(Post).where(Post.organisation_id == actor.organisation_id).order_by(col(Post.id).desc()).limit(50)
        )
        async with parts.db.read() as session:
            rows = (await session.exec(query.where(Post.state == state) if state else query)).all()
        table = Table("Bài", "Trạng thái", "Giờ đăng", "Tên")
        for post in rows:
            due = "khung giờ trống" if post.timing == Timing.SLOT else clock(post.due_at, tz) or "ngay khi duyệt"
            table.add_row(str(post.id), POST.labels[PostState(post.state)], due, escape(post.title))
        out.print(table)

    as_person(login, work)


def _post_verb(name: str, help_text: str, call: Callable[[Any, Any, int, str], Awaitable[object]]) -> None:
    @post_app.command(name, help=help_text)
    def verb(login: As, post_id: int, why: str = typer.Option("", help="Lý do / reason")) -> None:
        as_person(login, lambda parts, actor: call(parts, actor, post_id, why))
        say(f"Bài {post_id}: {name}.")


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
    say(f"Bài {post_id}: approve.")


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


@post_app.command("move")
def post_move(
    login: As,
    post_id: int,
    at: Annotated[str, typer.Option(help="Giờ đăng mới, ví dụ 2026-11-25T08:30 / new time")],
) -> None:
    """Đổi giờ đăng / move a post; outside the window it was approved for it needs a new approval."""
    from bot.publishing.handing_in import not_past
    from bot.publishing.queueing import reschedule_post
    from models.post import Post

    async def work(parts: Parts, actor: Actor) -> tuple[str, str]:
        tz = ZoneInfo((await office_of(parts, actor)).zone)
        due = local_time(at, "--at", tz)
        not_past(due, parts.now())
        await reschedule_post(parts, actor, post_id, due)
        async with parts.db.read() as session:
            return clock(due, tz), (await session.get_one(Post, post_id)).state

    when, state = as_person(login, work)
    say(f"Bài {post_id}: {when or 'ngay khi duyệt xong'} [{state}].")


@post_app.command("repeat")
def post_repeat(
    login: As,
    post_id: int,
    every: Annotated[str, typer.Option(help="day, week hoặc month")],
    at: Annotated[str, typer.Option(help="Giờ đăng của đơn vị, ví dụ 08:30 / time of day")],
    day: Annotated[str, typer.Option(help="week: mon..sun; month: 1..31 (31: ngày cuối tháng / the last day)")] = "",
    ahead_h: Annotated[int, typer.Option(help="Bản sao xuất hiện trước bao nhiêu giờ để duyệt / hours ahead")] = 48,
    until: Annotated[str, typer.Option(help="Đến hết giờ này / no copies due after")] = "",
) -> None:
    """Lặp lại: bản sao của bài hiện ra trước mỗi kỳ, chờ duyệt / copies appear ahead of time, each to be approved."""
    from bot.publishing.recurring import repeat_post
    from models.queue import Every

    if every not in set(Every):
        raise Stop(f"--every {every}: use one of {', '.join(Every)}")
    weekday, month_day = 0, 1
    if every == Every.WEEK:
        weekday, minute = time_of_week(day, at)
    else:
        minute = minute_of_day(at)
    if every == Every.MONTH:
        if not day.isdecimal() or not 1 <= int(day) <= 31:
            raise Stop(f"--day {day}: a monthly post needs a day from 1 to 31")
        month_day = int(day)

    async def work(parts: Parts, actor: Actor) -> int:
        last = local_time(until, "--until", ZoneInfo((await office_of(parts, actor)).zone))
        rule = {"minute": minute, "weekday": weekday, "day": month_day}
        return await repeat_post(parts, actor, post_id, Every(every), **rule, ahead_h=ahead_h, until=last)

    say(f"Lịch lặp lại {as_person(login, work)}; xem bằng `loa post repeats --as {login}`.")


@post_app.command("repeats")
def post_repeats(login: As) -> None:
    """Các lịch lặp lại / what recurs."""
    from bot.publishing.recurring import recurrences_of
    from models.post import Post

    async def work(parts: Parts, actor: Actor) -> None:
        tz = ZoneInfo((await office_of(parts, actor)).zone)
        table = Table("Lịch", "Bài", "Lặp", "Kỳ tới", "Đến")
        async with parts.db.read() as session:
            rules = await recurrences_of(session, actor.organisation_id)
            for rule in rules:
                title = (await session.get_one(Post, rule.post_id)).title
                when = clock(rule.next_at, tz), clock(rule.until, tz)
                table.add_row(str(rule.id), f"{rule.post_id} {escape(title)}", rule.every, *when)
        out.print(table if rules else "Chưa có bài nào lặp lại.")

    as_person(login, work)


@post_app.command("unrepeat")
def post_unrepeat(login: As, rule: Annotated[int, typer.Argument(help="Số của lịch, xem `loa post repeats`")]) -> None:
    """Thôi lặp lại / make no more copies; those that are there stay."""
    from bot.publishing.recurring import end_recurrence

    as_person(login, lambda parts, actor: end_recurrence(parts, actor, rule))
    say(f"Lịch lặp lại {rule} đã kết thúc.")


_post_verb("forward", "Chuyển duyệt / pass on", _forward)
_post_verb("return", "Trả lại / send back", _return)
_post_verb("hold", "Tạm giữ / hold", _queueing("hold_post"))
_post_verb("release", "Thả / release", lambda p, a, i, _: _queueing("release_post")(p, a, i))
_post_verb("cancel", "Hủy / cancel", lambda p, a, i, _: _queueing("cancel_post")(p, a, i))
_post_verb("withdraw", "Gỡ / take down", _queueing("withdraw_post"))


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
            table.add_row(
                i.code, LEVEL_VI[Level(i.level)], INCIDENT.labels[IncidentState(i.state)], escape(i.claim_text[:90])
            )
        out.print(table if rows else "Không có sự cố đang mở.")

    as_person(login, work)
