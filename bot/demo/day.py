"""The story of the day, step by step; each step is checked against what the stand-in platforms show.

A step returns in words what was seen, or raises `StepFailed`. Nothing here looks into the daemon's head: posts are
compared with the platforms' own state, the alert is taken from the chat, presses come from the chat.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any

from sqlmodel import col, func, select

from bot.accounts.check import check_account
from bot.daemon import Daemon
from bot.demo.office import Office, link_chats, linked, set_up
from bot.demo.pace import Condition, Pace
from bot.publishing.approval import approve_post, forward_post, submit_post
from bot.publishing.writing import PostDraft, VariantDraft, attach_media, create_post, preview_post
from channels.base import Can, Outgoing
from channels.registry import CHANNELS
from channels.sandbox.core import Item, Remark
from channels.sandbox.scenario import PostOfDay, Said, Script
from channels.sandbox.world import DUTY_CHAT, LEADERS_CHAT, Sandbox
from models.delivery import Delivery
from models.incident import Alert, AlertState, Incident
from models.mention import Mention
from models.office import Account
from models.post import Post, PostKind
from models.reading import ChannelItem, Reading
from models.states import DeliveryState, IncidentState
from models.system import Summary
from monitor.collect import BACKFILL

OUT_WITHIN = timedelta(minutes=20)
ALERT_WITHIN = timedelta(minutes=45)


class StepFailed(Exception):
    """The step did not happen; the message says what was seen instead."""


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    step: str
    ok: bool
    found: str


@dataclass
class Day:
    """The office's day. `tell` is called with every row as it happens."""

    pace: Pace
    daemon: Daemon
    sandbox: Sandbox
    script: Script
    start: datetime
    folder: Path
    tell: Callable[[Row], None]
    note: Callable[[str], None]
    rows: list[Row] = field(default_factory=list)
    office: Office = field(default_factory=lambda: Office(0))
    chats: Mapping[str, int] = field(default_factory=dict)
    approved: dict[tuple[int, str], Outgoing] = field(default_factory=dict)
    post_ids: list[int] = field(default_factory=list)
    said: int = 0
    heard: int = 0
    third_wall: float = 0.0

    async def play(self) -> bool:
        """Play every step; stop at the first that fails. True when all went well."""
        for name, step in self._steps():
            try:
                found = await step()
            except StepFailed as error:
                self._row(Row(name, False, str(error)))
                return False
            except Exception as error:  # noqa: BLE001  # whatever breaks, the table names the step
                self._row(Row(name, False, f"{type(error).__name__}: {error}"[:300]))
                return False
            self._row(Row(name, True, found))
        return True

    def _row(self, row: Row) -> None:
        self.rows.append(row)
        self.tell(row)

    def _steps(self) -> list[tuple[str, Callable[[], Awaitable[str]]]]:
        channels = [(f"đăng {kind} / post on {kind}", self._posted(kind)) for kind in CHANNELS]
        return [
            ("mô hình / model", self._model),
            ("đơn vị, tài khoản / office, accounts", self._accounts),
            ("nhóm trực / duty chat", self._chat),
            ("năm tuần trước / five weeks of history", self._history),
            ("soạn và duyệt / write and approve", self._approve_posts),
            ("buổi sáng / the morning", self._morning),
            *channels,
            ("bình luận / comments", self._comments),
            ("tin đồn / rumour", self._rumour),
            ("báo động / alert with chart", self._alert),
            ("nhận sự cố / acknowledge", self._acknowledge),
            ("đính chính / correction", self._correction),
            ("cả ngày / the whole day", self._rest_of_day),
            ("tóm tắt tuần / weekly summary", self._weekly),
        ]

    # -- setting the stage ------------------------------------------------------------------------------------------

    async def _model(self) -> str:
        scorer = self.daemon.parts.scorer
        if scorer.degraded:
            raise StepFailed(scorer.reason)
        return scorer.revision

    async def _accounts(self) -> str:
        self.office = await set_up(self.daemon.parts, self.sandbox)
        seen = []
        for kind, account_id in self.office.accounts.items():
            health = await check_account(self.daemon.parts, account_id)
            if not health.ok:
                raise StepFailed(f"{kind}: {health.told.vi}")
            seen.append(f"{kind} ✓")
        return ", ".join(seen)

    async def _chat(self) -> str:
        if self.daemon.chat is None:
            raise StepFailed("chưa có bot: LOA_TELEGRAM_TOKEN")
        await self._turn_chat()
        if not self.daemon.chat.running:
            raise StepFailed("Telegram từ chối hoặc không kết nối được: LOA_TELEGRAM_TOKEN, LOA_TELEGRAM_BASE_URL")
        self.chats = await link_chats(self.daemon.parts, self.sandbox, self.office)
        await self._must(lambda: linked(self.daemon.parts, self.office), "chưa liên kết được chat của người trực")
        return f"{len(self.chats)} người đã liên kết"

    async def _turn_chat(self) -> None:
        async def up() -> bool:
            return self.daemon.chat is not None and self.daemon.chat.running

        await self.pace.until(up, timedelta(minutes=2))

    async def _history(self) -> str:
        async def read() -> bool:
            async with self.daemon.parts.db.read() as session:
                rows = (await session.exec(select(Account.backfilled_at))).all()
            return all(rows)

        await self._must(read, "không đọc được lịch sử của mọi kênh", within=timedelta(minutes=10))
        items, readings = await self._count(ChannelItem), await self._count(Reading)
        mentions = await self._count(Mention)
        if not items or not readings or not mentions:
            raise StepFailed(f"{items} bài, {readings} số liệu, {mentions} bình luận")
        return f"{items} bài cũ, {readings} số liệu, {mentions} bình luận trong {BACKFILL.days} ngày"

    async def _count(self, table: Any) -> int:
        async with self.daemon.parts.db.read() as session:
            return int((await session.exec(select(func.count()).select_from(table))).one())

    async def _must(self, met: Condition, otherwise: str, within: timedelta = timedelta(minutes=5)) -> None:
        if not await self.pace.until(met, within):
            raise StepFailed(otherwise)

    # -- out --------------------------------------------------------------------------------------------------------

    async def _approve_posts(self) -> str:
        for number, planned in enumerate(self.script.posts):
            self.post_ids.append(await self._approve_one(number, planned))
        return f"{len(self.post_ids)} bài, người soạn, người biên tập và người duyệt khác nhau"

    async def _approve_one(self, number: int, planned: PostOfDay) -> int:
        parts, people = self.daemon.parts, self.office.people
        draft = PostDraft(
            title=planned.title,
            field=planned.field,
            locality=planned.locality,
            due_at=self.start + planned.offset,
            variants={
                kind: VariantDraft(text=text, title=planned.title, link=planned.link)
                for kind, text in planned.texts.items()
            },
        )
        post_id = await create_post(parts, people["soan"], draft)
        for name, data in planned.files().items():
            path = self.folder / f"{number}-{name}"
            path.write_bytes(data)
            await attach_media(parts, people["soan"], post_id, path, alt_text=f"Hình minh họa: {planned.title}")
        await submit_post(parts, people["soan"], post_id)
        await forward_post(parts, people["bientap"], post_id)
        for kind, out in (await preview_post(parts, self.office.organisation_id, post_id)).items():
            self.approved[(post_id, kind)] = out
        async with parts.db.read() as session:
            post = await session.get_one(Post, post_id)
        await approve_post(parts, people["duyet"], post_id, post.content_hash)
        return post_id

    async def _morning(self) -> str:
        await self._hear_until(self.start + max(p.offset for p in self.script.posts))

        async def out() -> bool:
            states = set(await self._delivery_states(self.post_ids))
            return not states & {DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.CHECKING}

        await self._must(out, "còn bài chưa gửi xong", within=OUT_WITHIN)
        return f"{len(self.post_ids)} bài đã tới giờ"

    async def _delivery_states(self, post_ids: list[int]) -> list[str]:
        async with self.daemon.parts.db.read() as session:
            return list((await session.exec(select(Delivery.state).where(col(Delivery.post_id).in_(post_ids)))).all())

    def _posted(self, kind: str) -> Callable[[], Awaitable[str]]:
        async def check() -> str:
            return await self._shown_as_approved(kind, self.post_ids)

        return check

    async def _shown_as_approved(self, kind: str, post_ids: list[int]) -> str:
        """Compare what the platform shows with what was approved, field by field; every item exactly once."""
        async with self.daemon.parts.db.read() as session:
            rows = (
                await session.exec(
                    select(Delivery).where(col(Delivery.post_id).in_(post_ids), Delivery.channel == kind)
                )
            ).all()
        if not rows:
            raise StepFailed("không có lượt gửi nào")
        ids, fields = [], 0
        for row in rows:
            if row.state != DeliveryState.SENT:
                raise StepFailed(f"lượt {row.id}: {row.state} {row.error_vi}")
            out = self.approved.get((row.post_id, kind))
            if out is not None and out.payload != row.composed and not row.target_id:
                raise StepFailed(f"lượt {row.id}: đã gửi khác với bản đã duyệt")
            item = self.sandbox.find(kind, row.remote_id)
            if item is None:
                raise StepFailed(f"{row.remote_id}: nền tảng không có bài này")
            wrong = differences(row.composed, item)
            if wrong:
                raise StepFailed(f"{row.remote_id}: khác bản đã duyệt ở {', '.join(wrong)}")
            ids.append(row.remote_id)
            fields += len(row.composed)
        return f"{', '.join(ids)} – đúng bản đã duyệt ({fields} trường)"

    # -- in ---------------------------------------------------------------------------------------------------------

    async def _hear_until(self, at: datetime) -> None:
        """Let the public write what it writes until `at`, each line at its own time."""
        said = self.script.said
        while self.said < len(said) and self.start + said[self.said].offset <= at:
            line = said[self.said]
            await self.pace.reach(self.start + line.offset)
            await self._speak(line)
            self.said += 1
        await self.pace.reach(at)

    async def _speak(self, line: Said) -> None:
        if line.post is not None:
            remote_id = await self._remote_id(self.post_ids[line.post], line.channel)
            if not remote_id:
                raise StepFailed(f"bài để bình luận trên {line.channel} chưa có")
            self.sandbox.comment(line.channel, remote_id, line.author, line.text, self.pace.now())
        else:
            self.sandbox.message(line.channel, line.author, line.text, self.pace.now())
        self.heard += 1
        if line is self.script.third:
            self.third_wall = monotonic()

    async def _remote_id(self, post_id: int, kind: str) -> str:
        async with self.daemon.parts.db.read() as session:
            row = await session.exec(
                select(Delivery.remote_id).where(Delivery.post_id == post_id, Delivery.channel == kind)
            )
            return row.first() or ""

    async def _comments(self) -> str:
        heard = self.heard

        async def stored() -> bool:
            return await self._stored_today() >= heard

        await self._must(stored, f"chỉ thu được {await self._stored_today()} trên {heard} bình luận", OUT_WITHIN * 2)
        return f"{heard} bình luận và tin nhắn đã thu, không trùng"

    async def _stored_today(self) -> int:
        async with self.daemon.parts.db.read() as session:
            query = select(func.count()).select_from(Mention)
            rows = await session.exec(query.where(Mention.written_at >= self.start, col(Mention.own).is_(False)))
            return int(rows.one())

    async def _rumour(self) -> str:
        """The planted rumour gives one incident, and nothing else gives any."""
        await self._hear_until(self.start + self.script.third.offset)
        third_at = self.pace.now()
        sent = {message.message_id for message in self.sandbox.messages(DUTY_CHAT)}

        async def chart_sent() -> bool:
            await self._hear_until(self.pace.now())
            return any(m.photo and m.message_id not in sent for m in self.sandbox.messages(DUTY_CHAT))

        await self._must(chart_sent, "không có báo động nào tới nhóm trực", within=ALERT_WITHIN)
        wall = monotonic() - self.third_wall
        minutes = (self.pace.now() - third_at).total_seconds() / 60
        incident = await self._one_incident()
        return (
            f"{incident.code}, mức {incident.level}: {minutes:.0f} phút kịch bản, {wall:.1f} giây thật "
            f"từ người thứ ba tới biểu đồ trong chat"
        )

    async def _one_incident(self) -> Incident:
        async with self.daemon.parts.db.read() as session:
            incidents = (await session.exec(select(Incident).order_by(col(Incident.id)))).all()
            if len(incidents) != 1:
                claims = "; ".join(i.claim_text[:60] for i in incidents)
                raise StepFailed(f"{len(incidents)} sự cố thay vì 1: {claims}")
            rows = await session.exec(select(Mention.text).where(Mention.claim_id == incidents[0].claim_id))
            texts = set(rows.all())
        planted = {line.text for line in self.script.said if line.kind == "rumour"}
        if not texts & planted:
            raise StepFailed(f"sự cố không phải là tin đồn: {incidents[0].claim_text[:80]}")
        return incidents[0]

    async def _alert(self) -> str:
        """What arrived in the chat: picture, text, buttons."""
        message = next(m for m in reversed(self.sandbox.messages(DUTY_CHAT)) if m.photo and m.buttons)
        if not message.photo.startswith(b"\x89PNG") and not message.photo.startswith(b"\xff\xd8"):
            raise StepFailed("biểu đồ không phải là hình")
        (self.folder / "alert.png").write_bytes(message.photo)
        first = message.text.strip().splitlines()[0]
        return f"{first} | nút: {', '.join(b.text for b in message.buttons)}"

    async def _acknowledge(self) -> str:
        async def taken() -> bool:
            async with self.daemon.parts.db.read() as session:
                rows = (await session.exec(select(Incident.state))).all()
            return rows[0] != IncidentState.NEW

        self.note(f"Hãy bấm nút “Nhận” trong nhóm trực: {self.sandbox.urls()['telegram']} (hoặc chờ, kịch bản sẽ bấm).")
        if not await self.pace.wait_for_person(taken):
            await self._press(self.chats["truc"], "ack")
        await self._must(taken, "bấm nút nhưng sự cố không được nhận")
        incident = await self._one_incident()
        await self._hear_until(self.start + self.script.last_rumour + timedelta(minutes=5))  # it is being verified
        if not await taken():  # it grew meanwhile: a higher level is taken anew
            await self._press(self.chats["truc"], "ack")
            await self._must(taken, "mức tăng nhưng không nhận lại được")
        assert incident.acked_at is not None, "an incident leaves `new` only by being taken"
        minutes = (incident.acked_at - incident.opened_at).total_seconds() / 60
        return f"{incident.code} đã được nhận sau {minutes:.0f} phút kịch bản"

    async def _press(self, user: int, action: str, wanted: str = "") -> None:
        """Press the newest button of this kind in the duty chat; the bot's answer must begin with `wanted`."""
        for message in reversed(self.sandbox.messages(DUTY_CHAT)):
            for button in message.buttons:
                if button.data.split(":")[0] == action:
                    answer = await self.sandbox.press(DUTY_CHAT, message.message_id, button.data, user)
                    self.note(f"[{action}] {answer}")
                    if not answer.startswith(wanted):
                        raise StepFailed(f"nút {action}: {answer}")
                    return
        raise StepFailed(f"không có nút {action} trong nhóm trực")

    async def _correction(self) -> str:
        await self._press(self.chats["truc"], "draft")
        parts = self.daemon.parts

        async def drafted() -> bool:
            return any(b.data.startswith("approve:") for m in self.sandbox.messages(DUTY_CHAT) for b in m.buttons)

        await self._must(drafted, "không có bản đính chính để duyệt")
        for login in ("duyet", "phatngon"):
            await self._press(self.chats[login], "approve", "Đã duyệt")

        async def corrected() -> bool:
            async with parts.db.read() as session:
                incident = (await session.exec(select(Incident))).one()
            return incident.state in (IncidentState.CORRECTED, IncidentState.AFTERCARE)

        await self._must(corrected, "đính chính chưa lên kênh", within=OUT_WITHIN)
        async with parts.db.read() as session:
            post_id = (await session.exec(select(Post.id).where(Post.kind == PostKind.CORRECTION))).one()
            incident = (await session.exec(select(Incident))).one()
            kinds = (await session.exec(select(Delivery.channel).where(Delivery.post_id == post_id))).all()
        hit = {kind for kind in incident.channels_hit if Can.TEXT in CHANNELS[kind].can or kind == "youtube"}
        if not set(kinds) >= hit:
            raise StepFailed(f"kênh bị ảnh hưởng {sorted(hit)}, đính chính chỉ có trên {sorted(set(kinds))}")
        seen = [f"{kind}: {await self._shown_as_approved(kind, [post_id or 0])}" for kind in sorted(set(kinds))]
        return "; ".join(seen)

    # -- the end of the day -------------------------------------------------------------------------------------------

    async def _rest_of_day(self) -> str:
        await self._hear_until(self.start + self.script.length)
        heard = self.heard

        async def stored() -> bool:
            return await self._stored_today() >= heard

        await self._must(stored, f"thu được {await self._stored_today()} trên {heard} bình luận", timedelta(hours=2))

        async def scored() -> bool:
            async with self.daemon.parts.db.read() as session:
                query = select(Mention.id).where(col(Mention.scored_at).is_(None), col(Mention.own).is_(False))
                row = await session.exec(query.limit(1))
                return row.first() is None

        await self._must(scored, "còn bình luận chưa chấm")
        incident = await self._one_incident()
        by_kind: dict[str, int] = {}
        for line in self.script.said:
            by_kind[line.kind] = by_kind.get(line.kind, 0) + 1
        critical = by_kind.get("criticism", 0)
        return f"{heard} dòng, trong đó {critical} lời phê bình: vẫn chỉ một sự cố ({incident.code})"

    async def _weekly(self) -> str:
        async def there() -> bool:
            async with self.daemon.parts.db.read() as session:
                issued = (await session.exec(select(Summary))).all()
                sent = (await session.exec(select(Alert).where(Alert.kind == "weekly"))).all()
            return bool(issued) and bool(sent) and all(a.state == AlertState.SENT for a in sent)

        await self.pace.leap(self.script.monday(self.start))
        await self._must(there, "tóm tắt tuần chưa được gửi", within=timedelta(minutes=30))
        documents = [m for m in self.sandbox.messages(LEADERS_CHAT) if m.document]
        if len(documents) != 1 or not documents[0].document.startswith(b"%PDF"):
            raise StepFailed(f"{len(documents)} tệp trong nhóm lãnh đạo thay vì 1 PDF")
        path = self.folder / (documents[0].file_name or "weekly.pdf")
        path.write_bytes(documents[0].document)
        return f"{path.name}, {len(documents[0].document) // 1024} kB, gửi một lần lúc 07:00 thứ hai"


def differences(composed: Mapping[str, Any], item: Item | Remark) -> list[str]:
    """The fields in which the platform shows something else than was composed; empty when all are equal.

    A file is composed as its SHA-256 (`source`, `media`); the stand-in notes the SHA-256 of the bytes it received. A
    correction on YouTube is a comment of ours.
    """
    if isinstance(item, Remark):
        return [] if item.own and item.text == composed.get("textOriginal") else ["textOriginal"]
    wrong = []
    for name, value in composed.items():
        if name in ("source", "media") and isinstance(value, str) and len(value) == 64:
            if item.payload.get("media_sha256") != value:
                wrong.append(name)
        elif name == "pin":  # a second call after publishing, seen as the item's place
            wrong += [] if item.pinned else ["pin"]
        elif item.payload.get(name) != value:
            wrong.append(name)
    return wrong
