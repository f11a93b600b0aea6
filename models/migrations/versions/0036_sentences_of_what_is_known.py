"""sentences of what is known, with their words and vectors"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

from models.db import UtcDateTime

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    unsplit = sa.text("split_at IS NULL")
    op.add_column("knownclaim", sa.Column("split_at", UtcDateTime(), nullable=True))
    op.create_index("known_claim_new", "knownclaim", ["id"], sqlite_where=unsplit, postgresql_where=unsplit)
    text = sqlmodel.sql.sqltypes.AutoString()
    op.create_table(
        "knownsentence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("known_claim_id", sa.Integer(), nullable=True),
        sa.Column("post_id", sa.Integer(), nullable=True),
        sa.Column("text", text, nullable=False),
        sa.Column("revision", text, nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["known_claim_id"], ["knownclaim.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("known_sentence_made", "knownsentence", ["organisation_id", "revision"])
    op.create_index("ix_knownsentence_known_claim_id", "knownsentence", ["known_claim_id"])
    op.create_index("ix_knownsentence_post_id", "knownsentence", ["post_id"])
    op.create_table(
        "knownword",
        sa.Column("word", text, nullable=False),
        sa.Column("sentence_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["sentence_id"], ["knownsentence.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("word", "sentence_id"),
    )
    op.create_index("ix_knownword_sentence_id", "knownword", ["sentence_id"])


def downgrade() -> None:
    op.drop_table("knownword")
    op.drop_table("knownsentence")
    op.drop_index("known_claim_new", "knownclaim")
    op.drop_column("knownclaim", "split_at")
