"""when an account could not be read, and since when it brings nothing"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from models.db import UtcDateTime

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "readinggap",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("account_id", sa.Integer(), sa.ForeignKey("account.id"), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
    )
    op.create_index("ix_readinggap_account_id", "readinggap", ["account_id"])
    op.create_index("ix_readinggap_until", "readinggap", ["until"])
    op.add_column("account", sa.Column("quiet_since", UtcDateTime(), nullable=True))
    op.add_column("account", sa.Column("quiet_missing", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    for column in ("quiet_since", "quiet_missing"):
        op.execute(f"ALTER TABLE account DROP COLUMN {column}")
    op.drop_table("readinggap")
