"""One account's secrets as one adapter sees them: opened, and stored again only where nobody else stored others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlmodel import col, select, update

from bot.vault import Vault
from channels.base import Clock, SecretsChanged
from models.db import Database
from models.office import Account

_TOKEN = "access_token"  # noqa: S105  (a key, not a token)


class StoredSecrets:
    """Loads and saves for one adapter. A save is one guarded UPDATE: nothing is ever sealed to the same bytes twice, so
    the row holds either exactly what was last seen here or something newer.

    A new token is stored whoever plays the role by now: it is the only copy, and that guard is its fence.
    """

    def __init__(self, db: Database, vault: Vault, now: Clock, account: Account) -> None:
        self._db, self._vault, self._now, self._id = db, vault, now, account.id
        self._sealed = account.sealed
        self.secrets: Mapping[str, str] = vault.open(account.sealed)

    async def load(self) -> Mapping[str, str]:
        """Open what is stored now."""
        async with self._db.read() as session:
            self._sealed = (await session.exec(select(Account.sealed).where(Account.id == self._id))).one()
        self.secrets = self._vault.open(self._sealed)
        return self.secrets

    async def save(self, secrets: Mapping[str, str]) -> None:
        """Seal and commit. Raises `SecretsChanged` when the row holds others than were last seen here."""
        values: dict[str, Any] = {"sealed": self._vault.seal(secrets)}
        if new := secrets.get(_TOKEN) != self.secrets.get(_TOKEN):
            values["refreshed_at"] = self._now()
        async with self._db.write(fenced=not new) as session:
            mine = (col(Account.id) == self._id, col(Account.sealed) == self._sealed)
            if (await session.exec(update(Account).where(*mine).values(**values))).rowcount != 1:
                raise SecretsChanged(f"account {self._id}")
        self._sealed, self.secrets = values["sealed"], dict(secrets)
