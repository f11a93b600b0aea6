"""new words for what is out"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("post", sa.Column("edits_id", sa.Integer(), nullable=True))
    op.create_index("ix_post_edits_id", "post", ["edits_id"])


def downgrade() -> None:
    op.drop_index("ix_post_edits_id", "post")
    op.execute("ALTER TABLE post DROP COLUMN edits_id")
