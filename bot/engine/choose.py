"""Which engine: the database's address decides."""

from __future__ import annotations

from bot.background import Background
from bot.engine.base import Engine
from bot.engine.distributed import DistributedEngine
from bot.engine.embedded import EmbeddedEngine
from bot.parts import Parts


def open_engine(parts: Parts, background: Background) -> Engine:
    """Return the engine that fits the database: PostgreSQL serves several daemons, SQLite this one."""
    return EmbeddedEngine(parts, background) if parts.db.is_sqlite else DistributedEngine(parts, background)
