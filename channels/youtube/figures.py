"""What is counted of a channel and its videos. Facts: youtube.md 0 and 4.

YouTube changes what a view is without a new version of its API. A series of views therefore carries the month in which
its way of counting began: a redefinition is a new series, never a jump in an old one. What was counted as a view
before goes on as Analytics' engaged views, a series of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from typing import Any, Final

from channels.base import Metric
from channels.errors import ChannelError, Rejected
from channels.youtube import values
from channels.youtube.calls import CALL_S, YouTubeCalls

_COUNTED_SINCE: Final = (
    (date(2026, 8, 24), ":2026-08"),  # at playback start, for every kind of video
    (date(2025, 3, 31), ":2025-03"),  # so for Shorts alone: a channel's sum has both
)
_BEGAN: Final = "2005-04-23"
"""No video is older."""
_OF_DAYS: Final = {"views": "views", "engagedViews": "engaged_views"}
_OF_VIDEO: Final = {"shares": "shares", "engagedViews": "engaged_views"}
"""Analytics' name and ours."""


def series_of_views(name: str, day: date) -> str:
    """The series that views of a day, or read on it, belong to. Pure."""
    return name + next((mark for since, mark in _COUNTED_SINCE if day >= since), "")


class YouTubeFigures(YouTubeCalls):
    """Figures of videos and of the channel."""

    async def read_metrics(self, remote_id: str) -> Sequence[Metric]:
        """Views, likes and comments now; shares and engaged views as Analytics has them, two to three days late. What
        YouTube leaves out is None, not zero."""
        rows = values.rows(await self._list("videos", part="statistics", id=remote_id))
        told = values.inner(rows[0], "statistics") if rows else {}
        day = self.now().astimezone(values.PACIFIC).date()
        views = series_of_views("youtube:viewCount", day)
        found = [
            Metric("views", values.count(told.get("viewCount")), "occurrences", views),
            Metric("reactions", values.count(told.get("likeCount")), "occurrences", "youtube:likeCount"),
            Metric("comments", values.count(told.get("commentCount")), "occurrences", "youtube:commentCount"),
        ]
        words = {"startDate": _BEGAN, "endDate": day.isoformat(), "filters": f"video=={remote_id}"}
        total: dict[str, Any] = {}
        with suppress(ChannelError):  # it has limits and rights of its own
            for row in await self._report(list(_OF_VIDEO), **words) if rows else ():
                total |= row
        return [*found, *(_late(name, ours, total) for name, ours in _OF_VIDEO.items())]

    async def read_account_metrics(self, since: datetime, until: datetime) -> Sequence[Metric]:
        """Daily views from Analytics (days in Pacific time, two to three days late) and subscribers now."""
        first, last = (at.astimezone(values.PACIFIC).date().isoformat() for at in (since, until))
        found = []
        for row in await self._report(list(_OF_DAYS), startDate=first, endDate=last, dimensions="day"):
            day = values.day(row.get("day"))
            if day is not None:
                found += [_of_day(name, ours, row, day) for name, ours in _OF_DAYS.items() if name in row]
        channel = await self._mine("statistics")
        count = values.count(values.inner(channel, "statistics").get("subscriberCount"))
        today = until.date().isoformat()
        found.append(Metric("followers", count, "people", "youtube:subscriberCount:rounded", "day", today))
        return found

    async def _report(self, metrics: list[str], **words: str) -> list[dict[str, Any]]:
        """The rows of an Analytics report by the columns' names. Metrics that it refuses together are asked for one by
        one, so that one that is no more never loses the others; a report that cannot be had has no rows."""
        try:
            body = await self._ask(
                lambda g: g.execute(
                    g.service("youtubeAnalytics")
                    .reports()
                    .query(ids="channel==MINE", metrics=",".join(metrics), **words),
                    writes=False,
                    timeout_s=CALL_S,
                ),
                writes=False,
            )
        except Rejected:
            parts = [await self._report([name], **words) for name in metrics] if len(metrics) > 1 else []
            return [row for part in parts for row in part]
        names = [str(column.get("name")) for column in values.rows(body, "columnHeaders")]
        rows = body.get("rows")
        told = rows if isinstance(rows, list) else []
        return [dict(zip(names, row, strict=False)) for row in told if isinstance(row, list)]


def _late(name: str, ours: str, told: Mapping[str, Any]) -> Metric:
    return Metric(ours, values.count(told.get(name)), "occurrences", f"youtube:analytics:{name}")


def _of_day(name: str, ours: str, told: Mapping[str, Any], day: date) -> Metric:
    series = f"youtube:analytics:{name}"
    series = series_of_views(series, day) if name == "views" else series
    return Metric(ours, values.count(told.get(name)), "occurrences", series, "day", day.isoformat())
