"""Incidents: what is open."""

from __future__ import annotations

from typing import Any

import typer
from rich.markup import escape
from rich.table import Table

from bot.cli.base import As, as_person, out

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
