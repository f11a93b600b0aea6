"""People and channel accounts."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from bot.cli.base import As, Stop, as_person, out, parts_of, run

user_app = typer.Typer(help="Người dùng / people", no_args_is_help=True)
account_app = typer.Typer(help="Tài khoản kênh / channel accounts", no_args_is_help=True)


@user_app.command("add")
def user_add(
    login: As,
    new: Annotated[str, typer.Option("--login", help="Tên đăng nhập mới")],
    name: Annotated[str, typer.Option(help="Họ tên")],
    role: Annotated[list[str], typer.Option("--role", help="Vai trò, lặp lại được")],
    password: Annotated[str, typer.Option(help="Bỏ trống để được hỏi", envvar="LOA_NEW_PASSWORD")] = "",
) -> None:
    """Thêm người dùng / add a person (admins only)."""
    from bot.parts import Refused
    from bot.people import create_user, new_password
    from models.office import Role

    password = password or typer.prompt("Mật khẩu / password", hide_input=True, confirmation_prompt=True)

    async def work(parts: Any, actor: Any) -> None:
        if not actor.has(Role.ADMIN):
            raise Refused("Chỉ quản trị được thêm người.", "Only an admin adds people.")
        hashed = await new_password(new, password)
        async with parts.db.write() as session:
            await create_user(
                session,
                organisation_id=actor.organisation_id,
                login=new,
                name=name,
                password_hash=hashed,
                roles=role,
                at=parts.now(),
                by=actor.user_id,
            )

    as_person(login, work)
    out.print(f"Đã thêm {new}.")


@user_app.command("list")
def user_list() -> None:
    """Danh sách người dùng / list people."""
    from sqlmodel import col, select

    from bot.people import roles_of
    from models.office import User

    async def go() -> None:
        async with parts_of() as parts, parts.db.read() as session:
            table = Table("Tên đăng nhập", "Họ tên", "Vai trò", "Chat", "Trạng thái")
            for user in (await session.exec(select(User).order_by(col(User.login)))).all():
                roles = ", ".join(sorted(await roles_of(session, user)))
                chat = "đã liên kết" if user.telegram_id else "chưa"
                table.add_row(user.login, user.name, roles, chat, "hoạt động" if user.active else "đã khóa")
            out.print(table)

    run(go())


@account_app.command("add")
def account_add(
    login: As,
    kind: Annotated[str, typer.Argument(help="facebook, zalo, viber hoặc youtube")],
    remote_id: Annotated[str, typer.Option("--id", help="Mã Trang, OA hoặc kênh trên nền tảng")],
    name: Annotated[str, typer.Option(help="Tên hiển thị")] = "",
    setting: Annotated[list[str] | None, typer.Option("--set", help="tên=giá trị, lặp lại được")] = None,
    secrets_file: Annotated[
        Path | None, typer.Option(help="Tệp JSON chứa mã truy cập; '-' đọc từ bàn phím", allow_dash=True)
    ] = None,
) -> None:
    """Kết nối một tài khoản / connect an account; tokens come from a file or standard input, never the command line."""
    from bot.office_setup import add_account, check_account
    from bot.parts import Refused
    from models.office import Role

    settings = dict(s.split("=", 1) for s in setting or [] if "=" in s)
    try:
        text = sys.stdin.read() if secrets_file is None or str(secrets_file) == "-" else secrets_file.read_text("utf-8")
        secrets = {str(k): str(v) for k, v in json.loads(text).items()}
    except (OSError, ValueError, AttributeError) as error:
        raise Stop(f'--secrets-file: a JSON object such as {{"page_token": "..."}} is needed ({error})') from None

    async def work(parts: Any, actor: Any) -> None:
        if not actor.has(Role.ADMIN):
            raise Refused("Chỉ quản trị được kết nối tài khoản.", "Only an admin connects accounts.")
        account_id = await add_account(
            parts,
            actor.organisation_id,
            kind=kind,
            remote_id=remote_id,
            name=name or remote_id,
            settings=settings,
            secrets=secrets,
        )
        health = await check_account(parts, account_id)
        out.print(f"{'✓' if health.ok else '✗'} {kind} {health.name or name}: {health.told.vi}", markup=False)

    as_person(login, work)


@account_app.command("check")
def account_check() -> None:
    """Kiểm tra mọi tài khoản / check every account, one line each."""
    from sqlmodel import select

    from bot.office_setup import check_account
    from models.office import Account

    async def go() -> bool:
        well = True
        async with parts_of() as parts:
            async with parts.db.read() as session:
                accounts = (await session.exec(select(Account))).all()
            for account in accounts:
                health = await check_account(parts, account.id or 0)
                well = well and health.ok
                out.print(f"{'✓' if health.ok else '✗'} {account.kind} {account.name}: {health.told.vi}", markup=False)
            if not accounts:
                out.print("Chưa có tài khoản nào; thêm bằng `loa account add`.")
        return well

    if not run(go()):
        raise typer.Exit(1)
