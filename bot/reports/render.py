"""The weekly page as one HTML file and as PDF. Layout only: every word and figure comes from `bot.reports.page`.

What people and platforms wrote is data here: Jinja escapes it, Typst gets it as JSON. Libraries load at first use.
"""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import asdict
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from bot.reports.charts import weeks_chart
from bot.reports.shapes import Page

TEMPLATES = Path(__file__).parent / "templates"


class CannotRender(Exception):
    """The PDF could not be made; the message is for the log."""


def html(page: Page) -> str:
    """One self-contained file: styles and charts inside, nothing fetched."""
    return _template().render(p=page, charts=[b64encode(c).decode() for c in charts(page, "png")])


def pdf(page: Page, at: datetime) -> bytes:
    """A4, tagged for screen readers (PDF/UA-1); the same page and `at` give the same bytes. Raises `CannotRender`."""
    import matplotlib
    import typst

    drawn = json.dumps([c.decode() for c in charts(page, "svg")])
    try:
        made = typst.compile(
            str(TEMPLATES / "weekly.typ"),
            format="pdf",
            # Its own fonts and matplotlib's: the page looks the same on every machine.
            font_paths=[str(Path(matplotlib.get_data_path(), "fonts", "ttf"))],
            ignore_system_fonts=True,
            sys_inputs={"page": json.dumps(asdict(page), ensure_ascii=False), "charts": drawn},
            pdf_standards=["ua-1"],
            timestamp=int(at.timestamp()),
        )
    except (typst.TypstError, RuntimeError) as error:  # the binding raises both
        raise CannotRender(str(error)) from error
    return bytes(made)


def charts(page: Page, form: str) -> list[bytes]:
    """Five weeks of each channel that has figures, as png or svg."""
    return [weeks_chart(page.weeks, p.values, language=page.language, form=form) for p in page.panels]


@lru_cache
def _template() -> Template:
    world = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return world.get_template("weekly.html")
