"""captions and thumbnails, and how a clip is made"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_TEXTS = ("language", "video_codec", "audio_codec", "name")


def upgrade() -> None:
    for name in _TEXTS:
        op.add_column("media", sa.Column(name, sqlmodel.sql.sqltypes.AutoString(), nullable=False, server_default=""))
    op.add_column("media", sa.Column("fps", sa.Float(), nullable=False, server_default="0"))


def downgrade() -> None:
    for name in (*_TEXTS, "fps"):
        op.execute(f"ALTER TABLE media DROP COLUMN {name}")
