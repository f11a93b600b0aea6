"""a library of claims that were settled"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

from models.db import UtcDateTime

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    text = sqlmodel.sql.sqltypes.AutoString()
    op.create_table(
        "knownclaim",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("text", text, nullable=False),
        sa.Column("verdict", text, nullable=False),
        sa.Column("source", text, nullable=False),
        sa.Column("settled_at", UtcDateTime(), nullable=True),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.Column("added_by_id", sa.Integer(), nullable=True),
        sa.Column("retired_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["added_by_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_knownclaim_organisation_id", "knownclaim", ["organisation_id"])


def downgrade() -> None:
    op.drop_table("knownclaim")
