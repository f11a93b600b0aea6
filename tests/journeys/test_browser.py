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
from channels.sandbox.core import Account as SandboxAccount
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
expect.set_options(timeout=60_000)
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


@pytest.mark.slow
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
    await expect(approver.locator("main")).to_contain_text("Đã đăng")  # by the live part alone
    await fits(approver, "post", tmp_path)
    sent = sandbox.facebook.published()
    assert [i.payload["message"] for i in sent] == ["Xã Đá Xanh phát gạo hỗ trợ từ thứ Hai. <b>Miễn phí</b>."]

    rumour = next(r for r in RUMOURS if r.key == "gao_da_xanh")
    for number, text in enumerate(rumour.wordings):
        sandbox.comment("facebook", sent[0].remote_id, f"Người {number}", text, real_now())
    duty = await sign_in(browser, daemon, "truc")
    await expect(duty.locator("main")).to_contain_text("SC-0001", timeout=150_000)
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


async def tab_to(page: Page, selector: str) -> None:
    """Go on with the Tab key until what is named has the focus, and see that one can see it."""
    for _ in range(80):
        await page.keyboard.press("Tab")
        if await page.evaluate("s => document.activeElement.matches(s)", selector):
            assert await page.evaluate("parseFloat(getComputedStyle(document.activeElement).outlineWidth) >= 2"), (
                selector
            )
            return
    pytest.fail(f"the keyboard does not reach {selector}")


async def press(page: Page, selector: str, key: str = "Enter") -> None:
    await tab_to(page, selector)
    async with page.expect_navigation():
        await page.keyboard.press(key)


async def test_the_keyboard_is_enough_from_writing_to_approval(daemon: Daemon, browser: Browser) -> None:
    author = await sign_in(browser, daemon, "soan")
    await press(author, "a[href='/posts/new']")
    await tab_to(author, "[name=title]")
    await author.keyboard.type("Phát gạo hỗ trợ")
    await tab_to(author, "[name=common]")
    await author.keyboard.type("Xã Đá Xanh phát gạo từ thứ Hai. " * 20)
    for kind in ("zalo", "viber", "youtube"):
        await tab_to(author, f"[name=use][value={kind}]")
        await author.keyboard.press("Space")
    await press(author, "button[value=submit]")
    await expect(author.locator("main")).to_contain_text("Chờ biên tập")

    editor = await sign_in(browser, daemon, "bientap")
    await press(editor, "main a[href^='/posts/']:not([href='/posts/new'])")
    await press(editor, "form[action$='/forward'] button")

    approver = await sign_in(browser, daemon, "duyet")
    await press(approver, "main a[href^='/posts/']:not([href='/posts/new'])")
    await tab_to(approver, ".look summary")
    await approver.keyboard.press("Enter")  # "see more"
    await expect(approver.locator(".look details p")).to_be_visible()
    await expect(approver.locator(".look .head")).to_be_hidden()
    await press(approver, "form[action$='/approve'] button")
    await expect(approver.locator("main")).to_contain_text("Đã duyệt")


async def test_the_keyboard_is_enough_to_answer_a_citizen(
    daemon: Daemon, sandbox: Sandbox, browser: Browser, tmp_path: Path
) -> None:
    sandbox.zalo.add_message(sandbox.oa.remote_id, "Lan", "Khi nào có nước lại vậy xã?", real_now())
    author = await sign_in(browser, daemon, "soan")
    await expect(author.locator("main")).to_contain_text("Khi nào có nước lại vậy xã?")
    await fits(author, "today-comment", tmp_path)
    await press(author, "a[href$='/answer']")
    await expect(author.locator("main textarea")).to_be_focused()
    await author.keyboard.type("Dạ, xã cấp nước lại lúc 17 giờ hôm nay.")
    await expect(author.locator("#preview")).to_contain_text("cấp nước lại lúc 17 giờ")
    await expect(author.locator(".count")).to_contain_text("39/2.000 ký tự")
    await fits(author, "answer", tmp_path)
    await press(author, "button[value=submit]")
    await expect(author.locator("main")).to_contain_text("Khi nào có nước lại vậy xã?")
    address = author.url

    editor = await sign_in(browser, daemon, "bientap")
    await editor.goto(address)
    await press(editor, "form[action$='/forward'] button")
    approver = await sign_in(browser, daemon, "duyet")
    await approver.goto(address)
    await fits(approver, "answer-to-approve", tmp_path)
    await press(approver, "form[action$='/approve'] button")
    await expect(approver.locator("main")).to_contain_text("Đã đăng")
    asked, answer = sandbox.oa.inbox
    assert (answer.text, answer.parent_id) == ("Dạ, xã cấp nước lại lúc 17 giờ hôm nay.", asked.author_id)
    await author.goto(f"{daemon.console_url}/comments")
    await expect(author.locator("main .line").first).to_contain_text("Đã trả lời")
    await fits(author, "comments", tmp_path)


async def test_the_keyboard_is_enough_to_stop_everything_and_go_on(daemon: Daemon, browser: Browser) -> None:
    duty = await sign_in(browser, daemon, "truc")
    await press(duty, "a[href='/queue']")
    await press(duty, "a[href='/queue/stop']")
    await tab_to(duty, "[name=why]")
    await duty.keyboard.type("nghi lộ mã truy cập")
    await press(duty, "button.stop")
    await expect(duty.locator("main")).to_contain_text("Đang tạm dừng: tất cả bài của đơn vị")
    await expect(duty.locator("main")).to_contain_text("nghi lộ mã truy cập")
    await press(duty, "form[action^='/holds/'] button")
    await expect(duty.locator("main")).to_contain_text("Đã cho chạy tiếp.")
    await expect(duty.locator(".stopped")).to_have_count(0)


async def test_an_admin_connects_a_page_again_and_chooses_another(
    daemon: Daemon, sandbox: Sandbox, browser: Browser, tmp_path: Path
) -> None:
    """The console's own policy lets the browser go to the platform and back."""
    sandbox.facebook.add_account(SandboxAccount("100777", "Trang thứ hai của xã", {"EAAB-second"}, followers=900))
    admin = await sign_in(browser, daemon, "quantri")
    await admin.goto(f"{daemon.console_url}/accounts")
    await admin.click("a[href^='/accounts/connect?kind=facebook']")
    await expect(admin.locator("h2")).to_contain_text("kết nối lại tài khoản số")
    await fits(admin, "connect", tmp_path)
    assert await admin.evaluate(READABLE) == []
    await fill_in_app(admin, sandbox)
    await expect(admin.locator("main")).to_contain_text("Đồng ý trên trang của Facebook")
    await fits(admin, "connect-agree", tmp_path)
    assert await admin.evaluate(READABLE) == []
    await admin.click("a.button.main")  # the platform agrees at once and sends the browser back
    await expect(admin.locator("main")).to_contain_text("Đã kết nối")
    assert admin.url == f"{daemon.console_url}/accounts", "no code is left in the address"
    await fits(admin, "connected", tmp_path)

    await admin.click("a[href='/accounts/connect']")
    await admin.click("a[href='/accounts/connect?kind=facebook']")
    await fill_in_app(admin, sandbox)
    await admin.click("a.button.main")
    await expect(admin.locator("main")).to_contain_text("Chọn tài khoản")
    await fits(admin, "connect-choose", tmp_path)
    assert await admin.evaluate(READABLE) == []
    await admin.check("input[value='100777']")
    await admin.click("main button.main")
    await expect(admin.locator("main")).to_contain_text("Đã kết nối Trang thứ hai của xã.")


async def fill_in_app(page: Page, sandbox: Sandbox) -> None:
    await page.fill("[name=word-app_id]", sandbox.facebook.logins.app_id)
    await page.fill("[name=word-app_secret]", sandbox.facebook.logins.app_secret)
    await page.click("main button.main")


READABLE = """() => {
  const parse = (c) => (c.match(/[\\d.]+/g) || []).map(Number);
  const shine = ([r, g, b]) => [r, g, b].map((v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (e) => {
    for (; e; e = e.parentElement) {
      const c = parse(getComputedStyle(e).backgroundColor);
      if (c.length === 3 || c[3] === 1) return c;
    }
    return [255, 255, 255];
  };
  const bad = [];
  for (const e of document.querySelectorAll("body *")) {
    const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!own || !e.checkVisibility() || e.closest("[aria-hidden], .skip, video, option")) continue;
    const [a, b] = [shine(parse(getComputedStyle(e).color)), shine(ground(e))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) bad.push("contrast: " + e.textContent.trim().slice(0, 40));
  }
  for (const e of document.querySelectorAll("a, button, summary, select, textarea, input:not([type=hidden])")) {
    if (!e.checkVisibility() || e.closest(".skip")) continue;
    const box = (["checkbox", "radio"].includes(e.type) ? e.closest("label") : e).getBoundingClientRect();
    if (box.height < 43.5 || box.width < 43.5) bad.push("small: " + (e.textContent.trim() || e.name).slice(0, 40));
  }
  return bad;
}"""
"""What on a page is too faint (WCAG AA, 4.5 to 1) or too small for a finger (44 pixels)."""


async def test_pages_can_be_read_and_pressed(daemon: Daemon, browser: Browser) -> None:
    """On the narrowest phone, by day and by night."""
    page = await sign_in(browser, daemon, "soan")
    await page.set_viewport_size({"width": 320, "height": 700})
    await page.goto(f"{daemon.console_url}/posts/new")
    await page.fill("[name=title]", "Phát gạo")
    await page.fill("[name=common]", "Xã Đá Xanh phát gạo từ thứ Hai. " * 20)
    await page.click("button[value=submit]")  # Zalo and YouTube lack their files: the errors are on the page too
    address = page.url.removeprefix(daemon.console_url).removesuffix("/edit#main")
    pages = (
        "/",
        "/posts",
        f"{address}/edit",
        address,
        "/me",
        "/nowhere",
        "/incidents",
        "/queue",
        "/schedule",
        "/accounts",
        "/comments",
    )
    for path in pages:
        await page.goto(daemon.console_url + path)
        for scheme in ("light", "dark"):
            await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            assert await page.evaluate(READABLE) == [], (path, scheme)
        assert await page.evaluate("document.documentElement.scrollWidth") <= 320, path
