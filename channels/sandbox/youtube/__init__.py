"""A stand-in for YouTube's Data API v3, Analytics and Google's token service, on one address. From the platform notes.

Resumable uploads behave as measured: a session address, 308 with `Range`, a probe with an empty PUT; no video exists
before the last byte. Every call costs quota. What the notes describe is kept and read back; what they name without
describing it (search, live, activities, categories, bulk reports) is not here and answers 404.
"""

from channels.sandbox.youtube.base import DAY_UNITS, PACIFIC
from channels.sandbox.youtube.platform import YouTubeSandbox
from channels.sandbox.youtube.reports import METRICS

__all__ = ["DAY_UNITS", "METRICS", "PACIFIC", "YouTubeSandbox"]
