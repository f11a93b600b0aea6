"""When a post goes out, as it stands in the form: at once, at a time of its own, or in the next free slot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.console.form import BadField, Form, moment
from models.post import Post, Timing

LONGEST_LATE_MIN = 7 * 24 * 60


@dataclass(frozen=True)
class Times:
    """What the form means, by the names of `PostDraft`."""

    timing: str
    due_at: datetime | None
    window_from: datetime | None
    window_to: datetime | None
    embargo_until: datetime | None
    late_after_min: int | None


@dataclass
class TimeForm:
    """The times as typed in the office's zone. `due` and the window count only with `Timing.AT`."""

    tz: ZoneInfo
    timing: str = Timing.NOW
    due: str = ""
    window_from: str = ""
    window_to: str = ""
    embargo_until: str = ""
    late_after_min: int | None = None

    @classmethod
    def of(cls, post: Post, tz: ZoneInfo) -> TimeForm:
        """Return the form of a stored post."""
        timing = Timing.NOW if post.timing == Timing.AT and post.due_at is None else post.timing
        due, start, end = _typed(post.due_at, tz), _typed(post.window_from, tz), _typed(post.window_to, tz)
        return cls(tz, timing, due, start, end, _typed(post.embargo_until, tz), post.late_after_min)

    def fill(self, sent: Form) -> None:
        """Take what was typed. A form that does not say which of the three it is means the time it names."""
        for name in ("due", "window_from", "window_to", "embargo_until"):
            setattr(self, name, sent.text(name, 30))
        chosen = sent.text("timing")
        self.timing = chosen if chosen in set(Timing) else (Timing.AT if self.due else Timing.NOW)
        if sent.text("late_after_min"):
            self.late_after_min = sent.number("late_after_min", 1, LONGEST_LATE_MIN)

    @property
    def due_at(self) -> datetime | None:
        """The time of its own, as far as it can be read (for the preview)."""
        try:
            return moment(self.due, "due", self.tz) if self.timing == Timing.AT else None
        except BadField:
            return None

    def times(self, now: datetime, was: datetime | None) -> Times:
        """Return what is stored; `was` is the time the post has now. Raises `BadField`."""
        embargo = moment(self.embargo_until, "embargo_until", self.tz)
        if self.timing != Timing.AT:
            if self.due:  # never out at once because a button was left where it was
                raise BadField(
                    "due",
                    "Bạn đã ghi giờ nhưng không chọn “Vào giờ đã chọn”; hãy chọn mục ấy hoặc xóa giờ.",
                    "There is a time, but “At a chosen time” is not chosen; choose that or clear the time.",
                )
            return Times(self.timing, None, None, None, embargo, self.late_after_min)
        due = moment(self.due, "due", self.tz)
        if due is None:
            raise BadField(
                "due",
                "Hãy chọn giờ đăng, hoặc chọn đăng ngay khi duyệt xong.",
                "Choose a time, or choose to publish on approval.",
            )
        if due < now and self.due != _typed(was, self.tz):
            raise BadField(
                "due",
                "Giờ đăng đã qua; hãy chọn giờ sau bây giờ hoặc chọn đăng ngay khi duyệt xong.",
                "That time has passed; choose a later one or choose to publish on approval.",
            )
        window = [moment(getattr(self, at), at, self.tz) for at in ("window_from", "window_to")]
        return Times(self.timing, due, window[0], window[1], embargo, self.late_after_min)


def _typed(at: datetime | None, tz: ZoneInfo) -> str:
    return f"{at.astimezone(tz):%Y-%m-%dT%H:%M}" if at else ""
