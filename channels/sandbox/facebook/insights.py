"""Figures: metrics that exist and those that were removed, by period and window. facebook.md 5."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from channels.sandbox.core import Account, Item, Refusal
from channels.sandbox.facebook.params import invalid, several
from channels.sandbox.facebook.rules import RULES
from channels.sandbox.facebook.words import moment, time_text

_MOST: Final = {"day", "week", "days_28"}
PAGE_METRICS: Final = {
    "page_media_view": _MOST,
    "page_total_media_view_unique": _MOST,
    "page_post_engagements": _MOST,
    "page_follows": {"day"},
    "page_daily_follows": {"day"},
    "page_daily_follows_unique": _MOST,
    "page_daily_unfollows_unique": _MOST,
    "page_views_total": _MOST,
    "page_total_actions": _MOST,
    "page_video_views": _MOST,
    "page_video_view_time": {"day"},
    "page_actions_post_reactions_total": {"day"},
    "page_lifetime_engaged_followers_unique": {"day"},
    "page_fan_adds_by_paid_non_paid_unique": {"day"},
}
REACTIONS: Final = {"like": 80, "love": 8, "wow": 3, "haha": 4, "sorry": 3, "anger": 2}
POST_METRICS: Final = frozenset(
    {
        "post_media_view",
        "post_total_media_view_unique",
        "post_clicks",
        "post_clicks_by_type",
        "post_reactions_by_type_total",
        "post_activity_by_action_type",
        "post_activity_by_action_type_unique",
        "post_video_views",
        "post_video_avg_time_watched",
        "post_video_view_time",
        *(f"post_reactions_{kind}_total" for kind in REACTIONS),
    }
)
VIDEO_METRICS: Final = frozenset(
    {
        "blue_reels_play_count",
        "fb_reels_total_plays",
        "fb_reels_replay_count",
        "post_video_avg_time_watched",
        "post_video_view_time",
        "post_video_likes_by_reaction_type",
        "post_video_social_actions",
        "post_video_followers",
        "total_video_views",
        "total_video_impressions",
        "total_video_reactions_by_type_total",
    }
)
_BREAKDOWNS: Final = frozenset({"is_from_ads", "is_from_followers"})
_LEAST_LIKES: Final = 100
_LONGEST: Final = timedelta(days=90)
_KEPT: Final = timedelta(days=730)


def figures_of(item: Item, now: datetime) -> dict[str, int]:
    """Figures grow with age and comments, the same on every reading of the same time."""
    own = int(item.remote_id in item.extra.get("liked", ()))
    if item.history:
        kept = {"views": 0, "reach": 0, "reactions": 0, "clicks": 0, "shares": 0, **item.figures}
        return {**kept, "reactions": kept["reactions"] + own}
    hours = max(0.0, (now - item.at).total_seconds() / 3600)
    size = 400 + int(hashlib.sha256(item.remote_id.encode()).hexdigest()[:3], 16)
    views = int(size * 12 * (1 - 0.8**hours)) + 9 * len(item.remarks)
    return {
        "views": views,
        "reach": views * 7 // 10,
        "reactions": views // 25 + own,
        "clicks": views // 40,
        "shares": item.figures.get("shares", 0),
    }


def by_reaction(total: int) -> dict[str, int]:
    """The reactions by kind; they add up to the total, likes take the remainder."""
    parts = {kind: total * share // 100 for kind, share in REACTIONS.items() if kind != "like"}
    return {"like": total - sum(parts.values()), **parts}


def page_insights(page: Account, words: Mapping[str, str], now: datetime, url: str) -> dict[str, Any]:
    """GET /{page}/insights. Empty `data` is normal; a Page with under 100 likes has none."""
    names = _names(words)
    period = words.get("period", "day")
    if any(n not in PAGE_METRICS or period not in PAGE_METRICS[n] for n in names):
        raise Refusal(RULES["metric"])
    since, until = _span(words, now)
    if page.followers < _LEAST_LIKES:
        return {"data": []}
    data = [{"name": n, "period": period, "values": _values(page, n, period, since, until), "title": n,
             "description": n, "id": f"{page.remote_id}/insights/{n}/{period}"} for n in names]  # fmt: skip
    data = [d for d in data if d["values"]]
    if not data:
        return {"data": []}
    ends, length = (int(since.timestamp()), int(until.timestamp())), int((until - since).total_seconds())
    around = {"previous": (ends[0] - length, ends[0]), "next": (ends[1], ends[1] + length)}
    kept = {k: v for k, v in words.items() if k != "date_preset"}
    return {"data": data, "paging": {k: f"{url}?{urlencode({**kept, 'since': a, 'until': b})}"
                                     for k, (a, b) in around.items()}}  # fmt: skip


def post_insights(item: Item, words: Mapping[str, str], now: datetime) -> dict[str, Any]:
    """GET /{post}/insights, period lifetime."""
    names = _names(words)
    if words.get("period", "lifetime") != "lifetime" or any(n not in POST_METRICS for n in names):
        raise Refusal(RULES["metric"])
    f = figures_of(item, now)
    if not f["views"]:  # facebook.md 5.1: empty is normal for a new post, and is not 0
        return {"data": []}
    kinds = by_reaction(f["reactions"])
    actions = {"comment": len(item.remarks), "like": f["reactions"], "share": f["shares"]}
    values: dict[str, Any] = {
        "post_media_view": f["views"],
        "post_total_media_view_unique": f["reach"],
        "post_clicks": f["clicks"],
        "post_clicks_by_type": {"other clicks": f["clicks"]},
        "post_reactions_by_type_total": {k: n for k, n in kinds.items() if n},
        "post_activity_by_action_type": {k: n for k, n in actions.items() if n},
        "post_activity_by_action_type_unique": {k: n for k, n in actions.items() if n},
        **{f"post_reactions_{kind}_total": n for kind, n in kinds.items()},
    }
    if item.form == "video":
        values |= {"post_video_views": f["views"] // 2, "post_video_avg_time_watched": 9_000,
                   "post_video_view_time": f["views"] // 2 * 9_000}  # fmt: skip
    return _lifetime(item.remote_id, names, values)


def video_insights(item: Item, words: Mapping[str, str], now: datetime) -> dict[str, Any]:
    """GET /{video}/video_insights; without a metric all of them."""
    names = several(words.get("metric", "")) or sorted(VIDEO_METRICS)
    if any(n not in VIDEO_METRICS for n in names):
        raise Refusal(RULES["metric"])
    f = figures_of(item, now)
    kinds = {k: n for k, n in by_reaction(f["reactions"]).items() if n}
    values: dict[str, Any] = {
        "post_video_avg_time_watched": 9_000,
        "post_video_view_time": f["views"] * 9_000,
        "post_video_likes_by_reaction_type": kinds,
        "post_video_social_actions": {"COMMENT": len(item.remarks), "SHARE": f["shares"]},
    }
    if item.extra.get("reel"):
        values |= {"blue_reels_play_count": f["views"], "fb_reels_total_plays": f["views"] * 11 // 10,
                   "fb_reels_replay_count": f["views"] // 10}  # fmt: skip
    else:
        values |= {"total_video_views": f["views"] // 2, "total_video_reactions_by_type_total": kinds}
    return _lifetime(item.remote_id, names, values)


def _names(words: Mapping[str, str]) -> list[str]:
    names = several(words.get("metric", ""))
    if not names:
        raise Refusal(RULES["no_metric"])
    if not set(several(words.get("breakdown", ""))) <= _BREAKDOWNS:
        raise invalid("Invalid breakdown")
    return names


def _lifetime(node: str, names: list[str], values: Mapping[str, Any]) -> dict[str, Any]:
    data = [{"name": n, "period": "lifetime", "values": [{"value": values[n]}], "title": n, "description": n,
             "id": f"{node}/insights/{n}/lifetime"} for n in names if n in values]  # fmt: skip
    return {"data": data}


def _span(words: Mapping[str, str], now: datetime) -> tuple[datetime, datetime]:
    if "date_preset" in words:
        return preset(words["date_preset"], now)
    until = moment(words["until"], now) if words.get("until") else now
    since = moment(words["since"], now) if words.get("since") else until - timedelta(days=2)
    if not timedelta() < until - since <= _LONGEST:
        raise Refusal(RULES["window"])
    return since, until


def preset(name: str, now: datetime) -> tuple[datetime, datetime]:
    """The span that a word of `date_preset` means."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if name.startswith("last_") and name.endswith("d"):
        return today - timedelta(days=int(name[5:-1])), today
    monday, sunday = today - timedelta(days=today.weekday()), today - timedelta(days=(today.weekday() + 1) % 7)
    month, year = today.replace(day=1), today.replace(month=1, day=1)
    quarter = today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1)
    week = timedelta(days=7)
    spans = {
        "today": (today, now),
        "yesterday": (today - timedelta(days=1), today),
        "this_week_mon_today": (monday, now),
        "this_week_sun_today": (sunday, now),
        "last_week_mon_sun": (monday - week, monday),
        "last_week_sun_sat": (sunday - week, sunday),
        "this_month": (month, now),
        "last_month": ((month - timedelta(days=1)).replace(day=1), month),
        "this_quarter": (quarter, now),
        "last_quarter": ((quarter - timedelta(days=80)).replace(day=1), quarter),
        "this_year": (year, now),
        "last_year": (year.replace(year=year.year - 1), year),
    }
    return spans.get(name, (now - _KEPT, now))


def _values(page: Account, name: str, period: str, since: datetime, until: datetime) -> list[dict[str, Any]]:
    """Daily values; a week's is not their sum but what was deduplicated, kept under `week:<metric>`."""
    key = name if period == "day" else f"{period}:{name}"
    found = []
    for day, figures in sorted(page.days.items()):
        end = datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(days=1, hours=8)
        if key in figures and since < end <= until:
            found.append({"value": figures[key], "end_time": time_text(end)})
    return found
