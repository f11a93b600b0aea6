"""Citizens' texts as they stand in the store, for tests of answers."""

from __future__ import annotations

from datetime import timedelta

from models.mention import Mention
from tests.bot.conftest import Office


async def asked(office: Office, channel: str = "facebook", **more: object) -> int:
    """A text that a citizen wrote ten minutes ago; return its id."""
    now = office.parts.now()
    row = {
        "organisation_id": office.id,
        "account_id": office.accounts[channel],
        "channel": channel,
        "item_id": "" if channel == "zalo" else "100001_5",
        "remote_id": "c1",
        "text": "Khi nào có nước lại?",
        "written_at": now - timedelta(minutes=10),
        "fetched_at": now,
        **more,
    }
    async with office.parts.db.write() as session:
        mention = Mention(**row)
        session.add(mention)
        await session.flush()
        assert mention.id is not None
        return mention.id
