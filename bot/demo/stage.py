"""The stage of the scripted day: the office, its chats and its past, the public, the hand on the buttons."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic

from sqlmodel import select

from bot.accounts.check import check_account
from bot.daemon import Daemon
from bot.demo import seen
from bot.demo.office import Office, link_chats, linked, set_up
from bot.demo.pace import Condition, Pace
from bot.demo.seen import Key, StepFailed
from channels.base import Outgoing
from channels.sandbox.scenario import Said, Script
from channels.sandbox.world import DUTY_CHAT, Sandbox
from models.delivery import Delivery
from models.office import Account

HISTORY_DAYS = 30
"""The past is read this far back at least; the oldest of five weeks' posts may be some days young."""


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    step: str
    ok: bool
    found: str


@dataclass
class Stage:
    """What every step of the day stands on. `tell` is called with every row as it happens."""

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
    kinds: dict[Key, str] = field(default_factory=dict)  # what the script knows of each text on a platform
    third_wall: float = 0.0

    # -- setting the stage ------------------------------------------------------------------------------------------

    async def _model(self) -> str:
        scorer = self.daemon.parts.scorer
        if scorer.degraded:
            raise StepFailed(scorer.reason)
        return scorer.revision

    async def _accounts(self) -> str:
        self.office = await set_up(self.daemon.parts, self.sandbox)
        well = []
        for kind, account_id in self.office.accounts.items():
            health = await check_account(self.daemon.parts, account_id)
            if not health.ok:
                raise StepFailed(f"{kind}: {health.told.vi}")
            well.append(f"{kind} ✓")
        return ", ".join(well)

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
        parts = self.daemon.parts

        async def read() -> bool:
            async with parts.db.read() as session:
                rows = (await session.exec(select(Account.backfilled_at))).all()
            return all(rows)

        await self._must(read, "không đọc được lịch sử của mọi kênh", within=timedelta(minutes=10))

        async def whole() -> bool:
            return await seen.collected(parts.db, before=self.start) == seen.written(self.sandbox, before=self.start)

        await self._must(whole, "bình luận cũ chưa đủ", within=timedelta(minutes=10))
        found = await seen.past(parts.db, self.sandbox, self.start)
        if self.start - found.first < timedelta(days=HISTORY_DAYS):
            raise StepFailed(f"chỉ đọc lại được từ {found.first:%d/%m}")
        return found.told(parts.settings.tz)

    # -- what happens on it -----------------------------------------------------------------------------------------

    async def _must(self, met: Condition, otherwise: str, within: timedelta = timedelta(minutes=5)) -> None:
        if not await self.pace.until(met, within):
            raise StepFailed(otherwise)

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
            remark = self.sandbox.comment(line.channel, remote_id, line.author, line.text, self.pace.now())
        else:
            remark = self.sandbox.message(line.channel, line.author, line.text, self.pace.now())
        self.kinds[line.channel, remark.remote_id] = line.kind
        if line is self.script.third:
            self.third_wall = monotonic()

    async def _remote_id(self, post_id: int, kind: str) -> str:
        async with self.daemon.parts.db.read() as session:
            row = await session.exec(
                select(Delivery.remote_id).where(Delivery.post_id == post_id, Delivery.channel == kind)
            )
            return row.first() or ""

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
