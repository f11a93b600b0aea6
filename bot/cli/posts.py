"""Posts: the same verbs as the console."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
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
    office_of,
    out,
    say,
)
from bot.cli.post_files import options_of

if TYPE_CHECKING:
    from bot.parts import Actor, Parts
    from bot.publishing.writing import VariantDraft
    from models.post import Post, Variant

post_app = typer.Typer(help="Bài đăng / posts", no_args_is_help=True)


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
    item: Annotated[
        str, typer.Option("--format", help="Loại bài: text, infographic, short_clip, long_clip / what it is")
    ] = "",
    language: Annotated[
        list[str] | None, typer.Option("--language", help="kênh=mã ngôn ngữ, ví dụ viber=de / language of a text")
    ] = None,
    machine: Annotated[
        list[str] | None, typer.Option("--machine", help="Kênh có bản dịch máy, phải ký / machine translated")
    ] = None,
    option: Annotated[
        list[str] | None,
        typer.Option(
            "--option", help="kênh.tên=giá trị, ví dụ facebook.first_comment=Nguồn: ... / a channel's own words"
        ),
    ] = None,
    field: Annotated[str, typer.Option(help="Lĩnh vực (mã VAFC)")] = "KHAC",
    locality: Annotated[str, typer.Option(help="Địa bàn")] = "",
    link: Annotated[str, typer.Option(help="Liên kết kèm theo")] = "",
    file: Annotated[Path | None, typer.Option(help="Hình hoặc clip")] = None,
    alt: Annotated[str, typer.Option(help="Mô tả hình cho người khiếm thị")] = "",
    file_url: Annotated[str, typer.Option(help="Địa chỉ https công khai của tệp")] = "",
) -> None:
    """Soạn và nộp bài / write a post and hand it in; what is refused leaves nothing behind."""
    from bot.publishing.handing_in import FileDraft, hand_in
    from bot.publishing.writing import PostDraft
    from models.post import PostFormat, Timing, VafcField

    if item and item not in set(PostFormat):
        raise Stop(f"--format {item}: use one of {', '.join(PostFormat)}")
    if field not in set(VafcField):
        raise Stop(f"--field {field}: use one of {', '.join(VafcField)}")
    if slot and (at or window_from or window_to):
        raise Stop("--slot: a slot is a time of its own; leave --at and the window out")
    variants = _variants(text, language or [], machine or [], option or [], title=title, link=link)

    async def work(parts: Parts, actor: Actor) -> int:
        tz = ZoneInfo((await office_of(parts, actor)).zone)
        start = local_time(window_from, "--window-from", tz)
        draft = PostDraft(
            title=title,
            format=item,
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


def _variants(
    text: Sequence[str],
    language: Sequence[str],
    machine: Sequence[str],
    option: Sequence[str],
    *,
    title: str,
    link: str,
) -> dict[str, VariantDraft]:
    """One text a channel, with what is said of its language and in its channel's own words."""
    from bot.publishing.writing import VariantDraft

    texts = _by_channel("--text", text, "Nội dung")
    languages, options = _languages(language, texts), options_of(option, list(texts))
    if odd := [c for c in machine if c not in texts]:
        raise Stop(f"--machine {odd[0]}: there is no --text for it")
    return {
        channel: VariantDraft(
            text=words,
            title=title,
            link=link,
            language=languages.get(channel, "vi"),
            machine_translated=channel in machine,
            options=options.get(channel, {}),
        )
        for channel, words in texts.items()
    }


def _by_channel(option: str, given: Sequence[str], example: str) -> dict[str, str]:
    """What an option says of each channel: `facebook=Nội dung`, each channel once."""
    found: dict[str, str] = {}
    for item in given:
        channel, equals, words = item.partition("=")
        if not equals:
            raise Stop(f"{option} {item!r}: write it as facebook={example}")
        if channel.strip() in found:
            raise Stop(f"{option}: {channel.strip()} is there twice")
        found[channel.strip()] = words
    return found


def _languages(given: Sequence[str], texts: Mapping[str, str]) -> dict[str, str]:
    """The language of each text that is not Vietnamese."""
    from models.names import LANGUAGES

    found = _by_channel("--language", given, "en")
    for channel, code in found.items():
        if channel not in texts:
            raise Stop(f"--language {channel}={code}: there is no --text for {channel}")
        if code not in LANGUAGES:
            raise Stop(f"--language {channel}={code}: use one of {', '.join(LANGUAGES)}")
    return found


@post_app.command("show")
def post_show(login: As, post_id: int) -> None:
    """Xem đúng những gì sẽ được gửi / show exactly what will be sent, and what to know before saying yes."""
    from bot.publishing.cautions import cautions_of
    from bot.publishing.content import load
    from bot.publishing.writing import preview_post, review_post
    from models.mention import Mention
    from models.post import Post

    async def work(parts: Parts, actor: Actor) -> None:
        shown = await preview_post(parts, actor.organisation_id, post_id)
        async with parts.db.read() as session:
            post = await session.get_one(Post, post_id)
            variants = (await load(session, post)).variants
            asked = await session.get(Mention, post.answers_id) if post.answers_id is not None else None
        say(f"#{post.id} {post.title} [{post.state}] {post.content_hash[:12]}")
        tz = ZoneInfo((await office_of(parts, actor)).zone)
        if asked is not None:
            say(f"Trả lời #{asked.id} ({asked.channel}, {clock(asked.written_at, tz)}): “{asked.text}”")
        for line in (*_kinds(post, variants, tz), *_times(post, tz)):
            say(line)
        for channel, outs in shown.items():
            for outgoing in outs:
                words = json.dumps(outgoing.payload, ensure_ascii=False, indent=2)
                say(f"{channel} ({outgoing.form}): {words}")
        for channel, problems in (await review_post(parts, actor.organisation_id, post_id)).items():
            for problem in problems:
                say(f"✗ {channel}: {problem.told.vi}" if channel else f"✗ {problem.told.vi}")
        for caution in await cautions_of(parts, post_id):
            say(f"! {caution.told.vi} (bài {caution.post_id})")

    as_person(login, work)


def _kinds(post: Post, variants: Sequence[Variant], tz: tzinfo) -> list[str]:
    """What kind of item it is, and which of its texts a machine translated."""
    from models.names import FORMATS, LANGUAGES

    lines = [f"Loại bài: {FORMATS[post.format][0]}"] if post.format else []
    for variant in variants:
        if variant.language != "vi" or variant.machine_translated:
            lines.append(f"{variant.channel}: {LANGUAGES.get(variant.language, variant.language)}")
        if variant.machine_translated:
            signed = f"đã ký lúc {clock(variant.signed_at, tz)}" if variant.signed_at else "chưa ký"
            lines[-1] += f", bản dịch máy – {signed}"
    return lines


def _times(post: Post, tz: tzinfo) -> list[str]:
    """When it goes out, and until when a yes still makes sense."""
    from bot.publishing.late import answer_by
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

    async def work(parts: Any, actor: Any) -> None:
        await approve_post(parts, actor, post_id, await _whole_hash(parts, post_id, version))

    as_person(login, work)
    say(f"Bài {post_id}: approve.")


@post_app.command("sign")
def post_sign(
    login: As,
    post_id: int,
    channel: Annotated[str, typer.Option(help="Kênh có bản dịch máy / channel of the translation")],
    version: Annotated[str, typer.Option("--hash", help="Mã nội dung mà `loa post show` vừa in")],
) -> None:
    """Ký bản dịch máy đã đọc / sign a machine translation that you read; whoever signs does not approve the post."""
    from bot.publishing.signing import sign_translation

    async def work(parts: Any, actor: Any) -> None:
        await sign_translation(parts, actor, post_id, channel, await _whole_hash(parts, post_id, version))

    as_person(login, work)
    say(f"Bài {post_id}: đã ký bản dịch {channel}.")


async def _whole_hash(parts: Any, post_id: int, version: str) -> str:
    """The hash whose beginning `loa post show` printed; as it was typed when it is another one."""
    from models.post import Post

    async with parts.db.read() as session:
        post = await session.get(Post, post_id)
    return post.content_hash if post and len(version) >= 12 and post.content_hash.startswith(version) else version


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


_post_verb("forward", "Chuyển duyệt / pass on", _forward)
_post_verb("return", "Trả lại / send back", _return)
_post_verb("hold", "Tạm giữ / hold", _queueing("hold_post"))
_post_verb("release", "Thả / release", lambda p, a, i, _: _queueing("release_post")(p, a, i))
_post_verb("cancel", "Hủy / cancel", lambda p, a, i, _: _queueing("cancel_post")(p, a, i))
_post_verb("withdraw", "Gỡ / take down", _queueing("withdraw_post"))
