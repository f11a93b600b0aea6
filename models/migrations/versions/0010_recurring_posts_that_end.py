"""recurring posts that end with their source, or fail"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

import models.db

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    text = sqlmodel.sql.sqltypes.AutoString()
    op.add_column("recurrence", sa.Column("ended_for", text, nullable=False, server_default=""))
    op.add_column("recurrence", sa.Column("failing_since", models.db.UtcDateTime(timezone=True), nullable=True))


def downgrade() -> None:
    for column in ("failing_since", "ended_for"):
        op.execute(f"ALTER TABLE recurrence DROP COLUMN {column}")
