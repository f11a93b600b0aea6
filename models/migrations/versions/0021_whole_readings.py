"""when all comments under an item were read"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from models.db import UtcDateTime

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("delivery", "channelitem"):
        op.add_column(table, sa.Column("comments_whole_at", UtcDateTime(), nullable=True))


def downgrade() -> None:
    for table in ("delivery", "channelitem"):
        op.execute(f"ALTER TABLE {table} DROP COLUMN comments_whole_at")
