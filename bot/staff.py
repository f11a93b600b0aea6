"""What an admin does about people: let them in with their roles, give a new password, lock and unlock.

One admin always remains: an office that locks the last one out could not mend anything any more.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.duty.rota import with_role
from bot.parts import Actor, NotFound, Parts, Refused
from bot.people import create_user, new_password, set_active, set_password, set_roles
from models.office import Role, RotaShift, User


async def add_person(
    parts: Parts, actor: Actor, *, login: str, name: str, password: str, roles: Collection[str]
) -> None:
    """Let a new person in. Raises `Refused` with what to change."""
    _may(actor)
    hashed = await new_password(login, password)
    async with parts.db.write() as session:
        await create_user(
            session,
            organisation_id=actor.organisation_id,
            login=login,
            name=name,
            password_hash=hashed,
            roles=roles,
            at=parts.now(),
            by=actor.user_id,
        )


async def give_password(parts: Parts, actor: Actor, login: str, password: str) -> None:
    """Give a person a new password; every sign-in of theirs ends. One's own needs no admin."""
    hashed = await new_password(login, password)

    async def change(session: AsyncSession, user: User) -> None:
        if user.id != actor.user_id:
            _may(actor)
        await set_password(session, user, hashed, at=parts.now(), by=actor.user_id)

    await _for(parts, actor, login, change)


async def give_roles(parts: Parts, actor: Actor, login: str, roles: Collection[str]) -> None:
    """Give a person exactly these roles."""
    _may(actor)

    async def change(session: AsyncSession, user: User) -> None:
        if Role.ADMIN not in roles:
            await _keep_an_admin(session, user)
        await set_roles(session, user, roles, at=parts.now(), by=actor.user_id)

    await _for(parts, actor, login, change)


async def lock(parts: Parts, actor: Actor, login: str) -> int:
    """Keep a person out; their sign-ins end and their presses in chat count no more. Return how many shifts they
    still have on the rota: these are to be given to somebody else."""
    _may(actor)
    left = 0

    async def change(session: AsyncSession, user: User) -> None:
        nonlocal left
        await _keep_an_admin(session, user)
        await set_active(session, user, False, at=parts.now(), by=actor.user_id)
        left = await _shifts_left(session, parts, user)

    await _for(parts, actor, login, change)
    return left


async def unlock(parts: Parts, actor: Actor, login: str) -> None:
    """Let a locked person in again, with the password and roles they had."""
    _may(actor)

    async def change(session: AsyncSession, user: User) -> None:
        await set_active(session, user, True, at=parts.now(), by=actor.user_id)

    await _for(parts, actor, login, change)


async def _for(parts: Parts, actor: Actor, login: str, change: Callable[[AsyncSession, User], Awaitable[None]]) -> None:
    async with parts.db.write() as session:
        found = select(User).where(User.login == login.strip().lower(), User.organisation_id == actor.organisation_id)
        user = (await session.exec(found.with_for_update(key_share=True))).first()
        if user is None:
            raise NotFound(f"người dùng {login}", f"person {login}")
        await change(session, user)


async def _keep_an_admin(session: AsyncSession, user: User) -> None:
    others = [a.id for a in await with_role(session, user.organisation_id, Role.ADMIN) if a.id != user.id]
    if not others:
        raise Refused(
            "Đây là quản trị viên cuối cùng; hãy giao quyền quản trị cho người khác trước.",
            "This is the last admin; make somebody else an admin first.",
        )


async def _shifts_left(session: AsyncSession, parts: Parts, user: User) -> int:
    mine = (col(RotaShift.primary_id) == user.id) | (col(RotaShift.backup_id) == user.id)
    query = select(RotaShift.id).where(mine | (col(RotaShift.head_id) == user.id), RotaShift.ends_at > parts.now())
    return len((await session.exec(query)).all())


def _may(actor: Actor) -> None:
    if not actor.has(Role.ADMIN):
        raise Refused("Chỉ quản trị được làm việc này.", "Only an admin may do this.")
