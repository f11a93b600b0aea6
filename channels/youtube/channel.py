"""One channel: what it takes, what will be sent, and whether its account works."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from channels.base import Concern, Health
from channels.errors import AuthLost, ChannelError, Told
from channels.youtube import values
from channels.youtube.abilities import CAN, CANNOT, LIMITS
from channels.youtube.errors import NO_SCOPE, RIGHTS
from channels.youtube.look import YouTubeLook
from channels.youtube.sending import YouTubeSending

_MEASURE: Final = "yt-analytics.readonly"
_NO_FIGURES: Final = Told(
    vi=f"thiếu quyền {_MEASURE}: không có số liệu YouTube Analytics; kết nối lại và đánh dấu mọi ô.",
    en=f"the right {_MEASURE} is missing: no figures of YouTube Analytics; connect again and tick every box.",
)
_NO_COMMENTS: Final = Told(
    vi="thiếu quyền youtube.force-ssl: không đọc, trả lời được bình luận và không đính chính được dưới video. Cấp lại "
    "đủ quyền rồi kết nối lại.",
    en="the scope youtube.force-ssl is missing: comments cannot be read or answered, nor corrections written under a "
    "video. Grant all scopes again and reconnect.",
)


_LONG_CLIPS: Final = "allowed"
_ONLY_SHORT: Final = Told(
    vi="kênh chưa xác minh bằng số điện thoại: YouTube chỉ nhận clip tới 15 phút và không nhận ảnh thu nhỏ. Xác minh "
    "trong YouTube Studio.",
    en="the channel is not verified by telephone: YouTube takes clips of 15 minutes at most, and no thumbnails. Verify "
    "it in YouTube Studio.",
)


class YouTubeChannel(YouTubeLook, YouTubeSending):
    """One channel. `account.remote_id` is its id. Secrets: `refresh_token`, `client_id`, `client_secret`,
    `access_token`, `expires_at` (ISO time)."""

    kind = "youtube"
    label = "YouTube"
    limits = LIMITS
    can = CAN
    cannot = CANNOT

    async def check_account(self) -> Health:
        """channels.list(mine=true): the token works and the channel is the one that was connected."""
        try:
            channel = await self._mine("snippet,statistics,status")
        except AuthLost as error:
            return Health(ok=False, lost=True, told=error.told)
        if channel.get("id") != self.account.remote_id:
            return Health(ok=False, lost=True, told=RIGHTS, remote_id=str(channel.get("id", "")))
        return Health(
            ok=True,
            told=Told(vi="YouTube hoạt động.", en="YouTube works."),
            name=str(values.inner(channel, "snippet").get("title", "")),
            remote_id=str(channel["id"]),
            followers=values.count(values.inner(channel, "statistics").get("subscriberCount")),
            concerns=(*await self._missing_rights(), *self._not_measured(), *_length_of_clips(channel)),
        )

    def _not_measured(self) -> tuple[Concern, ...]:
        """The right to figures was ticked off: known from the consent, where that was Loa's own."""
        granted = self.account.settings.get("scopes", "")
        return () if not granted or _MEASURE in granted.split() else (Concern(f"rights:{_MEASURE}", _NO_FIGURES),)

    async def _missing_rights(self) -> tuple[Concern, ...]:
        """A person may tick off scopes. The one for comments opens everything that Loa does (youtube.md 1), and a look
        at the newest comment thread tells of it for one unit."""
        try:
            words = {"part": "id", "allThreadsRelatedToChannelId": self.account.remote_id, "maxResults": 1}
            await self._list("commentThreads", **words)
        except AuthLost as error:
            return (Concern("rights:youtube.force-ssl", _NO_COMMENTS),) if error.code == NO_SCOPE else ()
        except ChannelError:
            return ()
        return ()


def _length_of_clips(channel: Mapping[str, Any]) -> tuple[Concern, ...]:
    """Whether clips may be long: what YouTube does not tell is no concern (youtube.md 2). Pure."""
    told = values.inner(channel, "status").get("longUploadsStatus") or _LONG_CLIPS
    return () if told in (_LONG_CLIPS, "longUploadsUnspecified") else (Concern("clips:15min", _ONLY_SHORT),)
