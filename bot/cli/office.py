"""People."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.table import Table

from bot.cli.base import As, as_person, out, parts_of, run

user_app = typer.Typer(help="Người dùng / people", no_args_is_help=True)


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
