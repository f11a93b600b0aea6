"""One OA through the contract of every channel."""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import ExitStack, suppress
from datetime import datetime, timedelta
from typing import Any, ClassVar

import aiohttp

from channels.base import (
    REPLY,
    AccountRef,
    Can,
    Content,
    Health,
    Item,
    Limits,
    MediaFile,
    MediaLimit,
    Metric,
    Notes,
    Outgoing,
    SaveNotes,
    Sent,
    TextLimit,
    later,
)
from channels.errors import AuthLost, ChannelError, Rejected, Throttled, Told, Unreachable
from channels.files import open_file
from channels.http import unclear, unreachable
from channels.zalo.article import composed, created, page, same
from channels.zalo.codes import HANOI, PROCESSING, fields, number, rows
from channels.zalo.concerns import package_concern, quota_concern
from channels.zalo.inbox import MOST_PAGES, ZaloInbox
from channels.zalo.limits import package_usage
from channels.zalo.look import ZaloLook
from channels.zalo.tokens import CALL_S, moment

UPLOAD_S = 1800.0
LOOKS, LOOK_EVERY_S = 20, 5.0
LIST_LIVES = timedelta(minutes=1)
_READY, _GONE = 1, (2, 4, 5)
_INVALID = "-201"
_UPLOAD_GONE = frozenset({_INVALID, "video-5"})


class ZaloChannel(ZaloLook, ZaloInbox):
    """One OA. Settings: `app_id`, `author`. Secrets: `access_token`, `refresh_token`, `expires_at` (ISO time),
    `app_secret`, optionally `refresh_marker` (a refresh was in flight)."""

    kind = "zalo"
    label = "Zalo"
    limits = Limits(
        text=TextLimit(10_000, source="zalo.md 6.2 (no documented limit of a block; 10,000 is ours)"),
        reply=TextLimit(2000, least=1, source="zalo.md 4.1: 2000 chars (a few clients use 3000)"),
        reply_free=timedelta(hours=48),  # zalo.md 4.1, windows
        reply_until=timedelta(days=7),
        title=TextLimit(140, least=1, source="zalo.md 6.2: 150 documented, a call at 150 was refused"),
        picture=MediaLimit(
            frozenset({"image/jpeg", "image/png"}), 1_000_000, by_public_url=True, source="zalo.md 6.2: https, 1 MB"
        ),
        clip=MediaLimit(frozenset({"video/mp4"}), 50_000_000, source="zalo.md 5: 50 MB"),
        needs_media=True,
        settle_s=60.0,
        call_timeout_s=CALL_S,
        spacing_s=1.0,
    )
    can = frozenset(
        {
            Can.TEXT,
            Can.LINK,
            Can.PICTURE,
            Can.CLIP,
            Can.FIND_SENT,
            Can.READ_METRICS,
            Can.READ_ACCOUNT_METRICS,
            Can.READ_INBOX,
            Can.REPLY,
            Can.WITHDRAW,
        }
    )
    cannot: ClassVar[Mapping[str, Told]] = {
        **later("Zalo", Can.PICTURES, Can.THUMBNAIL, Can.BROADCAST, Can.EDIT),
        Can.SHORT_CLIP: Told(
            vi="Zalo không có loại riêng cho clip ngắn: mọi clip là bài viết video.",
            en="Zalo has no form for short clips: every clip is a video article.",
        ),
        Can.CAPTIONS: Told(
            vi="Zalo không nhận phụ đề: hãy ghép phụ đề vào clip.",
            en="Zalo takes no captions: burn them into the clip.",
        ),
        Can.PLAYLIST: Told(vi="Zalo OA không có danh sách phát.", en="A Zalo OA has no playlists."),
        **dict.fromkeys(
            (Can.FIRST_COMMENT, Can.HIDE_COMMENT, Can.LIKE_COMMENT),
            Told(vi="Zalo OA không có bình luận qua API.", en="A Zalo OA has no comments by API."),
        ),
        Can.READ_COMMENTS: Told(
            vi="API Zalo không cho đọc bình luận của bài viết: hãy xem trong ứng dụng OA.",
            en="Zalo's API does not give article comments: read them in the OA app.",
        ),
        Can.PIN: Told(vi="API Zalo không có chức năng ghim bài viết.", en="Zalo's API has no call to pin an article."),
    }

    def __init__(self, *args: Any, **words: Any) -> None:
        super().__init__(*args, **words)
        self._list: dict[str, Mapping[str, Any]] = {}
        self._listed_at: datetime | None = None

    @classmethod
    def compose(cls, content: Content, account: AccountRef) -> Outgoing:
        """A normal article with cover and blocks, a video article when there is a clip, or an answer to a message of
        the inbox (option `form` = reply, `target` = the message's id)."""
        if content.options.get("form") == REPLY:
            recipient = {"message_id": content.options.get("target", "")}
            text = unicodedata.normalize("NFC", content.text).strip()
            return Outgoing(cls.kind, REPLY, {"recipient": recipient, "message": {"text": text}})
        payload = composed(content, account)
        wanted = "clip" if payload["type"] == "video" else "picture"
        media = tuple(m for m in content.media if m.kind == wanted)[:1]
        return Outgoing(cls.kind, "video_article" if wanted == "clip" else "article", payload, media)

    # -- one delivery ---------------------------------------------------------------------------------------------

    def prepares(self, out: Outgoing) -> bool:
        """A clip is uploaded first."""
        return out.form == "video_article"

    async def prepare(self, out: Outgoing, notes: Notes, save_notes: SaveNotes) -> Notes:
        """Upload the clip of a video article and wait until Zalo has converted it. An upload kept from before that
        is no longer there is made again."""
        if not self.prepares(out) or "video_id" in notes:
            return notes
        kept = dict(notes)
        if "upload" in kept:
            try:
                return await self._ready(kept, save_notes)
            except Rejected as error:
                if error.code not in _UPLOAD_GONE:
                    raise
        kept["upload"] = await self._upload_clip(out.media[0])
        await save_notes(kept)
        return await self._ready(kept, save_notes)

    async def _ready(self, kept: dict[str, str], save_notes: SaveNotes) -> Notes:
        kept["video_id"] = await self._converted(kept["upload"])
        await save_notes(kept)
        return kept

    async def _upload_clip(self, clip: MediaFile) -> str:
        with ExitStack() as files:

            def form() -> aiohttp.FormData:
                made = aiohttp.FormData()
                file = files.enter_context(open_file(clip))  # anew for every try: aiohttp closes what it sent
                made.add_field("file", file, filename="clip.mp4", content_type=clip.mime)
                return made

            data = await self.upload("/v2.0/article/upload_video/preparevideo", form, UPLOAD_S)
        token = fields(data).get("token")
        if not token:
            raise unreachable("preparevideo: ok without a token")
        return str(token)

    async def _converted(self, token: str) -> str:
        """The video's id once Zalo has converted the clip; only then it is usable."""
        for look in range(LOOKS):
            if look:
                await asyncio.sleep(LOOK_EVERY_S)
            path = "/v2.0/article/upload_video/verify"
            data = fields(await self.get(path, {"token": token}, headers={"token": token}))
            status = number(data.get("status"))
            if status == _READY and data.get("video_id"):
                return str(data["video_id"])
            if status in _GONE:
                told = Told(vi="Zalo không chuyển đổi được clip: thử tệp khác.", en="Zalo could not convert the clip.")
                raise Rejected("the clip was not converted", told=told, code=f"video-{status}")
        raise unreachable("video still converting", retry_after_s=60)

    async def submit(self, out: Outgoing, notes: Notes) -> Sent:
        """POST article/create, once. What comes back is a token; `poll` turns it into the article. An answer is a
        message, and out at once."""
        if out.form == REPLY:
            return await self._answer(str(out.payload["recipient"]["message_id"]), out.payload["message"])
        payload = dict(out.payload)
        if out.form == "video_article":
            payload.pop("video")
            payload["video_id"] = notes["video_id"]
        token = fields(await self.post("/v2.0/article/create", payload, writes=True)).get("token")
        if not token:
            raise unclear("create: ok without a token")
        return Sent(remote_id="", processing=True, notes={"token": str(token)})

    async def poll(self, out: Outgoing, sent: Sent, notes: Notes) -> Sent:
        """POST article/verify: the article's id, or still processing. Media that Zalo cannot fetch end it."""
        try:
            data = await self.post("/v2.0/article/verify", {"token": notes.get("token", "")})
        except Unreachable as error:
            if error.code == PROCESSING:
                return sent
            if error.code == "-200":
                raise Rejected(error.detail, told=error.told, code=error.code) from error
            raise
        article = str(fields(data).get("id") or "")
        if not article:
            return sent
        return Sent(remote_id=article, permalink=await self._link(article, str(out.payload["type"])))

    async def find_sent(
        self, out: Outgoing, notes: Notes, since: datetime, besides: Collection[str] = ()
    ) -> Sent | None:
        """The token of a created article, else the newest articles compared by their words; an answer in the chat."""
        if out.form == REPLY:
            return await self._find_answer(out, since, besides)
        if notes.get("token"):
            return Sent(remote_id="", processing=True, notes=notes)
        async for media in self._articles(str(out.payload["type"]), since):
            if str(media["id"]) in besides:
                continue
            if same({"title": out.payload["title"]}, media) and await self._same_inside(out, str(media["id"])):
                return Sent(remote_id=str(media["id"]), permalink=str(media.get("link_view") or ""))
        return None

    async def _same_inside(self, out: Outgoing, article: str) -> bool:
        return same(out.payload, fields(await self.get("/v2.0/article/getdetail", {"id": article})))

    def withdraws(self, form: str) -> bool:
        """A message to a person cannot be called back."""
        return form != REPLY

    async def withdraw(self, remote_id: str) -> None:
        """POST article/remove. One that is no longer listed is gone already."""
        try:
            await self.post("/v2.0/article/remove", {"id": remote_id}, writes=True)
        except Rejected as error:
            self._listed_at = None
            if error.code != _INVALID or await self._listed(remote_id) is not None:
                raise

    # -- reading --------------------------------------------------------------------------------------------------

    async def check_account(self) -> Health:
        """GET getoa: the token works when it answers. The list of articles tells whether these may be managed."""
        try:
            data = fields(await self.get("/v2.0/oa/getoa", {}))
            await self._may_manage_articles()
        except AuthLost as error:
            return Health(ok=False, lost=True, told=error.told)
        return Health(
            ok=True,
            told=Told(vi="Zalo hoạt động.", en="Zalo works."),
            name=str(data.get("name") or ""),
            remote_id=str(data.get("oa_id") or data.get("oaid") or ""),
            expires_at=moment(self.account.secrets.get("expires_at", "")),
            followers=number(data.get("num_follower")),
            concerns=(*package_concern(data, self.now()), *quota_concern(await self._message_quota())),
        )

    async def _may_manage_articles(self) -> None:
        """Raises `AuthLost` without the right; any other trouble says nothing of it."""
        with suppress(Unreachable, Throttled, Rejected):
            await self.get("/v2.0/article/getslice", {"offset": "0", "limit": "1", "type": "normal"})

    async def _message_quota(self) -> Sequence[Mapping[str, Any]]:
        """The packages of messages that the OA owns, also told as limits; none where Zalo does not say."""
        wanted = {"quota_owner": "OA", "product_type": "cs", "quota_type": "sub_quota"}
        try:
            packages = rows(await self.post("/v3.0/oa/quota/message", wanted))
        except ChannelError:
            return ()
        for usage in package_usage(self.account, packages):
            self.tell_usage(usage)
        return packages

    async def read_items(self, since: datetime) -> Sequence[Item]:
        """Articles shown to people that were created after `since`, oldest first."""
        found = [
            Item(
                remote_id=str(media["id"]),
                text=str(media.get("description") or ""),
                title=str(media.get("title") or ""),
                created_at=at,
                permalink=str(media.get("link_view") or ""),
            )
            for kind in ("normal", "video")
            async for media in self._articles(kind, since)
            if (at := created(media)) is not None and media.get("status") != "hide"
        ]
        return sorted(found, key=lambda item: item.created_at)

    async def read_metrics(self, remote_id: str) -> Sequence[Metric]:
        """Views and shares of one article; Zalo offers neither likes nor comments."""
        media = await self._listed(remote_id)
        if media is None:
            return [Metric("views", None, "occurrences", "zalo:total_view")]
        return [
            Metric("views", number(media.get("total_view")), "occurrences", "zalo:total_view"),
            Metric("shares", number(media.get("total_share")), "occurrences", "zalo:total_share"),
        ]

    async def read_account_metrics(self, since: datetime, until: datetime) -> Sequence[Metric]:
        """Followers now; Zalo gives no history."""
        data = fields(await self.get("/v2.0/oa/getoa", {}))
        day = until.astimezone(HANOI).date().isoformat()
        value = number(data.get("num_follower"))
        return [Metric("followers", value, "people", "zalo:num_follower", period="day", day=day)]

    async def _articles(self, kind: str, since: datetime | None) -> AsyncIterator[Mapping[str, Any]]:
        """Articles newest first, ten a page, until `since` or the end."""
        for number_of_page in range(MOST_PAGES):
            offset = number_of_page * 10
            query = {"offset": str(offset), "limit": "10", "type": kind}
            medias, more = page(await self.get("/v2.0/article/getslice", query), offset)
            for media in medias:
                at = created(media)
                if since is not None and at is not None and at < since:
                    return
                yield media
            if not more:
                return

    async def _listed(self, remote_id: str) -> Mapping[str, Any] | None:
        """An article in Zalo's list, which is read at most once a minute: the figures of all come with it."""
        if self._listed_at is None or self.now() - self._listed_at >= LIST_LIVES:
            self._list = {
                str(media["id"]): media for kind in ("normal", "video") async for media in self._articles(kind, None)
            }
            self._listed_at = self.now()
        return self._list.get(remote_id)

    async def _link(self, article: str, kind: str) -> str:
        """The public address comes only from the list; without it the post is out all the same."""
        try:
            data = await self.get("/v2.0/article/getslice", {"offset": "0", "limit": "10", "type": kind})
        except ChannelError:
            return ""
        return next((str(m.get("link_view") or "") for m in rows(data) if str(m.get("id")) == article), "")
