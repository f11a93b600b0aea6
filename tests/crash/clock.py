"""One clock for several processes, which moves only when it is told to: hours of waiting cost nothing."""

from __future__ import annotations

import mmap
import struct
from datetime import UTC, datetime
from pathlib import Path

_SECONDS = struct.Struct("d")


class SharedClock:
    """Seconds in a file that every process maps. Made by whoever names a time to begin with."""

    def __init__(self, file: Path, begin: datetime | None = None) -> None:
        if begin is not None:
            file.write_bytes(_SECONDS.pack(begin.timestamp()))
        with file.open("r+b") as opened:
            self._memory = mmap.mmap(opened.fileno(), _SECONDS.size)

    def __call__(self) -> datetime:
        """Now."""
        return datetime.fromtimestamp(_SECONDS.unpack_from(self._memory)[0], UTC)

    def move_to(self, at: datetime) -> None:
        """Step forward; never back."""
        if at > self():
            _SECONDS.pack_into(self._memory, 0, at.timestamp())

    def close(self) -> None:
        """Let go of the file."""
        self._memory.close()
