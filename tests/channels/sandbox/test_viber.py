"""Every documented refusal of Viber, asked for with a plain HTTP client. HTTP is 200 always; `status` decides."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from channels.sandbox.viber import ViberSandbox
from tests.channels.sandbox.conftest import assert_refused_by
from tests.channels.sandbox.viber_client import Client, film, image

JPG, PNG, MP4, PDF = (f"https://x.example/a.{ending}" for ending in ("jpg", "png", "mp4", "pdf"))
ME = {"name": "UBND Phường"}


Way = Callable[[Client, Client], Awaitable[Any]]


def post(**body: Any) -> Way:
    return lambda c, b: c.post(**body)


def send(**body: Any) -> Way:
    return lambda c, b: b.send(b.user(), **body)


def hook(**body: Any) -> Way:
    return lambda c, b: b.call("set_webhook", **body)


def served(path: str, data: Callable[[], bytes], *, by_bot: bool = False, name: str = "media", **body: Any) -> Way:
    """Send a message whose file Viber can fetch."""

    async def way(c: Client, b: Client) -> None:
        fields = {**body, name: c.office.put(path, data())}
        await (b.send(b.user(), **fields) if by_bot else c.post(**fields))

    return way


def keyboard(**board: Any) -> Way:
    button = {"ActionBody": "opt1", "Text": "Phản ánh"}
    return send(keyboard={"Type": "keyboard", "Buttons": [button], **board})


def key(**button: Any) -> Way:
    return keyboard(Buttons=[{"ActionBody": "opt1", **button}])


def rich(**board: Any) -> Way:
    button = {"ActionBody": "https://x.example", "ActionType": "open-url"}
    return send(type="rich_media", text=None, min_api_version=7,
                rich_media={"Type": "rich_media", "Buttons": [button], **board})  # fmt: skip


def card(**button: Any) -> Way:
    return rich(ButtonsGroupColumns=4, ButtonsGroupRows=5, Buttons=[{"ActionBody": "a", **button}])


def to(**state: Any) -> Way:
    return lambda c, b: b.send(b.user(**state), min_api_version=3)


async def without_webhook(client: Client, what: Callable[[], Awaitable[Any]]) -> None:
    client.account.extra["webhook"] = ""
    await what()


async def silent_hook(c: Client, b: Client) -> None:
    b.office.status = 404
    await b.call("set_webhook", url=b.office.hook)


async def moved_hook(c: Client, b: Client) -> None:
    b.office.status = 302
    b.office.put("moved", b"ok")
    await b.call("set_webhook", url=b.office.hook)


async def new_super_admin(c: Client, b: Client) -> None:
    c.platform.wrong_sender = "sender_right"
    await c.post(**{"from": "somebody"})


async def two_a_span(c: Client, b: Client) -> None:
    c.platform.posts_in_10_s = 2
    for _ in range(2):
        assert (await c.post())["status"] == 0
    await c.post()


async def hundred_an_hour(c: Client, b: Client) -> None:
    user = b.user()
    for _ in range(100):
        assert (await b.send(user))["status"] == 0
    await b.send(user)


async def broadcasts(c: Client, b: Client) -> None:
    for _ in range(500):
        assert (await b.broadcast("nobody"))["status"] == 0
    await b.broadcast("nobody")


async def third_details(c: Client, b: Client) -> None:
    user = b.user()
    for _ in range(2):
        assert (await b.call("get_user_details", id=user.user_id))["status"] == 0
    await b.call("get_user_details", id=user.user_id)


async def poor(b: Client, **paid: Any) -> None:
    b.account.extra |= {"free": 1, **paid}
    user = b.user()
    assert (await b.send(user))["status"] == 0
    await b.send(user)


async def to_another_bots_user(c: Client, b: Client) -> None:
    b.platform.add_bot("pa:8", "Khác", "other", webhook="https://loa.example/c")
    await b.send(b.platform.add_user("pa:8", "Lan", subscribed=True))


async def left(c: Client, b: Client) -> None:
    await b.send(b.user(gone=True))


async def avatar(c: Client, b: Client, data: bytes) -> None:
    await b.send(b.user(), sender={**ME, "avatar": b.office.put("me.jpg", data)})


async def thumbnail_of_film(c: Client, b: Client, data: bytes) -> None:
    media = c.office.put("a.mp4", film())
    await c.post(**TITLED, media=media, thumbnail=c.office.put("t.jpg", data))


CONTACT = {"name": "x" * 28, "phone_number": "1" * 18}
TITLED = {"type": "video", "text": None, "size": 9}
WAYS: list[tuple[str, Way]] = [
    # access
    ("no_token", lambda c, b: c.call("get_account_info", token="")),
    ("no_token", lambda c, b: c.raw("get_account_info", "GET")),
    ("token", lambda c, b: c.call("get_account_info", token="nobody")),
    ("token", lambda c, b: c.raw("post", json={"auth_token": "nobody"})),
    ("unreadable", lambda c, b: c.raw("post", data=b"{", headers={"Content-Type": "application/json"})),
    ("unreadable", lambda c, b: c.raw("post", json=["text"])),
    ("unreadable", lambda c, b: c.raw("post", data={"auth_token": c.token})),
    ("not_channel", lambda c, b: b.call("post", **{"from": "x", "type": "text", "text": "a"})),
    ("not_bot", lambda c, b: c.send()),
    ("not_bot", lambda c, b: c.broadcast("x")),
    ("not_bot", lambda c, b: c.call("get_online", ids=["x"])),
    ("not_bot", lambda c, b: c.call("get_user_details", id="x")),
    # webhook
    ("missing", hook()),
    ("bad", hook(url=5)),
    ("bad", hook(url="", send_name="yes")),
    ("bad", hook(url="", send_photo=1)),
    ("hook_https", hook(url="http://plain.example/hook")),
    ("hook_https", hook(url="https:///hook")),
    ("hook_https", hook(url="hook")),
    ("hook_silent", silent_hook),
    ("hook_silent", moved_hook),
    ("hook_silent", hook(url="http://127.0.0.1:9/nobody")),
    ("event_types", hook(url="", event_types=["delivered", "liked"])),
    ("event_types", hook(url="", event_types="delivered")),
    ("webhook", lambda c, b: without_webhook(c, c.post)),
    ("webhook", lambda c, b: without_webhook(b, lambda: b.send(b.user()))),
    ("webhook", lambda c, b: without_webhook(b, lambda: b.broadcast("x"))),
    # posts
    ("missing", post(**{"from": None})),
    ("missing", post(**{"from": ""})),
    ("bad", post(**{"from": 5})),
    ("sender", post(**{"from": "somebody"})),
    ("sender", post(**{"from": "qYB2made+up/jB=="})),
    ("sender_right", new_super_admin),
    ("posts", two_a_span),
    ("type", post(type="album")),
    ("type", post(type="rich_media")),
    ("type", post(type="Text")),
    ("missing", post(type=None)),
    ("missing", post(text=None)),
    ("missing", post(text="")),
    ("bad", post(text=["a"])),
    ("long_text", post(text="ạ" * 7001)),
    ("long_caption", post(type="picture", text="x" * 769, media=JPG)),
    ("missing", post(type="picture", text=None, media=JPG)),
    ("missing", post(type="picture")),
    ("bad", post(type="picture", text=5, media=JPG)),
    ("picture", post(type="picture", media=PNG)),
    ("picture", post(type="picture", media="https://x.example/jpg")),
    ("picture", post(type="picture", media="https://x.example/a?name=a.jpg")),
    ("picture", served("a.jpg", lambda: image("PNG"), type="picture")),
    ("picture", served("a.jpg", lambda: b"<html>", type="picture")),
    ("big_picture", served("a.jpg", lambda: image(pad=1024 * 1024 + 1 - len(image())), type="picture")),
    ("thumbnail", served("t.jpg", lambda: image(size=(401, 300)), name="thumbnail", type="picture", media=JPG)),
    ("thumbnail", served("t.jpg", lambda: image(size=(300, 401)), name="thumbnail", type="picture", media=JPG)),
    ("thumbnail", served("t.jpg", lambda: image(pad=100 * 1024), name="thumbnail", type="picture", media=JPG)),
    ("thumbnail", served("t.jpg", lambda: b"", name="thumbnail", type="picture", media=JPG)),
    ("media_url", post(type="picture", media=JPG, thumbnail="http://x.example/t.jpg")),
    ("media_url", post(type="picture", media="http://x.example/a.jpg")),
    ("media_url", post(type="picture", media="https://me:word@x.example/a.jpg")),
    ("media_url", post(type="picture", media="https://10.0.0.7/a.jpg")),
    ("media_url", post(type="picture", media="https://server/a.jpg")),
    ("media_url", post(type="picture", media="https://[/a.jpg")),
    ("media_url", post(type="picture", media="a.jpg")),
    ("media_url", post(**TITLED, media="ftp://x.example/a.mp4")),
    ("media_url", post(type="file", media="http://x.example/a.pdf", size=1, file_name="a.pdf")),
    ("unreachable", post(type="picture", media="http://127.0.0.1:9/a.jpg")),
    ("unreachable", lambda c, b: c.post(type="picture", media=f"{c.office.url}/none.jpg")),
    ("unreachable", lambda c, b: c.post(**TITLED, media=f"{c.office.url}/none.mp4")),
    ("unreachable", lambda c, b: c.post(type="file", size=9, file_name="a.pdf", media=f"{c.office.url}/none.pdf")),
    ("missing", post(type="video", size=9)),
    ("video", post(**TITLED, media="https://x.example/a.mov")),
    ("video", served("a.mp4", lambda: b"\0\0\0\x18ftypmp42", **TITLED)),
    ("video", served("a.mp4", image, **TITLED)),
    ("no_size", post(type="video", media=MP4)),
    ("bad", post(**{**TITLED, "size": "9"}, media=MP4)),
    ("bad", post(**{**TITLED, "size": True}, media=MP4)),
    ("bad", post(**{**TITLED, "size": 0}, media=MP4)),
    ("big_video", post(**{**TITLED, "size": 52_428_801}, media=MP4)),
    ("bad", post(**TITLED, media=MP4, duration="5")),
    ("bad", post(**TITLED, media=MP4, duration=-1)),
    ("long_video", post(**TITLED, media=MP4, duration=181)),
    ("long_video", served("a.mp4", lambda: film(181), **TITLED)),
    ("video", served("a.mp4", lambda: film(codec="mpeg4"), **TITLED)),
    ("video", served("a.mp4", lambda: film(form="mpegts"), **TITLED)),
    ("media_url", post(**TITLED, media=MP4, thumbnail="x")),
    ("thumbnail", lambda c, b: thumbnail_of_film(c, b, image("PNG"))),
    ("thumbnail", lambda c, b: thumbnail_of_film(c, b, image(pad=100 * 1024))),
    ("missing", post(type="file", size=9, file_name="a.pdf")),
    ("no_size", post(type="file", media=PDF, file_name="a.pdf")),
    ("missing", post(type="file", media=PDF, size=9)),
    ("big_file", post(type="file", media=PDF, size=52_428_801, file_name="a.pdf")),
    ("big_file", served("a.pdf", lambda: bytes(52_428_801), type="file", size=9, file_name="a.pdf")),
    ("file_name", post(type="file", media=PDF, size=9, file_name="x" * 253 + ".pdf")),
    ("file_name", post(type="file", media=PDF, size=9, file_name="giấy mời")),
    ("file_name", post(type="file", media=PDF, size=9, file_name="giấy mời.")),
    ("file_url", post(type="file", media="https://x.example/a", size=9, file_name="a.pdf")),
    ("forbidden_file", post(type="file", media=PDF, size=9, file_name="a.pdf.EXE")),
    ("missing", post(type="contact")),
    ("bad", post(type="contact", contact="Lan")),
    ("missing", post(type="contact", contact={"name": "Lan"})),
    ("missing", post(type="contact", contact={"phone_number": "1"})),
    ("contact", post(type="contact", contact={**CONTACT, "name": "x" * 29})),
    ("contact", post(type="contact", contact={**CONTACT, "phone_number": "1" * 19})),
    ("missing", post(type="location")),
    ("missing", post(type="location", location={"lat": 1})),
    ("location", post(type="location", location={"lat": 90.1, "lon": 0})),
    ("location", post(type="location", location={"lat": 0, "lon": -180.1})),
    ("location", post(type="location", location={"lat": "15", "lon": 108})),
    ("location", post(type="location", location={"lat": float("nan"), "lon": 108})),
    ("missing", post(type="url")),
    ("bad", post(type="url", media="trang chủ")),
    ("long_url", post(type="url", media="https://x.example/" + "x" * 1983)),
    ("missing", post(type="sticker")),
    ("sticker", post(type="sticker", sticker_id="46105")),
    ("sticker", post(type="sticker", sticker_id=True)),
    # messages
    ("missing", lambda c, b: b.send()),
    ("bad", lambda c, b: b.send(receiver=5)),
    ("missing", send(sender=None)),
    ("bad", send(sender="UBND")),
    ("missing", send(sender={})),
    ("long_name", send(sender={"name": "x" * 29})),
    ("media_url", send(sender={**ME, "avatar": "http://x.example/a.jpg"})),
    ("avatar", lambda c, b: avatar(c, b, image(size=(721, 300)))),
    ("avatar", lambda c, b: avatar(c, b, image(pad=100 * 1024))),
    ("avatar", lambda c, b: avatar(c, b, b"x")),
    ("tracking", send(tracking_data="x" * 4001)),
    ("bad", send(tracking_data={"case": 118})),
    ("big_body", send(type="url", text=None, media="https://x.example", more="x" * 30_720)),
    ("long_caption", send(type="picture", text="x" * 513, media=PNG)),
    ("picture", send(type="picture", media="https://x.example/a.webp")),
    ("picture", served("a.png", lambda: image("BMP"), by_bot=True, type="picture")),
    ("animated", served("a.gif", lambda: image("GIF", frames=2), by_bot=True, type="picture")),
    ("big_video", send(**{**TITLED, "size": 27_262_977}, media=MP4)),
    ("big_video", served("a.mp4", lambda: film() + bytes(27_262_976), by_bot=True, **TITLED)),
    ("missing", send(type="rich_media", text=None, min_api_version=7)),
    ("rich_media", rich(Type="keyboard")),
    ("rich_media", rich(Buttons=[])),
    ("rich_media", rich(Buttons="x")),
    ("rich_media", rich(BgColor="white")),
    ("rich_media", rich(ButtonsGroupColumns=7)),
    ("rich_media", rich(ButtonsGroupRows=8)),
    ("rich_media", rich(ButtonsGroupRows=0)),
    ("rich_media", card(Columns=5)),
    ("rich_media", card(Rows=6)),
    ("rich_media", card(ActionType="call")),
    ("rich_media", card(ActionBody="")),
    ("rich_media", rich(ButtonsGroupColumns=1, ButtonsGroupRows=1, Buttons=[{"ActionBody": "a"}] * 7)),
    ("rich_media", rich(ButtonsGroupColumns=2, ButtonsGroupRows=2, Buttons=[{"ActionBody": "a", "Rows": 2}] * 7)),
    ("rich_media", send(type="rich_media", min_api_version=7, alt_text=5,
                        rich_media={"Type": "rich_media", "Buttons": [{"ActionBody": "a"}]})),
    ("keyboard", keyboard(Type="rich_media")),
    ("keyboard", keyboard(Buttons=None)),
    ("keyboard", keyboard(DefaultHeight="no")),
    ("keyboard", send(keyboard=["a"])),
    ("keyboard", key(Columns=7)),
    ("keyboard", key(Columns=0)),
    ("keyboard", key(Rows=3)),
    ("keyboard", key(Rows="1")),
    ("keyboard", key(ActionBody=None)),
    ("keyboard", key(Text=5)),
    ("keyboard", key(Silent="no")),
    ("keyboard", keyboard(Buttons=[{"ActionBody": "a"}] * 25)),
    ("keyboard", keyboard(Buttons=[{"ActionBody": "a", "Columns": 4}] * 25)),
    ("keyboard", keyboard(Buttons=[{"ActionBody": "a", "Rows": 2}] * 13)),
    ("missing", send(keyboard=None, type="text", text=None)),
    ("api_version", send(min_api_version=0)),
    ("api_version", send(min_api_version=11)),
    ("bad", send(min_api_version="7")),
    ("incompatible", key(ActionType="share-phone")),
    ("incompatible", key(ActionType="location-picker")),
    ("incompatible", send(type="rich_media", text=None, min_api_version=1,
                          rich_media={"Type": "rich_media", "Buttons": [{"ActionBody": "a"}]})),
    # who gets them
    ("not_registered", lambda c, b: b.send(receiver="01234567890A=")),
    ("not_registered", to_another_bots_user),
    ("not_registered", left),
    ("not_registered", lambda c, b: b.call("get_user_details", id="01234567890A=")),
    ("not_registered", lambda c, b: b.call("get_user_details", id=b.user(gone=True).user_id)),
    ("not_subscribed", to(subscribed=False)),
    ("not_subscribed", lambda c, b: b.call("get_user_details", id=b.user(subscribed=False).user_id)),
    ("no_device", to(devices=0)),
    ("low_client", to(api_version=2)),
    ("user_hour", hundred_an_hour),
    ("free", lambda c, b: poor(b)),
    ("balance", lambda c, b: poor(b, billable=True, balance=0)),
    ("missing", lambda c, b: b.call("broadcast_message")),
    ("receivers", lambda c, b: b.broadcast()),
    ("receivers", lambda c, b: b.broadcast(*["x"] * 301)),
    ("receivers", lambda c, b: b.broadcast(broadcast_list="x")),
    ("receivers", lambda c, b: b.broadcast(broadcast_list=["x", 5])),
    ("missing", lambda c, b: b.broadcast("x", text=None)),
    ("big_body", lambda c, b: b.broadcast("x", more="x" * 30_720)),
    ("broadcasts", broadcasts),
    ("missing", lambda c, b: b.call("get_user_details")),
    ("details", third_details),
    ("missing", lambda c, b: b.call("get_online")),
    ("ids", lambda c, b: b.call("get_online", ids=[])),
    ("ids", lambda c, b: b.call("get_online", ids=["x"] * 101)),
    ("ids", lambda c, b: b.call("get_online", ids="x")),
    ("ids", lambda c, b: b.call("get_online", ids=[5])),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "way"), WAYS, ids=[f"{n}-{rule}" for n, (rule, _) in enumerate(WAYS)])
async def test_a_rule_is_broken_in_every_way_there_is(
    rule: str, way: Way, viber_channel: Client, viber_bot: Client
) -> None:
    await way(viber_channel, viber_bot)
    answer = viber_channel.office.last
    assert answer["status"] == ViberSandbox.rules[rule].code, answer
    assert set(answer) == {"status", "status_message"}
    assert answer["status_message"]
    assert_refused_by(viber_channel.platform, rule)


ARRANGED = [key for key, rule in ViberSandbox.rules.items() if rule.arranged]


def test_every_rule_is_tried_and_names_its_source() -> None:
    assert {rule for rule, _ in WAYS} | set(ARRANGED) == set(ViberSandbox.rules)
    assert not {rule for rule, _ in WAYS} & set(ARRANGED)
    assert all(rule.cites.startswith("viber.md ") for rule in ViberSandbox.rules.values())


@pytest.mark.parametrize("key", ARRANGED)
async def test_a_verdict_meets_what_it_is_about(key: str, viber_bot: Client) -> None:
    bot = viber_bot
    user, rule = bot.user(), ViberSandbox.rules[key]
    bot.platform.arrange(bot.account.remote_id, key)
    found = [
        (await bot.call("get_account_info"))["status"],
        (await bot.send(user))["status"],
        (await bot.broadcast(user.user_id))["status"],
    ]
    met = {16: 2, 17: 2, 21: 2, 22: 2, 19: 1, 20: 1}.get(int(rule.code), 3)
    assert found == [0] * (3 - met) + [rule.code] * met
    assert_refused_by(bot.platform, key)
    bot.platform.arrange(bot.account.remote_id)
    assert (await bot.send(user))["status"] == 0


TAKEN: list[Way] = [
    post(text="ạ" * 7000),
    post(type="picture", text="x" * 768, media="https://x.example/A.JPEG"),
    post(type="picture", text="", media="https://x.example/a.jpg?size=1"),
    served("a.jpg", lambda: image(pad=1024 * 1024 - len(image())), type="picture"),
    served("t.jpg", lambda: image(size=(400, 400), pad=100), name="thumbnail", type="picture", media=JPG),
    post(**{**TITLED, "size": 52_428_800}, media=MP4, duration=180),
    served("a.mp4", lambda: film(180), **TITLED),
    lambda c, b: thumbnail_of_film(c, b, image(size=(800, 800))),
    post(type="file", media="https://x.example/a.PDF", size=52_428_800, file_name="x" * 252 + ".pdf"),
    served("a.pdf", lambda: b"%PDF", type="file", size=4, file_name="a.pdf"),
    post(type="contact", contact=CONTACT),
    post(type="location", location={"lat": -90, "lon": 180.0}),
    post(type="url", media="https://x.example/" + "x" * 1982),
    post(type="sticker", sticker_id=46105),
    post(tracking_data="case", keyboard="unverified"),
    send(tracking_data="x" * 4000, sender={"name": "x" * 28, "avatar": JPG}),
    lambda c, b: avatar(c, b, image("PNG", size=(720, 720))),
    send(type="picture", text="x" * 512, media=PNG),
    served("a.gif", lambda: image("GIF"), by_bot=True, type="picture"),
    send(**{**TITLED, "size": 27_262_976}, media=MP4),
    send(type="url", media="https://x.example", more="x" * 30_000),
    key(Columns=6, Rows=2, ActionType="reply", Text="Phản ánh", Silent=True),
    key(ActionType="none", ActionBody=None),
    keyboard(Buttons=[{"ActionBody": "a"}] * 24, DefaultHeight=True, BgColor="#FF00ff"),
    keyboard(Buttons=[{"ActionBody": "a", "Columns": 3}] * 48),
    send(min_api_version=3, keyboard={"Type": "keyboard", "Buttons": [{"ActionType": "share-phone",
                                                                       "ActionBody": "x"}]}),
    rich(ButtonsGroupColumns=1, ButtonsGroupRows=1, Buttons=[{"ActionBody": "a"}] * 6),
    card(Columns=4, Rows=5),
    send(type="rich_media", text=None, min_api_version=2,
         rich_media={"Type": "rich_media", "Buttons": [{"ActionBody": "a"}]}),
    send(min_api_version=10),
    to(api_version=3),
    lambda c, b: b.call("get_online", ids=["x"] * 100),
    lambda c, b: b.broadcast(*[f"user{n}" for n in range(300)]),
]  # fmt: skip


@pytest.mark.parametrize("way", TAKEN, ids=range(len(TAKEN)))
async def test_the_limits_themselves_are_taken(way: Way, viber_channel: Client, viber_bot: Client) -> None:
    await way(viber_channel, viber_bot)
    assert viber_channel.office.last["status"] == 0, viber_channel.office.last


PROGRAMS = (
    "bat bin cmd com cpl exe gadget inf1 ins inx isu job jse lnk msc msi msp mst paf pif ps1 reg rgs sct shb shs u3p "
    "vb vbe vbs vbscript ws wsf action app command csh osx workflow ksh out run apk ipa"
)


async def test_no_program_is_sent_as_a_file(viber_channel: Client) -> None:
    for ending in PROGRAMS.split():
        await viber_channel.post(type="file", media=f"https://x.example/a.{ending}", size=9, file_name=f"a.{ending}")
        assert_refused_by(viber_channel.platform, "forbidden_file")
    assert len(viber_channel.platform.refused) == len(PROGRAMS.split())
