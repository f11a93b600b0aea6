"""Articles: created, verified until their media were fetched, listed, read, changed, removed (zalo.md 6)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from aiohttp import web

from channels.sandbox.core import Account, Item, Refusal, fetch
from channels.sandbox.zalo import article
from channels.sandbox.zalo.asked import body_of, choice, fetchable, ident, ok, wrong
from channels.sandbox.zalo.base import ARTICLES, MOST_IMAGE, stamp
from channels.sandbox.zalo.rules import RULES
from channels.sandbox.zalo.uploads import Uploads

API: Final = "/v2.0/article"
MOST_SLICE: Final = 10
_KINDS: Final = {"article": "normal", "video_article": "video"}
_FORMS: Final = {kind: form for form, kind in _KINDS.items()}
_PICTURES: Final = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")


@dataclass
class _Making:
    """A created article that is not verified yet. `of` is the article that it changes."""

    oa: str
    body: dict[str, Any]
    at: datetime
    of: str = ""
    made: str = ""


class Articles(Uploads):
    """An OA's articles. `settle`: how long their media are worked on."""

    def __init__(self, **words: Any) -> None:
        super().__init__(**words)
        self._making: dict[str, _Making] = {}

    def article_routes(self) -> list[web.RouteDef]:
        """Reading takes plain query parameters here, not `data`."""
        return [
            web.post(f"{API}/create", self._create),
            web.post(f"{API}/update", self._update),
            web.post(f"{API}/verify", self._verify),
            web.post(f"{API}/remove", self._remove),
            web.get(f"{API}/getslice", self._slice),
            web.get(f"{API}/getdetail", self._detail),
        ]

    async def _create(self, request: web.Request) -> web.Response:
        account, body = self.enter(request, ARTICLES), await body_of(request)
        self._check(account, body)
        if most := account.extra.get("month_articles"):
            self.spend(account, "article_quota", most, "%Y-%m")
        return self._begin(_Making(account.remote_id, body, self.now()))

    async def _update(self, request: web.Request) -> web.Response:
        """The whole article again, with its id."""
        account, body = self.enter(request, ARTICLES), await body_of(request)
        item = self._own(account, ident(body, "id"))
        body = {name: body[name] for name in body if name != "id"}
        self._check(account, body)
        if body["type"] != _KINDS[item.form]:
            raise wrong("type")
        return self._begin(_Making(account.remote_id, body, self.now(), of=item.remote_id))

    def _begin(self, making: _Making) -> web.Response:
        token = f"tok_{self.rng.getrandbits(64):016x}"
        self._making[token] = making
        return ok({"token": token})

    def _check(self, account: Account, body: dict[str, Any]) -> None:
        own = [i for i in self.items.values() if i.account == account.remote_id and i.state != "removed"]
        clips = {a.video_id for a in self.assets.values() if a.oa == account.remote_id and self.clip_state(a) == 1}
        article.check(body, article.Existing(clips, {i.remote_id for i in own}))

    async def _verify(self, request: web.Request) -> web.Response:
        account, body = self.enter(request, ARTICLES), await body_of(request)
        making = self._making.get(ident(body, "token"))
        if making is None or making.oa != account.remote_id:
            raise wrong("token")
        if not making.made:
            if self.now() - making.at < self.settle:
                raise Refusal(RULES["processing"])
            found = [await self.picture(url, "media") for url in article.pictures(making.body)]
            making.made = self._publish(account, making, found)
        return ok({"id": making.made})

    async def picture(self, url: str, rule: str) -> bytes:
        """Fetch a picture as Zalo does; refused by this rule when it cannot be had or is none."""
        try:
            data = await fetch(url, MOST_IMAGE) if fetchable(url) else b""
        except LookupError:
            data = b""
        if not data.startswith(_PICTURES):
            raise Refusal(RULES[rule])
        return data

    def _publish(self, account: Account, making: _Making, pictures: list[bytes]) -> str:
        body, oa = making.body, account.remote_id
        made = making.of or f"art_{self.rng.getrandbits(64):016x}"
        item = self.items.get(made) or Item(made, oa, _FORMS[body["type"]], body, self.now())
        first = pictures[0] if pictures else b""
        item.payload = {**body, "media_sha256": hashlib.sha256(first).hexdigest()}
        item.title, item.text, item.picture = body["title"], article.plain(body), first
        page = f"detail/{oa}" if body["type"] == "normal" else "video"
        item.permalink = f"https://rd.zapps.vn/{page}?id={made}&pageId={oa}"
        item.state = "live" if body.get("status") == "show" else "hidden"
        item.extra["changed"] = self.now()
        self.items[made] = item
        return made

    def _own(self, account: Account, remote_id: str) -> Item:
        item = self.items.get(remote_id)
        if item is None or item.account != account.remote_id or item.state == "removed":
            raise wrong("id")
        return item

    async def _remove(self, request: web.Request) -> web.Response:
        account, body = self.enter(request, ARTICLES), await body_of(request)
        self._own(account, ident(body, "id")).state = "removed"
        return ok()

    async def _slice(self, request: web.Request) -> web.Response:
        account, asked = self.enter(request, ARTICLES), request.query
        kind = choice(dict(asked), "type", tuple(_FORMS))
        offset, limit = asked.get("offset", "0"), asked.get("limit", str(MOST_SLICE))
        if not (offset.isascii() and offset.isdigit()):
            raise wrong("offset")
        if not (limit.isascii() and limit.isdigit()) or not 1 <= int(limit) <= MOST_SLICE:
            raise Refusal(RULES["slice"])
        found = [i for i in self.items.values() if i.account == account.remote_id and i.form == _FORMS[kind]]
        found = sorted((i for i in found if i.state != "removed"), key=lambda i: i.at, reverse=True)
        rows = [self._row(item, kind) for item in found[int(offset) : int(offset) + int(limit)]]
        return ok({"medias": rows, "total": len(found)})

    def _row(self, item: Item, kind: str) -> dict[str, Any]:
        views, sent = self._views(item), item.payload
        changed: datetime = item.extra.get("changed", item.at)
        return {
            "id": item.remote_id,
            "type": kind,
            "title": item.title,
            "status": "show" if item.live else "hide",
            "total_view": views,
            "total_share": views // 90,
            "create_date": stamp(item.at),
            "update_date": stamp(changed),
            "thumb": next(iter(article.pictures(sent)), ""),
            "link_view": item.permalink,
        }

    def _views(self, item: Item) -> int:
        if item.history:
            return item.figures.get("views", 0)
        hours = max(0.0, (self.now() - item.at).total_seconds() / 3600)
        return int(700 * (1 - 0.85**hours)) if item.live else 0

    async def _detail(self, request: web.Request) -> web.Response:
        """Everything that was sent, with what is taken for what was left out; no counters."""
        item = self._own(self.enter(request, ARTICLES), request.query.get("id", ""))
        sent = {name: value for name, value in item.payload.items() if name != "media_sha256"}
        taken = {"type": _KINDS[item.form], "title": item.title, "status": "show" if item.live else "hide"}
        return ok({"comment": "show", **taken, **sent, "id": item.remote_id})
