"""The adapter of one Viber bot: messages to its subscribers, and answers to those who wrote to it.

A message goes out in batches, each a delivery of its own with one call. Nothing can be read back, so a batch of which
no answer came is a person's to decide; the batches before it are out and are never sent again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

from channels.base import (
    REPLY,
    AccountRef,
    Can,
    Concern,
    Content,
    Item,
    Limits,
    MediaLimit,
    Metric,
    Notes,
    Outgoing,
    Problem,
    SaveNotes,
    Sent,
    TextLimit,
    Usage,
)
from channels.errors import ChannelError, QuotaReached, Rejected, Told
from channels.viber.batches import (
    GONE,
    MOST_BODY,
    MOST_RECEIVERS,
    ROOM,
    decided,
    failures,
    fitting,
    next_batch,
    size,
)
from channels.viber.calls import CALL_S, ViberCalls, limit_key
from channels.viber.errors import refusal
from channels.viber.lacks import LACKS
from channels.viber.look import ViberLook
from channels.viber.messages import message, split
from channels.viber.values import number, sent_of

MESSAGE: Final = "message"
NAME_MOST: Final = 28
WEEK: Final = timedelta(days=7)
PLACEHOLDERS: Final = (
    "replace_me_with_url_encoded_receiver_id",
    "replace_me_with_receiver_id",
    "replace_me_with_user_name",
)
"""What Viber would put a subscriber's own name or id in place of: no author's words may ask for that."""

_TOLD_NOBODY = Told(
    vi="Chưa có ai theo dõi bot Viber này (hoặc Loa chưa nhận được webhook), nên chưa gửi cho ai.",
    en="Nobody follows this Viber bot yet (or Loa has heard no webhook), so nothing was sent.",
)
_TOLD_FORGOTTEN = Told(
    vi="Loa không còn giữ địa chỉ của người viết tin này: hãy trả lời trong ứng dụng Viber.",
    en="Loa no longer keeps the address of who wrote this: answer in the Viber app.",
)
_TOLD_OTHER_KIND = Told(
    vi="Bài này soạn cho kênh Viber, không gửi qua bot được: hãy soạn bản cho Viber Bot.",
    en="This was written for a Viber channel and cannot go out by a bot: write a text for the Viber Bot.",
)


class ViberBot(ViberLook, ViberCalls):
    """One Viber bot. Settings: `sender_name` and `avatar` (who writes, the account's name where it is not given),
    `webhook` (address that is set when Viber says that there is none), `messages_a_month` (what the contract allows).
    Secrets: `auth_token`."""

    kind = "viber_bot"
    label = "Viber Bot"
    limits = Limits(
        text=TextLimit(7000, source="viber.md 4.3"),
        picture=MediaLimit(
            frozenset({"image/jpeg", "image/png"}),
            1_000_000,
            10,
            by_public_url=True,
            source="viber.md 4.3: 1 MB (iOS)",
        ),
        clip=MediaLimit(
            frozenset({"video/mp4"}),
            27_262_976,
            most_s=180,
            video_codecs=frozenset({"h264"}),
            by_public_url=True,
            source="viber.md 4.3: 26 MB, 180 s",
        ),
        thumbnail=MediaLimit(frozenset({"image/jpeg"}), 100_000, by_public_url=True, source="viber.md 4.3: 100 kB"),
        reply=TextLimit(7000, least=1, source="viber.md 4.3"),
        settle_s=0.0,
        call_timeout_s=CALL_S,
        spacing_s=0.02,  # viber.md 4.2: 500 broadcasts in 10 s
    )
    caption_most = 512  # viber.md 4.3: 768, 512 and 120 are told of; the middle one went through
    can = frozenset(
        {
            Can.TEXT,
            Can.LINK,
            Can.PICTURE,
            Can.PICTURES,
            Can.CLIP,
            Can.THUMBNAIL,
            Can.BROADCAST,
            Can.REPLY,
            Can.READ_METRICS,
            Can.READ_ACCOUNT_METRICS,
        }
    )
    cannot: ClassVar[Mapping[str, Told]] = {
        **LACKS,
        Can.READ_INBOX: Told(
            vi="Tin người dân gửi bot chỉ tới qua webhook, không đọc lại được: cần địa chỉ công khai (LOA_PUBLIC_URL).",
            en="What citizens write to a bot comes by webhook alone, once: LOA_PUBLIC_URL is needed.",
        ),
    }

    # -- pure -------------------------------------------------------------------------------------
    @classmethod
    def compose(cls, content: Content, account: AccountRef) -> Outgoing:
        """A message to all subscribers, or an answer to who wrote `target`; whom that goes to is never in it."""
        plain = replace(content, text=without_placeholders(content.text), link=without_placeholders(content.link))
        payload = {"min_api_version": 1, "sender": _sender(account), **message(plain)}
        if content.options.get("form") == REPLY:
            return Outgoing(cls.kind, REPLY, {"reply_to": content.options.get("target", ""), **payload})
        return Outgoing(cls.kind, MESSAGE, payload, split(content)[0].media)

    @classmethod
    def review(cls, content: Content) -> list[Problem]:
        """As on a channel; and the whole message must fit into 30 KB with its receivers."""
        problems = super().review(content)
        heaviest, most = max(size(message(each)) for each in split(content)), MOST_BODY - ROOM
        if heaviest > most and not any(p.code == "text_too_long" for p in problems):
            told = Told(
                vi=f"Tin nặng {heaviest} byte, Viber Bot nhận tối đa {most}: hãy rút ngắn.",
                en=f"The message has {heaviest} bytes; a Viber Bot takes at most {most}: make it shorter.",
            )
            problems.append(Problem("message_too_big", "text", told, most, heaviest))
        return problems

    @classmethod
    def costs(cls, out: Outgoing, account: AccountRef, notes: Notes) -> Mapping[str, float]:
        """One call, and a message for each receiver of the batch as far as it is decided."""
        return {limit_key(account, "calls"): 1.0, limit_key(account, "messages"): float(notes.get("count", 1))}

    @classmethod
    def rest(cls, out: Outgoing, notes: Notes) -> Notes | None:
        """The batch after the one that these notes describe."""
        return next_batch(notes) if out.form == MESSAGE else None

    # -- one delivery ------------------------------------------------------------------------------
    def prepares(self, out: Outgoing) -> bool:
        """A message to all needs its batch."""
        return out.form == MESSAGE

    async def prepare(self, out: Outgoing, notes: Notes, save_notes: SaveNotes) -> Notes:
        """Decide whom the batch goes to and write that down, before anything is sent."""
        if decided(notes):
            return notes
        after, top = int(notes.get("after", 0)), int(notes.get("top") or await self.receivers.last())
        found = await self.receivers.between(after, top, MOST_RECEIVERS)
        batch = fitting(out.payload, found)
        if not batch and not after:
            raise Rejected("nobody subscribes", told=_TOLD_NOBODY)
        to = batch[-1].number if batch else top
        merged = {**notes, "after": str(after), "to": str(to), "top": str(top), "count": str(len(batch))}
        await save_notes(merged)
        return merged

    async def submit(self, out: Outgoing, notes: Notes) -> Sent:
        """POST /pa/broadcast_message to the batch, or /pa/send_message to one who wrote."""
        if out.form == REPLY:
            return await self._answer(dict(out.payload))
        if out.form != MESSAGE:
            raise Rejected(f"form {out.form}", told=_TOLD_OTHER_KIND)
        return await self._broadcast(out.payload, int(notes["after"]), int(notes["to"]))

    async def _answer(self, payload: dict[str, Any]) -> Sent:
        receiver = await self.receivers.author(payload.pop("reply_to"))
        if not receiver:
            raise Rejected("no address", told=_TOLD_FORGOTTEN)
        sent = sent_of(await self._send("send_message", {"receiver": receiver, **payload}))
        self._count(1)
        return sent

    async def _broadcast(self, payload: Mapping[str, Any], after: int, to: int) -> Sent:
        """Send to whoever of the batch still subscribes. Not to reach some is no failure of the message."""
        ids = [receiver.id for receiver in await self.receivers.between(after, to, MOST_RECEIVERS)]
        if not ids:
            return Sent(remote_id="", notes={"reached": "0", "missed": "0"})
        answer = await self._send("broadcast_message", {"broadcast_list": ids, **payload})
        missed = {receiver: status for receiver, status in failures(answer).items() if receiver in set(ids)}
        self._count(len(ids) - len(missed))
        await self.receivers.forget([receiver for receiver, status in missed.items() if status in GONE])
        others = [refusal(status, "broadcast_message: failed_list") for status in missed.values() if status not in GONE]
        if used_up := next((error for error in others if isinstance(error, QuotaReached)), None):
            self.used_up(used_up)
        if len(missed) == len(ids) and others:
            raise others[0]
        notes = {"reached": str(len(ids) - len(missed)), "missed": str(len(missed))}
        return replace(sent_of(answer), notes=notes, told=_not_reached(len(ids), len(missed)))

    async def _send(self, method: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Make the one call. What Viber refuses for want of a webhook was not sent: with the webhook set it goes out
        once more."""
        try:
            return await self._call(method, body, writes=True)
        except ChannelError as error:
            if error.code != "10" or not self.account.settings.get("webhook"):
                raise
        await self.set_webhook(self.account.settings["webhook"])
        return await self._call(method, body, writes=True)

    def _count(self, messages: int) -> None:
        """Count what the month's messages were spent on; how many there are stands in the contract alone."""
        self.tell_usage(
            Usage(
                limit_key(self.account, "messages"),
                "messages",
                most=self.most_of("messages"),
                spent=float(messages),
                resets_at=_next_month(self.now()),
            )
        )

    # -- reading -----------------------------------------------------------------------------------
    async def read_items(self, since: datetime) -> Sequence[Item]:
        """Nothing: Viber offers no call that lists what was sent."""
        return ()

    async def read_metrics(self, remote_id: str) -> Sequence[Metric]:
        """How many people a post came to, as the webhook told (viber.md 5.3); without its word that is not known."""
        told = await self.receivers.reached(remote_id)
        return [
            Metric("delivered", told.delivered if told else None, "people", "viber:delivered"),
            Metric("reach", told.seen if told else None, "people", "viber:seen"),
        ]

    async def read_account_metrics(self, since: datetime, until: datetime) -> Sequence[Metric]:
        """How many subscribe, and how many saw something of ours in the seven days before today."""
        body = await self._call("get_account_info", {}, writes=False)
        value, day = number(body.get("subscribers_count")), until.date().isoformat()
        today = until.replace(hour=0, minute=0, second=0, microsecond=0)
        saw, last = await self.receivers.saw(today - WEEK, today), (today - timedelta(days=1)).date().isoformat()
        return [
            Metric("followers", value, "people", "viber:subscribers_count", period="day", day=day),
            Metric("reach", saw, "people", "viber:seen", period="week", day=last),
        ]

    def concerns(self, body: Mapping[str, Any]) -> tuple[Concern, ...]:
        """A bot hears citizens, and of those who subscribe, by its webhook alone (viber.md 2)."""
        told = Told(
            vi="bot chưa có webhook nên không nhận được tin của người dân: đặt LOA_PUBLIC_URL rồi kết nối lại.",
            en="the bot has no webhook, so no message of a citizen arrives: set LOA_PUBLIC_URL and connect again.",
        )
        return (Concern("webhook", told),) if body.get("webhook") == "" else ()


def _not_reached(all_of_them: int, missed: int) -> Told | None:
    """What people read of a batch that did not reach everybody."""
    if not missed:
        return None
    return Told(
        vi=f"Tin tới {all_of_them - missed}/{all_of_them} người; số còn lại đã bỏ theo dõi hoặc không nhận được.",
        en=f"It reached {all_of_them - missed} of {all_of_them}; the others follow no more or could not be reached.",
    )


def without_placeholders(text: str) -> str:
    """Return the text without what Viber would fill in for each receiver."""
    while any(each in text for each in PLACEHOLDERS):
        for each in PLACEHOLDERS:
            text = text.replace(each, "")
    return text


def _sender(account: AccountRef) -> dict[str, str]:
    name = (account.settings.get("sender_name") or account.name)[:NAME_MOST].strip()
    avatar = account.settings.get("avatar", "")
    return {"name": name, "avatar": avatar} if avatar else {"name": name}


def _next_month(now: datetime) -> datetime:
    first = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (first + timedelta(days=32)).replace(day=1)
