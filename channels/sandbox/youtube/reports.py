"""Analytics: reports.query. youtube.md 4.1."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from aiohttp import web

from channels.sandbox.core import Account, Item, Refusal
from channels.sandbox.youtube.asked import Asked, answered
from channels.sandbox.youtube.base import MEASURE, PACIFIC, Base
from channels.sandbox.youtube.rules import RULES

METRICS: Final = frozenset(
    {
        "views",
        "engagedViews",
        "estimatedMinutesWatched",
        "averageViewDuration",
        "averageViewPercentage",
        "likes",
        "comments",
        "shares",
        "subscribersGained",
        "subscribersLost",
        "videosAddedToPlaylists",
    }
)
_AVERAGES: Final = frozenset({"averageViewDuration", "averageViewPercentage"})
# Known to YouTube, without figures here: the answer has no rows, as when YouTube has none.
_EMPTY: Final = frozenset(
    {"insightTrafficSourceType", "country", "deviceType", "creatorContentType", "subscribedStatus"}
)
_DELAY: Final = timedelta(hours=60)
_MOST_VIDEOS: Final = 200
_WORDS: Final = ("ids", "startDate", "endDate", "metrics", "dimensions", "filters", "sort", "maxResults", "startIndex")


@dataclass(frozen=True)
class _Query:
    metrics: list[str]
    dimension: str
    first: date
    last: date
    videos: list[str]


class Reports(Base):
    """Figures by day and by video, two to three days late."""

    def report_routes(self) -> list[web.RouteDef]:
        """The only endpoint."""
        return [web.get("/v2/reports", self._reports)]

    async def _reports(self, request: web.Request) -> web.Response:
        # Analytics has a quota of its own, apart from the Data API's units.
        account, asked = self.enter(request, 0, MEASURE, *_WORDS)
        if asked.need("ids") not in ("channel==MINE", f"channel=={account.remote_id}"):
            raise Refusal(RULES["forbidden"])
        query = _read(asked)
        start, size = asked.number("startIndex", 1, 10**9, 1), asked.number("maxResults", 1, 10**9, 10**9)
        headers = [{"name": query.dimension, "columnType": "DIMENSION", "dataType": "STRING"}]
        headers = headers if query.dimension else []
        headers += [
            {"name": n, "columnType": "METRIC", "dataType": "FLOAT" if n == "averageViewPercentage" else "INTEGER"}
            for n in query.metrics
        ]
        body: dict[str, Any] = {"kind": "youtubeAnalytics#resultTable", "columnHeaders": headers}
        rows = _sorted(self._rows(account, query), asked, [h["name"] for h in headers])
        if rows:
            body["rows"] = rows[start - 1 : start - 1 + size]
        return answered(request, body)

    def _rows(self, account: Account, query: _Query) -> list[list[Any]]:
        # The last days are not ready: the end is cut to the last processed day.
        last = min(query.last, (self.now() - _DELAY).astimezone(PACIFIC).date())
        days = [query.first + timedelta(days=n) for n in range((last - query.first).days + 1)]
        if not days or query.dimension in _EMPTY:
            return []
        own = [i for i in self.items.values() if i.account == account.remote_id and i.state != "removed"]
        if query.dimension == "video":
            items = [i for i in own if not query.videos or i.remote_id in query.videos]
            found = [(i.remote_id, self._of_video(i, days[0], last)) for i in items]
            return [[name, *_cells(query, f)] for name, f in found if f["views"]]
        of_day: Callable[[date], dict[str, int]]
        if query.videos:
            chosen = [i for i in own if i.remote_id in query.videos]
            of_day = lambda day: _total([self._of_video(i, day, day) for i in chosen])  # noqa: E731
        else:
            of_day = lambda day: account.days.get(day.isoformat(), {})  # noqa: E731
        found_days = [(day, f) for day in days if (f := of_day(day))]
        if query.dimension == "day":
            return [[day.isoformat(), *_cells(query, f)] for day, f in found_days]
        return [_cells(query, _total([f for _, f in found_days]))] if found_days else []

    def _of_video(self, item: Item, first: date, last: date) -> dict[str, int]:
        """What a video gained from the start of one Pacific day to the end of another."""
        before, after = (self.figures(item, _midnight(day)) for day in (first, last + timedelta(days=1)))
        return {name: after[name] - before.get(name, 0) for name in after if name in METRICS}


def _read(asked: Asked) -> _Query:
    """The query, refused when it is none that YouTube answers."""
    metrics = asked.need("metrics").split(",")
    dimension = asked.text("dimensions")
    if not set(metrics) <= METRICS or len(set(metrics)) != len(metrics):
        raise Refusal(RULES["query"])
    if dimension and dimension not in ("day", "video") and dimension not in _EMPTY:
        raise Refusal(RULES["query"])
    # the list of videos is a list of the top ones: it needs an order and an end
    if dimension == "video":
        if "sort" not in asked or "maxResults" not in asked:
            raise Refusal(RULES["query"])
        if asked.number("maxResults", 1, 10**9, 1) > _MOST_VIDEOS:
            raise Refusal(RULES["query"])
    first, last = (_day(asked.need(name)) for name in ("startDate", "endDate"))
    if first > last:
        raise Refusal(RULES["query"])
    videos: list[str] = []
    if "filters" in asked:
        found = re.fullmatch(r"video==([\w-]+(?:,[\w-]+)*)", asked.text("filters"))
        if not found:
            raise Refusal(RULES["query"])
        videos = found[1].split(",")
    return _Query(metrics, dimension, first, last, videos)


def _day(text: str) -> date:
    """A day as Analytics writes it. Raises `ValueError` for anything else."""
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        raise ValueError("no YYYY-MM-DD")
    return date.fromisoformat(text)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), PACIFIC)


def _total(figures: list[dict[str, int]]) -> dict[str, int]:
    names = {name for one in figures for name in one}
    total = {name: sum(one.get(name, 0) for one in figures) for name in names}
    # an average over days is no sum of them
    return {name: value // len(figures) if name in _AVERAGES else value for name, value in total.items()}


def _cells(query: _Query, figures: dict[str, int]) -> list[Any]:
    return [figures.get(name, 0) for name in query.metrics]


def _sorted(rows: list[list[Any]], asked: Asked, names: list[str]) -> list[list[Any]]:
    """Order by `sort`: a column, "-" before it for the largest first; several with commas."""
    if "sort" not in asked:
        return rows
    for word in reversed(asked.text("sort").split(",")):
        name = word.removeprefix("-")
        if name not in names:
            raise Refusal(RULES["query"])
        place = names.index(name)
        rows = sorted(rows, key=lambda row, place=place: row[place], reverse=word.startswith("-"))  # type: ignore[misc]
    return rows
