"""Channel accounts: connect, look, check, pause, resume. One line says what works, what not, what to do."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.cli.base import As, Stop, as_person, out, parts_of, run

account_app = typer.Typer(help="Tài khoản kênh / channel accounts", no_args_is_help=True)
Number = Annotated[int, typer.Argument(help="Số của tài khoản, xem `loa account list`")]


@account_app.command("add")
def account_add(
    login: As,
    kind: Annotated[str, typer.Argument(help="facebook, zalo, viber, viber_bot, youtube hoặc telegram")],
    remote_id: Annotated[str, typer.Option("--id", help="Mã Trang, OA hoặc kênh trên nền tảng")],
    name: Annotated[str, typer.Option(help="Tên hiển thị")] = "",
    setting: Annotated[list[str] | None, typer.Option("--set", help="tên=giá trị, lặp lại được")] = None,
    secrets_file: Annotated[
        Path | None, typer.Option(help="Tệp JSON chứa mã truy cập; '-' đọc từ bàn phím", allow_dash=True)
    ] = None,
) -> None:
    """Kết nối một tài khoản / connect an account; tokens come from a file or standard input, never the command line."""
    from bot.accounts.check import check_account
    from bot.office_setup import add_account
    from bot.parts import Refused
    from models.office import Role

    if odd := [s for s in setting or [] if "=" not in s]:
        raise Stop(f"--set {odd[0]}: write it as name=value")
    settings = dict(s.split("=", 1) for s in setting or [])
    try:
        text = sys.stdin.read() if secrets_file is None or str(secrets_file) == "-" else secrets_file.read_text("utf-8")
        secrets = {str(k): str(v) for k, v in json.loads(text).items()}
    except (OSError, ValueError, AttributeError) as error:
        raise Stop(f'--secrets-file: a JSON object such as {{"page_token": "..."}} is needed ({error})') from None

    async def work(parts: Any, actor: Any) -> None:
        if not actor.has(Role.ADMIN):
            raise Refused("Chỉ quản trị được kết nối tài khoản.", "Only an admin connects accounts.")
        shown = name or remote_id
        account_id = await add_account(
            parts,
            actor.organisation_id,
            kind=kind,
            remote_id=remote_id,
            name=shown,
            settings=settings,
            secrets=secrets,
            by=actor,
        )
        health = await check_account(parts, account_id)
        out.print(f"{'✓' if health.ok else '✗'} {kind} {health.name or shown}: {health.told.vi}", markup=False)

    as_person(login, work)


@account_app.command("list")
def account_list() -> None:
    """Danh sách tài khoản và hạn mức đang dùng / list accounts as they were last seen, with the limits in use."""

    async def go() -> None:
        async with parts_of() as parts:
            await _print_all(parts)

    run(go())


@account_app.command("check")
def account_check() -> None:
    """Hỏi nền tảng về mọi tài khoản / ask the platforms about every account, one line each."""
    from bot.accounts.check import check_account
    from bot.accounts.overview import all_accounts

    async def go() -> bool:
        async with parts_of() as parts:
            accounts = [account for account, _, _ in await all_accounts(parts)]
            healths = {a.id: await check_account(parts, a.id or 0) for a in accounts}
            await parts.usage.flush(parts.db, parts.now())
            silent = {i: h.told for i, h in healths.items() if not h.ok and not h.lost}
            await _print_all(parts, silent)
            return all(health.ok for health in healths.values())

    if not run(go()):
        raise typer.Exit(1)


@account_app.command("subscribe")
def account_subscribe(login: As, account: Number) -> None:
    """Để nền tảng gọi webhook của Loa, và kiểm tra / let the platform call Loa's webhook, and verify."""
    from bot.accounts.subscribe import subscribe

    done = as_person(login, lambda parts, actor: subscribe(parts, actor, account))
    if done is None:
        out.print("Kênh này không gọi webhook: Loa tự đọc định kỳ.", markup=False)
        return
    out.print(f"{'✓' if done.ok else '✗'} {done.told.vi}", markup=False, soft_wrap=True)
    if not done.ok:
        raise typer.Exit(1)


@account_app.command("pause")
def account_pause(
    login: As, account: Number, reason: Annotated[str, typer.Option(help="Lý do, ghi vào nhật ký")]
) -> None:
    """Tạm dừng đăng trên một tài khoản / send nothing on an account until it is resumed."""
    from bot.accounts.standing import pause_account

    as_person(login, lambda parts, actor: pause_account(parts, actor, account, reason))
    out.print(f"Đã tạm dừng tài khoản {account}; chạy tiếp bằng `loa account resume {account}`.", markup=False)


@account_app.command("resume")
def account_resume(login: As, account: Number) -> None:
    """Cho tài khoản chạy tiếp / let a paused account go on."""
    from bot.accounts.standing import resume_account

    as_person(login, lambda parts, actor: resume_account(parts, actor, account))
    out.print(f"Tài khoản {account} chạy tiếp.", markup=False)


async def _print_all(parts: Any, silent: Any = None) -> None:
    from bot.accounts.limits import limit_line, limits_in_use, reading_stopped_by
    from bot.accounts.overview import all_accounts, line
    from bot.accounts.subscribe import facts

    rows = await all_accounts(parts)
    if not rows:
        out.print("Chưa có tài khoản nào; thêm bằng `loa account connect`.")
        return
    lines = []
    async with parts.db.read() as session:
        limits = await limits_in_use(session, rows[0][2])
        for account, waiting, voice in rows:
            unasked = (silent or {}).get(account.id)
            lines.append(line(account, waiting, voice, unasked=unasked, facts=await facts(parts, account)))
            stopped = await reading_stopped_by(session, parts, account)
            lines += [f"    {voice.say(stopped.vi, stopped.en)}"] if stopped else []
            lines += [f"    {limit_line(b, voice)}" for b in limits if b.account_id == account.id]
    lines += [limit_line(b, rows[0][2]) for b in limits if b.account_id is None]
    for each in lines:
        out.print(each, markup=False, soft_wrap=True)
