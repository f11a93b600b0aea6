"""Issuing the summary: once a week, whatever happens in between; the same facts in chat, HTML and PDF."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.duty.texts import CAPTION_MOST
from bot.engine.lease import LeaseLost
from bot.parts import NotFound
from bot.reports import render, weekly
from bot.reports.weekly import issue_due, last_week, weekly_html, weekly_pdf, weekly_text
from models.db import FENCE
from models.incident import Alert, AlertState
from models.office import Account, Organisation
from models.reading import Reading
from models.system import Summary
from tests.bot.reports.conftest import HOSTILE_TITLE, ISSUE, MONDAY, TZ, Maker, seed
from tests.conftest import FakeClock

WEEK = "2026-W47"


async def stored(make: Maker) -> tuple[list[Summary], list[Alert]]:
    async with make.parts.db.read() as session:
        return list((await session.exec(select(Summary))).all()), list((await session.exec(select(Alert))).all())


# -- what it says -------------------------------------------------------------------------------------------------


async def test_the_message_for_the_chat(make: Maker) -> None:
    text = await weekly_text(make.parts, await seed(make), WEEK, "vi")
    lines = text.replace("\u00a0", " ").splitlines()
    assert 5 <= len(lines) <= 8 and len(text) <= CAPTION_MOST
    assert lines[0].startswith("Tuần 47 (16/11–22/11/2026) – Cổng mẫu tỉnh Sao Mai")
    assert lines[1] == (
        "Tuần này 10 bài. Facebook tới 412.000 người (tuần trước 371.000: ▲ tăng 11%; "
        "trung vị 4 tuần 382.000: gần như không đổi)."
    )
    assert "Viber: không có số liệu." in text
    assert "ít nhất 412.000 người; chưa biết nhiều nhất" in text
    assert "1 sự cố: nhận trung vị 4 phút, đính chính trung vị 1 giờ 50 phút; 1 báo nhầm." in text
    assert "21 phê bình, góp ý (phê bình không tính là tin sai)" in text


async def test_two_channels_that_count_people_give_a_range(make: Maker) -> None:
    org = await make.office()
    for name, value in (("a", 412_000), ("b", 243_000)):
        account = await make.account(org, "facebook", remote_id=name, name=f"Trang {name}")
        await make.daily(account, "reach", MONDAY + timedelta(days=6), value, "f", unit="people", period="week")
    text = await weekly_text(make.parts, org, WEEK, "vi")
    assert "Facebook Trang a tới 412.000 người" in text and "Facebook Trang b tới 243.000 người" in text
    assert "Không cộng số người giữa các kênh: ít nhất 412.000 người, nhiều nhất 655.000 người." in text


async def test_html_is_self_contained_and_escapes_what_others_wrote(make: Maker) -> None:
    page = await weekly_html(make.parts, await seed(make), WEEK, "vi")
    assert "<script" not in page and "&lt;script&gt;" in page
    assert 'href="javascript' not in page
    assert 'lang="vi"' in page and 'scope="col"' in page and 'scope="row"' in page
    assert page.count('src="data:image/png;base64,') == page.count("<img alt=") == 3
    for outside in ('src="http', "<link", "@import", "url("):
        assert outside not in page
    for fact in ("412.345", "381.500", "1.078.000", "Chính sách, pháp luật 28", "●●○", "Bài tiếng Mông: 1."):
        assert fact in page


async def test_pdf_holds_the_same_facts(make: Maker) -> None:
    org = await seed(make)
    content = await weekly_pdf(make.parts, org, WEEK, "vi")
    reader = PdfReader(BytesIO(content))
    text = " ".join(" ".join(p.extract_text() for p in reader.pages).split()).replace("\u00a0", " ")
    assert len(reader.pages) <= 2
    assert reader.metadata is not None and "Tóm tắt tiếp cận tuần" in (reader.metadata.title or "")
    for fact in ("412.345", "tăng 11%", "1 giờ 50 phút", "không có số liệu", "SC-0001", "108 bình luận"):
        assert fact in text
    assert HOSTILE_TITLE.split()[-1] in text
    assert '#eval("1+1") *đậm* $x^2$' in text, "markup stays text"
    assert content == await weekly_pdf(make.parts, org, WEEK, "vi"), "the same week gives the same file"


async def test_english(make: Maker) -> None:
    org = await seed(make)
    text = (await weekly_text(make.parts, org, WEEK, "en")).replace("\u00a0", " ")
    assert (
        "Facebook reached 412,000 people (last week 371,000: ▲ up 11%; 4-week median 382,000: about the same)." in text
    )
    assert 'lang="en"' in await weekly_html(make.parts, org, WEEK, "en")


async def test_an_office_with_nothing_yet(make: Maker) -> None:
    org = await make.office()
    assert "Chưa kết nối kênh nào." in await weekly_text(make.parts, org, WEEK, "vi")
    assert "Chưa có số liệu tiếp cận." in await weekly_html(make.parts, org, WEEK, "vi")
    assert (await weekly_pdf(make.parts, org, WEEK, "vi")).startswith(b"%PDF")


async def test_many_long_names_still_fit_under_the_document(make: Maker) -> None:
    org = await make.office(name="Ủy ban " * 60)
    for n in range(9):
        await make.account(
            org, "facebook", remote_id=str(n), name="Trang " * 80, status="lost", read_at=ISSUE - timedelta(days=4)
        )
    text = await weekly_text(make.parts, org, WEEK, "vi")
    assert len(text) <= CAPTION_MOST and "… và 6 tài khoản khác" in text and "bình luận và tin nhắn" in text


async def test_wrong_weeks_and_offices_are_told(make: Maker) -> None:
    org = await make.office()
    for week in ("2026-99", "2027-W20"):
        with pytest.raises(ValueError, match="week"):
            await weekly_text(make.parts, org, week, "vi")
    with pytest.raises(NotFound):
        await weekly_text(make.parts, 99, WEEK, "vi")


@pytest.mark.parametrize(
    ("now", "week"),
    [
        (datetime(2026, 11, 23, 0, 0, tzinfo=TZ), "2026-W47"),
        (datetime(2026, 11, 22, 23, 59, tzinfo=TZ), "2026-W46"),
        (datetime(2027, 1, 4, 7, 0, tzinfo=TZ), "2026-W53"),
    ],
)
def test_last_week_is_the_office_s(now: datetime, week: str) -> None:
    assert last_week(now, TZ) == week


# -- issuing ------------------------------------------------------------------------------------------------------


async def test_issued_once(make: Maker, tick: Callable[..., datetime]) -> None:
    org = await seed(make)
    assert await issue_due(make.parts) == 1
    assert await issue_due(make.parts) == 0
    tick(days=3)
    assert await issue_due(make.parts) == 0
    [summary], [alert] = await stored(make)
    assert (summary.week, summary.version, summary.organisation_id) == (WEEK, 1, org)
    assert (alert.kind, alert.key, alert.chat_id) == ("weekly", f"weekly:{org}:{WEEK}", "-100200")
    assert alert.text.startswith("Tuần 47") and len(alert.text) <= 1024
    path = Path(alert.document_path)
    assert path.name == "loa-2026-W47.pdf" and path.read_bytes().startswith(b"%PDF")
    assert path.is_relative_to(make.parts.settings.data_dir.resolve())
    assert not list(path.parent.glob("*.part"))


async def test_who_lost_the_role_issues_nothing(make: Maker) -> None:
    await seed(make)

    async def ask(_: AsyncSession) -> None:
        raise LeaseLost("weekly")

    before = FENCE.set(ask)
    with pytest.raises(LeaseLost):
        await issue_due(make.parts)
    FENCE.reset(before)
    assert await stored(make) == ([], [])


async def test_the_message_is_escaped_for_the_chat(make: Maker) -> None:
    await make.office(name="<b>Bộ A & B")
    await issue_due(make.parts)
    _, [alert] = await stored(make)
    assert "&lt;b&gt;Bộ A &amp; B" in alert.text and "<" not in alert.text


@pytest.mark.parametrize(("forward", "issued"), [(-1, 0), (0, 1), (60 * 24 * 6, 1)])
async def test_due_from_monday_seven_to_the_end_of_the_week(
    make: Maker, tick: Callable[..., datetime], forward: int, issued: int
) -> None:
    await make.office()
    tick(minutes=forward)
    assert await issue_due(make.parts) == issued
    summaries, _ = await stored(make)
    assert all(s.week == WEEK for s in summaries)


async def test_weeks_missed_while_down_are_not_sent_late(make: Maker, tick: Callable[..., datetime]) -> None:
    await make.office()
    tick(weeks=3, days=1)
    assert await issue_due(make.parts) == 1
    [summary], _ = await stored(make)
    assert summary.week == "2026-W50"


async def test_a_new_office_waits_for_its_first_own_monday(make: Maker, tick: Callable[..., datetime]) -> None:
    await make.office(valid_from=ISSUE + timedelta(hours=3))
    tick(hours=4)
    assert await issue_due(make.parts) == 0
    tick(weeks=1)
    assert await issue_due(make.parts) == 1


async def test_without_a_leaders_chat_the_summary_is_kept(make: Maker) -> None:
    await make.office(leaders_chat="")
    assert await issue_due(make.parts) == 1
    assert await issue_due(make.parts) == 0
    summaries, alerts = await stored(make)
    assert len(summaries) == 1 and not alerts


async def test_an_old_week_shows_the_same_numbers_again(make: Maker, tick: Callable[..., datetime]) -> None:
    org = await seed(make)
    await issue_due(make.parts)
    issued = await weekly_text(make.parts, org, WEEK, "vi")
    tick(weeks=2)
    async with make.parts.db.write() as session:
        account = (await session.exec(select(Account).where(Account.kind == "facebook"))).one()
        session.add(
            Reading(
                account_id=account.id or 0,
                metric="reach",
                value=1,
                unit="people",
                period="week",
                day="2026-11-22",
                definition="facebook:page_total_media_view_unique",
                fetched_at=make.parts.now(),
            )
        )
    assert await weekly_text(make.parts, org, WEEK, "vi") == issued
    assert "bản 1" in await weekly_html(make.parts, org, WEEK, "vi")


@pytest.mark.parametrize("step", ["gather", "_write_pdf", "queue_alert", "record"])
async def test_a_crash_between_any_two_steps_neither_loses_nor_doubles(
    make: Maker, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    await make.office()
    real = getattr(weekly, step)

    async def dies(*args: Any, **words: Any) -> Any:
        await real(*args, **words)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(weekly, step, dies)
        with pytest.raises(KeyboardInterrupt):
            await issue_due(make.parts)
    summaries, alerts = await stored(make)
    assert not summaries and not alerts, "all of it or nothing"
    assert await issue_due(make.parts) == 1
    assert await issue_due(make.parts) == 0
    summaries, alerts = await stored(make)
    assert len(summaries) == len(alerts) == 1 and Path(alerts[0].document_path).exists()


async def test_two_at_once_issue_one(make: Maker) -> None:
    await make.office()
    assert sorted(await asyncio.gather(issue_due(make.parts), issue_due(make.parts))) == [0, 1]
    summaries, alerts = await stored(make)
    assert len(summaries) == len(alerts) == 1


@pytest.mark.parametrize("error", [render.CannotRender("no font"), OSError("disk full")])
async def test_without_a_pdf_the_figures_still_go_out(
    make: Maker, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fails(*_: Any) -> bytes:
        raise error

    await make.office()
    monkeypatch.setattr(render, "pdf", fails)
    assert await issue_due(make.parts) == 1
    _, [alert] = await stored(make)
    assert alert.document_path == "" and "Tuần 47" in alert.text


async def test_a_lost_file_is_made_again_from_the_frozen_figures(make: Maker) -> None:
    await seed(make)
    await issue_due(make.parts)
    _, [alert] = await stored(make)
    path = Path(alert.document_path)
    before = path.read_bytes()
    path.unlink()
    assert await issue_due(make.parts) == 0
    assert path.read_bytes() == before


async def test_what_the_chat_gave_up_on_is_tried_again_hourly(make: Maker, clock: FakeClock) -> None:
    org = await make.office()
    await issue_due(make.parts)
    async with make.parts.db.write() as session:
        (await session.exec(select(Alert))).one().state = AlertState.FAILED
        (await session.get_one(Organisation, org)).leaders_chat = "-300"
    clock.forward(minutes=59)
    await issue_due(make.parts)
    _, [alert] = await stored(make)
    assert alert.state == AlertState.FAILED
    clock.forward(minutes=2)
    await issue_due(make.parts)
    _, [alert] = await stored(make)
    assert (alert.state, alert.chat_id, alert.attempts) == (AlertState.QUEUED, "-300", 0)


def test_a_quiet_daemon_does_not_load_matplotlib_or_typst() -> None:
    code = (
        "import sys, bot.reports.weekly, bot.reports.charts\n"
        "print([m for m in ('matplotlib', 'typst') if m in sys.modules])"
    )
    root = Path(weekly.__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout.strip() == "[]"
