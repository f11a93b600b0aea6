"""The whole stand-in: every endpoint of the notes on one address."""

from __future__ import annotations

from collections.abc import Iterable

from aiohttp import web

from channels.sandbox.core import Item, Refusal
from channels.sandbox.youtube.comments import Comments
from channels.sandbox.youtube.library import Library
from channels.sandbox.youtube.logins import Logins
from channels.sandbox.youtube.page import beside
from channels.sandbox.youtube.reports import Reports
from channels.sandbox.youtube.rules import RULES
from channels.sandbox.youtube.uploads import Uploads
from channels.sandbox.youtube.videos import Videos


class YouTubeSandbox(Uploads, Videos, Library, Comments, Reports, Logins):
    """Channels with refresh tokens. `processing`: how long a new video is worked on."""

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        """The endpoints of the notes; what they do not describe is not found."""
        return [
            *self.login_routes(),
            *self.upload_routes(),
            *self.video_routes(),
            *self.library_routes(),
            *self.comment_routes(),
            *self.report_routes(),
            web.route("*", "/{path:.+}", self._unknown),
        ]

    async def _unknown(self, request: web.Request) -> web.Response:
        raise Refusal(RULES["unknown"])

    def published(self, account: str | None = None) -> list[Item]:
        """As every platform; a scheduled video whose hour has come is public in it."""
        self.publish_due()
        return super().published(account)

    def page(self) -> str:
        """As every platform; a scheduled video whose hour has come is public on it."""
        self.publish_due()
        return super().page()

    def page_beside(self, item: Item) -> str:
        """Thumbnail, captions, playlists, and what the channel holds back."""
        lists = [p.title for p in self.playlists.values() if item.remote_id in (video for _, video in p.entries)]
        return beside(item, lists, [(r, self.moderation.get(r.remote_id, "")) for r in item.remarks if r.hidden])
