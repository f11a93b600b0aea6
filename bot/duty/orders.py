"""Orders in the duty chat that change something, as one line of words: hold and release, a step of an incident, a
silence. Each is a deed of another room; here words become its arguments. A wrong line is answered with how to write."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from html import escape
from typing import Final

from sqlmodel import select

from bot.duty.desk import move_incident
from bot.duty.quiet import silence_name
from bot.duty.silences import Quiet, end_silence, silence
from bot.parts import Actor, Parts, Refused
from bot.people import actor_for, person_of_chat
from bot.publishing.holds import active_holds, place_hold, release_hold
from bot.publishing.queueing import hold_post, release_post
from bot.publishing.waiting import scope_told
from channels.registry import CHANNELS
from models.post import Post, VafcField
from models.queue import HoldScope
from models.states import INCIDENT, INCIDENT_MOVES, IllegalMove, PostState
from monitor.text import strip_marks

Order = Callable[[Parts, Actor, list[str]], Awaitable[str]]

HOW: Final = {
    "giu": (
        "/giu tatca LÝ DO · /giu kenh facebook LÝ DO · /giu chude THIEN_TAI LÝ DO · /giu bai 12 LÝ DO",
        "/hold all WHY · /hold channel facebook WHY · /hold topic THIEN_TAI WHY · /hold post 12 WHY",
    ),
    "tha": ("/tha lenh 3 · /tha bai 12", "/release hold 3 · /release post 12"),
    "buoc": ("/buoc SC-0042 verify|watch|respond|close LÝ DO", "/move SC-0042 verify|watch|respond|close WHY"),
    "tattieng": (
        "/tattieng THIEN_TAI 2 LÝ DO (số giờ, tối đa 24) · /tattieng “vỡ đập” 2 LÝ DO · /tattieng het 5",
        "/silence THIEN_TAI 2 WHY (hours, 24 at most) · /silence “vỡ đập” 2 WHY · /silence end 5",
    ),
}
_LINE: Final = re.compile(r"(?:[“\"](?P<words>[^”\"]+)[”\"]|(?P<field>\w+)) (?P<hours>\d{1,2}) (?P<why>.+)")
_ALL, _CHANNEL, _TOPIC, _POST = ("tatca", "all"), ("kenh", "channel"), ("chude", "topic"), ("bai", "post")
_HOLD, _END = ("lenh", "hold"), ("het", "end")


class _Unread(Exception):
    """The line cannot be read."""


async def obey(parts: Parts, order: str, line: str, telegram_id: str) -> str:
    """Carry out one order; return the answer as Telegram HTML, empty for people we do not know."""
    async with parts.db.read() as session:
        person = await person_of_chat(session, telegram_id)
        if person is None:
            return ""
        actor = await actor_for(session, person, surface="chat")
    try:
        return await _ORDERS[order](parts, actor, line.split())
    except _Unread:
        vi, en = HOW[order]
        return escape(en if actor.language == "en" else vi)
    except Refused as error:
        return escape(error.text(actor.language))
    except IllegalMove:
        return _say(actor, "Lúc này không làm được việc này nữa.", "This cannot be done now.")


def _say(actor: Actor, vi: str, en: str) -> str:
    return escape(en if actor.language == "en" else vi)


# -- hold and release -------------------------------------------------------------------------------------------------


async def _hold(parts: Parts, actor: Actor, words: list[str]) -> str:
    if not words:
        return await _held(parts, actor)
    kind, rest = strip_marks(words[0].lower()), words[1:]
    if kind in _POST:
        number, why = _number(rest), " ".join(rest[1:])
        if not why:
            raise _Unread
        await hold_post(parts, actor, number, why)
        return _say(actor, f"⏸ Đã giữ bài {number}. Thả: /tha bai {number}", f"⏸ Post {number} is on hold.")
    if kind in _ALL:
        scope, key, why = HoldScope.ORGANISATION, "", " ".join(rest)
    elif kind in _CHANNEL and rest and rest[0].lower() in CHANNELS:
        scope, key, why = HoldScope.CHANNEL, rest[0].lower(), " ".join(rest[1:])
    elif kind in _TOPIC and rest and rest[0].upper() in set(VafcField):
        scope, key, why = HoldScope.TOPIC, rest[0].upper(), " ".join(rest[1:])
    else:
        raise _Unread
    known = await _already(parts, actor, scope, key)
    number = known or await place_hold(parts, actor, scope, key, reason=why)
    what = scope_told(scope, key)
    return _say(
        actor,
        f"🛑 Đã dừng {what.vi}: {why}. Lệnh giữ {number}; cho chạy tiếp: /tha lenh {number}",
        f"🛑 Stopped: {what.en}: {why}. Hold {number}; to go on: /release hold {number}",
    )


async def _already(parts: Parts, actor: Actor, scope: HoldScope, key: str) -> int | None:
    """The person's own hold on the same: an order that is read twice is one."""
    async with parts.db.read() as session:
        holds = await active_holds(session, actor.organisation_id)
    same = (h.id for h in holds if (h.scope, h.key, h.placed_by) == (scope, key, actor.user_id))
    return next(same, None)


async def _held(parts: Parts, actor: Actor) -> str:
    """What is held now, and how to write an order."""
    async with parts.db.read() as session:
        holds = await active_holds(session, actor.organisation_id)
        held = select(Post.id, Post.title).where(
            Post.organisation_id == actor.organisation_id, Post.state == PostState.HELD
        )
        posts = (await session.exec(held.limit(20))).all()
    lines = []
    for hold in holds:
        what = scope_told(HoldScope(hold.scope), hold.key)
        lines.append(_say(actor, f"🛑 {hold.id}: {what.vi}: {hold.reason}", f"🛑 {hold.id}: {what.en}: {hold.reason}"))
    lines += [_say(actor, f"⏸ bài {number}: “{title}”", f"⏸ post {number}: “{title}”") for number, title in posts]
    how = _say(actor, f"{HOW['giu'][0]}\n{HOW['tha'][0]}", f"{HOW['giu'][1]}\n{HOW['tha'][1]}")
    return "\n".join([*(lines or [_say(actor, "Không có gì đang bị giữ.", "Nothing is held.")]), how])


async def _release(parts: Parts, actor: Actor, words: list[str]) -> str:
    if not words:
        return await _held(parts, actor)
    kind, number = strip_marks(words[0].lower()), _number(words[1:])
    if kind in _POST:
        await release_post(parts, actor, number)
        return _say(actor, f"▶️ Đã thả bài {number}.", f"▶️ Post {number} goes on.")
    if kind not in _HOLD:
        raise _Unread
    await release_hold(parts, actor, number)
    return _say(
        actor,
        f"▶️ Đã thả lệnh giữ {number}. Bài nào quá trễ sẽ được hỏi lại.",
        f"▶️ Hold {number} is released. What is too late is asked about.",
    )


# -- incidents --------------------------------------------------------------------------------------------------------


async def _step(parts: Parts, actor: Actor, words: list[str]) -> str:
    steps = {move.name: move.to for move in INCIDENT_MOVES if move.roles}
    found = re.fullmatch(r"(?:SC-)?(\d{1,9})", words[0], re.I) if len(words) > 1 else None
    if not found or words[1].lower() not in steps:
        raise _Unread
    to = steps[words[1].lower()]
    await move_incident(parts, actor, int(found[1]), to, " ".join(words[2:]))
    return _say(
        actor, f"SC-{int(found[1]):04d}: {INCIDENT.labels[to]}", f"SC-{int(found[1]):04d}: {to.replace('_', ' ')}"
    )


async def _silence(parts: Parts, actor: Actor, words: list[str]) -> str:
    if words and strip_marks(words[0].lower()) in _END:
        number = _number(words[1:])
        await end_silence(parts, actor, number)
        return _say(actor, f"🔔 Đã bật lại tiếng ({number}).", f"🔔 Silence {number} is over.")
    found = _LINE.fullmatch(" ".join(words))
    if not found or (found["field"] and found["field"].upper() not in set(VafcField)):
        raise _Unread
    what = Quiet(field=(found["field"] or "").upper(), words=found["words"] or "")
    number = await silence(parts, actor, what, lasts=timedelta(hours=int(found["hours"])), why=found["why"])
    return _say(actor, f"🔕 Đã tắt tiếng ({silence_name(number)}).", f"🔕 Silenced ({silence_name(number)}).")


def _number(words: list[str]) -> int:
    """The number at the head of these words."""
    if not words or not re.fullmatch(r"\d{1,9}", words[0]):
        raise _Unread
    return int(words[0])


_ORDERS: Final[Mapping[str, Order]] = {"giu": _hold, "tha": _release, "buoc": _step, "tattieng": _silence}
