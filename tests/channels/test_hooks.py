"""What platforms tell by themselves: signatures on the raw bytes, keys, and what is read out of them."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from viberbot import Api, BotConfiguration

from channels.base import AccountRef, Comment, Item
from channels.facebook.hooks import FacebookHooks
from channels.hooks import Follows, Posted, Receipt, Removed, TakenDown, Unreadable, Written, moment, name
from channels.registry import CHANNELS, HOOKS
from channels.sandbox.facebook.hooks import signed_form
from channels.viber.hooks import ViberHooks
from channels.zalo.hooks import ZaloHooks, matching

AT = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
S = int(AT.timestamp())
MS = S * 1000
PAGE = AccountRef("facebook", "1001", secrets={"app_secret": "khóa", "page_token": "p"})
OA = AccountRef("zalo", "3886130000000000001", settings={"app_id": "1"}, secrets={"oa_secret": "3", "app_secret": "4"})
BOT = AccountRef("viber_bot", "pa:5", secrets={"auth_token": "k"})


def test_whoever_calls_us_is_a_channel() -> None:
    assert set(HOOKS) <= set(CHANNELS)


# -- signatures -------------------------------------------------------------------------------------------------------


def test_facebook_signs_the_bytes_with_the_apps_secret() -> None:
    body = signed_form({"object": "page", "entry": [{"message": "Đường ngập / hẻm 5"}]})
    assert b"\\u0110" in body and b"\\/" in body  # Meta's own escaped form is what is signed
    mac = hmac.new("khóa".encode(), body, hashlib.sha256).hexdigest()
    right = {"X-Hub-Signature-256": f"sha256={mac}"}
    assert FacebookHooks().signed(PAGE, right, body)
    same = json.dumps(json.loads(body)).encode()  # the same words in other bytes
    assert not FacebookHooks().signed(PAGE, right, same)
    assert not FacebookHooks().signed(PAGE, {"X-Hub-Signature-256": mac}, body)
    sha1 = hmac.new("khóa".encode(), body, hashlib.sha1).hexdigest()
    assert not FacebookHooks().signed(PAGE, {"X-Hub-Signature": f"sha1={sha1}"}, body)


def test_facebooks_fixed_vector() -> None:
    account = AccountRef("facebook", "1", secrets={"app_secret": "k"})
    known = "sha256=add853b103fbcc936a194f9eb15e29c4ff08af6e47d5d1bca4f20218e31e4fff"  # HMAC-SHA256 of {} with k
    assert FacebookHooks().signed(account, {"X-Hub-Signature-256": known}, b"{}")


def test_zalos_fixed_vector() -> None:
    """zalo.md 10.2: app id 1, body {"timestamp":"2"}, secret 3."""
    known, body = "61a142764c01ed9c5329458f7afdda1360100e13c701ce7cc0d25350a95a05b0", b'{"timestamp":"2"}'
    for given in (f"mac={known}", known, f"MAC={known.upper()}"):
        assert ZaloHooks().signed(OA, {"X-ZEvent-Signature": given}, body)
    assert not ZaloHooks().signed(OA, {"X-ZEvent-Signature": f"mac={known}"}, b'{"timestamp": "2"}')
    assert matching(OA, {"X-ZEvent-Signature": f"mac={known}"}, body) == "app_id+oa_secret"


def test_another_way_to_sign_is_named_and_taken_only_where_it_is_set() -> None:
    body = b'{"timestamp":"2"}'
    mac = hashlib.sha256(b"3886130000000000001" + body + b"2" + b"4").hexdigest()
    headers = {"X-ZEvent-Signature": f"mac={mac}"}
    assert matching(OA, headers, body) == "oa_id+app_secret"
    assert not ZaloHooks().signed(OA, headers, body)
    told = AccountRef("zalo", OA.remote_id, settings={"hook_signer": "oa_id"}, secrets={"app_secret": "4"})
    assert ZaloHooks().signed(told, headers, body)


def test_vibers_fixed_vector_and_its_own_client_agree() -> None:
    known = "add853b103fbcc936a194f9eb15e29c4ff08af6e47d5d1bca4f20218e31e4fff"
    peer = Api(BotConfiguration(name="Loa", avatar="", auth_token="k"))
    assert ViberHooks().signed(BOT, {"X-Viber-Content-Signature": known}, b"{}") and peer.verify_signature(b"{}", known)
    body = json.dumps({"event": "message", "text": "ngập"}, ensure_ascii=False).encode()
    theirs = peer._calculate_message_signature(body)
    assert ViberHooks().signed(BOT, {"X-Viber-Content-Signature": theirs}, body)
    assert not ViberHooks().signed(BOT, {"X-Viber-Content-Signature": theirs}, body + b" ")


@pytest.mark.parametrize("header", ["", "mac=", "sha256=", "é", "\udce9", "0" * 64, "a" * 10_000])
@pytest.mark.parametrize("kind", sorted(HOOKS))
def test_what_is_no_signature_is_refused(kind: str, header: str) -> None:
    account = {"facebook": PAGE, "zalo": OA}.get(kind, BOT)
    names = ("X-Hub-Signature-256", "X-ZEvent-Signature", "X-Viber-Content-Signature")
    assert not HOOKS[kind].signed(account, dict.fromkeys(names, header), b"{}")


@pytest.mark.parametrize("kind", sorted(HOOKS))
def test_an_account_without_a_secret_believes_nobody(kind: str) -> None:
    """An empty key signs too."""
    empty, body = AccountRef(kind, "1", settings={"app_id": "1"}), b'{"timestamp":"2"}'
    signed = hmac.new(b"", body, hashlib.sha256).hexdigest()
    headers = {"X-Hub-Signature-256": f"sha256={signed}", "X-Viber-Content-Signature": signed,
               "X-ZEvent-Signature": hashlib.sha256(b"1" + body + b"2").hexdigest()}  # fmt: skip
    assert not HOOKS[kind].signed(empty, headers, body)


def test_facebooks_challenge_is_handed_back_to_whoever_knows_the_word() -> None:
    asked = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": "từ"}
    assert FacebookHooks().challenge(asked, "từ") == "1158201444"
    assert FacebookHooks().challenge(asked, "khác") is None
    assert FacebookHooks().challenge({**asked, "hub.mode": "x"}, "từ") is None
    assert ViberHooks().challenge(asked, "từ") is None


# -- Facebook ---------------------------------------------------------------------------------------------------------


def feed(**value: Any) -> bytes:
    told = {"from": {"id": "88", "name": "An"}, "post_id": "1001_5", "created_time": S - 9, **value}
    return signed_form({"object": "page", "entry": [{"id": "1001", "time": S, "changes": [
        {"field": "feed", "value": told}]}]})  # fmt: skip


def seconds(count: int) -> datetime:
    return datetime.fromtimestamp(count, UTC)


COMMENT = {"item": "comment", "verb": "add", "comment_id": "5_77", "parent_id": "1001_5", "message": "Đường ngập"}
AS_READ = Comment("5_77", "Đường ngập", seconds(S - 9), item_id="1001_5", author_key="88", author_name="An")
FEED = {
    "comment": (COMMENT, [Written("1001", AT, AS_READ)]),
    "edited": ({**COMMENT, "verb": "edited"}, [Written("1001", AT, AS_READ, True)]),
    "reply": (
        {**COMMENT, "parent_id": "5_70"},
        [Written("1001", AT, Comment("5_77", "Đường ngập", seconds(S - 9), "1001_5", "5_70", "88", "An"))],
    ),
    "own": (
        {**COMMENT, "from": {"id": "1001", "name": "UBND"}},
        [Written("1001", AT, Comment("5_77", "Đường ngập", seconds(S - 9), "1001_5", "", "1001", "UBND", own=True))],
    ),
    "number ids": (
        {**COMMENT, "from": {"id": 88, "name": "An"}, "comment_id": 577},
        [Written("1001", AT, Comment("577", "Đường ngập", seconds(S - 9), "1001_5", "", "88", "An"))],
    ),
    "removed": ({"item": "comment", "verb": "remove", "comment_id": "5_77"}, [Removed("1001", AT, "5_77", "1001_5")]),
    "own post": (
        {"item": "status", "verb": "add", "message": "Thông báo", "from": {"id": "1001"}},
        [Posted("1001", AT, Item("1001_5", "Thông báo", seconds(S - 9)))],
    ),
    "post gone": ({"item": "post", "verb": "remove", "from": {"id": "1001"}}, [TakenDown("1001", AT, "1001_5")]),
    "visitor's post gone": ({"item": "post", "verb": "remove"}, [Removed("1001", AT, "1001_5", "1001_5")]),
    "visitor's post": (
        {"item": "post", "verb": "add", "message": "Bao giờ sửa đường?"},
        [Written("1001", AT, Comment("1001_5", "Bao giờ sửa đường?", seconds(S - 9), "1001_5", "", "88", "An"))],
    ),
    "hidden": ({**COMMENT, "verb": "hide"}, []),
    "reaction": ({"item": "reaction", "verb": "add", "reaction_type": "love"}, []),
    "no id": ({"item": "comment", "verb": "add"}, []),
}


@pytest.mark.parametrize("case", FEED)
def test_facebooks_feed(case: str) -> None:
    value, expected = FEED[case]
    assert list(FacebookHooks().read(feed(**value))) == expected


def test_one_odd_change_loses_none_of_the_others() -> None:
    whole = json.loads(feed(**COMMENT))
    whole["entry"] = [
        5,
        {"id": "1001", "time": "x", "changes": [None, {"field": "feed", "value": []}]},
        *whole["entry"],
    ]
    assert list(FacebookHooks().read(json.dumps(whole).encode())) == [Written("1001", AT, AS_READ)]


# -- Zalo -------------------------------------------------------------------------------------------------------------


def zalo(event: str, **more: Any) -> bytes:
    told = {"app_id": "1", "sender": {"id": "2512"}, "recipient": {"id": OA.remote_id}, "event_name": event,
            "timestamp": str(MS), **more}  # fmt: skip
    return json.dumps(told, ensure_ascii=False).encode()


TEXT = {"message": {"msg_id": "m1", "text": "Bao giờ có nước?"}}
ZALO = {
    "text": (
        zalo("user_send_text", **TEXT),
        [Written(OA.remote_id, AT, Comment("m1", "Bao giờ có nước?", AT, "", "", "2512"))],
    ),
    "picture": (
        zalo("user_send_image", message={"msg_id": "m2", "text": "ngập", "attachments": [{"type": "image"}]}),
        [Written(OA.remote_id, AT, Comment("m2", "ngập", AT, "", "", "2512"))],
    ),
    "no words": (zalo("user_send_sticker", message={"msg_id": "m3", "attachments": []}), []),
    "own": (zalo("oa_send_text", **TEXT), []),
    "group": (zalo("user_send_group_text", **TEXT), []),
    "unknown": (zalo("event_journey_x", **TEXT), []),
    "follow": (
        zalo("follow", oa_id=OA.remote_id, follower={"id": "2512"}),
        [Follows(OA.remote_id, AT, "2512", True)],
    ),
    "unfollow": (
        zalo("unfollow", oa_id=OA.remote_id, follower={"id": "2512"}),
        [Follows(OA.remote_id, AT, "2512", False)],
    ),
    "withdrawn": (zalo("user_withdraw_message", message={"msg_id": "m1"}), [Removed(OA.remote_id, AT, "m1", "")]),
}  # fmt: skip


@pytest.mark.parametrize("case", ZALO)
def test_zalos_events(case: str) -> None:
    body, expected = ZALO[case]
    assert list(ZaloHooks().read(body)) == expected
    assert not ZaloHooks().is_probe(body)


def test_zalos_probe_and_keys() -> None:
    hooks = ZaloHooks()
    assert hooks.is_probe(b"{}") and hooks.is_probe(b"") and not hooks.is_probe(b"[")
    assert hooks.key(zalo("user_send_text", **TEXT)) == hooks.key(zalo("user_send_text", **TEXT, num=2))
    assert hooks.key(zalo("user_send_text", **TEXT)) != hooks.key(zalo("user_reacted_message", **TEXT))
    follow = zalo("follow", follower={"id": "1"})
    assert hooks.key(follow) != hooks.key(zalo("follow", follower={"id": "2"}))
    seen = zalo("user_seen_message", message={"msg_ids": ["a", "b"]})
    assert hooks.key(seen) != hooks.key(zalo("user_seen_message", message={"msg_ids": ["a"]}))


# -- Viber ------------------------------------------------------------------------------------------------------------

TOKEN = 5741311803571721087
VIBER: Mapping[str, tuple[dict[str, Any], list[Any]]] = {
    "message": (
        {"sender": {"id": "01=", "name": "Lan"}, "message": {"type": "text", "text": "ngập"}},
        [Follows("", AT, "01=", True), Written("", AT, Comment(str(TOKEN), "ngập", AT, "", "", "01=", "Lan"))],
    ),
    "subscribed": ({"user": {"id": "01="}}, [Follows("", AT, "01=", True)]),
    "unsubscribed": ({"user_id": "01="}, [Follows("", AT, "01=", False)]),
    "conversation_started": ({"type": "open", "context": "", "user": {"id": "01="}, "subscribed": False}, []),
    "delivered": ({"user_id": "01="}, [Receipt("", AT, str(TOKEN), "01=", "delivered")]),
    "seen": ({"user_id": "01="}, [Receipt("", AT, str(TOKEN), "01=", "seen")]),
    "failed": ({"user_id": "01=", "desc": "x"}, [Receipt("", AT, str(TOKEN), "01=", "failed")]),
    "client_status": ({"user": {"id": "01="}}, []),
}


def viber(event: str, **more: Any) -> bytes:
    return json.dumps({"event": event, "timestamp": MS, "message_token": TOKEN, **more}).encode()


@pytest.mark.parametrize("event", VIBER)
def test_vibers_events(event: str) -> None:
    fields, expected = VIBER[event]
    assert list(ViberHooks().read(viber(event, **fields))) == expected


@pytest.mark.parametrize("event", sorted(set(VIBER) - {"client_status"}))
def test_vibers_own_client_reads_the_same_person_and_message(event: str) -> None:
    peer = Api(BotConfiguration(name="Loa", avatar="", auth_token="k"))
    theirs = peer.parse_request(viber(event, **VIBER[event][0]))
    ours = ViberHooks().read(viber(event, **VIBER[event][0]))
    for told in ours:
        assert told.at.timestamp() * 1000 == theirs.timestamp
        user = theirs.sender.id if event == "message" else getattr(theirs, "user_id", "") or theirs.user.id
        if isinstance(told, Written):
            assert (told.comment.author_key, told.comment.text) == (user, theirs.message.text)
            assert told.comment.remote_id == str(theirs.message_token)
        else:
            assert isinstance(told, Follows | Receipt) and told.user_id == user


def test_vibers_probe_and_keys() -> None:
    hooks = ViberHooks()
    assert hooks.is_probe(viber("webhook")) and not hooks.is_probe(viber("message")) and not hooks.is_probe(b"[")
    once = hooks.key(viber("delivered", user_id="01="))
    assert once == hooks.key(viber("delivered", user_id="01=", chat_hostname="another device"))
    assert once not in (hooks.key(viber("delivered", user_id="02=")), hooks.key(viber("seen", user_id="01=")))


# -- what is none -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", sorted(HOOKS))
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b"null", b"\xff", b"[" * 100_000, b'{"timestamp":1e999}'])
def test_what_nobody_knows_is_unreadable_and_has_a_key(kind: str, body: bytes) -> None:
    assert HOOKS[kind].key(body)
    with pytest.raises(Unreadable):
        HOOKS[kind].read(body)


def test_times_and_ids() -> None:
    assert moment(S) == moment(str(S)) == moment(MS) == moment(str(MS)) == AT
    for odd in (None, True, -1, 0, 10**30, "1e9", "", "²", 1.5, [], float("nan")):
        assert moment(odd) is None
    assert (name("a/+="), name(12), name(0)) == ("a/+=", "12", "0")
    for nothing in (None, True, -1, 1.5, "a\x00", "\ud800", "x" * 201, 10**400, {}):
        assert name(nothing) == ""
