"""Connecting an account in the console: what is asked, the platform's page of consent, the choice. Admins only."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from aiohttp import web

from bot.accounts import connect as room
from bot.accounts.connect import Pending
from bot.accounts.subscribe import subscribe
from bot.console.flash import FLASH
from bot.console.form import read_form
from bot.console.rules import ADMINS, PUBLIC, Page
from bot.console.show import format_of, page
from bot.console.viewer import PARTS, VIEWER, WORDS, Viewer, viewer_of
from bot.parts import NotFound, Refused
from channels.connecting import ByConsent, answer_in
from channels.connectors import CONNECTORS
from channels.errors import ChannelError

_HOME = "/accounts/connect"


def _holder(viewer: Viewer) -> str:
    return f"web:{viewer.session_id}"


def _base(request: web.Request) -> str:
    """Where browsers find this console: the public address, else the one that this browser used."""
    settings = request.app[PARTS].settings
    scheme = "https" if settings.console_https else request.scheme
    return settings.public_url or f"{scheme}://{request.host}"


def _account(text: str) -> int | None:
    return int(text) if text.isdecimal() and 0 < len(text) < 10 else None


async def choose_kind(request: web.Request) -> web.StreamResponse:
    """The kinds; of the chosen one what has to be entered. What is known already is not asked, and never shown."""
    viewer, parts, kind = viewer_of(request), request.app[PARTS], request.query.get("kind", "")
    account_id = _account(request.query.get("account", ""))
    if kind and kind not in CONNECTORS:
        raise NotFound("kênh này", "such channel")
    known = await room.known_words(parts, viewer.actor, kind, account_id) if kind else {}
    return page(
        request,
        "connect.html",
        connectors=CONNECTORS,
        chosen=CONNECTORS.get(kind),
        known=set(known),
        account_id=account_id or "",
        callback=room.callback(_base(request), kind) if kind and issubclass(CONNECTORS[kind], ByConsent) else "",
        back=quote(request.path_qs, safe=""),
    )


async def start(request: web.Request) -> web.StreamResponse:
    """Begin with what was entered. Refusals go back to the form; no secret comes back with them."""
    viewer, parts = viewer_of(request), request.app[PARTS]
    async with read_form(request) as sent:
        kind, account_id = sent.text("kind"), _account(sent.text("account"))
        words = {name: sent.text(f"word-{name}", 2000) for name in _names(kind)}
    pending = await room.begin(
        parts,
        viewer.actor,
        _holder(viewer),
        kind,
        words,
        redirect_uri=room.callback(_base(request), kind),
        account_id=account_id,
    )
    return await _go_on(request, pending)


def _names(kind: str) -> list[str]:
    return [ask.name for ask in CONNECTORS[kind].asks] if kind in CONNECTORS else []


async def step(request: web.Request) -> web.StreamResponse:
    """Where to agree, or the accounts to choose among. The platform is opened by a link: the console's own policy lets
    no form lead elsewhere."""
    viewer, parts = viewer_of(request), request.app[PARTS]
    pending = await room.pending_of(parts, viewer.actor, _holder(viewer), int(request.match_info["id"]))
    return page(request, "connecting.html", pending=pending, minutes=room.LIVES.seconds // 60)


async def pasted(request: web.Request) -> web.StreamResponse:
    """The address that the browser showed after the consent, where it did not come back by itself."""
    viewer, parts = viewer_of(request), request.app[PARTS]
    pending = await room.pending_of(parts, viewer.actor, _holder(viewer), int(request.match_info["id"]))
    async with read_form(request) as sent:
        answer = answer_in(sent.text("address", 4000))
    if not answer:
        raise Refused(
            "Trong địa chỉ vừa dán không có câu trả lời: hãy chép toàn bộ địa chỉ trên thanh địa chỉ sau khi đồng ý.",
            "There is no answer in what was pasted: copy the whole address that the browser shows after the consent.",
        )
    return await _taken(request, pending.connector.kind, answer)


async def returned(request: web.Request) -> web.StreamResponse:
    """The platform sends the browser here. What does not belong to this sign-in changes nothing."""
    viewer: Viewer | None = request.get(VIEWER)
    kind, _ = request.match_info["kind"], request[WORDS].gettext
    if kind not in CONNECTORS:
        raise web.HTTPNotFound
    if viewer is None or not ADMINS.admits(viewer.actor):
        why = _("Trình duyệt này chưa đăng nhập Loa với vai trò quản trị.")
        what = _("Hãy chép toàn bộ địa chỉ trên thanh địa chỉ và dán vào nơi bạn đã bắt đầu kết nối.")
        text = f"{why} {what}"
        return page(request, "problem.html", status=403, code=403, number="", text=text)
    return await _taken(request, kind, dict(request.query))


async def _taken(request: web.Request, kind: str, answer: dict[str, str]) -> web.StreamResponse:
    """Take an answer once. What goes wrong is said on the page where one begins again: the code leaves the address."""
    viewer, parts = viewer_of(request), request.app[PARTS]
    try:
        pending = await room.take_answer(parts, viewer.actor, _holder(viewer), kind, answer)
        return await _go_on(request, pending)
    except Refused as refused:
        text = refused.text(viewer.actor.language)
    except ChannelError as error:
        text = format_of(request).said(error.told)
    request.app[FLASH].say(viewer.session_id, text, "bad")
    return _to(f"{_HOME}?{urlencode({'kind': kind})}")


async def chosen(request: web.Request) -> web.StreamResponse:
    """Connect the one that was chosen."""
    async with read_form(request) as sent:
        remote_id = sent.text("remote_id")
    return await _connected(request, int(request.match_info["id"]), remote_id)


async def _go_on(request: web.Request, pending: Pending) -> web.StreamResponse:
    """The only one there is needs no choice."""
    if len(pending.found) == 1:
        return await _connected(request, pending.id, pending.found[0].remote_id)
    return _to(f"/accounts/connections/{pending.id}")


async def _connected(request: web.Request, connection_id: int, remote_id: str) -> web.StreamResponse:
    viewer, parts, fmt = viewer_of(request), request.app[PARTS], format_of(request)
    done = await room.connect(parts, viewer.actor, _holder(viewer), connection_id, remote_id)
    flash, _ = request.app[FLASH], request[WORDS].gettext
    text = _("Đã kết nối %(name)s.") % {"name": done.name}
    flash.say(viewer.session_id, f"{text} {fmt.said(done.health.told)}", "good" if done.health.ok else "bad")
    hook = await subscribe(parts, viewer.actor, done.account_id)
    if hook is not None:
        flash.say(viewer.session_id, f"{done.name}: {fmt.said(hook.told)}.", "good" if hook.ok else "warn")
    return _to("/accounts")


def _to(place: str) -> web.Response:
    return web.Response(status=303, headers={"Location": place})


_ID = r"{id:\d{1,9}}"
PAGES = (
    Page("GET", _HOME, choose_kind, ADMINS),
    Page("POST", _HOME, start, ADMINS),
    Page("GET", f"/accounts/connections/{_ID}", step, ADMINS),
    Page("POST", f"/accounts/connections/{_ID}/paste", pasted, ADMINS),
    Page("POST", f"/accounts/connections/{_ID}/choose", chosen, ADMINS),
    Page("GET", "/oauth/{kind:[a-z_]{1,20}}/callback", returned, PUBLIC),
)
