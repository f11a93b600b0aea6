"""What went wrong on a platform, named by what happens next.

===================  =================  ==============================================================
class                was it posted?     what the caller does
===================  =================  ==============================================================
Unreachable          no                 try again with backoff
Throttled            no                 try again at the told time; the account's other posts wait too
QuotaReached         no                 the same for this post alone, and for what counts against the same limit
Rejected             no                 no retry: the author must change the content
AuthLost             no                 the account is paused and the duty officer told
Unclear              maybe              read the channel back before anything else; never a blind resend
Unsupported          no                 not offered: the channel's abilities said so
===================  =================  ==============================================================

A failed *read* is never Unclear: it is Unreachable and simply tried again. Anything else that an adapter
lets out is a bug and is treated as Unclear when it comes from a write.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

LONGEST_WAIT_S = 31 * 24 * 3600.0
"""No platform is waited for longer, whatever it says."""

_SECRET = re.compile(
    r"""(?ix)
    (access_token|auth_token|refresh_token|client_secret|app_secret|oa_secret|secret_key|fb_exchange_token|input_token|
     appsecret_proof|code_verifier|authorization|x-viber-auth-token|token|sig|code)
    (["']?\s*[=:]\s*["']?(?:bearer\s+|oauth\s+)?)
    ([^\s&"',;}<>]+)
    """
)
_BOT_TOKEN = re.compile(r"bot\d+:[\w-]+|\b\d{6,}:[\w-]{30,}")


def redact(text: str) -> str:
    """Return `text` with every token-like value replaced, for logs, errors and stored details."""
    return _BOT_TOKEN.sub("bot***", _SECRET.sub(r"\1\2***", text))


@dataclass(frozen=True)
class Told:
    """One sentence for a person, in both languages: what happened and what to do next."""

    vi: str
    en: str


class ChannelError(Exception):
    """Base of the taxonomy.

    `detail` is for the log and the attempt record (redacted here, cut at 500 characters); `told` is the
    only text that people read. There is no default for `told`: forgetting it is a type error, not a leak.
    `code` is the platform's own code as text where it gave one ("190/460", "quotaExceeded", "-216").
    """

    def __init__(self, detail: str, *, told: Told, code: str = "", retry_after_s: float | None = None) -> None:
        self.detail = redact(detail)[:500]
        super().__init__(self.detail)
        self.told = told
        self.code = code
        self.retry_after_s = None if retry_after_s is None else min(max(0.0, retry_after_s), LONGEST_WAIT_S)


class Unreachable(ChannelError):
    """The request certainly had no effect: no connection, or a failed read."""


class Throttled(ChannelError):
    """Refused for rate or quota before anything was done; `retry_after_s` says when to come back (seconds)."""


class QuotaReached(Throttled):
    """One limit is used up: a receiver's, or one that was told of (`Usage`) as blocked. What does not count against it
    goes on."""


class Rejected(ChannelError):
    """The content was refused; the same content will be refused again."""


class AuthLost(ChannelError):
    """Token expired or revoked, right taken away, account suspended: a person must act on the account."""


class Unclear(ChannelError):
    """The call may or may not have had its effect (time-out, cut, 5xx, unreadable answer after a write)."""


class Unsupported(ChannelError):
    """The platform has no such function; `Can` said so beforehand."""
