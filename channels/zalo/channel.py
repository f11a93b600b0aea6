"""One OA through the contract of every channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

from channels.base import BROADCAST, EDIT, REPLY, AccountRef, Content, Health, Limits, Outgoing, Problem
from channels.errors import AuthLost, ChannelError, Rejected, Throttled, Told, Unreachable
from channels.zalo import article, broadcast, check, edit
from channels.zalo.abilities import CAN, CANNOT, LIMITS, OPTIONS, UNDER_CLIP
from channels.zalo.codes import fields, number, rows
from channels.zalo.concerns import package_concern, quota_concern, verified_concern
from channels.zalo.limits import package_usage
from channels.zalo.look import ZaloLook
from channels.zalo.sending import ZaloSending
from channels.zalo.tokens import moment


class ZaloChannel(ZaloLook, ZaloSending):
    """One OA. Settings: `app_id`, `author`, `month_broadcasts` (what the OA's package gives). Secrets: `access_token`,
    `refresh_token`, `expires_at` (ISO time), `app_secret`, optionally `refresh_marker` (a refresh was in flight)."""

    kind = "zalo"
    label = "Zalo"
    limits = LIMITS
    can = CAN
    cannot = CANNOT
    options = OPTIONS
    edit_options = frozenset({"status", "comment"})

    # -- pure -----------------------------------------------------------------------------------------------------

    @classmethod
    def compose(cls, content: Content, account: AccountRef) -> Outgoing:
        """A normal article with cover and blocks, or a video article. By the option `form`: an answer to a message of
        the inbox, new words for an article, or a broadcast of articles; `target` names the message or article."""
        match content.options.get("form"):
            case "reply":
                recipient = {"message_id": content.options.get("target", "")}
                text = article.words(content.text)
                return Outgoing(cls.kind, REPLY, {"recipient": recipient, "message": {"text": text}})
            case "edit":
                return Outgoing(cls.kind, EDIT, edit.composed(content, account), tuple(article.pictures_of(content)))
            case "broadcast":
                return Outgoing(cls.kind, BROADCAST, broadcast.composed(content))
        form = "video_article" if article.is_video(content) else "article"
        media = tuple(m for m in content.media if m.kind in ("clip", "picture", "thumbnail"))
        return Outgoing(cls.kind, form, article.composed(content, account), media)

    @classmethod
    def follow_ups(cls, content: Content) -> Sequence[Content]:
        """The broadcast of the article, where its author asked for one."""
        return [broadcast.follow_up(content)] if broadcast.wanted(content) and "form" not in content.options else []

    @classmethod
    def not_before(cls, form: str, now: datetime) -> datetime:
        """A broadcast goes by day alone; everything else at any time."""
        return broadcast.not_before(now) if form == BROADCAST else now

    @classmethod
    def limits_for(cls, content: Content) -> Limits:
        """A video article has room for a description alone."""
        return replace(LIMITS, text=UNDER_CLIP) if article.is_video(content) else LIMITS

    @classmethod
    def review(cls, content: Content) -> list[Problem]:
        """Beside its lengths and files: all words of a video article stand in its description, and a broadcast
        takes so many articles that are shown."""
        problems = super().review(content)
        if content.options.get("form") == REPLY:
            return problems
        under = check.under_clip(content)
        return [*(p for p in problems if not under or p.code != under[0].code), *under, *check.to_followers(content)]

    # -- reading --------------------------------------------------------------------------------------------------

    async def check_account(self) -> Health:
        """GET getoa: the token works when it answers. The list of articles tells whether these may be managed."""
        try:
            data = fields(await self.get("/v2.0/oa/getoa", {}))
            await self._may_manage_articles()
        except AuthLost as error:
            return Health(ok=False, lost=True, told=error.told)
        concerns = (*verified_concern(data), *package_concern(data, self.now()))
        return Health(
            ok=True,
            told=Told(vi="Zalo hoạt động.", en="Zalo works."),
            name=str(data.get("name") or ""),
            remote_id=str(data.get("oa_id") or data.get("oaid") or ""),
            expires_at=moment(self.account.secrets.get("expires_at", "")),
            followers=number(data.get("num_follower")),
            concerns=(*concerns, *quota_concern(await self._message_quota())),
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
