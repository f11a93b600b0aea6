"""A store with one office and one account, to write mentions into."""

from __future__ import annotations

from typing import Self

from models.db import Database
from models.office import Account, Organisation
from tests.conftest import FakeClock


class OneOffice:
    """`found()` first; what a test writes is its own affair."""

    def __init__(self, db: Database, clock: FakeClock) -> None:
        self.db, self.clock, self.number = db, clock, 0

    async def found(self) -> Self:
        """Make the office and its account, both number 1."""
        async with self.db.write() as session:
            session.add(Organisation(name="Tỉnh thử"))
            await session.flush()
            about = {"kind": "facebook", "remote_id": "1", "name": "Trang", "created_at": self.clock()}
            session.add(Account(organisation_id=1, **about))
        return self
