"""How long people's words are kept: `loa retention show|set`."""

from __future__ import annotations

from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.markup import escape
from rich.table import Table

from bot.cli.base import As, as_person, clock, local_time, office_of, out, say

retention_app = typer.Typer(help="Lưu lời người dân bao lâu / how long people's words are kept", no_args_is_help=True)


@retention_app.command("show")
def retention_show(login: As) -> None:
    """Số ngày đang áp dụng và mọi lần đổi / the days that count now, and every change."""
    from bot.retention import retention_now, rules_of

    async def work(parts: Any, actor: Any) -> None:
        zone = ZoneInfo((await office_of(parts, actor)).zone)
        async with parts.db.read() as session:
            days = await retention_now(session, parts, actor.organisation_id)
            rules = await rules_of(session, actor.organisation_id)
        say(f"{days} ngày / days")
        table = Table("Từ", "Số ngày", "Ai đặt", "Lúc", "Căn cứ")
        for rule, who in rules:
            begins, set_at = clock(rule.since, zone), clock(rule.set_at, zone)
            table.add_row(begins, str(rule.days), escape(who or ""), set_at, escape(rule.why))
        if rules:
            out.print(table)

    as_person(login, work)


@retention_app.command("set")
def retention_set(
    days: Annotated[int, typer.Argument(help="Số ngày, 7 đến 3650 / days, 7 to 3650")],
    login: As,
    why: Annotated[str, typer.Option(help="Căn cứ, ghi vào nhật ký / the rule or decision behind it; goes on record")],
    since: Annotated[
        str, typer.Option("--from", help="Áp dụng từ ngày / from this day on: 2026-12-01; empty: now")
    ] = "",
) -> None:
    """Đổi số ngày lưu, có hiệu lực từ một ngày / change the days, from a day on."""
    from bot.retention import set_retention

    async def work(parts: Any, actor: Any) -> None:
        zone = ZoneInfo((await office_of(parts, actor)).zone)
        begins = await set_retention(parts, actor, days, local_time(since, "--from", zone), why)
        say(f"{days} ngày / days, từ / from {clock(begins, zone)}")

    as_person(login, work)
