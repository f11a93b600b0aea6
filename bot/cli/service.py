"""Install, run and examine: init, serve, demo, doctor."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from bot.cli.base import Stop, out, parts_of, run, secret_word, settings_from_here


def init(
    organisation: Annotated[str, typer.Option(help="Tên đơn vị / name of the organisation")] = "",
    login: Annotated[str, typer.Option(help="Tên đăng nhập quản trị / admin login")] = "",
    name: Annotated[str, typer.Option(help="Họ tên quản trị / admin's name")] = "",
    password: Annotated[
        str,
        typer.Option(
            help="Nên bỏ trống: được hỏi, hoặc đọc từ đầu vào chuẩn / better left out: whoever lists processes sees it",
            envvar="LOA_INIT_PASSWORD",
            show_envvar=True,
        ),
    ] = "",
) -> None:
    """Tạo khóa, cơ sở dữ liệu và người quản trị đầu tiên / make key, database and first admin."""
    from bot.office_setup import create_organisation, make_key_file
    from bot.people import create_user, new_password
    from models.office import Role

    settings_from_here()  # mistakes are told before anything is made
    if make_key_file(Path(".env")):
        out.print("Đã tạo LOA_SECRET_KEY trong .env (giữ kín, sao lưu riêng).")
    settings = settings_from_here()
    organisation = organisation or typer.prompt("Tên đơn vị / organisation")
    login = login or typer.prompt("Tên đăng nhập quản trị / admin login")
    name = name or typer.prompt("Họ tên / name")
    password = secret_word(password, "LOA_INIT_PASSWORD")

    async def go() -> None:
        async with parts_of(settings) as parts:
            hashed = await new_password(login, password)
            organisation_id = await create_organisation(
                parts, organisation, duty_chat=settings.duty_chat, leaders_chat=settings.leaders_chat
            )
            async with parts.db.write() as session:
                await create_user(
                    session,
                    organisation_id=organisation_id,
                    login=login,
                    name=name,
                    password_hash=hashed,
                    roles=[Role.ADMIN],
                    at=parts.now(),
                )

    run(go())
    out.print(
        f"Xong. Tiếp theo: `loa user add` (người soạn, người duyệt, người trực), `loa rota add`, "
        f"`loa account connect`, `loa doctor`, `loa serve`. Trang: http://{settings.console_host}:{settings.console_port}",
        soft_wrap=True,
    )


def serve(
    role: Annotated[str, typer.Option(help="all, hoặc: publish,monitor,console,duty")] = "all",
) -> None:
    """Chạy Loa / run the daemon until it is told to stop."""
    from bot.daemon import ROLES, Daemon

    roles = ROLES if role == "all" else frozenset(r.strip() for r in role.split(",") if r.strip())
    if not roles or roles - ROLES:
        raise Stop(f"--role {role}: use all or some of {', '.join(sorted(ROLES))}")
    run(Daemon(settings_from_here(), roles=roles).run())


def demo(
    once: Annotated[bool, typer.Option("--once", help="Chạy nhanh cả ngày rồi kiểm tra từng bước")] = False,
    seed: Annotated[int, typer.Option(help="Đổi tin đồn, lời văn và giờ giấc")] = 1,
    port: Annotated[int | None, typer.Option(help="Cổng của trang; 0: cổng trống bất kỳ", min=0, max=65535)] = None,
    keep: Annotated[Path | None, typer.Option(help="Thư mục giữ lại báo cáo và cơ sở dữ liệu")] = None,
) -> None:
    """Một ngày theo kịch bản trên nền tảng mô phỏng / a scripted day on stand-in platforms."""
    from bot.demo.run import run_demo, run_once

    play = run_once if once else run_demo
    raise typer.Exit(run(play(seed=seed, port=port, keep=keep, screen=out)))


def doctor() -> None:
    """Kiểm tra cài đặt, cơ sở dữ liệu, tài khoản, mô hình, đồng hồ / check everything and say what to do."""
    from bot.doctor import Level, examine

    settings = settings_from_here()
    findings = run(examine(settings))
    marks = {Level.GOOD: "[green]✓[/]", Level.NOTE: "[yellow]![/]", Level.BAD: "[red]✗[/]"}
    table = Table(show_header=True)
    for column in ("", "Mục", "Kết quả", "Cần làm"):
        table.add_column(column)
    for finding in findings:
        table.add_row(marks[finding.level], finding.what, finding.found, finding.todo)
    out.print(table)
    if any(f.level is Level.BAD for f in findings):
        raise typer.Exit(1)
