"""Calls to one OA with its token (zalo.md 3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import aiohttp

from channels.base import BROADCAST, EDIT, REPLY, AccountRef, Notes, Outgoing, Usage
from channels.errors import AuthLost, QuotaReached
from channels.http import Answer
from channels.zalo.codes import TOKEN_DEAD, judge, number
from channels.zalo.limits import limit_of, quota_of
from channels.zalo.tokens import CALL_S, ZaloTokens

_COSTS: Mapping[str, tuple[float, tuple[str, ...]]] = {
    REPLY: (1.0, ("messages",)),
    BROADCAST: (1.0, ("broadcasts",)),
    EDIT: (4.0, ()),
}
"""Calls a minute and other limits, by form."""


class ZaloCalls(ZaloTokens):
    """The one way to Zalo's servers. What a call needs besides its path is in `Channel`."""

    async def get(self, path: str, params: Mapping[str, str], headers: Mapping[str, str] | None = None) -> Any:
        """Read something; a failure is never unclear."""
        return await self._call("GET", path, writes=False, params=params, headers=headers)

    async def post(self, path: str, body: Mapping[str, Any], *, writes: bool = False) -> Any:
        """Send JSON; with `writes` a lost answer is unclear."""
        return await self._call("POST", path, writes=writes, json_body=body)

    async def upload(self, path: str, form: Callable[[], aiohttp.FormData], timeout_s: float) -> Any:
        """Send a file. A form can be sent only once, so it is made for every try."""
        return await self._call("POST", path, writes=False, form=form, timeout_s=timeout_s)

    async def _call(
        self,
        method: str,
        path: str,
        *,
        writes: bool,
        headers: Mapping[str, str] | None = None,
        form: Callable[[], aiohttp.FormData] | None = None,
        timeout_s: float = CALL_S - 5,
        **words: Any,
    ) -> Any:
        """One call, with at most one token refresh and one repeat (a refused token means it was not done)."""
        token = await self._token()
        for attempt in (1, 2):
            answer = await self.door.call(
                method,
                f"{self.endpoints.zalo}{path}",
                writes=writes,
                headers={"access_token": token, **(headers or {})},
                timeout_s=timeout_s,
                data=form() if form else None,
                **words,
            )
            self._tell(answer)
            try:
                return judge(answer, path, writes=writes, now=self.now(), token=token)
            except QuotaReached as error:
                until = self.now() + timedelta(seconds=error.retry_after_s or 0.0)
                if name := quota_of(path, error.code):
                    self.tell_usage(Usage(limit_of(self.account, name), name, blocked_until=until))
                raise
            except AuthLost as error:
                if attempt == 2 or error.code not in TOKEN_DEAD or not self.account.secrets.get("refresh_token"):
                    raise
                token = await self._refresh(token, dead=True)
        raise AssertionError("unreachable: the second try returns or raises")

    def _tell(self, answer: Answer) -> None:
        """Pass on what the headers say of the calls a minute."""
        most, left = (number(answer.headers.get(f"x-ratelimit-{name}")) for name in ("limit", "remain"))
        if most is not None and left is not None and left >= 0 and most > 0:
            minute, key = self.now() + timedelta(minutes=1), limit_of(self.account, "calls")
            self.tell_usage(Usage(key, "calls", float(most), float(most - left), 0.0, minute))

    @classmethod
    def costs(cls, out: Outgoing, account: AccountRef, notes: Notes) -> Mapping[str, float]:
        """Calls of the minute, and what each form takes beside them: an article is created, verified and looked up; one
        that changes is read first; a message is one call."""
        calls, others = _COSTS.get(out.form, (3.0, ("articles",)))
        if (
            any(m.kind == "clip" for m in out.media)
            and out.form in ("article", "video_article")
            and "upload" not in notes
        ):
            others = (*others, "uploads")
        return {limit_of(account, "calls"): calls} | {limit_of(account, name): 1.0 for name in others}

    @classmethod
    def reading_costs(cls, account: AccountRef) -> Mapping[str, float]:
        """A page that is read is a call of the minute."""
        return {limit_of(account, "calls"): 1.0}
