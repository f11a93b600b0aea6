"""What the chat says. Telegram HTML; every variable is escaped here, and cut before it is escaped."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape, unescape

from bot.duty.voice import Voice, channel_name
from models.delivery import Delivery
from models.incident import Incident, Level, Silence
from models.names import LEVELS
from models.post import Post, PostKind
from models.states import INCIDENT, IncidentState

LEVEL_VI = {level: vi.upper() for level, (vi, _) in LEVELS.items()}
LEVEL_MARK = {Level.LOW: "▫️", Level.MEDIUM: "🔶", Level.HIGH: "🔴", Level.EMERGENCY: "🚨"}
CAPTION_MOST = 1000
"""Telegram takes 1,024 characters under a picture, counted after the tags are read."""


MOST_CAPTION, MOST_TEXT = 1024, 4096
DRAFT_MOST, ASKED_MOST = 3400, 600
"""What approvers read of all variants together, so that the words around them fit into one message too."""


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


def alert(incident: Incident, voice: Voice, *, on_duty: str, taken_by: str = "") -> str:
    """The first message of an incident: what, since when, how much, why flagged, until when to act; edited later, where
    it stands. Every part has its share of the 1,024 units that Telegram takes under a picture.
    """
    level, say = Level(incident.level), voice.say
    place = f" · {escape(cut(incident.locality, 30))}" if incident.locality else ""
    lines = [
        f"{LEVEL_MARK[level]} <b>[{voice.level(level)} · {voice.field(incident.field)}]</b> "
        f"{say('Nghi vấn – cần kiểm chứng', 'Suspected – to be verified')} · {incident.code}{place}",
        _claim(incident, voice, 160),
        _shown(incident, voice, "numbers", 180),
        _louder(incident, voice),
        f"{say('Vì sao', 'Why')}: {_shown(incident, voice, 'why', 180)}.",
        _sentence(_shown(incident, voice, "official", 90)),
        say(
            f"Gây hại đề xuất {incident.harm}/3, lan truyền {incident.spread}/3. ",
            f"Proposed harm {incident.harm}/3, spread {incident.spread}/3. ",
        )
        + _shown(incident, voice, "model", 90),
        _shown(incident, voice, "not_spread", 90),
        _where_it_stands(incident, voice, on_duty, taken_by),
    ]
    return "\n".join(line for line in lines if line)


def _where_it_stands(incident: Incident, voice: Voice, on_duty: str, taken_by: str) -> str:
    """Until when to take it; once somebody did, who and how far it is."""
    say, first_line = voice.say, voice.clock(incident.first_line_due_at)
    if incident.state == IncidentState.NEW:
        ack = voice.clock(incident.ack_due_at)
        words = say(
            f"Cần nhận trước {ack} · Thông báo ban đầu trước {first_line}",
            f"Take it before {ack} · First public line before {first_line}",
        )
        return words + (f" · {say('Trực', 'On duty')}: {escape(cut(on_duty, 30))}" if on_duty else "")
    by = f" · {escape(cut(taken_by, 30))} {voice.clock(incident.acked_at)}" if taken_by and incident.acked_at else ""
    return f"📍 <b>{state_name(incident, voice)}</b>{by}"


def _louder(incident: Incident, voice: Voice) -> str:
    """What this claim alone makes louder than usual; there is no other message about that."""
    surges = _shown(incident, voice, "surges", 90)
    return f"{voice.say('Làm tăng vọt', 'It makes louder')} {surges}." if surges else ""


def _claim(incident: Incident, voice: Voice, most: int) -> str:
    return f"{voice.say('Luận điểm', 'Claim')}: “{escape(cut(incident.claim_text, most))}”"


def _shown(incident: Incident, voice: Voice, name: str, most: int) -> str:
    """A sentence of the evidence; one stored before there was an English one is said in Vietnamese."""
    evidence: Mapping[str, object] = incident.evidence
    found = evidence.get(f"{name}_{voice.language}") or evidence.get(f"{name}_vi", "")
    return escape(cut(str(found), most))


def _sentence(words: str) -> str:
    """With a capital and a full stop; nothing stays nothing."""
    return f"{words[:1].upper()}{words[1:]}." if words else ""


def acked(incident: Incident, name: str, voice: Voice) -> str:
    """Said in the thread when somebody took it."""
    who, at = escape(name), voice.clock(incident.acked_at)
    return voice.say(f"✅ {incident.code}: {who} đã nhận lúc {at}.", f"✅ {incident.code}: {who} took it at {at}.")


def false_alarm(incident: Incident, name: str, voice: Voice) -> str:
    """Said in the thread when it was nothing."""
    who, at = escape(name), voice.clock(voice.now)
    return voice.say(
        f"✋ {incident.code}: {who} báo nhầm lúc {at}. Đã ghi để hệ thống học.",
        f"✋ {incident.code}: {who} called it a false alarm at {at}. Noted, so that Loa learns.",
    )


def escalated(incident: Incident, name: str, step: int, voice: Voice) -> str:
    """Said when nobody took it in time, or somebody passed it up."""
    say = voice.say
    who = say("trực phụ", "the backup") if step == 1 else say("lãnh đạo trực", "the head on duty")
    person = escape(name) if name else say("(chưa có người trong lịch trực)", "(nobody on the rota)")
    code, level = incident.code, voice.level(incident.level)
    return "\n".join(
        [
            say(
                f"⬆️ <b>{code} chưa có người nhận</b> [{level}]: chuyển tới {who} {person}.",
                f"⬆️ <b>Nobody has taken {code}</b> [{level}]: passed on to {who} {person}.",
            ),
            _claim(incident, voice, 200),
            say("Cần nhận trước", "Take it before") + f" {voice.clock(incident.next_escalation_at)}.",
        ]
    )


def state_name(incident: Incident, voice: Voice) -> str:
    """What people call the state that it is in."""
    state = IncidentState(incident.state)
    return voice.say(INCIDENT.labels[state], state.replace("_", " "))


def doubled(incident: Incident, before: int, voice: Voice) -> str:
    """Said in the thread when twice as many say it as when people were told last."""
    code, level, count = incident.code, voice.level(incident.level), incident.volume
    return "\n".join(
        [
            voice.say(
                f"📈 <b>{code} [{level}] lan gấp đôi</b>: {count} bình luận, lần báo trước {before}.",
                f"📈 <b>{code} [{level}] has doubled</b>: {count} comments, {before} when told last.",
            ),
            _claim(incident, voice, 200),
            _shown(incident, voice, "numbers", 180),
        ]
    )


def inhibited(incident: Incident, worse: Incident, voice: Voice) -> str:
    """Said in the thread of a worse incident: a lesser one on its topic waits behind it."""
    code, level, claim = incident.code, voice.level(incident.level), escape(cut(incident.claim_text, 160))
    return voice.say(
        f"➕ Cùng chủ đề: {code} [{level}] “{claim}”. Không báo riêng khi {worse.code} còn đang xử lý.",
        f"➕ Same topic: {code} [{level}] “{claim}”. Not told apart while {worse.code} is being worked on.",
    )


def merged(incident: Incident, into: Incident, voice: Voice) -> str:
    """Said in the thread of an incident that became part of another one."""
    return voice.say(
        f"🔗 {incident.code} đã gộp vào {into.code}; theo dõi tiếp ở đó.",
        f"🔗 {incident.code} is part of {into.code} now; follow it there.",
    )


def silenced(silence: Silence, name: str, voice: Voice) -> str:
    """Said when a person silenced alarms."""
    what, end, who, why = _quiet(silence, voice), voice.clock(silence.ends_at), escape(name), escape(silence.reason)
    return voice.say(
        f"🔕 {who} tắt tiếng {what} đến {end}: {why}. Mức KHẨN CẤP vẫn báo.",
        f"🔕 {who} silenced {what} until {end}: {why}. The highest level is told all the same.",
    )


def silence_over(silence: Silence, kept: Sequence[Incident], voice: Voice, *, most: int = 12) -> str:
    """Said when a silence is over: what it kept quiet."""
    say, what, count = voice.say, _quiet(silence, voice), len(kept)
    if not kept:
        return say(f"🔔 Hết tắt tiếng {what}; trong lúc đó không có gì.", f"🔔 {what} silent no more; nothing came.")
    lines = [
        say(
            f"🔔 <b>Hết tắt tiếng {what}: {count} sự cố đã không báo</b>",
            f"🔔 <b>{what} silent no more: {count} not told of</b>",
        )
    ]
    lines += [
        f"• {i.code} [{voice.level(i.level)}] {state_name(i, voice)}: “{escape(cut(i.claim_text, 110))}”"
        for i in kept[:most]
    ]
    if count > most:
        lines.append(say(f"… và {count - most} sự cố nữa.", f"… and {count - most} more."))
    return "\n".join(lines)


def _quiet(silence: Silence, voice: Voice) -> str:
    """What a silence covers."""
    parts = [voice.field(silence.field)] if silence.field else []
    parts += [escape(cut(silence.locality, 40))] if silence.locality else []
    parts += [f"“{escape(cut(silence.words, 60))}”"] if silence.words else []
    return ", ".join(parts)


def digest(incidents: Sequence[Incident], voice: Voice, *, most: int = 12) -> str:
    """Once a working day: what is small enough to wait."""
    say, due = voice.say, voice.clock(incidents[0].ack_due_at)
    low, count = voice.level(Level.LOW), len(incidents)
    lines = [
        say(
            f"📋 <b>Bản tổng hợp ngày: {count} sự cố mức {low}</b>",
            f"📋 <b>Daily digest, level {low}: {count} to look at</b>",
        )
    ]
    lines += [
        f"• {i.code} [{voice.field(i.field)}] “{escape(cut(i.claim_text, 110))}” – {_shown(i, voice, 'numbers', 90)}"
        for i in incidents[:most]
    ]
    if count > most:
        lines.append(say(f"… và {count - most} sự cố nữa.", f"… and {count - most} more."))
    lines.append(
        say(
            f"Chỉ cần theo dõi, không nhắc lại tin đồn trên kênh. Nhận trên trang trước {due}.",
            f"Watch only; do not repeat the rumour in public. Take them in the console before {due}.",
        )
    )
    return "\n".join(lines)


def held(posts: Sequence[tuple[Post, str]], voice: Voice, *, to_author: bool) -> str:
    """Told when posts were held because an incident is open on their topic; each with its author's name."""
    lines = [
        voice.say(
            "⏸ <b>Bài được tạm giữ vì cùng chủ đề với sự cố đang mở</b>",
            "⏸ <b>Posts on hold: an incident is open on their topic</b>",
        )
    ]
    for post, author in posts:
        by = "" if to_author or not author else f" ({voice.say('người soạn', 'author')}: {escape(cut(author, 40))})"
        lines.append(f"• “{escape(cut(post.title, 120))}”{by}: {escape(cut(post.held_reason, 80))}")
    lines.append(
        voice.say(
            "Việc cần làm: xem lại bài; người có quyền bấm “Thả bài” khi thấy phù hợp, hoặc hủy bài.",
            "What to do: look at the post again; release it when it is fit to go out, or cancel it.",
        )
    )
    return "\n".join(lines)


def draft(post: Post, shown: Mapping[str, str], signed: int, needed: int, voice: Voice, *, asked: str = "") -> str:
    """A text as it will go out, channel by channel, for those who approve it; an answer under what was `asked`."""
    say = voice.say
    share = (DRAFT_MOST - ASKED_MOST * bool(asked)) // max(1, len(shown))
    version = say(f"bản {post.version}, ", f"version {post.version}, ") if post.version > 1 else ""
    state = say(f"{version}đã duyệt {signed}/{needed}", f"{version}approved {signed}/{needed}")
    blocks = [f"📝 <b>{escape(cut(post.title, 100))}</b> ({state})"]
    if asked:
        blocks.append(f"{say('Người dân viết', 'A citizen wrote')}:\n“{escape(cut(asked, ASKED_MOST))}”")
    for channel, text in shown.items():
        more = say(" (xem đủ trên trang)", " (all of it in the console)") if units(text) > share else ""
        blocks.append(f"<b>{channel_name(channel)}</b>:\n{escape(cut(text, share))}{more}")
    two = say("Cần hai người khác nhau duyệt.", "Two different people must approve.")
    one = say("Cần một người duyệt, không phải người soạn.", "One person must approve, not the author.")
    edited = say("Sửa nội dung sẽ hủy các lượt duyệt.", "Any edit voids the approvals.")
    blocks.append(f"{two if needed > 1 else one} {edited}")
    return "\n\n".join(blocks)


def answered(incident: Incident, kind: str, at: datetime, deliveries: Sequence[Delivery], voice: Voice) -> str:
    """Said in the thread when a holding line or the correction is out."""
    when, code = voice.clock(at), incident.code
    if kind == PostKind.HOLDING:
        lines = [
            voice.say(
                f"📣 {code}: thông báo ban đầu đã lên lúc {when}. Sự cố vẫn đang ứng phó.",
                f"📣 {code}: the holding line is out since {when}. The incident is still being answered.",
            )
        ]
    else:
        minutes = max(0, round((at - incident.opened_at).total_seconds() / 60))
        lines = [
            voice.say(
                f"📣 {code}: đính chính đã lên lúc {when}, {minutes} phút sau khi báo động.",
                f"📣 {code}: the correction is out since {when}, {minutes} minutes after the alert.",
            )
        ]
    for delivery in deliveries:
        link = f": {escape(delivery.permalink)}" if delivery.permalink else ""
        lines.append(f"• {channel_name(delivery.channel)}{link}")
    return "\n".join(lines)
