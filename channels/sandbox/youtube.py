"""A stand-in for YouTube's Data API v3, Analytics and Google's token service, on one address. From the platform notes.

Resumable uploads behave as measured: a session address, 308 with `Range`, a probe with an empty PUT; no video exists
before the last byte. Every call costs quota.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar, Final
from zoneinfo import ZoneInfo

from aiohttp import web

from channels.sandbox.core import Account, Item, Platform, Refusal, Remark, Rule, arranged, rules

PACIFIC: Final = ZoneInfo("America/Los_Angeles")
DAY_UNITS: Final = 10_000
DAY_UPLOADS: Final = 100
_E: Final = "youtube.md 8. Errors"


def _rule(key: str, status: int, reason: str, message: str, cites: str, domain: str = "youtube.api") -> Rule:
    return Rule(key, cites, status, reason, message, {"domain": domain})


RULES: Final = rules(
    _rule("no_token", 401, "authorizationRequired", "Login Required.", f"{_E}: 401 authorizationRequired", "global"),
    _rule("bad_token", 401, "authError", "Invalid Credentials", f"{_E}: 401 authError", "global"),
    _rule("invalid_grant", 400, "invalid_grant", "Token has been expired or revoked.", "youtube.md 1: invalid_grant"),
    _rule("invalid_client", 401, "invalid_client", "The OAuth client was not found.", "youtube.md 1: invalid_client"),
    _rule("scope", 403, "insufficientPermissions", "Insufficient Permission", f"{_E}: 403 insufficientPermissions"),
    _rule("forbidden", 403, "forbidden", "Forbidden", f"{_E}: 403 forbidden"),
    _rule("signup", 401, "youtubeSignupRequired", "Unauthorized", f"{_E}: 401 youtubeSignupRequired"),
    _rule(
        "quota",
        403,
        "quotaExceeded",
        "The request cannot be completed: quota exceeded.",
        "youtube.md 6",
        "youtube.quota",
    ),
    _rule("upload_limit", 400, "uploadLimitExceeded", "Too many uploads in 24 h.", f"{_E}: 400 uploadLimitExceeded"),
    _rule(
        "title",
        400,
        "invalidTitle",
        "The request metadata specifies an invalid or empty video title.",
        "youtube.md 2: title",
    ),
    _rule("description", 400, "invalidDescription", "Invalid video description.", "youtube.md 2: 5000 bytes, no <>"),
    _rule("tags", 400, "invalidTags", "Invalid video keywords.", "youtube.md 2: tags 500 characters"),
    _rule("category", 400, "invalidCategoryId", "Invalid video category.", "youtube.md 2: categoryId numeric"),
    _rule(
        "publish_at",
        400,
        "invalidPublishAt",
        "Invalid scheduled publishing time.",
        "youtube.md 2: publishAt only private",
    ),
    _rule(
        "media", 400, "mediaBodyRequired", "The request does not include the video content.", f"{_E}: mediaBodyRequired"
    ),
    _rule(
        "parameter", 400, "missingRequiredParameter", "Required parameter: {name}", f"{_E}: missingRequiredParameter"
    ),
    _rule(
        "page_token", 400, "invalidPageToken", "The request specifies an invalid page token.", f"{_E}: invalidPageToken"
    ),
    _rule(
        "no_video",
        404,
        "videoNotFound",
        "The video that you are trying to find cannot be found.",
        f"{_E}: videoNotFound",
    ),
    _rule("no_comment", 404, "commentNotFound", "One or more comments cannot be found.", f"{_E}: commentNotFound"),
    _rule(
        "no_parent", 404, "parentCommentNotFound", "The parent comment cannot be found.", f"{_E}: parentCommentNotFound"
    ),
    _rule("comments_off", 403, "commentsDisabled", "The video has disabled comments.", f"{_E}: 403 commentsDisabled"),
    _rule("no_text", 400, "commentTextRequired", "The comment text is required.", f"{_E}: commentTextRequired"),
    _rule("long_text", 400, "commentTextTooLong", "The comment text is too long.", f"{_E}: commentTextTooLong"),
    _rule("ban", 400, "banWithoutReject", "banAuthor needs moderationStatus rejected", f"{_E}: banWithoutReject"),
    _rule(
        "spam", 400, "operationNotSupported", "likelySpam cannot be set", f"{_E}: operationNotSupported; 5: likelySpam"
    ),
    _rule("session", 404, "notFound", "Upload session not found", "youtube.md 2.1: 404/410 session gone"),
    _rule("query", 400, "badRequest", "The query is not supported.", "youtube.md 4.1: invalid combination", "global"),
    _rule("backend", 503, "backendError", "Backend Error", f"{_E}: 500, 502, 503, 504 backendError", "global"),
    _rule("unknown", 404, "notFound", "Not Found", f"{_E}: fall back to the HTTP code", "global"),
    _rule("unreadable", 400, "badRequest", "Bad Request", f"{_E}: fall back to the HTTP code", "global"),
    *arranged(
        _rule(
            "rate", 403, "rateLimitExceeded", "Rate Limit Exceeded", f"{_E}: 403/429 rateLimitExceeded", "usageLimits"
        ),
        _rule("daily", 403, "dailyLimitExceeded", "Daily Limit Exceeded", f"{_E}: 403 dailyLimitExceeded"),
        _rule(
            "user_rate", 403, "userRateLimitExceeded", "User Rate Limit Exceeded", f"{_E}: 403 userRateLimitExceeded"
        ),
        _rule("delegation", 403, "accountDelegationForbidden", "Forbidden", f"{_E}: 403 accountDelegationForbidden"),
        _rule(
            "account_closed",
            403,
            "authenticatedUserAccountClosed",
            "The account is closed.",
            f"{_E}: 403 authenticatedUserAccountClosed",
        ),
        _rule(
            "account_suspended",
            403,
            "authenticatedUserAccountSuspended",
            "The account is suspended.",
            f"{_E}: 403 authenticatedUserAccountSuspended",
        ),
        _rule(
            "not_channel",
            403,
            "authenticatedUserNotChannel",
            "The user is no channel.",
            f"{_E}: 403 authenticatedUserNotChannel",
        ),
        _rule("channel_closed", 403, "channelClosed", "The channel was closed.", f"{_E}: 403 channelClosed"),
        _rule(
            "channel_suspended", 403, "channelSuspended", "The channel was suspended.", f"{_E}: 403 channelSuspended"
        ),
        _rule("metadata", 400, "invalidVideoMetadata", "Invalid video metadata.", f"{_E}: 400 invalidVideoMetadata"),
        _rule(
            "recording",
            400,
            "invalidRecordingDetails",
            "Invalid recording details.",
            f"{_E}: 400 invalidRecordingDetails",
        ),
        _rule("filename", 400, "invalidFilename", "Invalid file name.", f"{_E}: 400 invalidFilename"),
        _rule(
            "language",
            400,
            "defaultLanguageNotSet",
            "The default language is not set.",
            f"{_E}: 400 defaultLanguageNotSet",
        ),
        _rule(
            "privacy",
            403,
            "forbiddenPrivacySetting",
            "Forbidden privacy setting.",
            f"{_E}: 403 forbiddenPrivacySetting",
        ),
        _rule(
            "license",
            403,
            "forbiddenLicenseSetting",
            "Forbidden license setting.",
            f"{_E}: 403 forbiddenLicenseSetting",
        ),
        _rule(
            "no_thread", 404, "commentThreadNotFound", "The thread cannot be found.", f"{_E}: 404 commentThreadNotFound"
        ),
        _rule("no_such_channel", 404, "channelNotFound", "The channel cannot be found.", f"{_E}: 404 channelNotFound"),
        _rule("no_playlist", 404, "playlistNotFound", "The playlist cannot be found.", f"{_E}: 404 playlistNotFound"),
        _rule(
            "processing",
            400,
            "processingFailure",
            "The API server failed to process the request.",
            f"{_E}: 400 processingFailure",
        ),
        _rule("ineligible", 403, "ineligibleAccount", "The account cannot comment.", f"{_E}: 403 ineligibleAccount"),
        _rule("filters", 400, "invalidFilters", "Invalid filters.", f"{_E}: 400 invalidFilters"),
        _rule(
            "incompatible",
            400,
            "incompatibleParameters",
            "Incompatible parameters.",
            f"{_E}: 400 incompatibleParameters",
        ),
        _rule("unexpected", 400, "unexpectedParameter", "Unexpected parameter.", f"{_E}: 400 unexpectedParameter"),
        _rule("etag", 412, "preconditionFailed", "Precondition Failed", f"{_E}: 412 preconditionFailed"),
    ),
)
SCOPES: Final = ("youtube.upload", "youtube.force-ssl", "youtube.readonly", "yt-analytics.readonly")
METRICS: Final = frozenset(
    [
        "views",
        "engagedViews",
        "estimatedMinutesWatched",
        "averageViewDuration",
        "averageViewPercentage",
        "likes",
        "comments",
        "shares",
        "subscribersGained",
        "subscribersLost",
        "videosAddedToPlaylists",
    ]
)


class YouTubeSandbox(Platform):
    """Channels with refresh tokens. `processing`: how long a new video is worked on."""

    name = "youtube"
    title = "YouTube (giả lập)"
    rules: ClassVar[dict[str, Rule]] = RULES
    outage = "backend"

    def __init__(self, *, now: Any, seed: int = 0, processing: timedelta = timedelta(seconds=40)) -> None:
        super().__init__(now=now, seed=seed)
        self.processing = processing
        self.units: dict[date, int] = {}
        self.uploads: dict[date, int] = {}
        self._sessions: dict[str, dict[str, Any]] = {}
        self._expiry: dict[str, datetime] = {}

    # -- set-up -----------------------------------------------------------------------------------------------------

    def add_channel(
        self, channel: str, name: str, *, client_id: str, client_secret: str, refresh_token: str, followers: int = 0
    ) -> Account:
        """Let a channel exist with its OAuth client and refresh token."""
        extra = {"client_id": client_id, "client_secret": client_secret, "refresh_token": refresh_token}
        return self.add_account(Account(channel, name, followers=followers, extra=extra))

    def revoke(self, token: str) -> None:
        """End an access or a refresh token (and with it every access token)."""
        super().revoke(token)
        for account in self.accounts.values():
            if account.extra.get("refresh_token") == token:
                account.extra["refresh_token"] = ""
                account.tokens.clear()

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        """The endpoints of the notes."""
        api = "/youtube/v3"
        return [
            web.post("/token", self._token),
            web.post("/upload/youtube/v3/videos", self._start_upload),
            web.put("/upload/youtube/v3/videos", self._bytes),
            web.get(f"{api}/videos", self._videos),
            web.put(f"{api}/videos", self._update_video),
            web.delete(f"{api}/videos", self._delete_video),
            web.get(f"{api}/channels", self._channels),
            web.get(f"{api}/playlistItems", self._playlist),
            web.get(f"{api}/commentThreads", self._threads),
            web.post(f"{api}/commentThreads", self._new_thread),
            web.get(f"{api}/comments", self._replies),
            web.post(f"{api}/comments", self._new_reply),
            web.put(f"{api}/comments", self._edit_comment),
            web.delete(f"{api}/comments", self._delete_comment),
            web.post(f"{api}/comments/setModerationStatus", self._moderate),
            web.get("/v2/reports", self._reports),
            web.route("*", "/{path:.+}", self._unknown),
        ]

    def refuse(self, refusal: Refusal) -> web.Response:
        """Google's error object; the token service has its own."""
        rule = refusal.rule
        if rule.key in ("invalid_grant", "invalid_client"):
            return web.json_response({"error": rule.code, "error_description": refusal.message}, status=rule.status)
        inner = {"message": refusal.message, "domain": rule.more["domain"], "reason": rule.code}
        body = {"code": rule.status, "message": refusal.message, "errors": [inner]}
        headers = {"WWW-Authenticate": "Bearer"} if rule.status == 401 else {}
        return web.json_response({"error": body}, status=rule.status, headers=headers)

    def malformed(self) -> Refusal:
        """What cannot be read is refused."""
        return Refusal(RULES["unreadable"])

    def server_error(self) -> web.Response:
        """A backend error."""
        return self.refuse(Refusal(RULES["backend"]))

    # -- who, and what it costs -------------------------------------------------------------------------------------

    async def _token(self, request: web.Request) -> web.Response:
        words = {k: str(v) for k, v in (await request.post()).items()}
        account = next((a for a in self.accounts.values() if a.extra["client_id"] == words.get("client_id")), None)
        if account is None or account.extra["client_secret"] != words.get("client_secret"):
            raise Refusal(RULES["invalid_client"])
        if words.get("grant_type") != "refresh_token" or not account.extra["refresh_token"]:
            raise Refusal(RULES["invalid_grant"])
        if words.get("refresh_token") != account.extra["refresh_token"]:
            raise Refusal(RULES["invalid_grant"])
        token = f"ya29.{self.rng.getrandbits(80):020x}"
        account.tokens.add(token)
        self._expiry[token] = self.now() + timedelta(seconds=3599)
        scope = " ".join(f"https://www.googleapis.com/auth/{s}" for s in SCOPES)
        return web.json_response({"access_token": token, "expires_in": 3599, "scope": scope, "token_type": "Bearer"})

    def _channel(self, request: web.Request, units: int, scope: str = "youtube.readonly") -> Account:
        """The channel behind the token; takes the call's price first: invalid calls cost too."""
        self._spend(units)
        header = request.headers.get("Authorization", "")
        if not header.startswith("Bearer "):
            raise Refusal(RULES["no_token"])
        token = header.removeprefix("Bearer ")
        account = next((a for a in self.accounts.values() if token in a.tokens), None)
        if account is None or self._expiry.get(token, self.now()) <= self.now():
            raise Refusal(RULES["bad_token"])
        self.meet(account.remote_id)
        if account.extra.get("no_channel"):
            raise Refusal(RULES["signup"])
        if scope in account.extra.get("lacks", ()):
            raise Refusal(RULES["scope"])
        return account

    def _spend(self, units: int) -> None:
        day = self.now().astimezone(PACIFIC).date()
        if self.units.get(day, 0) + units > DAY_UNITS:
            raise Refusal(RULES["quota"])
        self.units[day] = self.units.get(day, 0) + units

    async def _unknown(self, request: web.Request) -> web.Response:
        raise Refusal(RULES["unknown"])

    # -- upload -----------------------------------------------------------------------------------------------------

    async def _start_upload(self, request: web.Request) -> web.Response:
        account = self._channel(request, 0, "youtube.upload")
        day = self.now().astimezone(PACIFIC).date()
        if self.uploads.get(day, 0) >= DAY_UPLOADS:
            raise Refusal(RULES["quota"])
        if request.query.get("uploadType") != "resumable":
            raise Refusal(RULES["media"])
        if account.extra.get("upload_limit"):
            raise Refusal(RULES["upload_limit"])
        self.uploads[day] = self.uploads.get(day, 0) + 1
        body = json.loads(await request.read() or b"{}")
        parts = set(request.query.get("part", "").split(","))
        self._check(body.get("snippet", {}), body.get("status", {}))
        if not request.headers.get("X-Upload-Content-Length", "").isdigit():
            raise Refusal(RULES["media"])
        key = f"{self.rng.getrandbits(64):016x}"
        self._sessions[key] = {
            "account": account.remote_id,
            "body": {name: value for name, value in body.items() if name in parts},
            "size": int(request.headers["X-Upload-Content-Length"]),
            "data": bytearray(),
            "video": "",
        }
        location = f"{self.url}/upload/youtube/v3/videos?uploadType=resumable&upload_id={key}"
        return web.Response(headers={"Location": location})

    def _check(self, snippet: Mapping[str, Any], status: Mapping[str, Any]) -> None:
        title, description = str(snippet.get("title", "")), str(snippet.get("description", ""))
        if not len(title.strip()) >= 1 or len(title) > 100 or re.search("[<>]", title):
            raise Refusal(RULES["title"])
        if len(description.encode()) > 5000 or re.search("[<>]", description):
            raise Refusal(RULES["description"])
        tags = snippet.get("tags", [])
        if sum(len(t) + 2 * (" " in t) for t in tags) + max(0, len(tags) - 1) > 500:
            raise Refusal(RULES["tags"])
        if not str(snippet.get("categoryId", "22")).isdigit():
            raise Refusal(RULES["category"])
        if status.get("publishAt") and status.get("privacyStatus") != "private":
            raise Refusal(RULES["publish_at"])

    async def _bytes(self, request: web.Request) -> web.Response:
        session = self._sessions.get(request.query.get("upload_id", ""))
        if session is None:
            raise Refusal(RULES["session"])
        self._channel(request, 0, "youtube.upload")
        data: bytearray = session["data"]
        if session["video"]:
            return web.json_response(self._video(self.items[session["video"]], {"snippet", "status"}))
        content = await request.read()
        found = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", request.headers.get("Content-Range", ""))
        if found:
            first, last, total = (int(g) for g in found.groups())
            if total != session["size"] or first != len(data) or last - first + 1 != len(content):
                return self._resume(data)
            if last + 1 != total and len(content) % 262_144:
                return self._resume(data)
            data += content
        elif not request.headers.get("Content-Range", "").startswith("bytes */"):
            data += content
        if len(data) < session["size"]:
            return self._resume(data)
        return web.json_response(self._created(session), status=201)

    def _resume(self, data: bytearray) -> web.Response:
        return web.Response(status=308, headers={"Range": f"bytes=0-{len(data) - 1}"} if data else {})

    def _created(self, session: dict[str, Any]) -> dict[str, Any]:
        data, body = bytes(session["data"]), session["body"]
        video = "v" + "".join(self.rng.choice("abcdefghijkmnpqrstuvwxyz0123456789_-") for _ in range(10))
        payload = {**body, "media_sha256": hashlib.sha256(data).hexdigest()}
        snippet = body.get("snippet", {})
        item = Item(video, session["account"], "video", payload, self.now(), title=snippet.get("title", ""))
        item.text = snippet.get("description", "")
        item.permalink = f"https://www.youtube.com/watch?v={video}"
        item.extra["broken"] = b"ftyp" not in data[:64]
        self.items[video] = item
        session["video"] = video
        return self._video(item, {"snippet", "status"})

    # -- videos -----------------------------------------------------------------------------------------------------

    def _video(self, item: Item, parts: set[str]) -> dict[str, Any]:
        done = item.history or self.now() >= item.at + self.processing
        state = "uploaded" if not done else "failed" if item.extra.get("broken") else "processed"
        figures = self._figures(item)
        snippet = {"publishedAt": _time(item.at), "channelId": item.account, "title": item.title}
        snippet |= {"description": item.text, "categoryId": "22", **item.payload.get("snippet", {})}
        status = {"privacyStatus": "public", **item.payload.get("status", {}), "uploadStatus": state}
        if state == "failed":
            status["failureReason"] = "invalidFile"
        known: dict[str, Any] = {
            "snippet": snippet | {"title": item.title, "description": item.text},
            "status": status,
            "statistics": {"viewCount": str(figures["views"]), "likeCount": str(figures["likes"]),
                           "favoriteCount": "0", "commentCount": str(len(_published(item)))},
            "processingDetails": {"processingStatus": "succeeded" if done else "processing"},
            "contentDetails": {"duration": "PT5S"},
        }  # fmt: skip
        chosen = {name: known[name] for name in known if name in parts}
        return {"kind": "youtube#video", "etag": f"e{item.remote_id}", "id": item.remote_id, **chosen}

    def _figures(self, item: Item) -> dict[str, int]:
        if item.history:
            return {"views": 0, "likes": 0, **item.figures}
        hours = max(0.0, (self.now() - item.at).total_seconds() / 3600)
        views = int(900 * (1 - 0.85**hours)) + 7 * len(item.remarks)
        return {"views": views, "likes": views // 30}

    def _own(self, account: Account, video: str) -> Item:
        item = self.items.get(video)
        if item is None or not item.live:
            raise Refusal(RULES["no_video"])
        if item.account != account.remote_id:
            raise Refusal(RULES["forbidden"])
        return item

    async def _videos(self, request: web.Request) -> web.Response:
        self._channel(request, 1)
        parts = set(_needed(request, "part").split(","))
        found = [self.items[i] for i in _needed(request, "id").split(",") if i in self.items and self.items[i].live]
        return _listed("video", [self._video(item, parts) for item in found])

    async def _update_video(self, request: web.Request) -> web.Response:
        account = self._channel(request, 50, "youtube.force-ssl")
        body = await request.json()
        item = self._own(account, str(body.get("id", "")))
        if "snippet" in _needed(request, "part").split(","):
            snippet = body.get("snippet", {})
            self._check(snippet, {})
            if not snippet.get("categoryId"):
                raise Refusal(RULES["category"])
            item.title, item.text = snippet["title"], snippet.get("description", "")
            item.payload["snippet"] = snippet  # a part is replaced whole
        return web.json_response(self._video(item, {"snippet", "status"}))

    async def _delete_video(self, request: web.Request) -> web.Response:
        account = self._channel(request, 50, "youtube.force-ssl")
        self._own(account, _needed(request, "id")).state = "removed"
        return web.Response(status=204)

    async def _channels(self, request: web.Request) -> web.Response:
        account = self._channel(request, 1)
        parts = set(_needed(request, "part").split(","))
        mine = [i for i in self.items.values() if i.account == account.remote_id and i.live]
        rounded = int(float(f"{account.followers:.3g}")) if account.followers else 0
        known = {
            "snippet": {"title": account.name},
            "statistics": {"viewCount": str(sum(self._figures(i)["views"] for i in mine)),
                           "subscriberCount": str(rounded), "hiddenSubscriberCount": False,
                           "videoCount": str(len(mine))},
            "contentDetails": {"relatedPlaylists": {"uploads": "UU" + account.remote_id[2:]}},
            "status": {"longUploadsStatus": "allowed", "isLinked": True},
        }  # fmt: skip
        row = {"kind": "youtube#channel", "id": account.remote_id, **{k: v for k, v in known.items() if k in parts}}
        return _listed("channel", [row])

    async def _playlist(self, request: web.Request) -> web.Response:
        account = self._channel(request, 1)
        if _needed(request, "playlistId") != "UU" + account.remote_id[2:]:
            raise Refusal(RULES["forbidden"])
        items = [i for i in self.items.values() if i.account == account.remote_id and i.live]
        items.sort(key=lambda i: i.at, reverse=True)
        rows = [{"kind": "youtube#playlistItem", "id": f"PLI{i.remote_id}",
                 "snippet": {"publishedAt": _time(i.at), "title": i.title, "description": i.text,
                             "resourceId": {"kind": "youtube#video", "videoId": i.remote_id}},
                 "contentDetails": {"videoId": i.remote_id, "videoPublishedAt": _time(i.at)}}
                for i in items]  # fmt: skip
        return _listed("playlistItem", rows, request, most=50)

    # -- comments ---------------------------------------------------------------------------------------------------

    def _commentable(self, video: str) -> Item:
        item = self.items.get(video)
        if item is None or not item.live:
            raise Refusal(RULES["no_video"])
        if item.extra.get("comments_off") or item.payload.get("status", {}).get("selfDeclaredMadeForKids"):
            raise Refusal(RULES["comments_off"])
        return item

    async def _threads(self, request: web.Request) -> web.Response:
        self._channel(request, 1, "youtube.force-ssl")
        item = self._commentable(_needed(request, "videoId"))
        tops = [r for r in _published(item) if not r.parent_id]
        tops.sort(key=lambda r: (r.at, r.remote_id), reverse=True)
        plain = request.query.get("textFormat") == "plainText"
        return _listed("commentThread", [self._thread(item, r, plain=plain) for r in tops], request, most=100)

    def _thread(self, item: Item, top: Remark, *, plain: bool) -> dict[str, Any]:
        answers = [r for r in _published(item) if r.parent_id == top.remote_id]
        body: dict[str, Any] = {
            "kind": "youtube#commentThread",
            "id": top.remote_id,
            "snippet": {"channelId": item.account, "videoId": item.remote_id, "canReply": True, "isPublic": True,
                        "totalReplyCount": len(answers), "topLevelComment": _comment(top, plain=plain)},
        }  # fmt: skip
        if answers:
            body["replies"] = {"comments": [_comment(r, plain=plain) for r in answers[-5:]]}
        return body

    async def _new_thread(self, request: web.Request) -> web.Response:
        account = self._channel(request, 50, "youtube.force-ssl")
        snippet = (await request.json()).get("snippet", {})
        item = self._commentable(str(snippet.get("videoId", "")))
        text = str(snippet.get("topLevelComment", {}).get("snippet", {}).get("textOriginal", ""))
        remark = self._write(account, item, text)
        return web.json_response(self._thread(item, remark, plain=True))

    def _write(self, account: Account, item: Item, text: str, parent: str = "") -> Remark:
        if not text.strip():
            raise Refusal(RULES["no_text"])
        if len(text) > 10_000:
            raise Refusal(RULES["long_text"])
        remark = self.add_remark(item.remote_id, account.name, text, self.now(), parent_id=parent)
        remark.own, remark.author_id = True, account.remote_id
        return remark

    def _remark(self, name: str) -> tuple[Item, Remark]:
        for item in self.items.values():
            for remark in item.remarks:
                if remark.remote_id == name and not remark.removed:
                    return item, remark
        raise Refusal(RULES["no_comment"])

    async def _replies(self, request: web.Request) -> web.Response:
        self._channel(request, 1, "youtube.force-ssl")
        plain = request.query.get("textFormat") == "plainText"
        if "id" in request.query:
            rows = [_comment(self._remark(name)[1], plain=plain) for name in request.query["id"].split(",")]
            return _listed("comment", rows)
        item, top = self._remark(_needed(request, "parentId"))
        answers = [r for r in _published(item) if r.parent_id == top.remote_id]
        return _listed("comment", [_comment(r, plain=plain) for r in answers], request, most=100)

    async def _new_reply(self, request: web.Request) -> web.Response:
        account = self._channel(request, 50, "youtube.force-ssl")
        snippet = (await request.json()).get("snippet", {})
        try:
            item, top = self._remark(str(snippet.get("parentId", "")))
        except Refusal:
            raise Refusal(RULES["no_parent"]) from None
        remark = self._write(account, item, str(snippet.get("textOriginal", "")), top.parent_id or top.remote_id)
        return web.json_response(_comment(remark, plain=True))

    async def _edit_comment(self, request: web.Request) -> web.Response:
        account = self._channel(request, 50, "youtube.force-ssl")
        body = await request.json()
        _, remark = self._remark(str(body.get("id", "")))
        if remark.author_id != account.remote_id:
            raise Refusal(RULES["forbidden"])
        remark.text = str(body.get("snippet", {}).get("textOriginal", remark.text))
        return web.json_response(_comment(remark, plain=True))

    async def _delete_comment(self, request: web.Request) -> web.Response:
        account = self._channel(request, 50, "youtube.force-ssl")
        item, remark = self._remark(_needed(request, "id"))
        if account.remote_id not in (remark.author_id, item.account):
            raise Refusal(RULES["forbidden"])
        remark.removed = True
        return web.Response(status=204)

    async def _moderate(self, request: web.Request) -> web.Response:
        account = self._channel(request, 50, "youtube.force-ssl")
        status = _needed(request, "moderationStatus")
        if status not in ("heldForReview", "published", "rejected"):
            raise Refusal(RULES["spam"])
        if request.query.get("banAuthor") == "true" and status != "rejected":
            raise Refusal(RULES["ban"])
        for name in _needed(request, "id").split(","):
            item, remark = self._remark(name)
            if item.account != account.remote_id:
                raise Refusal(RULES["forbidden"])
            remark.hidden = status != "published"
        return web.Response(status=204)

    # -- analytics --------------------------------------------------------------------------------------------------

    async def _reports(self, request: web.Request) -> web.Response:
        account = self._channel(request, 0, "yt-analytics.readonly")
        names = _needed(request, "metrics").split(",")
        dimensions = [d for d in request.query.get("dimensions", "").split(",") if d]
        if _needed(request, "ids") not in ("channel==MINE", f"channel=={account.remote_id}"):
            raise Refusal(RULES["forbidden"])
        if not set(names) <= METRICS or any(d not in ("day", "video") for d in dimensions):
            raise Refusal(RULES["query"])
        first, last = date.fromisoformat(_needed(request, "startDate")), date.fromisoformat(_needed(request, "endDate"))
        ready = (self.now() - timedelta(hours=60)).astimezone(PACIFIC).date()
        days = {d: f for d, f in account.days.items() if first <= date.fromisoformat(d) <= min(last, ready)}
        headers = [{"name": d, "columnType": "DIMENSION", "dataType": "STRING"} for d in dimensions]
        headers += [{"name": n, "columnType": "METRIC", "dataType": "INTEGER"} for n in names]
        body: dict[str, Any] = {"kind": "youtubeAnalytics#resultTable", "columnHeaders": headers}
        if dimensions == ["day"]:
            body["rows"] = [[day, *(days[day].get(n, 0) for n in names)] for day in sorted(days)]
        elif not dimensions and days:
            body["rows"] = [[sum(f.get(n, 0) for f in days.values()) for n in names]]
        return web.json_response(body)

    def remark_id(self, parent: str) -> str:
        """Opaque, as YouTube's."""
        return f"Ug{self.rng.getrandbits(64):016x}{self.number()}"

    def author_id(self, author: str) -> str:
        """A channel id."""
        return "UC" + hashlib.sha256(author.encode()).hexdigest()[:22]


def _published(item: Item) -> list[Remark]:
    return [r for r in item.remarks if not r.removed and not r.hidden]


def _comment(remark: Remark, *, plain: bool) -> dict[str, Any]:
    shown = remark.text if plain else remark.text.replace("&", "&amp;").replace("<", "&lt;").replace("\n", "<br>")
    snippet: dict[str, Any] = {
        "textDisplay": shown,
        "authorDisplayName": f"@{remark.author.replace(' ', '').lower()}",
        "authorChannelId": {"value": remark.author_id},
        "likeCount": remark.likes,
        "publishedAt": _time(remark.at),
        "updatedAt": _time(remark.at),
    }
    if remark.own:
        snippet["textOriginal"] = remark.text
    if remark.parent_id:
        snippet["parentId"] = remark.parent_id
    return {"kind": "youtube#comment", "etag": f"e{remark.remote_id}", "id": remark.remote_id, "snippet": snippet}


def _needed(request: web.Request, name: str) -> str:
    if not request.query.get(name):
        raise Refusal(RULES["parameter"], name=name)
    return request.query[name]


def _listed(kind: str, rows: list[dict[str, Any]], request: web.Request | None = None, most: int = 50) -> web.Response:
    """A list answer; `pageToken` is `P<start>`."""
    token = request.query.get("pageToken", "") if request else ""
    if token and not re.fullmatch(r"P\d+", token):
        raise Refusal(RULES["page_token"])
    start = int(token[1:]) if token else 0
    wanted = int(request.query.get("maxResults", "5")) if request else most
    size = max(1, min(wanted, most))
    body: dict[str, Any] = {"kind": f"youtube#{kind}ListResponse", "etag": "e", "items": rows[start : start + size],
                            "pageInfo": {"totalResults": len(rows), "resultsPerPage": size}}  # fmt: skip
    if start + size < len(rows):
        body["nextPageToken"] = f"P{start + size}"
    return web.json_response(body)


def _time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
