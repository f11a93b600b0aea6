"""Renders templates: one Jinja environment a language, everything escaped, undefined names are errors."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.console.flash import FLASH
from bot.console.viewer import BARS, PARTS, VIEWER, WORDS, Format
from bot.console.words import LANGUAGES, words
from models.office import Role

HERE = Path(__file__).parent
STATIC = {path.name: path.read_bytes() for path in sorted((HERE / "static").iterdir()) if path.is_file()}
"""The whole of what is served as files, read once: no path from outside is ever opened."""
VERSION = hashlib.sha256(b"".join(STATIC.values())).hexdigest()[:12]


def _environment(language: str) -> Environment:
    env = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    said = words(language)
    env.install_gettext_callables(said.gettext, said.ngettext, newstyle=True)  # type: ignore[attr-defined]
    env.filters["capitalize_first"] = lambda text: text[:1].upper() + text[1:]
    env.globals |= {"Role": Role, "static_version": VERSION, "language": language}
    return env


_ENVIRONMENTS = {language: _environment(language) for language in LANGUAGES}


def format_of(request: web.Request) -> Format:
    """Return how things are written for the reader of this request."""
    viewer, parts = request.get(VIEWER), request.app[PARTS]
    tz = viewer.tz if viewer else ZoneInfo(parts.settings.zone)
    return Format(request[WORDS], tz, parts.now())


def render(request: web.Request, template: str, **context: Any) -> str:
    """Return the template as text, with the reader's words and formats."""
    parts, viewer = request.app[PARTS], request.get(VIEWER)
    said = request[WORDS]
    common = {
        "me": viewer,
        "fmt": format_of(request),
        "path": request.path,
        "csrf": viewer.csrf if viewer else "",
        "now": parts.now(),
        "degraded": parts.scorer.degraded,
        "bars": request.get(BARS, ()),
    }
    return _ENVIRONMENTS[said.language].get_template(template).render(common | context)


def page(request: web.Request, template: str, *, status: int = 200, **context: Any) -> web.Response:
    """Return a whole page; what was to be said after a redirect is said here once."""
    viewer = request.get(VIEWER)
    notes = request.app[FLASH].take(viewer.session_id) if viewer else []
    text = render(request, template, notes=notes, **context)
    return web.Response(text=text, status=status, content_type="text/html", charset="utf-8")


def fragment(request: web.Request, template: str, **context: Any) -> web.Response:
    """Return a part of a page for the script that keeps it fresh."""
    return web.Response(text=render(request, template, **context), content_type="text/html", charset="utf-8")
