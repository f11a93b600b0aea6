"""The key that seals the tokens: a new one, and everything sealed with it anew."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from bot.cli.base import As, Stop, as_person, say
from bot.cli.tools import bar

secrets_app = typer.Typer(help="Khóa niêm phong mã truy cập / the key that seals the tokens", no_args_is_help=True)


@secrets_app.command("new-key")
def new_key() -> None:
    """Tạo khóa mới trong .env, khóa cũ vẫn đọc được / put a new key into .env, the old one stays readable."""
    from bot.office_setup import change_key_file

    if not change_key_file(Path(".env")):
        raise Stop(
            ".env: no LOA_SECRET_KEY here. Put a new key into LOA_SECRET_KEY where yours is set and the old one into "
            "LOA_OLD_SECRET_KEYS."
        )
    say(
        "Đã tạo LOA_SECRET_KEY mới trong .env, khóa cũ ở LOA_OLD_SECRET_KEYS. Tiếp theo: đặt cùng hai dòng ấy trên mọi "
        "máy, khởi động lại Loa, rồi chạy `loa secrets rotate`."
    )


@secrets_app.command("rotate")
def rotate(login: As) -> None:
    """Niêm phong lại mọi thứ bằng khóa mới / seal everything anew with the newest key; may be run again at any time."""
    from bot.keys import count_sealed
    from bot.keys import rotate as seal_anew

    async def work(parts: Any, actor: Any) -> int:
        with bar(await count_sealed(parts), "niêm phong lại / sealing anew") as seen:
            return await seal_anew(parts, actor, seen)

    done = as_person(login, work)
    say(
        f"Đã niêm phong lại {done} mục; tất cả đều mở được chỉ bằng LOA_SECRET_KEY. Có thể bỏ LOA_OLD_SECRET_KEYS rồi "
        "khởi động lại; giữ khóa cũ cùng các bản sao lưu cũ."
    )
