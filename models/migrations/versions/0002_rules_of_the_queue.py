"""rules of the queue"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

import models.db

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "recurrence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("every", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("minute", sa.Integer(), nullable=False),
        sa.Column("ahead_h", sa.Integer(), nullable=False),
        sa.Column("next_at", models.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("until", models.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("ended_at", models.db.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
        ),
        sa.ForeignKeyConstraint(
            ["post_id"],
            ["post.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("recurrence", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recurrence_next_at"), ["next_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_recurrence_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "slot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("channel", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("minute", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("organisation_id", "channel", "weekday", "minute"),
    )
    with op.batch_alter_table("slot", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_slot_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "budget",
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("unit", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("used", sa.Float(), nullable=False),
        sa.Column("most", sa.Float(), nullable=False),
        sa.Column("resets_at", models.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("blocked_until", models.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("told_at", models.db.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
        ),
        sa.PrimaryKeyConstraint("key"),
    )
    with op.batch_alter_table("budget", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_budget_account_id"), ["account_id"], unique=False)

    op.create_table(
        "hold",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("scope", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("incident_id", sa.Integer(), nullable=True),
        sa.Column("placed_by", sa.Integer(), nullable=True),
        sa.Column("placed_at", models.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("released_by", sa.Integer(), nullable=True),
        sa.Column("released_at", models.db.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["incident.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
        ),
        sa.ForeignKeyConstraint(
            ["placed_by"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["released_by"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("hold", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_hold_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_hold_released_at"), ["released_at"], unique=False)

    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.add_column(sa.Column("expires_at", models.db.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("refreshed_at", models.db.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("lost_at", models.db.UtcDateTime(timezone=True), nullable=True))

    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.add_column(sa.Column("embargo_until", models.db.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("nudged_at", models.db.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("held_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False, server_default=""))
        batch_op.add_column(
            sa.Column("claimed_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False, server_default="")
        )
        batch_op.drop_index(batch_op.f("delivery_claim"))
        batch_op.create_index("delivery_due", ["state", "next_at"], unique=False)

    with op.batch_alter_table("post", schema=None) as batch_op:
        batch_op.add_column(sa.Column("contributors", sa.JSON(), nullable=False, server_default="[]"))
        batch_op.add_column(
            sa.Column("timing", sqlmodel.sql.sqltypes.AutoString(), nullable=False, server_default="at")
        )
        batch_op.add_column(sa.Column("window_from", models.db.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("window_to", models.db.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("embargo_until", models.db.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("recurrence_id", sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f("ix_post_recurrence_id"), ["recurrence_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_post_recurrence_id", "post")
    op.drop_index("delivery_due", "delivery")
    op.create_index("delivery_claim", "delivery", ["state", "priority", "next_at"])
    # SQLite's batch mode would rebuild the tables, which the rows that point at them forbid.
    for table, names in _ADDED.items():
        for name in names:
            op.execute(f"ALTER TABLE {table} DROP COLUMN {name}")
    for table in ("hold", "budget", "slot", "recurrence"):
        op.drop_table(table)


_ADDED = {
    "post": ("contributors", "recurrence_id", "embargo_until", "window_to", "window_from", "timing"),
    "delivery": ("held_by", "claimed_by", "nudged_at", "embargo_until"),
    "account": ("lost_at", "refreshed_at", "expires_at"),
}
