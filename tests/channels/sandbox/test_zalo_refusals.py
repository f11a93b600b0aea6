"""More ways to break each of Zalo's rules than one, the limits themselves, and what a refused call leaves as it was."""

from __future__ import annotations

import unicodedata
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.channels.sandbox.conftest import assert_refused_by
from tests.channels.sandbox.test_zalo import (
    BILL,
    CS,
    FILM,
    GIF,
    JPEG,
    OLD,
    PNG,
    PROMOTION,
    Oa,
    challenge,
    file,
    media,
    oa,
    template,
)

__all__ = ["oa"]

Way = Callable[[Oa], Awaitable[Any]]
INFO = {"title": "Xin thông tin", "subtitle": "Để trả lời", "image_url": "https://x.example/a.jpg"}
PREPARE = "/v2.0/article/upload_video/preparevideo"
HTTPS = "https://x.example/a.jpg"


def blocks(*found: Any) -> Way:
    return lambda o: o.create(body=list(found))


def cover(**words: Any) -> Way:
    return lambda o: o.create(cover={"cover_type": "photo", "photo_url": HTTPS, "status": "show", **words})


def said(message: Any) -> Way:
    """A message to somebody who may be answered."""
    return lambda o: o.say({"user_id": o.hear().author_id}, message)


def asked(path: str, **words: Any) -> Way:
    return lambda o: o.ask(path, **words)


def posted(path: str, body: Any) -> Way:
    return lambda o: o.post(path, body)


async def with_user(o: Oa, path: str, **body: Any) -> None:
    await o.post(path, {"user_id": o.hear().author_id, **body})


async def at_others(o: Oa, what: Callable[[Oa, str], Awaitable[Any]], made: Callable[[Oa], Awaitable[str]]) -> None:
    """Something made by one OA is used by another."""
    found = await made(o)
    other = o.platform.add_oa("2", "Khác", app_id="43", app_secret="s")
    o.token, o.id = other.extra["access"], "2"
    await what(o, found)


async def fetched(o: Oa, where: str) -> None:
    await o.publish(body=[{"type": "image", "url": where.format(files=o.files)}])


async def image(o: Oa) -> str:
    return await o.attach("image", JPEG, "a.jpg")


async def send_image(o: Oa, handle: str) -> None:
    await o.say({"user_id": o.hear().author_id}, media(media_type="image", attachment_id=handle))


async def unready_clip(o: Oa) -> None:
    await o.upload(PREPARE, FILM, "phim.mp4")
    clip = next(iter(o.platform.assets.values()))
    await o.create(type="video", video_id=clip.video_id)


async def broken_clip(o: Oa) -> None:
    await o.create(type="video", video_id=(await o.clip(b"no film"))["video_id"])


async def video(o: Oa, **words: Any) -> dict[str, Any]:
    found = {"type": "video", "video_id": (await o.clip())["video_id"], "author": None, "cover": None, "body": None}
    return await o.create(**{**found, **words})


async def retyped(o: Oa) -> None:
    made = await o.publish()
    clip = (await o.clip())["video_id"]
    await o.change(made, type="video", video_id=clip)


async def removed(o: Oa, what: Callable[[Oa, str], Awaitable[Any]]) -> None:
    made = await o.publish()
    await o.post("/v2.0/article/remove", {"id": made})
    assert o.answer["error"] == 0
    await what(o, made)


async def react(o: Oa, icon: str, mid: str = "") -> None:
    heard = o.hear()
    await o.post(OLD, {"recipient": {"user_id": heard.author_id},
                       "sender_action": {"react_icon": icon, "react_message_id": mid or heard.remote_id}})  # fmt: skip


async def reacted_too_often(o: Oa) -> None:
    heard = o.hear()
    body = {"recipient": {"user_id": heard.author_id},
            "sender_action": {"react_icon": "/-heart", "react_message_id": heard.remote_id}}  # fmt: skip
    for _ in range(51):
        await o.post(OLD, body)


async def to_visitor(o: Oa, message: Any = None, **words: str) -> None:
    who, conversation = o.platform.visit(o.id, "Cho hỏi")
    await o.say({"anonymous_id": who, "conversation_id": conversation, **words}, message, OLD)


async def broadcast(o: Oa, elements: Any = None, **target: Any) -> None:
    found = elements or [{"media_type": "article", "attachment_id": await o.publish()}]
    await o.say({"target": target}, template("media", *found), OLD)


async def broadcast_state(o: Oa, **extra: Any) -> None:
    made = await o.publish()
    o.extra.update(extra)
    await o.broadcast(made)


async def broadcast_at_night(o: Oa, hours: int) -> None:
    made = await o.publish()
    o.later(hours=hours)
    await o.broadcast(made)


async def broadcast_twice(o: Oa) -> None:
    made = await o.publish()
    o.follower()
    for _ in range(2):
        await o.broadcast(made)


async def month_of_promotions(o: Oa) -> None:
    o.extra.update(oa_type=2, month_promotions=2)
    user = o.follower()
    for _ in range(3):
        await o.say({"user_id": user}, PROMOTION, "/v3.0/oa/message/promotion")
        o.later(days=1)


async def promoted(o: Oa, message: Any, user: str = "") -> None:
    o.extra["oa_type"] = 2
    await o.say({"user_id": user or o.follower()}, message, "/v3.0/oa/message/promotion")


async def billed(o: Oa, message: Any) -> None:
    await o.say({"user_id": o.hear().author_id}, message, "/v3.0/oa/message/transaction")


async def late_code(o: Oa) -> None:
    code = await o.permit()
    o.clock.forward(minutes=10)
    await o.redeem(code)


async def saved_callback(o: Oa) -> None:
    o.extra["callback"] = "http://127.0.0.1:9/back/"
    await o.permit()


async def saved_challenge(o: Oa) -> None:
    o.extra["challenge"] = challenge("right")
    await o.redeem(await o.permit())


async def padded_challenge(o: Oa) -> None:
    await o.redeem(await o.permit(code_challenge=challenge("right") + "="), code_verifier="right")


async def code_of_another_app(o: Oa) -> None:
    o.platform.add_oa("2", "Khác", app_id="43", app_secret="s")
    await o.redeem(await o.permit(), app_id="43", secret="s")


async def old_refresh(o: Oa) -> None:
    o.clock.forward(days=90)
    await o.grant()


async def revoked_refresh(o: Oa) -> None:
    o.platform.revoke(o.extra["refresh"])
    await o.grant()


async def revoked_access(o: Oa) -> None:
    o.platform.revoke(o.token)
    await o.get("/v2.0/oa/getoa")


async def switched_off(o: Oa, what: Callable[[Oa], Awaitable[Any]]) -> None:
    o.extra["app_off"] = True
    await what(o)


async def lacking(o: Oa, group: str, what: Way) -> None:
    o.extra["lacks"] = {group}
    await what(o)


async def unproved(o: Oa) -> None:
    o.extra["demand_proof"] = True
    await o.get("/v2.0/oa/getoa")


async def person_arranged(o: Oa) -> None:
    heard = o.hear()
    o.platform.arrange(heard.author_id, "user_restricted")
    await o.say({"user_id": heard.author_id})


async def business(o: Oa, path: str) -> None:
    o.extra["oa_type"] = 2
    await o.ask(path, offset=0, count=1)


def image_of(**element: Any) -> Any:
    return media(media_type="image", **element)


def button(**words: Any) -> Any:
    return template("list", {"title": "a", "subtitle": "b"}, buttons=[{"title": "Mở", **words}])


WAYS: list[tuple[str, Way]] = [
    # login
    ("login_app", lambda o: o.permit(app_id="other")),
    ("login_app", lambda o: switched_off(o, Oa.permit)),
    ("redirect", lambda o: o.permit(redirect_uri="")),
    ("redirect", saved_callback),
    ("code", late_code),
    ("code", lambda o: o.redeem("code_unknown")),
    ("code", code_of_another_app),
    ("verifier", saved_challenge),
    ("verifier", padded_challenge),
    ("refresh", old_refresh),
    ("refresh", revoked_refresh),
    ("refresh", lambda o: o.grant(refresh_token="")),
    ("app_secret", lambda o: o.grant(secret="")),
    ("grant_type", lambda o: o.exchange()),
    # access
    ("token", lambda o: o.call("GET", "/v2.0/oa/getoa", token="")),
    ("token", lambda o: o.call("GET", "/v2.0/oa/getoa", token="", headers={"Authorization": f"Bearer {o.token}"})),
    ("token", revoked_access),
    ("proof", unproved),
    ("grant", lambda o: lacking(o, "messages", lambda c: c.say({"user_id": "1"}))),
    ("grant", lambda o: lacking(o, "messages", image)),
    ("grant", lambda o: lacking(o, "messages", posted("/v3.0/oa/quota/message", {"user_id": "1"}))),
    ("grant", lambda o: lacking(o, "chats", asked("/v2.0/oa/listrecentchat"))),
    ("grant", lambda o: lacking(o, "chats", asked("/v2.0/oa/conversation", user_id="1"))),
    ("grant", lambda o: lacking(o, "info", lambda c: c.get("/v2.0/oa/getoa"))),
    ("grant", lambda o: lacking(o, "info", asked("/v3.0/oa/user/getlist"))),
    ("grant", lambda o: lacking(o, "articles", lambda c: c.converted("vt"))),
    ("grant", lambda o: lacking(o, "articles", lambda c: c.upload(PREPARE, FILM, "a.mp4"))),
    ("grant", lambda o: broadcast_state(o, lacks={"articles"})),
    ("path", lambda o: o.post("/v2.0/article/getslice", {})),
    ("path", lambda o: o.get("/v3.0/oa/upload/image")),
    # articles
    ("parameter body", posted("/v2.0/article/create", ["x"])),
    ("parameter body", lambda o: o.call("POST", "/v2.0/article/create", data={"type": "normal"})),
    ("parameter body", lambda o: o.call("POST", "/v2.0/article/create", data=b'{"title":"\\ud800"}')),
    ("parameter type", lambda o: o.create(type="photo")),
    ("parameter title", lambda o: o.create(title=7)),
    ("parameter title", lambda o: o.create(title=None)),
    ("parameter author", lambda o: o.create(author=None)),
    ("parameter author", lambda o: o.create(author="")),
    ("parameter description", lambda o: o.create(description=5)),
    ("parameter status", lambda o: o.create(status="published")),
    ("parameter comment", lambda o: o.create(comment="none")),
    ("parameter body", lambda o: o.create(body=None)),
    ("parameter body", lambda o: o.create(body=[])),
    ("parameter body", lambda o: o.create(body="<p>x</p>")),
    ("parameter body", blocks("x")),
    ("parameter body", blocks({"type": "table"})),
    ("parameter body", blocks({"type": "text"})),
    ("parameter body", blocks({"type": "text", "content": " "})),
    ("parameter body", blocks({"type": "image"})),
    ("parameter body", blocks({"type": "image", "url": "a.jpg"})),
    ("parameter body", blocks({"type": "image", "url": HTTPS, "caption": 5})),
    ("parameter body", blocks({"type": "video"})),
    ("parameter body", blocks({"type": "video", "video_id": "vid_none"})),
    ("parameter body", blocks({"type": "video", "url": HTTPS, "thumb": ""})),
    ("parameter body", blocks({"type": "product"})),
    ("parameter tracking_link", lambda o: o.create(tracking_link="")),
    ("parameter related_medias", lambda o: o.create(related_medias=["art_none"])),
    ("parameter related_medias", lambda o: o.create(related_medias="art_none")),
    ("parameter video_id", unready_clip),
    ("parameter video_id", broken_clip),
    ("parameter video_id", lambda o: o.create(type="video")),
    ("parameter avatar", lambda o: video(o, avatar="")),
    ("parameter token", lambda o: o.post("/v2.0/article/verify", {"token": "tok_none"})),
    ("parameter token", lambda o: o.post("/v2.0/article/verify", {})),
    ("parameter token", lambda o: at_others(o, Oa.verified, lambda c: made_token(c))),
    ("parameter id", lambda o: at_others(o, Oa.change, Oa.publish)),
    ("parameter id", lambda o: at_others(o, lambda c, a: c.get("/v2.0/article/getdetail", id=a), Oa.publish)),
    ("parameter related_medias", lambda o: at_others(o, lambda c, a: c.create(related_medias=[a]), Oa.publish)),
    ("parameter video_id", lambda o: at_others(o, lambda c, v: c.create(type="video", video_id=v), clip_id)),
    ("parameter id", lambda o: o.change("art_none")),
    ("parameter type", retyped),
    ("parameter id", lambda o: removed(o, Oa.change)),
    ("parameter id", lambda o: removed(o, lambda c, a: c.get("/v2.0/article/getdetail", id=a))),
    ("parameter id", lambda o: removed(o, lambda c, a: c.post("/v2.0/article/remove", {"id": a}))),
    ("parameter related_medias", lambda o: removed(o, lambda c, a: c.create(related_medias=[a]))),
    ("parameter id", lambda o: o.get("/v2.0/article/getdetail")),
    ("parameter type", lambda o: o.get("/v2.0/article/getslice", offset="0", limit="10")),
    ("parameter type", lambda o: o.get("/v2.0/article/getslice", data='{"offset":0,"limit":10,"type":"normal"}')),
    ("parameter offset", lambda o: o.get("/v2.0/article/getslice", type="normal", offset="-1")),
    ("slice", lambda o: o.get("/v2.0/article/getslice", type="normal", limit="0")),
    ("slice", lambda o: o.get("/v2.0/article/getslice", type="normal", limit="all")),
    ("limit author", lambda o: o.create(author="x" * 51)),
    ("limit description", lambda o: o.create(description="x" * 301)),
    ("limit title", lambda o: o.create(title=unicodedata.normalize("NFD", "ế" * 50))),
    ("cover", lambda o: o.create(cover="https://x.example/a.jpg")),
    ("cover", cover(cover_type=1)),
    ("cover", cover(photo_url="")),
    ("cover", cover(photo_url="a.jpg")),
    ("cover", cover(cover_type="video", cover_view="round")),
    ("cover", cover(cover_type="video", cover_view="square", video_id="vid_none")),
    ("cover_status", cover(status="hide")),
    ("cover_status", lambda o: video_cover(o, status="on")),
    ("media", lambda o: fetched(o, "{files}/big.jpg")),
    ("media", lambda o: fetched(o, "{files}/page.jpg")),
    ("media", lambda o: fetched(o, "{files}/none.jpg")),
    ("media", lambda o: fetched(o, "{files}/moved.jpg")),
    ("media", lambda o: fetched(o, "{files}/a.jpg?tên=ảnh")),
    ("media", lambda o: fetched(o, HTTPS)),
    ("media", lambda o: o.publish(body=[{"type": "video", "url": HTTPS, "thumb": f"{o.files}/none.jpg"}])),
    # uploads
    ("parameter file", lambda o: o.upload("/v2.0/oa/upload/image", JPEG, "a.jpg", field="image")),
    ("parameter file", lambda o: o.attach("image", GIF, "a.jpg")),
    ("parameter file", lambda o: o.attach("image", JPEG, "a.webp")),
    ("parameter file", lambda o: o.attach("image", b"", "a.jpg")),
    ("parameter file", lambda o: o.attach("gif", JPEG, "a.gif")),
    ("parameter file", lambda o: o.attach("file", b"x", "a.exe")),
    ("parameter file", lambda o: o.upload(PREPARE, FILM, "a.mov")),
    ("parameter token", lambda o: o.converted("vt+/none=")),
    ("parameter token", lambda o: o.call("GET", "/v2.0/article/upload_video/verify")),
    ("parameter token", lambda o: two_tokens(o)),
    ("limit file", lambda o: o.attach("image", JPEG + b"\0" * (1024 * 1024 - len(JPEG) + 1), "a.jpg")),
    ("limit file", lambda o: o.attach("gif", GIF + b"\0" * 5 * 1024 * 1024, "a.gif")),
    ("limit file", lambda o: o.attach("file", b"\0" * (5 * 1024 * 1024 + 1), "a.pdf")),
    ("limit file", lambda o: o.upload(PREPARE, b"\0" * (50 * 1024 * 1024 + 1), "a.mp4")),
    # messages
    ("parameter recipient", posted(CS, {"message": {"text": "x"}})),
    ("parameter message", posted(CS, {"recipient": {"user_id": "1"}})),
    ("parameter user_id", lambda o: o.say({})),
    ("parameter recipient.message_id", lambda o: o.say({"message_id": "mid_none"})),
    ("parameter recipient.message_id", lambda o: own_message(o)),
    ("parameter message.text", said({"text": ""})),
    ("parameter message.text", said({"text": ["x"]})),
    ("parameter quote_message_id", said({"text": "x", "quote_message_id": "mid_none"})),
    ("parameter type", said({"text": "x", "attachment": {"type": "image", "payload": {}}})),
    ("parameter attachment_id", said(image_of())),
    ("parameter attachment_id", said(image_of(url=HTTPS, attachment_id="a"))),
    ("parameter url", said(image_of(url="a.jpg"))),
    ("parameter attachment_id", said(image_of(attachment_id="none"))),
    ("parameter media_type", said(media(media_type="video", attachment_id="a"))),
    ("parameter width", said(media(media_type="gif", url=HTTPS))),
    ("parameter height", said(media(media_type="gif", url=HTTPS, width=10))),
    ("parameter attachment_id", said(media(media_type="sticker", url=HTTPS))),
    ("parameter elements", said(template("media"))),
    ("parameter token", said(file("none"))),
    ("parameter template_type", said(template("card", {}))),
    ("parameter template_type", said(template("transaction_gift", {}))),
    ("parameter subtitle", said(template("request_user_info", {**INFO, "subtitle": ""}))),
    ("parameter subtitle", said(template("list", {"title": "a"}))),
    ("parameter type", said(button(type="oa.open.app"))),
    ("parameter payload", said(button(type="oa.open.url", payload=HTTPS))),
    ("parameter phone_code", said(button(type="oa.open.sms", payload={"content": "a"}))),
    ("parameter phone_code", said(button(type="oa.open.phone", payload={}))),
    ("parameter message", said(PROMOTION)),
    ("parameter attachment_id", lambda o: at_others(o, send_image, image)),
    ("parameter attachment_id", lambda o: gif_as_image(o)),
    ("limit message.text", said({"text": "x" * 2001})),
    ("limit elements", said(template("media", {}, {}))),
    ("limit title", said(template("request_user_info", {**INFO, "title": "x" * 101}))),
    ("limit subtitle", said(template("request_user_info", {**INFO, "subtitle": "x" * 501}))),
    ("limit elements", said(template("request_user_info", INFO, INFO))),
    ("limit elements", said(template("list", *[{"title": "a", "subtitle": "b"}] * 6))),
    ("limit buttons", said(template("list", {"title": "a", "subtitle": "b"}, buttons=[{}] * 6))),
    ("limit title", said(button(title="x" * 101, type="oa.query.show", payload="a"))),
    ("limit payload", said(button(type="oa.query.hide", payload="x" * 1001))),
    ("limit content", said(button(type="oa.open.sms", payload={"content": "x" * 161, "phone_code": "1"}))),
    ("send_media", said(image_of(url=HTTPS))),
    ("window", lambda o: o.say({"user_id": o.platform.citizen(o.id, "Chưa nhắn").user_id})),
    ("user_restricted", person_arranged),
    ("parameter message", lambda o: billed(o, {"text": "x"})),
    ("parameter language", lambda o: billed(o, template("transaction_billing", {"type": "header", "content": "a"}))),
    ("parameter type", lambda o: billed(o, template("transaction_billing", {"type": "image"}, language="VI"))),
    ("limit content", lambda o: billed(o, template("transaction_reward", {"type": "header", "content": "x" * 101},
                                           language="EN"))),
    ("limit buttons", lambda o: promoted(o, template("promotion", {"type": "banner"}, buttons=[{}] * 5))),
    ("limit title", lambda o: promoted(o, template("promotion", {"type": "banner"}, buttons=[{"title": "x" * 36}]))),
    ("follow", lambda o: promoted(o, PROMOTION, o.hear().author_id)),
    ("receiver_quota", month_of_promotions),
    ("parameter template_id", lambda o: with_user(o, "/v3.0/oa/message/template", template_id="t")),
    # what is left of v2
    ("v2_closed", posted(OLD, {"recipient": {"message_id": "1"}, "message": {"text": "x"}})),
    ("v2_closed", lambda o: business(o, "/v2.0/oa/getfollowers")),
    ("v2_closed", lambda o: business(o, "/v2.0/oa/getprofile")),
    ("parameter react_icon", lambda o: react(o, "👍")),
    ("parameter react_message_id", lambda o: react(o, "/-heart", "mid_none")),
    ("limit react_icon", reacted_too_often),
    ("parameter anonymous_id", lambda o: to_visitor(o, conversation_id="cv_other")),
    ("parameter message", lambda o: to_visitor(o, media(media_type="gif", attachment_id="a", width=1, height=1))),
    ("parameter attachment_id", lambda o: broadcast(o, [{"media_type": "article", "attachment_id": "art_none"}])),
    ("parameter media_type", lambda o: broadcast(o, [{"media_type": "image", "attachment_id": "a"}])),
    ("parameter attachment_id", lambda o: removed(o, Oa.broadcast)),
    ("parameter attachment_id", lambda o: at_others(o, Oa.broadcast, Oa.publish)),
    ("parameter ages", lambda o: broadcast(o, ages="8")),
    ("parameter gender", lambda o: broadcast(o, gender="3")),
    ("parameter gender", lambda o: broadcast(o, gender="1,2")),
    ("parameter cities", lambda o: broadcast(o, cities="64")),
    ("parameter cities", lambda o: broadcast(o, cities=[20])),
    ("parameter locations", lambda o: broadcast(o, locations="North")),
    ("parameter platform", lambda o: broadcast(o, platform=0)),
    ("limit elements", lambda o: broadcast(o, [{"media_type": "article", "attachment_id": "a"}] * 6)),
    ("unverified", lambda o: broadcast_state(o, unverified=True)),
    ("night", lambda o: broadcast_at_night(o, 14)),
    ("night", lambda o: broadcast_at_night(o, 21)),
    ("receiver_quota", broadcast_twice),
    # people and chats
    ("parameter data", lambda o: o.get("/v2.0/oa/listrecentchat", offset="0", count="10")),
    ("parameter data", lambda o: o.get("/v2.0/oa/listrecentchat", data="[1]")),
    ("parameter offset", asked("/v2.0/oa/listrecentchat", offset=-1)),
    ("parameter count", asked("/v2.0/oa/listrecentchat", count=0)),
    ("parameter count", asked("/v2.0/oa/listrecentchat", count="10")),
    ("limit count", asked("/v2.0/oa/listrecentchat", count=11)),
    ("limit count", lambda o: o.ask("/v2.0/oa/conversation", user_id=o.hear().author_id, count=11)),
    ("parameter user_id", asked("/v2.0/oa/conversation", count=10)),
    ("follow", asked("/v2.0/oa/conversation", user_id="1")),
    ("follow", asked("/v3.0/oa/user/detail", user_id="1")),
    ("limit count", asked("/v3.0/oa/user/getlist", count=51)),
    ("limit offset", asked("/v3.0/oa/user/getlist", offset=9952)),
    ("parameter is_follower", asked("/v3.0/oa/user/getlist", is_follower=True)),
    ("parameter last_interaction_period", asked("/v3.0/oa/user/getlist", last_interaction_period="L8D")),
    ("parameter body", asked("/v3.0/oa/user/getlist", last_interaction_period="2026_11_31:2026_12_01")),
    ("parameter tag_name", asked("/v3.0/oa/user/getlist", tag_name="")),
    ("parameter shared_info.job", lambda o: with_user(o, "/v3.0/oa/user/update", shared_info={"job": "x"})),
    ("parameter shared_info.phone", lambda o: with_user(o, "/v3.0/oa/user/update", shared_info={"phone": 84})),
    ("parameter tag_name", lambda o: with_user(o, "/v2.0/oa/tag/tagfollower")),
    ("parameter tag_name", lambda o: with_user(o, "/v2.0/oa/tag/rmfollowerfromtag", tag_name="không có")),
    ("parameter tag_name", posted("/v2.0/oa/tag/rmtag", {"tag_name": "không có"})),
    ("follow", posted("/v2.0/oa/deletefollowerinfo", {"user_id": "1"})),
    ("parameter quota_owner", posted("/v3.0/oa/quota/message", {})),
    ("parameter quota_owner", posted("/v3.0/oa/quota/message", {"quota_owner": "Page"})),
    ("follow", posted("/v3.0/oa/quota/message", {"user_id": "1"})),
    ("parameter message_id", posted("/v2.0/oa/quota/message", {"message_id": "mid_none"})),
    ("parameter type", lambda o: with_user(o, "/v2.0/oa/quota/message", type="cs")),
]  # fmt: skip


async def made_token(o: Oa) -> str:
    return str((await o.create())["data"]["token"])


async def clip_id(o: Oa) -> str:
    return str((await o.clip())["video_id"])


async def video_cover(o: Oa, **words: str) -> None:
    found = {"cover_type": "video", "cover_view": "square", "video_id": await clip_id(o), **words}
    await o.create(cover=found)


async def two_tokens(o: Oa) -> None:
    path = PREPARE
    one, two = [(await o.upload(path, FILM, "a.mp4"))["data"]["token"] for _ in range(2)]
    await o.call("GET", "/v2.0/article/upload_video/verify", params={"token": one}, headers={"token": two})


async def own_message(o: Oa) -> None:
    mid = (await o.say({"user_id": o.hear().author_id}))["data"]["message_id"]
    await o.say({"message_id": mid})


async def gif_as_image(o: Oa) -> None:
    await send_image(o, await o.attach("gif", GIF, "a.gif"))


@pytest.mark.parametrize(("what", "way"), WAYS, ids=[f"{n}-{what}" for n, (what, _) in enumerate(WAYS)])
async def test_a_rule_is_broken_in_every_way_there_is(what: str, way: Way, oa: Oa) -> None:
    key, _, name = what.partition(" ")
    await way(oa)
    assert oa.answer["error"] == oa.platform.rules[key].code, oa.answer
    assert_refused_by(oa.platform, key)
    assert oa.answer.get("message", "").startswith(name), "it is told which field"


async def test_the_limits_themselves_are_taken(oa: Oa) -> None:
    assert await oa.publish(title="ế" * 149, author="x" * 50, description="x" * 300)
    assert await oa.publish(cover={"cover_type": "photo", "photo_url": f"{oa.files}/full.jpg", "status": "show"})
    assert await oa.attach("image", PNG + b"\0" * (1024 * 1024 - len(PNG)), "a.PNG")
    assert await oa.attach("gif", GIF + b"\0" * (5 * 1024 * 1024 - len(GIF)), "a.gif")
    assert await oa.attach("file", b"\0" * 5 * 1024 * 1024, "a.docx")
    assert (await oa.clip(FILM + b"\0" * (50 * 1024 * 1024 - len(FILM))))["status"] == 1
    for message in (
        {"text": "x" * 2000},
        template("request_user_info", {**INFO, "title": "x" * 100, "subtitle": "x" * 500}),
        template("list", *[{"title": "x" * 100, "subtitle": "x" * 500}] * 5),
        button(title="x" * 100, type="oa.query.hide", payload="x" * 1000),
        button(type="oa.open.sms", payload={"content": "x" * 160, "phone_code": "113"}),
        button(type="oa.open.url", payload={"url": HTTPS}),
    ):
        await said(message)(oa)
        assert oa.answer["error"] == 0, oa.answer
    buttons = [{"title": "x" * 35, "type": "oa.query.show", "payload": "a"}] * 4
    await promoted(oa, template("promotion", {"type": "header", "content": "x" * 100}, buttons=buttons))
    assert oa.answer["error"] == 0
    await oa.ask("/v3.0/oa/user/getlist", offset=9951, count=50)
    assert oa.answer["error"] == 0


async def test_a_token_lives_to_its_last_second(oa: Oa) -> None:
    oa.clock.forward(seconds=89_999)
    assert (await oa.get("/v2.0/oa/getoa"))["error"] == 0
    oa.clock.forward(days=88)
    assert (await oa.grant())["access_token"]
    code = await oa.permit()
    oa.clock.forward(minutes=9, seconds=59)
    assert (await oa.redeem(code))["access_token"]


@pytest.mark.parametrize(("hours", "taken"), [(13, True), (14, False), (20, False), (21, False), (22, True)])
async def test_broadcasts_go_out_by_day(hours: int, taken: bool, oa: Oa) -> None:
    """It is 08:00 in Hanoi; from 22:00 to 06:00 nothing is sent."""
    made = await oa.publish()
    oa.later(hours=hours)
    await oa.broadcast(made)
    assert (oa.answer["error"] == 0) is taken


async def test_the_last_moment_of_every_window_counts(oa: Oa) -> None:
    heard = oa.hear()
    oa.later(hours=48)
    assert (await oa.say({"message_id": heard.remote_id}))["data"]["quota"] == {
        "quota_type": "reply", "remain": 7, "total": 8}  # fmt: skip
    assert (await oa.say({"user_id": heard.author_id}))["data"]["quota"]["quota_type"] == "reply"
    oa.later(days=5)
    assert (await oa.say({"user_id": heard.author_id}))["error"] == 0
    oa.later(days=358)
    await oa.say({"user_id": heard.author_id}, BILL, "/v3.0/oa/message/transaction")
    assert oa.answer["error"] == 0


async def test_a_refused_article_changes_and_costs_nothing(oa: Oa) -> None:
    oa.extra["month_articles"] = 2
    made = await oa.publish()
    await oa.change(made, title="Mới", status="none")
    await oa.create(title="")
    assert (await oa.get("/v2.0/article/getdetail", id=made))["data"]["title"] == "Lịch"
    assert await oa.publish(), "the refused one took nothing of the quota"
    await oa.create()
    assert_refused_by(oa.platform, "article_quota")
    assert (await oa.change(made, title="Mới"))["error"] == 0, "a change is no creation"
