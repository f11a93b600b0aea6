"""texts that say the same, and what an account has at one time"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

from models.post import text_hash

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

AT_ONCE = 1000


def upgrade() -> None:
    text = sqlmodel.sql.sqltypes.AutoString()
    op.add_column("variant", sa.Column("text_hash", text, nullable=False, server_default=""))
    _fill()
    op.create_index("variant_same_text", "variant", ["text_hash", "id"])
    op.create_index("delivery_of_account", "delivery", ["account_id", "due_at"])
    op.drop_index("ix_delivery_account_id", "delivery")


def _fill() -> None:
    """Give the rows that are there what every row gets from now on when it is stored."""
    variant, connection = sa.table("variant", sa.column("id"), sa.column("text"), sa.column("text_hash")), op.get_bind()
    last = 0
    while rows := connection.execute(
        sa.select(variant.c.id, variant.c.text).where(variant.c.id > last).order_by(variant.c.id).limit(AT_ONCE)
    ).all():
        found = [{"row": row.id, "found": text_hash(row.text)} for row in rows]
        statement = sa.update(variant).where(variant.c.id == sa.bindparam("row"))
        connection.execute(statement.values(text_hash=sa.bindparam("found")), found)
        last = rows[-1].id


def downgrade() -> None:
    op.create_index("ix_delivery_account_id", "delivery", ["account_id"])
    op.drop_index("delivery_of_account", "delivery")
    op.drop_index("variant_same_text", "variant")
    op.execute("ALTER TABLE variant DROP COLUMN text_hash")
