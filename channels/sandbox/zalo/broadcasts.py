"""Articles sent to followers: by day, to whom they are meant for, within everybody's share (zalo.md 7)."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any, Final

from aiohttp import web

from channels.sandbox.core import Account, Refusal
from channels.sandbox.zalo.articles import Articles
from channels.sandbox.zalo.asked import choice, inner, objects, ok, text, wrong
from channels.sandbox.zalo.base import ARTICLES, Citizen
from channels.sandbox.zalo.rules import RULES
from channels.sandbox.zalo.target import Traits, check_target, crowd, drawn, meant
from channels.sandbox.zalo.windows import Windows

MOST_ARTICLES: Final = 5


@dataclass(frozen=True)
class Broadcast:
    """An accepted broadcast: for how many followers it was meant, how many of them get it, and which of those whom the
    OA knows by name."""

    oa: str
    articles: tuple[str, ...]
    target: Mapping[str, Any]
    at: datetime
    meant: int
    reached: int
    receivers: tuple[str, ...]


@dataclass
class Followers:
    """Followers whom nobody knows by name and who are of one kind: they get the same broadcasts."""

    kind: Traits
    count: int
    one: Citizen


class Broadcasts(Articles, Windows):
    """Accepted is not delivered, and nothing more is ever told of one."""

    def __init__(self, **words: Any) -> None:
        super().__init__(**words)
        self.broadcasts: dict[str, Broadcast] = {}
        self._crowds: dict[str, list[Followers]] = {}

    def broadcast(self, account: Account, target: Mapping[str, Any], message: Mapping[str, Any]) -> web.Response:
        """Up to five articles. Who had his share today or this month is left out."""
        if ARTICLES in account.extra.get("lacks", ()):  # beside the right to send messages
            raise Refusal(RULES["grant"])
        if account.extra.get("unverified"):
            raise Refusal(RULES["unverified"])
        check_target(target)
        articles = self._articles_of(account, message)
        self.daytime()
        groups = [group for group in self._followers(account) if meant(target, group.kind)]
        reached = [group for group in groups if self.may_promote(account, group.one)]
        if groups and not reached:
            raise Refusal(RULES["receiver_quota"])
        if most := account.extra.get("month_broadcasts"):
            self.spend(account, "broadcast_quota", most, "%Y-%m")
        for group in reached:
            group.one.promoted.append(self.now())
        made, (wanted, got) = (
            f"bc_{self.rng.getrandbits(64):016x}",
            (sum(g.count for g in x) for x in (groups, reached)),
        )
        known = tuple(group.one.user_id for group in reached if group.one.user_id)
        self.broadcasts[made] = Broadcast(account.remote_id, articles, dict(target), self.now(), wanted, got, known)
        return ok({"message_id": made})

    def _articles_of(self, account: Account, message: Mapping[str, Any]) -> tuple[str, ...]:
        attachment = inner(message, "attachment")
        choice(attachment, "type", ("template",))
        payload = inner(attachment, "payload")
        choice(payload, "template_type", ("media",))
        articles = []
        for element in objects(payload, "elements", MOST_ARTICLES):
            choice(element, "media_type", ("article",))
            item = self.items.get(text(element, "attachment_id"))
            if item is None or item.account != account.remote_id or item.state == "removed":
                raise wrong("attachment_id")
            articles.append(item.remote_id)
        return tuple(articles)

    def _followers(self, account: Account) -> list[Followers]:
        """Those whom the OA knows by name, each alone, and the others in groups, as many as there were at first."""
        oa = account.remote_id
        known = [person for person in self.people[oa].values() if person.follows]
        if oa not in self._crowds:
            groups = crowd(f"{self.name}:{oa}", max(0, account.followers - len(known)))
            self._crowds[oa] = [Followers(kind, count, Citizen("", "", follows=True)) for kind, count in groups.items()]
        return [*(Followers(self._kind(person), 1, person) for person in known), *self._crowds[oa]]

    def _kind(self, person: Citizen) -> Traits:
        return person.traits or drawn(Random(f"{self.name}:{person.user_id}"))

    def page_broadcasts(self, account: Account) -> str:
        """What was sent to followers: to how many, and who was left out."""
        mine = [one for one in self.broadcasts.values() if one.oa == account.remote_id]
        shown = "".join(self._page_broadcast(one) for one in reversed(mine[-20:]))
        head = "<h2>Gửi tới người quan tâm / sent to followers</h2>"
        return f"<section>{head}{shown}</section>" if shown else ""

    def _page_broadcast(self, one: Broadcast) -> str:
        titles = ", ".join(html.escape(self.items[article].title) for article in one.articles)
        target = html.escape("; ".join(f"{name} {value}" for name, value in one.target.items())) or "tất cả / everybody"
        left = one.meant - one.reached
        return (
            f"<article><p class='text'>{titles}</p><p class='meta'>{one.at:%d/%m/%Y %H:%M} UTC · {target}</p>"
            f"<p>{one.reached} người nhận / receivers · {left} đã đủ lượt / had their share</p></article>"
        )
