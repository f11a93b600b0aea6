"""People: who may sign in, with which roles."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from bot.cli.base import As, as_person, out, parts_of, run, say, secret_word

user_app = typer.Typer(help="Người dùng / people", no_args_is_help=True)
Who = Annotated[str, typer.Argument(metavar="LOGIN", help="Tên đăng nhập / login")]
Roles = Annotated[
    list[str],
    typer.Option(
        "--role",
        help="author, editor, approver, oncall, backup, spokesperson, leader, auditor, admin; lặp lại được",
    ),
]
Password = Annotated[
    str,
    typer.Option(
        help="Nên bỏ trống: được hỏi, hoặc đọc từ đầu vào chuẩn / better left out: whoever lists processes sees it",
        envvar="LOA_NEW_PASSWORD",
        show_envvar=True,
    ),
]


@user_app.command("add")
def user_add(
    login: As,
    new: Annotated[str, typer.Option("--login", help="Tên đăng nhập mới / new login")],
    name: Annotated[str, typer.Option(help="Họ tên / name")],
    role: Roles,
    password: Password = "",
) -> None:
    """Thêm người dùng / add a person (admins only)."""
    from bot.staff import add_person

    word = secret_word(password, "LOA_NEW_PASSWORD")
    as_person(login, lambda p, actor: add_person(p, actor, login=new, name=name, password=word, roles=role))
    say(f"Đã thêm {new}.")


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
                table.add_row(user.login, escape(user.name), roles, chat, "hoạt động" if user.active else "đã khóa")
            out.print(table)

    run(go())


@user_app.command("password")
def user_password(login: As, who: Who, password: Password = "") -> None:
    """Đặt mật khẩu mới / give a new password; every sign-in of that person ends."""
    from bot.staff import give_password

    word = secret_word(password, "LOA_NEW_PASSWORD")
    as_person(login, lambda parts, actor: give_password(parts, actor, who, word))
    say(f"Đã đặt mật khẩu mới cho {who}; các phiên đang mở đã kết thúc.")


@user_app.command("roles")
def user_roles(login: As, who: Who, role: Roles) -> None:
    """Đặt lại vai trò: chỉ còn những vai trò ghi ở đây / set the roles to exactly these."""
    from bot.staff import give_roles

    as_person(login, lambda parts, actor: give_roles(parts, actor, who, role))
    say(f"{who}: {', '.join(sorted(set(role)))}.")


@user_app.command("lock")
def user_lock(login: As, who: Who) -> None:
    """Khóa: không đăng nhập, không bấm nút trong chat được nữa / keep a person out."""
    from bot.staff import lock

    left = as_person(login, lambda parts, actor: lock(parts, actor, who))
    say(f"Đã khóa {who}.")
    if left:
        say(f"! {who} còn {left} ca trực; hãy xếp người khác: `loa rota list --as {login}`.")


@user_app.command("unlock")
def user_unlock(login: As, who: Who) -> None:
    """Mở khóa / let a locked person in again."""
    from bot.staff import unlock

    as_person(login, lambda parts, actor: unlock(parts, actor, who))
    say(f"Đã mở khóa {who}.")
