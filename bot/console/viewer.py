"""Who is looking, in which language and zone, and how things are written for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from aiohttp import web
from babel.numbers import format_decimal

from bot.console import labels
from bot.console.words import Words
from bot.parts import Actor, Parts
from channels.errors import Told
from channels.registry import CHANNELS
from channels.review.files import TYPES
from models.names import LANGUAGES
from models.office import Organisation
from models.post import Timing
from models.queue import Every, Recurrence
from models.states import DELIVERY, INCIDENT, POST, DeliveryState, IncidentState, PostState

PARTS = web.AppKey("parts", Parts)


@dataclass(frozen=True)
class Viewer:
    """A signed-in person. `csrf` goes into every form; `session_id` is the row of this sign-in."""

    actor: Actor
    login: str
    organisation: Organisation
    session_id: int
    csrf: str

    @property
    def tz(self) -> ZoneInfo:
        """The office's zone."""
        return ZoneInfo(self.organisation.zone)

    @property
    def office(self) -> int:
        """The organisation whose things this person may see; every query filters by it."""
        return self.actor.organisation_id


VIEWER = web.RequestKey("viewer", Viewer)
WORDS = web.RequestKey("words", Words)
BARS = web.RequestKey("bars", Sequence[Told])
"""What every page says at its head."""


def viewer_of(request: web.Request) -> Viewer:
    """Return the signed-in person. Only pages that need one call this; the guard has let nobody else through."""
    viewer: Viewer | None = request.get(VIEWER)
    assert viewer is not None, "the guard lets only signed-in people reach this page"
    return viewer


def day_bounds(now: datetime, tz: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the office's day around `now` as [start, end) in UTC."""
    local = now.astimezone(tz)
    start = datetime.combine(local.date(), time(), tzinfo=tz)
    return start.astimezone(UTC), (start + timedelta(days=1)).astimezone(UTC)


class Planned(Protocol):
    """What has a time: a post, or the form of one."""

    @property
    def timing(self) -> str: ...

    @property
    def due_at(self) -> datetime | None: ...


class Format:
    """Writes times, numbers and labels for one reader."""

    def __init__(self, words: Words, tz: ZoneInfo, now: datetime) -> None:
        self._words, self._tz, self._now = words, tz, now
        self._ = words.gettext

    # -- times --------------------------------------------------------------------------------------------------

    def clock(self, at: datetime | None) -> str:
        """08:12 in the office's zone; a dash for none."""
        return f"{at.astimezone(self._tz):%H:%M}" if at else "–"

    def moment(self, at: datetime | None) -> str:
        """08:12 24/11/2026, or 08:12, 24 Nov 2026; only the clock when it is today."""
        if at is None:
            return "–"
        local = at.astimezone(self._tz)
        if local.date() == self._now.astimezone(self._tz).date():
            return f"{local:%H:%M}"
        return f"{local:%H:%M} {self.day(local.date())}"

    def exact(self, at: datetime | None) -> str:
        """With seconds and day, for records."""
        return f"{(local := at.astimezone(self._tz)):%H:%M:%S} {self.day(local.date())}" if at else "–"

    def when(self, times: Planned) -> str:
        """When something goes out that has not yet: its time, its slot, or as soon as it is approved."""
        if times.due_at is not None:
            return self.moment(times.due_at)
        return self._("khung giờ trống kế tiếp") if times.timing == Timing.SLOT else self._("ngay khi duyệt xong")

    def day(self, day: date) -> str:
        """24/11/2026 or 24 Nov 2026."""
        if self._words.language == "en":
            months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
            return f"{day.day} {months[day.month - 1]} {day.year}"
        return f"{day:%d/%m/%Y}"

    def today(self) -> str:
        """The office's day in full: Thứ Ba, 24/11/2026."""
        local = self._now.astimezone(self._tz)
        return f"{self.weekday(local.weekday())}, {self.day(local.date())}"

    def weekday(self, number: int) -> str:
        """Thứ Hai, or Monday; 0 is Monday."""
        return self._(labels.WEEKDAYS[number])

    def recurs(self, rule: Recurrence) -> str:
        """Hằng tuần, Thứ Hai 08:00."""
        hour = f"{rule.minute // 60:02}:{rule.minute % 60:02}"
        every = self._(labels.EVERY[rule.every])
        if rule.every == Every.WEEK:
            return f"{every}, {self.weekday(rule.weekday)} {hour}"
        if rule.every == Every.MONTH:
            day = self._("ngày cuối tháng") if rule.day == 31 else self._("ngày %(n)s") % {"n": rule.day}
            return f"{every}, {day} {hour}"
        return f"{every} {hour}"

    def iso(self, at: datetime | None) -> str:
        """For <time datetime>."""
        return at.astimezone(self._tz).isoformat(timespec="seconds") if at else ""

    def field(self, at: datetime | None) -> str:
        """For <input type=datetime-local>."""
        return f"{at.astimezone(self._tz):%Y-%m-%dT%H:%M}" if at else ""

    def left(self, at: datetime | None) -> str:
        """How long until a deadline, or how long it has passed, in words."""
        if at is None:
            return ""
        minutes = int((at - self._now).total_seconds() // 60)
        span = self._span(abs(minutes))
        if at < self._now:
            return self._("quá hạn %(span)s") % {"span": self._span(int((self._now - at).total_seconds() // 60))}
        return self._("còn %(span)s") % {"span": span}

    def ago(self, at: datetime | None) -> str:
        """How long ago something was."""
        if at is None:
            return self._("chưa lần nào")
        minutes = int((self._now - at).total_seconds() // 60)
        return self._("%(span)s trước") % {"span": self._span(minutes)} if minutes > 0 else self._("vừa xong")

    def _span(self, minutes: int) -> str:
        if minutes < 60:
            return self._("%(n)s phút") % {"n": minutes}
        if minutes < 48 * 60:
            return self._("%(h)s giờ %(m)s phút") % {"h": minutes // 60, "m": minutes % 60}
        return self._("%(n)s ngày") % {"n": minutes // (24 * 60)}

    # -- numbers and names --------------------------------------------------------------------------------------

    def number(self, value: float | None) -> str:
        """1.234.567 or 1,234,567; a missing figure is said, never zero."""
        if value is None:
            return self._("không có số liệu")
        return str(format_decimal(value, locale="en" if self._words.language == "en" else "vi"))

    def megabytes(self, size: int) -> str:
        """1,2 MB or 1.2 MB; kilobytes below that."""
        if size < 1_000_000:
            return f"{self.number(max(1, round(size / 1000)))} kB"
        return f"{self.number(round(size / 1_000_000, 1))} MB"

    def channel(self, kind: str) -> str:
        """Facebook, Zalo, ..."""
        return CHANNELS[kind].label if kind in CHANNELS else kind

    def post(self, state: str) -> str:
        """A post's state."""
        return self._(POST.labels[PostState(state)])

    def delivery(self, state: str) -> str:
        """A delivery's state."""
        return self._(DELIVERY.labels[DeliveryState(state)])

    @staticmethod
    def incident_code(number: int) -> str:
        """What people call an incident: SC-0042."""
        return f"SC-{number:04d}"

    def incident(self, state: str) -> str:
        """An incident's state."""
        return self._(INCIDENT.labels[IncidentState(state)])

    def level(self, level: str) -> str:
        """An incident's level."""
        return self._(labels.LEVELS[level][0])

    def account(self, status: str) -> str:
        """An account's status."""
        return self._(labels.ACCOUNTS[status][0])

    def vafc(self, code: str) -> str:
        """A topic."""
        return self._(labels.FIELDS.get(code, labels.FIELDS["KHAC"]))

    def role(self, role: str) -> str:
        """A role."""
        return self._(labels.ROLES.get(role, role))

    def kind(self, kind: str) -> str:
        """The kind of a post."""
        return self._(labels.KINDS.get(kind, kind))

    def post_format(self, code: str) -> str:
        """What kind of item a post is said to be."""
        return self._(labels.FORMATS.get(code, code))

    def language(self, code: str) -> str:
        """A language by its name."""
        return LANGUAGES.get(code, code)

    def deed(self, action: str) -> str:
        """What somebody did."""
        return self._(labels.DEEDS.get(action, action))

    def outcome(self, outcome: str) -> str:
        """What an attempt led to."""
        return self._(labels.OUTCOMES.get(outcome, outcome))

    def stance(self, stance: str) -> str:
        """Where a text stands towards a claim."""
        return self._(labels.STANCES.get(stance, stance))

    def category(self, category: str) -> str:
        """What the model takes a text for."""
        return self._(labels.CATEGORIES[category][0]) if category in labels.CATEGORIES else ""

    def budget_unit(self, unit: str) -> str:
        """What a platform's limit counts."""
        return self._(labels.BUDGET_UNITS.get(unit, unit))

    def said(self, told: Told) -> str:
        """A sentence that exists in both languages."""
        return told.en if self._words.language == "en" else told.vi

    def unit(self, unit: str) -> str:
        """What a platform counts."""
        return self._(labels.UNITS.get(unit, unit))

    def file_kind(self, kind: str) -> str:
        """A picture, a clip, captions, a thumbnail."""
        return self._(labels.FILE_KINDS.get(kind, kind))

    def ability(self, ability: str) -> str:
        """What a channel can do, or cannot."""
        return self._(labels.ABILITIES[ability])

    def metric(self, metric: str) -> str:
        """What a figure counts."""
        return self._(labels.METRICS.get(metric, metric))

    def file_type(self, mime: str) -> str:
        """JPEG, MP4, SRT."""
        return TYPES.get(mime, mime)

    def part(self, part: str) -> str:
        """A part of a post."""
        return self._(labels.PARTS_OF_POST[part])

    def form(self, form: str) -> str:
        """What a platform's form is to a reader; the platform's own word when there is no other."""
        return self._(labels.FORMS.get(form, form))

    def privacy(self, privacy: str) -> str:
        """Who may see a video."""
        return self._(labels.PRIVACY.get(privacy, privacy))

    def tone(self, kind: str, state: str) -> str:
        """The tone of a state; the word itself always stands beside the colour."""
        tables = {
            "post": labels.POST_TONE,
            "delivery": labels.DELIVERY_TONE,
            "incident": labels.INCIDENT_TONE,
            "level": {k: v[1] for k, v in labels.LEVELS.items()},
            "account": {k: v[1] for k, v in labels.ACCOUNTS.items()},
            "category": {k: v[1] for k, v in labels.CATEGORIES.items()},
        }
        return tables[kind].get(state, labels.NEUTRAL)

    @staticmethod
    def web(address: str) -> str:
        """Return the address when it is a web address, else nothing: a platform's answer must not become a script."""
        return address if urlsplit(address).scheme in ("http", "https") else ""
