"""What goes with a clip on YouTube, first comments, edits and hiding, over real HTTP against the stand-in."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from channels.base import AccountRef, Content, MediaFile, Outgoing, Sent
from channels.errors import AuthLost, Rejected
from channels.sandbox.core import Account
from channels.sandbox.pictures import picture
from channels.sandbox.youtube import YouTubeSandbox
from channels.sandbox.youtube.base import Playlist
from channels.youtube import YouTubeChannel
from tests.channels.scripted import Scripted
from tests.channels.youtube_wire import CHANNEL, Adapter, composed, correction, keep_nothing, uploaded

REF = AccountRef("youtube", CHANNEL, secrets={"client_id": "c"})
UNITS = "youtube:units:c"


def file(path: Path, kind: str, mime: str, data: bytes, **words: Any) -> MediaFile:
    path.write_bytes(data)
    return MediaFile(path, kind, mime, len(data), kind[0] * 60 + words.get("language", "xx"), **words)


@pytest.fixture
def beside(tmp_path: Path) -> tuple[MediaFile, ...]:
    """Captions in two languages and a thumbnail."""
    text = "1\n00:00:00,000 --> 00:00:02,000\nXin chào\n".encode()
    return (
        file(tmp_path / "vi.srt", "captions", "application/x-subrip", text, language="vi"),
        file(tmp_path / "en.srt", "captions", "application/x-subrip", text, language="en"),
        file(tmp_path / "cover.jpg", "thumbnail", "image/jpeg", picture("Bìa", 1, (64, 36))),
    )


def add_lists(youtube: YouTubeSandbox, *names: str) -> None:
    for name in names:
        youtube.playlists[name] = Playlist(name, CHANNEL, name, "public", youtube.now())


# -- what is sent -----------------------------------------------------------------------------------------------------


def test_options_become_the_fields_that_they_mean(clip: MediaFile, beside: tuple[MediaFile, ...]) -> None:
    plain = composed(clip).payload
    assert plain["status"] == {"privacyStatus": "public", "selfDeclaredMadeForKids": False}
    assert (plain["notifySubscribers"], plain["snippet"]["categoryId"]) == (True, "22")
    assert not {"playlists", "captions", "thumbnail"} & set(plain)
    options = {
        "privacy": "unlisted", "category": "25", "notify": "false", "made_for_kids": "true", "synthetic": "true",
        "playlist": "PL1, https://www.youtube.com/playlist?list=PL-2_b&si=x, PL1",
    }  # fmt: skip
    out = composed(clip, media=(*beside, clip), options=options)
    assert out.payload["status"] == {
        "privacyStatus": "unlisted", "selfDeclaredMadeForKids": True, "containsSyntheticMedia": True,
    }  # fmt: skip
    assert (out.payload["notifySubscribers"], out.payload["snippet"]["categoryId"]) == (False, "25")
    assert out.payload["playlists"] == ["PL1", "PL-2_b"]
    assert [c["language"] for c in out.payload["captions"]] == ["vi", "en"]
    assert out.payload["thumbnail"] == beside[2].sha256
    assert out.media[0] is clip


@pytest.mark.parametrize(
    ("options", "codes"),
    [
        ({"playlist": "PL1, https://x.example/a b"}, ["playlist_unknown"]),
        ({"category": "99"}, ["option_unknown"]),
        ({"privacy": "secret"}, ["option_unknown"]),
        ({"first_comment": "x" * 10_001}, ["first_comment_too_long"]),
        ({"first_comment": "x" * 10_000}, []),
        ({"first_comment": "Nguồn", "made_for_kids": "true"}, ["comments_off"]),
        ({"form": "comment", "first": "true"}, []),
        ({"form": "edit"}, []),
    ],
)
def test_options_that_youtube_would_refuse_are_told_before(
    options: dict[str, str], codes: list[str], clip: MediaFile
) -> None:
    content = Content("Mô tả", "Clip", media=() if "form" in options else (clip,), options=options)
    assert [problem.code for problem in YouTubeChannel.review(content)] == codes


def test_angle_brackets_may_stand_in_a_first_comment_alone(clip: MediaFile) -> None:
    for options, codes in (({"form": "comment", "first": "true"}, []), ({"form": "comment"}, ["text_brackets"])):
        assert [p.code for p in YouTubeChannel.review(Content("1 < 2", options=options))] == codes


@pytest.mark.parametrize(("size", "seconds", "short"), [((90, 160), 180, True), ((90, 90), 5, True),
                                                         ((90, 160), 181, False), ((160, 90), 5, False)])  # fmt: skip
async def test_a_short_has_its_own_address(
    size: tuple[int, int], seconds: float, short: bool, youtube: YouTubeSandbox, channel: Account, opened: Adapter,
    clip: MediaFile,
) -> None:  # fmt: skip
    out = composed(replace(clip, width=size[0], height=size[1], duration_s=seconds))
    adapter = opened(youtube.url)
    sent = await adapter.submit(out, await adapter.prepare(out, {}, keep_nothing))
    assert ("/shorts/" in sent.permalink) is short
    assert (await adapter.poll(out, sent, {})).permalink == sent.permalink


# -- what goes with it ------------------------------------------------------------------------------------------------


async def test_a_clip_gets_its_playlists_captions_and_thumbnail_once(
    youtube: YouTubeSandbox, channel: Account, opened: Adapter, clip: MediaFile, beside: tuple[MediaFile, ...]
) -> None:
    add_lists(youtube, "PL1", "PL2")
    adapter, out = opened(youtube.url), composed(clip, media=(clip, *beside), options={"playlist": "PL1,PL2"})
    sent = await adapter.submit(out, await adapter.prepare(out, {}, keep_nothing))
    assert adapter.has_extras(out)
    for _ in range(2):
        await adapter.finish(out, sent, {})
    item = youtube.items[sent.remote_id]
    assert [[video for _, video in youtube.playlists[name].entries] for name in ("PL1", "PL2")] == [
        [sent.remote_id]
    ] * 2
    assert [(c["snippet"]["language"], c["data"]) for c in item.extra["captions"]] == [
        (track.language, track.path.read_bytes()) for track in beside[:2]
    ]
    assert item.picture == beside[2].path.read_bytes()
    page = youtube.page()
    assert "PL1, PL2" in page and "vi, en" in page and "data:image/jpeg;base64," in page


async def test_one_thing_that_fails_keeps_no_other_from_being_done(
    youtube: YouTubeSandbox, channel: Account, opened: Adapter, clip: MediaFile, beside: tuple[MediaFile, ...]
) -> None:
    add_lists(youtube, "PL2")
    channel.extra["unverified"] = True
    adapter, out = opened(youtube.url), composed(clip, media=(clip, *beside), options={"playlist": "PL1,PL2"})
    sent = await adapter.submit(out, await adapter.prepare(out, {}, keep_nothing))
    youtube.fail_next("refuse", match="POST /upload/youtube/v3/captions", rule="caption_exists")
    with pytest.raises(Rejected) as caught:
        await adapter.finish(out, sent, {})
    assert caught.value.code == "playlistNotFound"
    assert len(youtube.playlists["PL2"].entries) == 1
    assert [c["snippet"]["language"] for c in youtube.items[sent.remote_id].extra["captions"]] == ["en"]
    add_lists(youtube, "PL1")
    with pytest.raises(Rejected) as caught:
        await adapter.finish(out, sent, {})
    assert "xác minh" in caught.value.told.vi


async def test_captions_that_youtube_made_itself_do_not_stand_in_the_way(
    scripted: Scripted, opened: Adapter, clip: MediaFile, beside: tuple[MediaFile, ...]
) -> None:
    automatic = {"snippet": {"language": "vi", "trackKind": "ASR"}}
    ours = {"snippet": {"language": "en", "trackKind": "standard"}}
    out = composed(clip, media=(clip, *beside[:2]))
    scripted.says({"items": [automatic, ours]}, {"id": "AU1"})
    await opened(scripted.url, access_token="t").finish(out, Sent("v1"), {})
    inserted = [body for path, _, body in scripted.calls if path == "/upload/youtube/v3/captions"]
    assert len(inserted) == 1
    assert b'"language": "vi"' in inserted[0]


# -- first comment, edit, hide ----------------------------------------------------------------------------------------


async def test_the_first_comment_is_a_delivery_of_its_own_and_changes_no_description(
    youtube: YouTubeSandbox, channel: Account, opened: Adapter, clip: MediaFile
) -> None:
    adapter = opened(youtube.url)
    video = await uploaded(adapter, composed(clip))
    content = Content("Mô tả", "Clip", media=(clip,), options={"first_comment": " Nguồn: <a> "})
    [after] = YouTubeChannel.follow_ups(content)
    out = YouTubeChannel.compose(replace(after, options={**after.options, "target": video}), REF)
    assert (out.form, adapter.has_extras(out)) == ("comment", False)
    sent = await adapter.submit(out, {})
    await adapter.finish(out, sent, {})
    assert [r.text for r in youtube.items[video].remarks] == ["Nguồn: <a>"]
    assert youtube.items[video].text == "Mô tả"
    assert YouTubeChannel.follow_ups(replace(after, options={**after.options, **content.options})) == ()


def edit(target: str, text: str = "Mô tả mới", **words: Any) -> Outgoing:
    content = Content(text, **{"title": "Tên mới", **words}, options={"form": "edit", "target": target, "tags": "a,b"})
    return YouTubeChannel.compose(content, REF)


async def test_an_edit_changes_words_and_leaves_the_rest_and_a_corrections_note(
    youtube: YouTubeSandbox, channel: Account, opened: Adapter, clip: MediaFile
) -> None:
    adapter = opened(youtube.url)
    video = await uploaded(adapter, composed(clip, options={"category": "25"}))
    note = correction(video)
    await adapter.finish(note, await adapter.submit(note, {}), {})
    out = edit(video)
    assert await adapter.find_sent(out, {}, opened.clock()) is None
    sent = await adapter.submit(out, {})
    assert await adapter.find_sent(out, {}, opened.clock()) == sent
    written = youtube.calls["PUT /youtube/v3/videos"]
    assert (await adapter.submit(out, {})).remote_id == video
    assert youtube.calls["PUT /youtube/v3/videos"] == written, "the same words are not written again"
    snippet = youtube.items[video].payload["snippet"]
    assert snippet == {
        "title": "Tên mới", "description": "Thông tin đúng\n———\nMô tả mới", "tags": ["a", "b"], "categoryId": "25",
        "defaultLanguage": "vi",
    }  # fmt: skip
    assert not adapter.withdraws("edit")


async def test_an_edit_of_a_comment_of_ours_and_of_what_is_gone(
    youtube: YouTubeSandbox, channel: Account, opened: Adapter, clip: MediaFile
) -> None:
    adapter = opened(youtube.url)
    comment = (await adapter.submit(correction(await uploaded(adapter, composed(clip))), {})).remote_id
    out = edit(comment, "Thông tin đúng hơn")
    assert await adapter.find_sent(out, {}, opened.clock()) is None
    for _ in range(2):
        assert (await adapter.submit(out, {})).remote_id == comment
    assert youtube.calls["PUT /youtube/v3/comments"] == 1
    assert await adapter.find_sent(out, {}, opened.clock()) is not None
    with pytest.raises(Rejected):
        await adapter.submit(edit("v404"), {})
    assert await adapter.find_sent(edit("v404"), {}, opened.clock()) is None


async def test_a_comment_is_held_back_and_shown_again(
    youtube: YouTubeSandbox, channel: Account, opened: Adapter, clip: MediaFile
) -> None:
    adapter = opened(youtube.url)
    video = await uploaded(adapter, composed(clip))
    spam = youtube.add_remark(video, "Lừa đảo", "trúng thưởng <b>", opened.clock())
    for _ in range(2):
        await adapter.hide_comment(spam.remote_id, True)
    assert (spam.hidden, await adapter.read_comments(video, None)) == (True, [])
    assert "held for review – Lừa đảo: trúng thưởng &lt;b&gt;" in youtube.page()
    await adapter.hide_comment(spam.remote_id, False)
    assert [c.remote_id for c in await adapter.read_comments(video, None)] == [spam.remote_id]
    with pytest.raises(Rejected):
        await adapter.hide_comment("404", True)


@pytest.mark.parametrize(("rule", "kind"), [("forbidden", Rejected), ("scope", AuthLost)])
async def test_a_comment_elsewhere_is_not_ours_to_hide_and_no_reason_to_reconnect(
    rule: str, kind: type[Exception], youtube: YouTubeSandbox, channel: Account, opened: Adapter
) -> None:
    youtube.fail_next("refuse", match="setModerationStatus", rule=rule)
    with pytest.raises(kind):
        await opened(youtube.url).hide_comment("c", True)


# -- what it takes of the quotas --------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["video", "comment", "first", "edit", "edit of a comment", "reply"])
async def test_what_is_reserved_is_what_is_taken(
    form: str, youtube: YouTubeSandbox, channel: Account, opened: Adapter, clip: MediaFile,
    beside: tuple[MediaFile, ...],
) -> None:  # fmt: skip
    add_lists(youtube, "PL1")
    adapter = opened(youtube.url)
    video = await uploaded(adapter, composed(clip))
    comment = youtube.add_remark(video, "Lan", "Hỏi", opened.clock())
    own = await adapter.submit(correction(video), {})
    out = {
        "video": composed(clip, media=(clip, *beside), options={"playlist": "PL1"}),
        "comment": correction(video, "Khác"),
        "first": YouTubeChannel.compose(
            Content("c", options={"form": "comment", "first": "true", "target": video}), REF
        ),
        "edit": edit(video),
        "edit of a comment": edit(own.remote_id),
        "reply": YouTubeChannel.compose(Content("c", options={"form": "reply", "target": comment.remote_id}), REF),
    }[form]
    before = sum(youtube.units.values())
    notes = await adapter.prepare(out, {}, keep_nothing)
    await adapter.finish(out, await adapter.submit(out, notes), notes)
    costs = YouTubeChannel.costs(out, REF, {})
    # An edit learns only by asking that the id is a comment's.
    assert sum(youtube.units.values()) - before - (form == "edit of a comment") == costs[UNITS]
    assert ("youtube:uploads:c" in costs) is (form == "video")
