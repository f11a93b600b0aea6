"""What every stand-in platform shares: a server on loopback, kept items, refusals with their source, faults, a page.

Nothing here knows a platform. A stand-in declares its refusals as `Rule`s, raises `Refusal` where a request breaks
one, and turns it into the platform's own error shape in `refuse`.
"""

from __future__ import annotations

import asyncio
import html
import itertools
from abc import ABC, abstractmethod
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from random import Random
from typing import Any, ClassVar, Final
from urllib.parse import quote, urlsplit

import aiohttp
from aiohttp import web

Clock = Callable[[], datetime]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
MOST_BODY: Final = 256 * 1024 * 1024


@dataclass(frozen=True)
class Rule:
    """One way a platform refuses. `cites` names the file and heading or line of the notes or spec it follows.

    `code` is the platform's own number or reason, `message` its own words (`str.format` places allowed). `arranged`
    marks what no request brings about (a verdict on abuse, a restriction, an overload): a test sets it by
    `Platform.arrange`, and every other rule is met by a request that breaks it.
    """

    key: str
    cites: str
    status: int
    code: int | str
    message: str
    more: dict[str, Any] = field(default_factory=dict)
    arranged: bool = False


class Refusal(Exception):
    """A request broke a rule. `values` fill the places of the rule's message, `more` goes into the error object."""

    def __init__(self, rule: Rule, more: Mapping[str, Any] | None = None, /, **values: object) -> None:
        super().__init__(rule.key)
        self.rule = rule
        self.more = dict(more or {})
        self.message = rule.message.format(**values) if values else rule.message


def arranged(*found: Rule) -> tuple[Rule, ...]:
    """Return the rules marked as ones that no request brings about."""
    return tuple(replace(rule, arranged=True) for rule in found)


def rules(*found: Rule) -> dict[str, Rule]:
    """Return the rules by key; two of one key are a mistake of the stand-in."""
    table = {rule.key: rule for rule in found}
    if len(table) != len(found):
        raise ValueError("two rules share a key")
    return table


@dataclass
class Remark:
    """A comment, or a message in an inbox. `parent_id` is the remark it answers; `own` means the office wrote it."""

    remote_id: str
    author_id: str
    author: str
    text: str
    at: datetime
    parent_id: str = ""
    own: bool = False
    hidden: bool = False
    removed: bool = False
    likes: int = 0


@dataclass
class Item:
    """One published thing. `payload` is what was received, name by name; media is given by `media_sha256` in it."""

    remote_id: str
    account: str
    form: str
    payload: dict[str, Any]
    at: datetime
    title: str = ""
    text: str = ""
    link: str = ""
    permalink: str = ""
    picture: bytes = b""
    state: str = "live"
    pinned: bool = False
    history: bool = False
    remarks: list[Remark] = field(default_factory=list)
    figures: dict[str, int] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def live(self) -> bool:
        """True while a citizen can see it."""
        return self.state == "live"


@dataclass
class Account:
    """A page, channel or OA with its tokens. `days` are daily figures by ISO day and the platform's metric name."""

    remote_id: str
    name: str
    tokens: set[str] = field(default_factory=set)
    revoked: set[str] = field(default_factory=set)
    followers: int = 0
    days: dict[str, dict[str, int]] = field(default_factory=dict)
    inbox: list[Remark] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass
class Fault:
    """What goes wrong with the next `times` calls whose `METHOD path` contains `match`.

    `kind`: `delay` waits `seconds` first; `drop_before` closes the connection with nothing done; `drop_after` does
    the work and then closes it unanswered; `server_error` answers 500; `garbage` does the work and answers half an
    HTML page; `hang` does the work and then never answers. `server_error_after` does the work and answers 500;
    `error_in_200` does nothing and answers the words of a 500 with status 200; `truncated` does the work and answers
    the first half of what it has to say; `too_many` answers 429, with `seconds` as Retry-After unless it is 0; `refuse`
    does nothing and answers `rule`, `refuse_after` does the work first.
    """

    kind: str
    match: str = ""
    times: int = 1
    seconds: float = 0.0
    rule: str = ""


UNDONE: Final = frozenset({"drop_before", "server_error", "error_in_200", "too_many", "refuse"})
"""Faults that keep the work from being done."""
FAULTS: Final = UNDONE | {
    "delay", "drop_after", "garbage", "hang", "server_error_after", "truncated", "refuse_after",
}  # fmt: skip


def on_loopback(url: str) -> bool:
    """True when an address points at this machine: the only ones that a stand-in calls, nothing leaves the machine."""
    try:
        return urlsplit(url).hostname in ("127.0.0.1", "localhost")
    except ValueError:
        return False


async def fetch(url: str, most: int) -> bytes:
    """Get a file by its address as a platform does, without login or redirect. Raises `LookupError` when it is not
    to be had: another host than this machine, no answer within ten seconds, not 200, or more than `most` bytes."""
    if not on_loopback(url):
        raise LookupError("not on this machine")
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session,
            session.get(url, allow_redirects=False) as answer,
        ):
            data = bytearray()
            async for part in answer.content.iter_chunked(65_536):
                data += part
                if len(data) > most:
                    break
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        raise LookupError("no answer") from error
    if answer.status != 200 or len(data) > most:
        raise LookupError("not 200 or too big")
    return bytes(data)


class Platform(ABC):
    """A stand-in. `await start()` gives its address; `await stop()` ends it. State lives as long as the object.

    `outage` is what an outage is recorded as in `refused`, a rule's key where the platform has a shape for it.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    rules: ClassVar[dict[str, Rule]]
    outage: ClassVar[str] = "outage"

    def __init__(self, *, now: Clock, seed: int = 0) -> None:
        self.now = now
        self.rng = Random(f"{self.name}:{seed}")
        self.accounts: dict[str, Account] = {}
        self.items: dict[str, Item] = {}
        self.faults: list[Fault] = []
        self._often: tuple[float, Sequence[str], Random] = (0.0, (), Random(f"{self.name}:faults:{seed}"))
        self.calls: Counter[str] = Counter()
        self.refused: deque[tuple[datetime, str, str]] = deque(maxlen=200)
        self.url = ""
        self._runner: web.AppRunner | None = None
        self._numbers = itertools.count(1)
        self._arranged: dict[str, str] = {}

    # -- what a platform says --------------------------------------------------------------------------------------

    @abstractmethod
    def routes(self) -> Iterable[web.AbstractRouteDef]:
        """The wire routes."""

    @abstractmethod
    def refuse(self, refusal: Refusal) -> web.Response:
        """The platform's own error answer."""

    @abstractmethod
    def malformed(self) -> Refusal:
        """What the platform says to a value it cannot read: no JSON, a word where a number belongs."""

    @abstractmethod
    def server_error(self) -> web.Response:
        """The platform's own answer when it breaks inside."""

    def dress(self, request: web.Request, answer: web.StreamResponse) -> None:
        """Put on an answer, a refusal too, the headers that a platform puts on every one; most have none."""
        return

    # -- life ------------------------------------------------------------------------------------------------------

    async def start(self, port: int = 0) -> str:
        """Listen on loopback and return the address, such as http://127.0.0.1:41234."""
        app = web.Application(client_max_size=MOST_BODY, middlewares=[self._around])
        app.add_routes([web.get("/", self._page), web.post("/_sandbox/say", self._say)])
        app.add_routes([web.get("/_sandbox/picture/{item}", self._picture)])
        app.add_routes(list(self.routes()))
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self.url

    async def stop(self) -> None:
        """Stop listening; the state stays and can be looked at."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    # -- state -----------------------------------------------------------------------------------------------------

    def number(self) -> int:
        """A number not given before."""
        return next(self._numbers)

    def add_account(self, account: Account) -> Account:
        """Let an account exist."""
        self.accounts[account.remote_id] = account
        return account

    def revoke(self, token: str) -> None:
        """Make a token invalid from now on."""
        for account in self.accounts.values():
            if token in account.tokens:
                account.tokens.discard(token)
                account.revoked.add(token)

    def seed_history(self, items: Iterable[Item]) -> None:
        """Let these older items exist."""
        for item in items:
            item.history = True
            self.items[item.remote_id] = item

    def published(self, account: str | None = None) -> list[Item]:
        """What was sent to this stand-in (no history), oldest first; removed items too."""
        found = [i for i in self.items.values() if not i.history and account in (None, i.account)]
        return sorted(found, key=lambda i: i.at)

    def add_remark(self, item_id: str, author: str, text: str, at: datetime, *, parent_id: str = "") -> Remark:
        """Let a citizen comment on an item."""
        remark = Remark(self.remark_id(item_id), self.author_id(author), author, text, at, parent_id)
        self.items[item_id].remarks.append(remark)
        return remark

    def add_message(self, account: str, author: str, text: str, at: datetime) -> Remark:
        """Let a citizen write to an account's inbox."""
        remark = Remark(self.remark_id(account), self.author_id(author), author, text, at)
        self.accounts[account].inbox.append(remark)
        return remark

    def remark_id(self, parent: str) -> str:
        """A new id for a remark; platforms with another pattern override it."""
        return f"{parent}_{10_000_000 + self.number()}"

    def author_id(self, author: str) -> str:
        """The platform's id of a citizen: the same name is the same person."""
        return str(Random(f"{self.name}:{author}").randrange(10**14, 10**15))

    def fail_next(self, kind: str, *, match: str = "", times: int = 1, seconds: float = 0.0, rule: str = "") -> None:
        """Arrange a fault."""
        if kind not in FAULTS:
            raise ValueError(f"unknown fault {kind}")
        if ("refuse" in kind) != (rule in self.rules):
            raise ValueError(f"{kind} with the rule {rule!r}")
        self.faults.append(Fault(kind, match, times, seconds, rule))

    def fail_often(self, share: float, kinds: Sequence[str]) -> None:
        """Let this share of all calls meet one of these faults, chosen by the seed; 0 ends it."""
        if not FAULTS.issuperset(kinds):
            raise ValueError(f"unknown fault in {kinds}")
        self._often = (share, kinds, self._often[2])

    def arrange(self, who: str, key: str = "") -> None:
        """Let every call of an account (or to a chat) meet a rule that no request brings about; "" ends it."""
        if key and not self.rules[key].arranged:
            raise ValueError(f"{self.name}: {key} is met by a request that breaks it")
        self._arranged[who] = key

    def meet(self, who: str) -> None:
        """Refuse what was arranged for this account or chat."""
        if key := self._arranged.get(who):
            raise Refusal(self.rules[key])

    # -- around every wire call ------------------------------------------------------------------------------------

    def _fault(self, request: web.Request) -> Fault | None:
        called = f"{request.method} {request.path}"
        for fault in self.faults:
            if fault.times > 0 and fault.match in called:
                fault.times -= 1
                return fault
        share, kinds, rng = self._often
        return Fault(rng.choice(kinds)) if share and rng.random() < share else None

    @web.middleware
    async def _around(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path == "/" or request.path.startswith("/_sandbox"):
            return await handler(request)
        self.calls[f"{request.method} {request.path}"] += 1
        fault = self._fault(request)
        kind = fault.kind if fault else ""
        if fault and kind == "delay":
            await asyncio.sleep(fault.seconds)
        if fault and kind in UNDONE:
            return self._fail(request, fault)
        try:
            answer = await handler(request)
        except (ValueError, TypeError, KeyError, AttributeError):
            unreadable = self.malformed()
            self._record(request, unreadable.rule.key)
            answer = self.refuse(unreadable)
        except Refusal as refusal:
            self._record(request, refusal.rule.key)
            answer = self.refuse(refusal)
        self.dress(request, answer)
        if kind == "hang":
            await asyncio.sleep(fault.seconds if fault and fault.seconds else 3600)
        return self._spoil(request, fault, answer) if fault else answer

    def _fail(self, request: web.Request, fault: Fault) -> web.Response:
        """The answer of a fault that keeps the work from being done."""
        if fault.kind == "drop_before":
            return self._drop(request)
        if fault.kind == "too_many":
            wait = {"Retry-After": f"{fault.seconds:.0f}"} if fault.seconds else {}
            return web.Response(
                status=429, text="<html><body>Too Many Requests", headers=wait, content_type="text/html"
            )
        if fault.kind == "refuse":
            self._record(request, fault.rule)
            return self.refuse(Refusal(self.rules[fault.rule]))
        self._record(request, self.outage)
        broken = self.server_error()
        return web.Response(body=broken.body, content_type=broken.content_type) if "200" in fault.kind else broken

    def _spoil(self, request: web.Request, fault: Fault, answer: web.StreamResponse) -> web.StreamResponse:
        """What becomes of the answer to a call whose work is done."""
        if fault.kind == "drop_after":
            return self._drop(request)
        if fault.kind == "garbage":
            return web.Response(text="<html><body>502 Bad Gate", content_type="text/html")
        if fault.kind == "server_error_after":
            return self.server_error()
        if fault.kind == "refuse_after":
            return self.refuse(Refusal(self.rules[fault.rule]))
        if fault.kind == "truncated" and isinstance(answer, web.Response) and isinstance(answer.body, bytes):
            half = answer.body[: len(answer.body) // 2]
            return web.Response(status=answer.status, body=half, content_type=answer.content_type)
        return answer

    def _record(self, request: web.Request, key: str) -> None:
        self.refused.append((self.now(), key, f"{request.method} {request.path}"))

    @staticmethod
    def _drop(request: web.Request) -> web.Response:
        if request.transport is not None:
            request.transport.abort()
        return web.Response()

    # -- the page --------------------------------------------------------------------------------------------------

    async def _page(self, request: web.Request) -> web.Response:
        text = _FRAME.format(title=html.escape(self.title), body=self.page())
        return web.Response(text=text, content_type="text/html", headers={"Content-Security-Policy": _CSP})

    def page(self) -> str:
        """The body of the page: accounts, items with their comments, and a form to write one. Everything escaped."""
        parts = [self.page_account(account) for account in self.accounts.values()]
        return "".join(parts) or "<p>Chưa có tài khoản nào. / No account yet.</p>"

    def page_account(self, account: Account) -> str:
        """One account with its newest items."""
        items = sorted((i for i in self.items.values() if i.account == account.remote_id), key=lambda i: i.at)
        shown = "".join(self.page_item(item) for item in reversed(items[-40:]))
        empty = "<p>Chưa có bài nào. / Nothing here yet.</p>"
        return f"<section><h2>{html.escape(account.name)}</h2>{shown or empty}</section>"

    def page_item(self, item: Item) -> str:
        """One item as a citizen would see it."""
        if not item.live:
            state = _NOT_LIVE.get(item.state, item.state)
            return f"<article class='gone'><p>{state}: {html.escape(item.title or item.text[:80])}</p></article>"
        told = page_thread([r for r in item.remarks[-30:] if not r.removed])
        pin = "<b>📌 Ghim</b> " if item.pinned else ""
        title = f"<h3>{html.escape(item.title)}</h3>" if item.title else ""
        return (
            f"<article>{pin}{title}<p class='text'>{html.escape(item.text)}</p>{self.page_media(item)}"
            f"<p class='meta'>{item.at:%d/%m/%Y %H:%M} UTC · {html.escape(item.remote_id)}</p>"
            f"{self.page_beside(item)}<ul>{told}</ul>{self.page_form(item.remote_id)}</article>"
        )

    def page_beside(self, item: Item) -> str:
        """What else a platform shows of an item; most show nothing."""
        return ""

    def page_media(self, item: Item) -> str:
        """The item's picture, where one was sent."""
        return page_picture(item) if item.picture else ""

    async def _picture(self, request: web.Request) -> web.Response:
        item = self.items.get(request.match_info["item"])
        if item is None or not item.picture:
            raise web.HTTPNotFound
        return web.Response(
            body=item.picture, content_type="image/png" if item.picture[:4] == b"\x89PNG" else "image/jpeg"
        )

    def page_form(self, item_id: str) -> str:
        """A form to write as a citizen; platforms without comments return an empty string."""
        return (
            "<form method='post' action='/_sandbox/say'>"
            f"<input type='hidden' name='item' value='{html.escape(item_id)}'>"
            "<input name='author' value='Người dân' aria-label='Tên'><input name='text' required maxlength='2000' "
            "aria-label='Bình luận' placeholder='Viết bình luận…'><button>Gửi</button></form>"
        )

    async def _say(self, request: web.Request) -> web.Response:
        form = await request.post()
        self.say_from_page({name: str(value) for name, value in form.items()})
        raise web.HTTPSeeOther("/")

    def say_from_page(self, form: dict[str, str]) -> None:
        """Store what was written on the page."""
        if form.get("item") in self.items and form.get("text", "").strip():
            self.add_remark(form["item"], form.get("author") or "Người dân", form["text"][:5000], self.now())


def page_picture(item: Item, alt: str = "") -> str:
    """An item's picture, with what it shows in words."""
    return f"<img src='/_sandbox/picture/{quote(item.remote_id)}' alt='{html.escape(alt)}' loading='lazy'>"


def page_thread(remarks: Sequence[Remark]) -> str:
    """Remarks as list entries, each with its answers under it. What answers something unseen stands by itself."""
    seen = {r.remote_id for r in remarks}
    answers = {name: [r for r in remarks if r.parent_id == name] for name in seen}
    tops = [r for r in remarks if r.parent_id not in seen]
    return "".join(page_remark(r, "".join(page_remark(a) for a in answers[r.remote_id])) for r in tops)


def page_remark(remark: Remark, answers: str = "") -> str:
    """One remark as a list entry, with the entries that stand under it."""
    mark, under = " class='own'" if remark.own else "", f"<ul>{answers}</ul>" if answers else ""
    mark = " class='hidden'" if remark.hidden else mark
    seen = f" <i>{_NOT_LIVE['hidden']}</i>" if remark.hidden else ""
    said = f"<b>{html.escape(remark.author)}</b> {html.escape(remark.text)} <i>{remark.at:%H:%M}</i>{seen}"
    return f"<li{mark}>{said}{under}</li>"


_NOT_LIVE = {
    "removed": "Đã gỡ / removed",
    "hidden": "Đang ẩn / hidden",
    "scheduled": "Hẹn giờ / scheduled",
    "unpublished": "Chưa đăng / not published",
}
_CSP = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; form-action 'self'"
_FRAME = """<!doctype html><html lang="vi"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>
body{{font:16px/1.5 system-ui,sans-serif;margin:0;background:#eef1f4;color:#1b2733}}
header{{background:#1b2733;color:#fff;padding:.8rem 1rem}}header small{{opacity:.8;display:block}}
main{{max-width:44rem;margin:0 auto;padding:0 .8rem 3rem}}
article{{background:#fff;border-radius:10px;padding:.8rem 1rem;margin:.8rem 0;box-shadow:0 1px 3px #0002}}
article.gone,li.hidden{{opacity:.6}}.text{{white-space:pre-wrap;overflow-wrap:anywhere}}.meta{{color:#5b6b7a;font-size:.85rem}}
ul{{list-style:none;padding:0;margin:.4rem 0}}li{{background:#eef1f4;border-radius:8px;padding:.35rem .6rem;
margin:.3rem 0;overflow-wrap:anywhere}}li.own{{background:#dcebfa}}li i{{color:#5b6b7a;font-size:.8rem}}
li li{{margin-left:1rem;border-left:3px solid #9aa7b3}}
form{{display:flex;gap:.4rem;flex-wrap:wrap}}input{{font:inherit;padding:.35rem .5rem;
border:1px solid #9aa7b3;border-radius:6px;min-width:0;flex:1 1 8rem}}
button{{font:inherit;padding:.35rem .8rem;border:0;border-radius:6px;background:#0b5cad;color:#fff}}
img{{max-width:100%;height:auto;border-radius:8px}}
</style></head><body><header><b>{title}</b><small>Nền tảng giả lập – không có gì ra khỏi máy này / pretended platform,
nothing leaves this machine</small></header><main>{body}</main></body></html>"""
