"""when people's words were erased, and finding those whose time it is"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from models.db import UtcDateTime

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

KEPT = sa.text("erased_at IS NULL")
GONE = sa.text("deleted_at IS NOT NULL AND text <> ''")


def upgrade() -> None:
    op.add_column("mention", sa.Column("erased_at", UtcDateTime(), nullable=True))
    op.create_index("mention_kept", "mention", ["written_at"], sqlite_where=KEPT, postgresql_where=KEPT)
    op.create_index("mention_gone", "mention", ["deleted_at"], sqlite_where=GONE, postgresql_where=GONE)


def downgrade() -> None:
    op.drop_index("mention_gone", "mention")
    op.drop_index("mention_kept", "mention")
    op.execute("ALTER TABLE mention DROP COLUMN erased_at")
