"""How Facebook is called: one Graph a call, in a thread, with failures named by what happens next."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any, Final, TypeVar

import requests

from channels.base import AccountRef, Channel, MediaFile, Notes, Outgoing, Usage
from channels.errors import ChannelError
from channels.facebook import values
from channels.facebook.errors import OF_THE_APP, error_from
from channels.facebook.limits import CALL_S
from channels.files import open_whole
from channels.graph import Graph, GraphFailure, Window
from channels.http import TOO_MANY, too_many, unclear, unreachable
from channels.threads import in_thread

T = TypeVar("T")
GoOn = Callable[[], Awaitable[None]]
"""Says that an upload goes on; raises where it shall not."""

VERSION: Final = "v26.0"
CHUNK_S: Final = 120.0
MOST_PAGES: Final = 200
_WRONG_OFFSET: Final = "1363037"


class FacebookCalls(Channel):
    """Reads, writes, chunks and pages of one Page."""

    async def get(self, path: str, **params: str) -> dict[str, Any]:
        """GET /{version}/{path}."""
        return await self._ask(lambda g: g.get(path, **params), writes=False)

    async def post_of(self, video: str) -> str:
        """The post that a clip is shown in; empty where Facebook does not tell."""
        return values.text((await self.get(video, fields="post_id")).get("post_id"))

    async def post(self, path: str, files: Mapping[str, Any] | None = None, /, **params: str) -> dict[str, Any]:
        """POST what appears at once: a lost answer is unclear."""
        return _done(await self._ask(lambda g: g.post(path, files, **params), writes=True))

    async def _upload(self, path: str, files: Mapping[str, Any] | None = None, /, **params: str) -> dict[str, Any]:
        """POST what shows nothing yet: to do it once more is harmless, so a lost answer had no effect."""
        return await self._ask(lambda g: g.post(path, files, **params), writes=False)

    async def _video(self, *, writes: bool, files: Mapping[str, Any] | None = None, **params: str) -> dict[str, Any]:
        path = f"{self.account.remote_id}/videos"
        base = self.endpoints.facebook_video
        return await self._ask(lambda g: g.post(path, files or None, **params), writes=writes, base=base)

    async def _chunk(self, clip: MediaFile, session: str, start: int, end: int, go_on: GoOn) -> dict[str, Any]:
        """Send bytes start to end; answer the offsets that Facebook wants next, also when it wanted others."""
        path, going = f"{self.account.remote_id}/videos", _from_thread(go_on)
        words = {"upload_phase": "transfer", "upload_session_id": session, "start_offset": str(start)}

        def send(graph: Graph) -> dict[str, Any]:
            with open_whole(clip) as source:
                try:
                    return graph.post_part(path, "video_file_chunk", Window(source, start, end - start, going), **words)
                except GraphFailure as failure:
                    wanted = _wanted(failure.error)
                    if wanted is None:
                        raise
                    return wanted

        return await self._ask(send, writes=False, base=self.endpoints.facebook_video, timeout_s=CHUNK_S)

    async def _send_bytes(self, url: str, clip: MediaFile, start: int, go_on: GoOn) -> None:
        """Send a reel's bytes from `start` on."""
        going = _from_thread(go_on)

        def send(graph: Graph) -> dict[str, Any]:
            with open_whole(clip) as source:
                return graph.post_bytes(url, Window(source, start, clip.size - start, going), start, clip.size)

        await self._ask(send, writes=False, timeout_s=CHUNK_S)

    async def pages(self, path: str, **params: str) -> AsyncIterator[Mapping[str, Any]]:
        """Yield rows over all pages; a page may be empty and still have a next one."""
        cursor = ""
        for _ in range(MOST_PAGES):
            body = await self.get(path, **{**params, "after": cursor} if cursor else params)
            for row in values.rows(body.get("data")):
                yield row
            following = values.after(values.inner(body.get("paging")))
            if following in ("", cursor):
                return
            cursor = following

    async def _ask(
        self,
        work: Callable[[Graph], T],
        *,
        writes: bool,
        base: str = "",
        token: str = "",
        timeout_s: float = CALL_S,
    ) -> T:
        graph = Graph(
            token or self.account.secrets.get("page_token", ""),
            base=base or self.endpoints.facebook,
            version=self.account.settings.get("graph_version", VERSION),
            timeout_s=timeout_s,
            app_secret="" if token else self.account.secrets.get("app_secret", ""),
        )
        try:
            return await in_thread(lambda: work(graph))
        except GraphFailure as failure:
            error = self._error(failure, graph.headers, writes=writes)
            if error.code in OF_THE_APP:
                until = self.now() + timedelta(seconds=error.retry_after_s or 0.0)
                self.tell_usage(Usage(_app(self.account), "percent", 100.0, blocked_until=until, shared=True))
            raise error from failure
        except (requests.RequestException, OSError) as error:
            raise (unclear if writes else unreachable)(type(error).__name__) from error
        finally:
            self._tell(graph.headers)

    def _tell(self, headers: Mapping[str, str]) -> None:
        """Pass on what the headers said of the Page's and the app's call budgets. Each is a moving window: after an
        hour without a call nobody knows any more."""
        for key, names, shared in (
            (_page(self.account), values.PAGE_HEADERS, False),
            (_app(self.account), values.APP_HEADERS, True),
        ):
            told = values.usage(headers, names)
            shares = [told[name] for name in ("call_count", "total_time", "total_cputime") if name in told]
            if shares:
                now = self.now()
                blocked = now + timedelta(seconds=told["regain_s"]) if "regain_s" in told else None
                until = now + timedelta(hours=1)
                self.tell_usage(Usage(key, "percent", 100.0, max(shares), 0.0, until, blocked, shared))

    @classmethod
    def costs(cls, out: Outgoing, account: AccountRef, notes: Notes) -> Mapping[str, float]:
        """Facebook tells the share that is used, never what one call takes."""
        return cls.reading_costs(account)

    @classmethod
    def reading_costs(cls, account: AccountRef) -> Mapping[str, float]:
        """A reading counts against the same limits."""
        return {_page(account): 0.0, _app(account): 0.0}

    @staticmethod
    def _error(failure: GraphFailure, headers: Mapping[str, str], *, writes: bool) -> ChannelError:
        if failure.error:
            return error_from(failure.error, writes=writes, regain_s=values.usage(headers).get("regain_s"))
        detail = f"{failure} (HTTP {failure.status})"
        if failure.status == TOO_MANY:
            return too_many(detail, headers)
        return unclear(detail) if writes and failure.sent else unreachable(detail)


def _from_thread(go_on: GoOn) -> Callable[[], None]:
    """`go_on` of this loop, for a thread that sends: it waits for it, and ends with what it raises."""
    loop = asyncio.get_running_loop()

    async def going() -> None:
        await go_on()

    return lambda: asyncio.run_coroutine_threadsafe(going(), loop).result(CALL_S)


def _page(account: AccountRef) -> str:
    return f"facebook:page:{account.remote_id}"


def _app(account: AccountRef) -> str:
    """The app's limit, which all its Pages share; an app that nobody named is known by its Page."""
    return f"facebook:app:{account.secrets.get('app_id') or f'of-{account.remote_id}'}"


def _done(body: dict[str, Any]) -> dict[str, Any]:
    """A write that was answered. Raises `Unclear` where the answer itself says that it was none."""
    if body.get("success") is False:
        raise unclear("success: false")
    return body


def _wanted(error: Mapping[str, Any]) -> dict[str, Any] | None:
    """The offsets that go with a wrong one; None for any other error."""
    if _WRONG_OFFSET not in (str(error.get("code")), str(error.get("error_subcode"))):
        return None
    told = dict(values.inner(error.get("error_data")))
    return told if values.count(told.get("start_offset")) is not None else None
