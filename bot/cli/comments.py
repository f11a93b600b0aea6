"""What citizens wrote, and answering it: `loa post comments`, `loa post answer`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer
from rich.markup import escape
from rich.table import Table

from bot.cli.base import As, Stop, as_person, clock, office_of, out, say

if TYPE_CHECKING:
    from bot.parts import Actor, Parts
    from bot.publishing.answers import Standing

MOST = 50


def comments(
    login: As,
    post_id: Annotated[int | None, typer.Argument(help="Chỉ dưới bài này / under this post alone")] = None,
    unanswered: Annotated[bool, typer.Option("--open", help="Chỉ những gì chưa trả lời / not answered yet")] = False,
) -> None:
    """Người dân viết gì, với số để trả lời / what citizens wrote, newest first, with the numbers to answer them by."""
    from bot.publishing import answers
    from bot.publishing.rows import read_post

    async def work(parts: Parts, actor: Actor) -> None:
        tz = ZoneInfo((await office_of(parts, actor)).zone)
        wanted = answers.written_to(actor.organisation_id).limit(MOST)
        async with parts.db.read() as session:
            if post_id is not None:
                await read_post(session, actor.organisation_id, post_id)
                wanted = wanted.where(answers.under(post_id))
            if unanswered:
                wanted = wanted.where(*answers.unanswered())
            rows = (await session.exec(wanted)).all()
            became = await answers.standings(session, rows)
        table = Table("Số", "Kênh", "Lúc", "Đã trả lời", "Người dân viết")
        for row in rows:
            told = answers.why_not(row)
            stands = _became(became[row.id or 0]) or (f"không trả lời được: {told.vi}" if told else "")
            table.add_row(str(row.id), row.channel, clock(row.written_at, tz), escape(stands), escape(row.text))
        out.print(table)

    as_person(login, work)


def _became(standing: Standing) -> str:
    from models.states import POST, PostState

    if standing.post is not None:
        state = POST.labels[PostState(standing.post.state)]
        return f"bài {standing.post.id}" if standing.answered else f"bài {standing.post.id}: {state}"
    return "trên kênh" if standing.on_channel_at else ""


def answer(
    login: As,
    comment: Annotated[int, typer.Argument(help="Số mà `loa post comments` in ra / number of the comment")],
    text: Annotated[str, typer.Option(help="Câu trả lời / the answer")],
) -> None:
    """Trả lời một bình luận hay tin nhắn / write an answer and hand it in; somebody else approves it."""
    from bot.publishing.answers import hand_in_answer

    if not text.strip():
        raise Stop("--text: there is nothing to answer with")
    post_id = as_person(login, lambda parts, actor: hand_in_answer(parts, actor, comment, text))
    say(f"Bài {post_id} trả lời bình luận {comment} đã nộp, chờ người khác duyệt.")


def moderate(
    login: As,
    comment: Annotated[int, typer.Argument(help="Số mà `loa post comments` in ra / number of the comment")],
    deed: Annotated[str, typer.Argument(help="hide, show, like, unlike")],
    reason: Annotated[str, typer.Option(help="Lý do ẩn: spam hoặc scam / why it is hidden")] = "",
) -> None:
    """Ẩn tin rác, lừa đảo dưới bài của mình, hoặc thích / hide spam and scams under own posts, or like a comment."""
    from bot.publishing.moderation import ask
    from models.mention import ActKind

    if deed not in set(ActKind):
        raise Stop(f"{deed}: use one of {', '.join(ActKind)}")
    as_person(login, lambda parts, actor: ask(parts, actor, comment, ActKind(deed), reason))
    say(f"Bình luận {comment}: đã ghi, Loa làm ngay khi chạy ({deed}).")
