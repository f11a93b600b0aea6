"""Reading what a request says: words and files of any body form, times, cursors; and what a text or file must be."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from aiohttp import web

from channels.sandbox.core import Refusal
from channels.sandbox.facebook.params import invalid, yes
from channels.sandbox.facebook.rules import LEAST_VIDEO, MOST_PICTURE, MOST_TEXT, MOST_VIDEO, RULES

SECRET_WORDS: Final = frozenset({"access_token", "appsecret_proof", "fields", "locale"})
MOST_ROWS: Final = 100
_USUAL_ROWS: Final = 25
_PICTURES: Final = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"BM", b"II*\x00", b"MM\x00*")
_SOON: Final = timedelta(minutes=10)
_AHEAD: Final = re.compile(r"([+-]?\d+) (minute|hour|day|week)s?")
_DAYS: Final = {"yesterday": -1, "today": 0, "tomorrow": 1}


class File(bytes):
    """A file of a form, with the name that it came under."""

    name = ""


async def words_of(request: web.Request) -> tuple[dict[str, str], dict[str, bytes]]:
    """Query and body together: form, multipart and JSON are all taken, as the notes say; null is nothing."""
    words, files = dict(request.query), dict[str, bytes]()
    if request.method in ("POST", "PUT") and request.can_read_body:
        if request.content_type == "application/json":
            body = await request.json()
            told = {k: v for k, v in body.items() if v is not None}
            words |= {k: v if isinstance(v, str) else json.dumps(v, ensure_ascii=False) for k, v in told.items()}
        else:
            for name, value in (await request.post()).items():
                if isinstance(value, web.FileField):
                    files[name] = file = File(value.file.read())
                    file.name = value.filename
                elif isinstance(value, bytes):
                    files[name] = value
                else:
                    words[name] = str(value)
    return words, files


def moment(told: str, now: datetime) -> datetime:
    """Unix seconds, ISO 8601 (UTC where it names no zone), or the plain words of strtotime: tomorrow, +2 hours.

    Raises `ValueError` for anything else.
    """
    ahead = _AHEAD.fullmatch(told.strip())
    if told.isdigit():
        try:
            return datetime.fromtimestamp(int(told), UTC)
        except (OverflowError, OSError) as error:
            raise ValueError("no time") from error
    if told == "now":
        return now
    if told in _DAYS:
        return now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=_DAYS[told])
    if ahead is not None:
        return now + int(ahead[1]) * timedelta(**{f"{ahead[2]}s": 1})
    at = datetime.fromisoformat(told)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Timing:
    """How something is to appear: `state` live, scheduled or unpublished, `due` for a scheduled one."""

    state: str
    due: datetime | None = None


def timing(words: Mapping[str, str], now: datetime, longest: timedelta) -> Timing:
    """Read published and scheduled_publish_time of a post, photo or video."""
    published = yes(words, "published", default=True)
    if "scheduled_publish_time" not in words:
        return Timing("live" if published else "unpublished")
    if published:
        raise Refusal(RULES["schedule_live"])
    return Timing("scheduled", publish_time(words["scheduled_publish_time"], now, longest))


def publish_time(told: str, now: datetime, longest: timedelta) -> datetime:
    """A time between ten minutes and `longest` ahead."""
    try:
        due = moment(told, now)
    except ValueError:
        raise Refusal(RULES["schedule"]) from None
    if not _SOON <= due - now <= longest:
        raise Refusal(RULES["schedule"])
    return due


def check_text(text: str) -> None:
    """Refuse a text that is too long."""
    if len(text) > MOST_TEXT:
        raise Refusal(RULES["too_long"])


def check_link(link: str) -> None:
    """Refuse an address that Facebook would not take."""
    if not re.match(r"https?://[^\s/]+[^\s]*$", link):
        raise Refusal(RULES["invalid_url"])
    if re.match(r"https?://(?:[\w-]+\.)*facebook\.com(?:[/:?#]|$)", link):
        raise Refusal(RULES["own_link"])


def check_picture(data: bytes) -> None:
    """Refuse what is no picture or too big a one."""
    if not data.startswith(_PICTURES):
        raise Refusal(RULES["bad_image"])
    if len(data) > MOST_PICTURE:
        raise Refusal(RULES["big_image"])


def check_video_size(size: int) -> None:
    """Refuse a clip by its size in bytes."""
    if size < LEAST_VIDEO:
        raise Refusal(RULES["small_video"])
    if size > MOST_VIDEO:
        raise Refusal(RULES["big_video"])


def check_video(size: int, head: bytes) -> None:
    """Refuse what is no clip by how it begins, or too small or too big a one."""
    check_video_size(size)
    if b"ftyp" not in head:
        raise Refusal(RULES["bad_video"])


def time_text(at: datetime) -> str:
    """The platform's way to write a time."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def within(at: datetime, words: Mapping[str, str], now: datetime) -> bool:
    """True when a time lies between `since` and `until`, in whole seconds as the platform counts."""
    since, until = words.get("since"), words.get("until")
    at = at.replace(microsecond=0)
    return (not since or at >= moment(since, now)) and (not until or at <= moment(until, now))


def paged(rows: list[dict[str, Any]], words: Mapping[str, str], url: str) -> dict[str, Any]:
    """Cursor paging of the list at `url`. `next` carries every word, the token too, and is there when more follows."""
    limit = int(words.get("limit") or _USUAL_ROWS)
    after, before = words.get("after") or "0", words.get("before") or ""
    if limit < 0 or not after.isdigit() or not (before or "0").isdigit():
        raise invalid("Invalid limit or cursor")
    limit = min(limit, MOST_ROWS)
    start = max(0, int(before) - limit) if before else int(after)
    page = rows[start : int(before) if before else start + limit]
    body: dict[str, Any] = {"data": page}
    if page:
        asked = {k: v for k, v in words.items() if k not in ("after", "before")}
        end = start + len(page)
        body["paging"] = {"cursors": {"before": str(start), "after": str(end)}}
        if end < len(rows):
            body["paging"]["next"] = f"{url}?{urlencode({**asked, 'after': end})}"
        if start > 0:
            body["paging"]["previous"] = f"{url}?{urlencode({**asked, 'before': start})}"
    return body
