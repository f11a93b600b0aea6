"""Publishing is tested over both databases."""

from __future__ import annotations

import pytest

from bot.settings import Settings


@pytest.fixture
def settings(settings: Settings, database_url: str) -> Settings:
    """The office's settings, on SQLite and on PostgreSQL."""
    return settings.model_copy(update={"database_url": database_url})
