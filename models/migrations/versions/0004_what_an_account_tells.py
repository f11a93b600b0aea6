"""what an account tells"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.add_column(sa.Column("concerns", sa.JSON(), nullable=False, server_default="[]"))
    op.execute("UPDATE account SET lost_at = NULL WHERE status = 'ok'")  # it was left there after a reconnection


def downgrade() -> None:
    op.execute("ALTER TABLE account DROP COLUMN concerns")
