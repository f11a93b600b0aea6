"""Guessing passwords, forms that are none, and who is kept out by them: nobody who owns the login."""

from __future__ import annotations

import asyncio
import re

import pytest
from sqlmodel import select

from bot.console.throttle import MOST_BY_ADDRESS, MOST_BY_LOGIN, MOST_BY_VISITOR, Throttle, Try
from bot.people import LINK_CODE_LIVES
from models.office import LinkCode
from tests.bot.conftest import PASSWORD, Office
from tests.bot.console.conftest import Open, give
from tests.conftest import FakeClock

HOME, AWAY = "192.0.2.1", "198.51.100.7"


def guess(throttle: Throttle, clock: FakeClock, times: int, *, login: str = "an", address: str = AWAY) -> list[bool]:
    """Whether each of so many tries was looked at."""
    return [isinstance(throttle.begin(login, address, "", clock()), Try) for _ in range(times)]


def test_tries_count_before_the_password_is_looked_at(clock: FakeClock) -> None:
    throttle = Throttle(b"k")
    assert guess(throttle, clock, 60).count(True) == MOST_BY_VISITOR
    wait = throttle.begin("an", AWAY, "", clock())
    assert wait == pytest.approx(15 * 60)
    clock.forward(minutes=15)
    assert guess(throttle, clock, 1) == [True], "who must wait is not counted: the wait ends"


def test_a_right_password_gives_the_try_back(clock: FakeClock) -> None:
    throttle = Throttle(b"k")
    for _ in range(5 * MOST_BY_LOGIN):
        done = throttle.begin("an", HOME, "", clock())
        assert isinstance(done, Try)
        throttle.succeeded(done)


def test_one_address_has_its_limit_over_many_logins(clock: FakeClock) -> None:
    throttle = Throttle(b"k")
    tried = [guess(throttle, clock, 1, login=f"nguoi{n}")[0] for n in range(40)]
    assert tried.count(True) == MOST_BY_ADDRESS
    assert guess(throttle, clock, 1, login="an", address=HOME) == [True]


def test_strangers_from_many_addresses_never_keep_out_a_browser_that_is_known(clock: FakeClock) -> None:
    throttle = Throttle(b"k")
    mark = throttle.mark("an")
    tried = [guess(throttle, clock, 1, address=f"2001:db8::{n:x}")[0] for n in range(150)]
    assert tried.count(True) == MOST_BY_LOGIN, "many addresses together have a limit, too"
    assert isinstance(throttle.begin("an", HOME, mark, clock()), Try)
    for forged in (mark[:-1] + ("1" if mark[-1] == "0" else "0"), "", "x.y", "é.y", throttle.mark("binh")):
        assert not isinstance(throttle.begin("an", HOME, forged, clock()), Try), forged
    known = [isinstance(throttle.begin("an", HOME, mark, clock()), Try) for _ in range(20)]
    assert known.count(True) == MOST_BY_VISITOR - 1, "a stolen browser does not guess freely"


async def test_guesses_at_once_are_counted_and_the_owner_signs_in_all_the_same(sign_in: Open) -> None:
    owner = await sign_in("author")
    out = await (await owner.get("/")).text()
    assert (await give(owner, "/logout", out)).status == 303
    stranger = await sign_in("")
    seen = await (await stranger.get("/login")).text()
    answers = await asyncio.gather(*(give(stranger, "/login", seen, login="author", password="x") for _ in range(30)))
    assert sorted(a.status for a in answers) == [401] * 10 + [429] * 20
    page = await (await owner.get("/login")).text()
    assert (await give(owner, "/login", page, login="author", password=PASSWORD)).status == 303


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-www-form-urlencoded; charset=nonsense", b"csrf=a"),
        ("application/x-www-form-urlencoded; charset=utf-8", b"csrf=\xff\xfe"),
        ("multipart/form-data", b"--"),
        ("multipart/form-data; boundary=x", b"no boundary at all"),
        ("text/plain; charset=nonsense", b"csrf=a"),
    ],
)
async def test_a_form_that_is_none_is_refused_with_words(sign_in: Open, kind: str, body: bytes) -> None:
    stranger, author = await sign_in(""), await sign_in("author")
    for client, path in ((stranger, "/login"), (author, "/posts/new"), (author, "/posts/1/hold")):
        answer = await client.post(path, data=body, headers={"Content-Type": kind}, allow_redirects=False)
        assert answer.status in (400, 403), path
    ended = {"Content-Type": kind, "Sec-Fetch-Site": "same-origin", "Cookie": "loa_session=gone"}
    answer = await stranger.post("/posts/new", data=body, headers=ended, allow_redirects=False)
    assert answer.status == 303


async def test_a_cookie_of_odd_bytes_is_no_failure(sign_in: Open) -> None:
    client = await sign_in("")
    odd = {"Cookie": "loa_visit=\udcff\udcfe; loa_known=\udcff.a"}
    answer = await client.post("/login", data={"csrf": "a", "login": "author", "password": "x"}, headers=odd)
    assert answer.status == 403


async def test_the_code_lives_as_long_as_the_page_says(office: Office, sign_in: Open) -> None:
    author = await sign_in("author")
    page = await (await give(author, "/me/link", await (await author.get("/me")).text())).text()
    said = re.search(r"trong (\d+) phút", page)
    async with office.parts.db.read() as session:
        code = (await session.exec(select(LinkCode))).one()
    assert said and code.expires_at - office.parts.now() == LINK_CODE_LIVES
    assert int(said[1]) * 60 == LINK_CODE_LIVES.total_seconds()
