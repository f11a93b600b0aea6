"""The secret key's life: what must outlast it is kept in the database, and everything sealed is sealed anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import SQLModel, select

import models.tables as tables
from bot.parts import Actor, Parts, Refused
from bot.vault import Vault, WrongKey
from models.audit import record
from models.db import Database
from models.office import Role
from models.system import LastingKey

AT_ONCE = 200
"""Rows that are sealed anew in one transaction: short enough that nothing else waits for it."""


async def keep_lasting_keys(db: Database, vault: Vault) -> None:
    """Let the vault use the lasting keys of this database, which are stored by whoever comes first.

    Raises `WrongKey` when they were sealed with a key that nobody named.
    """
    kept = await _kept(db)
    if missing := [name for name in vault.lasting if name not in kept]:
        async with db.write() as session:
            insert = sqlite.insert if db.is_sqlite else postgresql.insert
            for name in missing:
                row = insert(LastingKey).values(name=name, sealed=vault.seal({"key": vault.lasting[name].hex()}))
                await session.exec(row.on_conflict_do_nothing(index_elements=["name"]))
        kept = await _kept(db)
    vault.keep({name: bytes.fromhex(vault.open(sealed)["key"]) for name, sealed in kept.items()})


async def _kept(db: Database) -> dict[str, bytes]:
    async with db.read() as session:
        return {row.name: row.sealed for row in (await session.exec(select(LastingKey))).all()}


def sealed_columns() -> Sequence[sa.Column[Any]]:
    """Every column that the vault fills: in each table the one with the name `sealed`."""
    assert tables.__all__, "the tables are known once they are imported"
    return [table.c.sealed for table in SQLModel.metadata.sorted_tables if "sealed" in table.c]


async def count_sealed(parts: Parts) -> int:
    """How many rows hold something sealed."""
    async with parts.db.read() as session:
        counts = [
            (await session.exec(sa.select(sa.func.count(column)))).scalar_one()  # type: ignore[call-overload]
            for column in sealed_columns()
        ]
    return sum(counts)


async def rotate(parts: Parts, actor: Actor, seen: Callable[[int], None] = lambda _: None) -> int:
    """Seal anew with the newest key whatever an older one sealed; return how many rows that were.

    `seen` hears of every batch that is done. Killed in the middle it leaves rows of both keys, which all open; run
    again it goes on. Raises `WrongKey` at the first row that no named key opens.
    """
    if not actor.has(Role.ADMIN):
        raise Refused("Chỉ quản trị được đổi khóa.", "Only an admin changes the key.")
    done = 0
    for column in sealed_columns():
        done += await _rotate_column(parts, column, seen)
    if done:
        async with parts.db.write() as session:
            await record(
                session,
                at=parts.now(),
                action="secrets_rotated",
                subject="secrets",
                organisation_id=actor.organisation_id,
                user_id=actor.user_id,
                rows=done,
            )
    return done


async def _rotate_column(parts: Parts, column: sa.Column[Any], seen: Callable[[int], None]) -> int:
    (key,) = column.table.primary_key.columns
    done, last = 0, None
    while True:
        query = sa.select(key, column).where(column.is_not(None)).order_by(key).limit(AT_ONCE)
        async with parts.db.read() as session:
            connection = await session.connection()
            rows = (await connection.execute(query if last is None else query.where(key > last))).all()
        if not rows:
            return done
        done += await _rotate_rows(parts, column, [(row[0], bytes(row[1])) for row in rows])
        last = rows[-1][0]
        seen(len(rows))


async def _rotate_rows(parts: Parts, column: sa.Column[Any], rows: Sequence[tuple[Any, bytes]]) -> int:
    """Seal these rows anew. A row that somebody else stored meanwhile is looked at once more."""
    (key,) = column.table.primary_key.columns
    done, changed = 0, []
    async with parts.db.write() as session:
        connection = await session.connection()
        for row, sealed in rows:
            try:
                renewed = parts.vault.renewed(sealed)
            except WrongKey:
                raise UnknownKey(f"{column.table.name} {row}") from None
            if renewed is not None:
                mine = sa.update(column.table).where(key == row, column == sealed).values(sealed=renewed)
                stored = (await connection.execute(mine)).rowcount == 1
                done += stored
                changed += [] if stored else [row]
    if not changed:
        return done
    async with parts.db.read() as session:
        connection = await session.connection()
        there = sa.select(key, column).where(key.in_(changed), column.is_not(None))
        again = (await connection.execute(there)).all()
    return done + await _rotate_rows(parts, column, [(row[0], bytes(row[1])) for row in again])


class UnknownKey(WrongKey):
    """A row that none of the named keys opens."""

    def __init__(self, row: str) -> None:
        Exception.__init__(
            self,
            f"LOA_OLD_SECRET_KEYS: no named key opens {row}; add the key that it was sealed with and run "
            "`loa secrets rotate` again. What was sealed anew stays so.",
        )
