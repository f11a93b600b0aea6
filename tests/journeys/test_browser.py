"""A whole errand in a real browser: write, approve as another person, see it go out, open the incident."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from playwright.async_api import Browser, Page, async_playwright, expect

from bot.daemon import Daemon
from bot.demo.office import PASSWORD, set_up
from bot.parts import real_now
from bot.settings import read_settings
from channels.sandbox.lines import RUMOURS
from channels.sandbox.world import DUTY_CHAT, LEADERS_CHAT, Sandbox

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (apt install chromium)")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE, DESK = {"width": 375, "height": 812}, {"width": 1280, "height": 900}


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    made = Sandbox(now=real_now, seed=11)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def daemon(sandbox: Sandbox, tmp_path: Path, unused_port: int) -> AsyncIterator[Daemon]:
    """The whole daemon on the real clock, reading the channels without a pause."""
    made = Daemon(
        read_settings(
            _env_file=None,
            data_dir=tmp_path / "var",
            secret_key=Fernet.generate_key().decode(),
            telegram_token=sandbox.bot_token,
            duty_chat=DUTY_CHAT,
            leaders_chat=LEADERS_CHAT,
            console_port=unused_port,
            public_url=f"http://127.0.0.1:{unused_port}",
            collect_every_s=0.3,
            dispatch_every_s=0.2,
            **{k.removeprefix("LOA_").lower(): v for k, v in sandbox.environment().items()},
        )
    )
    await made.start()
    await set_up(made.parts, sandbox)
    yield made
    await made.stop()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as play:
        made = await play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield made
        await made.close()


async def sign_in(browser: Browser, daemon: Daemon, login: str) -> Page:
    """A fresh browser profile, signed in; any script error fails the test."""
    page = await (await browser.new_context(viewport=DESK)).new_page()  # type: ignore[arg-type]
    page.on("pageerror", lambda error: pytest.fail(f"script error: {error}"))
    await page.goto(daemon.console_url)
    await page.fill("input[name=login]", login)
    await page.fill("input[name=password]", PASSWORD)
    await page.press("input[name=password]", "Enter")
    await expect(page.locator("header .who")).to_be_visible()
    return page


async def fits(page: Page, name: str, folder: Path) -> None:
    """Nothing is wider than a phone; pictures of both widths stay for whoever looks."""
    for width, size in (("phone", PHONE), ("desk", DESK)):
        await page.set_viewport_size(size)  # type: ignore[arg-type]
        assert await page.evaluate("document.documentElement.scrollWidth") <= size["width"], f"{name} at {width}"
        await page.screenshot(path=str(folder / f"{name}-{width}.png"), full_page=True)


async def test_from_writing_to_the_incident(daemon: Daemon, sandbox: Sandbox, browser: Browser, tmp_path: Path) -> None:
    author = await sign_in(browser, daemon, "soan")
    await author.click("text=Soạn bài")
    await author.fill("input[name=title]", "Phát gạo hỗ trợ")
    for kind in ("zalo", "youtube"):
        await author.uncheck(f"input[name=use][value={kind}]")
    for kind in ("facebook", "viber"):
        await author.fill(f"[name=text-{kind}]", "Xã Đá Xanh phát gạo hỗ trợ từ thứ Hai. <b>Miễn phí</b>.")
    await expect(author.locator("#preview")).to_contain_text("phát gạo hỗ trợ từ thứ Hai")
    await fits(author, "compose", tmp_path)
    await author.click("button[value=submit]")
    await expect(author.locator("main")).to_contain_text("Chờ biên tập")
    address = author.url

    editor = await sign_in(browser, daemon, "bientap")
    await editor.goto(address)
    await editor.click("text=Chuyển duyệt")
    await author.reload()
    assert not await author.get_by_role("button", name="Duyệt bài").count(), "an author never approves"

    approver = await sign_in(browser, daemon, "duyet")
    await approver.goto(daemon.console_url)
    await approver.click("text=Phát gạo hỗ trợ")
    await approver.get_by_role("button", name="Duyệt bài").click()
    await expect(approver.locator("main")).to_contain_text("Đã đăng", timeout=30_000)  # by the live part alone
    await fits(approver, "post", tmp_path)
    sent = sandbox.facebook.published()
    assert [i.payload["message"] for i in sent] == ["Xã Đá Xanh phát gạo hỗ trợ từ thứ Hai. <b>Miễn phí</b>."]

    rumour = next(r for r in RUMOURS if r.key == "gao_da_xanh")
    for number, text in enumerate(rumour.wordings):
        sandbox.comment("facebook", sent[0].remote_id, f"Người {number}", text, real_now())
    duty = await sign_in(browser, daemon, "truc")
    await expect(duty.locator("main")).to_contain_text("SC-0001", timeout=60_000)
    await fits(duty, "today", tmp_path)
    await duty.click("a:has-text('SC-0001')")
    await expect(duty.locator("main")).to_contain_text("Nghi vấn – cần kiểm chứng")
    await expect(duty.locator("img.chart")).to_have_js_property("naturalWidth", 1000)
    await duty.get_by_role("button", name="Nhận sự cố").click()
    await expect(duty.locator("main")).to_contain_text("Đã nhận")
    await fits(duty, "incident", tmp_path)


async def test_the_keyboard_is_enough_to_sign_in(daemon: Daemon, browser: Browser) -> None:
    page = await (await browser.new_context(viewport=PHONE)).new_page()  # type: ignore[arg-type]
    await page.goto(daemon.console_url)
    for _ in range(8):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.name") == "login":
            break
    await page.keyboard.type("soan")
    await page.keyboard.press("Tab")
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.locator("header .who")).to_contain_text("Trần Thị Soạn")
