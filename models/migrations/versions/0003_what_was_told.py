"""what was told"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

import models.db

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "notice",
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("at", models.db.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    with op.batch_alter_table("incident", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("told_level", sqlmodel.sql.sqltypes.AutoString(), nullable=False, server_default="")
        )
        batch_op.add_column(sa.Column("reopened", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("responding_at", models.db.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("first_line_at", models.db.UtcDateTime(timezone=True), nullable=True))
    op.execute(
        "UPDATE incident SET told_level = level WHERE EXISTS"
        " (SELECT 1 FROM incidentevent e WHERE e.incident_id = incident.id AND e.action = 'told')"
    )
    op.execute(
        "UPDATE incident SET reopened ="
        " (SELECT COUNT(*) FROM incidentevent e WHERE e.incident_id = incident.id AND e.action = 'reopened')"
    )
    op.execute(
        "UPDATE incident SET responding_at = (SELECT MAX(e.at) FROM incidentevent e"
        " WHERE e.incident_id = incident.id AND e.action = 'moved' AND e.now = 'responding')"
    )


def downgrade() -> None:
    # SQLite's batch mode would rebuild the table, which the rows that point at it forbid.
    for name in ("first_line_at", "responding_at", "reopened", "told_level"):
        op.execute(f"ALTER TABLE incident DROP COLUMN {name}")
    op.drop_table("notice")
