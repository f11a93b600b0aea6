"""hiding and liking comments"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

from models.db import UtcDateTime

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString


def upgrade() -> None:
    op.create_table(
        "commentact",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("organisation_id", sa.Integer(), sa.ForeignKey("organisation.id"), nullable=False),
        sa.Column("mention_id", sa.Integer(), sa.ForeignKey("mention.id"), nullable=False),
        sa.Column("kind", _TEXT(), nullable=False),
        sa.Column("reason", _TEXT(), nullable=False),
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("person.id"), nullable=True),
        sa.Column("state", _TEXT(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("next_at", UtcDateTime(), nullable=False),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("error_vi", _TEXT(), nullable=False),
        sa.Column("error_en", _TEXT(), nullable=False),
    )
    op.create_index("ix_commentact_mention_id", "commentact", ["mention_id"])
    op.create_index("comment_act_due", "commentact", ["state", "next_at"])


def downgrade() -> None:
    op.drop_table("commentact")
