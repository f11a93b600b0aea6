"""formats and machine translations"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

import models.db

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    text, no = sqlmodel.sql.sqltypes.AutoString(), sa.false()
    op.add_column("post", sa.Column("format", text, nullable=False, server_default=""))
    op.add_column("variant", sa.Column("machine_translated", sa.Boolean(), nullable=False, server_default=no))
    op.add_column("variant", sa.Column("signed_at", models.db.UtcDateTime(timezone=True), nullable=True))
    # in words of its own: SQLite adds a column with its reference, but no reference afterwards
    op.execute("ALTER TABLE variant ADD COLUMN signed_by INTEGER REFERENCES person (id)")


def downgrade() -> None:
    for table, column in (
        ("variant", "signed_by"),
        ("variant", "signed_at"),
        ("variant", "machine_translated"),
        ("post", "format"),
    ):
        op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
