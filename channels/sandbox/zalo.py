"""A stand-in for Zalo OA: openapi.zalo.me and oauth.zaloapp.com on one address. From the platform notes.

Every answer is HTTP 200; the field `error` decides. A post is an article: created, then verified until its media were
fetched; the cover is really fetched from its address.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web

from channels.sandbox.core import Account, Item, Platform, Refusal, Remark, Rule, arranged, rules

MOST_IMAGE: Final = 1024 * 1024
REPLY_WINDOW: Final = timedelta(days=7)
_E: Final = "zalo.md 11. Error table"


def _rule(key: str, code: int, message: str, cites: str) -> Rule:
    return Rule(key, cites, 200, code, message)


RULES: Final = rules(
    _rule("token", -216, "Access token is invalid", f"{_E}: -216"),
    _rule("expired", -220, "Access token is expired or removed", f"{_E}: -220"),
    _rule("refresh", -14014, "Invalid refresh token", "zalo.md 2.2: rotated away or expired"),
    _rule("app", -14002, "Invalid app id", "zalo.md 2.2: -14002"),
    _rule("secret", -14004, "Invalid secret key", "zalo.md 2.2: errors have no access_token"),
    _rule("parameter", -201, "{name} is invalid", f"{_E}: -201 invalid parameter, name in message"),
    _rule("cover", -201, "cover value is invalid", "zalo.md 6.2: cover mandatory for normal"),
    _rule("cover_status", -201, "create media fail", "zalo.md 6.2: photo cover needs status show"),
    _rule("media", -200, "Upload media failed", "zalo.md 6.2: images public https, <= 1 MB, at verify"),
    _rule("processing", -214, "Media is being processed", f"{_E}: -214; 6.1 verify"),
    _rule("limit", -210, "Parameter is above the allowed limit", f"{_E}: -210"),
    _rule("slice", -201, "limit is invalid", "zalo.md 6.4: limit max 10 (-201 above)"),
    _rule("path", -209, "Not supported this api", f"{_E}: -209 unknown path"),
    _rule("follow", -213, "User has not followed OA", f"{_E}: -213"),
    _rule("window", -230, "User has not interacted with the OA in the past 7 days", f"{_E}: -230; 4.1 windows"),
    _rule("v2_closed", -240, "This API is no longer supported", f"{_E}: -240 v2 message API closed"),
    *arranged(
        _rule("rate", -32, "Your application reached limit call api", f"{_E}: -32"),
        _rule("quota", -211, "Out of quota", f"{_E}: -211"),
        _rule("article_quota", -223, "OA has reached the limit quota create article", f"{_E}: -223 (b)"),
        _rule("grant", -223, "OA has not authorized this API", f"{_E}: -223 (a)"),
        _rule("disabled", -204, "Official Account is disabled", f"{_E}: -204"),
        _rule("package", -224, "OA package is too low", f"{_E}: -224"),
        _rule("proof", -242, "appsecret_proof is invalid", f"{_E}: -242"),
        _rule("content", -248, "Content violates the platform's rules", f"{_E}: -248"),
        _rule("mac", -202, "Invalid mac", f"{_E}: -202"),
        _rule("no_oa", -205, "Official Account does not exist", f"{_E}: -205"),
        _rule("third_party", -207, "Third party is not registered", f"{_E}: -207"),
        _rule("no_secret", -208, "No secret key", f"{_E}: -208"),
        _rule("product", -212, "API product is not registered for the app", f"{_E}: -212"),
        _rule("app_id", -215, "Invalid app id", f"{_E}: -215"),
        _rule("invitations", -217, "User has blocked invitations", f"{_E}: -217"),
        _rule("receiver_quota", -218, "Receiver's quota is reached", f"{_E}: -218"),
        _rule("app_removed", -219, "App was removed or disabled", f"{_E}: -219"),
        _rule("unverified", -221, "OA is not verified", f"{_E}: -221"),
        _rule("banned", -222, "User is banned or inactive", f"{_E}: -222"),
        _rule("inactive", -227, "User is banned or inactive for 45 days", f"{_E}: -227"),
        _rule("expired_window", -232, "Interaction window is expired", f"{_E}: -232"),
        _rule("message_type", -233, "Message type is not supported", f"{_E}: -233"),
        _rule("night", -234, "Messages are not sent at night", f"{_E}: -234"),
        _rule("oa_type", -235, "OA type is not supported", f"{_E}: -235"),
        _rule("group", -237, "Group is disabled or expired", f"{_E}: -237"),
        _rule("asset_used", -238, "Asset is already used", f"{_E}: -238"),
        _rule("asset_disabled", -241, "Asset is disabled", f"{_E}: -241"),
        _rule("user_restricted", -244, "User restricted this kind of message", f"{_E}: -244"),
        _rule("template", -249, "Template is not for UID", f"{_E}: -249"),
        _rule("reply_quota", -311, "Reply quota is used", f"{_E}: -311"),
        _rule("old_window", -305, "Reply window is over", f"{_E}: -305"),
        _rule("zca", -320, "ZCA is not linked", f"{_E}: -320"),
        _rule("money", -321, "ZCA is out of money", f"{_E}: -321"),
        _rule("not_in_group", -403, "OA is not in the group", f"{_E}: -403"),
        _rule("attachment", -100, "attachment_id is expired", f"{_E}: -100"),
    ),
)


class ZaloSandbox(Platform):
    """Official Accounts with rotating tokens. `settle`: how long an article's media are worked on."""

    name = "zalo"
    title = "Zalo OA (giả lập)"
    rules: ClassVar[dict[str, Rule]] = RULES

    def __init__(self, *, now: Any, seed: int = 0, settle: timedelta = timedelta(seconds=3)) -> None:
        super().__init__(now=now, seed=seed)
        self.settle = settle
        self._tokens: dict[str, dict[str, Any]] = {}
        self._clips: dict[str, dict[str, Any]] = {}
        self._expiry: dict[str, datetime] = {}

    def add_oa(self, oa: str, name: str, *, app_id: str, app_secret: str, followers: int = 0) -> Account:
        """Let an OA exist with a first pair of tokens, as the API Explorer gives one: `extra` access and refresh."""
        account = self.add_account(
            Account(oa, name, followers=followers, extra={"app_id": app_id, "secret": app_secret})
        )
        self._rotate(account)
        return account

    def _rotate(self, account: Account) -> None:
        access, refresh = f"AT{self.rng.getrandbits(80):020x}", f"RT{self.rng.getrandbits(80):020x}"
        account.tokens.add(access)
        account.extra |= {"access": access, "refresh": refresh, "expires_at": self.now() + timedelta(seconds=90_000)}
        self._expiry[access] = account.extra["expires_at"]

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        """The endpoints of the notes; anything else is -209."""
        return [
            web.post("/v4/oa/access_token", self._token),
            web.post("/v2.0/article/create", self._create),
            web.post("/v2.0/article/update", self._update),
            web.post("/v2.0/article/verify", self._verify),
            web.post("/v2.0/article/remove", self._remove),
            web.get("/v2.0/article/getslice", self._slice),
            web.get("/v2.0/article/getdetail", self._detail),
            web.post("/v2.0/article/upload_video/preparevideo", self._prepare_clip),
            web.get("/v2.0/article/upload_video/verify", self._verify_clip),
            web.get("/v2.0/oa/getoa", self._getoa),
            web.get("/v2.0/oa/listrecentchat", self._recent),
            web.get("/v2.0/oa/conversation", self._conversation),
            web.post("/v2.0/oa/message", self._closed),
            web.post("/v3.0/oa/message/cs", self._cs),
            web.post("/v3.0/oa/quota/message", self._quota),
            web.route("*", "/{path:.+}", self._unknown),
        ]

    def refuse(self, refusal: Refusal) -> web.Response:
        """HTTP 200 with `error`; the token service names its errors differently."""
        rule = refusal.rule
        if rule.key in ("refresh", "app", "secret"):
            return web.json_response(
                {"error": rule.code, "error_name": refusal.message, "error_reason": refusal.message}
            )
        return web.json_response({"error": rule.code, "message": refusal.message})

    def malformed(self) -> Refusal:
        """What cannot be read is refused."""
        return Refusal(RULES["parameter"], name="request")

    def server_error(self) -> web.Response:
        """A gateway's HTML page."""
        return web.Response(status=502, text="<html><h1>502 Bad Gateway</h1></html>", content_type="text/html")

    # -- tokens -----------------------------------------------------------------------------------------------------

    async def _token(self, request: web.Request) -> web.Response:
        words = {k: str(v) for k, v in (await request.post()).items()}
        account = next((a for a in self.accounts.values() if a.extra["app_id"] == words.get("app_id")), None)
        if account is None:
            raise Refusal(RULES["app"])
        if request.headers.get("secret_key") != account.extra["secret"]:
            raise Refusal(RULES["secret"])
        if words.get("grant_type") != "refresh_token" or words.get("refresh_token") != account.extra["refresh"]:
            raise Refusal(RULES["refresh"])
        self._rotate(account)
        body = {"access_token": account.extra["access"], "refresh_token": account.extra["refresh"]}
        return web.json_response({**body, "expires_in": "90000"})

    def _oa(self, request: web.Request) -> Account:
        token = request.headers.get("access_token", "")
        account = next((a for a in self.accounts.values() if token and token in a.tokens), None)
        if account is None:
            raise Refusal(RULES["token"])
        if self._expiry[token] <= self.now():
            raise Refusal(RULES["expired"])
        self.meet(account.remote_id)
        return account

    # -- articles ---------------------------------------------------------------------------------------------------

    async def _create(self, request: web.Request) -> web.Response:
        account = self._oa(request)
        return self._accept(account, await _body(request), "")

    async def _update(self, request: web.Request) -> web.Response:
        account, body = self._oa(request), await _body(request)
        article = self._article(account, str(body.pop("id", ""))).remote_id
        return self._accept(account, body, article)

    def _accept(self, account: Account, body: dict[str, Any], article: str) -> web.Response:
        self._check(body)
        token = f"tok_{self.rng.getrandbits(64):016x}"
        self._tokens[token] = {"oa": account.remote_id, "body": body, "at": self.now(), "article": article}
        return _ok({"token": token})

    def _check(self, body: Mapping[str, Any]) -> None:
        kind = body.get("type")
        if kind not in ("normal", "video"):
            raise Refusal(RULES["parameter"], name="type")
        if not str(body.get("title", "")).strip() or len(body["title"]) >= 150:
            raise Refusal(RULES["parameter"], name="title")
        if len(str(body.get("description", ""))) > 300:
            raise Refusal(RULES["parameter"], name="description")
        if body.get("status", "hide") not in ("show", "hide") or body.get("comment", "show") not in ("show", "hide"):
            raise Refusal(RULES["parameter"], name="status")
        if kind == "video":
            if body.get("video_id") not in {c["video_id"] for c in self._clips.values()}:
                raise Refusal(RULES["parameter"], name="video_id")
            return
        if not str(body.get("author", "")).strip() or len(body["author"]) > 50:
            raise Refusal(RULES["parameter"], name="author")
        cover = body.get("cover")
        if not isinstance(cover, dict) or cover.get("cover_type") not in ("photo", "video"):
            raise Refusal(RULES["cover"])
        if cover["cover_type"] == "photo" and not cover.get("photo_url"):
            raise Refusal(RULES["cover"])
        if cover.get("status") != "show":
            raise Refusal(RULES["cover_status"])
        blocks = body.get("body")
        if not isinstance(blocks, list) or not blocks:
            raise Refusal(RULES["parameter"], name="body")
        for block in blocks:
            if block.get("type") not in ("text", "image", "video", "product"):
                raise Refusal(RULES["parameter"], name="body")

    async def _verify(self, request: web.Request) -> web.Response:
        account, body = self._oa(request), await _body(request)
        waiting = self._tokens.get(str(body.get("token", "")))
        if waiting is None or waiting["oa"] != account.remote_id:
            raise Refusal(RULES["parameter"], name="token")
        if waiting.get("id"):
            return _ok({"id": waiting["id"]})
        if self.now() - waiting["at"] < self.settle:
            raise Refusal(RULES["processing"])
        picture = await self._fetch(waiting["body"])
        waiting["id"] = self._publish(account, waiting, picture)
        return _ok({"id": waiting["id"]})

    async def _fetch(self, body: Mapping[str, Any]) -> bytes:
        """Fetch the cover as Zalo does. https only, but loopback may be plain."""
        url = str(body.get("cover", {}).get("photo_url") or body.get("avatar") or "")
        parts = urlsplit(url)
        if parts.scheme != "https" and parts.hostname not in ("127.0.0.1", "localhost"):
            raise Refusal(RULES["media"])
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session,
                session.get(url, allow_redirects=False) as answer,
            ):
                data = await answer.content.read(MOST_IMAGE + 1)
        except (aiohttp.ClientError, TimeoutError, ValueError):
            raise Refusal(RULES["media"]) from None
        if answer.status != 200 or len(data) > MOST_IMAGE or not data.startswith((b"\xff\xd8\xff", b"\x89PNG")):
            raise Refusal(RULES["media"])
        return data

    def _publish(self, account: Account, waiting: dict[str, Any], picture: bytes) -> str:
        body, at = waiting["body"], self.now()
        article = waiting["article"] or f"art_{self.rng.getrandbits(64):016x}"
        form = "article" if body["type"] == "normal" else "video_article"
        item = self.items.get(article) or Item(article, account.remote_id, form, body, at)
        item.payload, item.title, item.picture = body, body["title"], picture
        item.payload = {**body, "media_sha256": hashlib.sha256(picture).hexdigest()}
        texts = [re.sub(r"<[^>]+>", " ", b.get("content", "")) for b in body.get("body", []) if b["type"] == "text"]
        item.text = "\n".join([str(body.get("description", "")), *texts]).strip()
        item.permalink = f"https://rd.zapps.vn/detail/{account.remote_id}?id={article}&pageId={account.remote_id}"
        item.state = "live" if body.get("status", "hide") == "show" else "hidden"
        self.items[article] = item
        return article

    def _article(self, account: Account, article: str) -> Item:
        item = self.items.get(article)
        if item is None or item.account != account.remote_id or item.state == "removed":
            raise Refusal(RULES["parameter"], name="id")
        return item

    async def _remove(self, request: web.Request) -> web.Response:
        account, body = self._oa(request), await _body(request)
        self._article(account, str(body.get("id", ""))).state = "removed"
        return _ok(None)

    async def _slice(self, request: web.Request) -> web.Response:
        account = self._oa(request)
        limit, offset = request.query.get("limit", "10"), request.query.get("offset", "0")
        if not limit.isdigit() or not offset.isdigit() or not 1 <= int(limit) <= 10:
            raise Refusal(RULES["slice"])
        kind = request.query.get("type", "normal")
        if kind not in ("normal", "video"):
            raise Refusal(RULES["parameter"], name="type")
        form = "article" if kind == "normal" else "video_article"
        items = [i for i in self.items.values() if i.account == account.remote_id and i.form == form]
        items = sorted((i for i in items if i.state != "removed"), key=lambda i: i.at, reverse=True)
        page = items[int(offset) : int(offset) + int(limit)]
        rows = [{"id": i.remote_id, "type": kind, "title": i.title, "status": "show" if i.live else "hide",
                 "total_view": self._views(i), "total_share": self._views(i) // 90,
                 "create_date": int(i.at.timestamp() * 1000), "update_date": int(i.at.timestamp() * 1000),
                 "thumb": "", "link_view": i.permalink} for i in page]  # fmt: skip
        return _ok({"medias": rows, "total": len(items)})

    def _views(self, item: Item) -> int:
        if item.history:
            return item.figures.get("views", 0)
        return int(700 * (1 - 0.85 ** max(0.0, (self.now() - item.at).total_seconds() / 3600)))

    async def _detail(self, request: web.Request) -> web.Response:
        item = self._article(self._oa(request), request.query.get("id", ""))
        return _ok({**item.payload, "id": item.remote_id})

    async def _prepare_clip(self, request: web.Request) -> web.Response:
        self._oa(request)
        form = await request.post()
        file = form.get("file")
        if not isinstance(file, web.FileField) or "." not in file.filename:
            return _ok({})  # zalo.md 5: without a filename error 0 and empty data
        data = file.file.read()
        if len(data) > 50 * 1024 * 1024 or b"ftyp" not in data[:64]:
            raise Refusal(RULES["media"])
        token = f"vt+/{self.rng.getrandbits(64):016x}="
        self._clips[token] = {"at": self.now(), "video_id": f"vid_{self.number()}", "size": len(data)}
        return _ok({"token": token})

    async def _verify_clip(self, request: web.Request) -> web.Response:
        self._oa(request)
        clip = self._clips.get(request.headers.get("token", "") or request.query.get("token", ""))
        if clip is None:
            raise Refusal(RULES["parameter"], name="token")
        ready = self.now() - clip["at"] >= self.settle
        body = {"status": 1 if ready else 3, "status_message": "ready" if ready else "converting",
                "convert_percent": 100 if ready else 40, "video_size": clip["size"]}  # fmt: skip
        return _ok(body | ({"video_id": clip["video_id"]} if ready else {}))

    # -- people -----------------------------------------------------------------------------------------------------

    async def _getoa(self, request: web.Request) -> web.Response:
        account = self._oa(request)
        return _ok({"oa_id": account.remote_id, "name": account.name, "num_follower": account.followers,
                    "is_verified": True, "oa_type": 4, "package_name": "Growth"})  # fmt: skip

    async def _recent(self, request: web.Request) -> web.Response:
        account, asked = self._oa(request), _data(request)
        return _ok(self._chats(account, account.inbox, asked))

    async def _conversation(self, request: web.Request) -> web.Response:
        account, asked = self._oa(request), _data(request)
        wanted = str(asked.get("user_id", ""))
        return _ok(self._chats(account, [r for r in account.inbox if wanted in (r.author_id, r.parent_id)], asked))

    def _chats(self, account: Account, remarks: list[Remark], asked: Mapping[str, Any]) -> list[dict[str, Any]]:
        offset, count = int(asked.get("offset", 0)), int(asked.get("count", 10))
        if not 1 <= count <= 10:
            raise Refusal(RULES["limit"])
        newest = sorted(remarks, key=lambda r: (r.at, r.remote_id), reverse=True)[offset : offset + count]
        return [{"src": 0 if r.own else 1, "time": int(r.at.timestamp() * 1000), "type": "text", "message": r.text,
                 "message_id": r.remote_id, "from_id": account.remote_id if r.own else r.author_id,
                 "to_id": r.parent_id if r.own else account.remote_id,
                 "from_display_name": r.author, "to_display_name": account.name} for r in newest]  # fmt: skip

    async def _closed(self, request: web.Request) -> web.Response:
        self._oa(request)
        raise Refusal(RULES["v2_closed"])

    async def _cs(self, request: web.Request) -> web.Response:
        account, body = self._oa(request), await _body(request)
        text = str(body.get("message", {}).get("text", ""))
        if not text.strip() or len(text) > 2000:
            raise Refusal(RULES["parameter"], name="message.text")
        recipient = body.get("recipient", {})
        heard = [r for r in account.inbox if not r.own]
        if "message_id" in recipient:
            heard = [r for r in heard if r.remote_id == recipient["message_id"]]
        else:
            heard = [r for r in heard if r.author_id == str(recipient.get("user_id", ""))]
        if not heard:
            raise Refusal(RULES["follow"])
        newest = max(heard, key=lambda r: r.at)
        if self.now() - newest.at > REPLY_WINDOW:
            raise Refusal(RULES["window"])
        answer = Remark(
            self.remark_id(""), account.remote_id, account.name, text, self.now(), newest.author_id, own=True
        )
        account.inbox.append(answer)
        return _ok({"message_id": answer.remote_id, "user_id": newest.author_id,
                    "sent_time": str(int(self.now().timestamp() * 1000)),
                    "quota": {"quota_type": "reply", "remain": 8, "total": 8}})  # fmt: skip

    async def _quota(self, request: web.Request) -> web.Response:
        self._oa(request)
        return _ok({"cs_reply": {"remain": 8, "total": 8}})

    async def _unknown(self, request: web.Request) -> web.Response:
        raise Refusal(RULES["path"])

    def remark_id(self, parent: str) -> str:
        """A message id."""
        return f"mid_{self.rng.getrandbits(64):016x}"

    def author_id(self, author: str) -> str:
        """A user id beyond 2^53."""
        return "25" + str(int(hashlib.sha256(author.encode()).hexdigest()[:15], 16)).zfill(17)[:17]

    def page_form(self, item_id: str) -> str:
        """Article comments exist only in Zalo's own app."""
        return ""

    def page_account(self, account: Account) -> str:
        """Articles, then the inbox with a form to write to the OA."""
        from channels.sandbox.core import page_remark

        chat = "".join(page_remark(r) for r in account.inbox[-60:])
        form = Platform.page_form(self, account.remote_id)
        return f"{super().page_account(account)}<section><h2>Tin nhắn tới OA</h2>{form}<ul>{chat}</ul></section>"

    def say_from_page(self, form: dict[str, str]) -> None:
        """A citizen writes to the OA."""
        if form.get("item") in self.accounts and form.get("text", "").strip():
            self.add_message(form["item"], form.get("author") or "Người dân", form["text"][:2000], self.now())


def _ok(data: Any) -> web.Response:
    body: dict[str, Any] = {"error": 0, "message": "Success"}
    return web.json_response(body if data is None else {**body, "data": data})


async def _body(request: web.Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.read())
    except ValueError:
        raise Refusal(RULES["parameter"], name="body") from None
    if not isinstance(body, dict):
        raise Refusal(RULES["parameter"], name="body")
    return body


def _data(request: web.Request) -> dict[str, Any]:
    """zalo.md 3: GETs under /oa take one query parameter `data`, a JSON object."""
    try:
        asked = json.loads(request.query.get("data", ""))
    except ValueError:
        raise Refusal(RULES["parameter"], name="data") from None
    if not isinstance(asked, dict):
        raise Refusal(RULES["parameter"], name="data")
    return asked
