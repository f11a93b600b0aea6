"""YouTube over the Data API v3 and Analytics v2, through google-api-python-client. Facts: youtube.md."""

from channels.youtube.channel import YouTubeChannel

__all__ = ["YouTubeChannel"]
