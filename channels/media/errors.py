"""Why a file cannot be used."""

from __future__ import annotations

from channels.errors import Told


class MediaError(Exception):
    """The file cannot be used; `told` says why and what to do."""

    def __init__(self, vi: str, en: str) -> None:
        super().__init__(en)
        self.told = Told(vi=vi, en=en)
