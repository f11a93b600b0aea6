"""A stand-in for Facebook's Graph API, graph-video and rupload, on one address. From the platform notes.

Whatever the notes mark as refused is refused here in Meta's own error shape; what they mark as unverified is taken.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Final

from aiohttp import web

from channels.sandbox.core import Account, Item, Platform, Refusal, Remark, Rule, arranged, rules

MOST_TEXT: Final = 63_206
MOST_PICTURE: Final = 10 * 1024 * 1024
CHUNK: Final = 1024 * 1024
PAGE_METRICS: Final = {
    "page_media_view": {"day", "week", "days_28"},
    "page_total_media_view_unique": {"day", "week", "days_28"},
    "page_post_engagements": {"day", "week", "days_28"},
    "page_follows": {"day"},
    "page_daily_follows": {"day"},
    "page_daily_follows_unique": {"day", "week", "days_28"},
    "page_daily_unfollows_unique": {"day", "week", "days_28"},
    "page_views_total": {"day", "week", "days_28"},
    "page_total_actions": {"day", "week", "days_28"},
    "page_video_views": {"day", "week", "days_28"},
    "page_video_view_time": {"day"},
}
POST_METRICS: Final = frozenset(
    {
        "post_media_view",
        "post_total_media_view_unique",
        "post_clicks",
        "post_reactions_by_type_total",
        "post_video_views",
        "post_video_avg_time_watched",
        "post_video_view_time",
    }
)
_PICTURES: Final = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"BM", b"II*\x00", b"MM\x00*")
_INVALID: Final = "facebook.md 9. Errors: 100 invalid parameter"


def _oauth(key: str, code: int, subcode: int | None, message: str, cites: str, status: int = 400) -> Rule:
    return Rule(key, cites, status, code, message, {"error_subcode": subcode} if subcode else {})


_E: Final = "facebook.md 9. Errors"
RULES: Final = rules(
    _oauth(
        "no_token", 104, None, "An access token is required to request this resource.", f"{_E}: shape, 102/104 login"
    ),
    _oauth("bad_token", 190, None, "Invalid OAuth access token - Cannot parse access token", f"{_E}: 190", 401),
    _oauth("expired", 190, 463, "Error validating access token: Session has expired", f"{_E}: 190/463", 401),
    _oauth(
        "password_changed", 190, 460, "The session was invalidated: the password was changed", f"{_E}: 190/460", 401
    ),
    _oauth("app_removed", 190, 458, "The user has not authorized application 900.", f"{_E}: 190/458", 401),
    _oauth("role_lost", 190, 492, "The session's user no longer has a role on this Page", f"{_E}: 190/492", 401),
    _oauth(
        "proof", 104, None, "Invalid appsecret_proof provided in the API argument", f"{_E}: 104 incorrect signature"
    ),
    _oauth("permission", 200, None, "(#200) Requires {scope} permission", f"{_E}: 200-299 permission", 403),
    _oauth("removed", 10, None, "(#10) Application does not have permission for this action", f"{_E}: 10", 403),
    _oauth("missing", 100, 33, "Unsupported request. Object with ID '{id}' does not exist", f"{_E}: 100/33"),
    _oauth("bad_query", 2500, None, "Unknown path components: /{path}", f"{_E}: 2500 bad graph query"),
    _oauth("parameter", 100, None, "(#100) {what}", _INVALID),
    _oauth("empty_post", 100, None, "(#100) message or link is required", "facebook.md 3.1: message or link required"),
    _oauth("too_long", 100, None, "(#100) Param message is too long", "facebook.md 3.1: length 63,206 characters"),
    _oauth(
        "schedule",
        100,
        None,
        "(#100) The specified scheduled publish time is invalid.",
        "facebook.md 3.2: 10 min to 75 days",
    ),
    _oauth("bad_image", 324, None, "(#324) Missing or invalid image file", f"{_E}: 324"),
    _oauth("big_image", 1, 1366046, "Photos should be smaller than 10 MB and JPG or PNG", f"{_E}: 1366046; 3.3 limits"),
    _oauth("small_video", 382, 1363022, "(#382) The video file is too small", f"{_E}: 382, 1363022 under 1 KB"),
    _oauth("bad_video", 6000, 1363019, "There was a problem uploading your video file", f"{_E}: 1363019, 6000"),
    _oauth("offset", 6001, 1363037, "Wrong start offset", f"{_E}: 1363037 wrong offset, error_data", 400),
    _oauth("duplicate", 506, None, "(#506) Duplicate status message", f"{_E}: 506 duplicate post in a row"),
    _oauth(
        "metric",
        100,
        None,
        "(#100) The value must be a valid insights metric",
        "facebook.md 5.1, 5.3: one invalid name",
    ),
    _oauth("no_metric", 3001, 1504028, "No metric was specified to be fetched.", f"{_E}: 3001/1504028"),
    _oauth(
        "no_insights",
        100,
        None,
        "(#100) Tried accessing nonexisting field (insights)",
        "facebook.md 5.2: a reel node has none",
    ),
    _oauth(
        "window",
        100,
        None,
        "(#100) There cannot be more than 90 days between since and until",
        "facebook.md 5.1: max 90 days",
    ),
    _oauth(
        "throttled", 32, 2446079, "(#32) Page request limit reached", "facebook.md 8: codes 4, 17, 32, 613; 2446079"
    ),
    _oauth("transient", 2, None, "Service temporarily unavailable", f"{_E}: 2 service down", 500),
    _oauth(
        "own_hide", 200, None, "(#200) A Page cannot hide its own comment", "facebook.md 4: Pages cannot hide their own"
    ),
    _oauth("reel_offset", 100, None, "OffsetInvalidError", "facebook.md 3.6: OffsetInvalidError", 400),
    _oauth("big_video", 382, 1363023, "The video file is too large", f"{_E}: 382/1363023"),
    _oauth("own_link", 100, 1609008, "Links to facebook.com cannot be posted", f"{_E}: 100/1609008"),
    *arranged(
        _oauth("blocked", 368, 1390008, "The action attempted has been deemed abusive", f"{_E}: 368"),
        _oauth("app_throttled", 4, None, "(#4) Application request limit reached", f"{_E}: 4"),
        _oauth("user_throttled", 17, None, "(#17) User request limit reached", f"{_E}: 17"),
        _oauth("custom_throttled", 613, None, "Calls to this api have exceeded the rate limit", f"{_E}: 613"),
        _oauth("page_throttled", 80001, None, "There have been too many calls to this Page account", f"{_E}: 80001"),
        _oauth("capability", 3, None, "(#3) Application does not have the capability", f"{_E}: 3"),
        _oauth("session", 102, None, "Session key invalid or no longer valid", f"{_E}: 102", 401),
        _oauth("login_needed", 190, 459, "The user must log in to facebook.com", f"{_E}: 190/459", 401),
        _oauth("unconfirmed", 190, 464, "The user is not confirmed", f"{_E}: 190/464", 401),
        _oauth("invalid_token", 190, 467, "Error validating access token", f"{_E}: 190/467", 401),
        _oauth("page_token_needed", 210, None, "(#210) A page access token is required", f"{_E}: 210", 403),
        _oauth("app_limit", 341, None, "(#341) Feed action request limit reached", f"{_E}: 341"),
        _oauth("cannot_fetch", 389, None, "(#389) Unable to fetch video file from URL", f"{_E}: 389"),
        _oauth("abusive", 368, 1346003, "The content was flagged as abusive", f"{_E}: 368/1346003"),
        _oauth("standards", 368, 1404102, "The content goes against community standards", f"{_E}: 368/1404102"),
        _oauth("invalid_content", 100, 1349125, "Invalid content", f"{_E}: 100/1349125"),
        _oauth("invalid_url", 100, 2061006, "Invalid URL format", f"{_E}: 100/2061006"),
        _oauth("upload_timeout", 6001, 1363030, "The upload timed out", f"{_E}: 6001/1363030"),
        _oauth(
            "no_video_right",
            200,
            1363042,
            "You do not have permission to upload a video here",
            f"{_E}: 200/1363042",
            403,
        ),
        _oauth("try_later", 2, 1363047, "Temporary failure", f"{_E}: 2/1363047", 500),
        _oauth("already_posted", 100, 1366051, "These photos were already posted", f"{_E}: 100/1366051"),
        _oauth("security_check", 368, 1404006, "A security check is needed", f"{_E}: 368/1404006"),
        _oauth("restricted", 368, 1404112, "The account is restricted", f"{_E}: 368/1404112"),
        _oauth("identity", 368, 4854002, "Confirm your identity", f"{_E}: 368/4854002"),
        _oauth("authorization", 200, 1404078, "The Page needs publishing authorization", f"{_E}: 200/1404078", 403),
        _oauth("scrape", 100, 1609005, "The link could not be scraped", f"{_E}: 100/1609005"),
        _oauth("bad_file", 100, 2069019, "Invalid file", f"{_E}: 100/2069019"),
    ),
)


class FacebookSandbox(Platform):
    """The Page platform. `app_secret` set on an account makes `appsecret_proof` compulsory."""

    name = "facebook"
    title = "Facebook (giả lập)"
    rules: ClassVar[dict[str, Rule]] = RULES
    outage = "transient"

    def __init__(self, *, now: Any, seed: int = 0, processing: timedelta = timedelta(seconds=20)) -> None:
        super().__init__(now=now, seed=seed)
        self.processing = processing
        self.why_dead: dict[str, str] = {}
        self.throttled_until: datetime | None = None
        self._uploads: dict[str, dict[str, Any]] = {}

    # -- set-up -----------------------------------------------------------------------------------------------------

    def add_page(self, page: str, name: str, token: str, *, app_secret: str = "", followers: int = 0) -> Account:
        """Let a Page exist with a never-expiring Page token."""
        return self.add_account(
            Account(page, name, {token}, followers=followers, extra={"app_secret": app_secret, "app_id": "900"})
        )

    def kill(self, token: str, rule: str) -> None:
        """End a token the way a rule says: expired, password_changed, app_removed, role_lost."""
        self.revoke(token)
        self.why_dead[token] = rule

    # -- shape ------------------------------------------------------------------------------------------------------

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        """Everything below a version (or none) goes through one door, as at Meta."""
        return [
            web.get("/oauth/access_token", self._exchange),
            web.get("/{version:v[0-9]+\\.[0-9]+}/oauth/access_token", self._exchange),
            web.get("/debug_token", self._debug),
            web.get("/{version:v[0-9]+\\.[0-9]+}/debug_token", self._debug),
            web.post("/video-upload/{version}/{video}", self._rupload),
            web.route("*", "/{version:v[0-9]+\\.[0-9]+}/{path:.*}", self._graph),
            web.route("*", "/{path:.+}", self._graph),
        ]

    def refuse(self, refusal: Refusal) -> web.Response:
        """Meta's error object."""
        rule = refusal.rule
        error = {"message": refusal.message, "type": "OAuthException", "code": rule.code, **rule.more}
        error |= {"is_transient": rule.key == "transient", "fbtrace_id": f"A{self.number():07d}"}
        error |= refusal.more
        headers = {}
        if rule.key == "throttled":
            usage = {
                p: [{"type": "pages", "call_count": 100, "estimated_time_to_regain_access": 5}] for p in self.accounts
            }
            headers["X-Business-Use-Case-Usage"] = json.dumps(usage)
        return web.json_response({"error": error}, status=rule.status, headers=headers)

    def malformed(self) -> Refusal:
        """What cannot be read is refused."""
        return Refusal(RULES["parameter"], what="Invalid parameter")

    def server_error(self) -> web.Response:
        """What an outage looks like."""
        return self.refuse(Refusal(RULES["transient"]))

    # -- the door ---------------------------------------------------------------------------------------------------

    async def _graph(self, request: web.Request) -> web.Response:
        words, files = await _words(request)
        page = self._page_of(request, words)
        if self.throttled_until and self.now() < self.throttled_until:
            raise Refusal(RULES["throttled"])
        parts = request.match_info["path"].strip("/").split("/")
        method = request.method
        if len(parts) == 1:
            body = self._node(method, page, parts[0], words)
        elif len(parts) == 2:
            body = await self._edge(method, page, parts[0], parts[1], words, files)
        else:
            raise Refusal(RULES["bad_query"], path="/".join(parts[1:]))
        return web.json_response(body, headers={"facebook-api-version": request.match_info.get("version", "v22.0")})

    def _page_of(self, request: web.Request, words: Mapping[str, str]) -> Account:
        token = words.get("access_token") or request.headers.get("Authorization", "").removeprefix("OAuth ").strip()
        token = token.removeprefix("Bearer ")
        if not token:
            raise Refusal(RULES["no_token"])
        if token in self.why_dead:
            raise Refusal(RULES[self.why_dead[token]])
        page = next((a for a in self.accounts.values() if token in a.tokens), None)
        if page is None:
            raise Refusal(RULES["bad_token"])
        secret = str(page.extra.get("app_secret", ""))
        if secret:
            proof = hmac.new(secret.encode(), token.encode(), hashlib.sha256).hexdigest()
            if words.get("appsecret_proof") != proof:
                raise Refusal(RULES["proof"])
        return page

    def _needs(self, page: Account, scope: str) -> None:
        if scope in page.extra.get("lacks", ()):
            raise Refusal(RULES["permission"], scope=scope)

    # -- tokens -----------------------------------------------------------------------------------------------------

    async def _exchange(self, request: web.Request) -> web.Response:
        words = request.query
        for needed in ("client_id", "client_secret"):
            if not words.get(needed):
                raise Refusal(RULES["parameter"], what=f"Missing {needed} parameter")
        if "fb_exchange_token" not in words and "code" not in words:
            raise Refusal(RULES["parameter"], what="Missing code parameter")
        token = f"user-{self.number()}"
        return web.json_response({"access_token": token, "token_type": "bearer", "expires_in": 5_183_944})

    async def _debug(self, request: web.Request) -> web.Response:
        if not request.query.get("access_token"):
            raise Refusal(RULES["no_token"])
        token = request.query.get("input_token", "")
        page = next((a for a in self.accounts.values() if token in a.tokens), None)
        data: dict[str, Any] = {"app_id": "900", "type": "PAGE", "application": "Loa", "is_valid": page is not None}
        if page is None:
            rule = RULES[self.why_dead.get(token, "bad_token")]
            data["error"] = {"code": rule.code, "message": rule.message, "subcode": rule.more.get("error_subcode", 0)}
            data["scopes"] = []
        else:
            scopes = ["pages_show_list", "pages_read_engagement", "pages_manage_posts", "pages_manage_engagement"]
            scopes += ["pages_read_user_content", "read_insights"]
            expires = int((self.now() + timedelta(days=90)).timestamp())
            data |= {"expires_at": 0, "data_access_expires_at": expires, "profile_id": page.remote_id, "user_id": "77"}
            data["scopes"] = [s for s in scopes if s not in page.extra.get("lacks", ())]
        return web.json_response({"data": data})

    # -- nodes ------------------------------------------------------------------------------------------------------

    def _node(self, method: str, page: Account, name: str, words: Mapping[str, str]) -> dict[str, Any]:
        if name in ("me", page.remote_id):
            if method != "GET":
                raise Refusal(RULES["parameter"], what="Unsupported post request")
            return {"id": page.remote_id, "name": page.name, **self._page_fields(page, words)}
        item = self._item(page, name)
        if item is not None:
            if method == "DELETE":
                self._needs(page, "pages_manage_posts")
                item.state = "removed"
                return {"success": True}
            return self._read(page, item, words) if method == "GET" else self._edit(page, item, words)
        return self._comment_node(method, page, name, words)

    def _page_fields(self, page: Account, words: Mapping[str, str]) -> dict[str, Any]:
        asked = words.get("fields", "")
        known = {
            "followers_count": page.followers,
            "fan_count": page.followers,
            "access_token": next(iter(page.tokens)),
        }
        return {name: value for name, value in known.items() if name in asked}

    def _item(self, page: Account, name: str) -> Item | None:
        """A post by its id, a photo or video by its bare id or `<page>_<id>`."""
        for candidate in (name, f"{page.remote_id}_{name}", name.removeprefix(f"{page.remote_id}_")):
            item = self.items.get(candidate)
            if item is not None and item.account == page.remote_id and item.state != "removed":
                return item
        return next(
            (i for i in self.items.values() if i.account == page.remote_id and i.live and i.extra.get("photo") == name),
            None,
        )

    def _edit(self, page: Account, item: Item, words: Mapping[str, str]) -> dict[str, Any]:
        self._needs(page, "pages_manage_posts")
        if item.history:
            raise Refusal(RULES["removed"])  # facebook.md 3.7: only posts created by the same app can be edited
        if "message" in words:
            _check_text(words["message"])
            item.text = item.payload["message"] = words["message"]
        if "description" in words:
            item.text = item.payload["description"] = words["description"]
        if "is_pinned" in words:
            item.pinned = words["is_pinned"] == "true"
        return {"success": True}

    def _read(self, page: Account, item: Item, words: Mapping[str, str]) -> dict[str, Any]:
        asked = words.get("fields", "id,created_time,message")
        ready = item.form != "video" or self.now() >= item.at + self.processing
        live = [r for r in item.remarks if not r.removed]
        known: dict[str, Any] = {
            "id": item.remote_id,
            "created_time": _time(item.at),
            "message": item.text,
            "permalink_url": item.permalink,
            "is_published": item.live,
            "published": True,
            "post_id": f"{page.remote_id}_{item.remote_id}" if "_" not in item.remote_id else item.remote_id,
            "status": _video_status(ready),
            "description": item.text,
        }
        found = {name: value for name, value in known.items() if re.search(rf"(?<![\w.]){name}\b", asked)}
        if "shares" in asked and item.figures.get("shares"):
            found["shares"] = {"count": item.figures["shares"]}
        if "comments" in asked:
            self._needs(page, "pages_read_user_content")
            found["comments"] = {"data": [], "summary": {"total_count": len(live)}}
        if "reactions" in asked:
            if item.form == "video" and "_" not in words.get("_path", "_"):
                raise Refusal(RULES["parameter"], what="Tried accessing nonexisting field (reactions)")
            found["reactions"] = {"data": [], "summary": {"total_count": self._figures(item)["reactions"]}}
        return {"id": item.remote_id, **found}

    def _figures(self, item: Item) -> dict[str, int]:
        """Figures grow with age and comments, the same on every reading of the same time."""
        if item.history:
            return {"views": 0, "reach": 0, "reactions": 0, "clicks": 0, **item.figures}
        hours = max(0.0, (self.now() - item.at).total_seconds() / 3600)
        size = 400 + int(hashlib.sha256(item.remote_id.encode()).hexdigest()[:3], 16)
        views = int(size * 12 * (1 - 0.8**hours)) + 9 * len(item.remarks)
        return {"views": views, "reach": views * 7 // 10, "reactions": views // 25, "clicks": views // 40}

    # -- edges ------------------------------------------------------------------------------------------------------

    async def _edge(
        self, method: str, page: Account, name: str, edge: str, words: Mapping[str, str], files: Mapping[str, bytes]
    ) -> dict[str, Any]:
        own = name in ("me", page.remote_id)
        if own and method == "POST" and edge in ("feed", "photos", "videos", "video_reels"):
            self._needs(page, "pages_manage_posts")
            self.meet(page.remote_id)
            return {"feed": self._feed, "photos": self._photo, "videos": self._video, "video_reels": self._reel}[edge](
                page, words, files
            )
        if own and method == "GET" and edge in ("feed", "published_posts", "posts", "video_reels", "scheduled_posts"):
            return self._list(page, edge, words)
        if own and edge == "insights":
            return self._page_insights(page, words)
        if own and edge == "subscribed_apps":
            return {"success": True} if method == "POST" else {"data": []}
        if edge == "comments":
            return self._comments(method, page, name, words)
        item = self._item(page, name)
        if item is None:
            raise Refusal(RULES["missing"], id=name)
        if edge == "insights":
            return self._post_insights(page, item, name, words)
        raise Refusal(RULES["bad_query"], path=edge)

    def _feed(self, page: Account, words: Mapping[str, str], files: Mapping[str, bytes]) -> dict[str, Any]:
        if not words.get("message") and not words.get("link") and "attached_media" not in " ".join(words):
            raise Refusal(RULES["empty_post"])
        _check_text(words.get("message", ""))
        if words.get("link") and not re.match(r"https?://[^\s/]+\.?[^\s]*$", words["link"]):
            raise Refusal(RULES["parameter"], what="The url you supplied is invalid")
        if re.match(r"https?://(?:[\w-]+\.)*facebook\.com(?:[/:?#]|$)", words.get("link", "")):
            raise Refusal(RULES["own_link"])
        self._check_schedule(words)
        newest = max((i for i in self.published(page.remote_id) if i.live), key=lambda i: i.at, default=None)
        if newest is not None and words.get("message") and newest.payload.get("message") == words["message"]:
            raise Refusal(RULES["duplicate"])
        item = self._publish(
            page, f"{page.remote_id}_{555_000 + self.number()}", "feed", words, words.get("message", "")
        )
        item.link = words.get("link", "")
        return {
            "id": item.remote_id,
            **({"permalink_url": item.permalink} if "permalink_url" in words.get("fields", "") else {}),
        }

    def _photo(self, page: Account, words: Mapping[str, str], files: Mapping[str, bytes]) -> dict[str, Any]:
        data = files.get("source", b"")
        if not data and not words.get("url"):
            raise Refusal(RULES["bad_image"])
        if data and not data.startswith(_PICTURES):
            raise Refusal(RULES["bad_image"])
        if len(data) > MOST_PICTURE:
            raise Refusal(RULES["big_image"])
        _check_text(words.get("caption", ""))
        photo = str(700_000 + self.number())
        if words.get("published") == "false":
            return {"id": photo}
        item = self._publish(page, f"{page.remote_id}_{photo}", "photo", words, words.get("caption", ""))
        item.payload["media_sha256"] = hashlib.sha256(data).hexdigest()
        item.picture, item.extra["photo"] = data, photo
        return {"id": photo, "post_id": item.remote_id}

    def _publish(self, page: Account, remote_id: str, form: str, words: Mapping[str, str], text: str) -> Item:
        payload = {k: v for k, v in words.items() if k not in ("access_token", "appsecret_proof", "fields", "locale")}
        item = Item(remote_id, page.remote_id, form, payload, self.now(), text=text)
        item.permalink = f"https://www.facebook.com/{page.remote_id}/posts/{remote_id.split('_')[-1]}"
        self.items[remote_id] = item
        return item

    def _check_schedule(self, words: Mapping[str, str]) -> None:
        when = words.get("scheduled_publish_time")
        if when is None:
            return
        ahead = float(when) - self.now().timestamp() if when.isdigit() else -1.0
        if not 600 <= ahead <= 75 * 86_400:
            raise Refusal(RULES["schedule"])

    # -- videos -----------------------------------------------------------------------------------------------------

    def _video(self, page: Account, words: Mapping[str, str], files: Mapping[str, bytes]) -> dict[str, Any]:
        phase = words.get("upload_phase")
        if phase is None:
            data = files.get("source", b"")
            if not data and not words.get("file_url"):
                raise Refusal(RULES["parameter"], what="The parameter source is required")
            _check_video(data)
            return {"id": self._video_item(page, words, data).remote_id}
        if phase == "start":
            if not words.get("file_size", "").isdigit():
                raise Refusal(RULES["parameter"], what="The parameter file_size is required")
            session, video, size = str(30 + self.number()), str(410_000 + self.number()), int(words["file_size"])
            if size < 1024:
                raise Refusal(RULES["small_video"])
            if size > 2 * 1024**3:
                raise Refusal(RULES["big_video"])
            self._uploads[session] = {"video": video, "size": size, "data": bytearray(), "page": page.remote_id}
            end = min(size, CHUNK)
            return {"upload_session_id": session, "video_id": video, "start_offset": "0", "end_offset": str(end)}
        upload = self._uploads.get(words.get("upload_session_id", ""))
        if upload is None or upload["page"] != page.remote_id:
            raise Refusal(RULES["parameter"], what="Invalid upload_session_id")
        if phase == "transfer":
            return self._transfer(upload, words, files)
        if phase == "finish":
            if len(upload["data"]) != upload["size"]:
                raise Refusal(RULES["bad_video"])
            _check_video(bytes(upload["data"]))
            self._video_item(page, words, bytes(upload["data"]), upload["video"])
            del self._uploads[words["upload_session_id"]]
            return {"success": True}
        if phase == "cancel":
            del self._uploads[words["upload_session_id"]]
            return {"success": True}
        raise Refusal(RULES["parameter"], what="upload_phase must be one of start, transfer, finish, cancel")

    def _transfer(self, upload: dict[str, Any], words: Mapping[str, str], files: Mapping[str, bytes]) -> dict[str, Any]:
        have: bytearray = upload["data"]
        if words.get("start_offset") != str(len(have)):
            offsets = {"start_offset": str(len(have)), "end_offset": str(min(upload["size"], len(have) + CHUNK))}
            raise Refusal(RULES["offset"], {"error_data": offsets})
        have += files.get("video_file_chunk", b"")
        return {"start_offset": str(len(have)), "end_offset": str(min(upload["size"], len(have) + CHUNK))}

    def _video_item(self, page: Account, words: Mapping[str, str], data: bytes, video: str = "") -> Item:
        video = video or str(410_000 + self.number())
        item = self._publish(page, video, "video", words, words.get("description", ""))
        item.title = words.get("title", "")
        item.payload["media_sha256"] = hashlib.sha256(data).hexdigest()
        item.permalink = f"/reel/{video}/"
        return item

    def _reel(self, page: Account, words: Mapping[str, str], files: Mapping[str, bytes]) -> dict[str, Any]:
        phase = words.get("upload_phase")
        if phase == "start":
            video = str(410_000 + self.number())
            self._uploads[video] = {"video": video, "data": bytearray(), "page": page.remote_id, "size": 0}
            return {"video_id": video, "upload_url": f"{self.url}/video-upload/v26.0/{video}"}
        upload = self._uploads.get(words.get("video_id", ""))
        if phase not in ("finish", "complete") or upload is None:
            raise Refusal(RULES["parameter"], what="Invalid upload_phase or video_id")
        _check_video(bytes(upload["data"]))
        self._video_item(page, words, bytes(upload["data"]), upload["video"])
        return {"success": True}

    async def _rupload(self, request: web.Request) -> web.Response:
        words, _ = await _words(request, read=False)
        self._page_of(request, words)
        upload = self._uploads.get(request.match_info["video"])
        if upload is None:
            raise Refusal(RULES["missing"], id=request.match_info["video"])
        data = await request.read()
        if request.headers.get("offset") != str(len(upload["data"])):
            raise Refusal(RULES["reel_offset"])
        upload["data"] += data
        return web.json_response({"success": True})

    # -- lists ------------------------------------------------------------------------------------------------------

    def _list(self, page: Account, edge: str, words: Mapping[str, str]) -> dict[str, Any]:
        if edge == "scheduled_posts":
            return {"data": []}
        items = [i for i in self.items.values() if i.account == page.remote_id and i.live]
        items = [i for i in items if (i.form == "video") == (edge == "video_reels") or edge != "video_reels"]
        items = [i for i in items if _within(i.at, words)]
        items.sort(key=lambda i: i.at, reverse=True)
        rows = []
        for item in items:
            post_id = item.remote_id if "_" in item.remote_id else f"{page.remote_id}_{item.remote_id}"
            rows.append({"id": post_id if edge != "video_reels" else item.remote_id, "message": item.text,
                         "description": item.text, "created_time": _time(item.at),
                         "permalink_url": item.permalink})  # fmt: skip
        return _paged(rows, words, most=100)

    def _page_insights(self, page: Account, words: Mapping[str, str]) -> dict[str, Any]:
        self._needs(page, "read_insights")
        names = [n for n in words.get("metric", "").split(",") if n]
        if not names:
            raise Refusal(RULES["no_metric"])
        period = words.get("period", "day")
        if any(n not in PAGE_METRICS or period not in PAGE_METRICS[n] for n in names):
            raise Refusal(RULES["metric"])
        since, until = _span(words, self.now())
        if until - since > timedelta(days=90):
            raise Refusal(RULES["window"])
        data = [{"name": n, "period": period, "values": self._values(page, n, period, since, until), "title": n,
                 "description": n, "id": f"{page.remote_id}/insights/{n}/{period}"} for n in names]  # fmt: skip
        return {"data": [d for d in data if d["values"]], "paging": {}}

    def _values(self, page: Account, name: str, period: str, since: datetime, until: datetime) -> list[dict[str, Any]]:
        """Daily values; a week's is not their sum but what was deduplicated, kept under `week:<metric>`."""
        key = name if period == "day" else f"{period}:{name}"
        found = []
        for day, figures in sorted(page.days.items()):
            end = datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(days=1, hours=8)
            if key in figures and since < end <= until:
                found.append({"value": figures[key], "end_time": _time(end)})
        return found

    def _post_insights(self, page: Account, item: Item, name: str, words: Mapping[str, str]) -> dict[str, Any]:
        self._needs(page, "read_insights")
        if "_" not in name:
            raise Refusal(RULES["no_insights"])
        names = [n for n in words.get("metric", "").split(",") if n]
        if not names:
            raise Refusal(RULES["no_metric"])
        if any(n not in POST_METRICS for n in names):
            raise Refusal(RULES["metric"])
        figures = self._figures(item)
        values: dict[str, Any] = {
            "post_media_view": figures["views"],
            "post_total_media_view_unique": figures["reach"],
            "post_clicks": figures["clicks"],
            "post_reactions_by_type_total": {"like": figures["reactions"]},
        }
        data = [{"name": n, "period": "lifetime", "values": [{"value": values[n]}], "title": n, "description": n,
                 "id": f"{item.remote_id}/insights/{n}/lifetime"} for n in names if n in values]  # fmt: skip
        return {"data": data, "paging": {}}

    # -- comments ---------------------------------------------------------------------------------------------------

    def _comments(self, method: str, page: Account, name: str, words: Mapping[str, str]) -> dict[str, Any]:
        item, parent = self._item(page, name), None
        if item is None:
            item, parent = self._find_remark(page, name)
        if item is None:
            raise Refusal(RULES["missing"], id=name)
        if method == "POST":
            self._needs(page, "pages_manage_engagement")
            if not words.get("message"):
                raise Refusal(RULES["parameter"], what="Param message must be a non-empty string")
            top = parent.parent_id or parent.remote_id if parent else ""
            remark = self.add_remark(item.remote_id, page.name, words["message"], self.now(), parent_id=top)
            remark.own, remark.author_id = True, page.remote_id
            return {"id": remark.remote_id}
        self._needs(page, "pages_read_user_content")
        found = [r for r in item.remarks if not r.removed and (parent is None or r.parent_id == parent.remote_id)]
        if words.get("filter", "toplevel") == "toplevel" and parent is None:
            found = [r for r in found if not r.parent_id]
        found = [r for r in found if _within(r.at, words)]
        newest_first = words.get("order", "chronological") == "reverse_chronological"
        found.sort(key=lambda r: (r.at, r.remote_id), reverse=newest_first)
        body = _paged([_comment(r, item) for r in found], words, most=100)
        if words.get("summary") == "true":
            body["summary"] = {"order": "chronological", "total_count": len(found), "can_comment": True}
        return body

    def _find_remark(self, page: Account, name: str) -> tuple[Item | None, Remark | None]:
        for item in self.items.values():
            if item.account == page.remote_id:
                for remark in item.remarks:
                    if remark.remote_id == name and not remark.removed:
                        return item, remark
        return None, None

    def _comment_node(self, method: str, page: Account, name: str, words: Mapping[str, str]) -> dict[str, Any]:
        item, remark = self._find_remark(page, name)
        if item is None or remark is None:
            raise Refusal(RULES["missing"], id=name)
        if method == "GET":
            return _comment(remark, item)
        self._needs(page, "pages_manage_engagement")
        if method == "DELETE":
            remark.removed = True
        elif "is_hidden" in words:
            if remark.own:
                raise Refusal(RULES["own_hide"])
            remark.hidden = words["is_hidden"] == "true"
        elif "message" in words and remark.own:
            remark.text = words["message"]
        return {"success": True}

    def remark_id(self, parent: str) -> str:
        """`<post part>_<comment>`."""
        return f"{parent.split('_')[-1]}_{70_000 + self.number()}"


async def _words(request: web.Request, *, read: bool = True) -> tuple[dict[str, str], dict[str, bytes]]:
    """Query and body together: form, multipart and JSON are all taken, as the notes say."""
    words, files = dict(request.query), dict[str, bytes]()
    if read and request.method in ("POST", "PUT") and request.can_read_body:
        if request.content_type == "application/json":
            body = await request.json()
            words |= {k: v if isinstance(v, str) else json.dumps(v) for k, v in body.items()}
        else:
            for name, value in (await request.post()).items():
                if isinstance(value, web.FileField):
                    files[name] = value.file.read()
                elif isinstance(value, bytes):
                    files[name] = value
                else:
                    words[name] = str(value)
    return words, files


def _check_text(text: str) -> None:
    if len(text) > MOST_TEXT:
        raise Refusal(RULES["too_long"])


def _check_video(data: bytes) -> None:
    if data and len(data) < 1024:
        raise Refusal(RULES["small_video"])
    if data and b"ftyp" not in data[:64]:
        raise Refusal(RULES["bad_video"])


def _video_status(ready: bool) -> dict[str, Any]:
    phase = {"status": "completed" if ready else "in_progress"}
    return {"video_status": "ready" if ready else "processing", "uploading_phase": {"status": "completed"},
            "processing_phase": phase, "publishing_phase": {**phase, "publish_status": "published"}}  # fmt: skip


def _comment(remark: Remark, item: Item) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": remark.remote_id,
        "message": remark.text,
        "from": {"id": remark.author_id, "name": remark.author},
        "created_time": _time(remark.at),
        "like_count": remark.likes,
        "is_hidden": remark.hidden,
        "can_hide": not remark.own,
        "permalink_url": f"{item.permalink}?comment_id={remark.remote_id}",
    }
    return row | ({"parent": {"id": remark.parent_id}} if remark.parent_id else {})


def _time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def _within(at: datetime, words: Mapping[str, str]) -> bool:
    since, until = words.get("since"), words.get("until")
    return (not since or at.timestamp() >= float(since)) and (not until or at.timestamp() <= float(until))


def _span(words: Mapping[str, str], now: datetime) -> tuple[datetime, datetime]:
    until = datetime.fromtimestamp(float(words["until"]), UTC) if words.get("until") else now
    since = datetime.fromtimestamp(float(words["since"]), UTC) if words.get("since") else until - timedelta(days=2)
    return since, until


def _paged(rows: list[dict[str, Any]], words: Mapping[str, str], *, most: int) -> dict[str, Any]:
    """Cursor paging; `next` carries everything but is only there when more follows."""
    limit = min(int(words.get("limit", "25") or 25), most)
    start = int(words["after"]) if words.get("after", "").isdigit() else 0
    page = rows[start : start + limit]
    body: dict[str, Any] = {"data": page}
    if page:
        body["paging"] = {"cursors": {"before": str(start), "after": str(start + len(page))}}
        if start + limit < len(rows):
            body["paging"]["next"] = f"https://graph.facebook.com/next?after={start + len(page)}"
    return body
