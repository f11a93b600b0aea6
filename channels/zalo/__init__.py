"""Zalo Official Account: an OA post is an article. Facts and codes: zalo.md; HTTP is 200 even for errors.

Publishing is create (gives a token) and verify (gives the article); the token is kept before polling, so that a
restart goes on where it was. The refresh token is used once and rotates: the new pair is stored before it is used.
"""

from channels.zalo.channel import ZaloChannel

__all__ = ["ZaloChannel"]
