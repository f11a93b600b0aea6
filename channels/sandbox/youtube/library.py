"""Playlists and what is in them, thumbnails, captions. youtube.md 2.3."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from aiohttp import web

from channels.sandbox.core import Account, Item, Refusal
from channels.sandbox.youtube.asked import Asked, answered, body_of, etag, inner, written
from channels.sandbox.youtube.base import API, MANAGE, READ, SEND, UPLOAD, Base, Playlist
from channels.sandbox.youtube.metadata import PRIVACY
from channels.sandbox.youtube.rules import RULES
from channels.sandbox.youtube.videos import uploads_of

PLAYLIST_PARTS: Final = frozenset({"contentDetails", "id", "localizations", "player", "snippet", "status"})
ENTRY_PARTS: Final = frozenset({"contentDetails", "id", "snippet", "status"})
CAPTION_PARTS: Final = frozenset({"id", "snippet"})
MOST_THUMBNAIL: Final = 50 * 1024 * 1024
MOST_CAPTION: Final = 100 * 1024 * 1024
_IMAGES: Final = {"image/jpeg": b"\xff\xd8\xff", "image/png": b"\x89PNG\r\n\x1a\n"}


class Library(Base):
    """What is put around a video after it went up."""

    def library_routes(self) -> list[web.RouteDef]:
        """The endpoints of these resources."""
        return [
            web.get(f"{API}/playlists", self._playlists),
            web.post(f"{API}/playlists", self._new_playlist),
            web.get(f"{API}/playlistItems", self._entries),
            web.post(f"{API}/playlistItems", self._new_entry),
            web.post(f"{UPLOAD}/thumbnails/set", self._thumbnail),
            web.get(f"{API}/captions", self._captions),
            web.post(f"{UPLOAD}/captions", self._new_caption),
        ]

    # -- playlists --------------------------------------------------------------------------------------------------

    async def _playlists(self, request: web.Request) -> web.Response:
        words = ("part", "mine", "id", "channelId", "maxResults", "pageToken")
        account, asked = self.enter(request, 1, READ, *words)
        parts, by = asked.parts(PLAYLIST_PARTS), asked.filter("mine", "id", "channelId")
        seen = [p for p in self.playlists.values() if p.account == account.remote_id or p.privacy != "private"]
        if by == "id":
            wanted = asked.listed("id")
            seen = [p for p in seen if p.playlist_id in wanted]
        elif by == "channelId":
            if asked.text("channelId") not in self.accounts:
                raise Refusal(RULES["no_such_channel"])
            seen = [p for p in seen if p.account == asked.text("channelId") and p.privacy != "unlisted"]
        elif asked.flag("mine"):
            seen = [p for p in seen if p.account == account.remote_id]
        else:
            raise Refusal(RULES["filters"], name="mine")
        rows, more = asked.page(seen, asked.number("maxResults", 0, 50, 5))
        items = [_playlist_row(playlist, parts) for playlist in rows]
        return answered(request, {"kind": "youtube#playlistListResponse", "items": items} | more)

    async def _new_playlist(self, request: web.Request) -> web.Response:
        account, asked = self.enter(request, 50, MANAGE, "part")
        parts, body = asked.parts(PLAYLIST_PARTS), await body_of(request)
        snippet = inner(body, "snippet", self.malformed()) if "snippet" in parts else {}
        status = inner(body, "status", self.malformed()) if "status" in parts else {}
        title, privacy = snippet.get("title"), status.get("privacyStatus", "public")
        if not title or not isinstance(title, str):
            raise Refusal(RULES["parameter"], name="snippet.title")
        if privacy not in PRIVACY:
            raise ValueError("privacyStatus")
        made = Playlist(f"PL{self.rng.getrandbits(80):020x}", account.remote_id, title, privacy, self.now())
        self.playlists[made.playlist_id] = made
        return answered(request, _playlist_row(made, parts))

    def _playlist(self, account: Account, playlist: str) -> tuple[str, list[tuple[str, str]]]:
        """Whose a playlist is, and its entries in order; the uploads playlist is the newest first."""
        owner = next((a for a in self.accounts.values() if uploads_of(a) == playlist), None)
        if owner is not None:
            mine = owner is account
            items = [i for i in self.items.values() if i.account == owner.remote_id and i.state != "removed"]
            items = sorted((i for i in items if mine or self.listed_publicly(i)), key=lambda i: i.at, reverse=True)
            return owner.remote_id, [(f"UUI{i.remote_id}", i.remote_id) for i in items]
        found = self.playlists.get(playlist)
        if found is None or (found.privacy == "private" and found.account != account.remote_id):
            raise Refusal(RULES["no_playlist"])
        return found.account, found.entries

    async def _entries(self, request: web.Request) -> web.Response:
        words = ("part", "playlistId", "videoId", "maxResults", "pageToken")
        account, asked = self.enter(request, 1, READ, *words)
        parts, playlist = asked.parts(ENTRY_PARTS), asked.need("playlistId")
        _, entries = self._playlist(account, playlist)
        video = asked.text("videoId")
        numbered = [(n, e, self.items[v]) for n, (e, v) in enumerate(entries) if video in ("", v)]
        kept = [(n, e, i) for n, e, i in numbered if i.state != "removed"]
        rows, more = asked.page(kept, asked.number("maxResults", 0, 50, 5))
        items = [self._entry_row(item, playlist, entry, number, parts) for number, entry, item in rows]
        return answered(request, {"kind": "youtube#playlistItemListResponse", "items": items} | more)

    def _entry_row(self, item: Item, playlist: str, entry: str, number: int, parts: set[str]) -> dict[str, Any]:
        known: dict[str, Any] = {
            "snippet": {
                "publishedAt": written(item.at),  # when it was put into the list
                "title": item.title,
                "description": item.text,
                "playlistId": playlist,
                "position": number,
                "resourceId": {"kind": "youtube#video", "videoId": item.remote_id},
            },
            "contentDetails": {"videoId": item.remote_id, "videoPublishedAt": written(self.published_at(item))},
            "status": {"privacyStatus": item.payload.get("status", {}).get("privacyStatus", "public")},
        }
        if not item.live:
            del known["contentDetails"]["videoPublishedAt"]  # not published yet
        chosen = {name: known[name] for name in known if name in parts}
        return {"kind": "youtube#playlistItem", "etag": etag(chosen), "id": entry, **chosen}

    async def _new_entry(self, request: web.Request) -> web.Response:
        account, asked = self.enter(request, 50, MANAGE, "part")
        parts, body = asked.parts(ENTRY_PARTS), await body_of(request)
        snippet = inner(body, "snippet", self.malformed()) if "snippet" in parts else {}
        playlist = str(snippet.get("playlistId") or "")
        resource = inner(snippet, "resourceId", self.malformed())
        if not playlist or not resource.get("videoId"):
            raise Refusal(RULES["parameter"], name="snippet.playlistId, snippet.resourceId.videoId")
        owner, entries = self._playlist(account, playlist)
        # Nothing is put into the list of uploads: it holds what was uploaded.
        if owner != account.remote_id or playlist not in self.playlists:
            raise Refusal(RULES["forbidden"])
        if resource.get("kind") != "youtube#video":
            raise ValueError("kind")
        item = self.visible(account, str(resource["videoId"]))
        place = snippet.get("position", len(entries))
        if not isinstance(place, int) or not 0 <= place <= len(entries):
            raise ValueError("position")
        entry = f"PLI{self.rng.getrandbits(64):016x}"
        entries.insert(place, (entry, item.remote_id))  # a second time the same video: a second entry
        return answered(request, self._entry_row(item, playlist, entry, place, parts))

    # -- thumbnails and captions ------------------------------------------------------------------------------------

    async def _thumbnail(self, request: web.Request) -> web.Response:
        account, asked = self.enter(request, 50, SEND, "videoId")
        item = self.own(account, asked.need("videoId"))
        if account.extra.get("unverified"):
            raise Refusal(RULES["forbidden"])
        kind = request.headers.get("Content-Type", "").split(";")[0]
        if kind not in _IMAGES and kind != "application/octet-stream":
            raise Refusal(RULES["image_format"])
        if (request.content_length or 0) > MOST_THUMBNAIL:
            raise Refusal(RULES["too_large"])
        data = await request.read()
        if not data:
            raise Refusal(RULES["media"])
        if not data.startswith(tuple(_IMAGES.values()) if kind not in _IMAGES else _IMAGES[kind]):
            raise Refusal(RULES["image"])
        item.picture = data
        item.extra["thumbnail"] = f"https://i.ytimg.com/vi/{item.remote_id}/{etag(data)[:8]}.jpg"
        row = {"maxres": {"url": item.extra["thumbnail"]}}
        return answered(request, {"kind": "youtube#thumbnailSetResponse", "items": [row]})

    async def _captions(self, request: web.Request) -> web.Response:
        account, asked = self.enter(request, 50, MANAGE, "part", "videoId", "id")
        parts = asked.parts(CAPTION_PARTS)
        found = self.own(account, asked.need("videoId")).extra.get("captions", [])
        wanted = asked.listed("id") if "id" in asked else [c["id"] for c in found]
        items = [_caption_row(c, parts) for c in found if c["id"] in wanted]
        return answered(request, {"kind": "youtube#captionListResponse", "items": items})

    async def _new_caption(self, request: web.Request) -> web.Response:
        account, asked = self.enter(request, 400, MANAGE, "part")
        parts = asked.parts(CAPTION_PARTS)
        snippet, data = await _in_two_parts(request, asked)
        for name in ("videoId", "language"):
            if not isinstance(snippet.get(name), str) or not snippet[name]:
                raise Refusal(RULES["parameter"], name=f"snippet.{name}")
        label, draft = snippet.get("name"), snippet.get("isDraft", False)
        if not isinstance(label, str) or not isinstance(draft, bool):
            raise Refusal(RULES["parameter"], name="snippet.name")
        item = self.own(account, snippet["videoId"])
        tracks: list[dict[str, Any]] = item.extra.setdefault("captions", [])
        if any((t["snippet"]["language"], t["snippet"]["name"]) == (snippet["language"], label) for t in tracks):
            raise Refusal(RULES["caption_exists"])
        kept = {name: snippet[name] for name in ("videoId", "language")} | {"name": label, "isDraft": draft}
        made = {
            "id": f"AU{self.rng.getrandbits(80):020x}",
            "snippet": kept | {"trackKind": "standard", "status": "serving"},
            "data": data,
        }
        tracks.append(made)
        return answered(request, _caption_row(made, parts))


def _boundary(request: web.Request) -> str:
    """What stands between the parts of a body."""
    found = re.search(r'boundary="?([^";]+)', request.headers.get("Content-Type", ""))
    if not found:
        raise Refusal(RULES["media"])
    return found[1]


async def _in_two_parts(request: web.Request, asked: Asked) -> tuple[dict[str, Any], bytes]:
    """The snippet and the file of a multipart upload. Google's own library ends lines as no other does."""
    if asked.text("uploadType") != "multipart" or not request.content_type.startswith("multipart/"):
        raise Refusal(RULES["media"])
    if (request.content_length or 0) > MOST_CAPTION:
        raise Refusal(RULES["too_large"])
    boundary = re.escape(_boundary(request).encode())
    pieces = re.split(rb"(?:^|\r?\n)--" + boundary + rb"(?:--)?[ \t]*(?:\r?\n|$)", await request.read())
    read = [re.split(rb"\r?\n\r?\n", piece, maxsplit=1)[-1] for piece in pieces if piece.strip()]
    if len(read) != 2 or not read[1]:
        raise Refusal(RULES["media"])
    body = json.loads(read[0])
    return inner(body, "snippet", Refusal(RULES["unreadable"])), read[1]


def _playlist_row(playlist: Playlist, parts: set[str]) -> dict[str, Any]:
    known: dict[str, Any] = {
        "snippet": {"title": playlist.title, "channelId": playlist.account, "publishedAt": written(playlist.at)},
        "status": {"privacyStatus": playlist.privacy},
        "contentDetails": {"itemCount": len(playlist.entries)},
    }
    chosen = {name: known[name] for name in known if name in parts}
    return {"kind": "youtube#playlist", "etag": etag(chosen), "id": playlist.playlist_id, **chosen}


def _caption_row(track: dict[str, Any], parts: set[str]) -> dict[str, Any]:
    chosen = {"snippet": track["snippet"]} if "snippet" in parts else {}
    return {"kind": "youtube#caption", "etag": etag(track["snippet"]), "id": track["id"], **chosen}
