"""The pretended office: its people, accounts, chats and rota, made through the same functions a real one uses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from bot.office_setup import add_account, create_organisation
from bot.parts import Actor, Parts
from bot.people import actor_for, create_user, make_link_code, new_password
from channels.sandbox.world import DUTY_CHAT, LEADERS_CHAT, OFFICE, Sandbox
from models.office import Organisation, Role, RotaShift, User

PASSWORD = "Mua-thu-1945"  # noqa: S105  # a pretended office on this machine only; printed on the screen
PEOPLE = (
    ("quantri", "Nguyễn Quản Trị", (Role.ADMIN,)),
    ("soan", "Trần Thị Soạn", (Role.AUTHOR,)),
    ("bientap", "Lê Văn Biên", (Role.EDITOR,)),
    ("duyet", "Phạm Thị Duyệt", (Role.APPROVER,)),
    ("truc", "Hoàng Văn Trực", (Role.DUTY,)),
    ("truc2", "Vũ Thị Thay", (Role.BACKUP,)),
    ("phatngon", "Đỗ Văn Ngôn", (Role.SPOKESPERSON, Role.APPROVER)),
    ("lanhdao", "Bùi Thị Lãnh", (Role.LEADER,)),
)
"""Login, name, roles."""


@dataclass
class Office:
    """What was set up: ids and the people who act."""

    organisation_id: int
    people: dict[str, Actor] = field(default_factory=dict)
    accounts: dict[str, int] = field(default_factory=dict)


async def set_up(parts: Parts, sandbox: Sandbox) -> Office:
    """Make organisation, people, accounts and today's rota. The tokens come from the stand-in platforms."""
    office = Office(await create_organisation(parts, OFFICE, duty_chat=DUTY_CHAT, leaders_chat=LEADERS_CHAT))
    await _people(parts, office)
    for credentials in sandbox.credentials():
        office.accounts[credentials.kind] = await add_account(
            parts,
            office.organisation_id,
            kind=credentials.kind,
            remote_id=credentials.remote_id,
            name=credentials.name,
            settings=credentials.settings,
            secrets=credentials.secrets,
        )
    return office


async def _people(parts: Parts, office: Office) -> None:
    now = parts.now()
    hashes = {login: await new_password(login, PASSWORD) for login, _, _ in PEOPLE}
    async with parts.db.write() as session:
        for login, name, roles in PEOPLE:
            user = await create_user(
                session,
                organisation_id=office.organisation_id,
                login=login,
                name=name,
                password_hash=hashes[login],
                roles=list(roles),
                at=now,
            )
            office.people[login] = await actor_for(session, user)
        session.add(
            RotaShift(
                organisation_id=office.organisation_id,
                starts_at=now - timedelta(hours=1),
                ends_at=now + timedelta(days=2),
                primary_id=office.people["truc"].user_id,
                backup_id=office.people["truc2"].user_id,
                head_id=office.people["phatngon"].user_id,
            )
        )
        organisation = await session.get_one(Organisation, office.organisation_id)
        organisation.short_name = "UBND tỉnh"


async def link_chats(parts: Parts, sandbox: Sandbox, office: Office) -> Mapping[str, int]:
    """Let the duty people tie their chat accounts with a one-time code, as they would. Return chat ids by login."""
    ids = {}
    for login in ("truc", "truc2", "duyet", "phatngon"):
        code = await make_link_code(parts, office.people[login].user_id)
        ids[login] = sandbox.telegram_user(login, office.people[login].name)
        await sandbox.write_to_bot(ids[login], f"/start {code}")
    return ids


async def linked(parts: Parts, office: Office) -> bool:
    """True when every duty person's chat is tied."""
    async with parts.db.read() as session:
        rows = [
            await session.get_one(User, office.people[login].user_id)
            for login in ("truc", "truc2", "duyet", "phatngon")
        ]
    return all(row.telegram_id for row in rows)
