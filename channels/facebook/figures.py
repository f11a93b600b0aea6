"""What is counted of a Page and its posts. Facts: facebook.md 5.

Facebook renames and removes metrics without a new version of its API. A definition therefore carries the day since
which it is the one in use: whatever changes in name or day is a new series, never a jump in an old one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from channels.base import Metric
from channels.errors import Rejected
from channels.facebook import values
from channels.facebook.calls import FacebookCalls
from channels.facebook.errors import says

_WINDOW: Final = timedelta(days=90)
_INVALID: Final = frozenset({"100", "3001"})
_COUNTS: Final = ("reactions", "comments")

_Rows = list[tuple[datetime | None, object]]


@dataclass(frozen=True)
class Definition:
    """One metric: `name` as Facebook calls it, `ours` as we do. `since`: the day from which it counts in place of what
    was removed then, by facebook.md 5.3; empty where nothing was."""

    name: str
    ours: str
    unit: str = "occurrences"
    period: str = "lifetime"
    since: str = ""

    @property
    def series(self) -> str:
        """What readings must share to be compared."""
        return f"facebook:{self.name}@{self.since}" if self.since else f"facebook:{self.name}"

    def value(self, told: object, *, day: str = "") -> Metric:
        """The figure; what is no number is not told."""
        return Metric(self.ours, values.count(told), self.unit, self.series, period=self.period, day=day)


VIEWS_BEGAN, REACH_BEGAN = "2025-11-15", "2026-06-15"
COUNTED: Final = tuple(Definition(name, name) for name in (*_COUNTS, "shares"))
POST: Final = (
    Definition("post_media_view", "views", since=VIEWS_BEGAN),
    Definition("post_total_media_view_unique", "reach", "people", since=REACH_BEGAN),
)
CLIP: Final = (Definition("blue_reels_play_count", "views"), Definition("total_video_views", "views"))
"""Plays of a clip whose post tells none, best first: a reel has insights of its own kind."""
PAGE: Final = (
    Definition("page_total_media_view_unique", "reach", "people", "week", REACH_BEGAN),
    Definition("page_media_view", "views", period="day", since=VIEWS_BEGAN),
)
FOLLOWERS: Final = Definition("followers_count", "followers", "people", "day")


class FacebookFigures(FacebookCalls):
    """Figures of a post and of the Page."""

    async def read_metrics(self, remote_id: str) -> Sequence[Metric]:
        """Reactions, comments, shares, and the insights that exist; one invalid name never loses the others."""
        node, counts = await self._counts(remote_id)
        found = [definition.value(counts[definition.name]) for definition in COUNTED]
        told = await self._insights(node, [d.name for d in POST], period="lifetime")
        for definition in POST:
            if definition.name in told:
                rows = told[definition.name]
                found.append(definition.value(rows[-1][1] if rows else None))
        views = any(m.name == "views" and m.value is not None for m in found)
        return found if views or "_" in remote_id else [*found, *await self._plays(remote_id)]

    async def _counts(self, remote_id: str) -> tuple[str, Mapping[str, object]]:
        """What a post counts itself, and the post's id: a clip is a post under the Page's id and its own, or under
        one that it tells."""
        fields = "shares,comments.limit(0).summary(total_count),reactions.limit(0).summary(total_count)"
        node = remote_id if "_" in remote_id else f"{self.account.remote_id}_{remote_id}"
        try:
            body = await self.get(node, fields=fields)
        except Rejected as error:
            post = "" if "_" in remote_id or not says(error, _INVALID) else await self.post_of(remote_id)
            if post in ("", node):
                raise
            node, body = post, await self.get(post, fields=fields)
        found = {name: values.inner(values.inner(body.get(name)).get("summary")).get("total_count") for name in _COUNTS}
        # absent when nobody shared
        return node, {**found, "shares": values.inner(body.get("shares") or {"count": 0}).get("count")}

    async def _plays(self, video: str) -> list[Metric]:
        try:
            rows = values.rows((await self.get(f"{video}/video_insights")).get("data"))
        except Rejected:
            return []
        told = {values.text(row.get("name")): values.rows(row.get("values")) for row in rows}
        found = [d.value(told[d.name][-1].get("value")) for d in CLIP if told.get(d.name)]
        return [metric for metric in found if metric.value is not None][:1]

    async def read_account_metrics(self, since: datetime, until: datetime) -> Sequence[Metric]:
        """Weekly reach (deduplicated by Facebook), daily views, followers now."""
        found = []
        for definition in PAGE:
            for start, end in _windows(since, until):
                words = {"since": str(int(start.timestamp())), "until": str(int(end.timestamp()))}
                names = [definition.name]
                asked = await self._insights(self.account.remote_id, names, period=definition.period, **words)
                for ended, value in asked.get(definition.name, []):
                    # A value belongs to the day before its end_time, which is midnight Pacific.
                    if ended is not None:
                        day = (ended - timedelta(days=1)).date().isoformat()
                        found.append(definition.value(value, day=day))
        page = await self.get(self.account.remote_id, fields=FOLLOWERS.name)
        return [*found, FOLLOWERS.value(page.get(FOLLOWERS.name), day=until.date().isoformat())]

    async def _insights(self, node: str, names: list[str], **words: str) -> dict[str, _Rows]:
        """Values by metric name; asked one by one when the whole call is refused for one invalid name, and the invalid
        one is left out."""
        try:
            body = await self.get(f"{node}/insights", metric=",".join(names), **words)
        except Rejected as error:
            if len(names) == 1:
                return {} if says(error, _INVALID) else {names[0]: []}
            found: dict[str, _Rows] = {}
            for name in names:
                found |= await self._insights(node, [name], **words)
            return found
        told = {values.text(row.get("name")): _values(row) for row in values.rows(body.get("data"))}
        return {name: told.get(name, []) for name in names}


def _values(row: Mapping[str, Any]) -> _Rows:
    return [(values.moment(v.get("end_time")), v.get("value")) for v in values.rows(row.get("values"))]


def _windows(since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The span in pieces that Facebook takes: at most 90 days each."""
    start = since
    while start < until:
        end = min(until, start + _WINDOW)
        yield start, end
        start = end
