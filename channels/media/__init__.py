"""Files before they go out: what one really is, clean pictures, pictures made to fit a platform, captions."""

from channels.media.cleaning import cleaned
from channels.media.errors import MediaError
from channels.media.fitting import fitted
from channels.media.probing import probe

__all__ = ["MediaError", "cleaned", "fitted", "probe"]
