"""The library of settled claims: with its source, on record, and named by an alert until it is retired."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlmodel import select

from bot.duty.library import Settled, add, entries_of, retire
from bot.parts import NotFound, Refused
from models.audit import AuditEntry
from tests.bot.conftest import Office
from tests.bot.duty.test_regroup import heard, incidents, pipeline_of
from tests.monitor.crowd import MILK

ENTRY = Settled("Sữa học đường trường Tân Lạc bị pha thuốc diệt chuột", "TIN_GIA", "Sở Y tế, thông báo 12")


async def test_an_alert_names_what_was_settled_until_it_is_retired(office: Office, tmp_path: Path) -> None:
    pipeline, duty = pipeline_of(office), office.people["duty"]
    assert await add(office.parts, duty, [ENTRY, ENTRY]) == 1, "the same words stand once"
    await heard(office, pipeline, *MILK[:3])
    (milk,) = await incidents(office)
    assert "đã kết luận là tin giả" in milk.evidence["official_vi"] and "Sở Y tế" in milk.evidence["official_vi"]
    async with office.parts.db.read() as session:
        (row,) = await entries_of(session, duty)
    await retire(office.parts, duty, row.id or 0, "kết luận đã thay đổi")
    await heard(office, pipeline, MILK[3])
    (milk,) = await incidents(office)
    assert milk.evidence["official_vi"] == ""
    async with office.parts.db.read() as session:
        done = [
            a.action for a in (await session.exec(select(AuditEntry))).all() if a.subject == f"known_claim:{row.id}"
        ]
    assert done == ["known_claim_added", "known_claim_retired"]


async def test_what_has_no_source_or_no_known_verdict_is_refused(office: Office) -> None:
    duty = office.people["duty"]
    for entry in (Settled("Đập vỡ", "TIN_GIA", " "), Settled("", "TIN_GIA", "Sở"), Settled("Đập vỡ", "SAI", "Sở")):
        with pytest.raises(Refused):
            await add(office.parts, duty, [ENTRY, entry])
    async with office.parts.db.read() as session:
        assert not await entries_of(session, duty), "all or none"
    with pytest.raises(NotFound):
        await retire(office.parts, duty, 99, "không có")
    with pytest.raises(Refused):
        await add(office.parts, office.people["author"], [ENTRY])
