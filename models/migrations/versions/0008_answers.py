"""answers to citizens"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("post", sa.Column("answers_id", sa.Integer(), nullable=True))
    op.create_index("ix_post_answers_id", "post", ["answers_id"])
    op.create_index("mention_answers", "mention", ["account_id", "parent_id"])


def downgrade() -> None:
    op.drop_index("mention_answers", "mention")
    op.drop_index("ix_post_answers_id", "post")
    op.execute("ALTER TABLE post DROP COLUMN answers_id")
