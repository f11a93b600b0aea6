"""New words for what is out, in the form: shown as the platform gets them, with no word that an edit does not take."""

from __future__ import annotations

from sqlmodel import select

from models.delivery import Delivery
from models.post import Post, Variant
from models.states import DeliveryState, PostState
from tests.bot.conftest import Office
from tests.bot.console.conftest import Open, give, token
from tests.bot.console.test_pages import look_at
from tests.conftest import BEGIN

OPTIONS = {"privacy": "unlisted", "tags": "lũ", "first_comment": "Nguồn: UBND"}


async def out(office: Office, channel: str, remote_id: str) -> None:
    """A post that is out on one channel."""
    author = office.people["author"].user_id
    async with office.parts.db.write() as session:
        post = Post(
            organisation_id=office.id, title="Phòng lũ", author_id=author, state=PostState.PUBLISHED, created_at=BEGIN,
            updated_at=BEGIN, published_at=BEGIN,
        )  # fmt: skip
        session.add(post)
        await session.flush()
        variant = Variant(
            post_id=post.id or 0, channel=channel, title="Phòng lũ", text="Phòng lũ quét", options=OPTIONS
        )
        session.add(variant)
        await session.flush()
        session.add(
            Delivery(
                post_id=post.id or 0, variant_id=variant.id or 0, account_id=office.accounts[channel], channel=channel,
                state=DeliveryState.SENT, form="video" if channel == "youtube" else "feed", due_at=BEGIN, next_at=BEGIN,
                sent_at=BEGIN, remote_id=remote_id,
            )
        )  # fmt: skip


async def test_an_edit_is_asked_and_shown_as_what_it_is(office: Office, sign_in: Open) -> None:
    author = await sign_in("author")
    await out(office, "youtube", "clip-1")
    moved = await give(author, "/posts/1/amend", await look_at(author, "/posts/1"))
    assert moved.headers["Location"] == "/posts/2/edit"
    seen = await look_at(author, "/posts/2/edit")
    assert 'name="option-tags-youtube" value="lũ"' in seen
    assert "option-privacy-youtube" not in seen and "option-first_comment-youtube" not in seen
    async with office.parts.db.read() as session:
        kept = (await session.exec(select(Variant.options).where(Variant.post_id == 2))).one()
    assert kept == {"tags": "lũ"}
    fields = {"title": "Phòng lũ", "use": "youtube", "title-youtube": "Lũ", "text-youtube": "Lời mới", "do": "preview"}
    async with author.post("/posts/2/edit", data={"csrf": token(seen), "version": "1", **fields}) as answer:
        shown = await answer.text()
    assert "<dt>id</dt><dd" in shown and ">clip-1</dd>" in shown and ">Lời mới</dd>" in shown
    assert "privacyStatus" not in shown
