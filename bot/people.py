"""People who sign in: their passwords, their roles, and the one-time code that ties a chat account to a person.

Used by the console, the chat and the command line alike. Passwords are kept as argon2id hashes only.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import secrets
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import cache

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.parts import Actor, Parts, Refused
from models.audit import record
from models.office import LinkCode, Role, User, UserRole, WebSession

LINK_CODE_LIVES = timedelta(minutes=15)
LEAST_PASSWORD, MOST_PASSWORD = 10, 200
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")
_CODE_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # without those that look alike
_hasher = PasswordHash((Argon2Hasher(),))
_pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="argon2")
"""One argon2 run takes 64 MiB: a flood of sign-ins must take neither the machine's memory nor everybody's threads."""


# -- passwords --------------------------------------------------------------------------------------------------


async def hash_password(password: str) -> str:
    """Return the argon2id hash, made in a thread."""
    return await asyncio.get_running_loop().run_in_executor(_pool, _hasher.hash, password)


async def verify_password(user: User | None, password: str) -> bool:
    """Say whether the password is the person's; takes as long for nobody, and for people without a password."""
    kept = user.password_hash if user is not None else ""
    words = password[:MOST_PASSWORD]
    return await asyncio.get_running_loop().run_in_executor(_pool, _matches, words, kept)


def _matches(password: str, kept: str) -> bool:
    right = _hasher.verify(password, kept or _nobody())
    return right and bool(kept)


@cache
def _nobody() -> str:
    """A hash that nobody's password has, checked when the login does not exist."""
    return _hasher.hash(secrets.token_urlsafe())


def check_password(password: str, login: str) -> None:
    """Raise `Refused` when a new password is too weak to take."""
    if not LEAST_PASSWORD <= len(password) <= MOST_PASSWORD:
        raise Refused(
            f"Mật khẩu cần từ {LEAST_PASSWORD} đến {MOST_PASSWORD} ký tự.",
            f"The password needs {LEAST_PASSWORD} to {MOST_PASSWORD} characters.",
        )
    if login.lower() in password.lower() or len(set(password)) < 5:
        raise Refused(
            "Mật khẩu quá dễ đoán: không chứa tên đăng nhập, không lặp lại vài ký tự.",
            "The password is too easy to guess: leave the login out of it and do not repeat a few characters.",
        )


async def new_password(login: str, password: str) -> str:
    """Return the hash of a new password. Raises `Refused` for a weak one.

    Called before a transaction is opened: it takes a tenth of a second, and on SQLite every other writer would wait.
    """
    check_password(password, login)
    return await hash_password(password)


async def set_password(
    session: AsyncSession, user: User, password_hash: str, *, at: datetime, by: int | None = None
) -> None:
    """Set a password that `new_password` hashed; every sign-in of that person ends."""
    user.password_hash = password_hash
    session.add(user)
    await session.exec(delete(WebSession).where(col(WebSession.user_id) == user.id))
    await _log(session, "password_set", user, at, by)


# -- people and roles -------------------------------------------------------------------------------------------


async def create_user(
    session: AsyncSession,
    *,
    organisation_id: int,
    login: str,
    name: str,
    password_hash: str,
    roles: Collection[str],
    at: datetime,
    language: str = "vi",
    by: int | None = None,
) -> User:
    """Store a person with their roles in their organisation; the password is one that `new_password` hashed. Raises
    `Refused` with what to change."""
    login, name = login.strip().lower(), name.strip()
    if not _LOGIN.fullmatch(login):
        raise Refused(
            "Tên đăng nhập gồm 2–40 chữ thường không dấu, số, dấu chấm hoặc gạch, ví dụ: nguyen.an.",
            "A login has 2-40 plain small letters, digits, dots or dashes, for example nguyen.an.",
        )
    if not name or len(name) > 120:
        raise Refused("Hãy ghi họ tên (tối đa 120 ký tự).", "Give a name (at most 120 characters).")
    if (await session.exec(select(User.id).where(User.login == login))).first() is not None:
        raise Refused(f"Tên đăng nhập {login} đã có người dùng.", f"The login {login} is taken.")
    user = User(
        organisation_id=organisation_id,
        login=login,
        name=name,
        password_hash=password_hash,
        language="en" if language == "en" else "vi",
        created_at=at,
    )
    session.add(user)
    await session.flush()
    await set_roles(session, user, roles, at=at, by=by)
    await _log(session, "user_created", user, at, by)
    return user


async def set_roles(
    session: AsyncSession, user: User, roles: Collection[str], *, at: datetime, by: int | None = None
) -> None:
    """Give a person exactly these roles in their organisation. Raises `Refused` for an unknown one or none."""
    unknown = set(roles) - set(Role)
    if unknown or not roles:
        known = ", ".join(Role)
        raise Refused(f"Hãy chọn ít nhất một vai trò trong: {known}.", f"Choose at least one role of: {known}.")
    await session.exec(
        delete(UserRole).where(col(UserRole.user_id) == user.id, col(UserRole.organisation_id) == user.organisation_id)
    )
    for role in sorted(set(roles)):
        session.add(UserRole(user_id=_id(user), organisation_id=user.organisation_id, role=role))
    await session.flush()
    await _log(session, "roles_set", user, at, by, roles=sorted(set(roles)))


async def set_active(session: AsyncSession, user: User, active: bool, *, at: datetime, by: int | None = None) -> None:
    """Let a person in or keep them out; keeping out ends their sign-ins. Nobody shuts themselves out."""
    if not active and by == user.id:
        raise Refused("Không thể tự khóa tài khoản của mình.", "You cannot lock your own account.")
    user.active = active
    session.add(user)
    if not active:
        await session.exec(delete(WebSession).where(col(WebSession.user_id) == user.id))
    await _log(session, "user_active" if active else "user_locked", user, at, by)


async def roles_of(session: AsyncSession, user: User) -> frozenset[str]:
    """Return the person's roles in their own organisation."""
    rows = await session.exec(
        select(UserRole.role).where(UserRole.user_id == user.id, UserRole.organisation_id == user.organisation_id)
    )
    return frozenset(rows.all())


async def actor_for(session: AsyncSession, user: User, *, surface: str = "console") -> Actor:
    """Return who acts, for the rooms that hold the rules. The surface has checked that it is them."""
    return Actor(
        user_id=_id(user),
        organisation_id=user.organisation_id,
        roles=await roles_of(session, user),
        name=user.name,
        surface=surface,
        language=user.language,
    )


# -- the chat account -------------------------------------------------------------------------------------------


async def person_of_chat(session: AsyncSession, telegram_id: str) -> User | None:
    """Return the active person whose chat account this is, or None."""
    if not telegram_id:
        return None
    rows = await session.exec(select(User).where(User.telegram_id == telegram_id, col(User.active).is_(True)))
    return rows.first()


async def make_link_code(parts: Parts, user_id: int) -> str:
    """Return a one-time code that ties a chat account to the person within 15 minutes; older codes end."""
    code = "".join(secrets.choice(_CODE_LETTERS) for _ in range(10))
    now = parts.now()
    async with parts.db.write() as session:
        user = await session.get_one(User, user_id)
        await session.exec(delete(LinkCode).where(col(LinkCode.user_id) == user_id))
        session.add(LinkCode(user_id=user_id, code_hash=_digest(code), expires_at=now + LINK_CODE_LIVES))
        await _log(session, "link_code_made", user, now, user_id)
    return code


async def redeem_link_code(parts: Parts, code: str, telegram_id: str) -> User | None:
    """Tie the chat account to the person whose code this is. None: wrong, used or too old. Works once."""
    now = parts.now()
    async with parts.db.write() as session:
        taken = await session.exec(
            update(LinkCode)
            .where(
                col(LinkCode.code_hash) == _digest(code.strip().upper()),
                col(LinkCode.used_at).is_(None),
                col(LinkCode.expires_at) > now,
            )
            .values(used_at=now)
            .returning(col(LinkCode.user_id))
        )
        user_id = taken.scalar_one_or_none()
        if user_id is None or not telegram_id:
            return None
        # A chat account speaks for one person only.
        await session.exec(update(User).where(col(User.telegram_id) == telegram_id).values(telegram_id=""))
        user = await session.get_one(User, user_id)
        await session.refresh(user)
        user.telegram_id = telegram_id
        session.add(user)
        await _log(session, "chat_linked", user, now, user_id)
        return user


# -- within -----------------------------------------------------------------------------------------------------


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()


def _id(user: User) -> int:
    assert user.id is not None, "a stored row has an id"
    return user.id


async def _log(session: AsyncSession, action: str, user: User, at: datetime, by: int | None, **detail: object) -> None:
    await record(
        session,
        at=at,
        action=action,
        subject=f"user:{user.id}",
        organisation_id=user.organisation_id,
        user_id=by,
        **detail,
    )
