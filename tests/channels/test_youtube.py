"""The YouTube adapter over real HTTP: against the stand-in, and against a server that answers what it is told."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from aiohttp import web

from channels.base import AccountRef, Content, Endpoints, MediaFile, Notes, Outgoing
from channels.errors import AuthLost, ChannelError, QuotaReached, Rejected, Throttled, Unclear, Unreachable
from channels.http import Door
from channels.sandbox.core import Account, Item
from channels.sandbox.youtube import YouTubeSandbox
from channels.youtube import YouTubeChannel
from tests.channels.scripted import Scripted
from tests.conftest import FakeClock

FILM = b"\0\0\0\x18ftypmp42" + b"\0" * 300_000
CHANNEL = "UCoffice"


@pytest.fixture
async def youtube(clock: FakeClock) -> AsyncIterator[YouTubeSandbox]:
    platform = YouTubeSandbox(now=clock, seed=1)
    await platform.start()
    yield platform
    await platform.stop()


@pytest.fixture
def channel(youtube: YouTubeSandbox) -> Account:
    return youtube.add_channel(CHANNEL, "UBND", client_id="c", client_secret="s", refresh_token="r", followers=9)


class Adapter:
    """Opens an adapter at an address; `saved` are the secrets it gave to keep."""

    def __init__(self, door: Door, clock: FakeClock) -> None:
        self.door, self.clock = door, clock
        self.saved: list[Mapping[str, str]] = []

    def __call__(self, url: str, **secrets: str) -> YouTubeChannel:
        held = secrets or {"refresh_token": "r", "client_id": "c", "client_secret": "s"}

        async def save(fresh: Mapping[str, str]) -> None:
            self.saved.append(fresh)

        ends = Endpoints(youtube=url, youtube_analytics=url, google_oauth=url)
        account = AccountRef("youtube", CHANNEL, "UBND", {}, held)
        return YouTubeChannel(account, door=self.door, endpoints=ends, now=self.clock, save_secrets=save)


@pytest.fixture
def opened(door: Door, clock: FakeClock) -> Adapter:
    return Adapter(door, clock)


@pytest.fixture
def clip(tmp_path: Path) -> MediaFile:
    path = tmp_path / "clip.mp4"
    path.write_bytes(FILM)
    return MediaFile(path, "clip", "video/mp4", len(FILM), "a" * 64, duration_s=5)


def answering(comment: str, text: str = "Vâng") -> Outgoing:
    return YouTubeChannel.compose(
        Content(text, options={"form": "reply", "target": comment}), AccountRef("youtube", CHANNEL)
    )


def composed(clip: MediaFile, **words: Any) -> Outgoing:
    content = Content(**{"text": "Mô tả", "title": "Clip", "media": (clip,), **words})
    return YouTubeChannel.compose(content, AccountRef("youtube", CHANNEL))


def correction(video: str, text: str = "Thông tin đúng") -> Outgoing:
    content = Content(text, options={"form": "comment", "target": video})
    return YouTubeChannel.compose(content, AccountRef("youtube", CHANNEL))


async def keep_nothing(_: Notes) -> None:
    return None


async def uploaded(adapter: YouTubeChannel, out: Outgoing) -> str:
    return (await adapter.submit(out, await adapter.prepare(out, {}, keep_nothing))).remote_id


def second_put(youtube: YouTubeSandbox, kind: str) -> None:
    """A fault at the bytes; the first PUT asks where the session stands."""
    youtube.fail_next("delay", match="PUT /upload")
    youtube.fail_next(kind, match="PUT /upload")


# -- a clip ---------------------------------------------------------------------------------------------------------


async def test_a_clip_goes_up_as_composed(
    youtube: YouTubeSandbox, channel: Account, opened: Adapter, clip: MediaFile
) -> None:
    adapter, out = opened(youtube.url), composed(clip, link="https://binhson.example", options={"tags": "a, b c"})
    kept: list[Notes] = []

    async def keep(notes: Notes) -> None:
        kept.append(notes)

    notes = await adapter.prepare(out, {}, keep)
    assert kept == [notes]
    assert youtube.published() == []
    sent = await adapter.submit(out, notes)
    item = youtube.items[sent.remote_id]
    assert {k: item.payload[k] for k in ("snippet", "status")} == {k: out.payload[k] for k in ("snippet", "status")}
    assert item.payload["snippet"]["description"] == "Mô tả\nhttps://binhson.example"
    assert (await adapter.poll(out, sent, notes)).processing
    opened.clock.forward(minutes=1)
    assert not (await adapter.poll(out, sent, notes)).processing


@pytest.mark.parametrize("fault", ["drop_after", "garbage"])
async def test_a_lost_last_answer_is_settled_by_the_session(
    fault: str, youtube: YouTubeSandbox, channel: Account, opened: Adapter, clip: MediaFile
) -> None:
    adapter, out = opened(youtube.url), composed(clip)
    notes = await adapter.prepare(out, {}, keep_nothing)
    second_put(youtube, fault)
    with pytest.raises(Unclear):
        await adapter.submit(out, notes)
    found = await adapter.find_sent(out, notes, opened.clock() - timedelta(hours=1))
    assert found is not None
    assert [item.remote_id for item in youtube.published()] == [found.remote_id]
    assert (await adapter.submit(out, await adapter.prepare(out, notes, keep_nothing))).remote_id == found.remote_id
    assert len(youtube.published()) == 1


async def test_a_broken_upload_goes_on_in_its_session(
    youtube: YouTubeSandbox, channel: Account, opened: Adapter, clip: MediaFile
) -> None:
    adapter, out = opened(youtube.url), composed(clip)
    notes = await adapter.prepare(out, {}, keep_nothing)
    second_put(youtube, "server_error")
    with pytest.raises(Unclear):
        await adapter.submit(out, notes)
    assert await adapter.find_sent(out, notes, opened.clock()) is None
    assert await adapter.prepare(out, notes, keep_nothing) == notes
    await adapter.submit(out, notes)
    assert len(youtube.sessions) == len(youtube.published()) == 1


async def test_a_session_that_is_gone_is_opened_anew(
    youtube: YouTubeSandbox, channel: Account, opened: Adapter, clip: MediaFile
) -> None:
    adapter, out = opened(youtube.url), composed(clip)
    notes = await adapter.prepare(out, {}, keep_nothing)
    opened.clock.forward(days=8)
    with pytest.raises(Unreachable):
        await adapter.submit(out, notes)
    assert await adapter.find_sent(out, notes, opened.clock() - timedelta(hours=1)) is None
    renewed = await adapter.prepare(out, notes, keep_nothing)
    assert renewed["session"] != notes["session"]
    await adapter.submit(out, renewed)
    assert len(youtube.published()) == 1


async def test_a_session_lost_under_the_bytes_is_unclear(scripted: Scripted, opened: Adapter, clip: MediaFile) -> None:
    scripted.answers = [web.Response(status=308), web.Response(status=410)]
    with pytest.raises(Unclear):
        await opened(scripted.url, access_token="t").submit(composed(clip), {"session": f"{scripted.url}/s"})


@pytest.mark.parametrize(
    "answer",
    [
        web.Response(status=308, headers={"Range": f"bytes=0-{len(FILM) - 1}"}),
        web.json_response({}),
        web.json_response({"id": ""}),
        web.Response(text="<html>", content_type="text/html"),
    ],
)
async def test_bytes_without_a_video_are_unclear(
    answer: web.Response, scripted: Scripted, opened: Adapter, clip: MediaFile
) -> None:
    scripted.answers = [web.Response(status=308), answer]
    with pytest.raises(Unclear):
        await opened(scripted.url, access_token="t").submit(composed(clip), {"session": f"{scripted.url}/s"})
    assert len(scripted.calls) == 2


async def test_without_session_the_uploads_tell_twins_apart(
    youtube: YouTubeSandbox, channel: Account, opened: Adapter, clip: MediaFile
) -> None:
    adapter, since = opened(youtube.url), opened.clock() + timedelta(milliseconds=400)
    other = await uploaded(adapter, composed(clip, text="Bản khác"))
    out = composed(clip, title=" Thông báo ", text="Mô tả ")
    assert await adapter.find_sent(out, {}, since) is None
    mine = await uploaded(adapter, out)
    assert mine != other
    found = await adapter.find_sent(out, {}, since)
    assert found is not None
    assert found.remote_id == mine
    assert await adapter.find_sent(out, {}, since + timedelta(seconds=1)) is None


# -- corrections ----------------------------------------------------------------------------------------------------


async def test_a_correction_is_a_comment_and_a_note(
    youtube: YouTubeSandbox, channel: Account, opened: Adapter, clip: MediaFile
) -> None:
    adapter = opened(youtube.url)
    video = await uploaded(adapter, composed(clip, options={"tags": "a"}))
    youtube.items[video].payload["snippet"]["defaultAudioLanguage"] = "vi"
    before = dict(youtube.items[video].payload["snippet"])
    out = correction(video)
    assert await adapter.find_sent(out, {}, opened.clock()) is None
    sent = await adapter.submit(out, {})
    assert await adapter.find_sent(out, {}, opened.clock()) == replace(sent, permalink="")
    for _ in range(2):
        await adapter.finish(out, sent, {})
    after = youtube.items[video].payload["snippet"]
    assert after == {**before, "description": "Thông tin đúng\n———\nMô tả"}


async def test_withdrawing_takes_down_what_the_id_names(
    youtube: YouTubeSandbox, channel: Account, opened: Adapter, clip: MediaFile
) -> None:
    adapter = opened(youtube.url)
    video = await uploaded(adapter, composed(clip))
    comment = (await adapter.submit(correction(video), {})).remote_id
    await adapter.withdraw(comment)
    assert [r.removed for r in youtube.items[video].remarks] == [True]
    await adapter.withdraw(video)
    assert youtube.items[video].state == "removed"
    await adapter.withdraw(video)


@pytest.mark.parametrize("comment", [True, False])
async def test_an_answer_without_an_id_is_unclear(comment: bool, scripted: Scripted, opened: Adapter) -> None:
    scripted.says({"kind": "youtube#comment"})
    with pytest.raises(Unclear):
        await opened(scripted.url, access_token="t").submit(correction("v") if comment else answering("T1"), {})
    assert len(scripted.calls) == 1


# -- comments -------------------------------------------------------------------------------------------------------


async def test_every_reply_of_a_long_thread_is_read(
    youtube: YouTubeSandbox, channel: Account, opened: Adapter, clip: MediaFile
) -> None:
    adapter = opened(youtube.url)
    video = await uploaded(adapter, composed(clip))
    top = youtube.add_remark(video, "An", "hỏi &lt;gì&gt;", opened.clock()).remote_id
    for n in range(230):
        youtube.add_remark(video, "Bình", f"đáp {n}", opened.clock(), parent_id=top)
    found = await adapter.read_comments(video, None)
    assert len({comment.remote_id for comment in found}) == len(found) == 231
    assert {comment.parent_id for comment in found} == {"", top}
    assert found[0].text == "hỏi &lt;gì&gt;", "plain text is asked for, and left alone"


async def test_where_no_comment_can_be_there_are_none(
    youtube: YouTubeSandbox, channel: Account, opened: Adapter, clip: MediaFile
) -> None:
    adapter = opened(youtube.url)
    video = await uploaded(adapter, composed(clip))
    youtube.items[video].extra["comments_off"] = True
    assert await adapter.read_comments(video, None) == []
    assert await adapter.read_comments("gone", None) == []


def thread(number: int, **top: Any) -> dict[str, Any]:
    snippet = {"textDisplay": f"c{number}", "publishedAt": "2026-11-24T01:00:00Z", **top}
    return {"id": f"T{number}", "snippet": {"topLevelComment": {"id": f"T{number}", "snippet": snippet}}}


async def test_odd_comments_neither_break_nor_hide_the_others(scripted: Scripted, opened: Adapter) -> None:
    rows = [
        thread(1, authorChannelId=None, likeCount="10000001"), thread(2, publishedAt="yesterday"), None, "x", {},
        {"id": "T3", "snippet": None}, {"id": "T4", "snippet": {"topLevelComment": {"id": None}}},
        thread(5, authorChannelId={"value": CHANNEL}, textOriginal="ta", authorDisplayName=None),
        {**thread(6), "replies": {"comments": None}}, thread(1),
    ]  # fmt: skip
    scripted.says({"items": rows, "nextPageToken": None})
    found = await opened(scripted.url, access_token="t").read_comments("v", None)
    assert [(c.remote_id, c.text, c.own) for c in found] == [
        ("T1", "c1", False),
        ("T5", "ta", True),
        ("T6", "c6", False),
    ]
    assert (found[1].author_name, found[0].author_key) == ("", "")


async def test_pages_end_even_where_the_platform_never_ends_them(scripted: Scripted, opened: Adapter) -> None:
    scripted.says({"items": [thread(1)], "nextPageToken": "A"}, {"items": [thread(2)], "nextPageToken": "A"})
    found = await opened(scripted.url, access_token="t").read_comments("v", None)
    assert [c.remote_id for c in found] == ["T1", "T2"]
    assert len(scripted.calls) == 2


@pytest.mark.parametrize("body", [{}, {"items": None}, {"items": {}}, {"items": ["x"]}, {"items": [{"id": "v"}]}])
async def test_thin_answers_are_no_zeros_and_no_crash(body: Any, scripted: Scripted, opened: Adapter) -> None:
    scripted.says(body)
    adapter = opened(scripted.url, access_token="t")
    assert [metric.value for metric in await adapter.read_metrics("v")] == [None] * 3
    assert await adapter.read_comments("v", None) == []
    with pytest.raises((AuthLost, Unreachable)):
        await adapter.read_items(datetime(2026, 11, 1, tzinfo=UTC))


# -- errors ---------------------------------------------------------------------------------------------------------


def error(status: int, reason: str = "", word: str = "") -> tuple[int, Any]:
    body: dict[str, Any] = {"code": status, "message": "told"}
    body |= {"errors": [{"reason": reason, "domain": "d", "message": "m"}]} if reason else {}
    return status, {"error": body | ({"status": word} if word else {})}


ERRORS: list[tuple[tuple[int, Any], type[ChannelError]]] = [
    (error(401, "authError"), AuthLost), (error(401, word="UNAUTHENTICATED"), AuthLost), ((401, "<html>"), AuthLost),
    (error(401, "youtubeSignupRequired"), AuthLost), (error(403, "quotaExceeded"), QuotaReached),
    (error(403, "rateLimitExceeded"), Throttled), (error(429, "rateLimitExceeded"), Throttled),
    (error(429, word="RESOURCE_EXHAUSTED"), Throttled), (error(400, "uploadLimitExceeded"), QuotaReached),
    (error(403, "forbidden"), AuthLost), (error(403, "insufficientPermissions", "PERMISSION_DENIED"), AuthLost),
    (error(403, word="PERMISSION_DENIED"), AuthLost), (error(403, "channelSuspended"), AuthLost),
    (error(403, "ineligibleAccount"), AuthLost), (error(400, "invalidTitle"), Rejected),
    (error(400, "invalidVideoMetadata"), Rejected), (error(403, "forbiddenPrivacySetting"), Rejected),
    (error(403, "forbiddenLicenseSetting"), Rejected), (error(403, "commentsDisabled"), Rejected),
    (error(404, "commentNotFound"), Rejected), (error(404), Rejected), (error(400, "commentTextTooLong"), Rejected),
    (error(400, word="INVALID_ARGUMENT"), Rejected), (error(400, "invalidPageToken"), Unreachable),
]  # fmt: skip
UNREADABLE: list[tuple[int, Any]] = [
    error(503, "backendError"), (500, "<html>"), (502, {"error": "x"}), (400, "<html>"), (403, {"error": None}),
    (408, ""), (302, ""), (200, "<html>"), (200, ["x"]),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "kind"), ERRORS)
async def test_every_error_of_the_table_says_what_happens_next(
    answer: tuple[int, Any], kind: type[ChannelError], scripted: Scripted, opened: Adapter
) -> None:
    scripted.says(answer[1], status=answer[0])
    with pytest.raises(kind) as caught:
        await opened(scripted.url, access_token="t").submit(answering("T1"), {})
    assert type(caught.value) is kind
    assert (caught.value.retry_after_s is not None) == issubclass(kind, Throttled)
    posts = [path for path, _, _ in scripted.calls if path.endswith("/comments")]
    assert len(posts) == 1


@pytest.mark.parametrize("answer", UNREADABLE)
async def test_an_unreadable_answer_is_unclear_for_a_write_and_unreachable_for_a_read(
    answer: tuple[int, Any], scripted: Scripted, opened: Adapter
) -> None:
    scripted.says(answer[1], status=answer[0])
    adapter = opened(scripted.url, access_token="t")
    with pytest.raises(Unclear):
        await adapter.submit(answering("T1"), {})
    assert len(scripted.calls) == 1
    with pytest.raises(Unreachable):
        await adapter.read_metrics("v")


# -- access ---------------------------------------------------------------------------------------------------------


async def test_renewed_tokens_are_kept_and_used(youtube: YouTubeSandbox, channel: Account, opened: Adapter) -> None:
    adapter = opened(youtube.url)
    health = await adapter.check_account()
    assert (health.ok, health.name, health.followers) == (True, "UBND", 9)
    await adapter.check_account()
    assert youtube.calls["POST /token"] == 1
    [fresh] = opened.saved
    assert (fresh["access_token"] in channel.tokens, fresh["refresh_token"]) == (True, "r")
    assert datetime.fromisoformat(fresh["expires_at"]).tzinfo is not None
    local = datetime.fromisoformat(fresh["expires_at"]).astimezone().isoformat()
    await opened(youtube.url, **{**fresh, "expires_at": local}).check_account()
    await opened(youtube.url, **{**fresh, "expires_at": "soon"}).check_account()
    assert youtube.calls["POST /token"] == 1


async def test_an_access_token_that_died_is_renewed_within_the_call(
    youtube: YouTubeSandbox, channel: Account, opened: Adapter, clip: MediaFile
) -> None:
    adapter = opened(youtube.url)
    video = await uploaded(adapter, composed(clip))
    channel.tokens.clear()
    await adapter.submit(correction(video), {})
    assert len(youtube.items[video].remarks) == 1


async def test_a_revoked_grant_is_the_operators(youtube: YouTubeSandbox, channel: Account, opened: Adapter) -> None:
    youtube.revoke("r")
    health = await opened(youtube.url).check_account()
    assert (health.ok, health.lost) == (False, True)


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        ({"error": "invalid_grant"}, 400, AuthLost),
        ({"error": "invalid_client"}, 401, AuthLost),
        ({"error": "unauthorized_client"}, 401, AuthLost),
        ({"error": "invalid_scope"}, 400, Unreachable),
        ({"error": {"code": 400}}, 400, Unreachable),
        ("<html>", 400, Unreachable),
        ("<html>", 200, Unreachable),
        ({}, 200, Unreachable),
    ],
)
async def test_a_token_that_cannot_be_had_never_leaves_a_write_unclear(
    body: Any, status: int, kind: type[ChannelError], scripted: Scripted, opened: Adapter
) -> None:
    scripted.says(body, status=status)
    with pytest.raises(kind):
        await opened(scripted.url).submit(answering("T1"), {})
    assert {path for path, _, _ in scripted.calls} == {"/token"}
    form = parse_qs(scripted.calls[0][2].decode())
    assert (form["grant_type"], form["refresh_token"]) == (["refresh_token"], ["r"])


async def test_without_a_refresh_token_the_operator_must_connect(scripted: Scripted, opened: Adapter) -> None:
    scripted.says({})
    with pytest.raises(AuthLost):
        await opened(scripted.url, client_id="c", client_secret="s").submit(answering("T1"), {})
    assert scripted.calls == []


async def test_secrets_never_show(scripted: Scripted, opened: Adapter) -> None:
    scripted.says(error(400, "invalidTitle")[1], status=400)
    adapter = opened(scripted.url, access_token="ya29.secret", refresh_token="1//secret")
    with pytest.raises(Rejected) as caught:
        await adapter.submit(answering("T1"), {})
    assert "secret" not in f"{caught.value!r} {caught.value.detail} {adapter.account!r}"
    assert json.loads(scripted.calls[0][2]) == {"snippet": {"parentId": "T1", "textOriginal": "Vâng"}}


# -- figures --------------------------------------------------------------------------------------------------------


async def test_figures_are_read_by_the_columns_names(scripted: Scripted, opened: Adapter) -> None:
    report = {"columnHeaders": [{"name": "views"}, {"name": "day"}, {}], "rows": [[12_000_000, "2026-11-20"], [1]]}
    scripted.says(report, {"items": [{"id": CHANNEL, "statistics": {"subscriberCount": "5230"}}]})
    until = opened.clock()
    found = await opened(scripted.url, access_token="t").read_account_metrics(until - timedelta(days=7), until)
    assert [(m.name, m.value, m.day) for m in found] == [
        ("views", 12_000_000, "2026-11-20"),
        ("followers", 5230, "2026-11-24"),
    ]


async def test_a_days_without_figures_are_none(scripted: Scripted, opened: Adapter) -> None:
    scripted.says({"rows": None}, {"items": [{"id": CHANNEL, "statistics": {"hiddenSubscriberCount": True}}]})
    until = opened.clock()
    [followers] = await opened(scripted.url, access_token="t").read_account_metrics(until - timedelta(days=7), until)
    assert followers.value is None


async def test_uploads_are_read_page_by_page_to_the_asked_day(
    youtube: YouTubeSandbox, channel: Account, opened: Adapter
) -> None:
    now = opened.clock()
    made = [Item(f"v{n}", CHANNEL, "video", {}, now - timedelta(days=n), title=f"t{n}", text="d") for n in range(120)]
    youtube.seed_history(made)
    found = await opened(youtube.url).read_items(now - timedelta(days=99))
    assert [item.remote_id for item in found] == [f"v{n}" for n in reversed(range(100))]
    assert (found[0].title, found[0].text) == ("t99", "d")


# -- review ---------------------------------------------------------------------------------------------------------

LINK = "https://x.example"


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        ({"text": "ạ" * 1666 + "xx"}, []),
        ({"text": "ạ" * 1667}, ["text_too_long"]),
        ({"text": "x" * (5000 - 1 - len(LINK)), "link": LINK}, []),
        ({"text": "x" * (5000 - len(LINK)), "link": LINK}, ["text_too_long"]),
        ({"title": "x" * 101}, ["title_too_long"]),
        ({"title": ""}, ["title_missing"]),
        ({"text": "a < b"}, ["text_brackets"]),
        ({"link": "https://x.example/?a=<b"}, ["link_brackets"]),
        ({"media": ()}, ["media_missing"]),
        ({"options": {"tags": ",".join(["x" * 99] * 5)}}, []),
        ({"options": {"tags": ",".join(["x" * 99] * 4 + ["y" * 98 + " z"])}}, ["tags_too_long"]),
        ({"options": {"form": "comment"}, "media": (), "title": ""}, []),
    ],
)
def test_what_would_be_refused_is_told_before(words: dict[str, Any], codes: list[str], clip: MediaFile) -> None:
    content = Content(**{"text": "Mô tả", "title": "Clip", "media": (clip,), **words})
    assert [problem.code for problem in YouTubeChannel.review(content)] == codes
