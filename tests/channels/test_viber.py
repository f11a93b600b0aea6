"""The Viber adapter over real HTTP: against the stand-in, and against a server that answers what it is told."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from channels.base import AccountRef, Can, Content, Endpoints, MediaFile, Outgoing
from channels.errors import (
    AuthLost,
    ChannelError,
    QuotaReached,
    Rejected,
    Throttled,
    Unclear,
    Unreachable,
    Unsupported,
)
from channels.http import Door
from channels.sandbox.core import Account
from channels.sandbox.viber import ViberSandbox
from channels.viber import ViberChannel
from tests.channels.scripted import Scripted
from tests.conftest import FakeClock

TOKEN = "4f-secret-token"
JPG = MediaFile(
    Path("a.jpg"), "picture", "image/jpeg", 900, "0" * 64, alt_text="Ảnh", public_url="https://x.example/a.jpg"
)
MP4 = MediaFile(Path("a.mp4"), "clip", "video/mp4", 900, "1" * 64, duration_s=5.9, public_url="https://x.example/a.mp4")

THUMBNAIL = replace(JPG, kind="thumbnail", size=90, public_url="https://x.example/t.jpg")


@pytest.fixture
async def viber(clock: FakeClock) -> AsyncIterator[ViberSandbox]:
    platform = ViberSandbox(now=clock, seed=1)
    await platform.start()
    yield platform
    await platform.stop()


@pytest.fixture
def channel(viber: ViberSandbox) -> Account:
    return viber.add_channel("pa:5", "Kênh Phường", TOKEN, webhook="https://loa.example/v")


class Adapter:
    """Opens an adapter for one account at an address."""

    def __init__(self, door: Door, clock: FakeClock) -> None:
        self.door, self.clock = door, clock

    def __call__(self, url: str, secret: str = TOKEN, name: str = "UBND", **settings: str) -> ViberChannel:
        account = AccountRef("viber", "pa:5", name, {"product": "channel", **settings}, {"auth_token": secret})
        return ViberChannel(account, door=self.door, endpoints=Endpoints(viber=url), now=self.clock)


@pytest.fixture
def opened(door: Door, clock: FakeClock) -> Adapter:
    return Adapter(door, clock)


def composed(content: Content, sender: str = "") -> Outgoing:
    return ViberChannel.compose(content, AccountRef("viber", "pa:5", settings={"sender": sender}))


TEXT = Content("Cắt nước", link="https://binhson.example/tin")


# -- posting --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "payload"),
    [
        (TEXT, {"type": "text", "text": "Cắt nước\nhttps://binhson.example/tin"}),
        (replace(TEXT, media=(JPG,)),
         {"type": "picture", "text": "Cắt nước\nhttps://binhson.example/tin", "media": JPG.public_url}),
        (Content("", media=(JPG,)), {"type": "picture", "text": "", "media": JPG.public_url}),
        (Content("", media=(MP4,)), {"type": "video", "media": MP4.public_url, "size": 900, "duration": 5}),
        (Content("", media=(replace(MP4, duration_s=0.0),)),
         {"type": "video", "media": MP4.public_url, "size": 900}),
        (Content("Xem", media=(MP4, THUMBNAIL)),
         {"type": "video", "media": MP4.public_url, "size": 900, "duration": 5, "thumbnail": THUMBNAIL.public_url}),
        (Content("", link="https://x.example/tin"), {"type": "url", "media": "https://x.example/tin"}),
    ],
)  # fmt: skip
async def test_what_was_composed_is_what_viber_gets(
    content: Content, payload: dict[str, Any], viber: ViberSandbox, channel: Account, opened: Adapter
) -> None:
    out = composed(content, channel.extra["superadmin"])
    assert out.payload == {"from": channel.extra["superadmin"], **payload}
    sent = await opened(viber.url).submit(out, {})
    assert viber.items[sent.remote_id].payload == out.payload
    assert viber.calls == {"POST /pa/post": 1}


async def test_without_a_sender_the_super_admin_is_asked_for(
    viber: ViberSandbox, channel: Account, opened: Adapter
) -> None:
    sent = await opened(viber.url).submit(composed(TEXT), {})
    assert viber.items[sent.remote_id].payload["from"] == channel.extra["superadmin"]


@pytest.mark.parametrize("rule", ["sender", "sender_right"])
async def test_a_changed_super_admin_is_found(
    rule: str, viber: ViberSandbox, channel: Account, opened: Adapter
) -> None:
    viber.wrong_sender = rule
    await opened(viber.url).submit(composed(TEXT, "formerly=="), {})
    [item] = viber.published()
    assert item.payload["from"] == channel.extra["superadmin"]


async def test_refused_content_is_not_sent_again(viber: ViberSandbox, channel: Account, opened: Adapter) -> None:
    out = composed(Content("x" * 7001), channel.extra["superadmin"])
    with pytest.raises(Rejected) as caught:
        await opened(viber.url).submit(out, {})
    assert (caught.value.code, viber.calls["POST /pa/post"]) == ("3", 1)


async def test_a_missing_webhook_is_set_where_its_address_is_known(
    viber: ViberSandbox, channel: Account, opened: Adapter
) -> None:
    channel.extra["webhook"] = ""
    out = composed(TEXT, channel.extra["superadmin"])
    with pytest.raises(AuthLost) as caught:
        await opened(viber.url).submit(out, {})
    assert (caught.value.code, viber.calls["POST /pa/set_webhook"]) == ("10", 0)
    await opened(viber.url, webhook="https://loa.example/v").submit(out, {})
    assert (channel.extra["webhook"], len(viber.published())) == ("https://loa.example/v", 1)


async def test_a_webhook_that_does_not_answer_is_the_operators(
    viber: ViberSandbox, channel: Account, opened: Adapter, unused_port: int
) -> None:
    channel.extra["webhook"] = ""
    account = opened(viber.url, webhook=f"http://127.0.0.1:{unused_port}/v")
    with pytest.raises(AuthLost, match="set_webhook") as caught:
        await account.submit(composed(TEXT, channel.extra["superadmin"]), {})
    assert "webhook" in caught.value.told.vi
    assert viber.published() == []


async def test_a_webhook_is_set_once_only(scripted: Scripted, opened: Adapter) -> None:
    scripted.says({"status": 10, "status_message": "webhookNotSet"}, {"status": 0}, {"status": 10})
    with pytest.raises(AuthLost):
        await opened(scripted.url, webhook="https://loa.example/v").submit(composed(TEXT, "me"), {})
    assert [path for path, _, _ in scripted.calls] == ["/pa/post", "/pa/set_webhook", "/pa/post"]
    assert json.loads(scripted.calls[1][2]) == {"url": "https://loa.example/v"}


@pytest.mark.parametrize(("switch", "in_body"), [("1", True), ("true", True), ("0", False), ("", False)])
async def test_the_token_is_in_the_header_and_on_wish_in_a_posts_body(
    switch: str, in_body: bool, scripted: Scripted, opened: Adapter
) -> None:
    scripted.says({"status": 0, "message_token": 5741311803571721087})
    sent = await opened(scripted.url, f"{TOKEN}\n", token_in_body=switch).submit(composed(TEXT, "me"), {})
    assert sent.remote_id == "5741311803571721087"
    [(path, headers, raw)] = scripted.calls
    assert (path, headers["X-Viber-Auth-Token"], headers["Content-Type"]) == ("/pa/post", TOKEN, "application/json")
    assert json.loads(raw).get("auth_token") == (TOKEN if in_body else None)
    assert "Cắt nước".encode() in raw


async def test_a_lost_answer_is_unclear_and_not_sent_again(
    viber: ViberSandbox, channel: Account, opened: Adapter
) -> None:
    out = composed(TEXT, channel.extra["superadmin"])
    for fault in ("drop_after", "garbage"):
        viber.fail_next(fault, match="/pa/post")
        with pytest.raises(Unclear):
            await opened(viber.url).submit(out, {})
    viber.fail_next("server_error", match="/pa/post")
    with pytest.raises(Unclear):
        await opened(viber.url).submit(out, {})
    assert (len(viber.published()), viber.calls["POST /pa/post"]) == (2, 3)
    with pytest.raises(Unsupported):
        await opened(viber.url).find_sent(out, {}, opened.clock() - timedelta(hours=1))


async def test_nobody_there_is_unreachable(opened: Adapter, unused_port: int) -> None:
    with pytest.raises(Unreachable):
        await opened(f"http://127.0.0.1:{unused_port}").submit(composed(TEXT, "me"), {})


# -- more than one message ------------------------------------------------------------------------------------------

PNG = replace(JPG, mime="image/png", public_url="https://x.example/b.png")


@pytest.mark.parametrize(
    ("content", "sent"),
    [
        (Content("Ba hình", link="https://x.example", media=(JPG, PNG, JPG)),
         [("picture", "Ba hình\nhttps://x.example", JPG.public_url), ("picture", "", PNG.public_url),
          ("picture", "", JPG.public_url)]),
        (Content("Phim", link="https://x.example", media=(MP4, THUMBNAIL)),
         [("video", None, MP4.public_url), ("text", "Phim\nhttps://x.example", None)]),
        (Content("Cả hai", media=(JPG, MP4)), [("picture", "Cả hai", JPG.public_url), ("video", None, MP4.public_url)]),
        (Content("", media=(MP4,)), [("video", None, MP4.public_url)]),
        (Content("Chữ"), [("text", "Chữ", None)]),
    ],
)  # fmt: skip
def test_what_one_message_cannot_carry_follows_it_in_its_order(
    content: Content, sent: list[tuple[str, str | None, str | None]]
) -> None:
    outs = [composed(each) for each in (content, *ViberChannel.follow_ups(content))]
    assert [(o.payload["type"], o.payload.get("text"), o.payload.get("media")) for o in outs] == sent
    assert [o.media for o in outs if o.payload["type"] == "picture"] == [
        (m,) for m in content.media if m.kind == "picture"
    ]
    assert all(not ViberChannel.follow_ups(each) for each in ViberChannel.follow_ups(content))


# -- answers --------------------------------------------------------------------------------------------------------

STOP = [2, 7, 8, 9, 10, 15, 18, 24]
REFUSED = [1, 3, 4, 5, 6, 11, 13, 14, 16, 17, 19, 20, 21, 22]


@pytest.mark.parametrize(
    ("status", "kind"),
    [*((n, AuthLost) for n in STOP), *((n, Rejected) for n in REFUSED), (12, Throttled), (23, QuotaReached)],
)
@pytest.mark.parametrize("written", [int, str])
async def test_every_status_of_the_table_says_what_happens_next(
    status: int, kind: type[ChannelError], written: type, scripted: Scripted, opened: Adapter
) -> None:
    scripted.says({"status": written(status), "status_message": "x", "members": []})
    with pytest.raises(kind) as caught:
        await opened(scripted.url).submit(composed(TEXT, "me"), {})
    assert type(caught.value) is kind
    assert caught.value.code == str(status)
    assert (caught.value.retry_after_s is not None) == issubclass(kind, Throttled)
    assert [path for path, _, _ in scripted.calls].count("/pa/post") == 1


SAYS_NOTHING: list[tuple[Any, int]] = [
    ("<html>ok</html>", 200), ("", 200), ([], 200), (5, 200), ({}, 200), ({"status": None}, 200),
    ({"status": True}, 200), ({"status": "ok"}, 200), ({"status": 0.0}, 200), ({"status": 99}, 200),
    ({"status": 0, "message_token": 1}, 502), ({"status": 3}, 503), ({"status": 0, "message_token": 1}, 404),
    ("gone", 404), ("", 302),
]  # fmt: skip
NO_TOKEN = [({"status": 0}, 200), ({"status": 0, "message_token": None}, 200)]


@pytest.mark.parametrize(("body", "status"), SAYS_NOTHING + NO_TOKEN)
async def test_an_answer_that_says_nothing_is_unclear_for_a_post(
    body: Any, status: int, scripted: Scripted, opened: Adapter
) -> None:
    scripted.says(body, status=status)
    with pytest.raises(Unclear):
        await opened(scripted.url).submit(composed(TEXT, "me"), {})
    assert len(scripted.calls) == 1


@pytest.mark.parametrize(("body", "status"), SAYS_NOTHING)
async def test_an_answer_that_says_nothing_is_no_more_than_unreachable_for_a_read(
    body: Any, status: int, scripted: Scripted, opened: Adapter
) -> None:
    scripted.says(body, status=status)
    with pytest.raises(Unreachable):
        await opened(scripted.url).check_account()


async def test_a_token_never_shows(scripted: Scripted, opened: Adapter) -> None:
    scripted.says({"status": 2, "status_message": f"auth_token={TOKEN} is wrong"})
    adapter = opened(scripted.url, token_in_body="1")
    with pytest.raises(AuthLost) as caught:
        await adapter.submit(composed(TEXT, "me"), {})
    assert TOKEN not in f"{caught.value!r} {caught.value.detail} {adapter.account!r}"


# -- the account ----------------------------------------------------------------------------------------------------


async def test_a_channels_account(viber: ViberSandbox, channel: Account, opened: Adapter) -> None:
    health = await opened(viber.url).check_account()
    assert (health.ok, health.name, health.remote_id, health.followers) == (True, "Kênh Phường", "pa:5", None)
    viber.revoke(TOKEN)
    health = await opened(viber.url).check_account()
    assert (health.ok, health.lost) == (False, True)


async def test_what_will_be_in_the_way_is_told_before(viber: ViberSandbox, channel: Account, opened: Adapter) -> None:
    assert (await opened(viber.url).check_account()).concerns == ()
    viber.add_bot("pa:7", "Bot", "bot", webhook="https://loa.example/b")
    assert [c.code for c in (await opened(viber.url, "bot").check_account()).concerns] == ["super_admin"]


@pytest.mark.parametrize("members", [None, "x", [], ["x"], [{"role": "superadmin"}], [{"role": "admin", "id": "a"}]])
async def test_a_channel_without_super_admin_is_the_operators(
    members: Any, scripted: Scripted, opened: Adapter
) -> None:
    scripted.says({"status": 0, "members": members})
    with pytest.raises(AuthLost):
        await opened(scripted.url).submit(composed(TEXT), {})
    assert [path for path, _, _ in scripted.calls] == ["/pa/get_account_info"]
    assert [c.code for c in (await opened(scripted.url).check_account()).concerns] == ["super_admin"]


# -- answers to citizens --------------------------------------------------------------------------------------------


def test_nobody_is_answered_and_why_is_told() -> None:
    assert Can.REPLY not in ViberChannel.can
    [problem] = ViberChannel.review(Content("Vâng", options={"form": "reply", "target": "1"}))
    assert problem.code == "reply_unsupported" and "Viber" in problem.told.vi and "Viber" in problem.told.en


async def test_an_answer_without_token_is_unclear(scripted: Scripted, opened: Adapter) -> None:
    scripted.says({"status": 0})
    with pytest.raises(Unclear):
        await opened(scripted.url).submit(composed(TEXT, "me"), {})


# -- review ---------------------------------------------------------------------------------------------------------

LINK = "https://x.example"


@pytest.mark.parametrize(
    ("content", "codes"),
    [
        (Content("x" * 7000), []),
        (Content("x" * 7001), ["text_too_long"]),
        (Content("x" * (7000 - 1 - len(LINK)), link=LINK), []),
        (Content("x" * (7000 - len(LINK)), link=LINK), ["text_too_long"]),
        (Content("x" * 768, media=(JPG,)), []),
        (Content("x" * 769, media=(JPG,)), ["text_too_long"]),
        (Content("x" * (768 - len(LINK)), link=LINK, media=(JPG,)), ["text_too_long"]),
        (Content("x" * 7000, media=(MP4,)), []),
        (Content("x" * 7001, media=(MP4,)), ["text_too_long"]),
        (Content("x" * 768, media=(JPG,) * 10), []),
        (Content("", media=(JPG,) * 11), ["picture_count"]),
        (Content("", link="https://x.example/" + "x" * 1982), []),
        (Content("", link="https://x.example/" + "x" * 1983), ["link_too_long"]),
        (Content(""), ["empty"]),
        (Content("", link="x.example"), ["link_scheme"]),
        (Content("", media=(JPG,)), []),
        (Content("", media=(replace(JPG, public_url=""),)), ["picture_no_public_url"]),
        (Content("", media=(replace(JPG, public_url="http://127.0.0.1:8/media/a.JPEG?x=1"),)), []),
        (Content("", media=(replace(JPG, public_url="http://x.example/a.jpg"),)), ["picture_address"]),
        (Content("", media=(replace(JPG, public_url="https://x.example/a"),)), ["picture_address"]),
        (Content("", media=(replace(JPG, public_url="https://me@x.example/a.jpg"),)), ["picture_address"]),
        (Content("", media=(replace(JPG, public_url="https://[/a.jpg"),)), ["picture_address"]),
        (Content("", media=(replace(JPG, mime="image/png", public_url="https://x.example/a.png"),)), ["picture_type"]),
        (Content("", media=(replace(MP4, public_url="https://x.example/a.mov"),)), ["clip_address"]),
        (Content("", media=(replace(MP4, duration_s=180.5),)), ["clip_too_long"]),
        (Content("", media=(replace(MP4, size=50_000_001),)), ["clip_too_big"]),
        (Content("", media=(replace(JPG, size=1_000_001),)), ["picture_too_big"]),
    ],
)
def test_what_would_be_refused_is_told_before(content: Content, codes: list[str]) -> None:
    assert [problem.code for problem in ViberChannel.review(content)] == codes
