"""webhooks: what came, who subscribed, and where accounts are called"""

from __future__ import annotations

import secrets

import sqlalchemy as sa
import sqlmodel
from alembic import op

from models.db import UtcDateTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    text = sqlmodel.sql.sqltypes.AutoString()
    op.add_column("mention", sa.Column("changed_at", UtcDateTime(timezone=True), nullable=True))
    op.add_column("account", sa.Column("hook_key", text, nullable=False, server_default=""))
    account, connection = sa.table("account", sa.column("id"), sa.column("hook_key")), op.get_bind()
    for row in connection.execute(sa.select(account.c.id)).all():
        made = secrets.token_urlsafe(18)
        connection.execute(sa.update(account).where(account.c.id == row.id).values(hook_key=made))
    op.create_table(
        "webhookevent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("key", text, nullable=False),
        sa.Column("received_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("due_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("worked_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("problem", text, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("account_id", "key"),
    )
    op.create_index("ix_webhookevent_received_at", "webhookevent", ["received_at"])
    waiting = sa.text("due_at IS NOT NULL")
    op.create_index(
        "webhook_event_waiting", "webhookevent", ["due_at", "id"], sqlite_where=waiting, postgresql_where=waiting
    )
    op.create_table(
        "subscriber",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("person", text, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("since", UtcDateTime(timezone=True), nullable=False),
        sa.Column("told_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("left_at", UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("account_id", "person"),
    )


def downgrade() -> None:
    op.drop_table("subscriber")
    op.drop_table("webhookevent")
    op.drop_column("account", "hook_key")
    op.drop_column("mention", "changed_at")
