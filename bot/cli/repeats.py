"""Recurring posts: set, list, end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer
from rich.markup import escape
from rich.table import Table

from bot.cli.base import As, Stop, as_person, clock, local_time, minute_of_day, office_of, out, say, time_of_week

if TYPE_CHECKING:
    from bot.parts import Actor, Parts


def repeat(
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


def repeats(login: As) -> None:
    """Các lịch lặp lại / what recurs."""
    from bot.publishing.recurring import note_of, recurrences_of
    from models.post import Post

    async def work(parts: Parts, actor: Actor) -> None:
        tz = ZoneInfo((await office_of(parts, actor)).zone)
        table = Table("Lịch", "Bài", "Lặp", "Kỳ tới", "Đến", "Ghi chú")
        async with parts.db.read() as session:
            rules = await recurrences_of(session, actor.organisation_id, parts.now())
            for rule in rules:
                title = (await session.get_one(Post, rule.post_id)).title
                when = "" if rule.ended_at else clock(rule.next_at, tz), clock(rule.until, tz)
                note = note_of(rule)
                row = str(rule.id), f"{rule.post_id} {escape(title)}", rule.every, *when, note.vi if note else ""
                table.add_row(*row)
        out.print(table if rules else "Chưa có bài nào lặp lại.")

    as_person(login, work)


def unrepeat(login: As, rule: Annotated[int, typer.Argument(help="Số của lịch, xem `loa post repeats`")]) -> None:
    """Thôi lặp lại / make no more copies; those that are there stay."""
    from bot.publishing.recurring import end_recurrence

    as_person(login, lambda parts, actor: end_recurrence(parts, actor, rule))
    say(f"Lịch lặp lại {rule} đã kết thúc.")
