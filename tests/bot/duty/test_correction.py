"""The answer to an incident: one draft however often it is asked for, two people, the channels hit, what it settles."""

from __future__ import annotations

import asyncio

import pytest
from sqlmodel import col, select

from bot.duty import correction, desk
from bot.duty.approving import show_drafts
from bot.duty.correction import draft_correction
from bot.duty.desk import settle_corrections
from bot.duty.presses import press
from bot.duty.telling import raise_alerts
from bot.parts import Refused
from bot.publishing.approval import approve_post
from bot.publishing.queueing import reschedule_post
from bot.publishing.signing import sign_translation
from bot.publishing.writing import PostDraft, VariantDraft, revise_post
from bot.settings import Settings
from models.delivery import Delivery
from models.incident import Level
from models.mention import Mention
from models.office import Account
from models.post import Media, Post, PostKind
from models.states import DeliveryState, IncidentState, PostState
from tests.bot.conftest import Office
from tests.bot.duty.steps import (
    EVIDENCE,
    alerts,
    events,
    incident,
    posts_of,
    row_of,
    set_incident,
    state,
    tie,
    without_chat,
)
from tests.bot.duty.test_telling import came_back
from tests.conftest import FakeClock


@pytest.fixture
def settings(settings: Settings, database_url: str) -> Settings:
    """The office's settings, on SQLite and on PostgreSQL."""
    return settings.model_copy(update={"database_url": database_url})


UNANSWERED = {**EVIDENCE, "official_text": "", "official_ref": ""}


async def opened(office: Office, clock: FakeClock, **more: object) -> int:
    """An incident that was told and taken."""
    incident_id = await incident(office, clock, Level.HIGH, **more)
    await raise_alerts(office.parts)
    await desk.acknowledge(office.parts, office.people["duty"], incident_id)
    return incident_id


async def sign(office: Office, post_id: int, *who: str) -> str:
    """Approve the newest version, one after the other."""
    found = ""
    for login in who:
        async with office.parts.db.read() as session:
            seen = (await session.get_one(Post, post_id)).content_hash
        found = await approve_post(office.parts, office.people[login], post_id, seen)
    return found


async def out(office: Office, clock: FakeClock, post_id: int) -> None:
    """The platforms have taken all of it."""
    async with office.parts.db.write() as session:
        post = await session.get_one(Post, post_id)
        post.state, post.published_at = PostState.PUBLISHED, clock()
        for delivery in (await session.exec(select(Delivery).where(Delivery.post_id == post_id))).all():
            delivery.state, delivery.sent_at, delivery.permalink = DeliveryState.SENT, clock(), "https://fb.example/1"


async def test_a_correction_needs_two_and_goes_to_the_channels_hit(office: Office, clock: FakeClock) -> None:
    incident_id = await opened(office, clock)
    post_id = await draft_correction(office.parts, office.people["duty"], incident_id)
    assert await sign(office, post_id, "approver") == PostState.PENDING
    with pytest.raises(Refused):
        await sign(office, post_id, "approver")
    assert await sign(office, post_id, "speaker") == PostState.SCHEDULED
    async with office.parts.db.read() as session:
        (row,) = (await session.exec(select(Delivery).where(Delivery.post_id == post_id))).all()
    assert (row.channel, row.priority, row.composed["pin"]) == ("facebook", 100, "true")
    message = row.composed["message"]
    assert message.startswith("Kho muối còn đủ dùng.") and "lan truyền rằng “kho muối cạn sạch”" in message
    assert message.endswith("Cập nhật tiếp theo lúc 09 giờ 00 tại trang chính thức của Đơn vị mẫu.")


async def test_a_machine_translated_correction_is_marked_in_the_chat_and_approved_only_when_signed(
    office: Office, clock: FakeClock
) -> None:
    incident_id = await opened(office, clock)
    post_id = await draft_correction(office.parts, office.people["duty"], incident_id)
    post = (await posts_of(office, incident_id))[0]
    german = VariantDraft(text="Das Salzlager ist voll.", language="de", machine_translated=True)
    edited = PostDraft(post.title, post.field, "", None, {"facebook": german}, kind=post.kind)
    await revise_post(office.parts, office.people["duty"], post_id, edited)
    await show_drafts(office.parts)
    shown = (await alerts(office, "draft"))[-1]
    assert "[Bản dịch máy] Das Salzlager ist voll." in shown.text
    await tie(office, "approver", "70")
    await tie(office, "speaker", "71")
    assert (
        "Bản dịch máy chưa có người ký: hãy đọc kỹ" in (await press(office.parts, "70", f"approve:{shown.token}")).text
    )
    await sign_translation(office.parts, office.people["duty"], post_id, "facebook", shown.about["hash"])
    assert "1/2" in (await press(office.parts, "70", f"approve:{shown.token}")).text
    assert "đang đăng" in (await press(office.parts, "71", f"approve:{shown.token}")).text


async def test_the_time_of_the_next_word_carries_its_day_after_midnight(office: Office, clock: FakeClock) -> None:
    clock.forward(hours=15, minutes=40)
    incident_id = await incident(office, clock)
    post_id = await draft_correction(office.parts, office.people["duty"], incident_id)
    shown = (await alerts(office, "draft"))[0].text
    assert post_id and "Cập nhật tiếp theo lúc 00 giờ 40 ngày 25/11 tại trang" in shown


async def test_pressing_twice_or_together_gives_one_draft(office: Office, clock: FakeClock) -> None:
    incident_id = await opened(office, clock, channels_hit=["facebook", "zalo"])
    people = [office.people[login] for login in ("duty", "backup", "speaker", "duty")]
    made = await asyncio.gather(*(draft_correction(office.parts, p, incident_id) for p in people))
    assert len(set(made)) == 1 and len(await posts_of(office, incident_id)) == 1
    assert len(await alerts(office, "draft")) == 1
    async with office.parts.db.read() as session:
        media = (await session.exec(select(Media).where(Media.post_id == made[0]))).all()
    assert [m.channels for m in media] == [["zalo"]], "an article cannot be without a cover"


async def test_a_crash_before_it_is_shown_is_mended_by_the_next_press_or_turn(
    office: Office, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def dies(*_: object) -> None:
        raise SystemExit

    incident_id = await opened(office, clock)
    with monkeypatch.context() as patched, pytest.raises(SystemExit):
        patched.setattr(correction, "show_draft", dies)
        await draft_correction(office.parts, office.people["duty"], incident_id)
    (post,) = await posts_of(office, incident_id)
    assert post.state == PostState.PENDING and await alerts(office, "draft") == []
    assert await show_drafts(office.parts) == 1
    assert await draft_correction(office.parts, office.people["duty"], incident_id) == post.id
    assert await show_drafts(office.parts) == 0
    (shown,) = await alerts(office, "draft")
    assert shown.about == {"post": str(post.id), "hash": post.content_hash}


async def test_a_crash_while_drafting_leaves_nothing_behind(
    office: Office, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def dies(*_: object) -> None:
        raise SystemExit

    incident_id = await opened(office, clock, channels_hit=["zalo"])
    with monkeypatch.context() as patched, pytest.raises(SystemExit):
        patched.setattr(correction, "attach_in", dies)
        await draft_correction(office.parts, office.people["duty"], incident_id)
    assert await posts_of(office, incident_id) == []
    assert await state(office, incident_id) == IncidentState.ACKED
    await draft_correction(office.parts, office.people["duty"], incident_id)
    assert len(await posts_of(office, incident_id)) == 1


async def test_the_newest_version_is_what_approvers_see(office: Office, clock: FakeClock) -> None:
    incident_id = await opened(office, clock)
    post_id = await draft_correction(office.parts, office.people["duty"], incident_id)
    new = PostDraft(
        title="Đính chính", field="KINH_TE", locality="", due_at=None, kind=PostKind.CORRECTION,
        variants={"facebook": VariantDraft(text="Kho muối còn 40 tấn, đủ dùng ba tháng.")},
    )  # fmt: skip
    await revise_post(office.parts, office.people["editor"], post_id, new)
    assert await show_drafts(office.parts) == 1
    first, second = await alerts(office, "draft")
    assert "còn 40 tấn" in second.text and "bản 2, đã duyệt 0/2" in second.text
    with pytest.raises(Refused, match="changed after you saw it"):
        await approve_post(office.parts, office.people["approver"], post_id, first.about["hash"])
    await approve_post(office.parts, office.people["approver"], post_id, second.about["hash"])
    await reschedule_post(office.parts, office.people["editor"], post_id, clock.forward(hours=1))
    assert await show_drafts(office.parts) == 1, "the time is part of what is approved"


async def test_without_a_chat_there_is_nothing_to_show_and_nothing_breaks(office: Office, clock: FakeClock) -> None:
    await without_chat(office)
    incident_id = await opened(office, clock)
    await draft_correction(office.parts, office.people["duty"], incident_id)
    assert await show_drafts(office.parts) == 0 and await alerts(office) == []


async def test_an_office_without_a_fitting_channel_is_told_so(office: Office, clock: FakeClock) -> None:
    """YouTube is corrected under the videos hit; a claim that came by message alone has none."""
    incident_id = await opened(office, clock, channels_hit=["youtube"])
    async with office.parts.db.write() as session:
        for kind in ("facebook", "zalo", "viber"):
            await session.delete(await session.get_one(Account, office.accounts[kind]))
    with pytest.raises(Refused, match="No connected channel"):
        await draft_correction(office.parts, office.people["duty"], incident_id)
    assert await state(office, incident_id) == IncidentState.ACKED


async def test_youtube_is_corrected_under_the_videos_hit(office: Office, clock: FakeClock) -> None:
    incident_id = await opened(office, clock, channels_hit=["youtube"])
    claim_id = (await row_of(office, incident_id)).claim_id
    async with office.parts.db.write() as session:
        for number, video in enumerate(("v1", "v2", "v2")):
            session.add(
                Mention(
                    organisation_id=office.id, account_id=office.accounts["youtube"], channel="youtube",
                    item_id=video, remote_id=f"c{number}", text="kho muối cạn sạch", claim_id=claim_id,
                    written_at=clock(), fetched_at=clock(),
                )
            )  # fmt: skip
    post_id = await draft_correction(office.parts, office.people["duty"], incident_id)
    await sign(office, post_id, "approver", "speaker")
    async with office.parts.db.read() as session:
        rows = (
            await session.exec(select(Delivery).where(Delivery.post_id == post_id).order_by(col(Delivery.id)))
        ).all()
    assert [(r.channel, r.target_id) for r in rows] == [("youtube", "v2"), ("youtube", "v1")]


# -- what it settles ------------------------------------------------------------------------------------------------


async def test_a_correction_that_is_out_closes_the_circle_and_its_time_is_told(
    office: Office, clock: FakeClock
) -> None:
    incident_id = await opened(office, clock)
    post_id = await draft_correction(office.parts, office.people["duty"], incident_id)
    await sign(office, post_id, "approver", "speaker")
    assert await settle_corrections(office.parts) == 0
    clock.forward(minutes=50)
    await out(office, clock, post_id)
    assert await settle_corrections(office.parts) == 1
    assert await settle_corrections(office.parts) == 0
    row = await row_of(office, incident_id)
    assert (row.state, row.corrected_at, row.first_line_at) == (IncidentState.AFTERCARE, clock(), clock())
    told = (await alerts(office))[-1].text
    assert "đính chính đã lên lúc 08:50, 50 phút sau khi báo động" in told and "https://fb.example/1" in told


async def test_a_holding_line_is_no_correction(office: Office, clock: FakeClock) -> None:
    """Without an official post the draft says that it is being checked, and settles nothing."""
    incident_id = await opened(office, clock, evidence=UNANSWERED)
    holding = await draft_correction(office.parts, office.people["duty"], incident_id)
    (post,) = await posts_of(office, incident_id)
    assert (post.kind, post.title) == (PostKind.HOLDING, f"Thông báo ban đầu SC-{incident_id:04d}")
    assert "<b>Thông báo ban đầu" in (await alerts(office, "draft"))[0].text
    await sign(office, holding, "approver", "speaker")
    await out(office, clock, holding)
    assert await settle_corrections(office.parts) == 1
    assert await settle_corrections(office.parts) == 0, "told once"
    row = await row_of(office, incident_id)
    assert (row.state, row.corrected_at, row.first_line_at) == (IncidentState.RESPONDING, None, clock())
    assert [e.why for e in await events(office, incident_id, "first_line")] == [f"bài {holding} đã lên"]
    assert "thông báo ban đầu đã lên" in (await alerts(office))[-1].text
    # the office has published what is true: now it can be corrected
    await set_incident(office, incident_id, evidence=EVIDENCE)
    right = await draft_correction(office.parts, office.people["duty"], incident_id)
    assert right != holding
    await sign(office, right, "approver", "speaker")
    await out(office, clock, right)
    assert await settle_corrections(office.parts) == 1
    assert await state(office, incident_id) == IncidentState.AFTERCARE


async def test_the_correction_of_last_time_does_not_answer_a_reopened_incident(
    office: Office, clock: FakeClock
) -> None:
    incident_id = await opened(office, clock)
    old = await draft_correction(office.parts, office.people["duty"], incident_id)
    await sign(office, old, "approver", "speaker")
    await out(office, clock, old)
    await settle_corrections(office.parts)
    duty = office.people["duty"]
    await desk.move_incident(office.parts, duty, incident_id, IncidentState.CLOSED, "yên")
    clock.forward(days=2)
    await came_back(office, clock, incident_id, Level.HIGH)
    await raise_alerts(office.parts)
    await desk.acknowledge(office.parts, duty, incident_id)
    for to in (IncidentState.VERIFYING, IncidentState.RESPONDING):
        await desk.move_incident(office.parts, duty, incident_id, to)
    assert await settle_corrections(office.parts) == 0
    assert await state(office, incident_id) == IncidentState.RESPONDING
    clock.forward(minutes=5)
    new = await draft_correction(office.parts, duty, incident_id)
    assert new != old
    await sign(office, new, "approver", "speaker")
    await out(office, clock, new)
    assert await settle_corrections(office.parts) == 1


async def test_two_published_corrections_of_one_incident_are_one_move(office: Office, clock: FakeClock) -> None:
    incident_id = await opened(office, clock)
    post_id = await draft_correction(office.parts, office.people["duty"], incident_id)
    async with office.parts.db.write() as session:
        post = await session.get_one(Post, post_id)
        session.add(Post(**{**post.model_dump(exclude={"id"}), "title": "Đính chính lần hai"}))
    for post in await posts_of(office, incident_id):
        await out(office, clock, post.id or 0)
    assert await settle_corrections(office.parts) == 1
    assert [e.now for e in await events(office, incident_id, "moved")].count("corrected") == 1


async def test_an_update_in_aftercare_is_a_new_answer(office: Office, clock: FakeClock) -> None:
    incident_id = await opened(office, clock)
    first = await draft_correction(office.parts, office.people["duty"], incident_id)
    await sign(office, first, "approver", "speaker")
    await out(office, clock, first)
    await settle_corrections(office.parts)
    clock.forward(hours=1)
    second = await draft_correction(office.parts, office.people["duty"], incident_id)
    assert second != first and await state(office, incident_id) == IncidentState.RESPONDING
    assert await settle_corrections(office.parts) == 0, "the first one counted already"
    assert await draft_correction(office.parts, office.people["backup"], incident_id) == second


async def test_watching_for_a_while_keeps_the_draft(office: Office, clock: FakeClock) -> None:
    incident_id = await opened(office, clock)
    draft = await draft_correction(office.parts, office.people["duty"], incident_id)
    await desk.move_incident(
        office.parts, office.people["duty"], incident_id, IncidentState.WATCHING, "chờ xã xác minh"
    )
    clock.forward(minutes=20)
    await desk.move_incident(office.parts, office.people["duty"], incident_id, IncidentState.RESPONDING)
    assert await draft_correction(office.parts, office.people["duty"], incident_id) == draft
    await sign(office, draft, "approver", "speaker")
    await out(office, clock, draft)
    assert await settle_corrections(office.parts) == 1
