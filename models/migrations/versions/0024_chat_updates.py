"""what Telegram told the duty chat's bot"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

from models.db import UtcDateTime

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    text = sqlmodel.sql.sqltypes.AutoString()
    op.create_table(
        "chatupdate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("bot", text, nullable=False),
        sa.Column("update_id", sa.BigInteger(), nullable=False),
        sa.Column("received_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("due_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("worked_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("problem", text, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("bot", "update_id"),
    )
    op.create_index("ix_chatupdate_received_at", "chatupdate", ["received_at"])
    waiting = sa.text("due_at IS NOT NULL")
    op.create_index(
        "chat_update_waiting", "chatupdate", ["due_at", "update_id"], sqlite_where=waiting, postgresql_where=waiting
    )


def downgrade() -> None:
    op.drop_table("chatupdate")
