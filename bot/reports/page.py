"""The words of the weekly summary: the figures of a `WeekSummary` as strings, the same for chat, HTML and PDF.

Pure. The order is that of the field (domain brief 9): sentences, channels, posts, incidents, feedback, remote areas,
plan, notes. Templates only lay out what stands here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from urllib.parse import urlsplit

from babel import Locale, UnknownLocaleError

from bot.duty.texts import cut
from bot.duty.voice import channel_name
from bot.reports.shapes import Cell, Page, Panel, Row, TopPost
from bot.reports.words import COUNTED_AS, ENGAGED, KINDS, TONGUES, Say, labels
from models.incident import Level
from models.names import LEVELS, field_name
from models.states import INCIDENT, IncidentState
from monitor.figures import counted, number, percent, short
from monitor.reach import ChannelWeek, Compared, IncidentLine, PostFigures, Value, Verdict, WeekSummary, name_of_week

TEXT_CHANNELS = 4


def page(
    summary: WeekSummary, office: str, *, language: str = "vi", tz: tzinfo, version: int = 0, at: datetime | None = None
) -> Page:
    """Word a summary. `version` 0: not issued, a look at the figures so far; `at` is when it was issued."""
    say: Say = (lambda vi, en: vi) if language == "vi" else (lambda vi, en: en)
    weeks = [say("Tuần", "Week") + f" {n}" for n in _week_numbers(summary)]
    panels = [_panel(c, summary, weeks, language, say) for c in summary.channels if c.main is not None]
    return Page(
        language=language,
        office=office,
        title=say("Tóm tắt tiếp cận tuần", "Weekly reach summary"),
        period=name_of_week(summary.monday, language),
        stamp=_stamp(summary, version, at, tz, say),
        lead=[
            _posts_line(summary, language, say),
            _people_line(summary, language, say),
            f"{incident_line(summary, say)} {_heard_line(summary, language, say)}",
        ],
        rows=[_row(c, language, say) for c in summary.channels],
        weeks=weeks,
        panels=panels,
        top=[_top(p, language, say) for p in summary.top],
        incidents=incident_line(summary, say),
        incident_rows=[_incident_row(i, tz, say) for i in summary.incidents.lines],
        feedback=_feedback(summary, language, say),
        remote=_remote(summary, say),
        plan=[
            f"{_weekday(p.at, tz, say)} {p.at.astimezone(tz):%d/%m %H:%M} – {cut(p.title, 110)}"
            for p in summary.planned
        ],
        notes=_notes(summary, say),
        labels=labels(say),
    )


def chat_lines(
    summary: WeekSummary, office: str, *, language: str = "vi", version: int = 0, brief: bool = False
) -> list[str]:
    """The message for the leaders' chat: five to eight short lines; `brief` leaves out what only explains."""
    say: Say = (lambda vi, en: vi) if language == "vi" else (lambda vi, en: en)
    lines = [f"{name_of_week(summary.monday, language)} – {cut(office, 60)}"]
    if not version:
        lines[0] += say(" (xem trước, chưa phát hành)", " (a look ahead, not issued)")
    told = [_channel_line(c, summary, language, say, brief=brief) for c in summary.channels]
    if len(told) > TEXT_CHANNELS:
        more = len(told) - TEXT_CHANNELS + 1
        told = [
            *told[: TEXT_CHANNELS - 1],
            say(f"… và {more} tài khoản khác trong bản PDF.", f"… {more} more in the PDF."),
        ]
    posts = say(f"Tuần này {summary.posts} bài. ", f"{summary.posts} posts this week. ")
    told[:1] = [posts + (told[0] if told else say("Chưa kết nối kênh nào.", "No channel is connected."))]
    people = [_people_line(summary, language, say)] if summary.people else []
    return [*lines, *told, *people, incident_line(summary, say), _heard_line(summary, language, say)]


# -- sentences ----------------------------------------------------------------------------------------------------


def _posts_line(summary: WeekSummary, language: str, say: Say) -> str:
    best = max(
        (c for c in summary.channels if c.main is not None),
        key=lambda c: (c.reach is not None and c.reach.now.value is not None, c.main.now.value if c.main else 0),
        default=None,
    )
    count = say(
        f"Tuần này {summary.posts} bài trên {len(summary.channels)} tài khoản.",
        f"{summary.posts} posts on {len(summary.channels)} accounts this week.",
    )
    if best is None:
        return f"{count} " + say("Chưa có số liệu tiếp cận.", "There are no reach figures yet.")
    return f"{count} {_channel_line(best, summary, language, say)}"


def _name(channel: ChannelWeek, summary: WeekSummary) -> str:
    """The platform's name, with the account's where the office has several on it."""
    kind = channel_name(channel.channel)
    several = sum(c.channel == channel.channel for c in summary.channels) > 1
    return f"{kind} {cut(channel.name, 60)}" if several else kind


def _channel_line(channel: ChannelWeek, summary: WeekSummary, language: str, say: Say, *, brief: bool = False) -> str:
    """Facebook tới 412.000 người (tuần trước 371.000: ▲ tăng 11%; trung vị 4 tuần 390.000: gần như không đổi)."""
    name = _name(channel, summary)
    found = channel.main
    missing = say(channel.missing.vi, channel.missing.en) if channel.missing and not brief else ""
    if found is None or found.now.value is None:
        return f"{name}: {say('không có số liệu', 'no figures')}. {missing}".strip()
    size = short(found.now.value, language)
    people, views = say(f"tới {size} người", f"reached {size} people"), say(f"{size} lượt xem", f"{size} views")
    head = f"{name} {people if found.now.unit == 'people' else views}"
    beside = "; ".join(_beside(found, language, say, exact=False)[: 1 if brief else 2])
    return f"{head} ({beside})." + (f" {missing}" if missing else "")


def _beside(found: Compared, language: str, say: Say, *, exact: bool) -> list[str]:
    """What last week and the four weeks before say; a figure counted otherwise is not put beside this one."""
    show = number if exact else short
    if found.verdict is Verdict.FEW:
        return [say(f"{found.posts} bài: quá ít để so sánh", f"too few posts ({found.posts}) to compare")]
    if found.verdict is Verdict.BREAK:
        return [say("đã đổi cách đếm: không so với tuần trước", "counted otherwise since: not held against last week")]
    if found.verdict is Verdict.NOT_KNOWN or found.before is None or found.before.value is None:
        return [say("chưa đủ số liệu để so với tuần trước", "not enough figures to compare with last week")]
    last = f"{show(found.before.value, language)}: {_judged(found.verdict, found.change, language, say)}"
    said = [f"{say('tuần trước', 'last week')} {last}"]
    if found.base is not None:
        usual = _judged(found.base_verdict, found.base_change, language, say)
        said.append(f"{say('trung vị 4 tuần', '4-week median')} {show(round(found.base), language)}: {usual}")
    return said


def _judged(verdict: Verdict, change: float | None, language: str, say: Say) -> str:
    size = percent(abs(change), language)[1:] if change is not None else ""
    return {
        Verdict.UP: say(f"▲\u00a0tăng\u00a0{size}", f"▲\u00a0up\u00a0{size}"),
        Verdict.DOWN: say(f"▼\u00a0giảm\u00a0{size}", f"▼\u00a0down\u00a0{size}"),
        Verdict.SAME: say("gần như không đổi", "about the same"),
        Verdict.NEW: say("mới", "new"),
        Verdict.FEW: say("quá ít bài", "too few posts"),
        Verdict.BREAK: say("đã đổi cách đếm", "counted otherwise"),
        Verdict.NOT_KNOWN: say("chưa đủ số liệu", "not enough figures"),
    }[verdict]


def _people_line(summary: WeekSummary, language: str, say: Say) -> str:
    silent = list(dict.fromkeys(_name(c, summary) for c in summary.channels if c not in summary.reached))
    head = say("Không cộng số người giữa các kênh: ", "People are not added over channels: ")
    if summary.people is None:
        return head + say("chưa kênh nào cho số người.", "no channel says how many people.")
    least, most = (short(n, language) for n in summary.people)
    names = ", ".join(silent)
    if len(summary.reached) == 1 and silent:
        return head + say(
            f"ít nhất {least} người; chưa biết nhiều nhất, vì {names} không cho số người.",
            f"at least {least} people; at most is not known, as these do not count people: {names}.",
        )
    span = say(f"ít nhất {least} người, nhiều nhất {most} người", f"at least {least}, at most {most} people")
    if silent:
        span += say(f" (chưa đủ: thiếu {names})", f" (incomplete: without {names})")
    return f"{head}{span}."


def incident_line(summary: WeekSummary, say: Say) -> str:
    """2 sự cố: nhận trung vị 4 phút, đính chính trung vị 1 giờ 50 phút; 1 báo nhầm."""
    found = summary.incidents
    false = say(f"{found.false_alarms} báo nhầm", f"false alarms: {found.false_alarms}")
    if not found.incidents:
        return say("Không có sự cố thông tin", "No information incident") + (
            f"; {false}." if found.false_alarms else "."
        )
    taken = span(found.ack_min, say) or say("chưa có người nhận", "not taken yet")
    out = span(found.correction_min, say) or say("chưa đính chính", "no correction yet")
    times = say(f"nhận trung vị {taken}", f"taken in {taken} (median)") if found.ack_min is not None else taken
    fixed = (
        say(f"đính chính trung vị {out}", f"corrected in {out} (median)") if found.correction_min is not None else out
    )
    word = say("sự cố", "incident" if found.incidents == 1 else "incidents")
    return f"{found.incidents} {word}: {times}, {fixed}; {false}."


def span(minutes: float | None, say: Say) -> str:
    """1 giờ 50 phút; empty when it is not known."""
    if minutes is None:
        return ""
    hours, rest = divmod(round(minutes), 60)
    parts = [f"{hours} {say('giờ', 'h')}"] if hours else []
    return " ".join([*parts, f"{rest} {say('phút', 'min')}"] if rest or not hours else parts)


def _heard_line(summary: WeekSummary, language: str, say: Say) -> str:
    asked = sum(summary.by_kind.get(k, 0) for k in ("feedback", "urgent"))
    questions, criticism = summary.by_kind.get("question", 0), summary.by_kind.get("criticism", 0)
    total = number(summary.mentions, language)
    return say(
        f"{total} bình luận và tin nhắn: {asked} phản ánh, {questions} câu hỏi, {criticism} phê bình, góp ý "
        "(phê bình không tính là tin sai).",
        f"{total} comments and messages: {asked} reports, {questions} questions, {criticism} criticisms "
        "(criticism does not count as misinformation).",
    )


# -- sections -----------------------------------------------------------------------------------------------------


def _row(channel: ChannelWeek, language: str, say: Say) -> Row:
    nothing = Cell(say("không có số liệu", "no figures"), known=False)
    marks = "●" * channel.certainty + "○" * (3 - channel.certainty)
    known = (
        say("không đo được", "not measured"),
        say("ước lượng", "estimate"),
        say("API chính thức, chưa đủ", "official API, incomplete"),
        say("API chính thức", "official API"),
    )
    engaged = nothing
    if channel.engagement is not None:
        kinds = ", ".join(say(*ENGAGED[k]) for k in channel.engagement_of)
        lacking = [say("một số bài chưa có số", "some posts have none yet")] if channel.engagement_partial else []
        engaged = Cell(number(channel.engagement, language), [kinds, *lacking])
    kind = channel_name(channel.channel)
    return Row(
        name=kind if channel.name in ("", kind) else f"{kind} – {cut(channel.name, 60)}",
        posts=number(channel.posts, language),
        reach=_cell(channel.reach, language, say, channel),
        views=_cell(channel.views, language, say),
        engagement=engaged,
        followers=Cell(number(channel.followers, language)) if channel.followers is not None else nothing,
        marks=marks,
        certainty=known[channel.certainty],
        missing=say(channel.missing.vi, channel.missing.en) if channel.missing else "",
    )


def _cell(found: Compared | None, language: str, say: Say, channel: ChannelWeek | None = None) -> Cell:
    if found is None or found.now.value is None:
        return Cell(say("không có số liệu", "no figures"), known=False)
    notes = _beside(found, language, say, exact=True)
    if channel is not None and channel.reach_to is not None:
        day = f"{channel.reach_to:%d/%m}"
        notes.append(say(f"7 ngày đến hết {day}", f"7 days up to {day}"))
    if not found.now.complete:
        notes.append(_covers(found.now, say))
    return Cell(number(found.now.value, language), notes)


def _covers(value: Value, say: Say) -> str:
    if len(value.weekdays) < 7:
        return say(f"chưa đủ: {len(value.weekdays)}/7 ngày", f"incomplete: {len(value.weekdays)} of 7 days")
    return say("chưa đủ", "incomplete")


def _panel(channel: ChannelWeek, summary: WeekSummary, weeks: Sequence[str], language: str, say: Say) -> Panel:
    found = channel.main
    assert found is not None, "only channels with a figure are drawn"
    unit = say("người", "people") if found.now.unit == "people" else say("lượt xem", "views")
    # A week counted otherwise, or over other days, is no bar beside these.
    values = [v.value if _like(v, found.now) else None for v in found.weeks]
    shown = [number(v, language) if v is not None else say("không có số", "no figure") for v in values]
    title = f"{_name(channel, summary)} – {unit}"
    if len(found.now.weekdays) < 7:
        title += f" ({_covers(found.now, say)})"
    each = "; ".join(f"{week}: {value}" for week, value in zip(weeks, shown, strict=True))
    return Panel(title, values, shown, f"{say('Biểu đồ cột', 'Bar chart')}, {title}. {each}.")


def _like(value: Value, now: Value) -> bool:
    return value.definition == now.definition and tuple(value.weekdays) == tuple(now.weekdays) and not value.partial


def _week_numbers(summary: WeekSummary) -> list[int]:
    return [(summary.monday - timedelta(weeks=i)).isocalendar().week for i in range(4, -1, -1)]


def _top(post: PostFigures, language: str, say: Say) -> TopPost:
    known = [
        counted(post.reach, "people", language) if post.reach is not None else "",
        f"{short(post.views, language)} {say('lượt xem', 'views')}" if post.views is not None else "",
        f"{short(post.engagement, language)} {say('tương tác', 'interactions')}" if post.engagement is not None else "",
    ]
    return TopPost(
        channel=channel_name(post.channel),
        title=cut(" ".join(post.title.split()), 110),
        figures=" · ".join(k for k in known if k),
        link=_web(post.link),
    )


def _web(link: str) -> str:
    """The address when it is a plain web address; anything else (scripts, files) is left out."""
    try:
        parts = urlsplit(link)
    except ValueError:
        return ""
    return link if parts.scheme in ("http", "https") and parts.hostname else ""


def _incident_row(line: IncidentLine, tz: tzinfo, say: Say) -> list[str]:
    open_ended = "–" if line.state == IncidentState.FALSE_ALARM else ""
    state = say(INCIDENT.labels[IncidentState(line.state)], line.state.replace("_", " "))
    return [
        f"{line.code} · {_field(line.field, say)}",
        say(*LEVELS[Level(line.level)]).lower(),
        f"{_weekday(line.opened_at, tz, say)} {line.opened_at.astimezone(tz):%d/%m %H:%M}",
        span(line.ack_min, say) or open_ended or say("chưa nhận", "not taken"),
        span(line.correction_min, say) or open_ended or say("chưa có", "not yet"),
        state + (f" – {cut(line.correction, 80)}" if line.correction else ""),
    ]


def _feedback(summary: WeekSummary, language: str, say: Say) -> list[str]:
    if not summary.mentions:
        return [say("Không có bình luận hay tin nhắn nào được thu thập.", "No comment or message was collected.")]
    known = [k for k in summary.by_kind if k in KINDS]
    kinds = "; ".join(f"{number(summary.by_kind[k], language)} {say(*KINDS[k])}" for k in known)
    told = [
        say(
            f"{number(summary.mentions, language)} bình luận và tin nhắn: {kinds}.",
            f"{number(summary.mentions, language)} comments and messages: {kinds}.",
        )
    ]
    if summary.by_field:
        fields = "; ".join(f"{_field(f, say)} {number(n, language)}" for f, n in summary.by_field.items())
        told.append(
            say(f"Phản ánh, câu hỏi, góp ý theo lĩnh vực: {fields}.", f"Reports, questions, criticism: {fields}.")
        )
    told.append(_answers(summary, language, say))
    told.append(
        say(
            "Phân loại do mô hình đề xuất, chưa phải kết luận. Hạn trả lời phản ánh: chưa đo được.",
            "Sorted by the model as a proposal, not a verdict. Overdue answers: not measured yet.",
        )
    )
    return told


def _answers(summary: WeekSummary, language: str, say: Say) -> str:
    """Trả lời người dân: 12 bình luận, tin nhắn, trung vị 42 phút, chín phần mười trong vòng 3 giờ 10 phút."""
    found = summary.answers
    if found is None:
        return say(
            "Thời gian trả lời người dân: chưa đo được (tuần này chưa có bình luận, tin nhắn nào được trả lời).",
            "Time to answer citizens: not measured (no comment or message of this week was answered).",
        )
    count, median, p90 = number(found.answered, language), span(found.median_min, say), span(found.p90_min, say)
    return say(
        f"Trả lời người dân: {count} bình luận, tin nhắn, trung vị {median}, chín phần mười trong vòng {p90}.",
        f"Citizens answered: {count} comments and messages, {median} in the median, nine of ten within {p90}.",
    )


def _field(code: str, say: Say) -> str:
    return say(*field_name(code))


def _remote(summary: WeekSummary, say: Say) -> list[str]:
    told = []
    for tag, posts in summary.languages.items():
        told.append(say(f"Bài tiếng {_tongue(tag, 'vi')}: {posts}.", f"Posts in {_tongue(tag, 'en')}: {posts}."))
    if not told:
        told.append(say("Tuần này không có bài bằng tiếng khác tiếng Việt.", "No post in a language but Vietnamese."))
    told.append(
        say(
            "Tỷ lệ người xem vùng cao, vùng sâu, vùng xa: chưa đo được (nền tảng không cho số theo vùng).",
            "Share of viewers in remote and mountain areas: not measured (the platforms give no figures by area).",
        )
    )
    return told


def _tongue(tag: str, language: str) -> str:
    if tag in TONGUES:
        return TONGUES[tag]
    try:
        name = Locale.parse(tag, sep="-").get_language_name(language)
    except (UnknownLocaleError, ValueError):
        name = None
    return (name or tag).removeprefix("Tiếng ").removeprefix("tiếng ")


def _notes(summary: WeekSummary, say: Say) -> list[str]:
    told = [
        say(
            "●●● API chính thức, đủ · ●●○ chưa đủ · ●○○ ước lượng · ○○○ không đo được. “Không có số liệu” khác 0.",
            "●●● official API, complete · ●●○ incomplete · ●○○ estimate · ○○○ not measured. “No figures” is not zero.",
        ),
        say(
            "Thay đổi dưới 10% ghi “gần như không đổi”; dưới 5 bài không so sánh; đổi cách đếm không so sánh.",
            "Changes under 10% read “about the same”; under 5 posts or counted otherwise, nothing is compared.",
        ),
    ]
    used = [v.now.definition for c in summary.channels for v in (c.reach, c.views) if v and v.now.value is not None]
    for definition in dict.fromkeys(used):
        known = next((words for name, words in COUNTED_AS.items() if definition.startswith(name)), None)
        told.append(say(*known) if known else f"{definition}")
    told.append(
        say(
            "Chưa tách lượt tiếp cận trả tiền khỏi tự nhiên. Bài đã gỡ vẫn tính trong tuần đã đăng.",
            "Paid and organic reach are not told apart. Posts taken down stay in the week they ran.",
        )
    )
    if summary.history:
        told.append(
            say(
                f"{summary.history} bài không đăng qua Loa, mỗi kênh tính riêng.",
                f"{summary.history} posts were not sent through Loa and count once a channel.",
            )
        )
    if summary.near_tet:
        told.append(
            say("Gần Tết Nguyên đán: các tuần khó so với nhau.", "Near the lunar new year: weeks compare badly.")
        )
    return told


def _stamp(summary: WeekSummary, version: int, at: datetime | None, tz: tzinfo, say: Say) -> str:
    at = at or summary.until
    when = f"{at.astimezone(tz):%H:%M %d/%m/%Y}" if at else ""
    if version:
        return say(f"Phát hành {when} · bản {version}", f"Issued {when} · version {version}")
    return say(f"Xem trước, chưa phát hành · số liệu đến {when}", f"A look ahead, not issued · figures as of {when}")


def _weekday(at: datetime, tz: tzinfo, say: Say) -> str:
    day = at.astimezone(tz).weekday()
    vi = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ Nhật")
    return say(vi[day], ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[day])
