"""A stand-in for Zalo OA: openapi.zalo.me and oauth.zaloapp.com on one address. From the platform notes.

Every answer is HTTP 200; the field `error` decides. A post is an article: created, then verified until its media were
fetched; pictures are really fetched from their address. What the notes mark as unverified is taken. Not here, and so
-209: the host of template messages by phone, and the group calls whose fields the notes do not give.
"""

from channels.sandbox.zalo.hooks import signature
from channels.sandbox.zalo.platform import ZaloSandbox

__all__ = ["ZaloSandbox", "signature"]
