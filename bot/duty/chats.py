"""Which groups are the office's own."""

from __future__ import annotations

from sqlmodel import col, or_, select

from bot.parts import Parts
from bot.people import person_of_chat
from models.office import Organisation, User


async def is_known_chat(parts: Parts, chat_id: str) -> bool:
    """True for the duty and leaders' chats of any office here."""
    if chat_id in (parts.settings.duty_chat, parts.settings.leaders_chat):
        return True
    async with parts.db.read() as session:
        own = or_(Organisation.duty_chat == chat_id, Organisation.leaders_chat == chat_id)
        return (await session.exec(select(Organisation.id).where(own).limit(1))).first() is not None


async def may_stay(parts: Parts, chat_id: str, telegram_id: str) -> bool:
    """True in our own groups, where one of our people added the bot, and as long as nobody is tied to a chat account
    yet: an office that is being set up has no other way to learn its groups' ids."""
    if await is_known_chat(parts, chat_id):
        return True
    async with parts.db.read() as session:
        if await person_of_chat(session, telegram_id) is not None:
            return True
        tied = select(User.id).where(col(User.telegram_id) != "").limit(1)
        return (await session.exec(tied)).first() is None
