"""What the parts of the stand-in share: its state, its error shape, who may do what, and how a thing is kept."""

from __future__ import annotations

import html
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

from aiohttp import web

from channels.sandbox.core import Account, Item, Refusal, Remark, Rule, page_picture
from channels.sandbox.facebook.hooks import Hooks
from channels.sandbox.facebook.logins import Logins
from channels.sandbox.facebook.params import invalid
from channels.sandbox.facebook.rules import RULES
from channels.sandbox.facebook.words import SECRET_WORDS, Timing

VERSIONS: Final = ("v21.0", "v22.0", "v23.0", "v24.0", "v25.0", "v26.0")
PHOTO_LIFE: Final = timedelta(hours=24)


class Base(Hooks):
    """State, access, things. The nodes and edges are in the classes built on it.

    In an account's `extra`: `lacks` permissions that were not granted.
    """

    name = "facebook"
    title = "Facebook (giả lập)"
    rules: ClassVar[dict[str, Rule]] = RULES
    outage = "transient"

    def __init__(self, *, now: Any, seed: int = 0, processing: timedelta = timedelta(seconds=20)) -> None:
        super().__init__(now=now, seed=seed)
        self.processing = processing
        self.logins = Logins(self.accounts, now, f"{self.rng.getrandbits(64):016x}")

    # -- set-up -----------------------------------------------------------------------------------------------------

    def add_page(self, page: str, name: str, token: str, *, app_secret: str = "", followers: int = 0) -> Account:
        """Let a Page exist with a never-expiring Page token. An `app_secret` makes `appsecret_proof` compulsory."""
        if app_secret:
            self.logins.app_secret, self.logins.needs_proof = app_secret, True
        return self.add_account(Account(page, name, {token}, followers=followers))

    def app_secret(self) -> str:
        """What signs the deliveries of webhooks."""
        return self.logins.app_secret

    def kill(self, token: str, rule: str) -> None:
        """End a token the way a rule says: expired, password_changed, app_removed, role_lost and the like."""
        self.revoke(token)
        self.logins.why_dead[token] = rule

    def spoil(self, video: str) -> None:
        """Let the processing of a clip fail."""
        self.items[video].extra["spoilt"] = True

    # -- shape ------------------------------------------------------------------------------------------------------

    def refuse(self, refusal: Refusal) -> web.Response:
        """Meta's error object."""
        rule = refusal.rule
        error = {"message": refusal.message, "type": "OAuthException", "code": rule.code, **rule.more}
        error |= {"is_transient": rule.code == 2, "fbtrace_id": f"A{self.number():07d}"}
        headers = {k: v for k, v in refusal.more.items() if k.startswith("X-")}
        error |= {k: v for k, v in refusal.more.items() if k not in headers}
        return web.json_response({"error": error}, status=rule.status, headers=headers)

    def malformed(self) -> Refusal:
        """What cannot be read is refused."""
        return invalid("Invalid parameter")

    def server_error(self) -> web.Response:
        """What an outage looks like."""
        return self.refuse(Refusal(RULES["transient"]))

    def address(self, name: str, edge: str) -> str:
        """Where an edge is found, for the links of a list."""
        return f"{self.url}/{VERSIONS[-1]}/{name}/{edge}"

    # -- time -------------------------------------------------------------------------------------------------------

    def come_due(self) -> None:
        """What was scheduled appears at its time; a photo nobody used is deleted after a day."""
        for item in self.items.values():
            due: datetime | None = item.extra.get("due")
            if item.state == "scheduled" and due is not None and due <= self.now():
                item.state, item.at = "live", due
                self.tell_item(item, "add")
            if item.form == "photo" and item.state == "unpublished" and self.now() - item.at > PHOTO_LIFE:
                item.state = "removed"

    def published(self, account: str | None = None) -> list[Item]:
        """As every platform; a scheduled thing whose hour has come is live in it."""
        self.come_due()
        return super().published(account)

    def page(self) -> str:
        """As every platform; a scheduled thing whose hour has come is live on it."""
        self.come_due()
        return super().page()

    def page_item(self, item: Item) -> str:
        """As every platform; a photo that is part of a post is not shown beside it."""
        return "" if item.state == "attached" else super().page_item(item)

    def page_media(self, item: Item) -> str:
        """Every picture of a post, with what it shows in words."""
        photos = [self.items[name] for name in item.extra.get("photos", ()) if name in self.items] or [item]
        return "".join(page_picture(p, p.payload.get("alt_text_custom", "")) for p in photos if p.picture)

    def page_beside(self, item: Item) -> str:
        """What kind of clip it is, and its captions."""
        if item.form != "video":
            return ""
        told = [f"🎬 {'reel' if item.extra.get('reel') else 'video'}, {item.extra.get('size', 0) / 1_000_000:.1f} MB"]
        captions = [f"{name} (mặc định / default)" if one["default"] else name
                    for name, one in item.extra.get("captions", {}).items()]  # fmt: skip
        if captions:
            told.append(f"phụ đề / captions: {', '.join(captions)}")
        return f"<p class='meta'>{html.escape(' · '.join(told))}</p>"

    # -- access and things ------------------------------------------------------------------------------------------

    def needs(self, page: Account, scope: str) -> None:
        """Refuse without this permission."""
        if scope in page.extra.get("lacks", ()):
            raise Refusal(RULES["permission"], scope=scope)

    def item_named(self, page: Account, name: str) -> Item | None:
        """A post by its id, a photo or video by its bare id or `<page>_<id>`."""
        for candidate in (name, f"{page.remote_id}_{name}", name.removeprefix(f"{page.remote_id}_")):
            item = self.items.get(candidate)
            if item is not None and item.account == page.remote_id and item.state != "removed":
                return item
        return None

    def remark_named(self, page: Account, name: str) -> tuple[Item, Remark] | None:
        """A comment on something of the Page, with the thing."""
        for item in self.items.values():
            if item.account == page.remote_id and item.state != "removed":
                for remark in item.remarks:
                    if remark.remote_id == name and not remark.removed:
                        return item, remark
        return None

    def remark_id(self, parent: str) -> str:
        """`<post part>_<comment>`."""
        return f"{parent.split('_')[-1]}_{70_000 + self.number()}"

    def keep(self, page: Account, remote_id: str, form: str, words: Mapping[str, str], text: str, when: Timing) -> Item:
        """Let something published, scheduled or unpublished exist."""
        payload = {k: v for k, v in words.items() if k not in SECRET_WORDS}
        item = Item(remote_id, page.remote_id, form, payload, self.now(), text=text, state=when.state)
        item.extra |= {"due": when.due, "made": self.now(), "changed": self.now()}
        item.permalink = f"https://www.facebook.com/{page.remote_id}/posts/{remote_id.split('_')[-1]}"
        item.link = words.get("link", "") if form == "feed" else ""
        self.items[remote_id] = item
        if item.live:
            self.tell_item(item, "add")
        return item
