"""Every route of the console: who may, with which token, and never the rows of another organisation."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.accounts.standing import MAY_PAUSE
from bot.console import rules
from bot.console.app import make_app
from bot.console.guard import PAGES
from bot.console.rules import Door
from bot.office_setup import create_organisation
from bot.people import create_user, new_password
from models.claim import Claim
from models.delivery import Delivery
from models.incident import Incident
from models.mention import Mention
from models.office import Role
from models.post import Media
from models.queue import Every, Hold, HoldScope, Recurrence, Slot
from tests.bot.conftest import PASSWORD, PEOPLE, Office
from tests.bot.console.conftest import Open
from tests.bot.console.test_pages import look_at, token
from tests.bot.console.test_writing import approve, waiting


def fill(path: str) -> str:
    """The path with the number 1 (or something that fits) in every place."""
    path = (
        path.replace("{id}", "1")
        .replace("{kind}", "facebook")
        .replace("{media_id}", "1")
        .replace("{name}", "console.css")
    )
    assert "{" not in path, path
    return path


def routes(office: Office, door: Door) -> list[tuple[str, str, rules.Page]]:
    declared = make_app(office.parts)[PAGES]
    return [(method, path, page) for (method, path), page in declared.items() if page.rule.door is door]


async def fill_office(office: Office, folder: Path) -> None:
    """One row of everything that a path can name, each with the number 1."""
    post_id = await waiting(office)
    await approve(office, post_id)
    now = office.parts.now()
    (folder / "a.jpg").write_bytes(b"x")
    async with office.parts.db.write() as session:
        claim = Claim(organisation_id=office.id, key="k", text="đập vỡ", first_at=now, last_at=now)
        session.add(claim)
        await session.flush()
        times = {"opened_at": now, "started_at": now, "updated_at": now}
        session.add_all(
            [
                Hold(scope=HoldScope.ORGANISATION, organisation_id=office.id, reason="x", placed_at=now),
                Slot(organisation_id=office.id, channel="zalo", weekday=1, minute=480),
                Mention(
                    organisation_id=office.id, account_id=office.accounts["facebook"], channel="facebook",
                    remote_id="c1", text="đập vỡ chưa?", written_at=now, fetched_at=now,
                ),
                Recurrence(organisation_id=office.id, post_id=post_id, every=Every.DAY, next_at=now),
                Incident(
                    organisation_id=office.id, claim_id=claim.id, claim_text="đập vỡ", field="KHAC", level="high",
                    harm=2, spread=1, channels_hit=["facebook"], **times,
                ),
                Media(
                    post_id=post_id, kind="picture", mime="image/jpeg", path=str(folder / "a.jpg"), size=1,
                    sha256="ab" * 32,
                ),
            ]
        )  # fmt: skip
        assert await session.get(Delivery, 1) is not None


async def test_nothing_of_another_organisation_is_seen_or_changed(
    office: Office, sign_in: Open, tmp_path: Path
) -> None:
    """A person with every role next door meets "not found" on every path that names a row."""
    await fill_office(office, tmp_path)
    other = await create_organisation(office.parts, "Xã bên", duty_chat="", leaders_chat="")
    hashed = await new_password("langgieng", PASSWORD)
    async with office.parts.db.write() as session:
        await create_user(
            session, organisation_id=other, login="langgieng", name="Láng giềng", password_hash=hashed,
            roles=list(Role), at=office.parts.now(),
        )  # fmt: skip
    stranger = await sign_in("langgieng")
    csrf = token(await look_at(stranger, "/me"))
    fields = {
        "csrf": csrf, "why": "x", "there": "yes", "to": "watching", "every": "day", "time": "08:00", "title": "x",
        "content_hash": "x", "version": "1",
    }  # fmt: skip
    tried = 0
    for method, path, _ in routes(office, Door.ROLE):
        if "id}" in path:
            at = fill(path)
            answer = await (
                stranger.get(at) if method == "GET" else stranger.post(at, data=fields, allow_redirects=False)
            )
            assert answer.status == 404, (method, path, answer.status)
            tried += 1
    assert tried > 20
    for path in ("/", "/posts", "/queue", "/queue?view=queued", "/schedule", "/accounts", "/incidents", "/comments"):
        page = await look_at(stranger, path)
        assert "Phát gạo" not in page and "Mẫu facebook" not in page and "đập vỡ" not in page, path
    owner = await look_at(await sign_in("editor"), "/queue")
    assert "Phát gạo" in owner and "tất cả bài của đơn vị" in owner, "all of it is still there, and still held"


async def test_each_route_opens_to_its_roles_alone(office: Office, sign_in: Open) -> None:
    for login, roles in PEOPLE.items():
        client = await sign_in(login)
        csrf = token(await look_at(client, "/me"))
        for method, path, page in routes(office, Door.ROLE):
            if method == "POST":
                answer = await client.post(fill(path), data={"csrf": csrf}, allow_redirects=False)
            else:
                answer = await client.get(fill(path))
            may = bool(page.rule.roles & set(roles))
            assert (answer.status == 403) is not may, (login, method, path, answer.status)


async def test_no_form_is_taken_without_its_token_or_sign_in(office: Office, sign_in: Open) -> None:
    speaker, stranger = await sign_in("speaker"), await sign_in("")
    for door in (Door.ROLE, Door.SIGNED_IN):
        for method, path, page in routes(office, door):
            if method == "POST" and (door is Door.SIGNED_IN or Role.SPOKESPERSON in page.rule.roles):
                for fields in ({}, {"csrf": "x" * 43}):
                    assert (await speaker.post(fill(path), data=fields, allow_redirects=False)).status == 403, path
            if method == "POST":
                answer = await stranger.post(fill(path), data={}, allow_redirects=False)
                assert answer.status == 303 and answer.headers["Location"].startswith("/login"), path


def test_the_consoles_rights_are_those_of_the_rooms() -> None:
    assert rules.PAUSERS.roles == set(MAY_PAUSE)
    assert rules.ADMINS.roles == {Role.ADMIN}


@pytest.mark.parametrize("path", ["/queue", "/schedule", "/accounts", "/queue/stop"])
async def test_new_pages_say_everything_in_english(office: Office, sign_in: Open, path: str) -> None:
    editor = await sign_in("editor")
    csrf = token(await look_at(editor, "/me"))
    await editor.post("/me/language", data={"csrf": csrf, "language": "en"}, allow_redirects=False)
    page = re.sub(
        r"<(button|a|option)[^>]*>[^<]*(Tiếng Việt|Mẫu)[^<]*|Đơn vị mẫu|Mẫu \w+", "", await look_at(editor, path)
    )
    assert not re.findall(r"[ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]", page), path
