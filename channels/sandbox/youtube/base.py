"""What the parts of the stand-in share: its state, who calls, what a call costs, how a video is shown."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, ClassVar, Final
from zoneinfo import ZoneInfo

from aiohttp import web

from channels.sandbox.core import Account, Item, Platform, Refusal, Remark, Rule
from channels.sandbox.youtube.asked import Asked, etag, read_time, written
from channels.sandbox.youtube.rules import RULES

PACIFIC: Final = ZoneInfo("America/Los_Angeles")
DAY_UNITS: Final = 10_000
DAY_UPLOADS: Final = 100
DAY_STATS: Final = 10_000
TOKEN_S: Final = 3599
API: Final = "/youtube/v3"
UPLOAD: Final = "/upload/youtube/v3"
SCOPES: Final = ("youtube.upload", "youtube.force-ssl", "youtube.readonly", "yt-analytics.readonly")
# youtube.md 1: which of the granted scopes opens what
READ: Final = frozenset({"youtube.readonly", "youtube.force-ssl"})
MANAGE: Final = frozenset({"youtube.force-ssl"})
SEND: Final = frozenset({"youtube.upload", "youtube.force-ssl"})
MEASURE: Final = frozenset({"yt-analytics.readonly"})
# youtube.md 8 shows these two words; the others are left out
_STATUS_WORDS: Final = {401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED"}
_TOKEN_SERVICE: Final = frozenset({"invalid_grant", "invalid_client"})


@dataclass
class Playlist:
    """A list of videos: `entries` are pairs of an entry's id and a video's id."""

    playlist_id: str
    account: str
    title: str
    privacy: str
    at: datetime
    entries: list[tuple[str, str]] = field(default_factory=list)


class Base(Platform):
    """State, access, prices. The endpoints are in the classes built on it."""

    name = "youtube"
    title = "YouTube (giả lập)"
    rules: ClassVar[dict[str, Rule]] = RULES
    outage = "backend"

    def __init__(self, *, now: Any, seed: int = 0, processing: timedelta = timedelta(seconds=40)) -> None:
        super().__init__(now=now, seed=seed)
        self.processing = processing
        self.units: dict[date, int] = {}
        self.uploads: dict[date, int] = {}
        self.stats: dict[date, int] = {}
        self.playlists: dict[str, Playlist] = {}
        self.moderation: dict[str, str] = {}
        self._expiry: dict[str, datetime] = {}

    # -- set-up -----------------------------------------------------------------------------------------------------

    def add_channel(
        self, channel: str, name: str, *, client_id: str, client_secret: str, refresh_token: str, followers: int = 0
    ) -> Account:
        """Let a channel exist with its OAuth client and refresh token.

        In `extra`, for the states of a person or channel: `lacks` scopes not ticked, `no_channel`, `unverified` for
        thumbnails and long clips, `day_videos` the channel's own limit of uploads in 24 hours.
        """
        extra = {"client_id": client_id, "client_secret": client_secret, "refresh_token": refresh_token}
        return self.add_account(Account(channel, name, followers=followers, extra=extra))

    def revoke(self, token: str) -> None:
        """End an access or a refresh token (and with it every access token)."""
        super().revoke(token)
        for account in self.accounts.values():
            if account.extra.get("refresh_token") == token:
                account.extra["refresh_token"] = ""
                account.tokens.clear()

    # -- what Google says -------------------------------------------------------------------------------------------

    def refuse(self, refusal: Refusal) -> web.Response:
        """Google's error object; the token service has its own."""
        rule = refusal.rule
        if rule.key in _TOKEN_SERVICE:
            return web.json_response({"error": rule.code, "error_description": refusal.message}, status=rule.status)
        told = {"message": refusal.message, "domain": rule.more["domain"], "reason": rule.code}
        body: dict[str, Any] = {"code": rule.status, "message": refusal.message, "errors": [told]}
        if rule.status in _STATUS_WORDS:
            body["status"] = _STATUS_WORDS[rule.status]
        headers = {"WWW-Authenticate": "Bearer"} if rule.status == 401 else {}
        return web.json_response({"error": body}, status=rule.status, headers=headers)

    def malformed(self) -> Refusal:
        """What cannot be read is refused."""
        return Refusal(RULES["unreadable"])

    def server_error(self) -> web.Response:
        """A backend error."""
        return self.refuse(Refusal(RULES["backend"]))

    # -- who, and what it costs -------------------------------------------------------------------------------------

    async def token(self, request: web.Request) -> web.Response:
        """Google's token service: a refresh token and its client for an access token."""
        words = {k: str(v) for k, v in (await request.post()).items()}
        own = [a for a in self.accounts.values() if a.extra["client_id"] == words.get("client_id")]
        if not own or own[0].extra["client_secret"] != words.get("client_secret"):
            raise Refusal(RULES["invalid_client"])
        asked = words.get("refresh_token", "") if words.get("grant_type") == "refresh_token" else ""
        account = next((a for a in own if asked and a.extra["refresh_token"] == asked), None)
        if account is None:
            raise Refusal(RULES["invalid_grant"])
        token = self.new_access(account)
        scope = " ".join(f"https://www.googleapis.com/auth/{s}" for s in self._granted(account))
        return web.json_response({"access_token": token, "expires_in": TOKEN_S, "scope": scope, "token_type": "Bearer"})

    def new_access(self, account: Account) -> str:
        """A new access token of a channel."""
        token = f"ya29.{self.rng.getrandbits(80):020x}"
        account.tokens.add(token)
        self._expiry[token] = self.now() + timedelta(seconds=TOKEN_S)
        return token

    @staticmethod
    def _granted(account: Account) -> list[str]:
        """A person may tick off scopes on the consent screen."""
        return [scope for scope in SCOPES if scope not in account.extra.get("lacks", ())]

    def enter(
        self, request: web.Request, units: int, scopes: Iterable[str], *known: str, bucket: str = ""
    ) -> tuple[Account, Asked]:
        """The channel behind a call, and its query. The price is taken first: invalid calls cost too."""
        self.publish_due()
        self._spend(bucket, units)
        account = self.caller(request, scopes)
        return account, Asked(request, *known)

    def caller(self, request: web.Request, scopes: Iterable[str]) -> Account:
        """The channel whose token is in the header, if one of these scopes was granted."""
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
        if not set(scopes) & set(self._granted(account)):
            raise Refusal(RULES["scope"])
        return account

    def _spend(self, bucket: str, units: int) -> None:
        """Take a price from one of the project's buckets; they are filled again at midnight Pacific."""
        day = self.now().astimezone(PACIFIC).date()
        kept, most, rule = {
            "": (self.units, DAY_UNITS, "quota"),
            "uploads": (self.uploads, DAY_UPLOADS, "upload_quota"),
            "stats": (self.stats, DAY_STATS, "stats_quota"),
        }[bucket]
        if kept.get(day, 0) + units > most:
            raise Refusal(RULES[rule])
        kept[day] = kept.get(day, 0) + units

    # -- videos, as the parts know them -----------------------------------------------------------------------------

    def publish_due(self) -> None:
        """Let the scheduled videos whose time has come be public."""
        for item in self.items.values():
            if item.state == "scheduled" and self._hour(item) <= self.now():
                self.settle(item)

    @staticmethod
    def _hour(item: Item) -> datetime:
        return read_time(item.payload["status"]["publishAt"])

    def settle(self, item: Item) -> None:
        """Bring a video's state in line with its `status` part: public, unlisted, private or scheduled."""
        status = item.payload.get("status", {})
        if status.get("privacyStatus") == "private":
            if not status.get("publishAt"):
                item.state = "hidden"
                return
            if self._hour(item) > self.now():
                item.state = "scheduled"
                return
            # the hour has come, or had passed when it was sent: published now
            published = max(self._hour(item), item.at)
            item.payload["status"] = {k: v for k, v in status.items() if k != "publishAt"} | {"privacyStatus": "public"}
            item.extra.setdefault("published_at", published)
        item.state = "live"
        item.extra.setdefault("published_at", self.now())

    def visible(self, account: Account, video: str) -> Item:
        """A video that this channel may see: its own, or one that everybody sees."""
        item = self.items.get(video)
        if item is None or item.state == "removed" or not (item.live or item.account == account.remote_id):
            raise Refusal(RULES["no_video"])
        return item

    def own(self, account: Account, video: str) -> Item:
        """A video of this channel, to change it."""
        item = self.visible(account, video)
        if item.account != account.remote_id:
            raise Refusal(RULES["forbidden"])
        return item

    @staticmethod
    def listed_publicly(item: Item) -> bool:
        """True when it shows on the channel's page: unlisted videos have an address but no place there."""
        return item.live and item.payload.get("status", {}).get("privacyStatus", "public") == "public"

    @staticmethod
    def published_at(item: Item) -> datetime:
        """When it became public; before that, when it was sent."""
        at: datetime = item.extra.get("published_at", item.at)
        return at

    def figures(self, item: Item, at: datetime | None = None) -> dict[str, int]:
        """Views, likes and comments until now, or until another moment."""
        moment = at or self.now()
        since = self.published_at(item)
        comments = sum(r.at <= moment for r in shown(item))
        if moment < since or (not item.live and "published_at" not in item.extra):
            return {"views": 0, "likes": 0, "comments": comments}
        if item.history:
            return {"views": 0, "likes": 0, **item.figures, "comments": comments}
        hours = (moment - since).total_seconds() / 3600
        views = int(900 * (1 - 0.85**hours)) + 7 * sum(r.at <= moment for r in item.remarks)
        return {"views": views, "likes": views // 30, "comments": comments}

    @staticmethod
    def takes_comments(item: Item) -> bool:
        """False when they are off, which they always are on a video made for kids."""
        kids = item.payload.get("status", {}).get("selfDeclaredMadeForKids")
        return not (item.extra.get("comments_off") or kids)

    def video_row(self, item: Item, parts: set[str], *, owner: bool) -> dict[str, Any]:
        """A video resource with the asked parts."""
        done = item.history or self.now() >= item.at + self.processing
        figures, sent = self.figures(item), item.payload
        snippet: dict[str, Any] = {
            "publishedAt": written(self.published_at(item)),
            "channelId": item.account,
            "categoryId": "22",
        }
        snippet |= {**sent.get("snippet", {}), "title": item.title, "description": item.text}
        if "thumbnail" in item.extra:
            snippet["thumbnails"] = {"maxres": {"url": item.extra["thumbnail"]}}
        state = "uploaded" if not done else "failed" if item.extra.get("broken") else "processed"
        status = {"privacyStatus": "public", **sent.get("status", {}), "uploadStatus": state}
        status["madeForKids"] = bool(status.get("selfDeclaredMadeForKids"))
        if state == "failed":
            status["failureReason"] = "invalidFile"
        statistics = {"viewCount": str(figures["views"]), "likeCount": str(figures["likes"]), "favoriteCount": "0"}
        if self.takes_comments(item):
            statistics["commentCount"] = str(figures["comments"])
        known: dict[str, Any] = {name: sent[name] for name in ("recordingDetails", "localizations") if name in sent}
        known["paidProductPlacementDetails"] = sent.get(
            "paidProductPlacementDetails", {"hasPaidProductPlacement": False}
        )
        known |= {
            "snippet": snippet,
            "status": status,
            "statistics": statistics,
            "contentDetails": {"duration": "PT5S"},
        }
        if owner:
            statistics["dislikeCount"] = "0"
            word = "processing" if not done else "failed" if state == "failed" else "succeeded"
            known["processingDetails"] = {"processingStatus": word}
        chosen = {name: known[name] for name in known if name in parts}
        return {"kind": "youtube#video", "etag": self.video_tag(item), "id": item.remote_id, **chosen}

    @staticmethod
    def video_tag(item: Item) -> str:
        """The etag of what can be changed of a video."""
        return etag([item.remote_id, item.title, item.text, item.state, item.payload])

    def remark_id(self, parent: str) -> str:
        """Opaque, as YouTube's."""
        return f"Ug{self.rng.getrandbits(64):016x}{self.number()}"

    def author_id(self, author: str) -> str:
        """A channel id."""
        return "UC" + hashlib.sha256(author.encode()).hexdigest()[:22]


def shown(item: Item) -> list[Remark]:
    """The comments that everybody sees: what is under a hidden or deleted one is gone with it."""
    gone = {r.remote_id for r in item.remarks if r.removed or r.hidden}
    return [r for r in item.remarks if r.remote_id not in gone and r.parent_id not in gone]
