"""The Graph API's doors: who calls, which node and edge, and what goes where."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from aiohttp import web

from channels.sandbox.core import Account, Item, Refusal, Remark
from channels.sandbox.facebook import beside, comments, insights
from channels.sandbox.facebook.base import VERSIONS
from channels.sandbox.facebook.fields import EDGES, PAGE, asked_fields
from channels.sandbox.facebook.logins import PERSON, TASKS, Caller
from channels.sandbox.facebook.params import SUBSCRIBED, check_kinds, invalid, several
from channels.sandbox.facebook.publishing import Publishing
from channels.sandbox.facebook.reading import LISTS, node_of
from channels.sandbox.facebook.rules import RULES
from channels.sandbox.facebook.uploads import Uploads
from channels.sandbox.facebook.words import paged, words_of

MOST_IDS = 50
_VERSION = "{version:v[0-9]+\\.[0-9]+}"


class FacebookSandbox(Publishing):
    """The Page platform. `processing`: how long a new clip is worked on."""

    def __init__(self, *, now: Any, seed: int = 0, processing: timedelta = timedelta(seconds=20)) -> None:
        super().__init__(now=now, seed=seed, processing=processing)
        self.uploads = Uploads(now, self.number, lambda: self.items.values(), self.keep_video)

    def routes(self) -> list[web.RouteDef]:
        """Everything below a version (or none) goes through one door, as at Meta."""
        return [
            web.get("/oauth/access_token", self._exchange),
            web.get(f"/{_VERSION}/oauth/access_token", self._exchange),
            web.get(f"/{_VERSION}/dialog/oauth", self._dialog),
            web.get("/debug_token", self._debug),
            web.get(f"/{_VERSION}/debug_token", self._debug),
            web.post("/video-upload/{version}/{video}", self._rupload),
            web.route("*", f"/{_VERSION}/{{upload:upload:[^/]+}}", self._upload),
            web.route("*", f"/{_VERSION}", self._graph),
            web.route("*", f"/{_VERSION}/{{path:.*}}", self._graph),
            web.route("*", "/{path:.+}", self._graph),
        ]

    # -- the door ---------------------------------------------------------------------------------------------------

    async def _graph(self, request: web.Request) -> web.Response:
        words, files = await words_of(request)
        self.come_due()
        caller = self._caller(request, words)
        parts = request.match_info.get("path", "").strip("/").split("/")
        self._count(caller, to_page=parts[0] != "me")
        check_kinds(words)
        words["access_token"] = caller.token
        body = await self._answer(request.method, caller, parts, words, files)
        # facebook.md 1: a dead or missing version is served by the oldest usable one, and the header tells which
        version = request.match_info.get("version", "")
        version = version if version in VERSIONS else VERSIONS[0]
        return web.json_response(body, headers={"facebook-api-version": version, **self.logins.usage(caller)})

    def _caller(self, request: web.Request, words: Mapping[str, str], *, proof: bool = True) -> Caller:
        header = request.headers.get("Authorization", "").removeprefix("OAuth ").removeprefix("Bearer ").strip()
        return self.logins.caller(words.get("access_token") or header, words, proof=proof)

    def _count(self, caller: Caller, *, to_page: bool) -> None:
        try:
            self.logins.count(caller, to_page=to_page)
        except Refusal as refusal:
            raise Refusal(refusal.rule, self.logins.usage(caller)) from None

    async def _answer(
        self, method: str, caller: Caller, parts: list[str], words: Mapping[str, str], files: Mapping[str, bytes]
    ) -> dict[str, Any]:
        if caller.page is None:
            return self._person(method, caller, parts, words)
        if parts == [""]:
            return self._many(method, caller, caller.page, words)
        if len(parts) == 1:
            return self._node(method, caller, caller.page, parts[0], words)
        if len(parts) > 2:
            raise Refusal(RULES["bad_query"], path="/".join(parts[1:]))
        if parts[0] in ("me", caller.page.remote_id):
            return await self._page_edge(method, caller.page, parts[1], words, files)
        return self._edge(method, caller.page, parts[0], parts[1], words, files)

    def _many(self, method: str, caller: Caller, page: Account, words: Mapping[str, str]) -> dict[str, Any]:
        """GET /?ids=a,b,c."""
        ids = several(words.get("ids", ""))
        if method != "GET" or not ids:
            raise Refusal(RULES["bad_query"], path="")
        if len(ids) > MOST_IDS:
            raise Refusal(RULES["ids"])
        return {name: self._node("GET", caller, page, name, words) for name in ids}

    def _person(self, method: str, caller: Caller, parts: list[str], words: Mapping[str, str]) -> dict[str, Any]:
        """With a user token: who I am, which Pages I manage, a Page's token, a place for a file. Else the Page's."""
        page = self.accounts.get(parts[0])
        if method == "GET" and parts == ["me"]:
            known = {"id": PERSON, "name": "Quản trị"}
            asked = asked_fields(words.get("fields") or "id,name", "User")
            return {"id": PERSON, **{a.alias: known[a.name] for a in asked if a.name in known}}
        if method == "GET" and parts == ["me", "accounts"]:
            return self._pages(caller, words)
        if method == "GET" and len(parts) == 1 and page is not None:
            return self.read_page(page, words, caller)
        if method == "POST" and parts == [self.logins.app_id, "uploads"]:
            return self.uploads.begin_handle(words)
        raise Refusal(RULES["page_token_needed"])

    def _pages(self, caller: Caller, words: Mapping[str, str]) -> dict[str, Any]:
        """GET /me/accounts: the Pages the person let the app see, each with its token and the person's tasks."""
        names = several(words.get("fields", "")) or ["id", "name", "access_token", "tasks"]
        if unknown := set(names) - PAGE - {"tasks"}:
            raise Refusal(RULES["no_field"], field=min(unknown), node="Page")
        fields = ",".join(n for n in names if n != "tasks")
        rows = []
        for page in self.accounts.values():
            if "pages_show_list" not in page.extra.get("lacks", ()):
                tasks = {"tasks": list(TASKS)} if "tasks" in names else {}
                rows.append({**self.read_page(page, {"fields": fields or "id"}, caller), **tasks})
        return paged(rows, words, self.address("me", "accounts"))

    # -- tokens and bytes -------------------------------------------------------------------------------------------

    async def _dialog(self, request: web.Request) -> web.Response:
        return self.logins.dialog(request)

    async def _exchange(self, request: web.Request) -> web.Response:
        return self.logins.exchange(request)

    async def _debug(self, request: web.Request) -> web.Response:
        return self.logins.debug(request)

    async def _rupload(self, request: web.Request) -> web.Response:
        caller = self._caller(request, request.query, proof=False)
        if caller.page is None:
            raise Refusal(RULES["page_token_needed"])
        return web.json_response(await self.uploads.receive(caller.page, request.match_info["video"], request))

    async def _upload(self, request: web.Request) -> web.Response:
        self._caller(request, request.query, proof=False)
        return web.json_response(await self.uploads.handle(request.match_info["upload"], request))

    # -- nodes ------------------------------------------------------------------------------------------------------

    def _node(self, method: str, caller: Caller, page: Account, name: str, words: Mapping[str, str]) -> dict[str, Any]:
        if name in ("me", page.remote_id):
            if method != "GET":
                raise invalid(f"Unsupported {method.lower()} request")
            return self.read_page(page, words, caller)
        item = self.item_named(page, name)
        if item is None:
            return self._other_node(method, page, name, words)
        if method == "GET":
            return self.read_item(page, item, name, words)
        self.needs(page, "pages_manage_posts")
        if method == "DELETE":
            item.state = "removed"
            self.tell_item(item, "remove")
            return {"success": True}
        return self.edit(page, item, words)

    def _other_node(self, method: str, page: Account, name: str, words: Mapping[str, str]) -> dict[str, Any]:
        """A clip that is still coming in, or a comment."""
        coming = self.uploads.status(page, name)
        if coming is not None and method == "GET":
            known = {"id": name, "status": coming, "published": False}
            asked = asked_fields(words.get("fields", "id"), "AdVideo")
            return {"id": name, **{a.alias: known[a.name] for a in asked if a.name in known}}
        found = self.remark_named(page, name)
        if found is None:
            raise Refusal(RULES["missing"], id=name)
        item, remark = found
        if method == "GET":
            self.needs(page, "pages_read_user_content")
            return comments.read(remark, item, asked_fields(words.get("fields") or "id,message", "Comment"))
        self.needs(page, "pages_manage_engagement")
        if method == "DELETE":
            remark.removed = True
            self.tell_remark(item, remark, "remove")
            return {"success": True}
        for verb in comments.change(remark, words):
            self.tell_remark(item, remark, verb)
        return {"success": True}

    # -- edges ------------------------------------------------------------------------------------------------------

    def _edge(
        self,
        method: str,
        page: Account,
        name: str,
        edge: str,
        words: Mapping[str, str],
        files: Mapping[str, bytes],
    ) -> dict[str, Any]:
        item, parent = self.item_named(page, name), None
        if item is None:
            found = self.remark_named(page, name)
            if found is None:
                raise Refusal(RULES["missing"], id=name)
            item, parent = found
        node = "Comment" if parent else node_of(item, name)
        _check_edge(edge, node)
        if edge == "comments" and method in ("GET", "POST"):
            return self._comments(method, page, item, parent, name, words)
        if edge == "likes" and method in ("POST", "DELETE"):
            self.needs(page, "pages_manage_engagement")
            comments.like(item, parent, liked=method == "POST")
            return {"success": True}
        if method == "GET" and edge in ("insights", "video_insights"):
            self.needs(page, "read_insights")
            read = insights.video_insights if edge == "video_insights" else insights.post_insights
            return read(item, words, self.now())
        if edge in ("captions", "thumbnails") and method in ("GET", "POST"):
            return self._beside(method, page, item, edge, words, files)
        raise Refusal(RULES["bad_query"], path=edge)

    def _beside(
        self, method: str, page: Account, item: Item, edge: str, words: Mapping[str, str], files: Mapping[str, bytes]
    ) -> dict[str, Any]:
        """What goes with a clip."""
        url = self.address(item.remote_id, edge)
        if method == "GET":
            self.needs(page, "pages_read_engagement")
            return (beside.read_captions if edge == "captions" else beside.read_thumbnails)(item, words, url)
        self.needs(page, "pages_manage_posts")
        if edge == "captions":
            return beside.add_captions(item, words, files, self.now())
        return beside.add_thumbnail(item, words, files)

    def _comments(
        self, method: str, page: Account, item: Item, parent: Remark | None, name: str, words: Mapping[str, str]
    ) -> dict[str, Any]:
        if method == "GET":
            self.needs(page, "pages_read_user_content")
            return comments.listed(item, parent, words, self.now(), self.address(name, "comments"))
        self.needs(page, "pages_manage_engagement")
        text = comments.check_new(words)
        top = (parent.parent_id or parent.remote_id) if parent else ""
        new = self.remark_id(item.remote_id)
        remark = Remark(new, page.remote_id, page.name, text, self.now(), parent_id=top, own=True)
        item.remarks.append(remark)
        comments.attach(item, remark, words)
        self.tell_remark(item, remark, "add")
        return {"id": remark.remote_id}

    async def _page_edge(
        self, method: str, page: Account, edge: str, words: Mapping[str, str], files: Mapping[str, bytes]
    ) -> dict[str, Any]:
        if method == "POST" and edge in ("feed", "photos", "videos", "video_reels"):
            self.needs(page, "pages_manage_posts")
            self.meet(page.remote_id)
            return await self._publish(page, edge, words, files)
        if method == "GET" and edge in LISTS:
            return self.read_list(page, edge, words)
        if method == "GET" and edge == "insights":
            self.needs(page, "read_insights")
            return insights.page_insights(page, words, self.now(), self.address(page.remote_id, edge))
        if edge == "subscribed_apps" and method in ("GET", "POST", "DELETE"):
            return self._subscribe(method, page, words)
        if edge == "blocked" and method in ("GET", "POST", "DELETE"):
            return self._block(method, page, words)
        _check_edge(edge, "Page")
        raise Refusal(RULES["bad_query"], path=edge)

    async def _publish(
        self, page: Account, edge: str, words: Mapping[str, str], files: Mapping[str, bytes]
    ) -> dict[str, Any]:
        if edge == "feed":
            return await self.post_feed(page, words)
        if edge == "photos":
            return await self.post_photo(page, words, files)
        if edge == "video_reels":
            return self.uploads.reel(page, words, self.url)
        body = await self.uploads.video(page, words, files)
        item = self.item_named(page, str(body.get("id", "")))
        return self.written(page, item, item.remote_id, words, body) if item else body

    def _subscribe(self, method: str, page: Account, words: Mapping[str, str]) -> dict[str, Any]:
        """Which webhook fields the app gets of this Page."""
        self.needs(page, "pages_manage_metadata")
        if method == "GET":
            fields = page.extra.get("subscribed", [])
            return {"data": [{"id": self.logins.app_id, "subscribed_fields": fields}] if fields else []}
        fields = several(words.get("subscribed_fields", ""))
        if method == "POST" and (not fields or not SUBSCRIBED.issuperset(fields)):
            raise invalid("Param subscribed_fields must be a non-empty list of the known fields")
        page.extra["subscribed"] = fields if method == "POST" else []
        return {"success": True}

    def _block(self, method: str, page: Account, words: Mapping[str, str]) -> dict[str, Any]:
        """Keep people away from the Page."""
        self.needs(page, "pages_manage_engagement")
        blocked: dict[str, bool] = page.extra.setdefault("blocked", {})
        if method == "GET":
            return paged([{"id": name} for name in blocked], words, self.address(page.remote_id, "blocked"))
        names = [name for word in ("psid", "asid", "uid", "user") for name in several(words.get(word, ""))]
        if not names:
            raise invalid("One of psid, asid, uid or user is required")
        for name in names:
            if method == "POST":
                blocked[name] = True
            else:
                blocked.pop(name, None)
        return dict.fromkeys(names, True) if method == "POST" else {"success": True}


def _check_edge(edge: str, node: str) -> None:
    """An edge of other nodes is a field that this one lacks; any other word is no query at all."""
    if edge in EDGES[node]:
        return
    if any(edge in known for known in EDGES.values()):
        raise Refusal(RULES["no_field"], field=edge, node=node)
    raise Refusal(RULES["bad_query"], path=edge)
