"""What the stand-in keeps is read back: videos, privacy, playlists, thumbnails, captions, comments, figures."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest

from channels.sandbox.core import Item
from channels.sandbox.world import Sandbox
from channels.sandbox.youtube import YouTubeSandbox
from tests.channels.sandbox.test_youtube import FILM, Client
from tests.conftest import FakeClock

TOTAL = len(FILM)
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 100


@pytest.fixture
def c(sandbox: Sandbox, http: aiohttp.ClientSession, clock: FakeClock) -> Client:
    return Client(http, sandbox.youtube, clock)


async def row(c: Client, video: str, parts: str = "snippet,status") -> dict[str, Any]:
    items = (await c.get(f"videos?part={parts}&id={video}"))["items"]
    assert len(items) == 1, c.answer
    found: dict[str, Any] = items[0]
    return found


def hour(c: Client, **later: int) -> str:
    return (c.clock() + timedelta(**later)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


async def stranger(c: Client) -> Client:
    """A client of another channel."""
    c.platform.add_channel("UC2", "Khác", client_id="2", client_secret="2", refresh_token="2")
    other = Client(c.http, c.platform, c.clock)
    await other.grant(client_id="2", client_secret="2", refresh_token="2")
    return other


# -- upload ---------------------------------------------------------------------------------------------------------


async def test_only_the_named_parts_are_written_and_answered(c: Client) -> None:
    where = await c.insert({"snippet": {"title": "A"}, "status": {"privacyStatus": "private"}}, "snippet")
    made = await c.call("PUT", where, data=FILM)
    assert (set(made) & {"snippet", "status"}, made["snippet"]["title"]) == ({"snippet"}, "A")
    assert (await row(c, made["id"]))["status"]["privacyStatus"] == "public", "left out is public since November 2026"


async def test_a_chunk_that_does_not_follow_is_told_where_to_go_on(c: Client) -> None:
    where, half = await c.begin(), 262_144
    await c.chunk(where, f"bytes {half}-{TOTAL - 1}/{TOTAL}", FILM[half:])
    assert c.answer[0] == 308
    assert "Range" not in c.answer[2], "nothing was stored"
    await c.chunk(where, f"bytes 0-{half - 1}/{TOTAL}", FILM[:half])
    await c.chunk(where, f"bytes 0-{half - 1}/{TOTAL}", FILM[:half])
    assert (c.answer[0], c.answer[2]["Range"]) == (308, f"bytes=0-{half - 1}"), "the same bytes are not stored twice"
    assert (await c.chunk(where, f"bytes {half}-{TOTAL - 1}/{TOTAL}", FILM[half:]))["id"]


async def test_a_session_outlives_its_token_and_costs_no_units(c: Client) -> None:
    where = await c.begin()
    c.clock.forward(days=6)
    await c.chunk(where, f"bytes */{TOTAL}", b"")
    assert c.answer[0] == 401
    await c.grant()
    before = dict(c.platform.units), dict(c.platform.uploads)
    await c.call("PUT", where, data=FILM)
    assert c.answer[0] == 201
    assert before == (c.platform.units, c.platform.uploads)


# -- privacy --------------------------------------------------------------------------------------------------------


async def test_a_private_video_is_its_owners_alone(c: Client) -> None:
    video = await c.video(privacyStatus="private")
    item = c.platform.items[video]
    assert (item.state, item.live) == ("hidden", False)
    assert (await row(c, video))["status"]["privacyStatus"] == "private"
    assert (await c.get(f"playlistItems?part=status&playlistId={c.uploads}"))["items"][0]["status"] == {
        "privacyStatus": "private"
    }
    assert (await c.get("channels?part=statistics&mine=true"))["items"][0]["statistics"]["videoCount"] == "0"
    other = await stranger(c)
    assert (await other.get(f"videos?part=status&id={video}"))["items"] == []
    assert (await other.get(f"playlistItems?part=id&playlistId={c.uploads}"))["items"] == []
    await other.comment(video, "a")
    assert other.answer[1]["error"]["errors"][0]["reason"] == "videoNotFound"


async def test_an_unlisted_video_has_an_address_but_no_place(c: Client) -> None:
    video = await c.video(privacyStatus="unlisted")
    other = await stranger(c)
    assert (await other.get(f"videos?part=id&id={video}"))["items"]
    assert (await other.get(f"playlistItems?part=id&playlistId={c.uploads}"))["items"] == []


async def test_a_scheduled_video_is_public_when_its_hour_comes(c: Client) -> None:
    at = hour(c, hours=2)
    video = await c.video(privacyStatus="private", publishAt=at)
    assert (await row(c, video))["status"]["publishAt"] == at
    assert c.platform.items[video].state == "scheduled"
    assert "<form" not in c.platform.page(), "nobody can comment on it yet"
    c.clock.forward(hours=1)
    await c.grant()
    assert (await row(c, video, "statistics"))["statistics"]["viewCount"] == "0"
    assert (await (await stranger(c)).get(f"videos?part=id&id={video}"))["items"] == []
    c.clock.forward(hours=1)
    assert "<form" in c.platform.page()
    assert [i.state for i in c.platform.published()] == ["live"]
    await c.grant()
    found = await row(c, video)
    assert (found["status"]["privacyStatus"], found["snippet"]["publishedAt"]) == ("public", at)
    assert "publishAt" not in found["status"]
    entry = (await c.get(f"playlistItems?part=snippet,contentDetails&playlistId={c.uploads}"))["items"][0]
    assert entry["snippet"]["publishedAt"] == hour(c, hours=-2), "when it was put into the list"
    assert entry["contentDetails"]["videoPublishedAt"] == at


async def test_an_hour_that_has_passed_means_now_and_one_can_be_moved(c: Client) -> None:
    assert c.platform.items[await c.video(privacyStatus="private", publishAt=hour(c, hours=-1))].live
    video = await c.video(privacyStatus="private", publishAt=hour(c, hours=1))
    later = hour(c, days=2)
    await c.update({"id": video, "status": {"privacyStatus": "private", "publishAt": later}}, "status")
    assert (await row(c, video))["status"]["publishAt"] == later
    await c.update({"id": video, "status": {"privacyStatus": "private"}}, "status")
    assert c.platform.items[video].state == "hidden", "without an hour it stays private"
    await c.update({"id": video, "status": {"privacyStatus": "public"}}, "status")
    assert c.platform.items[video].live


async def test_an_update_replaces_the_part(c: Client) -> None:
    where = await c.begin(tags=["a"], defaultLanguage="vi", status={"embeddable": False, "license": "creativeCommon"})
    video = (await c.call("PUT", where, data=FILM))["id"]
    made = await c.update({"id": video, "snippet": {"title": "B", "categoryId": "25"}})
    assert set(made) == {"kind", "etag", "id", "snippet"}
    found = await row(c, video)
    assert (found["snippet"]["title"], found["snippet"]["description"]) == ("B", "")
    assert not {"tags", "defaultLanguage"} & set(found["snippet"]), "what is left out of a part is deleted"
    assert found["status"]["license"] == "creativeCommon", "a part that is not named stays"
    more = {"localizations": {"en": {"title": "Clip"}}, "snippet": {**SNIPPET, "defaultLanguage": "vi"}}
    recorded = {"recordingDetails": {"recordingDate": "2026-10-01T00:00:00Z"}}
    paid = {"paidProductPlacementDetails": {"hasPaidProductPlacement": True}}
    names = "snippet,localizations,recordingDetails,paidProductPlacementDetails"
    await c.update({"id": video} | more | recorded | paid, names)
    found = await row(c, video, names)
    assert {name: found[name] for name in (*recorded, *paid)} == recorded | paid
    assert found["localizations"] == more["localizations"]


SNIPPET = {"title": "Clip", "categoryId": "22"}


async def test_made_for_kids_turns_comments_off(c: Client) -> None:
    video = await c.video(selfDeclaredMadeForKids=True)
    found = await row(c, video, "status,statistics")
    assert found["status"]["madeForKids"] is True
    assert "commentCount" not in found["statistics"], "left out, not zero"


# -- etags, fields, prices --------------------------------------------------------------------------------------------


async def test_an_answer_that_is_known_is_not_sent_again(c: Client) -> None:
    video = await c.video()
    what = f"videos?part=snippet&id={video}"
    tag, spent = (await c.get(what))["etag"], sum(c.platform.units.values())
    assert await c.get(what, If_None_Match=f'"{tag}"') == b""
    assert c.answer[0] == 304
    assert sum(c.platform.units.values()) == spent + 1, "it costs all the same"
    await c.update({"id": video, "snippet": SNIPPET | {"title": "B"}})
    assert (await c.get(what, If_None_Match=tag))["items"][0]["snippet"]["title"] == "B"


async def test_a_change_goes_through_with_the_etag_that_was_read(c: Client) -> None:
    video = await c.video()
    tag = (await row(c, video))["etag"]
    c.clock.forward(minutes=30)
    await c.call("DELETE", f"/youtube/v3/videos?id={video}", headers={"If-Match": '"other"'})
    assert c.answer[0] == 412
    await c.call("DELETE", f"/youtube/v3/videos?id={video}", headers={"If-Match": tag})
    assert c.answer[0] == 204, "more views are no change of the resource"
    assert (await c.get(f"videos?part=id&id={video}"))["items"] == []


async def test_fields_trim_the_answer(c: Client) -> None:
    video = await c.video()
    found = await c.get(f"videos?part=snippet,status&id={video}&fields=items(id,snippet/title),kind")
    assert found == {"kind": "youtube#videoListResponse", "items": [{"id": video, "snippet": {"title": "Clip"}}]}


@pytest.mark.parametrize(
    ("method", "what", "units"),
    [
        ("GET", "videos?part=id&id=1", 1),
        ("GET", "commentThreads?part=id&videoId=1", 1),
        ("GET", "playlists?part=id&mine=true", 1),
        ("GET", "captions?part=id&videoId=1", 50),
        ("PUT", "videos?part=snippet", 50),
        ("POST", "comments/setModerationStatus", 50),
        ("POST", "playlistItems", 50),
        ("GET", "videos:batchGetStats?part=id&id=1", 0),
    ],
)
async def test_a_call_has_its_price(c: Client, method: str, what: str, units: int) -> None:
    await c.call(method, f"/youtube/v3/{what}")
    assert sum(c.platform.units.values()) == units
    assert sum(c.platform.stats.values()) == (1 if "batch" in what else 0)


async def test_uploads_captions_and_thumbnails_have_theirs(c: Client) -> None:
    video = await c.video()
    assert (sum(c.platform.units.values()), sum(c.platform.uploads.values())) == (0, 1)
    await c.thumbnail(video, PNG)
    assert sum(c.platform.units.values()) == 50
    await c.caption({"videoId": video, "language": "vi", "name": ""})
    assert sum(c.platform.units.values()) == 450


async def test_scopes_that_were_ticked_off_are_not_granted(c: Client) -> None:
    c.account.extra["lacks"] = {"youtube.upload"}
    await c.grant()
    assert "youtube.upload" not in c.answer[1]["scope"]
    assert await c.begin(), "force-ssl opens videos as well"


# -- playlists, thumbnails, captions ----------------------------------------------------------------------------------


async def entries(c: Client, playlist: str, more: str = "") -> list[str]:
    found = await c.get(f"playlistItems?part=contentDetails&playlistId={playlist}{more}")
    return [i["contentDetails"]["videoId"] for i in found["items"]]


async def test_a_playlist_keeps_its_order_and_takes_a_video_twice(c: Client) -> None:
    made = await c.post("playlists?part=snippet", {"title": "Phòng chống bão"})
    first, second = await c.video(), await c.video()
    for video, place in ((first, {}), (second, {"position": 0}), (first, {})):
        resource = {"kind": "youtube#video", "videoId": video}
        await c.post("playlistItems?part=snippet", {"playlistId": made["id"], "resourceId": resource, **place})
        assert c.answer[0] == 200
    assert await entries(c, made["id"]) == [second, first, first]
    assert await entries(c, made["id"], f"&videoId={first}") == [first, first]
    assert await entries(c, made["id"], "&maxResults=1") == [second]
    listed = (await c.get("playlists?part=snippet,contentDetails&mine=true"))["items"]
    assert [(p["snippet"]["title"], p["contentDetails"]["itemCount"]) for p in listed] == [("Phòng chống bão", 3)]
    await c.call("DELETE", f"/youtube/v3/videos?id={first}")
    assert await entries(c, made["id"]) == [second]


async def test_a_private_playlist_is_not_found_by_others(c: Client) -> None:
    body = {"snippet": {"title": "A"}, "status": {"privacyStatus": "private"}}
    made = await c.call("POST", "/youtube/v3/playlists?part=snippet,status", json=body)
    other = await stranger(c)
    await other.get(f"playlistItems?part=id&playlistId={made['id']}")
    assert other.answer[1]["error"]["errors"][0]["reason"] == "playlistNotFound"
    assert (await other.get(f"playlists?part=id&channelId={c.account.remote_id}"))["items"] == []
    assert [p["id"] for p in (await c.get(f"playlists?part=id&id={made['id']}"))["items"]] == [made["id"]]


async def test_uploads_are_paged_newest_first(c: Client) -> None:
    made = []
    for _ in range(3):
        made.insert(0, await c.video())
        c.clock.forward(minutes=1)
    first = await c.get(f"playlistItems?part=contentDetails&playlistId={c.uploads}&maxResults=2")
    assert first["pageInfo"]["totalResults"] == 3
    assert await entries(c, c.uploads, f"&maxResults=2&pageToken={first['nextPageToken']}") == made[2:]
    assert [i["contentDetails"]["videoId"] for i in first["items"]] == made[:2]


async def test_a_thumbnail_is_kept(c: Client) -> None:
    video = await c.video()
    made = await c.thumbnail(video, PNG, "application/octet-stream")
    assert c.platform.items[video].picture == PNG
    assert (await row(c, video))["snippet"]["thumbnails"] == made["items"][0]


async def test_captions_are_kept(c: Client) -> None:
    video = await c.video()
    made = await c.caption({"videoId": video, "language": "vi", "name": "", "isDraft": True}, b"WEBVTT\n")
    listed = (await c.get(f"captions?part=snippet&videoId={video}"))["items"]
    assert listed == [made]
    assert (made["snippet"]["status"], made["snippet"]["isDraft"]) == ("serving", True)
    assert c.platform.items[video].extra["captions"][0]["data"] == b"WEBVTT\n"
    await c.caption({"videoId": video, "language": "en", "name": ""})
    assert c.answer[0] == 200, "another language is another track"


# -- comments ---------------------------------------------------------------------------------------------------------


async def threads(c: Client, words: str) -> list[str]:
    found = await c.get(f"commentThreads?part=snippet&{words}")
    return [t["snippet"]["topLevelComment"]["snippet"]["textDisplay"] for t in found["items"]]


async def test_threads_are_found_ordered_and_searched(c: Client) -> None:
    video, other = await c.video(), await c.video()
    for number, text in enumerate(("tin giả", "cảm ơn", "tin thật")):
        remark = c.platform.add_remark(video, f"N{number}", text, c.clock())
        remark.likes = 5 if text == "cảm ơn" else 0
        c.clock.forward(minutes=1)
    c.platform.add_remark(other, "N", "khác", c.clock())
    assert await threads(c, f"videoId={video}") == ["tin thật", "cảm ơn", "tin giả"]
    assert (await threads(c, f"videoId={video}&order=relevance"))[0] == "cảm ơn"
    assert await threads(c, f"videoId={video}&searchTerms=TIN") == ["tin thật", "tin giả"]
    assert len(await threads(c, f"allThreadsRelatedToChannelId={c.account.remote_id}")) == 4
    assert await threads(c, f"id={remark.remote_id}") == ["tin thật"]
    assert await threads(c, f"videoId={video}&maxResults=1") == ["tin thật"]


async def test_text_is_html_unless_plain_is_asked(c: Client) -> None:
    video = await c.video()
    top = await c.comment(video, "a & b\n<c>")
    assert top["snippet"]["topLevelComment"]["snippet"]["textDisplay"] == "a &amp; b<br>&lt;c>"
    assert await threads(c, f"videoId={video}&textFormat=plainText") == ["a & b\n<c>"]


async def test_a_held_comment_is_the_owners_to_see_and_takes_its_replies_along(c: Client) -> None:
    video = await c.video()
    top = (await c.comment(video, "a"))["id"]
    reply = (await c.reply(top, "b"))["id"]
    assert (await row(c, video, "statistics"))["statistics"]["commentCount"] == "2"
    await c.moderate(f"id={top}&moderationStatus=heldForReview")
    assert (c.answer[0], await threads(c, f"videoId={video}")) == (204, [])
    assert (await row(c, video, "statistics"))["statistics"]["commentCount"] == "0"
    held = (await c.get(f"commentThreads?part=snippet&videoId={video}&moderationStatus=heldForReview"))["items"]
    assert held[0]["snippet"]["topLevelComment"]["snippet"]["moderationStatus"] == "heldForReview"
    await c.moderate(f"id={top}&moderationStatus=rejected")
    assert await threads(c, f"videoId={video}&moderationStatus=heldForReview") == []
    await c.moderate(f"id={top}&moderationStatus=published")
    assert await threads(c, f"videoId={video}") == ["a"]
    assert [r["id"] for r in (await c.get(f"comments?part=snippet&parentId={top}"))["items"]] == [reply]


async def test_own_comments_are_edited_and_deleted(c: Client) -> None:
    video = await c.video()
    top = (await c.comment(video, "a"))["id"]
    body = {"id": top, "snippet": {"textOriginal": "b"}}
    await c.call("PUT", "/youtube/v3/comments?part=snippet", json=body)
    assert await threads(c, f"videoId={video}") == ["b"]
    await c.call("DELETE", f"/youtube/v3/comments?id={top}")
    assert (c.answer[0], await threads(c, f"videoId={video}")) == (204, [])


async def test_a_thread_shows_only_some_replies(c: Client) -> None:
    video = await c.video()
    top = (await c.comment(video, "a"))["id"]
    for number in range(7):
        await c.reply(top, str(number))
    found = (await c.get(f"commentThreads?part=snippet,replies&videoId={video}"))["items"][0]
    assert (found["snippet"]["totalReplyCount"], len(found["replies"]["comments"])) == (7, 5)
    assert len((await c.get(f"comments?part=id&parentId={top}&maxResults=100"))["items"]) == 7


# -- figures ----------------------------------------------------------------------------------------------------------


def past(platform: YouTubeSandbox, video: str, at: datetime, views: int) -> None:
    account = next(iter(platform.accounts))
    platform.seed_history([Item(video, account, "video", {}, at, title=video, figures={"views": views, "likes": 3})])


async def test_figures_by_day_by_video_and_in_total(c: Client) -> None:
    c.account.days.clear()
    c.account.days |= {"2026-10-01": {"views": 10, "likes": 1}, "2026-10-02": {"views": 30}}
    named = await c.report(metrics="likes,views", dimensions="day", sort="-views")
    assert [h["name"] for h in named["columnHeaders"]] == ["day", "likes", "views"]
    assert named["rows"] == [["2026-10-02", 0, 30], ["2026-10-01", 1, 10]]
    assert (await c.report(dimensions="day", maxResults="1", startIndex="2"))["rows"] == [["2026-10-02", 30]]
    assert (await c.report(ids=f"channel=={c.account.remote_id}"))["rows"] == [[40]]
    assert "rows" not in await c.report(startDate="2026-09-01", endDate="2026-09-30")
    assert "rows" not in await c.report(dimensions="country")
    for name, views in (("old1", 70), ("old2", 90)):
        past(c.platform, name, datetime(2026, 10, 5, 20, tzinfo=UTC), views)
    top = {"dimensions": "video", "sort": "-views", "maxResults": "200"}
    assert (await c.report(**top))["rows"] == [["old2", 90], ["old1", 70]]
    assert (await c.report(**top, filters="video==old1,gone"))["rows"] == [["old1", 70]]
    assert (await c.report(dimensions="day", filters="video==old1"))["rows"][4] == ["2026-10-05", 70]


async def test_the_last_days_are_not_ready(c: Client) -> None:
    today = c.clock().date()
    c.account.days.clear()
    c.account.days |= {datetime.fromordinal(today.toordinal() - n).date().isoformat(): {"views": 1} for n in range(10)}
    first = datetime.fromordinal(today.toordinal() - 9).date().isoformat()
    found = await c.report(startDate=first, endDate=today.isoformat(), dimensions="day")
    assert 6 <= len(found["rows"]) <= 8
    assert found["rows"][0][0] == first


async def test_a_list_answers_the_asked_parts_alone(c: Client) -> None:
    video = await c.video()
    common = {"kind", "etag", "id"}
    for what in ("channels?part=contentDetails&mine=true", f"videos?part=contentDetails&id={video}",
                 f"playlistItems?part=contentDetails&playlistId={c.uploads}"):  # fmt: skip
        assert [set(i) for i in (await c.get(what))["items"]] == [common | {"contentDetails"}], what
    top = (await c.comment(video, "a"))["id"]
    for what in (f"commentThreads?part=id&id={top}", f"comments?part=id&id={top}"):
        assert [set(i) for i in (await c.get(what))["items"]] == [common], what


async def test_stats_are_lighter_than_videos(c: Client) -> None:
    video = await c.video()
    c.clock.forward(hours=3)
    await c.grant()
    found = (await c.get(f"videos:batchGetStats?part=statistics,snippet&id={video},404"))["items"]
    assert [set(i) for i in found] == [{"kind", "etag", "id", "snippet", "statistics"}]
    assert set(found[0]["statistics"]) == {"viewCount", "likeCount", "commentCount"}
    assert found[0]["statistics"]["viewCount"] == (await row(c, video, "statistics"))["statistics"]["viewCount"] != "0"
