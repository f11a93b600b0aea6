"""The weekly reach summary for the leaders: issued once a week, frozen, shown again as it was.

Issuing: gather, render, put the PDF in place, then one transaction with the frozen figures, the message and the audit
entry. A crash before it leaves a file nobody names; a crash after it leaves nothing to do but send.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from html import escape
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.duty.alerts import queue_alert
from bot.duty.texts import CAPTION_MOST, cut
from bot.parts import NotFound, Parts
from bot.reports import render
from bot.reports.figures import WEEK, freeze, gather, start_of, thaw
from bot.reports.page import chat_lines, page
from bot.reports.shapes import Page
from models.audit import record
from models.incident import Alert, AlertState
from models.office import Organisation
from models.system import Summary
from monitor.reach import WeekSummary, monday_of, week_of

log = structlog.get_logger()

ISSUED_AT_HOUR = 7
FIRST_VERSION = 1
TRY_AGAIN = timedelta(hours=1)


@dataclass(frozen=True)
class Issue:
    """A week's summary as issued (`version` from 1), or as it stands now (`version` 0)."""

    office: Organisation
    summary: WeekSummary
    version: int
    at: datetime

    def page(self, language: str) -> Page:
        """Its words."""
        return page(
            self.summary,
            self.office.name,
            language=language,
            tz=ZoneInfo(self.office.zone),
            version=self.version,
            at=self.at,
        )

    def text(self, language: str) -> str:
        """The message for the chat, plain, short enough to stand under the document."""
        text = ""
        for brief in (False, True):
            lines = chat_lines(self.summary, self.office.name, language=language, version=self.version, brief=brief)
            text = "\n".join(lines)
            if len(text) <= CAPTION_MOST:
                break
        return cut(text, CAPTION_MOST)


def last_week(now: datetime, tz: tzinfo) -> str:
    """The week that ended last, by the office's calendar: 2026-W47."""
    return week_of((now.astimezone(tz) - WEEK).date())


async def weekly_text(parts: Parts, organisation_id: int, week: str, language: str) -> str:
    """The summary as a short message. Raises `ValueError` for a week that cannot be, `NotFound` for the office."""
    return (await look_up(parts, organisation_id, week)).text(language)


async def weekly_html(parts: Parts, organisation_id: int, week: str, language: str) -> str:
    """The summary as one self-contained HTML file. Raises as `weekly_text`."""
    issue = await look_up(parts, organisation_id, week)
    return await asyncio.to_thread(render.html, issue.page(language))


async def weekly_pdf(parts: Parts, organisation_id: int, week: str, language: str) -> bytes:
    """The summary as PDF. Raises as `weekly_text`, and `render.CannotRender`."""
    issue = await look_up(parts, organisation_id, week)
    return await asyncio.to_thread(render.pdf, issue.page(language), issue.at)


async def look_up(parts: Parts, organisation_id: int, week: str) -> Issue:
    """A week as it was issued (the newest version), or gathered now when it was not."""
    monday_of(week)
    async with parts.db.read() as session:
        office = await session.get(Organisation, organisation_id)
        if office is None:
            raise NotFound("cơ quan này", "such organisation")
        issued = await _issued(session, organisation_id, week)
        if issued is not None:
            return Issue(office, thaw(issued.figures), issued.version, issued.issued_at)
        now = parts.now()
        return Issue(office, await gather(session, office, week, now), 0, now)


async def issue_due(parts: Parts) -> int:
    """Issue last week's summary where it is due and was not issued; return how many were. Safe to call at any time,
    from any number of processes, after any crash.

    Due from Monday 07:00 office time to the end of that week. An organisation that is newer than that moment waits
    for its first own Monday.
    """
    async with parts.db.read() as session:
        offices = (await session.exec(select(Organisation).order_by(col(Organisation.id)))).all()
    return sum([await _issue_for(parts, office) for office in offices])


async def _issue_for(parts: Parts, office: Organisation) -> bool:
    now, tz = parts.now(), ZoneInfo(office.zone)
    week = last_week(now, tz)
    due = start_of(monday_of(week) + WEEK, tz) + timedelta(hours=ISSUED_AT_HOUR)
    if now < due or (office.valid_from and office.valid_from > due) or (office.valid_to and office.valid_to <= due):
        return False
    async with parts.db.read() as session:
        issued = await _issued(session, office.id or 0, week)
        summary = None if issued is not None else await gather(session, office, week, now)
    if summary is None:
        await _look_after(parts, office, week)
        return False
    issue = Issue(office, summary, FIRST_VERSION, now)
    path = pdf_path(parts, issue)
    written = await _write_pdf(parts, issue, path)
    try:
        return await _record(parts, issue, path if written else None)
    except IntegrityError:  # another process was quicker
        log.info("weekly_issued_elsewhere", organisation=office.id, week=week)
        return False


async def _issued(session: AsyncSession, organisation_id: int, week: str) -> Summary | None:
    rows = await session.exec(
        select(Summary)
        .where(Summary.organisation_id == organisation_id, Summary.week == week)
        .order_by(col(Summary.version).desc())
        .limit(1)
    )
    return rows.first()


async def _record(parts: Parts, issue: Issue, path: Path | None) -> bool:
    """The figures, the message and the audit entry in one transaction; False when another was first."""
    office, week, org = issue.office, issue.summary.week, issue.office.id or 0
    chat = office.leaders_chat or parts.settings.leaders_chat
    async with parts.db.write() as session:
        if await _issued(session, org, week) is not None:
            return False
        session.add(
            Summary(
                organisation_id=org,
                week=week,
                version=issue.version,
                issued_at=issue.at,
                figures=freeze(issue.summary),
            )
        )
        await session.flush()
        queued = await queue_alert(
            session,
            organisation_id=org,
            kind="weekly",
            key=alert_key(org, week),
            chat_id=chat,
            text=escape(issue.text(parts.settings.language), quote=False),
            document_path=str(path) if path is not None else "",
            at=issue.at,
        )
        await record(
            session,
            at=issue.at,
            action="weekly_issued",
            subject=f"summary:{org}:{week}",
            organisation_id=org,
            version=issue.version,
            sent=queued,
        )
    if not queued:
        log.warning(
            "weekly_not_sent", organisation=org, week=week, hint="no leaders' chat: set one or LOA_LEADERS_CHAT"
        )
    log.info("weekly_issued", organisation=org, week=week, version=issue.version)
    parts.bell.ring("alert")
    return True


def alert_key(organisation_id: int, week: str) -> str:
    """The unique key of a week's message: one a week, whoever queues it."""
    return f"weekly:{organisation_id}:{week}"


# -- the file -----------------------------------------------------------------------------------------------------


def pdf_path(parts: Parts, issue: Issue) -> Path:
    """Where a week's PDF lies. The digest keeps two attempts with different figures apart."""
    digest = hashlib.sha256(repr(freeze(issue.summary)).encode()).hexdigest()[:12]
    folder = parts.settings.data_dir.resolve() / "reports" / str(issue.office.id) / digest
    return folder / f"loa-{issue.summary.week}.pdf"


async def _write_pdf(parts: Parts, issue: Issue, path: Path) -> bool:
    """Put the PDF in place. When that fails the figures still go out, as text: False, and an error in the log."""
    try:
        content = await asyncio.to_thread(render.pdf, issue.page(parts.settings.language), issue.at)
        await asyncio.to_thread(_put, path, content)
    except (render.CannotRender, OSError) as error:
        hint = "`loa report weekly --pdf F` tries again"
        log.error("weekly_pdf_failed", week=issue.summary.week, error=str(error)[:300], hint=hint)
        return False
    return True


def _put(path: Path, content: bytes) -> None:
    """Write beside the target, sync, then rename: a crash leaves the old file or the new one, never half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


async def _look_after(parts: Parts, office: Organisation, week: str) -> None:
    """See an issued week through to the leaders: what the chat gave up on is tried again every hour while the week is
    the newest, and a PDF that has gone missing is made again from the frozen figures."""
    now, key = parts.now(), alert_key(office.id or 0, week)
    async with parts.db.read() as session:
        alert = (await session.exec(select(Alert).where(Alert.key == key))).first()
    if alert is None or alert.state == AlertState.SENT:
        return
    if alert.state == AlertState.FAILED and alert.next_at + TRY_AGAIN <= now:
        async with parts.db.write() as session:
            row = await session.get_one(Alert, alert.id)
            row.chat_id = office.leaders_chat or row.chat_id
            row.state, row.attempts, row.next_at = AlertState.QUEUED, 0, now
        parts.bell.ring("alert")
    path = Path(alert.document_path) if alert.document_path else None
    if path is not None and not path.exists():
        await _write_pdf(parts, await look_up(parts, office.id or 0, week), path)
