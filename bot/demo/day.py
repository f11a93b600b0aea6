"""The story of the day, step by step; each step is checked against what the stand-in platforms show.

A step returns in words what was seen, or raises `StepFailed`. Nothing here looks into the daemon's head: posts are
compared with the platforms' own state, the alert is taken from the chat, presses come from the chat.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from time import monotonic

from sqlmodel import col, select

from bot.demo import seen
from bot.demo.pace import MINUTE
from bot.demo.seen import LEAST_PLANTED, MOST_FOREIGN, StepFailed
from bot.demo.stage import Row, Stage
from bot.publishing.approval import approve_post, forward_post, submit_post
from bot.publishing.attaching import attach_media
from bot.publishing.writing import PostDraft, VariantDraft, create_post, preview_post
from channels.base import Can
from channels.registry import CHANNELS
from channels.sandbox.scenario import PostOfDay
from channels.sandbox.world import DUTY_CHAT, LEADERS_CHAT
from models.delivery import Delivery
from models.incident import Alert, AlertState, Incident
from models.mention import Mention
from models.post import Post, PostKind
from models.states import DeliveryState, IncidentState
from models.system import Summary

OUT_WITHIN = timedelta(minutes=20)
ALERT_WITHIN = timedelta(minutes=45)
QUIET_STEP = timedelta(minutes=5)
"""Before the rumour begins and once its correction is out nobody waits for minutes."""
BUTTONS = {"ack", "false_alarm", "escalate", "draft"}
"""What one may do with a new alert."""


class Day(Stage):
    """The office's day, step by step."""

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
        channels = [(f"đăng {kind} / post on {kind}", self._posted(kind)) for kind in self._planned()]
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

    def _planned(self) -> list[str]:
        """The channels on which the script posts."""
        return [kind for kind in CHANNELS if any(kind in post.texts for post in self.script.posts)]

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
        for kind, (out, *_) in (await preview_post(parts, self.office.organisation_id, post_id)).items():
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
            planned = [i for i, post in zip(self.post_ids, self.script.posts, strict=True) if kind in post.texts]
            return await self._shown_as_approved(kind, planned)

        return check

    async def _shown_as_approved(self, kind: str, post_ids: list[int], targets: frozenset[str] = frozenset()) -> str:
        """One delivery a post (or a post and target); the platform shows what was approved, field by field, and nothing
        of the office besides what was sent."""
        db = self.daemon.parts.db
        async with db.read() as session:
            rows = (await session.exec(select(Delivery).where(Delivery.channel == kind))).all()
        mine = [row for row in rows if row.post_id in post_ids]
        wanted = sorted((i, target) for i in post_ids for target in (targets or {""}))
        if not wanted or sorted((row.post_id, row.target_id) for row in mine) != wanted:
            raise StepFailed(f"{len(mine)} lượt gửi thay vì {len(wanted)}")
        for row in mine:
            out = self.approved[(row.post_id, kind)]
            approved = {**out.payload, "videoId": row.target_id} if row.target_id else out.payload
            if approved != row.composed:
                raise StepFailed(f"lượt {row.id}: đã gửi khác với bản đã duyệt")
        fields = seen.compare(mine, self.sandbox)
        await seen.everything_once(db, self.sandbox, kind, len(rows))
        under = f", dưới clip {', '.join(sorted(targets))}" if targets else ""
        ids = ", ".join(row.remote_id for row in mine)
        return f"{ids}{under} – đúng bản đã duyệt ({fields} trường); {len(rows)} mục trên nền tảng, mỗi mục một lần"

    # -- in ---------------------------------------------------------------------------------------------------------

    async def _comments(self) -> str:
        count = await self._all_collected(OUT_WITHIN * 2)
        return f"{count} bình luận và tin nhắn đã thu, đúng từng mã trên nền tảng, không thiếu, không trùng"

    async def _all_collected(self, within: timedelta) -> int:
        """Wait until the store holds exactly what the platforms show of today; what a visitor writes counts too."""
        db = self.daemon.parts.db

        async def equal() -> bool:
            return await seen.collected(db, self.start) == seen.written(self.sandbox, self.start)

        if not await self.pace.until(equal, within):
            raise StepFailed(seen.missing(seen.written(self.sandbox, self.start), await seen.collected(db, self.start)))
        found = await seen.collected(db, self.start)
        if set(self.kinds) - set(found):
            raise StepFailed("có dòng đã viết mà không nền tảng nào giữ")
        return found.total()

    async def _rumour(self) -> str:
        """The planted rumour gives one incident, and nothing else gives any."""
        self.pace.stride(QUIET_STEP)
        await self._hear_until(self.start + self.script.first_rumour)
        self.pace.stride(MINUTE)
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
        found = await self._members(incident, least=3)
        return (
            f"{incident.code}, mức {incident.level}: {minutes:.0f} phút kịch bản, {wall:.1f} giây thật "
            f"từ người thứ ba tới biểu đồ trong chat; {found.told}"
        )

    async def _one_incident(self) -> Incident:
        async with self.daemon.parts.db.read() as session:
            incidents = (await session.exec(select(Incident).order_by(col(Incident.id)))).all()
            if len(incidents) != 1:
                claims = "; ".join(i.claim_text[:60] for i in incidents)
                raise StepFailed(f"{len(incidents)} sự cố thay vì 1: {claims}")
        return incidents[0]

    async def _members(self, incident: Incident, least: int) -> seen.Members:
        """The incident is the rumour: enough of the planted lines stand in it, and hardly a line of anything else."""
        found = await seen.members(self.daemon.parts.db, incident, self.kinds)
        if found.planted < least or found.foreign > MOST_FOREIGN:
            raise StepFailed(f"sự cố không phải là tin đồn: {found.told}; “{incident.claim_text[:80]}”")
        return found

    async def _alert(self) -> str:
        """What arrived in the chat: picture, text, buttons."""
        message = next(m for m in reversed(self.sandbox.messages(DUTY_CHAT)) if m.photo and m.buttons)
        if not message.photo.startswith(b"\x89PNG") and not message.photo.startswith(b"\xff\xd8"):
            raise StepFailed("biểu đồ không phải là hình")
        offered = {b.data.split(":")[0] for b in message.buttons}
        if offered != BUTTONS and not await self._taken():  # a visitor may have been quicker
            raise StepFailed(f"nút {sorted(offered)} thay vì {sorted(BUTTONS)}")
        (self.folder / "alert.png").write_bytes(message.photo)
        first = message.text.strip().splitlines()[0]
        return f"{first} | nút: {', '.join(b.text for b in message.buttons)}"

    async def _taken(self) -> bool:
        async with self.daemon.parts.db.read() as session:
            rows = (await session.exec(select(Incident.state))).all()
        return rows[0] != IncidentState.NEW

    async def _acknowledge(self) -> str:
        self.note(f"Hãy bấm nút “Nhận” trong nhóm trực: {self.sandbox.urls()['telegram']} (hoặc chờ, kịch bản sẽ bấm).")
        if not await self.pace.wait_for_person(self._taken):
            await self._press(self.chats["truc"], "ack")
        await self._must(self._taken, "bấm nút nhưng sự cố không được nhận")
        incident = await self._one_incident()
        await self._hear_until(self.start + self.script.last_rumour + timedelta(minutes=5))  # it is being verified
        if not await self._taken():  # it grew meanwhile: a higher level is taken anew
            await self._press(self.chats["truc"], "ack")
            await self._must(self._taken, "mức tăng nhưng không nhận lại được")
        assert incident.acked_at is not None, "an incident leaves `new` only by being taken"
        minutes = (incident.acked_at - incident.opened_at).total_seconds() / 60
        return f"{incident.code} đã được nhận sau {minutes:.0f} phút kịch bản"

    async def _correction(self) -> str:
        await self._press(self.chats["truc"], "draft")
        parts = self.daemon.parts

        async def drafted() -> bool:
            return any(b.data.startswith("approve:") for m in self.sandbox.messages(DUTY_CHAT) for b in m.buttons)

        await self._must(drafted, "không có bản đính chính để duyệt")
        async with parts.db.read() as session:
            post_id = (await session.exec(select(Post.id).where(Post.kind == PostKind.CORRECTION))).one() or 0
        for kind, (out, *_) in (await preview_post(parts, self.office.organisation_id, post_id)).items():
            self.approved[(post_id, kind)] = out
        for login in ("duyet", "phatngon"):
            await self._press(self.chats[login], "approve", "Đã duyệt")

        async def corrected() -> bool:
            async with parts.db.read() as session:
                incident = (await session.exec(select(Incident))).one()
            return incident.state in (IncidentState.CORRECTED, IncidentState.AFTERCARE)

        await self._must(corrected, "đính chính chưa lên kênh", within=OUT_WITHIN)
        return await self._corrected_where_hit(post_id)

    async def _corrected_where_hit(self, post_id: int) -> str:
        """On every channel where the rumour was, on YouTube under the very videos; nowhere else."""
        db = self.daemon.parts.db
        async with db.read() as session:
            incident = (await session.exec(select(Incident))).one()
            kinds = set((await session.exec(select(Delivery.channel).where(Delivery.post_id == post_id))).all())
        hit = {kind for kind in incident.channels_hit if Can.TEXT in CHANNELS[kind].can or kind == "youtube"}
        if kinds != hit:
            raise StepFailed(f"kênh bị ảnh hưởng {sorted(hit)}, đính chính trên {sorted(kinds)}")
        videos = frozenset(await seen.videos_hit(db, incident)) if "youtube" in kinds else frozenset()
        if "youtube" in kinds and not videos:
            raise StepFailed("không có clip nào để đính chính")
        told = [
            f"{kind}: {await self._shown_as_approved(kind, [post_id], videos if kind == 'youtube' else frozenset())}"
            for kind in sorted(kinds)
        ]
        return "; ".join(told)

    # -- the end of the day -------------------------------------------------------------------------------------------

    async def _rest_of_day(self) -> str:
        self.pace.stride(QUIET_STEP)
        await self._hear_until(self.start + self.script.length)
        count = await self._all_collected(timedelta(hours=2))

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
        found = await self._members(incident, least=LEAST_PLANTED)
        return f"{count} dòng, trong đó {critical} lời phê bình: vẫn chỉ một sự cố ({incident.code}); {found.told}"

    async def _weekly(self) -> str:
        async def there() -> bool:
            async with self.daemon.parts.db.read() as session:
                issued = (await session.exec(select(Summary))).all()
                sent = (await session.exec(select(Alert).where(Alert.kind == "weekly"))).all()
            return bool(issued) and bool(sent) and all(a.state == AlertState.SENT for a in sent)

        await self.pace.leap(self.script.monday(self.start))
        self.daemon.parts.bell.ring("weekly")  # as the alarm clock would, which runs by the machine's time and not ours
        await self._must(there, "tóm tắt tuần chưa được gửi", within=timedelta(minutes=30))
        documents = [m for m in self.sandbox.messages(LEADERS_CHAT) if m.document]
        if len(documents) != 1 or not documents[0].document.startswith(b"%PDF"):
            raise StepFailed(f"{len(documents)} tệp trong nhóm lãnh đạo thay vì 1 PDF")
        path = self.folder / (documents[0].file_name or "weekly.pdf")
        path.write_bytes(documents[0].document)
        return f"{path.name}, {len(documents[0].document) // 1024} kB, gửi một lần lúc {await self._issued_at()}"

    async def _issued_at(self) -> str:
        """When the summary was issued, by the store: on Monday from 07:00 office time on, before half past."""
        async with self.daemon.parts.db.read() as session:
            (issued,) = (await session.exec(select(Summary.issued_at))).all()
        at = issued.astimezone(self.daemon.parts.settings.tz)
        if at.weekday() != 0 or at.hour != 7 or at.minute >= 30:
            raise StepFailed(f"tóm tắt phát hành lúc {at:%H:%M %d/%m/%Y}, không phải sáng thứ Hai")
        return f"{at:%H:%M} thứ Hai {at:%d/%m/%Y}"
