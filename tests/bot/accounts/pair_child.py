"""A process for the tests of Zalo's pair: one turn over the accounts, or one look at the OA, and perhaps a sudden end.

    python -m tests.bot.accounts.pair_child URL KEY PLATFORM NOW ACCOUNT DEED DIES

DEED is "turn" or "check"; DIES is "marked" (the marker is stored, nothing sent), "answered" (Zalo has answered, nothing
stored), "stored", or "never".
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from datetime import datetime

from bot.accounts.check import check_account
from bot.accounts.secrets import StoredSecrets
from bot.accounts.watch import keep_accounts
from bot.parts import Parts
from bot.settings import read_settings
from bot.vault import Vault
from channels.http import Door
from models.db import Database
from monitor.scoring import open_scorer

SAVES = {"marked": 1, "answered": 1, "stored": 2}
"""Which save is the last that gets through."""


def die_after(point: str) -> None:
    """Let the process be killed right after a save was committed, or right when the next one begins."""
    save, done = StoredSecrets.save, 0

    async def deadly(self: StoredSecrets, secrets: Mapping[str, str]) -> None:
        nonlocal done
        if point == "answered" and done == SAVES[point]:
            os.kill(os.getpid(), signal.SIGKILL)
        await save(self, secrets)
        done += 1
        if point != "answered" and done == SAVES[point]:
            os.kill(os.getpid(), signal.SIGKILL)

    StoredSecrets.save = deadly  # type: ignore[method-assign]


async def main(url: str, key: str, platform: str, now: str, account: str, deed: str, dies: str) -> None:
    """Do the deed."""
    if dies != "never":
        die_after(dies)
    settings = read_settings(
        _env_file=None, database_url=url, secret_key=key, zalo_base_url=platform, zalo_oauth_base_url=platform
    )
    at = datetime.fromisoformat(now)
    db = Database(url)
    async with Door() as door:
        parts = Parts(settings, db, Vault(key), door, lambda: at, open_scorer("lexical"))
        if deed == "turn":
            await keep_accounts(parts)
        else:
            health = await check_account(parts, int(account))
            print("ok" if health.ok else health.told.en)
    await db.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
