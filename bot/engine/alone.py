"""On SQLite one process plays each role: a lock on a file beside the database, which the kernel lifts when the process
ends, however it ends."""

from __future__ import annotations

import fcntl
from collections.abc import Collection
from contextlib import ExitStack
from pathlib import Path

from bot.settings import BadSettings


def hold_roles(database: Path, roles: Collection[str]) -> ExitStack:
    """Take the roles for this process until the stack is closed. Raises `BadSettings` when another plays one."""
    taken, role = ExitStack(), ""
    try:
        for role in sorted(roles):
            file = taken.enter_context(database.with_name(f"{database.name}.{role}.lock").open("a"))
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        taken.close()
        raise BadSettings(
            f"--role {role}: another `loa serve` on {database} plays it already. Stop that one first; for several "
            "processes with the same role set LOA_DATABASE_URL to a PostgreSQL."
        ) from None
    return taken
