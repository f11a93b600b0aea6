"""The command line. Holds no rules: it opens the parts, calls the rooms, prints what they say.

Bad input gets one clear line on stderr and exit status 2; a command that found trouble (doctor, demo) exits with 1.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Callable

import typer

from bot.cli import (
    accounts,
    claims,
    comments,
    connect,
    incidents,
    learning,
    outlets,
    post_files,
    posts,
    queue,
    repeats,
    retention,
    rota,
    secrets,
    service,
    tools,
    users,
)
from bot.cli.base import Stop, err
from bot.settings import BadSettings

_BROKEN = re.compile("[\ud800-\udfff]")
app = typer.Typer(
    name="loa",
    help="Loa: đăng tin chính thức, lắng nghe phản hồi, báo cho người trực khi tin sai lan truyền.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
_COMMANDS: tuple[Callable[..., None], ...] = (
    service.init, service.serve, service.demo, service.doctor,
    tools.score, tools.match, tools.spikes, tools.replay, learning.train, learning.evaluate,
)  # fmt: skip
for _command in _COMMANDS:
    app.command()(_command)
for _verb in (
    post_files.attach, comments.comments, comments.answer, comments.moderate, repeats.repeat, repeats.repeats,
    repeats.unrepeat,
):  # fmt: skip
    posts.post_app.command()(_verb)
accounts.account_app.command()(connect.connect)
app.add_typer(posts.post_app, name="post")
app.add_typer(queue.queue_app, name="queue")
app.add_typer(incidents.incident_app, name="incident")
app.add_typer(claims.claim_app, name="claim")
app.add_typer(accounts.account_app, name="account")
app.add_typer(users.user_app, name="user")
app.add_typer(rota.rota_app, name="rota")
app.add_typer(outlets.outlet_app, name="outlet")
app.add_typer(retention.retention_app, name="retention")
app.add_typer(secrets.secrets_app, name="secrets")
app.add_typer(tools.report_app, name="report")


def main() -> None:
    """Entry of the `loa` command: every expected failure is one line, never a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that knows few letters is no reason to fail
    try:
        for number, word in enumerate(sys.argv[1:], 1):
            if _BROKEN.search(word):
                raise Stop(f"argument {number} is not UTF-8 text")
        sys.exit(app(standalone_mode=False) or 0)  # a command that ends with typer.Exit returns its status here
    except Exception as error:
        if (told := _told(error)) is None:
            raise
        status, line = told
        if line:
            err.print(line, markup=False, soft_wrap=True)
        sys.exit(status)


def _told(error: Exception) -> tuple[int, str] | None:
    """The exit status and the line for an expected failure; None for any other."""
    from bot.console.app import PortBusy
    from bot.parts import Refused
    from bot.rows import BadRow
    from bot.vault import WrongKey
    from channels.errors import ChannelError
    from channels.media import MediaError
    from models.db import DatabaseAway, DatabaseBroken
    from models.states import IllegalMove
    from monitor.scoring import ModelBroken

    if isinstance(error, typer.Abort):
        return 130, ""
    if isinstance(error, typer.Exit):
        return error.exit_code, ""
    if isinstance(error, Stop):
        return error.status, str(error)
    if isinstance(error, Refused):
        return 2, f"{error.vi} / {error.en}"
    if isinstance(error, MediaError | ChannelError):
        return 2, f"{error.told.vi} / {error.told.en}"
    plain = (BadSettings, BadRow, DatabaseBroken, DatabaseAway, WrongKey, PortBusy, IllegalMove, ModelBroken)
    if isinstance(error, plain):
        return 2, str(error)
    if isinstance(error, OSError) and error.filename:
        return 2, f"{error.filename}: {error.strerror}"
    if type(error).__module__.startswith(("click", "typer")):
        told = getattr(error, "format_message", lambda: str(error))
        return 2, str(told())
    return None
