"""google-api-python-client behind one door: own addresses, one connection a call, no hidden second send.

Measured traps: httplib2 silently repeats a POST when the server hangs up; a shared connection mixes up answers between
threads; `num_retries` repeats inserts. None of that can happen through `Google.run`.
"""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeVar

import google.auth.exceptions
import googleapiclient.discovery_cache as documents
import httplib2
from google.oauth2.credentials import Credentials
from google_auth_httplib2 import AuthorizedHttp, Request
from googleapiclient.discovery import build_from_document
from googleapiclient.errors import HttpError
from googleapiclient.http import HttpRequest

from channels.errors import redact
from channels.reading import kept, nests_too_deep, unpacked

T = TypeVar("T")

REFRESH_S = 30.0
# What the token service says when no later try can help; a refresh that fails otherwise is tried again.
_DEAD_GRANT = frozenset({"invalid_grant", "invalid_client", "unauthorized_client"})

_STUMBLES = (
    OSError, http.client.HTTPException, httplib2.HttpLib2Error,
    ArithmeticError, AttributeError, LookupError, TypeError, ValueError,
)  # fmt: skip
"""A line that was cut, and how the libraries fall over an answer that they did not expect."""


class GoogleFailure(Exception):
    """A call without a usable answer. `reason` is Google's machine reason; `sent` False: it had no effect."""

    def __init__(
        self, detail: str, *, sent: bool, status: int = 0, reason: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(redact(detail))
        self.sent, self.status, self.reason, self.headers = sent, status, reason, headers or {}


class _Once(httplib2.Http):
    """Refuses httplib2's own second send of a request that must go out once."""

    def __init__(self, timeout_s: float) -> None:
        super().__init__(timeout=timeout_s, proxy_info=None)
        self._until = time.monotonic() + timeout_s
        # An upload's 308 is an answer, not a redirect.
        self.redirect_codes = self.redirect_codes - {308}
        self.follow_redirects = False

    def _conn_request(self, conn: Any, request_uri: str, method: str, body: Any, headers: Any) -> Any:
        if time.monotonic() > self._until:  # this process stood still: another may have looked and sent meanwhile
            raise ConnectionRefusedError("the call's time was over before it was sent")
        response, content = self._ask_once(conn, request_uri, method, body, headers)
        response.pop(
            "www-authenticate", None
        )  # httplib2 chokes on a bare "Bearer"; google-auth refreshes on 401 itself
        if nests_too_deep(content.decode("utf-8", "replace")):
            content = b""  # an answer that says nothing; its status still does
        return response, content

    def _ask_once(self, conn: Any, request_uri: str, method: str, body: Any, headers: Any) -> Any:
        direct: Callable[..., Any] = super()._conn_request  # type: ignore[misc]  # httplib2's stubs leave it out
        if method == "GET":
            return direct(conn, request_uri, method, body, headers)
        sends, request = 0, conn.request

        def once(*args: Any, **words: Any) -> Any:
            nonlocal sends
            sends += 1
            if sends > 1:
                raise http.client.RemoteDisconnected("the connection was cut after the request")
            return request(*args, **words)

        conn.request = once
        try:
            return direct(conn, request_uri, method, body, headers)
        finally:
            conn.request = request


@lru_cache(maxsize=8)
def _service(name: str, version: str, base: str) -> Any:
    document = json.loads(documents.get_static_doc(name, version))
    document["rootUrl"] = document["baseUrl"] = f"{base}/"
    document["servicePath"] = document.get("servicePath", "")
    # Credentials go with each call; an unused Http keeps the builder from asking for default ones.
    return build_from_document(document, http=httplib2.Http())


class Google:
    """Calls with one account's credentials. `called` hears the name of each method before it is asked for: Google
    counts every call, also one that fails, and its answers tell nothing of what is left."""

    def __init__(
        self, credentials: Credentials, *, youtube: str, analytics: str, called: Callable[[str], None]
    ) -> None:
        self.credentials, self.called = credentials, called
        self._bases = {"youtube": ("v3", youtube), "youtubeAnalytics": ("v2", analytics)}

    def service(self, name: str = "youtube") -> Any:
        """The library's service object, built from its own bundled document (no network)."""
        version, base = self._bases[name]
        return _service(name, version, base)

    @contextmanager
    def http(self, timeout_s: float) -> Iterator[AuthorizedHttp]:
        """A fresh connection for one call, closed after it."""
        connection = AuthorizedHttp(self.credentials, http=_Once(timeout_s), max_refresh_attempts=1)
        try:
            yield connection
        finally:
            connection.close()

    def fresh(self) -> None:
        """Renew an access token that is missing or old, before the call: what fails here was certainly not sent."""
        if self.credentials.valid:
            return
        renew: Callable[[Request], None] = self.credentials.refresh
        connection = _Once(REFRESH_S)
        try:
            self.guard(lambda: renew(Request(connection)), writes=False)
        finally:
            connection.close()

    def execute(self, request: HttpRequest, *, writes: bool, timeout_s: float) -> dict[str, Any]:
        """Run one request; a JSON object or {} for an empty success. Raises `GoogleFailure`."""
        self.called(str(request.methodId))
        with self.http(timeout_s) as http:
            result = self.guard(lambda: kept(request.execute(http=http, num_retries=0)), writes=writes)
        if result in ("", b""):
            return {}
        if not isinstance(result, dict):
            raise GoogleFailure("an answer that is not JSON", sent=writes, status=200)
        if "error" in result:
            raise GoogleFailure("a success with an error inside", sent=writes, status=200)
        return result

    def guard(self, work: Callable[[], T], *, writes: bool) -> T:
        """Run `work` and turn every way it can fail into a `GoogleFailure`."""
        try:
            return work()
        except HttpError as error:
            raise failure_of(error.resp, error.content) from None
        except google.auth.exceptions.RefreshError as error:
            body = error.args[1] if len(error.args) > 1 else None
            reason = str(body.get("error")) if isinstance(body, dict) else ""
            if not self.credentials.refresh_token:
                reason = "invalid_grant"
            known = reason if reason in _DEAD_GRANT else "refresh"
            raise GoogleFailure("token refresh failed", sent=False, reason=known) from None
        except google.auth.exceptions.GoogleAuthError as error:
            raise GoogleFailure(type(error).__name__, sent=False) from None
        except (ConnectionRefusedError, httplib2.ServerNotFoundError) as error:
            raise GoogleFailure(type(error).__name__, sent=False) from None
        except _STUMBLES as error:
            raise GoogleFailure(type(error).__name__, sent=writes) from None


def credentials(secrets: dict[str, str], token_uri: str, expiry: datetime | None) -> Credentials:
    """Return credentials; `expiry` aware UTC (the library wants it naive)."""
    return Credentials(  # type: ignore[no-untyped-call]
        secrets.get("access_token") or None,
        refresh_token=secrets.get("refresh_token") or None,
        token_uri=token_uri,
        client_id=secrets.get("client_id"),
        client_secret=secrets.get("client_secret"),
        expiry=expiry.astimezone(UTC).replace(tzinfo=None) if expiry else None,
    )


def failure_of(response: httplib2.Response, content: bytes) -> GoogleFailure:
    """Read an error answer. Newer ones have a `status` word in place of a reason; what is not Google's has neither."""
    body = object_of(content).get("error")
    error = body if isinstance(body, dict) else {}
    rows = error.get("errors")
    first = rows[0] if isinstance(rows, list) and rows and isinstance(rows[0], dict) else {}
    reason = str(first.get("reason") or error.get("status") or error.get("code") or "")
    headers = {str(name): str(value) for name, value in response.items()}  # httplib2 lower-cases the names
    message = str(error.get("message") or "")
    return GoogleFailure(message, sent=True, status=int(response.status), reason=reason, headers=headers)


def object_of(content: bytes) -> dict[str, Any]:
    """The JSON object of a body; {} for everything else."""
    try:
        value = unpacked(content)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
