"""How the Bot API is called: past the environment's proxies, and with what this machine trusts read only once."""

from __future__ import annotations

import ssl
from functools import cache

import httpx
from telegram.request import HTTPXRequest


def new_request(*, read_timeout: float = 5.0, write_timeout: float = 5.0) -> HTTPXRequest:
    """Return what a bot calls through."""
    known = {"trust_env": False, "verify": _trusted()}
    return HTTPXRequest(read_timeout=read_timeout, write_timeout=write_timeout, httpx_kwargs=known)


@cache
def _trusted() -> ssl.SSLContext:
    """To read the certificates takes a twentieth of a second, which every client would do anew."""
    return httpx.create_ssl_context(trust_env=False)
