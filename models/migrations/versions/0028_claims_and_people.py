"""what people said about which texts belong together"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

from models.db import UtcDateTime

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    text = sqlmodel.sql.sqltypes.AutoString()
    op.create_table(
        "claimdecision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("kind", text, nullable=False),
        sa.Column("claim_key", text, nullable=False),
        sa.Column("other_key", text, nullable=False),
        sa.Column("mentions", sa.JSON(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("why", text, nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.ForeignKeyConstraint(["user_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_claimdecision_organisation_id", "claimdecision", ["organisation_id"])


def downgrade() -> None:
    op.drop_table("claimdecision")
