"""Words under a Page's items and new words for them: comments, answers, edits; hiding and liking what others say."""

from __future__ import annotations

from collections.abc import Awaitable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from channels.base import COMMENT, Comment, Outgoing, Sent
from channels.errors import AuthLost, Rejected, Told
from channels.facebook import values
from channels.facebook.calls import FacebookCalls
from channels.facebook.errors import GONE
from channels.http import unclear

_NOT_OURS: Final = Told(
    vi="Facebook chỉ cho sửa bài đã đăng qua Loa: hãy sửa bài này ngay trên Trang.",
    en="Facebook lets only posts that went out through Loa be edited: edit this one on the Page itself.",
)
_NOT_HIDDEN: Final = Told(
    vi="Facebook không cho ẩn bình luận này (bình luận của chính Trang thì không ẩn được).",
    en="Facebook does not let this comment be hidden (a Page's own comments cannot be).",
)
_ENGAGE: Final = Told(
    vi="Trang chưa cấp quyền pages_manage_engagement nên không ẩn hay thích được bình luận: cấp quyền rồi kết nối lại.",
    en="The Page has not granted pages_manage_engagement, so comments cannot be hidden or liked: grant it and "
    "reconnect.",
)
_RIGHTS: Final = range(200, 300)


class FacebookWords(FacebookCalls):
    """Comments of ours and of others, and edits."""

    async def _say(self, out: Outgoing) -> Sent:
        """Write under a comment, or under the item itself."""
        body = await self.post(f"{_under(out)}/comments", message=str(out.payload["message"]))
        name = values.text(body.get("id"))
        if not name:
            raise unclear("comment: success without an id")
        return Sent(remote_id=name)

    async def _find_said(self, out: Outgoing, since: datetime, besides: Collection[str]) -> Sent | None:
        """Look through what stands there. Whoever is not named may be we; under what is gone there is nothing."""
        wanted, earliest = values.same(out.payload["message"]), since.replace(microsecond=0)
        words = {"fields": "id,message,from,created_time", "since": str(int(since.timestamp())), "limit": "100"}
        try:
            async for row in self.pages(f"{_under(out)}/comments", **words):
                name, created = values.text(row.get("id")), values.moment(row.get("created_time"))
                ours = values.text(values.inner(row.get("from")).get("id")) in ("", self.account.remote_id)
                if not name or name in besides or not ours or created is None or created < earliest:
                    continue
                if values.same(row.get("message")) == wanted:
                    return Sent(remote_id=name)
        except Rejected as error:
            if error.code != GONE:
                raise
        return None

    async def _edit(self, out: Outgoing) -> Sent:
        """Give a post, comment or clip of ours new words. Pictures, link and film stay what they are."""
        target = str(out.payload["target"])
        try:
            body = await self.post(target, **{k: v for k, v in out.payload.items() if k != "target"})
        except AuthLost as error:
            if error.code != "10":
                raise
            raise Rejected(error.detail, told=_NOT_OURS, code=error.code) from error
        if body.get("success") is not True and not body.get("id"):
            raise unclear("edit: neither success nor an id")
        return Sent(remote_id=target)

    async def _find_edit(self, out: Outgoing) -> Sent | None:
        """An edit is out where the item has its words: to look for it again and again changes nothing."""
        target, wanted = str(out.payload["target"]), {_READ[k]: v for k, v in out.payload.items() if k in _READ}
        try:
            body = await self.get(target, fields=",".join((*wanted, "permalink_url")))
        except Rejected as error:
            if error.code == GONE:
                return None
            raise
        if any(values.same(body.get(name)) != values.same(value) for name, value in wanted.items()):
            return None
        return Sent(remote_id=target, permalink=values.link(body.get("permalink_url")))

    async def read_comments(self, remote_id: str, since: datetime | None) -> Sequence[Comment]:
        """Comments and replies under a post, flat, oldest first. Facebook tells no time of an edit: a comment comes
        with the words it has now, and one that was deleted is in the list no more."""
        words = {
            "fields": "id,message,from,created_time,parent{id},like_count,permalink_url",
            "filter": "stream",
            "order": "chronological",
            "limit": "100",
        }
        if since is not None:
            words["since"] = str(int(since.timestamp()))
        found = [self._comment(row, remote_id) async for row in self.pages(f"{remote_id}/comments", **words)]
        return sorted((one for one in found if one is not None), key=lambda c: c.created_at)

    def _comment(self, row: Mapping[str, object], item_id: str) -> Comment | None:
        """One comment; None for a row without id or time. `from` may be missing."""
        remote_id, created = values.text(row.get("id")), values.moment(row.get("created_time"))
        if not remote_id or created is None:
            return None
        author = values.inner(row.get("from"))
        return Comment(
            remote_id=remote_id,
            text=values.text(row.get("message")),
            created_at=created,
            item_id=item_id,
            parent_id=values.text(values.inner(row.get("parent")).get("id")),
            author_key=values.text(author.get("id")),
            author_name=values.text(author.get("name")),
            own=values.text(author.get("id")) == self.account.remote_id,
            likes=values.count(row.get("like_count")),
            url=values.text(row.get("permalink_url")),
        )

    async def hide_comment(self, remote_id: str, hidden: bool) -> None:
        """Hide a comment (its author and their friends still see it), or show it again."""
        now = await self.get(remote_id, fields="id,is_hidden,can_hide")
        if now.get("is_hidden") is hidden:
            return
        if hidden and now.get("can_hide") is False:
            raise Rejected("can_hide: false", told=_NOT_HIDDEN)
        await _engaging(self.post(remote_id, is_hidden="true" if hidden else "false"))

    async def like_comment(self, remote_id: str, liked: bool) -> None:
        """Like a comment as the Page, or take that back."""
        likes = f"{remote_id}/likes"
        await _engaging(self.post(likes) if liked else self._delete(likes))

    async def _delete(self, path: str) -> None:
        body = await self._ask(lambda g: g.delete(path), writes=True)
        if body.get("success") is False:
            raise unclear("delete: success false")


async def _engaging(work: Awaitable[object]) -> None:
    """Act on a comment; a missing right is told by the name that it is granted under, and holds up nothing else."""
    try:
        await work
    except AuthLost as error:
        code = error.code.partition("/")[0]
        if code != "10" and (values.count(code) not in _RIGHTS or code == "210"):
            raise
        raise Rejected(error.detail, told=_ENGAGE, code=error.code) from error


_READ: Final = {"message": "message", "description": "description", "name": "title"}
"""What an edit's field is called where it is read."""


def _under(out: Outgoing) -> str:
    return str(out.payload["target" if out.form == COMMENT else "comment_id"])
