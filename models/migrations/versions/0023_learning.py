"""what people's verdicts teach: labels, learned heads, thresholds"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

from models.db import UtcDateTime

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

TEXT = sqlmodel.sql.sqltypes.AutoString


def upgrade() -> None:
    op.add_column("incident", sa.Column("verdict", TEXT(), nullable=False, server_default=""))
    op.create_table(
        "label",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("organisation_id", sa.Integer(), sa.ForeignKey("organisation.id"), nullable=False),
        sa.Column("incident_id", sa.Integer(), sa.ForeignKey("incident.id"), nullable=False),
        sa.Column("mention_id", sa.Integer(), sa.ForeignKey("mention.id", ondelete="CASCADE"), nullable=False),
        sa.Column("text_hash", TEXT(), nullable=False),
        sa.Column("verdict", TEXT(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("person.id"), nullable=True),
        sa.Column("revision", TEXT(), nullable=False),
        sa.Column("risk", sa.Float(), nullable=True),
        sa.Column("vector", sa.LargeBinary(), nullable=True),
        sa.UniqueConstraint("mention_id"),
    )
    op.create_index("ix_label_organisation_id", "label", ["organisation_id"])
    op.create_index("ix_label_incident_id", "label", ["incident_id"])
    op.create_table(
        "learnedhead",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("base", TEXT(), nullable=False),
        sa.Column("weights", sa.LargeBinary(), nullable=False),
        sa.Column("labels", sa.Integer(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
    )
    op.create_index("ix_learnedhead_active", "learnedhead", ["active"])
    op.create_table(
        "alarmthreshold",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("organisation_id", sa.Integer(), sa.ForeignKey("organisation.id"), nullable=False),
        sa.Column("risk", sa.Float(), nullable=False),
        sa.Column("wanted", sa.Float(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("person.id"), nullable=True),
    )
    op.create_index("ix_alarmthreshold_organisation_id", "alarmthreshold", ["organisation_id"])


def downgrade() -> None:
    for table in ("alarmthreshold", "learnedhead", "label"):
        op.drop_table(table)
    op.execute("ALTER TABLE incident DROP COLUMN verdict")
