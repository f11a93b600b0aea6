"""Viber's adapters held against its notes: each request field by field, each error row, and its own client as peer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from viberbot import Api, BotConfiguration
from viberbot.api.message_sender import MessageSender
from viberbot.api.messages import get_message

from channels.base import REPLY, AccountRef, Content, Endpoints, MediaFile, Notes
from channels.errors import AuthLost, ChannelError, QuotaReached, Rejected, Throttled, Unclear
from channels.http import Door
from channels.registry import CHANNELS
from channels.sandbox.viber import ViberSandbox
from tests.channels.scripted import Scripted
from tests.channels.test_viber_bot import Known
from tests.channels.viber_contract import broken
from tests.conftest import FakeClock

TOKEN, OK = "4f-secret-token", {"status": 0, "status_message": "ok", "message_token": 5741311803571721087}
JPG = MediaFile(Path("a.jpg"), "picture", "image/jpeg", 900, "0", alt_text="Ảnh", public_url="https://x.example/a.jpg")
MP4 = MediaFile(Path("a.mp4"), "clip", "video/mp4", 900, "1", duration_s=5.9, public_url="https://x.example/a.mp4")
SMALL = replace(JPG, kind="thumbnail", public_url="https://x.example/t.jpg")
LINK = "https://binhson.example/tin"
FORMS = {
    "text": Content("Cắt nước"),
    "text and link": Content("Cắt nước", link=LINK),
    "longest text": Content("ữ" * 7000),
    "link": Content("", link=LINK),
    "picture": Content("Hình", media=(JPG,)),
    "picture alone": Content("", media=(JPG,)),
    "pictures": Content("Ba hình", link=LINK, media=(JPG,) * 3),
    "clip": Content("", media=(MP4,)),
    "clip with words": Content("Phim", media=(MP4, SMALL)),
    "clip of a part of a second": Content("", media=(replace(MP4, duration_s=0.4),)),
    "clip of unknown length": Content("", media=(replace(MP4, duration_s=0.0),)),
    "pictures and clip": Content("Cả hai", media=(JPG, JPG, MP4)),
}
KINDS = ("viber", "viber_bot")


class Sender:
    """Opens an adapter on a scripted Viber and sends a content with all that follows it."""

    def __init__(self, door: Door, clock: FakeClock, scripted: Scripted) -> None:
        self.door, self.clock, self.scripted = door, clock, scripted
        self.receivers = Known([f"{n:021d}A==" for n in range(300)])
        self.receivers.authors["77"] = "01234567890A="

    async def send(self, kind: str, content: Content, **settings: str) -> None:
        account = AccountRef(kind, "pa:5", "UBND phường", {"sender": "pX+/A==", **settings}, {"auth_token": TOKEN})
        channel = CHANNELS[kind](
            account, door=self.door, endpoints=Endpoints(viber=self.scripted.url), now=self.clock,
            receivers=self.receivers,
        )  # fmt: skip

        async def save(_: Notes) -> None:
            return None

        assert CHANNELS[kind].review(content) == []
        for each in (content, *channel.follow_ups(content)):
            out = channel.compose(each, account)
            left: Notes | None = {}
            while left is not None:
                notes = await channel.prepare(out, left, save) if channel.prepares(out) else left
                await channel.submit(out, notes)
                left = channel.rest(out, notes)

    def requests(self) -> list[tuple[str, bytes, dict[str, Any]]]:
        return [(path, raw, json.loads(raw)) for path, _, raw in self.scripted.calls]


@pytest.fixture
def sender(door: Door, clock: FakeClock, scripted: Scripted) -> Sender:
    scripted.says(OK)
    return Sender(door, clock, scripted)


# -- requests ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", FORMS)
async def test_every_request_is_one_that_the_notes_know(kind: str, form: str, sender: Sender) -> None:
    await sender.send(kind, FORMS[form])
    assert [broken(*request) for request in sender.requests()] == [[]] * len(sender.requests())
    assert all(h["X-Viber-Auth-Token"] == TOKEN for _, h, _ in sender.scripted.calls)


async def test_an_answer_is_a_request_that_the_notes_know(sender: Sender) -> None:
    await sender.send(
        "viber_bot", Content("Vâng", options={"form": REPLY, "target": "77"}), avatar="https://x.example/a.jpg"
    )
    [(path, raw, body)] = sender.requests()
    assert (path, body["receiver"], broken(path, raw, body)) == ("/pa/send_message", "01234567890A=", [])


async def test_the_token_in_a_posts_body_is_known_too(sender: Sender) -> None:
    await sender.send("viber", FORMS["text"], token_in_body="1")
    assert [broken(*request) for request in sender.requests()] == [[]]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"text": None}, "text is None"), ({"from": ""}, "from is ''"), ({"text": "x" * 7001}, "text is"),
        ({"media": LINK}, "media is not known"), ({"type": "poll"}, "type is 'poll'"),
    ],
)  # fmt: skip
def test_the_contract_finds_what_is_wrong(wrong: Mapping[str, Any], told: str) -> None:
    body = {"from": "me", "type": "text", "text": "t", **wrong}
    assert broken("/pa/post", b"", body)[0].startswith(told)


# -- errors: every row of viber.md 6 ----------------------------------------------------------------------------------

STOP, REFUSED = (2, 7, 8, 9, 10, 15, 18, 24), (1, 3, 4, 5, 6, 11, 13, 14, 16, 17, 19, 20, 21, 22)
ROWS: Mapping[int, type[ChannelError]] = {
    **dict.fromkeys(STOP, AuthLost), **dict.fromkeys(REFUSED, Rejected), 12: Throttled, 23: QuotaReached, 99: Unclear,
}  # fmt: skip
WAYS = {
    "/pa/post": ("viber", Content("x")),
    "/pa/broadcast_message": ("viber_bot", Content("x")),
    "/pa/send_message": ("viber_bot", Content("x", options={"form": REPLY, "target": "77"})),
}


@pytest.mark.parametrize("path", WAYS)
@pytest.mark.parametrize("status", ROWS)
async def test_every_row_ends_in_its_class_with_a_sentence_that_says_what_to_do(
    status: int, path: str, sender: Sender
) -> None:
    sender.scripted.says({"status": status, "status_message": f"auth_token={TOKEN}", "members": []})
    kind, content = WAYS[path]
    with pytest.raises(ROWS[status]) as caught:
        await sender.send(kind, content)
    error = caught.value
    assert type(error) is ROWS[status] and error.code == str(status)
    for said in (error.told.vi, error.told.en):
        assert len(said) > 20 and said.endswith(".") and TOKEN not in said and str(status) not in said
        assert status == 99 or ":" in said, "what to do stands behind the colon"
    assert error.told.vi != error.told.en and TOKEN not in error.detail
    assert [p for p, _, _ in sender.scripted.calls].count(path) == 1


def test_no_row_is_forgotten() -> None:
    assert set(ROWS) - {99} == set(range(1, 25))


# -- Viber's own client as a peer -------------------------------------------------------------------------------------


class Recorder:
    """Takes what Viber's own client would send."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, dict[str, Any]]] = []

    def post_request(self, endpoint: str, payload: str) -> dict[str, Any]:
        self.sent.append((endpoint, json.loads(payload)))
        return OK


@pytest.mark.parametrize("form", FORMS)
async def test_vibers_own_client_sends_the_same_post(form: str, sender: Sender) -> None:
    await sender.send("viber", FORMS[form])
    config, recorder = BotConfiguration(name="x", avatar="", auth_token=TOKEN), Recorder()
    for path, _, body in sender.requests():
        peer = MessageSender(Api(config)._logger, recorder, config)
        assert peer.post_to_public_account(body["from"], "x", "", get_message(body)) == OK["message_token"]
        endpoint, theirs = recorder.sent[-1]
        assert (
            path == f"/pa/{endpoint}" and {k: v for k, v in theirs.items() if k not in ("auth_token", "sender")} == body
        )


async def test_vibers_own_client_sends_the_same_answer(sender: Sender) -> None:
    await sender.send(
        "viber_bot", Content("Vâng", options={"form": REPLY, "target": "77"}), avatar="https://x.example/a.jpg"
    )
    [(path, _, body)] = sender.requests()
    config, recorder = BotConfiguration(name="x", avatar="", auth_token=TOKEN), Recorder()
    peer = MessageSender(Api(config)._logger, recorder, config)
    peer.send_message(body["receiver"], body["sender"]["name"], body["sender"]["avatar"], get_message(body))
    [(endpoint, theirs)] = recorder.sent
    assert path == f"/pa/{endpoint}" and theirs == {**body, "auth_token": TOKEN}


async def test_vibers_own_client_reads_the_stand_ins_callbacks(clock: FakeClock) -> None:
    viber = ViberSandbox(now=clock, seed=1)
    viber.add_bot("pa:7", "Bot", TOKEN, webhook="https://loa.example/b")
    lan = viber.add_user("pa:7", "Lan")
    viber.start_conversation("pa:7", lan.user_id)
    viber.subscribe("pa:7", lan.user_id)
    viber.say("pa:7", lan.user_id, "ngập")
    viber.unsubscribe("pa:7", lan.user_id)
    peer = Api(BotConfiguration(name="x", avatar="", auth_token=TOKEN))
    read = [peer.parse_request(json.dumps(callback.event)) for callback in viber.callbacks]
    assert [each.event_type for each in read] == ["conversation_started", "subscribed", "message", "unsubscribed"]
    ids = [read[0].user.id, read[1].user.id, read[2].sender.id, read[3].user_id]
    assert ids == [lan.user_id] * 4 and read[2].message.text == "ngập"
