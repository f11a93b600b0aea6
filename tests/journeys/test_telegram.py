"""The office posts in its public Telegram channel: written, approved by somebody else, out, edited, taken down, however
Telegram or the line fails. The channel cannot be read back, so a person decides what is unclear."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from bot.accounts.check import check_account
from bot.office_setup import add_account
from bot.publishing.approval import approve_post, forward_post, submit_post
from bot.publishing.attaching import attach_media
from bot.publishing.claim import claim_due
from bot.publishing.deliver import deliver
from bot.publishing.edits import start_edit
from bot.publishing.queueing import settle_unknown, withdraw_post
from bot.publishing.writing import Invalid, PostDraft, VariantDraft, create_post, preview_post, revise_post
from channels.base import Notes, Outgoing, Sent
from channels.sandbox.core import UNDONE
from channels.sandbox.telegram import CHANNEL_RIGHTS, ChatMessage
from channels.sandbox.world import TELEGRAM_CHANNEL
from models.delivery import Delivery
from models.office import AccountStatus
from models.post import Post, PostKind, Timing
from models.states import DeliveryState, PostState
from tests.journeys.faulty import Day, a_day, is_told

WORDS = "Nước về < 17 giờ & điện về 18 giờ 🔴"
FILES: Mapping[str, tuple[str, ...]] = {
    "text": (), "picture": ("cover.jpg",), "clip": ("clip.mp4",), "album": ("cover.jpg", "clip.mp4", "cover.jpg"),
}  # fmt: skip


@pytest.fixture
async def day(tmp_path: Path, sqlite_database: str) -> AsyncIterator[Day]:
    async with a_day(tmp_path, sqlite_database) as made:
        given = made.sandbox.telegram_account()
        made.office.accounts["telegram"] = await add_account(
            made.parts, made.office.organisation_id, kind=given.kind, remote_id=given.remote_id, name=given.name,
            settings=given.settings, secrets=given.secrets,
        )  # fmt: skip
        yield made


async def approved(day: Day, text: str, files: tuple[str, ...] = (), **options: str) -> int:
    """A post that one person wrote and another approved, due at once."""
    writer, variants = day.office.people["soan"], {"telegram": VariantDraft(text=text, options=options)}
    draft = PostDraft(title="Cấp nước", field="KHAC", locality="", due_at=None, variants=variants)
    post_id = await create_post(day.parts, writer, draft)
    for name in files:
        await attach_media(day.parts, writer, post_id, day.folder / name, alt_text="Hình")
    return await _handed_through(day, post_id)


async def edited(day: Day, post_id: int, text: str) -> int:
    """New words for a post that is out, approved like the post itself."""
    edit = await start_edit(day.parts, day.office.people["soan"], post_id)
    variants = {"telegram": VariantDraft(text=text)}
    draft = PostDraft("Cấp nước", "KHAC", "", None, variants, kind=PostKind.EDIT, timing=Timing.NOW)
    await revise_post(day.parts, day.office.people["soan"], edit, draft)
    return await _handed_through(day, edit)


async def _handed_through(day: Day, post_id: int) -> int:
    parts, people = day.parts, day.office.people
    await submit_post(parts, people["soan"], post_id)
    await forward_post(parts, people["bientap"], post_id)
    [[shown]] = (await preview_post(parts, day.office.organisation_id, post_id)).values()
    async with parts.db.read() as session:
        seen = (await session.get_one(Post, post_id)).content_hash
    await approve_post(parts, people["duyet"], post_id, seen)
    row = await delivery_of(day, post_id)
    assert (row.form, row.composed) == (shown.form, shown.payload), "what was approved is what is sent"
    return post_id


async def delivery_of(day: Day, post_id: int) -> Delivery:
    async with day.parts.db.read() as session:
        query = select(Delivery).where(Delivery.post_id == post_id).order_by(col(Delivery.id))
        return (await session.exec(query)).one()


def seen(day: Day) -> list[ChatMessage]:
    """What the channel shows."""
    return day.sandbox.messages(TELEGRAM_CHANNEL)


@pytest.mark.parametrize("form", FILES)
async def test_out_edited_and_taken_down(day: Day, form: str) -> None:
    files = FILES[form]
    post_id = await approved(day, WORDS, files)
    assert seen(day) == []
    await day.go_on()
    row = await delivery_of(day, post_id)
    assert (row.state, row.error_vi) == (DeliveryState.SENT, "")
    assert row.permalink == f"https://t.me/binhson/{seen(day)[0].message_id}"
    assert [m.text for m in seen(day)] == [WORDS, *[""] * (len(files) - 1)]
    assert [bool(m.photo) for m in seen(day)] == [name == "cover.jpg" for name in files] or form == "text"
    edit = await edited(day, post_id, "Nước về 18 giờ.")
    await day.go_on()
    assert (await delivery_of(day, edit)).state == DeliveryState.SENT
    assert [(m.text, m.edits) for m in seen(day)][:1] == [("Nước về 18 giờ.", 1)]
    assert await withdraw_post(day.parts, day.office.people["duyet"], post_id, "sai giờ") == []
    assert seen(day) == []
    async with day.parts.db.read() as session:
        assert (await session.get_one(Post, post_id)).state == PostState.RETRACTED


@pytest.mark.parametrize("fault", ["drop_before", "server_error", "drop_after", "server_error_after", "garbage"])
@pytest.mark.parametrize("form", ["text", "album"])
async def test_what_is_unclear_is_a_persons_and_never_sent_by_itself(day: Day, form: str, fault: str) -> None:
    day.sandbox.telegram.fail_next(fault, match=f"{day.sandbox.bot_token}/send")
    post_id = await approved(day, WORDS, FILES[form])
    await day.go_on()
    row = await delivery_of(day, post_id)
    assert row.state == DeliveryState.UNKNOWN and is_told(row)
    there = fault not in UNDONE
    once = max(1, len(FILES[form]))
    assert len(seen(day)) == once * there
    await settle_unknown(day.parts, day.office.people["truc"], row.id or 0, there=there)
    await day.go_on()
    assert (await delivery_of(day, post_id)).state == DeliveryState.SENT
    assert len(seen(day)) == once, "once, whoever sent it"
    stays = await withdraw_post(day.parts, day.office.people["duyet"], post_id, "sai giờ")
    assert (stays, len(seen(day))) == ((["telegram"], once) if there else ([], 0)), "whose id nobody knows stays"


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "server_error", "server_error_after", "garbage"])
async def test_a_cut_edit_is_made_by_itself(day: Day, fault: str) -> None:
    post_id = await approved(day, WORDS)
    await day.go_on()
    day.sandbox.telegram.fail_next(fault, match="/editMessageText")
    edit = await edited(day, post_id, "Nước về 18 giờ.")
    await day.go_on()
    assert (await delivery_of(day, edit)).state == DeliveryState.SENT
    assert [(m.text, m.edits) for m in seen(day)] == [("Nước về 18 giờ.", 1)]


@pytest.mark.parametrize("changed", [False, True])
async def test_an_edit_whose_process_died_is_made_by_itself(
    day: Day, changed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    post_id = await approved(day, WORDS)
    await day.go_on()
    edit = await edited(day, post_id, "Nước về 18 giờ.")
    day.times.at += timedelta(minutes=1)  # posts of a channel keep their distance
    [flying] = await claim_due(day.parts, 10)
    submit = flying.channel.submit

    async def dies(out: Outgoing, notes: Notes) -> Sent:
        if changed:
            await submit(out, notes)
        raise asyncio.CancelledError

    with monkeypatch.context() as patched, pytest.raises(asyncio.CancelledError):
        patched.setattr(flying.channel, "submit", dies)
        await deliver(day.parts, flying)
    await day.go_on()
    assert (await delivery_of(day, edit)).state == DeliveryState.SENT
    assert [(m.text, m.edits) for m in seen(day)] == [("Nước về 18 giờ.", 1)]


async def test_an_edit_is_held_to_what_its_item_takes(day: Day) -> None:
    post_id = await approved(day, WORDS, FILES["picture"])
    await day.go_on()
    with pytest.raises(Invalid) as caught:
        await edited(day, post_id, "x" * 1025)
    assert [problem.code for problem in caught.value.problems["telegram"]] == ["text_too_long"]


async def test_too_many_calls_are_waited_for(day: Day) -> None:
    day.sandbox.telegram.flood(TELEGRAM_CHANNEL, 40)
    post_id = await approved(day, WORDS)
    await day.engine.drain()
    row = await delivery_of(day, post_id)
    assert row.state == DeliveryState.QUEUED and is_told(row)
    assert (row.next_at - day.times.at).total_seconds() == 40
    await day.go_on()
    assert [m.text for m in seen(day)] == [WORDS]


async def test_a_correction_is_pinned_and_a_missing_right_takes_nothing_back(day: Day) -> None:
    await approved(day, "Đính chính một", pin="true")
    await day.go_on()
    day.sandbox.telegram.set_rights(TELEGRAM_CHANNEL, CHANNEL_RIGHTS - {"can_edit_messages"})
    post_id = await approved(day, "Đính chính hai", pin="true")
    await day.go_on()
    assert [(m.text, m.pinned) for m in seen(day)] == [("Đính chính một", True), ("Đính chính hai", False)]
    row = await delivery_of(day, post_id)
    assert row.state == DeliveryState.SENT and "ghim" in row.error_vi


async def test_a_bot_that_was_removed_holds_the_post_until_it_is_let_in_again(day: Day) -> None:
    telegram = day.sandbox.telegram
    telegram.kick(TELEGRAM_CHANNEL)
    post_id = await approved(day, WORDS)
    await day.go_on(hours=1)
    row, account = await delivery_of(day, post_id), await day.account("telegram")
    assert (row.state, account.status) == (DeliveryState.HELD, AccountStatus.LOST)
    assert "thêm lại bot" in account.status_reason and seen(day) == []
    telegram.admit(TELEGRAM_CHANNEL)
    assert (await check_account(day.parts, account.id or 0)).ok
    await day.go_on()
    assert [m.text for m in seen(day)] == [WORDS]
