"""minutes of escalation, acknowledgements that end, a second person, tries and ways to reach people"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

from models.db import UtcDateTime

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    text = sqlmodel.sql.sqltypes.AutoString()
    op.create_table(
        "escalationplan",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("organisation_id", sa.Integer(), sa.ForeignKey("organisation.id"), nullable=False),
        sa.Column("level", text, nullable=False),
        sa.Column("waits_min", sa.JSON(), nullable=False),
        sa.Column("ack_lives_min", sa.Float(), nullable=False),
        sa.Column("valid_from", UtcDateTime(), nullable=False),
        sa.Column("set_by_id", sa.Integer(), sa.ForeignKey("person.id"), nullable=True),
    )
    op.create_index("ix_escalationplan_organisation_id", "escalationplan", ["organisation_id"])
    op.create_table(
        "alerttry",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("alert_id", sa.Integer(), sa.ForeignKey("alert.id"), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("way", text, nullable=False),
        sa.Column("outcome", text, nullable=False),
        sa.Column("detail", text, nullable=False),
    )
    op.create_index("ix_alerttry_alert_id", "alerttry", ["alert_id"])
    op.create_index("ix_alerttry_at", "alerttry", ["at"])
    op.create_table(
        "route",
        sa.Column("name", text, primary_key=True),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.Column("broken_since", UtcDateTime(), nullable=True),
        sa.Column("why", text, nullable=False),
        sa.Column("told_at", UtcDateTime(), nullable=True),
    )
    op.add_column("incident", sa.Column("ack_expires_at", UtcDateTime(), nullable=True))
    op.add_column("incident", sa.Column("ack_expiries", sa.Integer(), nullable=False, server_default="0"))
    op.execute("ALTER TABLE incident ADD COLUMN seconded_by_id INTEGER REFERENCES person(id)")
    op.add_column("incident", sa.Column("seconded_at", UtcDateTime(), nullable=True))


def downgrade() -> None:
    for column in ("seconded_at", "seconded_by_id", "ack_expiries", "ack_expires_at"):
        op.execute(f"ALTER TABLE incident DROP COLUMN {column}")
    for name in ("route", "alerttry", "escalationplan"):
        op.drop_table(name)
