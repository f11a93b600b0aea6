"""Charts as PNG. The object interface of matplotlib, so that threads and processes share nothing.

matplotlib is imported when the first chart is drawn: a quiet daemon never pays for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

from monitor.figures import short
from monitor.learning.threshold import Point

INK, USUAL, SPREAD, GRID = "#1b2733", "#5b6b7a", "#c8102e", "#d9e0e6"
OFFICE_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


def incident_chart(evidence: Mapping[str, Any], *, language: str = "vi", tz: tzinfo = OFFICE_ZONE) -> bytes:
    """Draw how a claim grew: texts a quarter hour as bars, the usual amount as a line. 1000 x 560 pixels.

    `evidence` is what `monitor.evidence` stored: `series` as [[ISO time, count], ...] and `usual` (a quarter hour).
    """
    from matplotlib.dates import AutoDateLocator, DateFormatter

    series = [(datetime.fromisoformat(at).astimezone(tz), int(count)) for at, count in evidence.get("series", [])]
    usual = float(evidence.get("usual", 0) or 0)
    words = _WORDS[language]
    figure = _figure(10, 5.6)
    axes = figure.add_subplot()
    if series:
        width = (series[1][0] - series[0][0]) * 0.85 if len(series) > 1 else 0.008
        bars = axes.bar([at for at, _ in series], [n for _, n in series], width=width, align="edge", color=SPREAD)
        axes.bar_label(bars, labels=[str(n) if n else "" for _, n in series], color=INK, fontsize=11, padding=2)
        axes.axhline(
            usual, color=USUAL, linewidth=2, linestyle="--", label=f"{words['usual']}: {_decimal(usual, language)}"
        )
        axes.legend(loc="upper left", frameon=False, fontsize=12)
        axes.xaxis.set_major_locator(AutoDateLocator(tz=tz, maxticks=9))  # type: ignore[no-untyped-call]
        axes.xaxis.set_major_formatter(DateFormatter("%H:%M", tz=tz))  # type: ignore[no-untyped-call]
    else:
        axes.text(0.5, 0.5, words["empty"], ha="center", va="center", transform=axes.transAxes, fontsize=14)
    axes.set_title(words["title"], loc="left", fontsize=15, color=INK, pad=14)
    axes.set_ylabel(words["count"], fontsize=12, color=INK)
    axes.margins(y=0.18)
    axes.yaxis.get_major_locator().set_params(integer=True)
    _plain(axes)
    return _picture(figure, "png")


def weeks_chart(
    weeks: Sequence[str], values: Sequence[int | None], *, language: str = "vi", form: str = "png"
) -> bytes:
    """Draw one channel's weeks as bars, the last one marked: one chart a channel, so that people and views never share
    an axis. A week without a figure is said in words, never drawn as zero. `form` is png (816 x 432 pixels) or svg."""
    figure = _figure(3.4, 1.8, dpi=240)
    axes = figure.add_subplot()
    at = list(range(len(weeks)))
    colors = [USUAL] * (len(weeks) - 1) + [SPREAD]
    bars = axes.bar(at, [v or 0 for v in values], width=0.62, color=colors)
    axes.bar_label(bars, ["" if v is None else short(v, language) for v in values], fontsize=8.5, color=INK, padding=2)
    for x, value in zip(at, values, strict=True):
        if value is None:
            axes.text(x, 0, _WORDS[language]["missing"], ha="center", va="bottom", fontsize=8, color=USUAL)
    axes.set_xticks(at, list(weeks))
    axes.set_yticks([])
    axes.set_ylim(bottom=0, top=None if any(values) else 1)
    axes.margins(y=0.16)
    _plain(axes, labelsize=8.5)
    return _picture(figure, form)


def alarm_curve_chart(points: Sequence[Point], chosen: float, *, language: str = "vi") -> bytes:
    """Draw what each threshold would have brought: alarms a 12-hour shift, the chosen one marked. 1000 x 560 pixels."""
    words = _WORDS[language]
    figure = _figure(10, 5.6)
    axes = figure.add_subplot()
    axes.step([p.risk for p in points], [p.alarms for p in points], where="post", color=SPREAD, linewidth=2)
    axes.axvline(chosen, color=USUAL, linewidth=2, linestyle="--", label=f"{words['chosen']}: {chosen:.2f}")
    axes.legend(loc="upper right", frameon=False, fontsize=12)
    axes.set_ylim(bottom=0)
    axes.set_title(words["curve"], loc="left", fontsize=15, color=INK, pad=14)
    axes.set_xlabel(words["threshold"], fontsize=12, color=INK)
    axes.set_ylabel(words["alarms"], fontsize=12, color=INK)
    _plain(axes)
    return _picture(figure, "png")


_WORDS = {
    "vi": {
        "title": "Số văn bản khẳng định luận điểm, mỗi 15 phút",
        "count": "bình luận",
        "usual": "thường ngày",
        "empty": "Chưa có số liệu",
        "missing": "không\ncó số",
        "curve": "Mỗi ngưỡng sẽ báo động bao nhiêu lần, theo những gì đã nghe",
        "threshold": "ngưỡng: điểm nguy cơ trung bình thấp nhất",
        "alarms": "báo động mỗi ca 12 giờ",
        "chosen": "đang dùng",
    },
    "en": {
        "title": "Texts asserting the claim, per quarter hour",
        "count": "comments",
        "usual": "usual",
        "empty": "No figures yet",
        "missing": "no\nfigure",
        "curve": "How often each threshold would have alarmed, from what was heard",
        "threshold": "threshold: least mean risk",
        "alarms": "alarms a 12-hour shift",
        "chosen": "in use",
    },
}


def _decimal(value: float, language: str) -> str:
    text = f"{value:.1f}"
    return text.replace(".", ",") if language == "vi" else text


def _figure(width: float, height: float, dpi: int = 100) -> Any:
    """An empty figure of `width` x `height` inches."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=dpi, facecolor="white", layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def _plain(axes: Any, labelsize: float = 11) -> None:
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.grid(axis="y", color=GRID)
    axes.set_axisbelow(True)
    axes.tick_params(colors=INK, labelsize=labelsize, length=0)


def _picture(figure: Any, form: str) -> bytes:
    buffer = BytesIO()
    figure.savefig(buffer, format=form, metadata={"Date": None} if form == "svg" else None)
    return buffer.getvalue()
