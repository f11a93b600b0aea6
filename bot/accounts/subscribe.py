"""Letting a platform call us: the subscription where it is made by a call, else what a person enters on its pages."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from bot.accounts.connect import connector_of
from bot.parts import Actor, NotFound, Parts, Refused
from bot.webhooks.address import verify_word, webhook_address
from bot.webhooks.seen import LOST, heard
from channels.base import AccountRef
from channels.errors import ChannelError, Told
from channels.registry import CHANNELS, HOOKS
from models.db import ROW
from models.office import Account, Role

log = structlog.get_logger()

BY_HAND = frozenset({"zalo"})
"""Where the address is entered on the platform's pages alone."""


@dataclass(frozen=True)
class Subscribed:
    """How it went, and what is left for a person to do."""

    ok: bool
    told: Told


async def subscribe(parts: Parts, actor: Actor, account_id: int) -> Subscribed | None:
    """Let the account's platform call us and see that it does; None where it never calls. Safe to repeat."""
    if not actor.has(Role.ADMIN):
        raise Refused("Chỉ quản trị được đăng ký webhook.", "Only an admin subscribes to webhooks.")
    async with parts.db.read() as session:
        account = await session.get(Account, account_id)
    if account is None or account.organisation_id != actor.organisation_id:
        raise NotFound("tài khoản này", "such account")
    if account.kind not in HOOKS:
        return None
    address = webhook_address(parts, account)
    if not address:
        return Subscribed(account.kind == "facebook", LOST[account.kind])
    secrets = parts.vault.open(account.sealed)
    ref = AccountRef(account.kind, account.remote_id, account.name, account.settings, secrets)
    try:
        await connector_of(parts, account.kind).subscribe(ref, address)
    except ChannelError as error:
        log.warning("webhook_not_subscribed", account=account_id, channel=account.kind, code=error.code)
        again = f"loa account subscribe {account_id}"
        return Subscribed(
            False,
            Told(
                f"chưa đăng ký được webhook: {error.told.vi} Loa phải đang chạy; thử lại: {again}",
                f"the webhook is not subscribed: {error.told.en} Loa has to be running; again: {again}",
            ),
        )
    if account.kind not in BY_HAND:
        async with parts.db.write() as session:
            row = await session.get_one(Account, account_id, with_for_update=ROW)
            row.settings = {**row.settings, "webhook": address}
    return Subscribed(True, _done(account, address))


def _done(account: Account, address: str) -> Told:
    if account.kind == "zalo":
        return Told(
            f"webhook: tại developers.zalo.me, ứng dụng → Webhook, lưu địa chỉ {address}, bật các sự kiện và tắt bộ "
            "lọc cú pháp; chép OA Secret Key hiện ra ở đó rồi kết nối lại để nhập",
            f"webhook: on developers.zalo.me, the app → Webhook, save the address {address}, switch the events on and "
            "the syntax filter off; copy the OA Secret Key that is shown and connect again to enter it",
        )
    if account.kind == "facebook":
        word = verify_word(account)
        return Told(
            f"webhook của Trang đã bật; một lần cho ứng dụng: developers.facebook.com → Webhooks → Page, Callback URL "
            f"{address}, Verify token {word}, trường feed",
            f"the Page's webhook is on; once for the app: developers.facebook.com → Webhooks → Page, Callback URL "
            f"{address}, Verify token {word}, field feed",
        )
    return Told("webhook đã đặt và được gọi thử", "the webhook is set and was called")


async def facts(parts: Parts, account: Account) -> list[Told]:
    """Say what else there is to know of an account: until when its token lives, and whether its platform calls us."""
    found = []
    if account.expires_at is not None:
        at = f"{account.expires_at.astimezone(parts.settings.tz):%H:%M %d/%m/%Y}"
        renews = CHANNELS[account.kind].renew_before is not None
        found.append(
            Told(f"mã truy cập tự gia hạn trước {at}", f"the token is renewed by itself before {at}")
            if renews
            else Told(f"quyền truy cập đến {at}", f"access until {at}")
        )
    webhook = await webhook_stands(parts, account)
    return [*found, webhook] if webhook is not None else found


async def webhook_stands(parts: Parts, account: Account) -> Told | None:
    """Say whether the account's platform calls us, and what is lost where it cannot; None where none ever calls."""
    if account.kind not in HOOKS:
        return None
    address = webhook_address(parts, account)
    if not address:
        return LOST[account.kind]
    async with parts.db.read() as session:
        called = await heard(session, account.id)
    if called and called[0].last is not None:
        at = f"{called[0].last.astimezone(parts.settings.tz):%H:%M %d/%m}"
        return Told(f"webhook: nhận lần cuối lúc {at}", f"webhook: heard last at {at}")
    if account.kind not in BY_HAND and account.settings.get("webhook") == address:
        if not called:
            return Told("webhook đã đặt; kênh Viber không báo gì thêm", "webhook set; a Viber channel tells no more")
        return Told(
            "webhook đã đăng ký, bảy ngày qua chưa có sự kiện nào",
            "webhook subscribed, no event in the past seven days",
        )
    again = f"loa account subscribe {account.id}"
    return Told(f"webhook chưa đăng ký hoặc chưa nhận gì: {again}", f"webhook not subscribed or silent: {again}")
