"""The first steps in an empty installation: secret key, organisation, first admin, accounts."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import Final

from cryptography.fernet import Fernet
from dotenv import dotenv_values
from sqlmodel import select

from bot.accounts.standing import release_held
from bot.parts import Actor, Parts, Refused
from channels.registry import CHANNELS
from models.audit import record
from models.office import Account, Organisation

_KEY_LINE: Final = re.compile(r"\s*(export\s+)?LOA_(OLD_)?SECRET_KEYS?\s*=")


def make_key_file(env_file: Path) -> bool:
    """Add LOA_SECRET_KEY to `.env` (readable by its owner alone); False when there is one already."""
    text = env_file.read_text(encoding="utf-8") if env_file.exists() else ""
    named = [line.strip().removeprefix("export ").partition("=")[::2] for line in text.splitlines()]
    if any(name.strip() == "LOA_SECRET_KEY" and value.strip() for name, value in named):
        return False
    line = f"LOA_SECRET_KEY={Fernet.generate_key().decode()}\n"
    _write_private(env_file, text + ("" if not text or text.endswith("\n") else "\n") + line)
    return True


def change_key_file(env_file: Path) -> bool:
    """Put a new LOA_SECRET_KEY into `.env` and the one that is there before the keys in LOA_OLD_SECRET_KEYS; False when
    `.env` names none."""
    text = env_file.read_text(encoding="utf-8") if env_file.exists() else ""
    named = dotenv_values(stream=StringIO(text))
    if not (key := (named.get("LOA_SECRET_KEY") or "").strip()):
        return False
    old = ",".join(filter(None, (key, (named.get("LOA_OLD_SECRET_KEYS") or "").strip())))
    others = [line for line in text.splitlines() if _KEY_LINE.match(line) is None]
    fresh = [f"LOA_SECRET_KEY={Fernet.generate_key().decode()}", f"LOA_OLD_SECRET_KEYS={old}"]
    _write_private(env_file, "\n".join([*others, *fresh]) + "\n")
    return True


def _write_private(file: Path, text: str) -> None:
    """Replace a file in one step, readable by its owner alone."""
    part = file.with_name(f".{file.name}.part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as open_file:
        open_file.write(text)
    part.replace(file)


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
    by: Actor | None = None,
) -> int:
    """Connect an account, or give one that is connected new tokens: then what was held for it goes on. The tokens are
    sealed at once."""
    if kind not in CHANNELS:
        raise Refused(f"Không có kênh {kind}; có: {', '.join(CHANNELS)}.", f"No channel {kind}; {', '.join(CHANNELS)}.")
    query = select(Account).where(Account.kind == kind, Account.remote_id == remote_id)
    async with parts.db.read() as session:
        known = (await session.exec(query)).first()
    if known is not None and known.organisation_id == organisation_id:
        await release_held(parts, known.id)
    async with parts.db.write() as session:
        row = (await session.exec(query.with_for_update(key_share=True))).first()
        if row is None:
            row = Account(
                organisation_id=organisation_id, kind=kind, remote_id=remote_id, name=name, created_at=parts.now()
            )
            session.add(row)
        if row.organisation_id != organisation_id:
            raise Refused("Tài khoản này thuộc đơn vị khác.", "This account belongs to another organisation.")
        row.name, row.settings = name or row.name, dict(settings)
        row.sealed, row.refreshed_at = parts.vault.seal(secrets), parts.now()
        row.recover()
        row.throttled_until = row.expires_at = row.checked_at = None  # the new tokens are to be asked about
        row.concerns = []
        await session.flush()
        await record(
            session,
            at=parts.now(),
            action="account_connected",
            subject=f"account:{row.id}",
            organisation_id=organisation_id,
            user_id=by.user_id if by else None,
            kind=kind,
        )
    parts.bell.ring("delivery")
    assert row.id is not None, "a stored row has an id"
    return row.id
