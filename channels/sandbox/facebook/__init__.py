"""A stand-in for Facebook's Graph API, graph-video and rupload, on one address. From the platform notes.

Whatever the notes mark as refused is refused here in Meta's own error shape; what they mark as unverified is taken.
"""

from channels.sandbox.facebook.platform import FacebookSandbox

__all__ = ["FacebookSandbox"]
