"""What Zalo's stand-in keeps is read back: tokens, articles, clips, uploads, limits of the minute."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta

import pytest

from channels.sandbox.core import Item
from tests.channels.sandbox.conftest import assert_refused_by
from tests.channels.sandbox.test_zalo import CALLBACK, FILM, GIF, JPEG, PNG, Oa, challenge, oa

__all__ = ["oa"]

SLICE = "/v2.0/article/getslice"


async def rows(oa: Oa, kind: str = "normal", **words: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = (await oa.get(SLICE, type=kind, **words))["data"]["medias"]
    return found


# -- login ----------------------------------------------------------------------------------------------------------


async def test_a_refresh_token_works_once(oa: Oa) -> None:
    old, first = oa.extra["refresh"], oa.token
    answer = await oa.grant()
    assert answer == {"access_token": oa.extra["access"], "refresh_token": oa.extra["refresh"], "expires_in": "90000"}
    assert (old != answer["refresh_token"], first != answer["access_token"]) == (True, True)
    await oa.grant(refresh_token=old)
    assert (oa.answer["error"], oa.answer["error_name"]) == (-14014, "Invalid refresh token")
    assert (await oa.grant())["refresh_token"], "the newer one is not hurt by the old one's try"


async def test_a_refused_exchange_leaves_the_refresh_token_alive(oa: Oa) -> None:
    await oa.grant(secret="wrong")
    await oa.grant(app_id="other")
    assert (await oa.grant())["access_token"]


async def test_a_consent_gives_a_pair_for_the_oa(oa: Oa) -> None:
    oa.extra["callback"] = CALLBACK
    code = await oa.permit(state="s1", code_challenge=challenge("geheim"))
    assert (oa.answer["oa_id"], oa.answer["state"]) == (oa.id, "s1")
    await oa.redeem(code, code_verifier="geheim")
    assert (await oa.get("/v2.0/oa/getoa"))["data"]["oa_id"] == oa.id


async def test_a_consent_may_do_without_challenge_and_state(oa: Oa) -> None:
    code = await oa.permit()
    assert set(oa.answer) == {"code", "oa_id"}
    assert (await oa.redeem(code))["expires_in"] == "90000"


async def test_a_saved_challenge_is_the_one_of_every_consent(oa: Oa) -> None:
    oa.extra["challenge"] = challenge("saved")
    assert (await oa.redeem(await oa.permit(), code_verifier="saved"))["access_token"]


async def test_a_proof_of_the_secret_is_taken(oa: Oa) -> None:
    oa.extra["demand_proof"] = True
    proof = hmac.new(b"za-demo", oa.token.encode(), hashlib.sha256).hexdigest()
    assert (await oa.call("GET", "/v2.0/oa/getoa", headers={"appsecret_proof": proof}))["error"] == 0


# -- limits of the minute -------------------------------------------------------------------------------------------


async def test_the_limit_of_the_minute_is_told_and_ends_with_it(oa: Oa) -> None:
    await oa.get("/v2.0/oa/getoa")
    assert (oa.headers["X-RateLimit-Limit"], oa.headers["X-RateLimit-Remain"]) == ("4000", "3999")
    await oa.get(SLICE, type="normal")
    assert oa.headers["X-RateLimit-Remain"] == "3999", "articles have a limit of their own"
    oa.extra["minute_calls"] = 4
    for left in ("3", "2", "1", "0", "0"):
        await oa.get("/v2.0/oa/getoa")
        assert (oa.headers["X-RateLimit-Limit"], oa.headers["X-RateLimit-Remain"]) == ("4", left)
    assert_refused_by(oa.platform, "rate_oa")
    oa.clock.forward(minutes=1)
    assert (await oa.get("/v2.0/oa/getoa"))["error"] == 0


# -- articles -------------------------------------------------------------------------------------------------------


async def test_an_article_is_there_once_it_was_verified(oa: Oa) -> None:
    token = (await oa.create())["data"]["token"]
    assert (await rows(oa), oa.platform.published()) == ([], [])
    assert (await oa.post("/v2.0/article/verify", {"token": token}))["error"] == -214
    made = await oa.verified(token)
    assert await oa.verified(token) == made, "asked again it is the same article"
    item = oa.platform.items[made]
    assert (item.picture, item.payload["media_sha256"]) == (JPEG, hashlib.sha256(JPEG).hexdigest())
    assert await rows(oa) == [{
        "id": made, "type": "normal", "title": "Lịch", "status": "show", "total_view": 0, "total_share": 0,
        "create_date": int(item.at.timestamp() * 1000), "update_date": int(item.at.timestamp() * 1000),
        "thumb": f"{oa.files}/a.jpg",
        "link_view": f"https://rd.zapps.vn/detail/{oa.id}?id={made}&pageId={oa.id}"}]  # fmt: skip


async def test_everything_sent_is_read_back(oa: Oa) -> None:
    old = await oa.publish()
    clip = (await oa.clip())["video_id"]
    blocks = [
        {"type": "text", "content": "<p>Chào <b>bà con</b></p>"},
        {"type": "image", "url": f"{oa.files}/b.png", "caption": "Điểm tiêm"},
        {"type": "video", "url": "https://youtu.be/abc", "thumb": f"{oa.files}/a.jpg"},
        {"type": "video", "video_id": clip},
        {"type": "product", "id": "p1"},
    ]
    sent = oa.article(body=blocks, related_medias=[old], tracking_link="https://example.vn/t")
    made = await oa.publish(**sent)
    found = (await oa.get("/v2.0/article/getdetail", id=made))["data"]
    assert found == {**sent, "id": made}
    assert " ".join(oa.platform.items[made].text.split()) == "Mô tả Chào bà con Điểm tiêm"
    assert not {"total_view", "media_sha256"} & set(found)


async def test_what_is_left_out_is_hidden_and_open_to_comments(oa: Oa) -> None:
    made = await oa.publish(status=None, comment=None, description=None)
    found = (await oa.get("/v2.0/article/getdetail", id=made))["data"]
    assert (found["status"], found["comment"]) == ("hide", "show")
    assert [r["status"] for r in await rows(oa)] == ["hide"]
    assert not oa.platform.items[made].live
    await oa.change(made, status="show")
    await oa.verified(oa.answer["data"]["token"])
    assert oa.platform.items[made].live


async def test_a_change_replaces_the_whole_article_and_keeps_its_place(oa: Oa) -> None:
    made, at = await oa.publish(tracking_link="https://example.vn/t"), oa.clock()
    oa.clock.forward(hours=1)
    cover = {"cover_type": "photo", "photo_url": f"{oa.files}/b.png", "status": "show"}
    token = (await oa.change(made, title="Mới", cover=cover))["data"]["token"]
    assert (await oa.get("/v2.0/article/getdetail", id=made))["data"]["title"] == "Lịch", "until it is verified"
    assert await oa.verified(token) == made
    found = (await oa.get("/v2.0/article/getdetail", id=made))["data"]
    assert (found["title"], "tracking_link" in found) == ("Mới", False)
    assert oa.platform.items[made].picture == PNG
    row = (await rows(oa))[0]
    assert (row["create_date"], row["update_date"]) == (
        int(at.timestamp() * 1000),
        int(oa.clock().timestamp() * 1000),
    )


async def test_a_removed_article_is_gone_from_every_list(oa: Oa) -> None:
    made, kept = await oa.publish(), await oa.publish(title="Khác")
    assert await oa.post("/v2.0/article/remove", {"id": made}) == {"error": 0, "message": "Success"}
    assert [r["id"] for r in await rows(oa)] == [kept]
    assert (await oa.get(SLICE, type="normal"))["data"]["total"] == 1


async def test_articles_come_newest_first_ten_at_a_time(oa: Oa) -> None:
    made = [await oa.publish(title=f"Số {n}") for n in range(12)]
    clip = (await oa.clip())["video_id"]
    film = await oa.publish(type="video", video_id=clip, cover=None, body=None, author=None)
    first, rest = await rows(oa, offset="0", limit="10"), await rows(oa, offset="10", limit="10")
    assert [r["id"] for r in first + rest] == made[::-1]
    assert (await oa.get(SLICE, type="normal", offset="11", limit="3"))["data"] == {
        "medias": [rest[1]], "total": 12}  # fmt: skip
    assert [(r["id"], r["type"]) for r in await rows(oa, "video")] == [(film, "video")]
    other = oa.platform.add_oa("2", "Khác", app_id="43", app_secret="s")
    oa.token = other.extra["access"]
    assert await rows(oa) == []


async def test_an_article_with_a_broken_picture_can_be_verified_later(oa: Oa) -> None:
    body = [{"type": "image", "url": f"{oa.files}/none.jpg"}]
    token = (await oa.create(body=body))["data"]["token"]
    assert await oa.verified(token) == ""
    assert_refused_by(oa.platform, "media")
    assert oa.platform.published() == []


async def test_views_grow_only_while_an_article_is_shown(oa: Oa) -> None:
    shown, hidden = await oa.publish(), await oa.publish(status="hide")
    oa.clock.forward(hours=5)
    views = {r["id"]: (r["total_view"], r["total_share"]) for r in await rows(oa)}
    assert views[hidden] == (0, 0)
    assert views[shown] == (int(700 * (1 - 0.85 ** (5 + 5 / 3600))), int(700 * (1 - 0.85 ** (5 + 5 / 3600))) // 90)


async def test_history_has_its_own_figures(oa: Oa) -> None:
    at = oa.clock() - timedelta(days=3)
    oa.platform.seed_history([Item("art_old", oa.id, "article", {}, at, title="Cũ", figures={"views": 1234})])
    assert [(r["id"], r["total_view"]) for r in await rows(oa)] == [("art_old", 1234)]
    assert (await oa.get("/v2.0/article/getdetail", id="art_old"))["data"]["title"] == "Cũ"


@pytest.mark.parametrize(("view", "shown"), [("horizontal", "show"), ("vertical", "hide"), ("square", "show")])
async def test_a_cover_may_be_a_clip(view: str, shown: str, oa: Oa) -> None:
    clip = (await oa.clip())["video_id"]
    cover = {"cover_type": "video", "cover_view": view, "video_id": clip, "status": shown}
    made = await oa.publish(cover=cover)
    assert (await oa.get("/v2.0/article/getdetail", id=made))["data"]["cover"] == cover


async def test_a_months_articles_are_counted_in_hanoi(oa: Oa) -> None:
    oa.extra["month_articles"] = 1
    await oa.create()
    oa.later(days=6, hours=15, minutes=59)  # 30 November 23:59 in Hanoi
    await oa.create()
    assert_refused_by(oa.platform, "article_quota")
    oa.later(minutes=1)
    assert (await oa.create())["error"] == 0


# -- clips and uploads ----------------------------------------------------------------------------------------------


async def test_a_clip_is_converted_before_it_can_be_used(oa: Oa) -> None:
    token = (await oa.upload("/v2.0/article/upload_video/preparevideo", FILM, "phim.mp4"))["data"]["token"]
    assert {"+", "/", "="} <= set(token), "it must be encoded in an address"
    first = await oa.converted(token)
    assert (first["status"], first["status_message"], first["convert_percent"]) == (3, "converting", 40)
    oa.clock.forward(seconds=3)
    done = await oa.converted(token)
    assert done == {"status": 1, "status_message": "ready", "convert_percent": 100, "convert_error_code": 0,
                    "video_id": first["video_id"], "video_name": "phim.mp4", "video_size": len(FILM)}  # fmt: skip
    path = "/v2.0/article/upload_video/verify"
    assert (await oa.call("GET", path, headers={"token": token}))["data"] == done
    assert (await oa.call("GET", path, params={"token": token}))["data"] == done
    assert (await oa.clip(b"no film"))["status"] == 4
    assert (await oa.clip(b"RIFF1234AVI LIST", "phim.avi"))["status"] == 1


@pytest.mark.parametrize(("state", "word"), [(0, "unknown"), (2, "locked"), (5, "deleted")])
async def test_a_clip_may_be_in_other_states(state: int, word: str, oa: Oa) -> None:
    token = (await oa.upload("/v2.0/article/upload_video/preparevideo", FILM, "phim.mp4"))["data"]["token"]
    oa.platform.assets[token].state = state
    oa.clock.forward(seconds=3)
    found = await oa.converted(token)
    assert (found["status"], found["status_message"], found["convert_percent"]) == (state, word, 0)


@pytest.mark.parametrize("path", ["/v2.0/oa/upload/image", "/v2.0/article/upload_video/preparevideo"])
async def test_a_file_without_a_real_name_is_taken_and_lost(path: str, oa: Oa) -> None:
    assert await oa.upload(path, JPEG, "anh") == {"error": 0, "message": "Success", "data": {}}
    assert (await oa.call("POST", path, data={"file": "text"}))["data"] == {}
    assert oa.platform.assets == {}


async def test_an_upload_is_kept_for_its_oa(oa: Oa) -> None:
    gif, image = await oa.attach("gif", GIF, "a.gif"), await oa.attach("image", PNG, "b.png")
    paper = await oa.attach("file", b"%PDF", "giay.pdf")
    kept = {handle: (a.oa, a.kind, a.name, a.size, a.sha256) for handle, a in oa.platform.assets.items()}
    assert kept == {
        gif: (oa.id, "gif", "a.gif", len(GIF), hashlib.sha256(GIF).hexdigest()),
        image: (oa.id, "image", "b.png", len(PNG), hashlib.sha256(PNG).hexdigest()),
        paper: (oa.id, "file", "giay.pdf", 4, hashlib.sha256(b"%PDF").hexdigest()),
    }


async def test_five_thousand_uploads_a_month(oa: Oa) -> None:
    oa.platform.spent["upload_quota", oa.id, "2026-11"] = 4999
    assert await oa.attach("image", JPEG, "a.jpg")
    assert not await oa.attach("image", JPEG, "a.jpg")
    assert_refused_by(oa.platform, "upload_quota")
    oa.later(days=7)
    assert await oa.attach("image", JPEG, "a.jpg"), "a new month"


# -- the page -------------------------------------------------------------------------------------------------------


async def test_the_page_shows_articles_and_the_chat(oa: Oa) -> None:
    await oa.publish(title="<Lịch>")
    form = {"item": oa.id, "author": "Lan", "text": "Xin hỏi"}
    async with oa.http.post(f"{oa.platform.url}/_sandbox/say", data=form) as answer:
        page = await answer.text()
    assert ("&lt;Lịch&gt;" in page, "Xin hỏi" in page) == (True, True)
    assert (await oa.ask("/v2.0/oa/listrecentchat"))[0]["message"] == "Xin hỏi"
