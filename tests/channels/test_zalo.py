"""The Zalo adapter over real HTTP: against the stand-in, and against a server that answers whatever it is told."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from channels.base import AccountRef, Content, Endpoints, MediaFile, Outgoing, Sent
from channels.errors import AuthLost, ChannelError, QuotaReached, Rejected, Throttled, Unclear, Unreachable
from channels.http import Door
from channels.sandbox.core import Account
from channels.sandbox.zalo import ZaloSandbox
from channels.zalo import ZaloChannel
from tests.conftest import FakeClock

JPEG = b"\xff\xd8\xff" + b"\0" * 100
FILM = b"\0\0\0\x18ftypmp42" + b"\0" * 300_000


class Store:
    """Where secrets are kept; `broken` makes the next write fail."""

    def __init__(self) -> None:
        self.kept: list[Mapping[str, str]] = []
        self.broken = False

    async def __call__(self, secrets: Mapping[str, str]) -> None:
        if self.broken and secrets.get("refresh_issued_at"):
            raise OSError("disk full")
        self.kept.append(dict(secrets))


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    async with Door() as made:
        yield made


@pytest.fixture
async def platform(clock: FakeClock) -> AsyncIterator[ZaloSandbox]:
    made = ZaloSandbox(now=clock, seed=5, settle=timedelta(0))
    made.add_oa("388613000000001", "UBND Phường", app_id="42", app_secret="app-secret", followers=7)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def files(tmp_path: Path) -> AsyncIterator[str]:
    async def picture(_: web.Request) -> web.Response:
        return web.Response(body=JPEG)

    app = web.Application()
    app.router.add_get("/{path:.+}", picture)
    async with TestServer(app) as server:
        yield str(server.make_url("")).rstrip("/")


@pytest.fixture
def oa(platform: ZaloSandbox) -> Account:
    return next(iter(platform.accounts.values()))


def adapter(
    platform: ZaloSandbox, door: Door, clock: FakeClock, store: Store | None = None, **secrets: str
) -> ZaloChannel:
    extra = next(iter(platform.accounts.values())).extra
    held = {"access_token": extra["access"], "refresh_token": extra["refresh"], "app_secret": "app-secret",
            "expires_at": extra["expires_at"].isoformat(), **secrets}  # fmt: skip
    ref = AccountRef("zalo", "388613000000001", "UBND Phường", {"app_id": "42"}, held)
    ends = Endpoints(zalo=platform.url, zalo_oauth=platform.url)
    return ZaloChannel(ref, door=door, endpoints=ends, now=clock, save_secrets=store or Store())


def picture_at(url: str) -> MediaFile:
    return MediaFile(
        Path("a.jpg"), "picture", "image/jpeg", len(JPEG), hashlib.sha256(JPEG).hexdigest(), public_url=url
    )


def clip_in(folder: Path) -> MediaFile:
    path = folder / "phim"
    path.write_bytes(FILM)
    return MediaFile(path, "clip", "video/mp4", len(FILM), hashlib.sha256(FILM).hexdigest())


def composed(*media: MediaFile, text: str = "Nội dung", title: str = "Lịch", **more: Any) -> Outgoing:
    ref = AccountRef("zalo", "1", "UBND Phường")
    return ZaloChannel.compose(Content(text, title, media=media, **more), ref)


def answer(message: str, text: str = "Vâng") -> Outgoing:
    return composed(text=text, options={"form": "reply", "target": message})


async def forget(_: Mapping[str, str]) -> None:
    return None


async def published(channel: ZaloChannel, out: Outgoing) -> Sent:
    sent = await channel.submit(out, {})
    return await channel.poll(out, sent, sent.notes)


# -- compose --------------------------------------------------------------------------------------------------------


def test_what_is_sent_is_composed_unicode_with_blocks_and_encoded_addresses() -> None:
    picture = picture_at("https://x.vn/ảnh một%20.jpg?a=1&b=2")
    text = 'Đoạn một\r\ndòng hai\r\n\r\nA < B & "C"'.replace("Đ", "Đ").replace("ạ", "a\u0323")
    out = composed(picture, text=text, title=" Li\u0323ch ", link='https://x.vn/?a=1&b="2"')
    assert out.payload == {
        "type": "normal", "title": "Lịch", "description": "Đoạn một", "status": "show", "comment": "show",
        "author": "UBND Phường",
        "cover": {"cover_type": "photo", "photo_url": "https://x.vn/%E1%BA%A3nh%20m%E1%BB%99t%20.jpg?a=1&b=2",
                  "status": "show"},
        "body": [
            {"type": "text", "content": "<p>Đoạn một<br>dòng hai</p>"},
            {"type": "text", "content": '<p>A &lt; B &amp; "C"</p>'},
            {"type": "text", "content": '<p><a href="https://x.vn/?a=1&amp;b=&quot;2&quot;">'
                                        "https://x.vn/?a=1&amp;b=&quot;2&quot;</a></p>"},
        ]}  # fmt: skip
    assert out.media == (picture,)


def test_an_article_is_never_without_words() -> None:
    out = composed(picture_at("https://x.vn/a.jpg"), text=" ", title="Chỉ có tên")
    assert out.payload["body"] == [{"type": "text", "content": "<p>Chỉ có tên</p>"}]
    assert out.payload["description"] == "Chỉ có tên"


def test_a_long_first_line_is_cut_for_the_description() -> None:
    whole, cut = [composed(text="x" * n).payload["description"] for n in (250, 251)]
    assert (whole, cut) == ("x" * 250, "x" * 249 + "…")


def test_a_clip_goes_with_its_picture_where_there_is_one(tmp_path: Path) -> None:
    clip = clip_in(tmp_path)
    alone, with_picture = composed(clip), composed(clip, picture_at("https://x.vn/a.jpg"))
    assert (alone.form, "avatar" in alone.payload) == ("video_article", False)
    assert (with_picture.payload["avatar"], with_picture.media) == ("https://x.vn/a.jpg", (clip,))


def test_an_empty_author_setting_is_the_oas_name() -> None:
    ref = AccountRef("zalo", "1", "x" * 60, {"author": ""})
    assert ZaloChannel.compose(Content("a", "b"), ref).payload["author"] == "x" * 50


# -- one delivery ---------------------------------------------------------------------------------------------------


async def test_an_article_goes_out(platform: ZaloSandbox, door: Door, clock: FakeClock, files: str) -> None:
    platform.settle = timedelta(seconds=3)
    channel, out = adapter(platform, door, clock), composed(picture_at(f"{files}/a.jpg"))
    sent = await channel.submit(out, {})
    assert (sent.processing, sent.remote_id) == (True, "")
    assert (await channel.poll(out, sent, sent.notes)).processing
    clock.forward(seconds=3)
    done = await channel.poll(out, sent, sent.notes)
    item = platform.items[done.remote_id]
    assert (done.processing, done.permalink) == (False, item.permalink)
    assert {name: item.payload[name] for name in out.payload} == out.payload


async def test_a_clip_goes_out(platform: ZaloSandbox, door: Door, clock: FakeClock, tmp_path: Path) -> None:
    channel, out, saved = adapter(platform, door, clock), composed(clip_in(tmp_path)), list[Mapping[str, str]]()

    async def save(notes: Mapping[str, str]) -> None:
        saved.append(dict(notes))

    notes = await channel.prepare(out, {}, save)
    assert [sorted(n) for n in saved] == [["upload"], ["upload", "video_id"]]
    assert await channel.prepare(out, notes, save) == notes
    sent = await channel.submit(out, notes)
    done = await channel.poll(out, sent, sent.notes)
    assert platform.items[done.remote_id].payload["video_id"] == notes["video_id"]
    assert [a.sha256 for a in platform.assets.values()] == [out.media[0].sha256]


async def test_an_upload_that_is_gone_is_made_again(
    platform: ZaloSandbox, door: Door, clock: FakeClock, tmp_path: Path
) -> None:
    channel, out = adapter(platform, door, clock), composed(clip_in(tmp_path))
    notes = await channel.prepare(out, {"upload": "vt+/gone="}, forget)
    assert notes["upload"] in platform.assets
    platform.assets[notes["upload"]].state = 5
    again = await channel.prepare(out, {"upload": notes["upload"]}, forget)
    assert again["upload"] != notes["upload"]


@pytest.mark.parametrize("state", [2, 4])
async def test_a_clip_that_zalo_gives_up_is_refused(
    state: int, platform: ZaloSandbox, door: Door, clock: FakeClock, tmp_path: Path
) -> None:
    channel, out = adapter(platform, door, clock), composed(clip_in(tmp_path))
    notes = await channel.prepare(out, {}, forget)
    platform.assets[notes["upload"]].state = state
    with pytest.raises(Rejected, match="not converted"):
        await channel.prepare(out, {"upload": notes["upload"]}, forget)
    assert len(platform.assets) == 1


async def test_a_picture_that_cannot_be_fetched_ends_the_verification(
    platform: ZaloSandbox, door: Door, clock: FakeClock
) -> None:
    channel, out = adapter(platform, door, clock), composed(picture_at("http://127.0.0.1:9/a.jpg"))
    sent = await channel.submit(out, {})
    with pytest.raises(Rejected) as refused:
        await channel.poll(out, sent, sent.notes)
    assert refused.value.code == "-200"


@pytest.mark.parametrize("fault", ["drop_after", "garbage"])
async def test_a_lost_answer_to_create_is_unclear_and_nothing_is_found(
    fault: str, platform: ZaloSandbox, door: Door, clock: FakeClock, files: str
) -> None:
    channel, out = adapter(platform, door, clock), composed(picture_at(f"{files}/a.jpg"))
    platform.fail_next(fault, match="create")
    with pytest.raises(Unclear):
        await channel.submit(out, {})
    assert platform.calls["POST /v2.0/article/create"] == 1
    assert await channel.find_sent(out, {}, clock()) is None


async def test_what_was_sent_is_told_from_its_namesake(
    platform: ZaloSandbox, door: Door, clock: FakeClock, files: str
) -> None:
    channel, cover = adapter(platform, door, clock), picture_at(f"{files}/a.jpg")
    one = composed(cover, text="Tin\n\nThứ nhất & <hai>", link="https://x.vn/a")
    other = composed(cover, text="Tin\n\nKhác")
    sent = await published(channel, one)
    assert await channel.find_sent(other, {}, clock() - timedelta(minutes=2)) is None
    found = await channel.find_sent(one, {}, clock() - timedelta(minutes=2))
    assert found == Sent(remote_id=sent.remote_id, permalink=sent.permalink)
    assert await channel.find_sent(one, {}, clock() + timedelta(seconds=1)) is None
    held = await channel.find_sent(one, {"token": "tok"}, clock())
    assert held is not None
    assert (held.processing, held.notes) == (True, {"token": "tok"})


async def test_taken_down_twice_is_taken_down(platform: ZaloSandbox, door: Door, clock: FakeClock, files: str) -> None:
    channel = adapter(platform, door, clock)
    sent = await published(channel, composed(picture_at(f"{files}/a.jpg")))
    await channel.withdraw(sent.remote_id)
    await channel.withdraw(sent.remote_id)
    assert platform.items[sent.remote_id].state == "removed"


# -- the token ------------------------------------------------------------------------------------------------------


async def test_the_pair_rotates_once_for_all_adapters(platform: ZaloSandbox, door: Door, clock: FakeClock) -> None:
    clock.forward(hours=21)
    stores = [Store(), Store(), Store()]
    channels = [adapter(platform, door, clock, store) for store in stores]
    answers = await asyncio.gather(*(c.check_account() for c in channels for _ in range(2)))
    assert all(a.ok for a in answers)
    assert platform.calls["POST /v4/oa/access_token"] == 1
    extra = next(iter(platform.accounts.values())).extra
    for store in stores:
        assert (store.kept[-1]["access_token"], store.kept[-1]["refresh_token"]) == (extra["access"], extra["refresh"])
        assert (store.kept[-1]["refresh_marker"], store.kept[-1]["app_secret"]) == ("", "app-secret")
    first = next(s for s in stores if len(s.kept) == 2).kept
    assert (first[0]["refresh_marker"] != "", first[0]["access_token"] != extra["access"]) == (True, True)
    assert first[1]["expires_at"] == (clock() + timedelta(hours=25)).isoformat()


async def test_a_dead_token_is_renewed_and_the_call_made_once_more(
    platform: ZaloSandbox, door: Door, clock: FakeClock, oa: Account, tmp_path: Path
) -> None:
    channel, out = adapter(platform, door, clock, expires_at=""), composed(clip_in(tmp_path))
    platform.revoke(oa.extra["access"])
    notes = await channel.prepare(out, {}, forget)
    assert notes["video_id"]
    assert platform.calls["POST /v2.0/article/upload_video/preparevideo"] == 2
    assert [a.sha256 for a in platform.assets.values()] == [out.media[0].sha256], "the whole file, the second time too"


async def test_a_pair_that_could_not_be_stored_is_not_lost(
    platform: ZaloSandbox, door: Door, clock: FakeClock, oa: Account
) -> None:
    clock.forward(hours=21)
    store = Store()
    store.broken = True
    with pytest.raises(OSError, match="disk full"):
        await adapter(platform, door, clock, store).check_account()
    store.broken = False
    old = {"access_token": "AT-old", "refresh_token": "RT-old"}
    assert oa.extra["refresh"] not in old.values()
    channel = adapter(platform, door, clock, store, **{n: store.kept[0][n] for n in old}, expires_at="")
    platform.revoke(store.kept[0]["access_token"])
    assert (await channel.check_account()).ok
    assert store.kept[-1]["refresh_token"] == oa.extra["refresh"]
    assert platform.calls["POST /v4/oa/access_token"] == 1


async def test_a_rotated_away_token_stops_the_account(
    platform: ZaloSandbox, door: Door, clock: FakeClock, oa: Account
) -> None:
    platform.rotate(oa)
    channel = adapter(platform, door, clock, access_token="AT-dead", refresh_token="RT-dead")
    with pytest.raises(AuthLost) as lost:
        await channel.read_inbox(None)
    assert lost.value.code == "-14014"
    assert (await channel.check_account()).lost
    assert "RT-dead" not in str(lost.value) + lost.value.detail


async def test_a_lost_renewal_is_tried_once_more_and_then_told(
    platform: ZaloSandbox, door: Door, clock: FakeClock
) -> None:
    clock.forward(hours=21)
    store = Store()
    platform.fail_next("drop_after", match="access_token")
    with pytest.raises(AuthLost):
        await adapter(platform, door, clock, store).read_inbox(None)
    assert platform.calls["POST /v4/oa/access_token"] == 2
    assert store.kept[-1]["refresh_marker"], "the outcome stays unknown"


async def test_a_renewal_that_never_arrived_succeeds_the_second_time(
    platform: ZaloSandbox, door: Door, clock: FakeClock
) -> None:
    clock.forward(hours=21)
    platform.fail_next("drop_before", match="access_token")
    assert (await adapter(platform, door, clock).check_account()).ok


async def test_without_a_refresh_token_a_dead_one_is_told_as_it_is(
    platform: ZaloSandbox, door: Door, clock: FakeClock
) -> None:
    channel = adapter(platform, door, clock, access_token="dead", refresh_token="", expires_at="soon")
    with pytest.raises(AuthLost) as lost:
        await channel.read_inbox(None)
    assert (lost.value.code, platform.calls["POST /v4/oa/access_token"]) == ("-216", 0)


# -- inbox and answers ----------------------------------------------------------------------------------------------


async def test_the_inbox_is_read_to_the_end(platform: ZaloSandbox, door: Door, clock: FakeClock, oa: Account) -> None:
    channel = adapter(platform, door, clock)
    start = clock()
    for number in range(23):
        platform.add_message(oa.remote_id, "Lan", f"Tin {number}", clock.forward(seconds=1))
    photo = {"url": "https://x.vn/a.jpg", "description": "ảnh ngập"}
    platform.add_message(oa.remote_id, "Lan", "", clock.forward(seconds=1), kind="photo", more=photo)
    platform.add_message(oa.remote_id, "Lan", "", clock.forward(seconds=1), kind="sticker")
    heard = await channel.read_inbox(None)
    assert [c.text for c in heard] == [*(f"Tin {n}" for n in range(23)), "ảnh ngập"]
    assert (heard[0].author_key, heard[0].author_name) == (platform.author_id("Lan"), "Lan")
    assert heard[0].created_at == start + timedelta(seconds=1)
    assert [c.text for c in await channel.read_inbox(start + timedelta(seconds=22))] == ["Tin 21", "Tin 22", "ảnh ngập"]
    await channel.submit(answer(heard[0].remote_id), {})
    assert len(await channel.read_inbox(None)) == 24, "our own answer is none of a citizen's"


async def test_an_answer_goes_to_the_message_then_to_its_author(
    platform: ZaloSandbox, door: Door, clock: FakeClock, oa: Account
) -> None:
    heard = platform.add_message(oa.remote_id, "Lan", "Đường ngập", clock())
    sent = await adapter(platform, door, clock).submit(answer(heard.remote_id, "Cảm ơn ba\u0300"), {})
    mine = oa.inbox[-1]
    assert (sent, mine.text, mine.parent_id) == (Sent(remote_id=mine.remote_id), "Cảm ơn bà", heard.author_id)
    clock.forward(hours=49)
    platform.rotate(oa)
    late = await adapter(platform, door, clock).submit(answer(heard.remote_id, "Xin lỗi vì muộn"), {})
    assert (late.notes, oa.inbox[-1].text) == ({"charged": "yes"}, "Xin lỗi vì muộn")
    clock.forward(days=6)
    platform.rotate(oa)
    with pytest.raises(Rejected) as over:
        await adapter(platform, door, clock).submit(answer(heard.remote_id, "Quá muộn"), {})
    assert over.value.code == "-230"


async def test_a_lost_answer_to_a_reply_is_not_sent_again(
    platform: ZaloSandbox, door: Door, clock: FakeClock, oa: Account
) -> None:
    heard = platform.add_message(oa.remote_id, "Lan", "Đường ngập", clock())
    platform.fail_next("drop_after", match="/cs")
    with pytest.raises(Unclear):
        await adapter(platform, door, clock).submit(answer(heard.remote_id), {})
    assert [r.text for r in oa.inbox] == ["Đường ngập", "Vâng"]


# -- figures --------------------------------------------------------------------------------------------------------


async def test_figures_of_all_articles_come_with_one_reading_of_the_list(
    platform: ZaloSandbox, door: Door, clock: FakeClock, files: str, tmp_path: Path
) -> None:
    channel = adapter(platform, door, clock)
    made = [await published(channel, composed(picture_at(f"{files}/a.jpg"), title=f"Số {n}")) for n in range(11)]
    film = composed(clip_in(tmp_path), title="Phim")
    sent = await channel.submit(film, await channel.prepare(film, {}, forget))
    made.append(await channel.poll(film, sent, sent.notes))
    clock.forward(hours=2)
    before = platform.calls["GET /v2.0/article/getslice"]
    figures = [await channel.read_metrics(s.remote_id) for s in made]
    assert all([m.name for m in row] == ["views", "shares"] and row[0].value for row in figures)
    assert platform.calls["GET /v2.0/article/getslice"] == before + 3
    assert [m.value for m in await channel.read_metrics("art_none")] == [None]
    clock.forward(minutes=1)
    await channel.read_metrics(made[0].remote_id)
    assert platform.calls["GET /v2.0/article/getslice"] == before + 6, "figures get old"
    items = await channel.read_items(clock() - timedelta(days=1))
    assert sorted(i.title for i in items) == sorted([*(f"Số {n}" for n in range(11)), "Phim"])
    platform.items[made[0].remote_id].state = "hidden"
    assert len(await channel.read_items(clock() - timedelta(days=1))) == 11
    assert await channel.read_items(clock()) == []
    followers = await channel.read_account_metrics(clock(), clock())
    assert [(m.name, m.value, m.day) for m in followers] == [("followers", 7, "2026-11-24")]


# -- whatever a server may say --------------------------------------------------------------------------------------


class Told:
    """A server that answers the next calls as told, the last answer for ever."""

    def __init__(self) -> None:
        self.answers: list[web.Response] = []
        self.asked: list[tuple[str, dict[str, str], bytes]] = []

    def say(self, *bodies: Any, status: int = 200) -> None:
        self.answers += [
            web.Response(text=b if isinstance(b, str) else json.dumps(b), status=status) for b in bodies
        ]  # fmt: skip

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append((request.path_qs, dict(request.headers), await request.read()))
        said = self.answers[0] if len(self.answers) == 1 else self.answers.pop(0)
        return web.Response(text=said.text, status=said.status)


@pytest.fixture
async def told(door: Door, clock: FakeClock) -> AsyncIterator[tuple[Told, ZaloChannel]]:
    """Such a server and an adapter pointed at it."""
    made = Told()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", made.answer)
    async with TestServer(app) as server:
        url = str(server.make_url("")).rstrip("/")
        held = {"access_token": "AT-secret", "app_secret": "s"}
        ref = AccountRef("zalo", "1", "UBND", {"app_id": "42"}, held)
        ends = Endpoints(zalo=url, zalo_oauth=url)
        yield made, ZaloChannel(ref, door=door, endpoints=ends, now=clock, save_secrets=Store())


R, S, Q, N, STOP = Unreachable, Throttled, QuotaReached, Rejected, AuthLost
TABLE = {
    -32: S, -100: R, -200: R, -201: N, -202: STOP, -204: STOP, -205: STOP, -207: STOP, -208: STOP, -209: STOP,
    -210: N, -211: Q, -212: STOP, -213: N, -214: R, -215: STOP, -216: STOP, -217: N, -218: Q, -219: STOP, -220: STOP,
    -221: STOP, -222: N, -223: STOP, -224: STOP, -227: N, -230: N, -232: N, -233: N, -234: Q, -235: N, -237: N,
    -238: N, -240: N, -241: N, -242: STOP, -244: N, -248: N, -249: N, -305: N, -311: N, -320: N, -321: N, -403: N,
}  # fmt: skip


@pytest.mark.parametrize("code", TABLE)
async def test_every_code_is_named_by_what_happens_next(code: int, told: tuple[Told, ZaloChannel]) -> None:
    server, channel = told
    server.say({"error": code, "message": "token AT-secret of this call"})
    with pytest.raises(ChannelError) as error:
        await channel.withdraw("art_1") if code != -201 else await channel.submit(composed(), {})
    assert (type(error.value), error.value.code) == (TABLE[code], str(code))
    assert (error.value.told.vi, error.value.told.en) != ("", "")
    assert "AT-secret" not in error.value.detail
    assert (error.value.retry_after_s is not None) == issubclass(TABLE[code], Throttled)


@pytest.mark.parametrize(
    ("at", "code", "message", "wait_s"),
    [
        ((1, 0, 0), -32, "", 61), ((1, 0, 59), -32, "", 2), ((16, 0, 0), -234, "", 7 * 3600 + 300),
        ((22, 0, 0), -234, "", 3900), ((1, 0, 0), -211, "", 16 * 3600 + 300), ((1, 0, 0), -218, "", 16 * 3600 + 300),
        ((1, 0, 0), -223, "OA has reached the limit quota create article", 16 * 3600 + 300),
    ],
)  # fmt: skip
async def test_what_waits_waits_until_zalo_takes_it_again(
    at: tuple[int, int, int], code: int, message: str, wait_s: float, told: tuple[Told, ZaloChannel], clock: FakeClock
) -> None:
    server, channel = told
    clock.at = datetime(2026, 11, 24, *at, tzinfo=UTC)
    server.say({"error": code, "message": message})
    with pytest.raises(Throttled) as later:
        await channel.submit(composed(), {})
    assert later.value.retry_after_s == wait_s


@pytest.mark.parametrize("body", ["", "<html>", "null", "[]", "{}", {"error": None}, {"error": "soon"}, {"error": -9}])
async def test_what_cannot_be_understood_is_unclear_for_a_write_alone(
    body: Any, told: tuple[Told, ZaloChannel]
) -> None:
    server, channel = told
    server.say(body)
    with pytest.raises(Unclear):
        await channel.submit(composed(), {})
    with pytest.raises(Unreachable):
        await channel.read_inbox(None)
    assert len(server.asked) == 2, "nothing was sent again"


async def test_a_server_error_is_no_success(told: tuple[Told, ZaloChannel]) -> None:
    server, channel = told
    server.say({"error": 0, "data": {"token": "t"}}, status=502)
    with pytest.raises(Unclear):
        await channel.submit(composed(), {})


@pytest.mark.parametrize("data", [None, {}, [], "x", {"token": ""}])
async def test_success_without_what_was_made_is_unclear(data: Any, told: tuple[Told, ZaloChannel]) -> None:
    server, channel = told
    server.say({"error": "0", "data": data})
    with pytest.raises(Unclear):
        await channel.submit(composed(), {})
    with pytest.raises(Unclear):
        await channel.submit(answer("mid_1"), {})


async def test_an_upload_without_a_token_was_not_done(told: tuple[Told, ZaloChannel], tmp_path: Path) -> None:
    server, channel = told
    server.say({"error": 0, "data": {}})
    with pytest.raises(Unreachable):
        await channel.prepare(composed(clip_in(tmp_path)), {}, forget)
    assert b'filename="clip.mp4"' in server.asked[0][2]
    assert b'name="file"' in server.asked[0][2]


async def test_a_list_of_many_shapes_is_read(told: tuple[Told, ZaloChannel]) -> None:
    server, channel = told
    at = 1_795_500_000
    server.say(
        {"error": 0, "data": {"articles": [
            {"id": 7, "title": None, "created_date": str(at), "description": None, "extra": {}},
            {"title": "no id"}, {"id": "a2", "create_date": at * 1000, "title": "B", "total_view": "12345678901"},
            {"id": "a3", "title": "no date"}, "junk",
        ]}},
        {"error": 0, "data": {"medias": None}},
    )  # fmt: skip
    items = await channel.read_items(datetime.fromtimestamp(at, UTC))
    assert [(i.remote_id, i.title) for i in items] == [("7", ""), ("a2", "B")]
    assert {i.created_at for i in items} == {datetime.fromtimestamp(at, UTC)}


async def test_a_chat_of_many_shapes_is_read(told: tuple[Told, ZaloChannel]) -> None:
    server, channel = told
    server.say(
        {"error": 0, "data": [
            {"src": "1", "time": "1795500000000", "message": "Một", "message_id": 11, "from_id": 2512520000000000001},
            {"src": 1, "time": None, "message": "x", "message_id": "12"}, {"src": 1, "time": 1795500001000},
            {"src": 0, "time": 1795500002000, "message": "ta", "message_id": "13"}, None,
        ]},
        {"error": 0, "data": {"messages": []}},
    )  # fmt: skip
    heard = await channel.read_inbox(None)
    assert [(c.remote_id, c.text, c.author_key, c.author_name) for c in heard] == [
        ("11", "Một", "2512520000000000001", "")]  # fmt: skip


async def test_where_a_call_puts_its_words(told: tuple[Told, ZaloChannel]) -> None:
    server, channel = told
    server.say({"error": 0, "data": {"medias": []}})
    await channel.read_items(datetime(2026, 11, 24, tzinfo=UTC))
    await channel.read_inbox(None)
    await channel.check_account()
    paths = [path for path, _, _ in server.asked]
    assert paths == [
        "/v2.0/article/getslice?offset=0&limit=10&type=normal", "/v2.0/article/getslice?offset=0&limit=10&type=video",
        "/v2.0/oa/listrecentchat?data=%7B%22offset%22:0,%22count%22:10%7D", "/v2.0/oa/getoa",
        "/v2.0/article/getslice?offset=0&limit=1&type=normal", "/v3.0/oa/quota/message"]  # fmt: skip
    assert all(headers["access_token"] == "AT-secret" for _, headers, _ in server.asked)
    assert not any("Authorization" in headers or "AT-secret" in path for path, headers, _ in server.asked)
