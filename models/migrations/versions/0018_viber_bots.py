"""a Viber bot is a kind of its own"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_ACCOUNT = sa.table("account", sa.column("id"), sa.column("kind"), sa.column("settings", sa.JSON))
_DELIVERY = sa.table("delivery", sa.column("account_id"), sa.column("channel"))


def _move(was: str, to: str, bot: bool) -> None:
    """What waits for a bot stays with it; its adapter refuses what was written for a channel, by name."""
    connection = op.get_bind()
    query = sa.select(_ACCOUNT).where(_ACCOUNT.c.kind == was)
    for row in connection.execute(query).all():
        settings = dict(row.settings or {})
        if (settings.pop("product", "channel") == "bot") is not bot:
            continue
        mine = sa.update(_ACCOUNT).where(_ACCOUNT.c.id == row.id)
        connection.execute(mine.values(kind=to, settings=settings))
        connection.execute(sa.update(_DELIVERY).where(_DELIVERY.c.account_id == row.id).values(channel=to))


def upgrade() -> None:
    _move("viber", "viber_bot", bot=True)


def downgrade() -> None:
    _move("viber_bot", "viber", bot=False)
