"""A machine translation is approved only once a person has signed these very words; texts come back as they went in."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import col, select

from bot.parts import Actor, NotFound, Refused
from bot.publishing import approval, queueing, writing
from bot.publishing.recurring import make_due_copies, repeat_post
from bot.publishing.signing import sign_translation
from bot.publishing.writing import Invalid, PostDraft, VariantDraft
from models.audit import AuditEntry
from models.post import PostKind, Variant
from models.queue import Every
from models.states import PostState
from tests.bot.conftest import PEOPLE, Office
from tests.bot.publishing.steps import draft, pending, post_of, state_of
from tests.bot.publishing.steps import sign as approve
from tests.conftest import FakeClock

GERMAN = VariantDraft(text="Bürgersprechstunde in Đá Xanh.", language="de", machine_translated=True)
VIETNAMESE = VariantDraft(text="Lịch tiếp dân xã Đá Xanh.")


def translated(clock: FakeClock, german: VariantDraft = GERMAN, **more: Any) -> PostDraft:
    """A post with a Vietnamese text for Facebook and a machine's German one for Viber."""
    return draft(clock, **{"variants": {"facebook": VIETNAMESE, "viber": german}, **more})


async def waiting(office: Office, clock: FakeClock, **more: Any) -> int:
    """It waits for its approval, unsigned."""
    return await pending(office, clock, variants=translated(clock).variants, **more)


async def sign(office: Office, post_id: int, who: str = "author", channel: str = "viber") -> None:
    """Sign the translation as it is now."""
    seen = (await post_of(office, post_id)).content_hash
    await sign_translation(office.parts, office.people[who], post_id, channel, seen)


async def variant(office: Office, post_id: int, channel: str = "viber") -> Variant:
    async with office.parts.db.read() as session:
        return (await session.exec(select(Variant).where(Variant.post_id == post_id, Variant.channel == channel))).one()


async def deeds(office: Office, post_id: int) -> list[AuditEntry]:
    async with office.parts.db.read() as session:
        query = select(AuditEntry).where(AuditEntry.subject == f"post:{post_id}").order_by(col(AuditEntry.id))
        return list((await session.exec(query)).all())


async def test_unsigned_it_cannot_be_approved_and_signed_it_can(office: Office, clock: FakeClock) -> None:
    post_id = await waiting(office, clock)
    with pytest.raises(Invalid) as caught:
        await approve(office, post_id)
    assert "Bản dịch máy chưa có người ký: hãy đọc kỹ" in caught.value.text("vi")
    assert list(caught.value.problems) == ["viber"]
    assert await writing.review_post(office.parts, office.id, post_id) == caught.value.problems
    await sign(office, post_id)
    assert await writing.review_post(office.parts, office.id, post_id) == {}
    assert await approve(office, post_id) == PostState.SCHEDULED
    row = await variant(office, post_id)
    assert (row.signed_by, row.signed_at) == (office.people["author"].user_id, clock())
    (entry,) = [d for d in await deeds(office, post_id) if d.action == "translation_signed"]
    assert (entry.user_id, entry.detail["channel"]) == (office.people["author"].user_id, "viber")


@pytest.mark.parametrize("surface", ["console", "command line", "chat"])
@pytest.mark.parametrize("kind", [PostKind.ROUTINE, PostKind.CORRECTION])
async def test_no_way_of_approving_lets_it_through(
    office: Office, clock: FakeClock, surface: str, kind: PostKind
) -> None:
    post_id = await waiting(office, clock, kind=kind)
    seen = (await post_of(office, post_id)).content_hash
    for who in ("approver", "speaker"):
        actor = replace(office.people[who], surface=surface)
        with pytest.raises(Invalid):
            await approval.approve_post(office.parts, actor, post_id, seen)
    assert await state_of(office, post_id) == PostState.PENDING


MAY_SIGN = {"author", "editor", "duty", "backup", "speaker"}


@pytest.mark.parametrize("who", sorted(PEOPLE))
async def test_whoever_may_write_may_sign(office: Office, clock: FakeClock, who: str) -> None:
    post_id = await waiting(office, clock)
    if who in MAY_SIGN:
        await sign(office, post_id, who)
        assert (await variant(office, post_id)).signed_by == office.people[who].user_id
    else:
        with pytest.raises(Refused, match="may not sign"):
            await sign(office, post_id, who)
        assert (await variant(office, post_id)).signed_at is None


async def test_whoever_signed_does_not_approve(office: Office, clock: FakeClock) -> None:
    post_id = await waiting(office, clock)
    await sign(office, post_id, "speaker")
    assert "approve" not in approval.allowed_actions(
        await post_of(office, post_id), office.people["speaker"], [], [], clock()
    )
    with pytest.raises(Refused, match="whose translation you signed"):
        await approve(office, post_id, "speaker")
    assert await approve(office, post_id) == PostState.SCHEDULED


EDITS: dict[str, dict[str, Any]] = {
    "text": {"german": replace(GERMAN, text="Sprechstunde in Đá Xanh.")},
    "link": {"german": replace(GERMAN, link="https://daxanh.example/de")},
    "language": {"german": replace(GERMAN, language="fr")},
}


@pytest.mark.parametrize("what", EDITS)
async def test_an_edit_of_the_words_voids_the_signature(office: Office, clock: FakeClock, what: str) -> None:
    post_id = await waiting(office, clock)
    await sign(office, post_id)
    await approve(office, post_id)
    await writing.revise_post(office.parts, office.people["editor"], post_id, translated(clock, **EDITS[what]))
    row = await variant(office, post_id)
    assert (row.signed_by, row.signed_at) == (None, None)
    assert "signature_voided" in [d.action for d in await deeds(office, post_id)]
    with pytest.raises(Invalid):
        await approve(office, post_id)
    await sign(office, post_id, "editor")
    assert await approve(office, post_id) == PostState.SCHEDULED


async def test_an_edit_of_something_else_leaves_it(office: Office, clock: FakeClock) -> None:
    post_id = await waiting(office, clock)
    await sign(office, post_id)
    await queueing.reschedule_post(office.parts, office.people["author"], post_id, None)
    other = translated(clock, variants={"facebook": VariantDraft(text="Khác."), "viber": GERMAN}, title="Tên khác")
    await writing.revise_post(office.parts, office.people["editor"], post_id, other)
    assert (await variant(office, post_id)).signed_at is not None
    assert "signature_voided" not in [d.action for d in await deeds(office, post_id)]


async def test_the_posts_name_is_one_of_the_words_where_it_is_shown_as_title(office: Office, clock: FakeClock) -> None:
    author = office.people["author"]
    on_zalo = {"zalo": GERMAN}
    post_id = await writing.create_post(office.parts, author, draft(clock, variants=on_zalo))
    await sign(office, post_id, channel="zalo")
    await writing.revise_post(office.parts, author, post_id, draft(clock, variants=on_zalo, title="Tên khác"))
    assert (await variant(office, post_id, "zalo")).signed_at is None


async def test_taking_the_mark_away_is_recorded_and_takes_the_signature(office: Office, clock: FakeClock) -> None:
    post_id = await waiting(office, clock)
    await sign(office, post_id)
    for german in (replace(GERMAN, machine_translated=False), GERMAN):
        await writing.revise_post(office.parts, office.people["author"], post_id, translated(clock, german))
    assert (await variant(office, post_id)).signed_at is None
    (entry,) = [d for d in await deeds(office, post_id) if d.action == "translation_unmarked"]
    assert entry.user_id == office.people["author"].user_id


async def test_a_signature_is_for_what_was_seen(office: Office, clock: FakeClock) -> None:
    post_id = await waiting(office, clock)
    seen = (await post_of(office, post_id)).content_hash
    await writing.revise_post(office.parts, office.people["editor"], post_id, translated(clock, **EDITS["text"]))
    with pytest.raises(Refused, match="changed after you saw it"):
        await sign_translation(office.parts, office.people["author"], post_id, "viber", seen)


async def test_what_cannot_be_signed(office: Office, clock: FakeClock) -> None:
    post_id = await waiting(office, clock)
    for channel in ("facebook", "youtube", "pigeon"):
        with pytest.raises(Refused, match="no machine translation"):
            await sign(office, post_id, channel=channel)
    stranger = Actor(1, office.id + 1, office.people["author"].roles)
    with pytest.raises(NotFound):
        await sign_translation(office.parts, stranger, post_id, "viber", "x")
    await queueing.hold_post(office.parts, office.people["duty"], post_id, "xem lại")
    with pytest.raises(Refused, match="on hold"):
        await sign(office, post_id)
    await queueing.release_post(office.parts, office.people["duty"], post_id)
    await sign(office, post_id)
    with pytest.raises(Refused, match="no machine translation that waits"):
        await sign(office, post_id, "editor")
    await approve(office, post_id)
    with pytest.raises(Refused, match="before approval"):
        await sign(office, post_id, "editor")


async def test_a_copy_of_a_recurring_post_is_signed_as_its_words_are(office: Office, clock: FakeClock) -> None:
    post_id = await waiting(office, clock)
    await repeat_post(office.parts, office.people["author"], post_id, Every.DAY, minute=600)
    (unsigned,) = await make_due_copies(office.parts)
    with pytest.raises(Invalid):
        await approve(office, unsigned)
    await sign(office, post_id)
    clock.forward(hours=24)
    (signed,) = await make_due_copies(office.parts)
    assert await approve(office, signed) == PostState.SCHEDULED


# -- letters and their marks ------------------------------------------------------------------------------------------

NAMES = "Nguyễn Thị Hường, Đặng Văn Tuệ – xã Đá Xanh, huyện Mường Ảng; Tiểu đường thử mỡ: ẵ ậ ễ ự ỹ Ỷ"


async def test_marks_survive_from_the_keyboard_to_the_payload(office: Office, clock: FakeClock) -> None:
    """As some keyboards and files write it, every mark apart; the store and the channel have one character a letter."""
    apart = unicodedata.normalize("NFD", NAMES)
    assert apart != NAMES
    words = VariantDraft(text=f"Bürgeramt: {apart}", title=apart, language="de", machine_translated=True)
    post_id = await writing.create_post(
        office.parts,
        office.people["author"],
        draft(clock, variants={"viber": words}, title=apart, locality=apart, source_document=apart),
    )
    post, row = await post_of(office, post_id), await variant(office, post_id)
    assert [post.title, post.locality, post.source_document, row.title] == [NAMES] * 4
    assert row.text == f"Bürgeramt: {NAMES}"
    shown = await writing.preview_post(office.parts, office.id, post_id)
    assert shown["viber"][0].payload["text"] == row.text


async def test_the_same_words_in_another_form_are_no_edit(office: Office, clock: FakeClock) -> None:
    author = office.people["author"]
    words = replace(GERMAN, text=f"Bürgeramt: {NAMES}")
    post_id = await writing.create_post(office.parts, author, translated(clock, words))
    await sign(office, post_id)
    apart = replace(words, text=unicodedata.normalize("NFD", words.text))
    await writing.revise_post(office.parts, author, post_id, translated(clock, apart))
    assert (await variant(office, post_id)).signed_at is not None
