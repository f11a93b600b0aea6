"""`loa doctor`: is everything fit for work, and if not, what to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from sqlmodel import col, func, select
from telegram import Bot, WebhookInfo
from telegram.error import BadRequest, Forbidden, InvalidToken, TelegramError

from bot.accounts.check import check_account
from bot.accounts.limits import is_short, limit_line, limits_in_use, reading_stopped_by
from bot.duty.ahead import AHEAD, troubles_ahead
from bot.duty.hook import hook_address, why_not_called
from bot.duty.request import new_request
from bot.duty.routes import WHY, broken_routes, route_name
from bot.duty.voice import Voice
from bot.duty.ways import BadWay, ways_of
from bot.keys import keep_lasting_keys
from bot.parts import Parts, real_now
from bot.publishing.stuck import OWN_FAULT, Why, stuck
from bot.settings import Settings
from bot.vault import Vault, WrongKey
from bot.webhooks.address import webhook_address
from bot.webhooks.seen import LOST, WORKED_WITHIN, heard
from channels.http import Door
from models.audit import first_broken
from models.db import Database, DatabaseBroken
from models.office import Account, Organisation, RotaShift
from models.system import Heartbeat
from models.webhook import ChatUpdate
from monitor.flow.waiting import LONG, backlog
from monitor.index import has_pgvector
from monitor.library import waiting
from monitor.scoring import open_scorer
from monitor.scoring.base import Scorer, model_of
from monitor.scoring.transformer import device_is_there


class Level(StrEnum):
    """How a thing stands: fit, worth knowing, or in the way of the work."""

    GOOD = "good"
    NOTE = "note"
    BAD = "bad"


@dataclass(frozen=True)
class Finding:
    """One line of the examination, with what to do about it."""

    what: str
    level: Level
    found: str
    todo: str = ""


async def examine(settings: Settings) -> list[Finding]:
    """Return every finding, worst things named with what to do."""
    findings = [Finding("Cài đặt / settings", Level.GOOD, "đọc được")]
    scorer = open_scorer(settings.model or None)
    findings.append(_model(scorer))
    if settings.secret_key is None:
        return [*findings, Finding("Khóa / key", Level.BAD, "thiếu LOA_SECRET_KEY", "chạy `loa init`")]
    db = Database(settings.database)
    try:
        await db.migrate()
        findings.append(Finding("Cơ sở dữ liệu / database", Level.GOOD, db.safe_url))
        vault = Vault(*settings.keys)
        await keep_lasting_keys(db, vault)
        async with Door() as door:
            parts = Parts(settings, db, vault, door, real_now, scorer)
            findings += await _office(parts)
            findings += await _accounts(parts)
            findings += await _limits(parts)
            findings += await _work(parts)
            findings += await _texts(parts)
            findings.append(await _known(parts))
            findings += await _webhooks(parts)
            findings += await _chat(parts)
            findings += await _ways(parts)
            findings.append(await _clock(parts))
    except DatabaseBroken as error:
        findings.append(Finding("Cơ sở dữ liệu / database", Level.BAD, str(error), "xem thông báo bên trái"))
    except WrongKey as error:
        todo = "đặt lại đúng LOA_SECRET_KEY, hoặc ghi khóa cũ vào LOA_OLD_SECRET_KEYS"
        findings.append(Finding("Khóa / key", Level.BAD, str(error), todo))
    finally:
        await db.close()
    return findings


async def _webhooks(parts: Parts) -> list[Finding]:
    """What is lost without a public address; with one, whether the platforms call it."""
    what, now = "Webhook", parts.now()
    async with parts.db.read() as session:
        found, kinds = await heard(session), set((await session.exec(select(Account.kind))).all())
    if not parts.settings.public_url:
        lost = dict.fromkeys(LOST[kind].vi for kind in sorted(kinds & LOST.keys()))
        todo = "đặt LOA_PUBLIC_URL nếu cần, xem docs/install.md; YouTube, Telegram vẫn đủ"
        return [Finding(what, Level.NOTE, each, todo) for each in lost]
    findings = []
    for one in found:
        name = f"{what} {one.account.kind} {one.account.name}"
        last = f"{one.last.astimezone(parts.settings.tz):%H:%M %d/%m}" if one.last else ""
        if one.stuck(now):
            todo = "chạy `loa serve` có vai trò monitor; xem nhật ký webhook_failed"
            findings.append(Finding(name, Level.BAD, f"đã nhận nhưng chưa xử lý, gần nhất {last}", todo))
        elif one.last is None:
            todo = f"đặt địa chỉ này ở nền tảng: {webhook_address(parts, one.account)}"
            findings.append(Finding(name, Level.NOTE, "bảy ngày qua chưa có sự kiện nào", todo))
        elif one.aside:
            todo = "xem nhật ký webhook_unreadable, webhook_failed; bình luận vẫn được đọc theo lịch"
            findings.append(Finding(name, Level.NOTE, f"{one.aside} sự kiện không đọc được, gần nhất {last}", todo))
        else:
            findings.append(Finding(name, Level.GOOD, f"sự kiện gần nhất {last}"))
    return findings


async def _chat(parts: Parts) -> list[Finding]:
    """Ask Telegram whether the bot lives and sees the duty chats."""
    what, settings = "Nhóm trực / duty chat", parts.settings
    async with parts.db.read() as session:
        chats = set((await session.exec(select(Organisation.duty_chat))).all()) | {settings.duty_chat}
    token = settings.telegram_token.get_secret_value()
    if not token or not chats - {""}:
        todo = "đặt LOA_TELEGRAM_TOKEN và LOA_DUTY_CHAT"
        return [Finding(what, Level.NOTE, "chưa đặt bot Telegram hoặc nhóm trực", todo)]
    findings = []
    request = new_request()
    try:
        async with Bot(token, base_url=f"{settings.telegram_base_url}/bot", request=request) as bot:
            findings += [await _one_chat(bot, what, chat) for chat in sorted(chats - {""})]
            findings.append(await _updates(parts, await bot.get_webhook_info()))
    except InvalidToken:
        findings.append(Finding(what, Level.BAD, "mã của bot bị từ chối", "xin mã mới ở BotFather: LOA_TELEGRAM_TOKEN"))
    except TelegramError as error:
        todo = "xem mạng và tường lửa của máy này"
        findings.append(Finding(what, Level.BAD, f"không gọi được Telegram ({type(error).__name__})", todo))
    return findings


async def _one_chat(bot: Bot, what: str, chat: str) -> Finding:
    try:
        found = await bot.get_chat(chat)
    except (BadRequest, Forbidden):
        return Finding(what, Level.BAD, f"bot không thấy nhóm {chat}", "thêm bot vào nhóm; xem lại LOA_DUTY_CHAT")
    return Finding(what, Level.GOOD, found.title or found.full_name or chat)


async def _updates(parts: Parts, info: WebhookInfo) -> Finding:
    """Whether what people press and write in the chat can reach Loa, and whether it is worked."""
    what, now = "Tin từ nhóm trực / chat updates", parts.now()
    async with parts.db.read() as session:
        oldest = (
            await session.exec(select(func.min(ChatUpdate.received_at)).where(col(ChatUpdate.due_at) <= now))
        ).one()
    if oldest is not None and now - oldest > WORKED_WITHIN:
        todo = "chạy `loa serve` có vai trò duty; xem nhật ký chat_"
        return Finding(what, Level.BAD, "đã nhận nhưng chưa xử lý", todo)
    if parts.settings.telegram_updates == "poll":
        if info.url:
            todo = "khởi động lại `loa serve`: Loa tự xóa webhook; nếu lặp lại, một chương trình khác dùng cùng mã bot"
            return Finding(what, Level.BAD, "bot đang đặt webhook nên Loa không hỏi được tin (409)", todo)
        return Finding(what, Level.GOOD, "Loa tự hỏi Telegram")
    why = why_not_called(info, hook_address(parts), now)
    if why is not None:
        todo = (
            "`loa serve` có vai trò duty tự đặt lại trong một phút; nếu còn lỗi: LOA_PUBLIC_URL phải là https, cổng "
            "443, 80, 88 hoặc 8443, và tới được `loa serve` có vai trò console"
        )
        return Finding(what, Level.BAD, why.vi, todo)
    return Finding(what, Level.GOOD, f"Telegram gọi webhook, {info.pending_update_count} tin đang chờ")


async def _ways(parts: Parts) -> list[Finding]:
    """The reserve ways, and what is known to be broken."""
    what = "Kênh dự phòng / reserve ways"
    async with parts.db.read() as session:
        found = [
            Finding("Báo động / alerts", Level.BAD, f"{(await route_name(session, route)).vi}: {WHY[route.why].vi}")
            for route in await broken_routes(session, parts.now())
        ]
    try:
        ways = ways_of(parts.settings.alert_targets)
    except BadWay as error:
        todo = "sửa LOA_ALERT_TARGETS, xem docs/install.md"
        return [*found, Finding(what, Level.BAD, f"địa chỉ thứ {error.place} không dùng được", todo)]
    if not ways:
        todo = "đặt LOA_ALERT_TARGETS để báo động còn tới được khi Telegram hỏng, xem docs/install.md"
        return [*found, Finding(what, Level.NOTE, "chưa có", todo)]
    return [*found, Finding(what, Level.GOOD, ", ".join(way.name for way in ways))]


def _model(scorer: Scorer) -> Finding:
    if scorer.degraded:
        return Finding("Mô hình / model", Level.BAD, scorer.reason, "cài lại Loa, hoặc sửa LOA_MODEL")
    return Finding("Mô hình / model", Level.GOOD, scorer.revision)


async def _office(parts: Parts) -> list[Finding]:
    now, findings = parts.now(), []
    async with parts.db.read() as session:
        offices = (await session.exec(select(Organisation))).all()
        shift = (
            await session.exec(select(RotaShift.id).where(RotaShift.starts_at <= now, RotaShift.ends_at > now).limit(1))
        ).first()
        broken = await first_broken(session)
    if not offices:
        findings.append(Finding("Đơn vị / organisation", Level.BAD, "chưa có", "chạy `loa init`"))
    if shift is None:
        todo = "xếp lịch bằng `loa rota add`; tạm thời báo cho người có vai trò trực"
        findings.append(Finding("Lịch trực / rota", Level.NOTE, "không có ca trực lúc này", todo))
    findings += await _plan(parts)
    if broken is not None:
        findings.append(
            Finding("Nhật ký / audit", Level.BAD, f"chuỗi đứt ở mục {broken}", "báo giám sát; không xóa gì")
        )
    else:
        findings.append(Finding("Nhật ký / audit", Level.GOOD, "chuỗi nguyên vẹn"))
    return findings


async def _plan(parts: Parts) -> list[Finding]:
    """What is not planned, or planned too hard, in the coming two weeks."""
    now, findings = parts.now(), []
    async with parts.db.read() as session:
        for office in (await session.exec(select(Organisation).order_by(col(Organisation.id)))).all():
            found = await troubles_ahead(session, office.id or 0, now, now + AHEAD, parts.settings.free_days)
            findings += [Finding("Lịch trực / rota", Level.NOTE, t.told.vi, "xếp lại: trang Lịch trực") for t in found]
    return findings or [Finding("Lịch trực / rota", Level.GOOD, "hai tuần tới đã xếp đủ")]


async def _accounts(parts: Parts) -> list[Finding]:
    async with parts.db.read() as session:
        accounts = (await session.exec(select(Account).order_by(col(Account.id)))).all()
    if not accounts:
        return [Finding("Tài khoản / accounts", Level.NOTE, "chưa có", "thêm bằng `loa account connect`")]
    findings = []
    for account in accounts:
        what = f"{account.kind} {account.name}"
        try:
            health = await check_account(parts, account.id or 0)
        except WrongKey as error:
            findings.append(Finding(what, Level.BAD, str(error), "đặt lại đúng LOA_SECRET_KEY"))
        else:
            todo = "" if health.ok else "làm theo hướng dẫn, rồi chạy lại `loa account check`"
            findings.append(Finding(what, Level.GOOD if health.ok else Level.BAD, health.told.vi, todo))
            ahead = "xử lý trước giờ đăng, rồi chạy lại `loa account check`"
            findings += [Finding(what, Level.NOTE, concern.told.vi, ahead) for concern in health.concerns]
    return findings


async def _limits(parts: Parts) -> list[Finding]:
    """Limits of the platforms that something waits for already, and accounts that are not read for want of one."""
    what, voice = "Hạn mức / limits", Voice(parts.settings.language, parts.settings.tz, parts.now())
    await parts.usage.flush_if_can(parts.db, parts.now())
    async with parts.db.read() as session:
        short = [limit_line(row, voice) for row in await limits_in_use(session, voice) if is_short(row, voice)]
        accounts = (await session.exec(select(Account).order_by(col(Account.id)))).all()
        blind = [(a, await reading_stopped_by(session, parts, a)) for a in accounts]
    todo = "Loa tự gửi tiếp; dời bài bớt gấp, hoặc xin thêm hạn mức hay nâng gói ở nền tảng"
    findings = [Finding(what, Level.NOTE, line, todo) for line in short]
    todo = "cử người xem trực tiếp trên kênh đến khi hạn mức được làm mới"
    findings += [
        Finding(what, Level.NOTE, f"{a.name}: {voice.say(told.vi, told.en)}", todo) for a, told in blind if told
    ]
    return findings or [Finding(what, Level.GOOD, "còn đủ")]


async def _work(parts: Parts) -> list[Finding]:
    """What stands past its time, by reason; what moves by itself again is only a note."""
    what = "Hàng đợi / queue"
    async with parts.db.read() as session:
        rows = await stuck(session, parts)
    if not rows:
        return [Finding(what, Level.GOOD, "không có gì kẹt")]
    findings = []
    for why in Why:
        mine = [r for r in rows if r.why is why]
        if mine:
            level = Level.BAD if why in OWN_FAULT else Level.NOTE
            since = f"{min(r.since for r in mine).astimezone(parts.settings.tz):%H:%M %d/%m}"
            findings.append(Finding(what, level, f"{len(mine)} lượt gửi, từ {since}", mine[0].told.vi))
    return findings


async def _texts(parts: Parts) -> list[Finding]:
    """What waits for its score; and where the model was to compute and cannot."""
    what, settings = "Bình luận chờ chấm / texts waiting", parts.settings
    async with parts.db.read() as session:
        waiting = await backlog(session)
    age = waiting.age(parts.now())
    minutes = round(age.total_seconds() / 60)
    said = f"{waiting.texts} bình luận, lâu nhất {minutes} phút" if waiting.texts else "không có"
    todo = "tăng LOA_MODEL_THREADS, hoặc chạy thêm máy có `loa serve --role monitor`" if age > LONG else ""
    findings = [Finding(what, Level.NOTE if age > LONG else Level.GOOD, said, todo)]
    if not device_is_there(settings.model_device):
        todo = "cài onnxruntime-gpu thay cho onnxruntime, hoặc đặt LOA_MODEL_DEVICE=cpu"
        findings.append(
            Finding("Mô hình / model", Level.NOTE, f"không có {settings.model_device}, đang chạy trên CPU", todo)
        )
    return findings


async def _known(parts: Parts) -> Finding:
    """What finds known claims by their meaning, and what has no vector yet."""
    what = "Luận điểm đã biết / known claims"
    left = 0 if parts.scorer.degraded else await waiting(parts.db, model_of(parts.scorer.revision))
    if left:
        todo = "`loa serve` có vai trò monitor tự tính tiếp; đến lúc đó các câu này chỉ được tìm theo từ ngữ"
        return Finding(what, Level.NOTE, f"{left} câu chưa có vectơ", todo)
    if parts.db.is_sqlite or await has_pgvector(parts.db):
        return Finding(what, Level.GOOD, "chỉ mục trong tiến trình" if parts.db.is_sqlite else "chỉ mục pgvector")
    todo = "không bắt buộc: cài pgvector trên máy chủ PostgreSQL, chạy `CREATE EXTENSION vector`, khởi động lại Loa"
    return Finding(what, Level.NOTE, "PostgreSQL không có pgvector, dùng chỉ mục trong tiến trình", todo)


async def _clock(parts: Parts) -> Finding:
    """A stored heartbeat from the future means that this machine's clock jumped back."""
    async with parts.db.read() as session:
        last = (await session.exec(select(Heartbeat.at).order_by(col(Heartbeat.at).desc()).limit(1))).first()
    if last is not None and last > parts.now() + timedelta(minutes=2):
        return Finding(
            "Đồng hồ / clock", Level.BAD, "đồng hồ máy chạy lùi", "bật đồng bộ giờ: timedatectl set-ntp true"
        )
    return Finding("Đồng hồ / clock", Level.GOOD, "bình thường")
