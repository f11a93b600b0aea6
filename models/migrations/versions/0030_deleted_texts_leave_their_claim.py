"""deleted texts leave their claim, and wait for none"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

WAITS = sa.text("scored_at IS NOT NULL AND grouped_at IS NULL AND deleted_at IS NULL")
BEFORE = sa.text("scored_at IS NOT NULL AND grouped_at IS NULL")


def upgrade() -> None:
    op.drop_index("mention_ungrouped", "mention")
    op.create_index("mention_ungrouped", "mention", ["written_at"], sqlite_where=WAITS, postgresql_where=WAITS)


def downgrade() -> None:
    op.drop_index("mention_ungrouped", "mention")
    op.create_index("mention_ungrouped", "mention", ["written_at"], sqlite_where=BEFORE, postgresql_where=BEFORE)
