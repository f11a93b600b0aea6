"""What stands before every page: headers, errors told to people, who it is, whether they may, and the form's token.

The order is the order of `MIDDLEWARES`, outermost first.
"""

from __future__ import annotations

import hmac
import secrets

import structlog
from aiohttp import BodyPartReader, MultipartReader, web
from aiohttp.typedefs import Handler

from bot.console import auth
from bot.console.flash import FLASH
from bot.console.rules import Door, Page
from bot.console.show import page
from bot.console.viewer import BARS, PARTS, VIEWER, WORDS
from bot.console.words import LANGUAGES, words
from bot.duty.bars import bars_of
from bot.parts import NotFound, Refused
from channels.errors import ChannelError
from channels.media import MediaError
from models.states import IllegalMove

log = structlog.get_logger()

PAGES = web.AppKey("pages", dict[tuple[str, str], Page])
REST_OF_FORM = web.RequestKey("rest_of_form", MultipartReader)
CSP = web.ResponseKey("csp", str)

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Server": "Loa",
}


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Set the security headers just before an answer leaves, whoever made it."""
    response.headers.update(_HEADERS)
    response.headers["Content-Security-Policy"] = response.get(CSP, POLICY)
    response.headers.setdefault("Cache-Control", "no-store")
    if request.app[PARTS].settings.console_https:
        response.headers["Strict-Transport-Security"] = "max-age=31536000"


def rule_of(request: web.Request) -> Page | None:
    """Return what was declared for the route that matched."""
    resource = request.match_info.route.resource
    return request.app[PAGES].get((request.method, resource.canonical)) if resource else None


@web.middleware
async def tell_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn what went wrong into a page or a sentence that says what to do; a bug is logged with a number."""
    asked = request.query.get("lang", "")
    request[WORDS] = words(asked if asked in LANGUAGES else request.app[PARTS].settings.language)
    try:
        return await handler(request)
    except web.HTTPException as answer:
        if answer.status < 400:
            raise
        return _problem(request, answer.status)
    except NotFound:
        return _problem(request, 404)
    except Refused as refused:
        return _refused(request, refused.text(request[WORDS].language))
    except (ChannelError, MediaError) as error:
        told = error.told
        return _refused(request, told.vi if request[WORDS].language == "vi" else told.en)
    except IllegalMove:
        _ = request[WORDS].gettext
        return _refused(request, _("Việc này không còn làm được: trạng thái vừa thay đổi. Hãy xem lại trang."))
    except ConnectionResetError:
        raise
    except Exception:
        number = secrets.token_hex(4)
        log.exception("page_failed", path=request.path, number=number)
        return _problem(request, 500, number)


def _problem(request: web.Request, status: int, number: str = "") -> web.Response:
    return page(request, "problem.html", status=status, code=status, number=number)


def _refused(request: web.Request, text: str) -> web.Response:
    """A refused deed goes back to the page it came from with the reason; a refused look is a page of its own."""
    viewer = request.get(VIEWER)
    if viewer is None or request.method != "POST":
        return page(request, "problem.html", status=403, code=403, number="", text=text)
    request.app[FLASH].say(viewer.session_id, text, "bad")
    return back_to_origin(request)


def back_to_origin(request: web.Request) -> web.Response:
    """Redirect to the page whose form was sent: the path without its last word (`/posts/12/approve` -> `/posts/12`),
    or the page the form names in `back` when that is one of ours."""
    back = request.query.get("back", "")
    if not auth.is_own_path(back):
        back = request.path.rsplit("/", 1)[0] or "/"
    return web.Response(status=303, headers={"Location": back})


@web.middleware
async def know_visitor(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Find out who it is by the cookie; from here on the page speaks their language."""
    found = rule_of(request)
    if found is not None and found.rule.door is Door.PLATFORM:
        return await handler(request)
    viewer = await auth.find_viewer(request, alive=found is not None and not found.live)
    if viewer is not None:
        request[VIEWER] = viewer
        request[WORDS] = words(viewer.actor.language)
    return await handler(request)


@web.middleware
async def check_right(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Hold the declared rule. A route without one is closed to everybody."""
    if request.match_info.http_exception is not None:
        return await handler(request)
    found, viewer = rule_of(request), request.get(VIEWER)
    if found is None:
        raise web.HTTPForbidden
    if found.rule.door in (Door.PUBLIC, Door.PLATFORM):
        return await handler(request)
    if viewer is None:
        return await auth.to_sign_in(request, remember=not found.live)
    if not found.rule.admits(viewer.actor):
        raise web.HTTPForbidden
    return await handler(request)


@web.middleware
async def check_form(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse every POST that does not carry the token of this sign-in (or of the sign-in page), or is a platform's.

    A multipart form must give the token in its first field: it is checked before a byte of a file is taken.
    """
    found = rule_of(request)
    if request.method in ("GET", "HEAD", "OPTIONS") or (found is not None and found.rule.door is Door.PLATFORM):
        return await handler(request)
    if not auth.is_from_our_page(request):
        raise web.HTTPForbidden
    expected = auth.expected_token(request)
    given = await _token_given(request)
    if not expected or not hmac.compare_digest(_bytes(given), _bytes(expected)):
        raise web.HTTPForbidden
    return await handler(request)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")  # a header may hold bytes that are no text


async def _token_given(request: web.Request) -> str:
    try:
        if not request.content_type.startswith("multipart/"):
            return str((await request.post()).get("csrf", ""))
        reader = await request.multipart()
        first = await reader.next()
    except (ValueError, LookupError):  # no form at all; a charset that nobody knows, or bytes that are not in it
        raise web.HTTPBadRequest from None
    if not isinstance(first, BodyPartReader) or first.name != "csrf" or first.filename is not None:
        return ""
    request[REST_OF_FORM] = reader
    return (await first.read_chunk(256)).decode("utf-8", "replace")


@web.middleware
async def know_ways(request: web.Request, handler: Handler) -> web.StreamResponse:
    """For whoever reads a whole page: which alerts did not get through, and which ways to people are broken."""
    found = rule_of(request)
    if request.method == "GET" and request.get(VIEWER) is not None and found is not None and not found.live:
        viewer, parts = request[VIEWER], request.app[PARTS]
        async with parts.db.read() as session:
            request[BARS] = await bars_of(session, parts, viewer.office)
    return await handler(request)


MIDDLEWARES = (tell_errors, know_visitor, check_right, check_form, know_ways)
