"""finding what is queued past its time, however often it was put off"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    put_off = sa.text("state = 'queued' AND next_at > due_at")
    op.create_index("delivery_put_off", "delivery", ["state", "due_at"], sqlite_where=put_off, postgresql_where=put_off)


def downgrade() -> None:
    op.drop_index("delivery_put_off", "delivery")
