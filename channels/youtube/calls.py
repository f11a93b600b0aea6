"""How YouTube is called: one Google a call, in a thread, with failures named by what happens next, and every call
written down in the project's ledger."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any, Final, TypeVar

from channels.base import AccountRef, Channel, Notes, Outgoing, SecretsChanged, Usage
from channels.errors import AuthLost, QuotaReached
from channels.google import Google, GoogleFailure, credentials
from channels.reading import kept
from channels.threads import in_thread
from channels.youtube import values
from channels.youtube.errors import RIGHTS, UPLOAD_LIMIT, error_from
from channels.youtube.quota import clips, cost_of, cost_of_sending, usual

T = TypeVar("T")

CALL_S: Final = 30.0
MOST_PAGES: Final = 2000
"""More than that is no list of one channel's: a hundred thousand rows."""


class YouTubeCalls(Channel):
    """Calls and pages of one channel, its tokens, and what each call takes of the quotas."""

    async def _mine(self, part: str) -> Mapping[str, Any]:
        rows = values.rows(await self._list("channels", part=part, mine=True))
        if not rows:
            raise AuthLost("no channel", told=RIGHTS)
        return rows[0]

    async def _pages(self, resource: str, **params: Any) -> AsyncIterator[list[Mapping[str, Any]]]:
        """The pages of a list to its end; a page's token that was there before ends it too."""
        seen = {""}
        token = ""
        for _ in range(MOST_PAGES):
            body = await self._list(resource, **params, pageToken=token or None)
            yield values.rows(body)
            token = body.get("nextPageToken") or ""
            if not isinstance(token, str) or token in seen:
                return
            seen.add(token)

    async def _list(self, resource: str, **params: Any) -> dict[str, Any]:
        words = {k: v for k, v in params.items() if v is not None}
        return await self._ask(
            lambda g: g.execute(getattr(g.service(), resource)().list(**words), writes=False, timeout_s=CALL_S),
            writes=False,
        )

    async def _ask(self, work: Callable[[Google], T], *, writes: bool) -> T:
        secrets = dict(self.account.secrets)
        held = credentials(secrets, f"{self.endpoints.google_oauth}/token", values.moment(secrets.get("expires_at")))
        methods = [""]

        def called(method: str) -> None:
            methods.append(method)
            self._spend(method)

        google = Google(held, youtube=self.endpoints.youtube, analytics=self.endpoints.youtube_analytics, called=called)

        def run() -> T:
            google.fresh()
            return google.guard(lambda: work(google), writes=writes)

        try:
            return await in_thread(run)
        except GoogleFailure as failure:
            error = error_from(failure, writes=writes, now=self.now())
            if isinstance(error, QuotaReached):
                self._used_up(methods[-1], error)
            raise error from failure
        finally:
            if held.token and held.token != secrets.get("access_token"):
                await self._keep(held)

    async def _keep(self, held: Any) -> None:
        """Keep refreshed tokens, and a refresh token that changed with them."""
        fresh = {**self.account.secrets, "access_token": kept(str(held.token))}
        fresh["refresh_token"] = kept(str(held.refresh_token or fresh.get("refresh_token", "")))
        if held.expiry is not None:
            fresh["expires_at"] = held.expiry.replace(tzinfo=UTC).isoformat()
        self.account = replace(self.account, secrets=fresh)
        with suppress(SecretsChanged):  # others were stored meanwhile, perhaps by a person: these serve this adapter
            await self.save_secrets(fresh)

    def _spend(self, method: str) -> None:
        """Write a call down in the project's ledger: the day's units, or the uploads' own count."""
        if not method.startswith("youtube."):  # Analytics has a quota of its own, which its console alone shows
            return
        key, unit, most, cost = cost_of(method, self.account)
        now = self.now()
        midnight = now + timedelta(seconds=values.until_midnight_s(now))
        self.tell_usage(Usage(key, unit, most, None, cost, midnight, shared=True))

    def _used_up(self, method: str, error: QuotaReached) -> None:
        """Write down which limit a refusal named: the channel's own of clips, or the one that the method counts
        against."""
        until = self.now() + timedelta(seconds=error.retry_after_s or 0.0)
        if error.code == UPLOAD_LIMIT:
            self.tell_usage(Usage(clips(self.account), "uploads", blocked_until=until))
        elif method.startswith("youtube."):
            key, unit, most, _ = cost_of(method, self.account)
            self.tell_usage(Usage(key, unit, most, blocked_until=until, shared=True))

    @classmethod
    def costs(cls, out: Outgoing, account: AccountRef, notes: Notes) -> Mapping[str, float]:
        """See `channels.youtube.quota`."""
        return cost_of_sending(out, account, notes)

    @classmethod
    def reading_costs(cls, account: AccountRef) -> Mapping[str, float]:
        """Every page that is read takes a unit."""
        return usual(account)
