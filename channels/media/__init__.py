"""Files before they go out: what one really is, whether captions can be read."""

from channels.media.errors import MediaError
from channels.media.probing import probe

__all__ = ["MediaError", "probe"]
