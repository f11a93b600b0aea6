"""A post's page shows the newest figures of each channel; what was not told is said, never zero."""

from __future__ import annotations

from datetime import timedelta

from bot.office_setup import add_account
from models.delivery import Delivery
from models.post import Post, Variant
from models.reading import Reading
from tests.bot.conftest import Office
from tests.bot.console.conftest import Open
from tests.bot.console.test_pages import look_at


async def out_on(office: Office, channel: str, *readings: tuple[str, int | None, int], target: str = "") -> int:
    """A post that went out there; its figures (name, value, hours after it), as they were read. Returns its number."""
    now = office.parts.now()
    async with office.parts.db.write() as session:
        post = Post(organisation_id=office.id, title="Cắt nước", state="published", created_at=now, updated_at=now)
        session.add(post)
        await session.flush()
        variant = Variant(post_id=post.id, channel=channel, text="x")
        session.add(variant)
        await session.flush()
        row = Delivery(
            post_id=post.id, variant_id=variant.id, account_id=office.accounts[channel], channel=channel, state="sent",
            priority=2, late_after_min=15, form="post", composed={"message": "x", "text": "x"}, fingerprint="f",
            due_at=now, next_at=now, sent_at=now, remote_id="1", target_id=target,
        )  # fmt: skip
        session.add(row)
        await session.flush()
        for metric, value, hours in readings:
            session.add(
                Reading(
                    account_id=row.account_id, delivery_id=row.id, metric=metric, value=value, unit="people",
                    definition="d", fetched_at=now + timedelta(hours=hours),
                )
            )  # fmt: skip
        return post.id or 0


async def test_the_newest_figures_stand_with_the_delivery(office: Office, sign_in: Open) -> None:
    figures = [("views", 900, 1), ("reach", None, 1), ("views", 12_345_678, 24), ("reach", None, 24)]
    post = await out_on(office, "facebook", *figures)
    page = await look_at(await sign_in("author"), f"/posts/{post}")
    assert "Lượt xem: 12.345.678" in page and "Người xem: không có số liệu" in page and "900" not in page


async def test_a_figure_that_is_told_no_more_keeps_its_last_value(office: Office, sign_in: Open) -> None:
    post = await out_on(office, "facebook", ("reach", 12, 24), ("reach", None, 48))
    assert "Người xem: 12 " in await look_at(await sign_in("author"), f"/posts/{post}")


async def test_why_there_is_no_figure_is_said(office: Office, sign_in: Open) -> None:
    office.accounts["telegram"] = await add_account(
        office.parts, office.id, kind="telegram", remote_id="@ubnd", name="Kênh", settings={}, secrets={}
    )
    author = await sign_in("author")
    lacking = await look_at(author, f"/posts/{await out_on(office, 'telegram')}")
    assert "Telegram không cho bot biết lượt xem của bài." in lacking
    unread, nothing = "Chưa đọc được số liệu nào của bài này.", await out_on(office, "facebook")
    assert unread in await look_at(author, f"/posts/{nothing}")
    comment = await out_on(office, "facebook", target="under-it")
    assert unread not in await look_at(author, f"/posts/{comment}"), "what stands under an item has no figures"
