"""Facebook Pages over the Graph API, through facebook-sdk. Facts: facebook.md; the library: clients.md 1."""

from channels.facebook.channel import FacebookChannel

__all__ = ["FacebookChannel"]
