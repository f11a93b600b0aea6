"""Every request that the Facebook adapter makes, over all its forms, is one that Meta declares: method, path, names,
types."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from channels.base import COMMENT, EDIT
from channels.facebook import FacebookChannel
from channels.http import Door
from channels.sandbox.facebook import FacebookSandbox
from channels.sandbox.facebook.logins import Caller
from tests.channels.facebook_specs import FOLDER, Declared, from_package, from_specs
from tests.channels.facebook_wire import (
    PAGE,
    SRT,
    TOKEN,
    Kept,
    adapter,
    answer,
    beside,
    clip,
    composed,
    on,
    picture,
    pictures,
    upright,
)
from tests.conftest import FakeClock

EVERYWHERE = {"access_token", "appsecret_proof", "fields", "limit", "after", "since", "until"}
"""What the Graph API takes on every call or every list (facebook.md 1, 6)."""
BY_NOTES = {("photos", "source"), ("videos", "video_file_chunk")}
"""Files that the notes and Meta's pages name, while its specs leave them out or call them text."""


@dataclass
class Asked:
    """One request as it arrived."""

    place: tuple[str, str, str]
    words: dict[str, str]
    files: list[str]


class Recording(FacebookSandbox):
    """The stand-in, keeping what it is asked."""

    def __init__(self, **words: Any) -> None:
        super().__init__(**words)
        self.asked: list[Asked] = []

    async def _answer(
        self, method: str, caller: Caller, parts: list[str], words: Mapping[str, str], files: Mapping[str, bytes]
    ) -> dict[str, Any]:
        self.asked.append(Asked(self.place(method, parts), dict(words), list(files)))
        return await super()._answer(method, caller, parts, words, files)

    def place(self, method: str, parts: list[str]) -> tuple[str, str, str]:
        """Node, method and edge of a request."""
        name, page = parts[0], self.accounts[PAGE]
        if name == PAGE:
            node = "Page"
        elif self.remark_named(page, name):
            node = "Comment"
        else:
            node = "PagePost" if "_" in name else "AdVideo"
        return node, method, parts[1] if len(parts) > 1 else ""


async def everything(page: FacebookChannel, graph: Recording, clock: FakeClock, folder: Path) -> None:
    """Every form in all its steps, everything that is read, everything that is done to comments."""
    captions = [beside(folder, "captions", SRT), beside(folder, "captions", SRT, "en")]
    thumbnail = beside(folder, "thumbnail", b"\xff\xd8\xffthumb")
    sent = []
    for out in (
        composed("Tin", link="https://binhson.example/tin", options={"pin": "true"}),
        composed("Hình", picture(folder)),
        composed("Ba hình", *pictures(folder, "1", "2", "3")),
        composed("Clip", clip(folder), *captions, thumbnail, title="Tên"),
        composed("Reel", upright(folder), *captions, thumbnail, title="Tên"),
    ):
        notes = await page.prepare(out, {}, Kept())
        sent.append(await page.submit(out, notes))
        await page.find_sent(out, notes, clock())
        await page.poll(out, sent[-1], notes)
        await page.finish(out, sent[-1], notes)
    post, video = sent[0].remote_id, sent[3].remote_id
    remark = graph.add_remark(post, "Người dân", "hỏi", clock()).remote_id
    words = [answer(remark), on(post, COMMENT, "Nguồn"), on(video, COMMENT, "Nguồn"), on(post, EDIT, "Mới"),
             on(video, EDIT, "Mới", "Tên mới")]  # fmt: skip
    for out in words:
        said = await page.submit(out, {})
        await page.find_sent(out, {}, clock())
    for done in (True, False):
        await page.hide_comment(remark, done)
        await page.like_comment(remark, done)
    clock.forward(hours=5)
    await page.check_account()
    await page.read_items(clock() - timedelta(days=1))
    for one in sent:
        await page.read_metrics(one.remote_id)
        await page.read_comments(one.remote_id, clock() - timedelta(days=1))
    await page.read_account_metrics(clock() - timedelta(days=8), clock())
    assert said.remote_id == video
    for name in (remark, *(one.remote_id for one in sent)):
        await page.withdraw(name)


@pytest.fixture(
    params=[
        pytest.param(from_specs, marks=pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no specs at {FOLDER}")),
        from_package,
    ]
)
def declared(request: pytest.FixtureRequest) -> Declared:
    source: Callable[[], Declared] = request.param
    return source()


async def test_every_request_is_one_that_meta_declares(
    door: Door, clock: FakeClock, declared: Declared, tmp_path: Path
) -> None:
    graph = Recording(now=clock, seed=1)
    graph.add_page(PAGE, "UBND", TOKEN, app_secret="s3cret", followers=500)
    graph.accounts[PAGE].days["2026-11-22"] = {"page_media_view": 5}
    page = adapter(door, clock, await graph.start(), app_id="900", app_secret="s3cret")
    try:
        await everything(page, graph, clock, tmp_path)
    finally:
        await graph.stop()
    assert not graph.refused, list(graph.refused)
    wrong, seen = [], set()
    for asked in graph.asked:
        place, call = asked.place, declared.get(asked.place)
        if call is None:
            wrong.append(f"{place} is not declared")
            continue
        seen.add(place)
        told = {n: v for n, v in asked.words.items() if n not in EVERYWHERE or n in call.params}
        wrong += [f"{place}: {what}" for n, v in told.items() if (what := call.complains(n, v))]
        wrong += [f"{place}: {n} is no file" for n in asked.files
                  if (place[2], n) not in BY_NOTES and call.params.get(n) != "file"]  # fmt: skip
    assert not wrong, sorted(set(wrong))
    assert len(seen) >= 25, seen


def test_a_wrong_request_would_be_noticed(declared: Declared) -> None:
    feed = declared["Page", "POST", "feed"]
    assert feed.complains("message", "chào") == feed.complains("published", "true") == ""
    assert feed.complains("attached_media", '[{"media_fbid": "1"}]') == ""
    for name, value in (("published", "False"), ("attached_media", '["1"]'), ("messages", "chào"),
                        ("scheduled_publish_time", "tomorrow"), ("unpublished_content_type", "LATER")):  # fmt: skip
        assert feed.complains(name, value)
    assert ("AdVideo", "POST", "captions") in declared and ("Comment", "DELETE", "insights") not in declared
