"""What keeps an article or a broadcast from going out, beside the lengths and files that every channel has. Pure."""

from __future__ import annotations

from channels.base import Content, Problem
from channels.errors import Told
from channels.review.texts import option_field
from channels.zalo import article
from channels.zalo.broadcast import ASKED, MOST_ARTICLES, articles, wanted


def under_clip(content: Content) -> list[Problem]:
    """All the words of a video article stand in its description; with a cover there is room for more."""
    actual = len(article.under_clip(content))
    if not article.is_video(content) or actual <= article.DESCRIPTION:
        return []
    most = article.DESCRIPTION
    told = Told(
        vi=f"Lời dưới clip (cả liên kết) dài {actual} ký tự, Zalo nhận tối đa {most}: hãy rút bớt {actual - most}, "
        "hoặc kèm một hình bìa để clip nằm trong bài viết.",
        en=f"The words under the clip (with the link) have {actual} characters; Zalo takes at most {most}: cut "
        f"{actual - most}, or add a cover picture, so that the clip stands in an article.",
    )
    return [Problem("text_too_long", "text", told, most, actual)]


def to_followers(content: Content) -> list[Problem]:
    """More articles than one call takes, an article that nobody may see."""
    problems = []
    count = len(articles(content))
    if count > MOST_ARTICLES:
        told = Told(
            vi=f"Zalo gửi tối đa {MOST_ARTICLES} bài một lần, đang có {count}.",
            en=f"Zalo sends at most {MOST_ARTICLES} articles at once; there are {count}.",
        )
        problems.append(Problem("broadcast_count", option_field(ASKED), told, MOST_ARTICLES, count))
    if wanted(content) and content.options.get("status") == "hide":
        told = Told(
            vi="Bài đang ẩn thì không gửi tới người quan tâm được: cho hiện bài, hoặc bỏ chọn gửi.",
            en="A hidden article cannot be sent to followers: show it, or do not send it.",
        )
        problems.append(Problem("broadcast_hidden", option_field(ASKED), told))
    return problems
