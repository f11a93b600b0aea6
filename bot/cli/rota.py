"""The duty rota: who is woken, and who is next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer
from rich.markup import escape
from rich.table import Table

from bot.cli.base import As, Stop, as_person, local_time, office_of, out, say

if TYPE_CHECKING:
    from bot.parts import Actor, Parts
    from models.office import RotaShift

rota_app = typer.Typer(help="Lịch trực / duty rota", no_args_is_help=True)
SHOWN_DAYS = 14


@rota_app.command("add")
def rota_add(
    login: As,
    start: Annotated[str, typer.Option("--from", help="Giờ bắt đầu của đơn vị, ví dụ 2026-11-30T07:00 / start")],
    end: Annotated[str, typer.Option("--to", help="Giờ kết thúc / end")],
    primary: Annotated[str, typer.Option(help="Trực chính (tên đăng nhập) / who is told first")],
    backup: Annotated[str, typer.Option(help="Trực phụ / who is told next")] = "",
    head: Annotated[str, typer.Option(help="Lãnh đạo trực / who is told last")] = "",
    weeks: Annotated[int, typer.Option(help="Lặp lại hằng tuần bấy nhiêu lần / so many weeks in a row", min=1)] = 1,
    note: Annotated[str, typer.Option(help="Ghi chú bàn giao / note")] = "",
    despite: Annotated[str, typer.Option(help="Vì sao vẫn xếp dù thiếu nghỉ / why, though rest is short")] = "",
) -> None:
    """Thêm ca trực / add a shift; overlaps with others are told."""
    from bot.duty.shifts import ShiftPlan, add_shifts, overlaps, shifts_between

    async def work(parts: Parts, actor: Actor) -> None:
        zone = ZoneInfo((await office_of(parts, actor)).zone)
        starts_at, ends_at = local_time(start, "--from", zone), local_time(end, "--to", zone)
        if starts_at is None or ends_at is None:
            raise Stop("--from and --to: both are needed")
        plan = ShiftPlan(starts_at, ends_at, primary, backup, head, note, weeks, despite)
        made = await add_shifts(parts, actor, plan)
        ids = {shift.id for shift in made}
        for shift in made:
            say(f"Ca {shift.id}: {_span(shift.starts_at, shift.ends_at, zone)}")
        async with parts.db.read() as session:
            near = await shifts_between(session, actor.organisation_id, made[0].starts_at, made[-1].ends_at)
        _tell_overlaps([pair for pair in overlaps(near) if ids & {pair[0].id, pair[1].id}])

    as_person(login, work)


@rota_app.command("list")
def rota_list(
    login: As,
    days: Annotated[int, typer.Option(help="Bao nhiêu ngày tới / how many days ahead", min=1, max=366)] = SHOWN_DAYS,
) -> None:
    """Ca trực sắp tới, chỗ trống và chỗ chồng nhau / coming shifts, with gaps and overlaps."""
    from bot.duty.ahead import troubles_ahead
    from bot.duty.shifts import overlaps, shifts_between

    async def work(parts: Parts, actor: Actor) -> None:
        office, now = await office_of(parts, actor), parts.now()
        zone, until = ZoneInfo(office.zone), now + timedelta(days=days)
        async with parts.db.read() as session:
            shifts = await shifts_between(session, actor.organisation_id, now, until)
            found = await troubles_ahead(session, actor.organisation_id, now, until, parts.settings.free_days)
        if shifts:
            await _tell_shifts(parts, shifts, zone)
        else:
            say("Chưa có ca trực nào; xếp bằng `loa rota add`.")
        _tell_overlaps(overlaps(shifts))
        for trouble in found:
            say(f"! {trouble.told.vi}")

    as_person(login, work)


@rota_app.command("remove")
def rota_remove(login: As, shift: Annotated[int, typer.Argument(help="Số của ca, xem `loa rota list`")]) -> None:
    """Bỏ một ca trực / take a shift off the rota."""
    from bot.duty.shifts import remove_shift

    as_person(login, lambda parts, actor: remove_shift(parts, actor, shift))
    say(f"Đã bỏ ca {shift}.")


@rota_app.command("handover")
def rota_handover(
    login: As,
    shift: Annotated[int, typer.Argument(help="Số của ca, xem `loa rota list`")],
    text: Annotated[str, typer.Option(help="Nội dung bàn giao cho ca sau / what the next shift must know")],
) -> None:
    """Ghi bàn giao ca / leave a hand-over note; it is told as the next shift begins."""
    from bot.duty.shifts import leave_handover

    as_person(login, lambda parts, actor: leave_handover(parts, actor, shift, text))
    say(f"Đã ghi bàn giao của ca {shift}.")


@rota_app.command("swap")
def rota_swap(
    login: As,
    shift: Annotated[int, typer.Argument(help="Ca của mình, xem `loa rota list` / the own shift")],
    to: Annotated[str, typer.Option(help="Nhờ ai (tên đăng nhập) / whom")],
    for_shift: Annotated[int, typer.Option("--for", help="Đổi lấy ca này của họ / for this shift of theirs")] = 0,
    note: Annotated[str, typer.Option(help="Lời nhắn / a word")] = "",
) -> None:
    """Nhờ người khác trực thay; chỉ đổi khi họ đồng ý / ask somebody to take a shift; it counts once they agree."""
    from bot.duty.swaps import ask_swap

    async def work(parts: Parts, actor: Actor) -> None:
        swap = await ask_swap(parts, actor, shift, to, other_shift_id=for_shift or None, note=note)
        say(f"Lời nhờ {swap.id}: chờ {to} trả lời (trong chat, trên trang, hoặc `loa rota answer {swap.id}`).")

    as_person(login, work)


@rota_app.command("answer")
def rota_answer(
    login: As,
    swap: Annotated[int, typer.Argument(help="Số của lời nhờ / the request's number")],
    agree: Annotated[bool, typer.Option("--yes/--no", help="Đồng ý hay không / agree or not")],
) -> None:
    """Trả lời lời nhờ đổi ca / answer a request to swap."""
    from bot.duty.swaps import answer_swap

    async def work(parts: Parts, actor: Actor) -> None:
        say(f"Lời nhờ {swap}: {await answer_swap(parts, actor, swap, agree=agree)}")

    as_person(login, work)


@rota_app.command("chain")
def rota_chain(
    login: As,
    level: Annotated[str, typer.Option(help="medium, high, emergency; trống: chỉ xem / empty: only show")] = "",
    minutes: Annotated[str, typer.Option(help="Phút chờ từng bước, ví dụ 10,15 / minutes step by step")] = "",
    ack_lives: Annotated[float, typer.Option(help="Nhận rồi bao nhiêu phút không làm gì thì báo lại / minutes")] = 0,
) -> None:
    """Thời hạn chuyển cấp theo mức / minutes of escalation by level; set from now on with --level."""
    from bot.duty.plans import chain_of, set_plan
    from models.incident import Level

    if level and level not in list(Level)[1:]:
        raise Stop(f"--level {level}: use medium, high or emergency")
    try:
        waits = [float(word) for word in minutes.replace(",", " ").split()]
    except ValueError:
        raise Stop(f"--minutes {minutes}: give numbers such as 10,15") from None

    async def work(parts: Parts, actor: Actor) -> None:
        if level:
            await set_plan(parts, actor, Level(level), waits, ack_lives)
        table = Table("Mức", "Chuyển cấp sau (phút)", "Báo lại sau (phút)")
        async with parts.db.read() as session:
            for each in list(Level)[1:]:
                chain = await chain_of(session, actor.organisation_id, each, parts.now())
                spans = [f"{wait.total_seconds() / 60:g}" for wait in chain.waits]
                table.add_row(each, ", ".join(spans), f"{chain.ack_lives.total_seconds() / 60:g}")
        out.print(table)

    as_person(login, work)


async def _tell_shifts(parts: Parts, shifts: Sequence[RotaShift], zone: tzinfo) -> None:
    """The shifts, and why an alert would not reach one of their people."""
    from models.office import User

    table, seen = Table("Ca", "Thời gian", "Trực chính", "Trực phụ", "Lãnh đạo", "Ghi chú"), dict[int, User]()
    async with parts.db.read() as session:
        for shift in shifts:
            chain = (shift.primary_id, shift.backup_id, shift.head_id)
            seen |= {i: await session.get_one(User, i) for i in chain if i is not None and i not in seen}
            names = [seen[i].login if i is not None else "–" for i in chain]
            table.add_row(str(shift.id), _span(shift.starts_at, shift.ends_at, zone), *names, escape(shift.note))
    out.print(table)
    for user in seen.values():
        if not user.active:
            say(f"! {user.login} đã bị khóa: hãy xếp người khác.")
        elif not user.telegram_id:
            say(f"! {user.login} chưa liên kết chat: chỉ được nhắc trong nhóm trực.")


def _tell_overlaps(pairs: Sequence[tuple[RotaShift, RotaShift]]) -> None:
    for one, other in pairs:
        say(f"! Ca {one.id} và ca {other.id} chồng nhau: lúc ấy ca {other.id} được tính.")


def _span(start: datetime, end: datetime, zone: tzinfo) -> str:
    one, other = start.astimezone(zone), end.astimezone(zone)
    return f"{one:%d/%m/%Y %H:%M} – " + (f"{other:%H:%M}" if one.date() == other.date() else f"{other:%d/%m/%Y %H:%M}")
