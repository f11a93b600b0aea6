"""The list of the press and big pages: who may change it, what may stand on it, and that it is on record."""

from __future__ import annotations

import pytest
from sqlmodel import select

from bot.duty.outlets import Named, add, outlets_of, retire
from bot.parts import NotFound, Refused
from models.audit import AuditEntry
from tests.bot.conftest import Office


async def listed(office: Office) -> list[tuple[str, str, int | None]]:
    async with office.parts.db.read() as session:
        return [(o.kind, o.remote_id, o.followers) for o in await outlets_of(session, office.id)]


async def test_it_is_kept_by_the_desk_and_every_change_is_on_record(office: Office) -> None:
    duty = office.people["duty"]
    await add(office.parts, duty, Named("facebook", "11", "Báo Mẫu"))
    page = await add(office.parts, duty, Named("youtube", "UC22", "Kênh Mẫu", 250_000))
    assert await listed(office) == [("press", "11", None), ("page", "UC22", 250_000)]
    page = await add(office.parts, duty, Named("youtube", "UC22", "Kênh Mẫu", 300_000))
    assert await listed(office) == [("press", "11", None), ("page", "UC22", 300_000)], "listed again: the new number"
    await retire(office.parts, duty, page.id or 0, "đã đóng")
    assert await listed(office) == [("press", "11", None)]
    with pytest.raises(NotFound):
        await retire(office.parts, duty, page.id or 0, "lần nữa")
    async with office.parts.db.read() as session:
        done = [a for a in (await session.exec(select(AuditEntry))).all() if a.subject.startswith("outlet:")]
    assert [a.action for a in done] == ["outlet_added"] * 3 + ["outlet_retired"]
    assert done[-1].detail["why"] == "đã đóng" and done[-1].user_id == duty.user_id


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (Named("zalo", "77", "Ai đó", 200_000), "private people"),
        (Named("facebook", "77", "Trang nhỏ", 100_000), "more than 100,000"),
        (Named("facebook", " ", "Không mã"), "page's id"),
        (Named("facebook", "77", " "), "its name"),
    ],
)
async def test_what_is_no_public_page_is_refused(office: Office, given: Named, why: str) -> None:
    with pytest.raises(Refused, match=why):
        await add(office.parts, office.people["duty"], given)
    assert await listed(office) == []


async def test_only_the_desk_changes_it(office: Office) -> None:
    with pytest.raises(Refused):
        await add(office.parts, office.people["author"], Named("facebook", "11", "Báo Mẫu"))
