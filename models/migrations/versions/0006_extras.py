"""what follows once a post is out"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import models.db

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("delivery", sa.Column("extras_at", models.db.UtcDateTime(timezone=True), nullable=True))
    due = sa.text("extras_at IS NOT NULL")
    op.create_index("delivery_extras", "delivery", ["extras_at"], sqlite_where=due, postgresql_where=due)


def downgrade() -> None:
    op.drop_index("delivery_extras", "delivery")
    op.execute("ALTER TABLE delivery DROP COLUMN extras_at")
