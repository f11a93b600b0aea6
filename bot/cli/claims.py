"""The library of settled claims: `loa claim add|list|import|retire`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.markup import escape
from rich.table import Table

from bot.cli.base import As, as_person, clock, local_time, office_of, out, say

claim_app = typer.Typer(help="Luận điểm đã có kết luận / claims that were settled", no_args_is_help=True)
Verdicts = Annotated[str, typer.Option(help="TIN_GIA | TIN_SAI_SU_THAT | TIN_XAC_THUC")]


@claim_app.command("add")
def claim_add(
    text: Annotated[str, typer.Argument(help="Luận điểm, một câu / the claim in one sentence")],
    login: As,
    verdict: Verdicts,
    source: Annotated[str, typer.Option(help="Ai kết luận, xem ở đâu / who concluded it, and where it stands")],
    at: Annotated[str, typer.Option(help="Ngày kết luận / the day of the conclusion: 2026-11-25")] = "",
) -> None:
    """Thêm một luận điểm đã có kết luận / add a settled claim."""
    from bot.duty.library import Settled, add

    async def work(parts: Any, actor: Any) -> None:
        zone = ZoneInfo((await office_of(parts, actor)).zone)
        say(str(await add(parts, actor, [Settled(text, verdict, source, local_time(at, "--at", zone))])))

    as_person(login, work)


@claim_app.command("list")
def claim_list(login: As) -> None:
    """Thư viện luận điểm đã có kết luận / the library."""
    from bot.duty.library import entries_of

    async def work(parts: Any, actor: Any) -> None:
        zone = ZoneInfo((await office_of(parts, actor)).zone)
        async with parts.db.read() as session:
            rows = await entries_of(session, actor)
        table = Table("Số", "Kết luận", "Ngày", "Nguồn", "Luận điểm")
        for row in rows:
            table.add_row(
                str(row.id), row.verdict, clock(row.settled_at, zone), escape(row.source), escape(row.text[:120])
            )
        out.print(table if rows else "Thư viện còn trống.")

    as_person(login, work)


@claim_app.command("import")
def claim_import(
    file: Annotated[Path, typer.Argument(help='JSON lines: {"text","verdict","source"[,"at"]}')], login: As
) -> None:
    """Nhập nhiều luận điểm từ tệp / add many from a file, all or none."""
    from bot.duty.library import Settled, add
    from bot.rows import moment, read_json_rows

    entries = [
        Settled(
            row["text"],
            row["verdict"],
            row["source"],
            moment(file, line, "at", str(row["at"])) if row.get("at") else None,
        )
        for line, row in read_json_rows(file, {"text": str, "verdict": str, "source": str})
    ]

    async def work(parts: Any, actor: Any) -> None:
        say(f"{await add(parts, actor, entries)} / {len(entries)}")

    as_person(login, work)


@claim_app.command("retire")
def claim_retire(
    number: Annotated[int, typer.Argument(help="Số trong thư viện / its number in the library")],
    login: As,
    why: Annotated[str, typer.Option(help="Lý do, ghi vào nhật ký / why; goes on record")],
) -> None:
    """Rút một luận điểm khỏi thư viện / an entry no longer holds."""
    from bot.duty.library import retire

    async def work(parts: Any, actor: Any) -> None:
        await retire(parts, actor, number, why)

    as_person(login, work)
