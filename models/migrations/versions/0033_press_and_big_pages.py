"""the press and big public pages, and which texts are theirs"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

from models.db import UtcDateTime

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

TEXT = sqlmodel.sql.sqltypes.AutoString


def upgrade() -> None:
    op.create_table(
        "outlet",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("organisation_id", sa.Integer(), sa.ForeignKey("organisation.id"), nullable=False),
        sa.Column("channel", TEXT(), nullable=False),
        sa.Column("remote_id", TEXT(), nullable=False),
        sa.Column("name", TEXT(), nullable=False),
        sa.Column("kind", TEXT(), nullable=False),
        sa.Column("followers", sa.BigInteger(), nullable=True),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.Column("added_by_id", sa.Integer(), sa.ForeignKey("person.id"), nullable=True),
        sa.Column("retired_at", UtcDateTime(), nullable=True),
    )
    op.create_index("ix_outlet_organisation_id", "outlet", ["organisation_id"])
    op.add_column("mention", sa.Column("widely_heard", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.execute("ALTER TABLE mention DROP COLUMN widely_heard")
    op.drop_table("outlet")
