"""Signing in and out, and the session behind the cookie."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import quote, urlsplit

import structlog
from aiohttp import web
from sqlmodel import col, delete, select

from bot.console.kept import typed_texts
from bot.console.rules import PUBLIC, SIGNED_IN, Page
from bot.console.show import page
from bot.console.throttle import Throttle, Try
from bot.console.viewer import PARTS, VIEWER, WORDS, Viewer, viewer_of
from bot.people import actor_for, verify_password
from models.audit import record
from models.office import Organisation, User, WebSession

log = structlog.get_logger()

IDLE = timedelta(hours=2)
"""A sign-in that nobody uses ends; pages that refresh themselves do not count as use."""
SEEN_EVERY = timedelta(minutes=1)
KNOWN_S = 180 * 24 * 3600
"""How long a browser is remembered as one where this login signed in before (seconds)."""
THROTTLE = web.AppKey("throttle", Throttle)


# -- the session ------------------------------------------------------------------------------------------------


def _cookie(request: web.Request, name: str) -> str:
    """A cookie's whole name; over https the prefix keeps other hosts and paths from setting it."""
    prefix = "__Host-" if request.app[PARTS].settings.console_https else ""
    return f"{prefix}loa_{name}"


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


async def find_viewer(request: web.Request, *, alive: bool) -> Viewer | None:
    """Return who the cookie belongs to, or None when it is unknown, too old, idle, or the person is locked."""
    token = request.cookies.get(_cookie(request, "session"), "")
    if not token:
        return None
    parts, now = request.app[PARTS], request.app[PARTS].now()
    async with parts.db.read() as session:
        row = (await session.exec(select(WebSession).where(WebSession.token_hash == _digest(token)))).first()
        if row is None or now >= row.expires_at or now - row.seen_at >= IDLE:
            return None
        user = await session.get(User, row.user_id)
        if user is None or not user.active:
            return None
        organisation = await session.get_one(Organisation, user.organisation_id)
        actor = await actor_for(session, user)
    if alive and now - row.seen_at >= SEEN_EVERY:
        async with parts.db.write() as session:
            kept = await session.get(WebSession, row.id)
            if kept is not None:
                kept.seen_at = now
    return Viewer(actor, user.login, organisation, row.id or 0, row.csrf)


def expected_token(request: web.Request) -> str:
    """Return the token a form must carry: the session's, or before sign-in the visit cookie's."""
    viewer = request.get(VIEWER)
    return viewer.csrf if viewer else request.cookies.get(_cookie(request, "visit"), "")


def is_own_path(path: str) -> bool:
    """Say whether `path` is a page of this console (never another site: `//evil`, `/\\evil`, `https:`)."""
    return path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()


async def to_sign_in(request: web.Request, *, remember: bool) -> web.Response:
    """Redirect to the sign-in page, remembering a page that can be opened again. What was typed into a form whose
    sign-in ran out meanwhile is shown on the sign-in page itself, to be copied: a correction is not written twice."""
    ended = request.cookies.get(_cookie(request, "session"))
    if request.method == "POST" and remember and ended and is_surely_from_our_page(request):
        kept = await typed_texts(request)
        if kept:
            return _form(request, status=401, kept=kept)
    back = f"?next={quote(request.path_qs)}" if remember and request.method == "GET" and request.path != "/" else ""
    return web.Response(status=303, headers={"Location": f"/login{back}"})


def address_of(request: web.Request) -> str:
    """The visitor's address. Behind our own https proxy the last hop it added is believed, nothing before that."""
    forwarded = request.headers.get("X-Forwarded-For", "")
    if request.app[PARTS].settings.console_https and forwarded:
        return forwarded.rsplit(",", 1)[-1].strip()[:64]
    return request.remote or ""


def is_surely_from_our_page(request: web.Request) -> bool:
    """Say whether the browser itself tells that a page of this console sent the form."""
    told = request.headers.get("Sec-Fetch-Site") == "same-origin" or "Origin" in request.headers
    return told and is_from_our_page(request)


def is_from_our_page(request: web.Request) -> bool:
    """Say whether a form may have been sent by a page of this console: nothing that the browser tells denies it."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = request.headers.get("Origin", "")
    return not origin or urlsplit(origin).netloc == request.host


# -- pages ------------------------------------------------------------------------------------------------------


async def sign_in_page(request: web.Request) -> web.StreamResponse:
    """The form."""
    if request.get(VIEWER) is not None:
        return web.Response(status=303, headers={"Location": "/"})
    return _form(request)


def _form(
    request: web.Request, *, status: int = 200, error: str = "", login: str = "", kept: Sequence[str] = ()
) -> web.Response:
    visit = request.cookies.get(_cookie(request, "visit"), "")
    fresh = len(visit) < 32
    visit = secrets.token_urlsafe(32) if fresh else visit
    after = request.query.get("next", "")
    response = page(
        request, "sign_in.html", status=status, error=error, login=login, visit=visit, kept=kept,
        ended=bool(request.cookies.get(_cookie(request, "session"))), renewed="renewed" in request.query,
        after=after if is_own_path(after) else "",
    )  # fmt: skip
    if fresh:
        _set(request, response, _cookie(request, "visit"), visit)
    return response


async def sign_in(request: web.Request) -> web.StreamResponse:
    """Check the password; on success a new session and a new cookie."""
    parts, throttle, form = request.app[PARTS], request.app[THROTTLE], await request.post()
    login = str(form.get("login", "")).strip().lower()[:80]
    now, address, _ = parts.now(), address_of(request), request[WORDS].gettext
    attempt = throttle.begin(login, address, request.cookies.get(_cookie(request, "known"), ""), now)
    if not isinstance(attempt, Try):
        log.warning("sign_in_throttled", address=address)
        return _must_wait(request, login, attempt)
    async with parts.db.read() as session:
        user = (await session.exec(select(User).where(User.login == login))).first()
    if not await verify_password(user, str(form.get("password", ""))) or user is None or not user.active:
        await _note(request, "sign_in_failed", user)
        return _form(request, status=401, error=_("Tên đăng nhập hoặc mật khẩu không đúng."), login=login)
    throttle.succeeded(attempt)
    token = await _open_session(request, user, now)
    after = request.query.get("next", "")
    response = web.Response(status=303, headers={"Location": after if is_own_path(after) else "/"})
    _set(request, response, _cookie(request, "session"), token)
    _set(request, response, _cookie(request, "known"), throttle.mark(login), max_age=KNOWN_S)
    response.del_cookie(_cookie(request, "visit"), path="/", secure=parts.settings.console_https)
    return response


def _must_wait(request: web.Request, login: str, wait_s: float) -> web.Response:
    text = request[WORDS].gettext("Quá nhiều lần thử sai. Hãy đợi %(n)s phút rồi thử lại.") % {
        "n": int(wait_s // 60) + 1
    }
    told = _form(request, status=429, error=text, login=login)
    told.headers["Retry-After"] = str(int(wait_s) + 1)
    return told


async def _open_session(request: web.Request, user: User, now: datetime) -> str:
    """Store a new sign-in and return its token; what has run out is swept away with it."""
    parts, token = request.app[PARTS], secrets.token_urlsafe(32)
    async with parts.db.write() as session:
        await session.exec(delete(WebSession).where(col(WebSession.expires_at) <= now))
        session.add(
            WebSession(
                token_hash=_digest(token),
                user_id=user.id or 0,
                csrf=secrets.token_urlsafe(32),
                created_at=now,
                seen_at=now,
                expires_at=now + timedelta(hours=parts.settings.session_hours),
            )
        )
    await _note(request, "signed_in", user)
    return token


async def sign_out(request: web.Request) -> web.StreamResponse:
    """End this sign-in."""
    viewer, parts = viewer_of(request), request.app[PARTS]
    async with parts.db.write() as session:
        await session.exec(delete(WebSession).where(col(WebSession.id) == viewer.session_id))
    response = web.Response(status=303, headers={"Location": "/login"})
    response.del_cookie(_cookie(request, "session"), path="/", secure=parts.settings.console_https)
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def _set(request: web.Request, response: web.Response, name: str, value: str, *, max_age: int | None = None) -> None:
    response.set_cookie(
        name, value, httponly=True, samesite="Lax", secure=request.app[PARTS].settings.console_https, path="/",
        max_age=max_age,
    )  # fmt: skip


async def _note(request: web.Request, action: str, user: User | None) -> None:
    """Sign-ins of known people are on the record; guesses at unknown logins are only in the log, without the guess."""
    parts = request.app[PARTS]
    if user is None:
        log.warning(action, address=address_of(request))
        return
    async with parts.db.write() as session:
        await record(
            session,
            at=parts.now(),
            action=action,
            subject=f"user:{user.id}",
            organisation_id=user.organisation_id,
            user_id=user.id if action == "signed_in" else None,
        )


PAGES = (
    Page("GET", "/login", sign_in_page, PUBLIC),
    Page("POST", "/login", sign_in, PUBLIC),
    Page("POST", "/logout", sign_out, SIGNED_IN),
)
