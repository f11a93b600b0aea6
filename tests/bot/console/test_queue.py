"""The queue page: what waits and why, decisions, the red switch, and long lists a page at a time."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import col, select, update

from bot.console.queue_rows import PER_PAGE, VIEWS, _query, take
from bot.publishing.claim import claim_due
from models.audit import AuditEntry
from models.delivery import Delivery
from models.post import Post
from models.queue import Hold
from models.states import DeliveryState, PostState
from tests.bot.conftest import Office
from tests.bot.console.conftest import Open, give
from tests.bot.console.test_pages import look_at
from tests.bot.console.test_writing import approve, partly_failed, waiting


async def queued(office: Office, title: str = "Phát gạo") -> int:
    """A post for Facebook that is due in an hour."""
    post_id = await waiting(office, title=title, due_at=office.parts.now() + timedelta(hours=1))
    await approve(office, post_id)
    return post_id


async def set_delivery(office: Office, post_id: int, **values: object) -> None:
    async with office.parts.db.write() as session:
        await session.exec(update(Delivery).where(col(Delivery.post_id) == post_id).values(**values))


def parts_of(page: str) -> dict[str, str]:
    """The lists of the page by name."""
    return dict(re.findall(r'aria-labelledby="part-(\w+)">(.*?)</section>', page, re.S))


# -- looking ----------------------------------------------------------------------------------------------------------


async def test_an_empty_queue_says_so(sign_in: Open) -> None:
    page = await look_at(await sign_in("author"), "/queue")
    assert list(parts_of(page)) == ["queued"] and "Không có gì chờ đăng." in page


async def test_each_part_holds_what_belongs_there(office: Office, sign_in: Open) -> None:
    ids = {name: await queued(office, f"Bài {name}") for name in ("chờ", "lạ", "giữ", "đang", "trễ")}
    now = office.parts.now()
    await set_delivery(office, ids["lạ"], state="unknown", error_vi="Không rõ.", claimed_at=now, attempt_no=1)
    await set_delivery(office, ids["đang"], state="sending", claimed_at=now, attempt_no=1)
    await set_delivery(office, ids["trễ"], next_at=now - timedelta(minutes=2))
    author = await sign_in("author")
    await give(author, f"/posts/{ids['giữ']}/hold", await look_at(author, f"/posts/{ids['giữ']}"), why="chờ Sở")
    found = parts_of(await look_at(author, "/queue"))
    assert list(found) == ["attention", "stuck", "queued"]
    assert "Bài lạ" in found["attention"] and "Không rõ." in found["attention"] and "lần thử 1" in found["attention"]
    assert "Bài trễ" in found["stuck"] and "Bài chờ" in found["queued"]
    for view, title in (("in_flight", "Bài đang"), ("held", "Bài giữ"), ("unknown", "Bài lạ"), ("stuck", "Bài trễ")):
        part = parts_of(await look_at(author, f"/queue?view={view}"))
        assert list(part) == [view] and re.findall(r"Bài \w+", part[view]) == [title], view
    held = parts_of(await look_at(author, "/queue?view=held"))["held"]
    assert "bài đang tạm giữ: chờ Sở" in held and f'action="/posts/{ids["giữ"]}/release' in held
    assert "Bài chờ" not in await look_at(author, "/queue?view=queued&channel=zalo")
    assert "Bài chờ" in await look_at(author, "/queue/live?view=queued&channel=facebook&after=nonsense")


async def test_an_unknown_is_decided_from_the_queue(office: Office, sign_in: Open) -> None:
    first, second = await queued(office, "Một"), await queued(office, "Hai")
    for post_id in (first, second):
        await set_delivery(office, post_id, state="unknown", attempt_no=1)
    async with office.parts.db.write() as session:
        await session.exec(update(Post).values(state=PostState.PARTLY_FAILED))
    duty, author = await sign_in("duty"), await sign_in("author")
    page = await look_at(duty, "/queue")
    forms = re.findall(r'action="(/deliveries/\d+/settle\?back=[^"]+)"', page)
    assert len(forms) == 2 and "/settle" not in await look_at(author, "/queue")
    for path, answer in zip(forms, ("yes", "no"), strict=True):
        done = await give(duty, path, page, there=answer)
        assert done.headers["Location"] == "/queue"
    async with office.parts.db.read() as session:
        states = (await session.exec(select(Delivery.state).order_by(col(Delivery.id)))).all()
    assert list(states) == [DeliveryState.SENT, DeliveryState.QUEUED]


async def test_what_was_refused_leads_to_its_text(office: Office, sign_in: Open) -> None:
    post_id = await partly_failed(office)
    part = parts_of(await look_at(await sign_in("editor"), "/queue"))["attention"]
    assert "Viber từ chối nội dung." in part and f'href="/posts/{post_id}/edit"' in part and "/retry?" in part
    async with office.parts.db.write() as session:
        await session.exec(update(Post).values(state=PostState.CORRECTED))
    assert "attention" not in parts_of(await look_at(await sign_in("editor"), "/queue")), "that is over"


# -- long lists -------------------------------------------------------------------------------------------------------


async def fill_queue(office: Office, rows: int) -> None:
    """So many deliveries of one post, in threes at the same time."""
    post_id, now = await queued(office), office.parts.now()
    async with office.parts.db.write() as session:
        pattern = (await session.exec(select(Delivery))).one().model_dump(exclude={"id", "target_id"})
        many = [
            {**pattern, "target_id": str(n), "next_at": now + timedelta(minutes=n // 3), "composed": {}, "notes": {}}
            for n in range(1, rows)
        ]
        await session.exec(sa.insert(Delivery), params=many)
    assert post_id


async def test_pages_follow_each_other_without_gap_or_repeat(office: Office, sign_in: Open) -> None:
    await fill_queue(office, 2 * PER_PAGE + 3)
    author, path, seen = await sign_in("author"), "/queue", []
    while path:
        part = parts_of(await look_at(author, path))["queued"]
        seen.append(re.findall(r"Mẫu facebook · (\d+)", part))
        more = re.search(r'<a href="([^"]+)">Trang sau', part)
        path = more[1].replace("&amp;", "&") if more else ""
    assert [len(page) for page in seen[:2]] == [PER_PAGE, PER_PAGE]
    found = [int(n) for page in seen for n in page]
    assert sorted(found) == list(range(1, 2 * PER_PAGE + 3)) and found == sorted(found)
    assert "Về đầu danh sách" in part


async def test_a_page_is_read_by_the_queues_index_and_nothing_is_sorted(office: Office) -> None:
    await queued(office)
    async with office.parts.db.read() as session:
        for conditions in (c for view in VIEWS.values() for c in view):
            query = _query(office.id, conditions, "", "5.5").order_by(col(Delivery.next_at), col(Delivery.id))
            text = query.limit(26).compile(session.get_bind(), compile_kwargs={"literal_binds": True})
            plan = [row[3] for row in await (await session.connection()).execute(sa.text(f"EXPLAIN QUERY PLAN {text}"))]
            if "IN ('sending', 'checking')" not in str(text):  # two states: the few in flight are sorted
                assert "USING INDEX delivery_due (state=?" in plan[0], plan
                assert not any("TEMP B-TREE" in line for line in plan), plan


async def test_only_the_offices_own_rows_are_read(office: Office) -> None:
    await fill_queue(office, 40)
    async with office.parts.db.read() as session:
        queued_part = VIEWS["queued"]
        assert (await take(session, office.id + 1, queued_part)).rows == []
        assert len((await take(session, office.id, queued_part)).rows) == PER_PAGE


# -- the red switch ---------------------------------------------------------------------------------------------------


async def test_everything_stops_at_one_confirmed_press_and_goes_on_by_another(office: Office, sign_in: Open) -> None:
    post_id = await queued(office)
    duty, leaders_eye = await sign_in("duty"), await sign_in("auditor")
    assert 'href="/queue/stop">Tạm dừng tất cả' in await look_at(duty, "/queue")
    ask = await look_at(duty, "/queue/stop")
    assert "Đang chờ: 1 lượt gửi" in ask and 'value="organisation" selected' in ask
    refused = await give(duty, "/queue/stop", ask, scope="organisation", why=" ")
    assert refused.status == 422 and "Hãy ghi lý do" in await refused.text()
    assert (await give(duty, "/queue/stop", ask, scope="organisation", why="nghi bị lộ mã")).status == 303
    office.parts.now.forward(hours=1, minutes=5)  # type: ignore[attr-defined]
    assert await claim_due(office.parts, 10) == [], "effective before the next send"
    for path in ("/queue", "/", "/queue/live", "/today/live"):
        page = await look_at(leaders_eye, path)
        assert "tất cả bài của đơn vị" in page and "nghi bị lộ mã" in page and "Duty" in page and "08:00" in page, path
        assert "/holds/1/release" not in page, "who may not release it sees no button"
    assert "đang tạm dừng tất cả bài của đơn vị: nghi bị lộ mã" in await look_at(duty, f"/posts/{post_id}")
    editor = await sign_in("editor")
    page = await look_at(editor, "/")
    assert (await give(editor, "/holds/1/release?back=/", page)).headers["Location"] == "/"
    assert await claim_due(office.parts, 10) != []
    async with office.parts.db.read() as session:
        deeds = (await session.exec(select(AuditEntry.action).where(col(AuditEntry.subject) == "hold:1"))).all()
    assert list(deeds) == ["hold_placed", "hold_released"]


@pytest.mark.parametrize(
    ("scope", "stopped"),
    [("channel:facebook", True), ("channel:zalo", False), ("topic:KHAC", True), ("topic:Y_TE", False)],
)
async def test_a_channel_or_a_topic_stops_alone(office: Office, sign_in: Open, scope: str, stopped: bool) -> None:
    await queued(office)
    speaker = await sign_in("speaker")
    assert (
        await give(speaker, "/queue/stop", await look_at(speaker, "/queue/stop"), scope=scope, why="x")
    ).status == 303
    part = parts_of(await look_at(speaker, "/queue"))["queued"]
    assert ('class="why"' in part) is stopped


async def test_only_an_admin_stops_every_office_and_nobody_stops_what_is_not_there(
    office: Office, sign_in: Open
) -> None:
    editor, admin, author = await sign_in("editor"), await sign_in("admin"), await sign_in("author")
    ask = await look_at(editor, "/queue/stop")
    assert 'value="everything"' not in ask and 'value="everything"' in await look_at(admin, "/queue/stop")
    assert (await give(editor, "/queue/stop", ask, scope="everything", why="x")).status == 422
    assert (await give(editor, "/queue/stop", ask, scope="channel:telegraf", why="x")).status == 422
    assert (await give(editor, "/queue/stop", ask, scope="nonsense", why="x")).status == 400
    assert (await author.get("/queue/stop")).status == 403
    assert "/queue/stop" not in await look_at(author, "/queue")
    async with office.parts.db.read() as session:
        assert (await session.exec(select(Hold))).all() == []
    page = await look_at(admin, "/queue/stop")
    assert (await give(admin, "/queue/stop", page, scope="everything", why="x")).status == 303
