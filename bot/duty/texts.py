"""What the chat says. Telegram HTML; every variable is escaped here, and cut before it is escaped."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from html import escape, unescape

from models.delivery import Delivery
from models.incident import Incident, Level
from models.post import Post

LEVEL_VI = {Level.LOW: "THẤP", Level.MEDIUM: "TRUNG BÌNH", Level.HIGH: "CAO", Level.EMERGENCY: "KHẨN CẤP"}
LEVEL_MARK = {Level.LOW: "▫️", Level.MEDIUM: "🔶", Level.HIGH: "🔴", Level.EMERGENCY: "🚨"}
FIELD_VI = {
    "CHINH_SACH": "Chính sách",
    "KINH_TE": "Kinh tế",
    "Y_TE": "Y tế",
    "THIEN_TAI": "Thiên tai, dịch bệnh",
    "AN_NINH": "An ninh trật tự",
    "GIA_MAO": "Giả mạo",
    "LUA_DAO": "Lừa đảo",
    "KHAC": "Khác",
}
CHANNEL_NAME = {"facebook": "Facebook", "youtube": "YouTube", "zalo": "Zalo", "viber": "Viber"}
CAPTION_MOST = 1000
"""Telegram takes 1,024 characters under a picture, counted after the tags are read."""


MOST_CAPTION, MOST_TEXT = 1024, 4096


def units(text: str) -> int:
    """The length as Telegram counts it, in UTF-16 units: most emoji are two."""
    return len(text) + sum(letter > "\uffff" for letter in text)


def cut(text: str, most: int) -> str:
    """Return `text` in at most `most` units, with an ellipsis where it was cut."""
    if units(text) <= most:
        return text
    kept = text[: most - 1]
    while units(kept) > most - 1:
        kept = kept[: -max(1, (units(kept) - most + 1) // 2)]
    return kept.rstrip() + "…"


def plain(html: str) -> str:
    """The words of one of our messages, without its tags."""
    return unescape(re.sub(r"<[^<>]*>", "", html))


def fit(html: str, most: int) -> str:
    """A message that Telegram takes: whole lines while they fit (no tag of ours spans lines), and an ellipsis."""
    if units(plain(html)) <= most:
        return html
    kept, left = [], most - 2
    for line in html.split("\n"):
        left -= units(plain(line)) + 1
        if left < 0:
            break
        kept.append(line)
    return "\n".join([*kept, "…"]) if kept else escape(cut(plain(html), most))


def clock(at: datetime | None, tz: tzinfo) -> str:
    """The office's clock time, with the day when it is not obvious from the hour."""
    return f"{at.astimezone(tz):%H:%M}" if at else "–"


def alert(incident: Incident, *, tz: tzinfo, on_duty: str) -> str:
    """The first message of an incident: what, since when, how much, why flagged, until when to act.

    Every part has its share of the 1,024 units that Telegram takes under a picture.
    """
    evidence: Mapping[str, object] = incident.evidence
    level = Level(incident.level)
    place = f" · {escape(cut(incident.locality, 30))}" if incident.locality else ""
    lines = [
        f"{LEVEL_MARK[level]} <b>[{LEVEL_VI[level]} · {FIELD_VI.get(incident.field, 'Khác')}]</b> "
        f"Nghi vấn – cần kiểm chứng · {incident.code}{place}",
        f"Luận điểm: “{escape(cut(incident.claim_text, 160))}”",
        escape(cut(str(evidence.get("numbers_vi", "")), 180)),
        f"Vì sao: {escape(cut(str(evidence.get('why_vi', '')), 180))}.",
        f"Gây hại đề xuất {incident.harm}/3, lan truyền {incident.spread}/3. "
        f"{escape(cut(str(evidence.get('model_vi', '')), 90))}",
        escape(cut(str(evidence.get("not_spread_vi", "")), 90)),
        f"Cần nhận trước {clock(incident.ack_due_at, tz)} · "
        f"Thông báo ban đầu trước {clock(incident.first_line_due_at, tz)}"
        + (f" · Trực: {escape(cut(on_duty, 30))}" if on_duty else ""),
    ]
    return "\n".join(line for line in lines if line)


def acked(incident: Incident, name: str, tz: tzinfo) -> str:
    """Said in the thread when somebody took it."""
    return f"✅ {incident.code}: {escape(name)} đã nhận lúc {clock(incident.acked_at, tz)}."


def false_alarm(incident: Incident, name: str, tz: tzinfo) -> str:
    """Said in the thread when it was nothing."""
    return f"✋ {incident.code}: {escape(name)} báo nhầm lúc {clock(incident.updated_at, tz)}. Đã ghi để hệ thống học."


def escalated(incident: Incident, name: str, step: int, *, tz: tzinfo) -> str:
    """Said when nobody took it in time."""
    level = Level(incident.level)
    who = "trực phụ" if step == 1 else "lãnh đạo trực"
    person = f" {escape(name)}" if name else " (chưa có người trong lịch trực)"
    return (
        f"⬆️ <b>{incident.code} chưa có người nhận</b> [{LEVEL_VI[level]}]: chuyển tới {who}{person}.\n"
        f"Luận điểm: “{escape(cut(incident.claim_text, 200))}”\n"
        f"Cần nhận trước {clock(incident.next_escalation_at, tz)}."
    )


def held(post: Post, incident: Incident) -> str:
    """Told to the author of a post that was held for its topic."""
    return (
        f"⏸ Bài “{escape(cut(post.title, 120))}” đang được tạm giữ vì cùng chủ đề với sự cố {incident.code}. "
        "Người có quyền thả bài khi thấy phù hợp."
    )


def draft(post: Post, shown: Mapping[str, str], signed: int, needed: int) -> str:
    """The correction as it will go out, channel by channel, for those who approve it."""
    parts = [f"📝 <b>Đính chính – {escape(cut(post.title, 100))}</b> (đã duyệt {signed}/{needed})"]
    for channel, text in shown.items():
        parts.append(f"<b>{CHANNEL_NAME.get(channel, channel)}</b>:\n{escape(cut(text, 700))}")
    parts.append("Cần hai người khác nhau duyệt. Sửa nội dung sẽ hủy các lượt duyệt.")
    return "\n\n".join(parts)


def corrected(incident: Incident, deliveries: Sequence[Delivery], tz: tzinfo) -> str:
    """Said in the thread when the correction is out."""
    lines = [f"📣 {incident.code}: đính chính đã lên lúc {clock(incident.corrected_at, tz)}."]
    for delivery in deliveries:
        link = f": {escape(delivery.permalink)}" if delivery.permalink else ""
        lines.append(f"• {CHANNEL_NAME.get(delivery.channel, delivery.channel)}{link}")
    return "\n".join(lines)
