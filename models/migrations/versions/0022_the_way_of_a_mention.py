"""scoring on several machines, repeated texts, and nothing that is slower in a bigger store"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

from models.db import UtcDateTime

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

WAITING = sa.text("scored_at IS NULL AND deleted_at IS NULL")
UNGROUPED = sa.text("scored_at IS NOT NULL AND grouped_at IS NULL")
WORDED = sa.text("words_key <> ''")


def upgrade() -> None:
    for name in ("taken_until", "grouped_at"):
        op.add_column("mention", sa.Column(name, UtcDateTime(), nullable=True))
    text = sqlmodel.sql.sqltypes.AutoString()
    op.add_column("mention", sa.Column("words_key", text, nullable=False, server_default=""))
    op.execute("UPDATE mention SET grouped_at = scored_at WHERE scored_at IS NOT NULL")
    op.drop_index("ix_mention_scored_at", "mention")
    for name, columns, where in (
        ("mention_waiting", ["written_at"], WAITING),
        ("mention_ungrouped", ["written_at"], UNGROUPED),
        ("mention_words", ["words_key"], WORDED),
        ("mention_of_item", ["account_id", "item_id", "written_at"], None),
        ("mention_author", ["account_id", "author_hash", "written_at"], None),
    ):
        op.create_index(name, "mention", columns, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    for name in ("mention_author", "mention_of_item", "mention_words", "mention_ungrouped", "mention_waiting"):
        op.drop_index(name, "mention")
    op.create_index("ix_mention_scored_at", "mention", ["scored_at"])
    for name in ("words_key", "grouped_at", "taken_until"):
        op.execute(f"ALTER TABLE mention DROP COLUMN {name}")
