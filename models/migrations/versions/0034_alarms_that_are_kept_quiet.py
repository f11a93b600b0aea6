"""alarms that are kept quiet, doubled, edited"""

from __future__ import annotations

import json

import sqlalchemy as sa
import sqlmodel
from alembic import op

from models.db import UtcDateTime

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

REFERENCES = {"under_id": "incident", "silence_id": "silence", "merged_into_id": "incident"}


def upgrade() -> None:
    text = sqlmodel.sql.sqltypes.AutoString()
    op.create_table(
        "silence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("field", text, nullable=False),
        sa.Column("locality", text, nullable=False),
        sa.Column("words", text, nullable=False),
        sa.Column("reason", text, nullable=False),
        sa.Column("begins_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.Column("placed_by_id", sa.Integer(), nullable=True),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.Column("told_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.ForeignKeyConstraint(["placed_by_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["ended_by_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_silence_organisation_id", "silence", ["organisation_id"])
    op.add_column("incident", sa.Column("told_at", UtcDateTime(), nullable=True))
    op.add_column("incident", sa.Column("volume", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("incident", sa.Column("told_volume", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("incident", sa.Column("held_level", text, nullable=False, server_default=""))
    for name, table in REFERENCES.items():  # in words that both databases take: SQLite adds no constraint afterwards
        op.execute(f"ALTER TABLE incident ADD COLUMN {name} INTEGER REFERENCES {table} (id)")
    op.add_column("alert", sa.Column("stale", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("alert", sa.Column("edited_at", UtcDateTime(), nullable=True))
    op.create_index("ix_alert_stale", "alert", ["stale"])
    _take_over()


def _take_over() -> None:
    """What was told and held so far counts as told and held."""
    op.execute("UPDATE incident SET held_level = told_level WHERE told_level IN ('high', 'emergency')")
    op.execute(
        "UPDATE incident SET told_at = (SELECT MAX(e.at) FROM incidentevent e"
        " WHERE e.incident_id = incident.id AND e.action = 'told')"
    )
    connection = op.get_bind()
    for number, evidence in connection.execute(sa.text("SELECT id, evidence FROM incident")).all():
        known = json.loads(evidence) if isinstance(evidence, str) else evidence or {}
        connection.execute(
            sa.text("UPDATE incident SET volume = :texts WHERE id = :id"),
            {"texts": int(known.get("mentions", 0)), "id": number},
        )
    op.execute("UPDATE incident SET told_volume = volume WHERE told_level <> ''")


def downgrade() -> None:
    op.drop_index("ix_alert_stale", "alert")
    op.execute("ALTER TABLE alert DROP COLUMN edited_at")
    op.execute("ALTER TABLE alert DROP COLUMN stale")
    for name in (*REFERENCES, "held_level", "told_volume", "volume", "told_at"):
        op.execute(f"ALTER TABLE incident DROP COLUMN {name}")
    op.drop_table("silence")
