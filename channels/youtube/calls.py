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
from channels.threads import in_thread
from channels.youtube import values
from channels.youtube.errors import RIGHTS, UPLOAD_LIMIT, error_from

T = TypeVar("T")

CALL_S: Final = 30.0
_UPLOADS_A_DAY, _UNITS_A_DAY = 100.0, 10_000.0  # a project's default quota, youtube.md 6
_UNITS = {"youtube.captions.list": 50.0, "youtube.captions.insert": 400.0, "youtube.captions.update": 450.0}
_INSERT: Final = "youtube.videos.insert"


class YouTubeCalls(Channel):
    """Calls and pages of one channel, its tokens, and what each call takes of the quotas."""

    async def _mine(self, part: str) -> Mapping[str, Any]:
        rows = values.rows(await self._list("channels", part=part, mine=True))
        if not rows:
            raise AuthLost("no channel", told=RIGHTS)
        return rows[0]

    async def _pages(self, resource: str, **params: Any) -> AsyncIterator[list[Mapping[str, Any]]]:
        """The pages of a list to its end; a page's token that was there before ends it too."""
        seen: set[str] = set()
        token: str | None = None
        while token not in seen:
            seen |= {token} if token else set()
            body = await self._list(resource, **params, pageToken=token)
            yield values.rows(body)
            token = body.get("nextPageToken")
            if not token:
                return

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
        fresh = {**self.account.secrets, "access_token": str(held.token)}
        fresh["refresh_token"] = str(held.refresh_token or fresh.get("refresh_token", ""))
        if held.expiry is not None:
            fresh["expires_at"] = held.expiry.replace(tzinfo=UTC).isoformat()
        self.account = replace(self.account, secrets=fresh)
        with suppress(SecretsChanged):  # others were stored meanwhile, perhaps by a person: these serve this adapter
            await self.save_secrets(fresh)

    def _spend(self, method: str) -> None:
        """Write a call down in the project's ledger: the day's units, or the uploads' own count."""
        if not method.startswith("youtube."):  # Analytics has a quota of its own, which its console alone shows
            return
        key, unit, most, cost = _cost_of(method, self.account)
        now = self.now()
        midnight = now + timedelta(seconds=values.until_midnight_s(now))
        self.tell_usage(Usage(key, unit, most, None, cost, midnight, shared=True))

    def _used_up(self, method: str, error: QuotaReached) -> None:
        """Write down which limit a refusal named: the channel's own of clips, or the one that the method counts
        against."""
        until = self.now() + timedelta(seconds=error.retry_after_s or 0.0)
        if error.code == UPLOAD_LIMIT:
            self.tell_usage(Usage(_clips(self.account), "uploads", blocked_until=until))
        elif method.startswith("youtube."):
            key, unit, most, _ = _cost_of(method, self.account)
            self.tell_usage(Usage(key, unit, most, blocked_until=until, shared=True))

    @classmethod
    def costs(cls, out: Outgoing, account: AccountRef, notes: Notes) -> Mapping[str, float]:
        """A clip takes one of the day's uploads when its session is opened, and nothing when that goes on; a comment
        takes fifty units."""
        if out.form == "video" and "session" in notes:
            return {}
        key, _, _, cost = _cost_of(_INSERT if out.form == "video" else "youtube.comments.insert", account)
        return {key: cost, _clips(account): 1.0} if out.form == "video" else {key: cost}

    @classmethod
    def reading_costs(cls, account: AccountRef) -> Mapping[str, float]:
        """Every page that is read takes a unit."""
        key, _, _, cost = _cost_of("youtube.videos.list", account)
        return {key: cost}


def _clips(account: AccountRef) -> str:
    """The channel's own limit of clips in 24 hours, whose size YouTube does not tell (youtube.md 6)."""
    return f"youtube:clips:{account.remote_id}"


def _cost_of(method: str, account: AccountRef) -> tuple[str, str, float, float]:
    """The limit a method counts against, its unit and size, and what one call takes of it (youtube.md 6).

    The quotas belong to the project, which its client id names.
    """
    project = account.secrets.get("client_id") or account.remote_id
    if method == _INSERT:
        return f"youtube:uploads:{project}", "uploads", _UPLOADS_A_DAY, 1.0
    cost = _UNITS.get(method, 1.0 if method.endswith(".list") else 50.0)
    return f"youtube:units:{project}", "units", _UNITS_A_DAY, cost
