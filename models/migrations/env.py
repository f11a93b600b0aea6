"""Alembic's entry: runs on the connection that `models.db` hands over, or on LOA_DATABASE_URL's sync form."""

from __future__ import annotations

from alembic import context
from sqlmodel import SQLModel

from models import tables  # noqa: F401  (fills the metadata)

connection = context.config.attributes.get("connection")
if connection is None:
    raise SystemExit("Run migrations through Loa (`loa init`, `loa serve`), which opens the database itself.")
context.configure(
    connection=connection,
    target_metadata=SQLModel.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
