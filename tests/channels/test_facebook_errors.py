"""Every code of the notes' table, over real HTTP: what the Facebook adapter makes of it, and when it comes back."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from channels.errors import AuthLost, ChannelError, Rejected, Throttled, Unclear, Unreachable
from channels.facebook import FacebookChannel
from channels.facebook.values import usage
from tests.channels.facebook_wire import Wire, composed

NOTES = Path(__file__).resolve().parents[3] / "shared" / "platforms" / "facebook.md"

# code, subcode, what a refused write is; a read that fails for Facebook's own sake is Unreachable
TABLE: list[tuple[int, int | None, type[ChannelError]]] = [
    (1, None, Unclear),
    (2, None, Unclear),
    (3, None, AuthLost),
    *[(code, None, Throttled) for code in (4, 17, 32, 613, 341, 80001, 80000, 80014)],
    (32, 2446079, Throttled),
    (100, 2446079, Throttled),
    (10, None, AuthLost),
    (100, None, Rejected),
    (100, 33, Rejected),
    (102, None, AuthLost),
    (104, None, AuthLost),
    *[(190, sub, AuthLost) for sub in (None, 458, 459, 460, 463, 464, 467, 492)],
    *[(code, None, AuthLost) for code in (200, 210, 299)],
    (324, None, Rejected),
    (368, None, AuthLost),
    (368, 1390008, AuthLost),
    (1390008, None, AuthLost),
    (382, None, Rejected),
    (389, None, Rejected),
    (506, None, Unclear),
    *[(368, sub, Rejected) for sub in (1346003, 1404102)],
    *[(100, sub, Rejected) for sub in (1349125, 2061006, 1609005, 1609008, 2069019, 1363022, 1363023)],
    (6000, None, Unreachable),
    (6001, 1363030, Unreachable),
    (6001, 1363037, Unreachable),
    (100, 1363037, Unreachable),
    (100, 1363019, Unreachable),
    (200, 1363042, AuthLost),
    (100, 1363047, Unclear),
    (100, 1609010, Unclear),
    (1, 1366046, Rejected),
    (100, 1366051, Unclear),
    *[(368, sub, AuthLost) for sub in (1404006, 1404112, 4854002)],
    (200, 1404078, AuthLost),
    (2500, None, Rejected),
    (3001, 1504028, Rejected),
    (99_999, None, Rejected),
    (300, None, Rejected),
    (80_015, None, Rejected),
]


@pytest.mark.parametrize(("code", "sub", "kind"), TABLE)
async def test_a_code_says_what_happens_next(
    told: FacebookChannel, wire: Wire, code: int, sub: int | None, kind: type[ChannelError]
) -> None:
    wire.says((code, sub))
    with pytest.raises(ChannelError) as caught:
        await told.submit(composed(), {})
    assert type(caught.value) is kind
    assert caught.value.code == (f"{code}/{sub}" if sub else str(code))
    with pytest.raises(ChannelError) as caught:
        await told.read_comments("1001_7", None)
    assert type(caught.value) is (Unreachable if kind is Unclear else kind)
    assert len(wire.asked) == 2
    told_vi, told_en = caught.value.told.vi, caught.value.told.en
    assert told_vi.endswith(".") and told_en.endswith(".") and told_vi != told_en
    assert not {"Error", "OAuth", "{", "None"} & {*told_vi.split(), *told_en.split()}, "a sentence for people"


@pytest.mark.skipif(not NOTES.is_file(), reason=f"the platform notes are not at {NOTES}")
def test_every_row_of_the_notes_is_in_the_table() -> None:
    text = NOTES.read_text(encoding="utf-8").partition("## 9. Errors")[2]
    rows = [line.split("|")[1].partition("(")[0] for line in text.splitlines() if line.startswith("| ")]
    named = {int(code) for row in rows for code in re.findall(r"\b\d+\b", row)}
    assert len(named) > 50
    assert named <= {code for code, _, _ in TABLE} | {sub for _, sub, _ in TABLE if sub}


@pytest.mark.parametrize(
    ("code", "sub", "word"),
    [
        (104, None, "app secret"),
        (100, 1609005, "link"),
        (3001, 1504028, "administrator"),
        (6000, None, "by itself"),
        (324, None, "file"),
        (368, 1390008, "24 hours"),
        (368, 1404006, "Facebook app"),
        (4, None, "waits"),
        (100, 33, "no longer"),
        (506, None, "reads the Page back"),
    ],
)
async def test_a_sentence_says_what_to_do(
    told: FacebookChannel, wire: Wire, code: int, sub: int | None, word: str
) -> None:
    wire.says((code, sub))
    with pytest.raises(ChannelError) as caught:
        await told.submit(composed(), {})
    assert word in caught.value.told.en


async def test_codes_may_be_text_or_missing(told: FacebookChannel, wire: Wire) -> None:
    for answer, kind in (
        (("190", "463"), AuthLost),
        ((None, None), Rejected),
        (("OAuth", None), Rejected),
    ):
        wire.says(answer)
        with pytest.raises(ChannelError) as caught:
            await told.submit(composed(), {})
        assert type(caught.value) is kind


@pytest.mark.parametrize("code", [1363, 100])
async def test_what_passes_is_looked_for(told: FacebookChannel, wire: Wire, code: int) -> None:
    wire.says((code, None, {"is_transient": True}))
    with pytest.raises(Unclear):
        await told.submit(composed(), {})
    wire.says((190, None, {"is_transient": True}))
    with pytest.raises(AuthLost):
        await told.submit(composed(), {})
    wire.says((4, None, {"is_transient": True}))
    with pytest.raises(Throttled):
        await told.submit(composed(), {})


@pytest.mark.parametrize(("sub", "word"), [(459, "log in"), (464, "log in"), (492, "permission"), (463, "reconnect")])
async def test_the_person_is_told_what_to_do(told: FacebookChannel, wire: Wire, sub: int, word: str) -> None:
    wire.says((190, sub))
    with pytest.raises(AuthLost) as caught:
        await told.submit(composed(), {})
    assert word in caught.value.told.en


async def test_facebooks_own_words_are_shown_with_a_refusal(told: FacebookChannel, wire: Wire) -> None:
    wire.says((100, 1609005, {"error_user_msg": "Không đọc được liên kết"}))
    with pytest.raises(Rejected) as caught:
        await told.submit(composed(), {})
    assert "Không đọc được liên kết" in caught.value.told.vi


@pytest.mark.parametrize(
    "answer",
    [
        web.Response(status=502, text="<html>Bad Gateway", content_type="text/html"),
        web.Response(status=500, text="{}", content_type="application/json"),
        web.Response(status=500, text="false", content_type="application/json"),
        web.Response(status=200, text="true", content_type="application/json"),
        web.Response(status=200, text="", content_type="application/json"),
        web.Response(status=200, text='{"id": "10', content_type="application/json"),
        web.Response(status=200, text="<html>", content_type="text/html"),
        web.Response(status=400, text='{"error_code": 5, "error_msg": "x"}', content_type="application/json"),
        web.Response(status=200, text='{"error": "text"}', content_type="application/json"),
        web.Response(status=200, text="access_token=a&expires=1", content_type="text/plain"),
    ],
    ids=range(10),
)
async def test_an_answer_that_is_none_is_unclear(told: FacebookChannel, wire: Wire, answer: web.Response) -> None:
    wire.says(answer)
    with pytest.raises(Unclear):
        await told.submit(composed(), {})
    with pytest.raises(Unreachable):
        await told.read_comments("1001_7", None)
    assert len(wire.asked) == 2


async def test_json_under_another_name_is_read(told: FacebookChannel, wire: Wire) -> None:
    """Facebook has answered as text/javascript; the library gives such a body up."""
    error = {"error": {"message": "x", "code": 190, "error_subcode": 460}}
    wire.says(web.Response(status=400, text=json.dumps(error), content_type="text/javascript"))
    with pytest.raises(AuthLost):
        await told.submit(composed(), {})
    wire.says(web.Response(text='{"id": "1001_7"}', content_type="text/javascript"))
    assert (await told.submit(composed(), {})).remote_id == "1001_7"
    wire.says(web.Response(status=500, text='{"id": "1001_7"}', content_type="text/javascript"))
    with pytest.raises(Unclear):
        await told.submit(composed(), {})


async def test_an_error_with_http_200_is_one(told: FacebookChannel, wire: Wire) -> None:
    body = {"error": {"message": "x", "code": 190, "error_subcode": 460}}
    wire.says(web.json_response(body))
    with pytest.raises(AuthLost):
        await told.submit(composed(), {})


def throttled(headers: dict[str, str], code: int = 80001) -> web.Response:
    return web.json_response({"error": {"message": "x", "code": code}}, status=400, headers=headers)


def business(**told: Any) -> dict[str, str]:
    return {"X-Business-Use-Case-Usage": json.dumps({"1001": [{"type": "pages", **told}]})}


@pytest.mark.parametrize(
    ("headers", "code", "wait"),
    [
        (business(call_count=100, estimated_time_to_regain_access=7), 80001, 420.0),
        (business(call_count=100, estimated_time_to_regain_access="7"), 4, 420.0),
        (business(call_count=100, estimated_time_to_regain_access=0), 80001, 3600.0),
        ({"X-App-Usage": "nonsense"}, 17, 3600.0),
        ({}, 32, 3600.0),
        ({}, 341, 6 * 3600.0),
    ],
)
async def test_a_throttle_says_when_to_come_back(
    told: FacebookChannel, wire: Wire, headers: dict[str, str], code: int, wait: float
) -> None:
    wire.says(throttled(headers, code))
    with pytest.raises(Throttled) as caught:
        await told.submit(composed(), {})
    assert caught.value.retry_after_s == wait


async def test_an_old_wait_is_not_told_again(told: FacebookChannel, wire: Wire) -> None:
    wire.says(throttled(business(estimated_time_to_regain_access=7)), throttled({}))
    waits = []
    for _ in range(2):
        with pytest.raises(Throttled) as caught:
            await told.submit(composed(), {})
        waits.append(caught.value.retry_after_s)
    assert waits == [420.0, 3600.0]


def test_the_highest_use_counts() -> None:
    headers = {
        "x-app-usage": '{"call_count":28,"total_time":25,"total_cputime":"91"}',
        "x-page-usage": '{"call_count":30}',
        "x-business-use-case-usage": json.dumps(
            {
                "1001": [{"type": "pages", "call_count": 10, "estimated_time_to_regain_access": 3}],
                "77": [{"call_count": 99, "estimated_time_to_regain_access": 1}, None],
                "odd": "text",
            }
        ),
    }
    found = usage(headers)
    assert (found["call_count"], found["total_cputime"], found["regain_s"]) == (99.0, 91.0, 180.0)
    for odd in ("", "[]", "null", "{", '{"a": true, "b": null, "c": "NaN"}'):
        assert usage({"x-app-usage": odd}) == {}
