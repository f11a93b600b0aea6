"""The press and big public pages: `loa outlet add|list|retire`."""

from __future__ import annotations

from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.markup import escape
from rich.table import Table

from bot.cli.base import As, Stop, as_person, clock, office_of, out, say

outlet_app = typer.Typer(help="Báo chí và trang lớn / the press and big public pages", no_args_is_help=True)


@outlet_app.command("add")
def outlet_add(
    channel: Annotated[str, typer.Argument(help="facebook | youtube")],
    remote_id: Annotated[str, typer.Argument(help="Mã trang hoặc kênh / the id that it writes under")],
    name: Annotated[str, typer.Option(help="Tên trang / its name")],
    login: As,
    press: Annotated[bool, typer.Option("--press", help="Là báo chí / it is the press")] = False,
    followers: Annotated[int | None, typer.Option(help="Số người theo dõi, trên 100.000 / its followers")] = None,
) -> None:
    """Ghi một tờ báo hoặc trang lớn: lời của họ tính là lan truyền mức 3 / list one: its word is spread 3."""
    from bot.duty.outlets import Named, add

    if press == (followers is not None):
        raise Stop("--press or --followers: say one of them")

    async def work(parts: Any, actor: Any) -> None:
        say(str((await add(parts, actor, Named(channel, remote_id, name, followers))).id))

    as_person(login, work)


@outlet_app.command("list")
def outlet_list(login: As) -> None:
    """Danh sách đang dùng / the list."""
    from bot.duty.outlets import outlets_of

    async def work(parts: Any, actor: Any) -> None:
        zone = ZoneInfo((await office_of(parts, actor)).zone)
        async with parts.db.read() as session:
            rows = await outlets_of(session, actor.organisation_id)
        table = Table("Số", "Kênh", "Mã", "Tên", "Người theo dõi", "Ghi lúc")
        for row in rows:
            followers = "báo chí / press" if row.followers is None else f"{row.followers:,}"
            added = clock(row.added_at, zone)
            table.add_row(str(row.id), row.channel, escape(row.remote_id), escape(row.name), followers, added)
        out.print(table if rows else "Chưa ghi tờ báo hay trang lớn nào.")

    as_person(login, work)


@outlet_app.command("retire")
def outlet_retire(
    number: Annotated[int, typer.Argument(help="Số trong danh sách / its number on the list")],
    login: As,
    why: Annotated[str, typer.Option(help="Lý do, ghi vào nhật ký / why; goes on record")],
) -> None:
    """Bỏ khỏi danh sách / take one off the list."""
    from bot.duty.outlets import retire

    async def work(parts: Any, actor: Any) -> None:
        await retire(parts, actor, number, why)

    as_person(login, work)
