"""The whole stand-in: every endpoint of the notes on one address, and its page."""

from __future__ import annotations

from collections.abc import Iterable

from aiohttp import web

from channels.sandbox.core import Account, Item, Platform, Refusal, page_remark
from channels.sandbox.zalo.article import pictures
from channels.sandbox.zalo.logins import Logins
from channels.sandbox.zalo.people import People
from channels.sandbox.zalo.public import Public
from channels.sandbox.zalo.rules import RULES


class ZaloSandbox(Logins, People, Public):
    """Official Accounts with rotating tokens. `settle`: how long media are worked on."""

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        """The endpoints of the notes; anything else is -209."""
        return [
            *self.login_routes(),
            *self.article_routes(),
            *self.upload_routes(),
            *self.message_routes(),
            *self.window_routes(),
            *self.people_routes(),
            web.route("*", "/{path:.+}", self._unknown),
        ]

    async def _unknown(self, request: web.Request) -> web.Response:
        raise Refusal(RULES["path"])

    def page_form(self, item_id: str) -> str:
        """Article comments exist only in Zalo's own app."""
        return ""

    def page_item(self, item: Item) -> str:
        """An article tells how many pictures it has."""
        count, shown = len(pictures(item.payload)), super().page_item(item)
        return shown.replace("<ul>", f"<p class='meta'>{count} hình / pictures</p><ul>", 1) if count > 1 else shown

    def page_account(self, account: Account) -> str:
        """Articles, what was sent to followers, then the inbox with a form to write to the OA: what was said with each
        person, together."""
        people = dict.fromkeys(r.parent_id if r.own else r.author_id for r in account.inbox[-60:])
        chat = "".join(page_remark(remark) for user in people for remark in self.of_user(account, user)[-60:])
        form = Platform.page_form(self, account.remote_id)
        sent = self.page_broadcasts(account)
        return f"{super().page_account(account)}{sent}<section><h2>Tin nhắn tới OA</h2>{form}<ul>{chat}</ul></section>"

    def say_from_page(self, form: dict[str, str]) -> None:
        """A citizen writes to the OA."""
        if form.get("item") in self.accounts and form.get("text", "").strip():
            self.add_message(form["item"], form.get("author") or "Người dân", form["text"][:2000], self.now())
