"""What `loa doctor` says of an office, asked over real HTTP where it asks a platform."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from pydantic import SecretStr
from sqlmodel import select

from bot.doctor import Finding, Level, examine
from bot.duty.hook import hook_address
from bot.keys import keep_lasting_keys
from bot.parts import real_now
from bot.publishing.writing import VariantDraft
from channels.base import Concern, Health
from channels.errors import Told
from channels.facebook import FacebookChannel
from channels.sandbox.telegram import TelegramSandbox
from models.claim import KnownSentence
from models.delivery import Delivery
from models.office import Account
from models.queue import Budget
from models.states import DeliveryState
from models.webhook import ChatUpdate, WebhookEvent
from tests.bot.conftest import Office
from tests.bot.publishing.steps import approved
from tests.conftest import FakeClock

CHAT, UPDATES = "duty chat", "chat updates"


def about(findings: list[Finding], what: str) -> list[Finding]:
    return [f for f in findings if what in f.what]


@pytest.fixture
async def telegram(office: Office, clock: FakeClock) -> AsyncIterator[TelegramSandbox]:
    made = TelegramSandbox(now=clock)
    settings = office.parts.settings
    settings.telegram_base_url, settings.telegram_token = await made.start(), SecretStr(made.token)
    made.add_chat("-100", "Nhóm trực")
    yield made
    await made.stop()


async def test_a_dead_account_is_bad_and_an_unset_chat_only_a_note(office: Office) -> None:
    findings = await examine(office.parts.settings)
    assert [f.level for f in about(findings, CHAT)] == [Level.NOTE]
    accounts = [f for f in findings if "Mẫu" in f.what and "Webhook" not in f.what]
    assert len(accounts) == 4
    assert {f.level for f in accounts} == {Level.BAD}
    assert all(f.todo for f in findings if f.level is not Level.GOOD)


async def test_the_duty_chat_is_asked_for(office: Office, telegram: TelegramSandbox) -> None:
    (found,) = about(await examine(office.parts.settings), CHAT)
    assert (found.level, found.found) == (Level.GOOD, "Nhóm trực")


async def test_a_chat_without_the_bot_is_told(office: Office, telegram: TelegramSandbox) -> None:
    del telegram.chats["-100"]
    (found,) = about(await examine(office.parts.settings), CHAT)
    assert (found.level, "thêm bot vào nhóm" in found.todo) == (Level.BAD, True)


async def test_a_refused_token_is_told_without_showing_it(office: Office, telegram: TelegramSandbox) -> None:
    token = "600000001:AAaaBBbbCCccDDddEEeeFFffGGggHHhhIIi"
    office.parts.settings.telegram_token = SecretStr(token)
    (found,) = about(await examine(office.parts.settings), CHAT)
    assert found.level is Level.BAD
    assert "BotFather" in found.todo
    assert token not in f"{found}"


async def test_how_the_chats_updates_arrive_is_told(office: Office, telegram: TelegramSandbox) -> None:
    settings = office.parts.settings
    telegram.webhook = "https://elsewhere.example/hook"
    (found,) = about(await examine(settings), UPDATES)
    assert found.level is Level.BAD and "409" in found.found

    settings.telegram_updates = "webhook"
    await keep_lasting_keys(office.parts.db, office.parts.vault)
    telegram.webhook = hook_address(office.parts)
    (found,) = about(await examine(settings), UPDATES)
    assert (found.level, found.found) == (Level.GOOD, "Telegram gọi webhook, 0 tin đang chờ")


async def test_why_telegram_cannot_call_is_told(office: Office, telegram: TelegramSandbox) -> None:
    """Nothing listens at the office's address."""
    settings = office.parts.settings
    settings.telegram_updates, settings.public_url = "webhook", "http://127.0.0.1:9"
    await keep_lasting_keys(office.parts.db, office.parts.vault)
    telegram.webhook = hook_address(office.parts)
    telegram.add_person(7, "Trực")
    telegram.say("7", 7, "/suco")
    assert await telegram.wait_for(lambda: bool(telegram._webhook_error), 60)
    (found,) = about(await examine(settings), UPDATES)
    assert found.level is Level.BAD and found.found == "Telegram gọi không được (Connection refused), 2 tin đang chờ"


async def test_updates_that_nobody_works_are_told(office: Office, telegram: TelegramSandbox) -> None:
    at = real_now() - timedelta(minutes=6)
    async with office.parts.db.write() as session:
        session.add(ChatUpdate(bot="1", update_id=1, received_at=at, due_at=at, sealed=b"x"))
    (found,) = about(await examine(office.parts.settings), UPDATES)
    assert found.level is Level.BAD and "vai trò duty" in found.todo


async def test_a_limit_that_is_nearly_used_up_or_refused_is_named(office: Office, clock: FakeClock) -> None:
    (good,) = about(await examine(office.parts.settings), "limits")
    assert good.level is Level.GOOD
    soon = real_now() + timedelta(hours=1)  # the doctor looks at the machine's clock
    async with office.parts.db.write() as session:
        session.add_all(
            [
                Budget(key="youtube:uploads:c", unit="uploads", used=89, most=100, resets_at=soon),
                Budget(key="zalo:articles:200002", unit="articles", most=0, blocked_until=soon),
                Budget(key="facebook:page:100001", unit="percent", used=91, most=100, resets_at=soon),
            ]
        )
    found = about(await examine(office.parts.settings), "limits")
    assert {(f.level, f.found.split(": ")[0]) for f in found} == {
        (Level.NOTE, "zalo:articles:200002"), (Level.NOTE, "facebook:page:100001"), (Level.NOTE, "Mẫu facebook")
    }  # fmt: skip
    assert all(f.todo for f in found) and "từ chối đến" in found[0].found and "91%" in found[1].found


async def test_a_delivery_that_waits_for_a_person_is_named(office: Office, clock: FakeClock) -> None:
    await approved(office, clock)
    async with office.parts.db.write() as session:
        (await session.exec(select(Delivery).limit(1))).one().state = DeliveryState.UNKNOWN
    waiting, moving = about(await examine(office.parts.settings), "queue")
    assert (waiting.level, waiting.found[0], "gửi lại" in waiting.todo) == (Level.NOTE, "1", True)
    assert (moving.level, moving.found[0]) == (Level.BAD, "1"), "nobody sends it: no daemon runs"


async def test_what_finds_known_claims_is_told(office: Office) -> None:
    (well,) = about(await examine(office.parts.settings), "known claims")
    assert (well.level, well.found) == (Level.GOOD, "chỉ mục trong tiến trình")
    async with office.parts.db.write() as session:
        session.add(KnownSentence(organisation_id=office.id, text="Kho muối cạn sạch"))
    (waits,) = about(await examine(office.parts.settings), "known claims")
    assert waits.level is Level.NOTE and waits.found == "1 câu chưa có vectơ"


async def test_what_will_be_in_an_accounts_way_is_a_note(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    ends = Concern("token_ends_today", Told("mã truy cập hết hạn hôm nay: lấy mã mới.", "ends today."))

    async def check(_: FacebookChannel) -> Health:
        return Health(ok=True, told=Told("Facebook hoạt động.", "Facebook works."), concerns=(ends,))

    monkeypatch.setattr(FacebookChannel, "check_account", check)
    good, note = [f for f in about(await examine(office.parts.settings), "facebook") if "Webhook" not in f.what]
    assert (good.level, good.found) == (Level.GOOD, "Facebook hoạt động.")
    assert (note.level, note.found, "loa account check" in note.todo) == (Level.NOTE, ends.told.vi, True)


async def test_secrets_that_do_not_open_are_named_in_the_queue_too(office: Office, clock: FakeClock) -> None:
    await approved(office, clock, variants={"facebook": VariantDraft(text="Lịch.")})
    async with office.parts.db.write() as session:
        (await session.get_one(Account, office.accounts["facebook"])).sealed = b"of another key"
        (await session.exec(select(Delivery))).one().next_at -= timedelta(hours=10000)
    (found,) = about(await examine(office.parts.settings), "queue")
    assert (found.level, "LOA_SECRET_KEY" in found.todo) == (Level.BAD, True)


async def test_without_a_public_address_it_says_what_is_lost(office: Office) -> None:
    settings = office.parts.settings.model_copy(update={"public_url": ""})
    found = about(await examine(settings), "Webhook")
    assert {f.level for f in found} == {Level.NOTE} and all("LOA_PUBLIC_URL" in f.todo for f in found)
    lost = " ".join(f.found for f in found)
    assert "Zalo không tải được hình" in lost and "Viber đòi webhook trước bài đầu tiên" in lost
    assert "theo dõi bot" not in lost, "the office has no bot"
    async with office.parts.db.write() as session:
        row = Account(organisation_id=1, kind="viber_bot", remote_id="pa:1", name="Bot", created_at=real_now())
        session.add(row)
    assert "theo dõi bot" in " ".join(f.found for f in about(await examine(settings), "Webhook"))


async def test_it_says_whether_webhooks_arrive_and_are_worked(office: Office) -> None:
    """The office's Viber account is a channel, whose platform calls nobody."""
    silent = about(await examine(office.parts.settings), "Webhook")
    assert [f.level for f in silent] == [Level.NOTE] * 2
    assert all("http://127.0.0.1:8080/hooks/" in f.todo for f in silent)
    now = real_now()
    arrived = [
        ("facebook", now, None, ""),
        ("zalo", now - timedelta(hours=1), now - timedelta(hours=1), ""),
    ]  # fmt: skip
    async with office.parts.db.write() as session:
        for kind, at, due, problem in arrived:
            session.add(WebhookEvent(account_id=office.accounts[kind], key="k", received_at=at, sealed=b"", due_at=due,
                                     problem=problem))  # fmt: skip
    facebook, zalo = about(await examine(office.parts.settings), "Webhook")
    assert facebook.level is Level.GOOD and f"{now.astimezone(office.parts.settings.tz):%H:%M}" in facebook.found
    assert zalo.level is Level.BAD and "monitor" in zalo.todo
    async with office.parts.db.write() as session:
        for row in (await session.exec(select(WebhookEvent))).all():
            row.due_at, row.problem = None, "unreadable"
    assert [f.level for f in about(await examine(office.parts.settings), "Webhook")] == [Level.NOTE] * 2
