"""places in shifts that are given away or changed, and what one shift leaves to the next"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

from models.db import UtcDateTime

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    text = sqlmodel.sql.sqltypes.AutoString()
    op.create_table(
        "shiftswap",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("organisation_id", sa.Integer(), sa.ForeignKey("organisation.id"), nullable=False),
        sa.Column("shift_id", sa.Integer(), sa.ForeignKey("rotashift.id"), nullable=False),
        sa.Column("other_shift_id", sa.Integer(), sa.ForeignKey("rotashift.id"), nullable=True),
        sa.Column("from_id", sa.Integer(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("to_id", sa.Integer(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("note", text, nullable=False),
        sa.Column("state", text, nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sqlite_autoincrement=True,
    )
    for column in ("organisation_id", "shift_id", "state"):
        op.create_index(f"ix_shiftswap_{column}", "shiftswap", [column])
    op.add_column("rotashift", sa.Column("handover", text, nullable=False, server_default=""))
    op.execute("ALTER TABLE rotashift ADD COLUMN handover_by_id INTEGER REFERENCES person(id)")
    op.add_column("rotashift", sa.Column("handover_at", UtcDateTime(), nullable=True))


def downgrade() -> None:
    for column in ("handover_at", "handover_by_id", "handover"):
        op.execute(f"ALTER TABLE rotashift DROP COLUMN {column}")
    op.drop_table("shiftswap")
