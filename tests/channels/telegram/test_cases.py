"""Content in, request out; recorded answer in, expected value out. The cases are data, a file for each part."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from channels import errors
from channels.base import EDIT, Content
from channels.errors import ChannelError, Unclear
from channels.telegram import TelegramChannel
from tests.channels.telegram.bot_api import TOKEN, BotApi, account, cases, content
from tests.channels.telegram.conftest import Open

TEXT = Content("Lịch cấp nước")


def told(error: ChannelError, says: str) -> None:
    """People read in both languages what happened, and no token."""
    assert says in error.told.vi and len(error.told.en) > 10 and error.told.vi != error.told.en
    assert TOKEN not in f"{error!r} {error.detail}"


@pytest.mark.parametrize("case", cases("sending"), ids=lambda c: c["case"])
async def test_what_is_composed_is_what_is_sent(
    case: dict[str, Any], bot_api: BotApi, opened: Open, tmp_path: Path
) -> None:
    channel, bot_api.answers = opened(case.get("account", "@binhson")), [case["answer"]]
    written = content(case["content"], tmp_path)
    assert TelegramChannel.review(written) == []
    out = channel.compose(written, channel.account)
    sent = await channel.submit(out, {})
    assert [sent.remote_id, sent.permalink, sent.processing] == [*case["sent"], False]
    [asked] = bot_api.calls
    assert (asked.method, asked.fields, asked.files) == (case["method"], case["fields"], case["files"])
    assert bot_api.tokens == {TOKEN}
    assert channel.has_extras(out) == case.get("pinned", False)
    assert channel.withdraws(out.form) == (out.form != EDIT)


@pytest.mark.parametrize("case", cases("errors"), ids=lambda c: c["case"])
async def test_an_answer_ends_in_its_class(case: dict[str, Any], bot_api: BotApi, opened: Open) -> None:
    channel, bot_api.answers = opened("@binhson"), [case["answer"]]
    for wanted, call in (
        (case["write"], channel.submit(channel.compose(TEXT, channel.account), {})),
        (case["read"], channel.read_account_metrics(channel.now(), channel.now())),
    ):
        with pytest.raises(ChannelError) as caught:
            await call
        assert type(caught.value) is getattr(errors, wanted), caught.value
        assert caught.value.retry_after_s == case.get("wait")
        assert caught.value.code == case.get("code", caught.value.code)
        told(caught.value, case["says"])
    assert len(bot_api.calls) == 2, "nothing is tried again by itself"


@pytest.mark.parametrize("case", cases("acting"), ids=lambda c: c["case"])
async def test_acting_on_what_is_out(case: dict[str, Any], bot_api: BotApi, opened: Open) -> None:
    channel, bot_api.answers = opened("@binhson"), case["answers"]
    edit = channel.compose(Content("Mới", options={"form": EDIT, "target": case["target"]}), channel.account)
    call = {"withdraw": channel.withdraw, "pin": channel.pin}.get(case["act"])
    doing = call(case["target"]) if call else channel.submit(edit, {})
    if "error" not in case:
        await doing
    else:
        with pytest.raises(ChannelError) as caught:
            await doing
        assert type(caught.value) is getattr(errors, case["error"])
        told(caught.value, case["says"])
    assert [[asked.method, asked.fields] for asked in bot_api.calls] == case["calls"]


@pytest.mark.parametrize("case", cases("account"), ids=lambda c: c["case"])
async def test_an_account_is_what_telegram_says(case: dict[str, Any], bot_api: BotApi, opened: Open) -> None:
    bot_api.answers = case["answers"]
    health = await opened("@binhson").check_account()
    assert (health.ok, health.lost, health.name, health.followers) == tuple(
        case[name] for name in ("ok", "lost", "name", "followers")
    )
    assert [concern.code for concern in health.concerns] == case["concerns"]
    assert case["says"] in health.told.vi
    assert [[asked.method, asked.fields] for asked in bot_api.calls] == case["calls"]


@pytest.mark.parametrize("case", cases("review"), ids=lambda c: c["case"])
def test_what_would_be_refused_is_told_before(case: dict[str, Any], tmp_path: Path) -> None:
    letter, times = case["content"]["text"]
    written = content({**case["content"], "text": letter * times}, tmp_path)
    assert [problem.code for problem in TelegramChannel.review(written)] == case["problems"]


@pytest.mark.parametrize(
    "result", [{}, [], None, True, "17", [{}], {"message_id": "17"}, {"message_id": True}, [{"message_id": 1}, 5]]
)
async def test_ok_without_a_number_is_unclear(result: Any, bot_api: BotApi, opened: Open) -> None:
    channel, bot_api.answers = opened("@binhson"), [{"ok": True, "result": result}]
    with pytest.raises(Unclear):
        await channel.submit(channel.compose(TEXT, channel.account), {})


async def test_the_followers_are_a_figure_of_the_day(bot_api: BotApi, opened: Open) -> None:
    channel, bot_api.answers = opened("@binhson"), [{"ok": True, "result": 12_345_678}]
    [metric] = await channel.read_account_metrics(channel.now(), channel.now())
    assert (metric.name, metric.value, metric.unit, metric.day) == ("followers", 12_345_678, "people", "2026-11-24")


def test_a_file_that_goes_with_a_clip_is_not_sent_for_itself(tmp_path: Path) -> None:
    written = content({"media": [{"file": "a.mp4"}, {"file": "a.jpg"}]}, tmp_path)
    clip, picture = written.media
    thumbnail = type(picture)(picture.path, "thumbnail", picture.mime, picture.size, picture.sha256)
    out = TelegramChannel.compose(Content("", media=(clip, thumbnail)), account())
    assert (out.form, out.media) == ("video", (clip,))
