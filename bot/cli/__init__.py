"""The command line. Holds no rules: it opens the parts, calls the rooms, prints what they say.

Bad input gets one clear line on stderr and exit status 2; a command that found trouble (doctor, demo) exits with 1.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import typer

from bot.cli import accounts, office, posts, service, tools
from bot.cli.base import Stop, err
from bot.settings import BadSettings

app = typer.Typer(
    name="loa",
    help="Loa: đăng tin chính thức, lắng nghe phản hồi, báo cho người trực khi tin sai lan truyền.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
_COMMANDS: tuple[Callable[..., None], ...] = (
    service.init, service.serve, service.demo, service.doctor, posts.queue,
    tools.score, tools.match, tools.spikes, tools.replay,
)  # fmt: skip
for _command in _COMMANDS:
    app.command()(_command)
app.add_typer(posts.post_app, name="post")
app.add_typer(posts.incident_app, name="incident")
app.add_typer(accounts.account_app, name="account")
app.add_typer(office.user_app, name="user")
app.add_typer(tools.report_app, name="report")


def main() -> None:
    """Entry of the `loa` command: every expected failure is one line, never a traceback."""
    from bot.console.app import PortBusy
    from bot.parts import Refused
    from bot.rows import BadRow
    from bot.vault import WrongKey
    from channels.errors import ChannelError
    from channels.media import MediaError
    from models.db import DatabaseBroken
    from models.states import IllegalMove
    from monitor.scoring import ModelBroken

    try:
        sys.exit(app(standalone_mode=False) or 0)  # a command that ends with typer.Exit returns its status here
    except typer.Abort:
        sys.exit(130)
    except typer.Exit as done:
        sys.exit(done.exit_code)
    except Stop as stop:
        err.print(str(stop), style="red", markup=False)
        sys.exit(stop.status)
    except Refused as error:
        err.print(f"{error.vi} / {error.en}", markup=False)
        sys.exit(2)
    except (MediaError, ChannelError) as error:
        err.print(f"{error.told.vi} / {error.told.en}", markup=False)
        sys.exit(2)
    except (BadSettings, BadRow, DatabaseBroken, WrongKey, PortBusy, IllegalMove, ModelBroken) as error:
        err.print(str(error), markup=False)
        sys.exit(2)
    except Exception as error:
        if type(error).__module__.startswith(("click", "typer")):
            err.print(str(getattr(error, "message", error)), markup=False)
            sys.exit(2)
        raise
