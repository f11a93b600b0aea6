"""The first steps in an empty installation: secret key, organisation, first admin, accounts."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from cryptography.fernet import Fernet
from sqlmodel import select

from bot.parts import NotFound, Parts, Refused
from channels.base import Health
from channels.errors import ChannelError
from channels.registry import CHANNELS
from models.audit import record
from models.office import Account, AccountStatus, Organisation


def make_key_file(env_file: Path) -> bool:
    """Add LOA_SECRET_KEY to `.env` (readable by its owner alone); False when there is one already."""
    text = env_file.read_text(encoding="utf-8") if env_file.exists() else ""
    if any(line.split("=", 1)[0].strip() == "LOA_SECRET_KEY" for line in text.splitlines()):
        return False
    line = f"LOA_SECRET_KEY={Fernet.generate_key().decode()}\n"
    part = env_file.with_name(f".{env_file.name}.part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text + ("" if not text or text.endswith("\n") else "\n") + line)
    part.replace(env_file)
    return True


async def create_organisation(parts: Parts, name: str, *, duty_chat: str = "", leaders_chat: str = "") -> int:
    """Return the id of the organisation with this name, made when there is none."""
    async with parts.db.write() as session:
        found = (await session.exec(select(Organisation).where(Organisation.name == name))).first()
        if found is None:
            found = Organisation(
                name=name,
                zone=parts.settings.zone,
                valid_from=parts.now(),
                duty_chat=duty_chat,
                leaders_chat=leaders_chat,
            )
            session.add(found)
            await session.flush()
            await record(
                session,
                at=parts.now(),
                action="organisation_created",
                subject=f"organisation:{found.id}",
                organisation_id=found.id,
            )
        assert found.id is not None, "a stored row has an id"
        return found.id


async def add_account(
    parts: Parts,
    organisation_id: int,
    *,
    kind: str,
    remote_id: str,
    name: str,
    settings: Mapping[str, str],
    secrets: Mapping[str, str],
) -> int:
    """Connect an account, or renew the tokens of one that is connected. The tokens are sealed at once."""
    if kind not in CHANNELS:
        raise Refused(f"Không có kênh {kind}; có: {', '.join(CHANNELS)}.", f"No channel {kind}; {', '.join(CHANNELS)}.")
    async with parts.db.write() as session:
        row = (await session.exec(select(Account).where(Account.kind == kind, Account.remote_id == remote_id))).first()
        if row is None:
            row = Account(
                organisation_id=organisation_id, kind=kind, remote_id=remote_id, name=name, created_at=parts.now()
            )
            session.add(row)
        if row.organisation_id != organisation_id:
            raise Refused("Tài khoản này thuộc đơn vị khác.", "This account belongs to another organisation.")
        row.name, row.settings = name or row.name, dict(settings)
        row.sealed = parts.vault.seal(secrets)
        row.status, row.status_reason, row.throttled_until = AccountStatus.OK, "", None
        await session.flush()
        await record(
            session,
            at=parts.now(),
            action="account_connected",
            subject=f"account:{row.id}",
            organisation_id=organisation_id,
            kind=kind,
        )
    parts.bell.ring("delivery")
    assert row.id is not None, "a stored row has an id"
    return row.id


async def check_account(parts: Parts, account_id: int) -> Health:
    """Ask the platform whether the account works, and keep what it said."""
    async with parts.db.read() as session:
        account = await session.get(Account, account_id)
    if account is None:
        raise NotFound("tài khoản này", "such account")
    try:
        health = await parts.channel(account).check_account()
    except ChannelError as error:
        return Health(ok=False, told=error.told)
    async with parts.db.write() as session:
        row = await session.get_one(Account, account_id)
        row.checked_at = parts.now()
        row.followers = health.followers if health.followers is not None else row.followers
        if health.lost:
            row.status, row.status_reason = AccountStatus.LOST, health.told.vi
        elif health.ok and row.status == AccountStatus.LOST:
            row.status, row.status_reason = AccountStatus.OK, ""
    return health
