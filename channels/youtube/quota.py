"""What a call takes of a project's quotas, and what sending something takes in all. youtube.md 6. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from channels.base import EDIT, AccountRef, Notes, Outgoing

INSERT: Final = "youtube.videos.insert"
_UPLOADS_A_DAY, _UNITS_A_DAY = 100.0, 10_000.0  # a project's default quota
_UNITS: Final = {"captions.list": 50.0, "captions.insert": 400.0, "captions.update": 450.0}
_SAY: Final = ("comments.insert",)
_REWRITE: Final = ("videos.list", "videos.update")


def clips(account: AccountRef) -> str:
    """The channel's own limit of clips in 24 hours, whose size YouTube does not tell."""
    return f"youtube:clips:{account.remote_id}"


def cost_of(method: str, account: AccountRef) -> tuple[str, str, float, float]:
    """The limit a method counts against, its unit and size, and what one call takes of it.

    The quotas belong to the project, which its client id names.
    """
    project = account.secrets.get("client_id") or account.remote_id
    if method == INSERT:
        return f"youtube:uploads:{project}", "uploads", _UPLOADS_A_DAY, 1.0
    return f"youtube:units:{project}", "units", _UNITS_A_DAY, _units(method.removeprefix("youtube."))


def cost_of_sending(out: Outgoing, account: AccountRef, notes: Notes) -> dict[str, float]:
    """A clip takes one of the day's uploads when its session is opened, and none when that goes on; everything takes
    units for its calls, those of what follows it too."""
    found: dict[str, float] = {}
    if out.form == "video" and "session" not in notes:
        uploads, _, _, cost = cost_of(INSERT, account)
        found = {uploads: cost, clips(account): 1.0}
    units = sum(map(_units, _calls(out)))
    key, *_ = cost_of("youtube.videos.list", account)
    return found | ({key: units} if units else {})


def _calls(out: Outgoing) -> tuple[str, ...]:
    """The methods that sending `out` calls, beside the upload."""
    if out.form == EDIT:
        return _REWRITE
    if out.form != "video":
        return _SAY + (_REWRITE if out.payload.get("note") else ())
    tracks, lists = out.payload.get("captions", ()), out.payload.get("playlists", ())
    return (
        *(("captions.list",) if tracks else ()),
        *("captions.insert",) * len(tracks),
        *("playlistItems.list", "playlistItems.insert") * len(lists),
        *(("thumbnails.set",) if out.payload.get("thumbnail") else ()),
    )


def _units(method: str) -> float:
    return _UNITS.get(method, 1.0 if method.endswith(".list") else 50.0)


def usual(account: AccountRef) -> Mapping[str, float]:
    """What one page that is read takes."""
    key, _, _, cost = cost_of("youtube.videos.list", account)
    return {key: cost}
