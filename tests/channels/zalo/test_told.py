"""Whatever a server may say, each answer ends in what happens next."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from channels.errors import AuthLost, ChannelError, QuotaReached, Rejected, Throttled, Unclear, Unreachable
from channels.zalo import ZaloChannel
from tests.channels.zalo.wire import (
    Told,
    answer,
    clip_in,
    composed,
    forget,
)
from tests.conftest import FakeClock

R, S, Q, N, STOP = Unreachable, Throttled, QuotaReached, Rejected, AuthLost
TABLE = {
    -32: S, -100: R, -200: R, -201: N, -202: STOP, -204: STOP, -205: STOP, -207: STOP, -208: STOP, -209: STOP,
    -210: N, -211: Q, -212: STOP, -213: N, -214: R, -215: STOP, -216: STOP, -217: N, -218: Q, -219: STOP, -220: STOP,
    -221: STOP, -222: N, -223: STOP, -224: STOP, -227: N, -230: N, -232: N, -233: N, -234: Q, -235: N, -237: N,
    -238: N, -240: N, -241: N, -242: STOP, -244: N, -248: N, -249: N, -305: N, -311: N, -320: N, -321: N, -403: N,
}  # fmt: skip


ITEM = {"form": "edit", "target": "art_1"}
WRITES = {
    "create": (composed(), {}),
    "update": (composed(options=ITEM), {"before": "{}"}),
    "broadcast": (composed(options={**ITEM, "form": "broadcast"}), {}),
    "reply": (answer("mid_1"), {}),
    "remove": None,
}
LACKS = {-221, -223, -224}


@pytest.mark.parametrize("how", WRITES)
async def test_every_code_is_named_by_what_happens_next(how: str, told: tuple[Told, ZaloChannel]) -> None:
    server, channel = told
    for code, kind in TABLE.items():
        server.answers.clear()
        server.say({"error": code, "message": "token AT-secret of this call"})
        if (how, code) == ("remove", -201):  # then the list is asked whether it is there at all
            server.say({"error": 0, "data": {"medias": [{"id": "art_1"}]}})
        with pytest.raises(ChannelError) as error:
            await (channel.submit(*sent) if (sent := WRITES[how]) else channel.withdraw("art_1"))
        wanted = Rejected if how == "broadcast" and code in LACKS else kind
        assert (type(error.value), error.value.code) == (wanted, str(code)), code
        assert "AT-secret" not in error.value.detail
        assert (error.value.retry_after_s is not None) == issubclass(wanted, Throttled)


@pytest.mark.parametrize("code", TABLE)
async def test_every_code_says_to_the_public_what_is_wrong_and_what_to_do(
    code: int, told: tuple[Told, ZaloChannel]
) -> None:
    server, channel = told
    server.say({"error": code, "message": "Zalo's own words"})
    with pytest.raises(ChannelError) as error:
        await channel.submit(composed(), {})
    vi, en = error.value.told.vi, error.value.told.en
    assert vi != en
    for sentence in (vi, en):
        assert sentence.endswith(".") and "Zalo's own words" not in sentence
        assert code == -214 or any(mark in sentence for mark in (":", ";")), "what is wrong, and what to do"


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
