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
Code = Annotated[str, typer.Argument(help="Mã sự cố, ví dụ SC-0042 / the incident's code")]
Why = Annotated[str, typer.Option(help="Lý do, ghi vào nhật ký / why; goes on record")]


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


@incident_app.command("show")
def incident_show(code: Code, login: As) -> None:
    """Một sự cố: mức, trạng thái, lịch sử / one incident: level, state, its record, and what may be done now."""
    from sqlmodel import col, select

    from bot.duty.desk import incident_actions, incident_in
    from bot.duty.texts import LEVEL_VI
    from models.incident import IncidentEvent, Level
    from models.office import User
    from models.states import INCIDENT, IncidentState

    async def work(parts: Any, actor: Any) -> None:
        zone = ZoneInfo((await office_of(parts, actor)).zone)
        async with parts.db.read() as session:
            found = await incident_in(session, actor, _number(code))
            query = (
                select(IncidentEvent, User.name)
                .join(User, col(User.id) == IncidentEvent.user_id, isouter=True)
                .where(IncidentEvent.incident_id == found.id)
            )
            events = (await session.exec(query.order_by(col(IncidentEvent.id)))).all()
        state = INCIDENT.labels[IncidentState(found.state)]
        say(f"{found.code} [{LEVEL_VI[Level(found.level)]}] {state}: {found.claim_text}")
        table = Table("Lúc", "Ai", "Việc", "Từ", "Thành", "Vì sao")
        for event, name in events:
            table.add_row(
                clock(event.at, zone), escape(name or "Loa"), event.action, event.was, event.now, escape(event.why)
            )
        out.print(table)
        say("Việc có thể làm / what may be done: " + (", ".join(sorted(incident_actions(found, actor))) or "–"))

    as_person(login, work)


@incident_app.command("move")
def incident_move(
    code: Code,
    step: Annotated[str, typer.Argument(help="ack, verify, watch, respond, false_alarm, close, review")],
    login: As,
    why: Annotated[str, typer.Option(help="Lý do, ghi vào nhật ký / why; some steps are not made without")] = "",
) -> None:
    """Chuyển bước một sự cố / take an incident one step on; `show` says which steps there are."""
    from bot.duty.desk import move_incident
    from models.states import INCIDENT_MOVES

    steps = {move.name: move.to for move in INCIDENT_MOVES if move.roles}
    if step not in steps:
        raise Stop(f"{step}: no such step; there are {', '.join(steps)}")
    as_person(login, lambda parts, actor: move_incident(parts, actor, _number(code), steps[step], why))
    say(f"{code}: {steps[step]}")


@incident_app.command("silence")
def incident_silence(
    login: As,
    why: Why,
    hours: Annotated[float, typer.Option(help="Số giờ, tối đa 24 / hours, 24 at most")],
    field: Annotated[str, typer.Option(help="Mã lĩnh vực, ví dụ THIEN_TAI / a topic")] = "",
    place: Annotated[str, typer.Option(help="Nơi / a place")] = "",
    words: Annotated[str, typer.Option(help="Từ ngữ trong luận điểm / words in the claim")] = "",
) -> None:
    """Tắt tiếng một loại cảnh báo / tell no alarm of one kind for a while; the highest level is told all the same."""
    from datetime import timedelta

    from bot.duty.silences import Quiet, silence

    quiet, lasts = Quiet(field.upper(), place, words), timedelta(hours=hours)
    number = as_person(login, lambda parts, actor: silence(parts, actor, quiet, lasts=lasts, why=why))
    say(f"🔕 {number}; bật lại sớm: `loa incident unsilence {number} --as {login}`")


@incident_app.command("unsilence")
def incident_unsilence(number: Annotated[int, typer.Argument(help="Số của lần tắt tiếng")], login: As) -> None:
    """Bật lại tiếng trước giờ / end a silence before its time."""
    from bot.duty.silences import end_silence

    as_person(login, lambda parts, actor: end_silence(parts, actor, number))
    say(f"🔔 {number}")


@incident_app.command("silences")
def incident_silences(login: As) -> None:
    """Những gì đang tắt tiếng / silences that hold."""
    from bot.duty.quiet import active_silences

    async def work(parts: Any, actor: Any) -> None:
        zone = ZoneInfo((await office_of(parts, actor)).zone)
        async with parts.db.read() as session:
            rows = await active_silences(session, actor.organisation_id, parts.now())
        for row in rows:
            what = " ".join(part for part in (row.field, row.locality, row.words and f"“{row.words}”") if part)
            say(f"🔕 {row.id} [{what}] đến {clock(row.ends_at, zone)}: {row.reason}")
        if not rows:
            say("Không có gì đang tắt tiếng.")

    as_person(login, work)


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
