"""Answers to citizens before their approvers in the duty chat: with what was asked, and never for their author."""

from __future__ import annotations

from bot.duty.alerts import SILENT
from bot.duty.approving import show_drafts
from bot.duty.presses import press
from bot.publishing import approval
from bot.publishing.answers import hand_in_answer, revise_answer
from models.post import Post
from tests.bot.conftest import Office
from tests.bot.duty.steps import alerts, tie
from tests.bot.publishing.asked import asked
from tests.bot.publishing.steps import deliveries, post_of


async def waiting(office: Office, who: str = "author") -> int:
    """An answer to a Zalo message that waits for its yes."""
    mention = await asked(office, "zalo", remote_id="mid_7", text="Nước <đục> quá " + "à " * 400)
    post_id = await hand_in_answer(office.parts, office.people[who], mention, "Xã đang súc rửa đường ống & bể.")
    assert await show_drafts(office.parts) == 0, "an editor reads it first"
    await approval.forward_post(office.parts, office.people["editor"], post_id)
    return post_id


async def test_the_approver_sees_the_question_beside_the_answer(office: Office) -> None:
    post_id = await waiting(office)
    assert (await show_drafts(office.parts), await show_drafts(office.parts)) == (1, 0)
    [shown] = await alerts(office, "draft")
    assert "Người dân viết:\n“Nước &lt;đục&gt; quá à" in shown.text and "…”" in shown.text
    assert "<b>Zalo</b>:\nXã đang súc rửa đường ống &amp; bể." in shown.text
    assert "đã duyệt 0/1" in shown.text and "Cần một người duyệt, không phải người soạn." in shown.text
    assert "mid_7" not in shown.text
    assert SILENT in shown.about, "nobody is woken for it"
    await tie(office, "approver", "70")
    assert "đang đăng" in (await press(office.parts, "70", f"approve:{shown.token}")).text
    assert [d.state for d in await deliveries(office, post_id)] == ["queued"]


async def test_its_author_does_not_approve_it_from_the_chat_and_an_edit_is_shown_anew(office: Office) -> None:
    post_id = await waiting(office, "speaker")
    await show_drafts(office.parts)
    [shown] = await alerts(office, "draft")
    await tie(office, "speaker", "71")
    await tie(office, "duty", "72")
    assert "Không được tự duyệt" in (await press(office.parts, "71", f"approve:{shown.token}")).text
    assert "không có quyền duyệt" in (await press(office.parts, "72", f"approve:{shown.token}")).text
    post: Post = await post_of(office, post_id)
    await revise_answer(office.parts, office.people["duty"], post_id, "Xã đã súc rửa xong.", post.version)
    await show_drafts(office.parts)
    assert "Xã đã súc rửa xong." in (await alerts(office, "draft"))[-1].text
    await tie(office, "approver", "70")
    assert "Nội dung đã thay đổi" in (await press(office.parts, "70", f"approve:{shown.token}")).text
    assert await deliveries(office, post_id) == []
