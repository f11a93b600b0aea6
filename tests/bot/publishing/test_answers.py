"""Answers to citizens: drafted in one step, never approved by their author, queued for one account under one text."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlmodel import col, select

from bot.office_setup import add_account
from bot.parts import Actor, NotFound, Refused
from bot.publishing import approval, writing
from bot.publishing.answers import LATE_AFTER_MIN, Standing, hand_in_answer, revise_answer, standings, window_told
from bot.publishing.cautions import cautions_of
from bot.publishing.queueing import cancel_post, withdraw_post
from bot.publishing.writing import Invalid, VariantDraft
from models.delivery import Delivery
from models.mention import Mention
from models.post import Post, Priority
from tests.bot.conftest import Office
from tests.bot.publishing.asked import asked
from tests.bot.publishing.steps import deliveries, draft, pending, post_of, sign, state_of
from tests.conftest import FakeClock

WORDS = "Cấp nước lại lúc 17 giờ hôm nay."


async def handed_in(office: Office, mention: int, text: str = WORDS) -> int:
    """An answer that waits for its approval."""
    post_id = await hand_in_answer(office.parts, office.people["author"], mention, text)
    await approval.forward_post(office.parts, office.people["editor"], post_id)
    return post_id


async def test_it_goes_out_once_on_the_account_that_was_written_to(office: Office) -> None:
    other = await add_account(
        office.parts,
        office.id,
        kind="facebook",
        remote_id="100009",
        name="Trang khác",
        settings={},
        secrets={"page_token": "x"},
    )
    mention = await asked(office)
    post_id = await handed_in(office, mention)
    await sign(office, post_id)
    [row] = await deliveries(office, post_id)
    assert (row.account_id, row.target_id, row.form) == (office.accounts["facebook"], "c1", "reply")
    assert row.composed == {"comment_id": "c1", "message": WORDS}
    assert (row.priority, row.due_at, row.late_after_min) == (Priority.ANSWER, office.parts.now(), LATE_AFTER_MIN)
    assert Priority.ROUTINE < row.priority < Priority.HOLDING
    there = await asked(office, account_id=other, remote_id="c9")
    second = await handed_in(office, there)
    shown = await writing.preview_post(office.parts, office.id, second)
    assert {k: dict(v.payload) for k, (v,) in shown.items()} == {"facebook": {"comment_id": "c9", "message": WORDS}}
    await sign(office, second)
    assert [d.account_id for d in await deliveries(office, second)] == [other]


async def test_nobody_approves_their_own_and_one_yes_of_an_approver_is_enough(office: Office) -> None:
    speaker = office.people["speaker"]  # writes and approves
    post_id = await hand_in_answer(office.parts, speaker, await asked(office), WORDS)
    await approval.forward_post(office.parts, office.people["editor"], post_id)
    with pytest.raises(Refused, match="others must"):
        await sign(office, post_id, "speaker")
    for who in ("author", "editor", "duty"):
        with pytest.raises(Refused):
            await sign(office, post_id, who)
    assert await deliveries(office, post_id) == []
    assert await sign(office, post_id) == "scheduled"


async def test_an_edit_voids_the_yes_and_stays_under_the_same_text(office: Office, clock: FakeClock) -> None:
    post_id = await handed_in(office, await asked(office))
    await sign(office, post_id)
    post = await post_of(office, post_id)
    await revise_answer(office.parts, office.people["author"], post_id, "Cấp nước lại lúc 18 giờ.", post.version)
    assert (await state_of(office, post_id), await deliveries(office, post_id)) == ("pending", [])
    with pytest.raises(Refused, match="The content changed"):
        await approval.approve_post(office.parts, office.people["approver"], post_id, post.content_hash)
    await sign(office, post_id)
    assert [d.composed["message"] for d in await deliveries(office, post_id)] == ["Cấp nước lại lúc 18 giờ."]
    moved = draft(clock, variants={"facebook": VariantDraft(text="x")}, due_at=None)
    with pytest.raises(Refused, match="under its comment"):
        await writing.revise_post(office.parts, office.people["author"], post_id, moved)


async def test_one_that_was_sent_back_is_handed_in_again(office: Office) -> None:
    post_id = await handed_in(office, await asked(office))
    await approval.return_post(office.parts, office.people["approver"], post_id, "nói rõ khu vực")
    version = (await post_of(office, post_id)).version
    await revise_answer(office.parts, office.people["author"], post_id, "Khu phố 3 có nước lúc 17 giờ.", version)
    post = await post_of(office, post_id)
    assert (post.state, post.title) == ("in_review", "Trả lời: Khu phố 3 có nước lúc 17 giờ.")
    with pytest.raises(Refused):
        await revise_answer(office.parts, office.people["author"], post_id, "cũ", version)


async def test_an_answer_to_an_answer_stands_under_the_top_comment(office: Office) -> None:
    post_id = await handed_in(office, await asked(office, "youtube", remote_id="T1.r2", parent_id="T1"))
    await sign(office, post_id)
    [row] = await deliveries(office, post_id)
    assert row.composed == {"parentId": "T1", "textOriginal": WORDS}


async def test_one_answer_is_on_its_way_at_a_time(office: Office) -> None:
    mention, author, duty = await asked(office), office.people["author"], office.people["duty"]
    twice = await asyncio.gather(*(hand_in_answer(office.parts, author, mention, WORDS) for _ in range(2)))
    assert twice[0] == twice[1], "a double press is one answer"
    for actor, text in ((duty, WORDS), (author, "Lời khác")):
        with pytest.raises(Refused, match=f"post {twice[0]}"):
            await hand_in_answer(office.parts, actor, mention, text)
    await approval.forward_post(office.parts, office.people["editor"], twice[0])
    await sign(office, twice[0])
    await cancel_post(office.parts, duty, twice[0])
    assert await hand_in_answer(office.parts, duty, mention, "Lời khác") != twice[0]


@pytest.mark.parametrize(
    ("channel", "more", "said"),
    [
        ("facebook", {"own": True}, "own words"),
        ("facebook", {"deleted_at": "now"}, "no longer on the channel"),
        ("viber", {}, "citizens write to the office by a Viber Bot"),
    ],
)
async def test_what_cannot_be_answered_is_told(
    office: Office, channel: str, more: dict[str, object], said: str
) -> None:
    if "deleted_at" in more:
        more = {"deleted_at": office.parts.now()}
    mention = await asked(office, channel, **more)
    with pytest.raises(Refused, match=said):
        await hand_in_answer(office.parts, office.people["author"], mention, WORDS)


async def test_who_may_not_write_does_not_answer_and_others_see_nothing(office: Office) -> None:
    mention = await asked(office)
    for who in ("approver", "admin", "auditor"):
        with pytest.raises(Refused, match="may not write"):
            await hand_in_answer(office.parts, office.people[who], mention, WORDS)
    stranger = Actor(office.people["author"].user_id, office.id + 1, office.people["author"].roles)
    with pytest.raises(NotFound):
        await hand_in_answer(office.parts, stranger, mention, WORDS)
    async with office.parts.db.read() as session:
        assert (await session.exec(select(Post))).all() == []


@pytest.mark.parametrize(("channel", "most"), [("facebook", 8000), ("youtube", 10_000), ("zalo", 2000)])
async def test_what_the_platform_would_refuse_leaves_no_draft(office: Office, channel: str, most: int) -> None:
    mention = await asked(office, channel)
    for text, code in (("ộ" * (most + 1), "text_too_long"), (" \n ", "text_missing")):
        with pytest.raises(Invalid) as caught:
            await hand_in_answer(office.parts, office.people["author"], mention, text)
        assert [p.code for p in caught.value.problems[channel]] == [code]
    async with office.parts.db.read() as session:
        assert (await session.exec(select(Post))).all() == []
    assert await hand_in_answer(office.parts, office.people["author"], mention, "ộ" * most)


async def test_the_same_words_to_two_people_are_no_slip(office: Office, clock: FakeClock) -> None:
    first = await handed_in(office, await asked(office))
    await sign(office, first)
    second = await handed_in(office, await asked(office, remote_id="c2"))
    assert await cautions_of(office.parts, second) == []
    routine = await pending(office, clock, variants={"facebook": VariantDraft(text=WORDS)})
    assert await cautions_of(office.parts, routine) == []


async def test_a_message_cannot_be_called_back(office: Office) -> None:
    post_id = await handed_in(office, await asked(office, "zalo"))
    await sign(office, post_id)
    async with office.parts.db.write() as session:
        row = await session.get_one(Delivery, (await deliveries(office, post_id))[0].id)
        row.state, row.remote_id = "sent", "mid_1"
        (await session.get_one(Post, post_id)).state = "published"
    assert await withdraw_post(office.parts, office.people["approver"], post_id, "sai") == ["zalo"]
    assert await state_of(office, post_id) == "published"


async def test_what_became_of_each_text(office: Office) -> None:
    ids = [await asked(office, remote_id=f"c{n}") for n in range(5)]
    waiting, out, back = [await handed_in(office, ids[n]) for n in range(3)]
    at = office.parts.now()
    ours = {"own": True, "parent_id": "c3", "written_at": at}
    await asked(office, remote_id="r3", **ours)  # written in Facebook's own app
    await asked(office, remote_id="r4", **{**ours, "parent_id": "c4"})  # sent by Loa, to somebody else in the thread
    await sign(office, out)
    async with office.parts.db.write() as session:
        (await session.get_one(Post, out)).state = "published"
        (await session.get_one(Post, back)).state = "retracted"
        (await session.get_one(Delivery, (await deliveries(office, out))[0].id)).remote_id = "r4"
    async with office.parts.db.read() as session:
        rows = (await session.exec(select(Mention).where(col(Mention.own).is_(False)))).all()
        found = await standings(session, rows)
        assert await standings(session, []) == {}
    told = [(s.answered, s.under_way, s.post.id if s.post else None) for s in (found[i] for i in ids)]
    assert told == [
        (False, True, waiting),
        (True, False, out),
        (False, False, None),
        (True, False, None),
        (False, False, None),
    ]
    assert found[ids[3]] == Standing(None, at)


async def test_zalo_s_time_for_answers_is_told(office: Office) -> None:
    ids = {channel: await asked(office, channel) for channel in ("zalo", "facebook")}
    async with office.parts.db.read() as session:
        texts = {channel: await session.get_one(Mention, mention) for channel, mention in ids.items()}
    written = texts["zalo"].written_at
    assert window_told(texts["zalo"], written + timedelta(hours=48)) is None
    late = window_told(texts["zalo"], written + timedelta(hours=49))
    assert late is not None and "48 giờ" in late.vi and "48 hours" in late.en
    over = window_told(texts["zalo"], written + timedelta(days=8))
    assert over is not None and "7 ngày" in over.vi
    assert window_told(texts["facebook"], written + timedelta(days=80)) is None
