"""What an office knows, sentence by sentence: settled claims, past corrections, its own posts."""

from monitor.library.keeper import Library
from monitor.library.sentences import out_in_time
from monitor.library.vectors import StoredVectors, waiting

__all__ = ["Library", "StoredVectors", "out_in_time", "waiting"]
