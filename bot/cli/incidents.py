"""Incidents: what is open, and which texts belong to which."""

from __future__ import annotations

import re
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.markup import escape
from rich.table import Table

from bot.cli.base import As, Stop, as_person, clock, office_of, out, say

incident_app = typer.Typer(help="Sự cố / incidents", no_args_is_help=True)


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


Code = Annotated[str, typer.Argument(help="Mã sự cố, ví dụ SC-0042 / the incident's code")]
Why = Annotated[str, typer.Option(help="Lý do, ghi vào nhật ký / why; goes on record")]


@incident_app.command("texts")
def incident_texts(code: Code, login: As) -> None:
    """Các bình luận của một sự cố, có số / the texts of an incident, with their numbers."""
    from bot.duty.regroup import texts_of

    async def work(parts: Any, actor: Any) -> None:
        zone = ZoneInfo((await office_of(parts, actor)).zone)
        async with parts.db.read() as session:
            rows = await texts_of(session, actor, _number(code))
        table = Table("Số", "Lúc", "Kênh", "Thái độ", "Nội dung")
        for m in rows:
            table.add_row(str(m.id), clock(m.written_at, zone), m.channel, m.stance, escape(m.text[:120]))
        out.print(table if rows else "Không có bình luận nào.")

    as_person(login, work)


@incident_app.command("merge")
def incident_merge(
    code: Code,
    login: As,
    into: Annotated[str, typer.Option(help="Sự cố nhận các bình luận / the incident that takes the texts")],
    why: Why,
) -> None:
    """Hai sự cố nói cùng một điều: gộp luận điểm / two incidents say the same: put their claims together."""
    from bot.duty.regroup import merge

    async def work(parts: Any, actor: Any) -> None:
        await merge(parts, actor, _number(code), _number(into), why)
        say(f"{code} -> {into}")

    as_person(login, work)


@incident_app.command("split")
def incident_split(
    code: Code,
    login: As,
    texts: Annotated[str, typer.Option(help="Số các bình luận, cách bằng dấu phẩy / numbers of the texts: 12,15")],
    why: Why,
) -> None:
    """Tách các bình luận nói điều khác / take texts out that say something else."""
    from bot.duty.regroup import split

    if not re.fullmatch(r"\d+(,\s*\d+)*", texts.strip()):
        raise Stop(f"--texts {texts}: write the numbers as 12,15; see `loa incident texts`")
    wanted = [int(number) for number in texts.split(",")]

    async def work(parts: Any, actor: Any) -> None:
        say(await split(parts, actor, _number(code), wanted, why))

    as_person(login, work)


def _number(code: str) -> int:
    """The row's id of SC-0042 (or 42)."""
    found = re.fullmatch(r"(?:SC-)?(\d{1,9})", code.strip(), re.I)
    if not found:
        raise Stop(f"{code}: write the incident's code as SC-0042; see `loa incident list`")
    return int(found[1])
