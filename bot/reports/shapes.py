"""What the weekly page consists of: strings, ready to be laid out by the templates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Cell:
    """One figure in a table and what may be said beside it."""

    value: str
    notes: Sequence[str] = ()
    known: bool = True


@dataclass(frozen=True)
class Row:
    """One line of the channel table. `marks` is the certainty as ●●○, `certainty` the same in words."""

    name: str
    posts: str
    reach: Cell
    views: Cell
    engagement: Cell
    followers: Cell
    marks: str
    certainty: str
    missing: str


@dataclass(frozen=True)
class Panel:
    """Five weeks of one channel's main figure, for the chart and its table."""

    title: str
    values: Sequence[int | None]
    shown: Sequence[str]
    alt: str


@dataclass(frozen=True)
class TopPost:
    """One post in the list; `link` is empty unless it is a plain web address."""

    channel: str
    title: str
    figures: str
    link: str


@dataclass(frozen=True)
class Page:
    """Everything the page shows. `labels` are headings and table heads by name."""

    language: str
    office: str
    title: str
    period: str
    stamp: str
    lead: Sequence[str]
    rows: Sequence[Row]
    weeks: Sequence[str]
    panels: Sequence[Panel]
    top: Sequence[TopPost]
    incidents: str
    incident_rows: Sequence[Sequence[str]]
    feedback: Sequence[str]
    remote: Sequence[str]
    plan: Sequence[str]
    notes: Sequence[str]
    labels: Mapping[str, str]
