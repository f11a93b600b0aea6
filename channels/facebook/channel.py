"""One Page: what it can, whether its account works, and what it has published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

from channels.base import Can, Concern, Content, Health, Item, Limits, Problem
from channels.errors import AuthLost, Rejected, Told
from channels.facebook import values
from channels.facebook.composing import limits_of, mixed
from channels.facebook.errors import RIGHT, TOKEN, says
from channels.facebook.figures import FacebookFigures
from channels.facebook.limits import LIMITS
from channels.facebook.look import FacebookLook
from channels.facebook.rights import OTHER_RIGHTS, PUBLISH
from channels.facebook.sending import FacebookSending

_INVALID: Final = frozenset({"100", "3001"})
_TOKEN_AHEAD: Final = timedelta(days=7)
_DATA_AHEAD: Final = timedelta(days=14)


class FacebookChannel(FacebookLook, FacebookSending, FacebookFigures):
    """One Page. `account.remote_id` is the Page id. Secrets: `page_token`, optionally `app_id`, `app_secret`."""

    kind = "facebook"
    label = "Facebook"
    limits = LIMITS
    can = frozenset(
        {
            Can.TEXT,
            Can.LINK,
            Can.PICTURE,
            Can.PICTURES,
            Can.CLIP,
            Can.SHORT_CLIP,
            Can.CAPTIONS,
            Can.THUMBNAIL,
            Can.FIRST_COMMENT,
            Can.EDIT,
            Can.FIND_SENT,
            Can.READ_METRICS,
            Can.READ_ACCOUNT_METRICS,
            Can.READ_COMMENTS,
            Can.REPLY,
            Can.WITHDRAW,
            Can.PIN,
            Can.HIDE_COMMENT,
            Can.LIKE_COMMENT,
        }
    )
    cannot: ClassVar[Mapping[str, Told]] = {
        Can.PLAYLIST: Told(vi="Trang Facebook không có danh sách phát qua API.", en="A Page has no playlists by API."),
        Can.BROADCAST: Told(
            vi="Facebook không cho Trang viết cho mọi người theo dõi.",
            en="Facebook lets no Page write to all its followers.",
        ),
        Can.READ_INBOX: Told(
            vi="Loa chưa đọc tin nhắn gửi tới Trang (cần quyền pages_messaging do Meta xét duyệt, và chỉ được trả lời "
            "trong 24 giờ): hãy đọc trong hộp thư của Trang.",
            en="Loa does not read the messages to a Page yet (it takes pages_messaging, a right that Meta reviews, "
            "and answers count for 24 hours only): read them in the Page's inbox.",
        ),
    }

    @classmethod
    def limits_for(cls, content: Content) -> Limits:
        """A reel is shorter than a clip, and upright."""
        return limits_of(content)

    @classmethod
    def review(cls, content: Content) -> list[Problem]:
        """As everywhere, and what no limit says of a post's files."""
        return [*super().review(content), *mixed(content)]

    async def check_account(self) -> Health:
        """Ask the Page, and debug_token where the app's own secret is known."""
        try:
            page = await self.get(self.account.remote_id, fields="id,name,followers_count,fan_count")
            token = await self._token_data()
        except AuthLost as error:
            return Health(ok=False, lost=True, told=error.told)
        followers = values.count(page.get("followers_count"))
        ends, data_ends = (_end(token.get(name)) for name in ("expires_at", "data_access_expires_at"))
        return Health(
            ok=True,
            told=Told(vi="Facebook hoạt động.", en="Facebook works."),
            name=values.text(page.get("name")),
            remote_id=values.text(page.get("id")),
            expires_at=min((end for end in (ends, data_ends) if end), default=None),
            followers=values.count(page.get("fan_count")) if followers is None else followers,
            concerns=token_concerns(ends, data_ends, token.get("scopes"), self.now()),
        )

    async def _token_data(self) -> Mapping[str, Any]:
        """What Meta tells of the Page's token; {} where it cannot be asked. Raises `AuthLost` where it is dead or may
        not publish."""
        secrets = self.account.secrets
        if not secrets.get("app_id") or not secrets.get("app_secret"):
            return {}
        app, token = f"{secrets['app_id']}|{secrets['app_secret']}", secrets.get("page_token", "")
        body = await self._ask(lambda g: g.get("debug_token", input_token=token), writes=False, token=app)
        data = values.inner(body.get("data"))
        if data.get("is_valid") is not True:
            code = values.text(values.inner(data.get("error")).get("code")) or "190"
            raise AuthLost("debug_token: not valid", told=TOKEN, code=code)
        if isinstance(data.get("scopes"), list) and PUBLISH not in data["scopes"]:
            raise AuthLost(f"debug_token: {PUBLISH} is missing", told=RIGHT, code="200")
        return data

    async def read_items(self, since: datetime) -> Sequence[Item]:
        """Published posts and reels after `since`, oldest first. Reels are in a list of their own."""
        words = {"since": str(int(since.timestamp())), "limit": "100"}
        page, found = self.account.remote_id, dict[str, Item]()
        posts = "id,message,created_time,permalink_url"
        async for row in self.pages(f"{page}/published_posts", fields=posts, **words):
            if item := _item(row, "message"):
                found[item.remote_id.removeprefix(f"{page}_")] = item
        try:
            reels = "id,description,created_time,permalink_url"
            async for row in self.pages(f"{page}/video_reels", fields=reels, **words):
                if item := _item(row, "description"):
                    found.setdefault(item.remote_id, item)
        except Rejected as error:
            if not says(error, _INVALID | {"2500"}):
                raise
        return sorted(found.values(), key=lambda i: i.created_at)


def token_concerns(
    ends: datetime | None, data_ends: datetime | None, scopes: object, now: datetime
) -> tuple[Concern, ...]:
    """What debug_token tells before it hurts (facebook.md 2): seven days before the token's end, fourteen before that
    of its access to data, and rights beside publishing that are missing. Pure."""
    found = []
    for code, end, ahead, vi, en in (
        ("token_ends", ends, _TOKEN_AHEAD, "mã truy cập Trang hết hạn", "the Page's token ends"),
        ("data_access_ends", data_ends, _DATA_AHEAD, "quyền đọc dữ liệu của Trang hết hạn", "the access to data ends"),
    ):
        if end is not None and end - now <= ahead:
            days = max(0, (end - now).days)
            told = Told(
                vi=f"{vi} sau {days} ngày: quản trị Trang đăng nhập lại, lấy mã mới và kết nối lại.",
                en=f"{en} in {days} days: a Page administrator logs in again, gets a new token and reconnects.",
            )
            found.append(Concern(code if days else f"{code}_today", told))
    missing = [right for right in OTHER_RIGHTS if isinstance(scopes, list) and right not in scopes]
    if missing:
        names = ", ".join(missing)
        told = Told(
            vi=f"thiếu quyền {names} ({'; '.join(OTHER_RIGHTS[r][0] for r in missing)}): cấp thêm rồi kết nối lại.",
            en=f"{names} not granted ({'; '.join(OTHER_RIGHTS[r][1] for r in missing)}): grant it and reconnect.",
        )
        found.append(Concern(f"rights:{names}", told))
    return tuple(found)


def _end(value: object) -> datetime | None:
    """A time in Unix seconds; 0 and nothing mean never."""
    seconds = values.count(value)
    return values.moment(seconds) if seconds else None


def _item(row: Mapping[str, object], said: str) -> Item | None:
    remote_id, created = values.text(row.get("id")), values.moment(row.get("created_time"))
    if not remote_id or created is None:
        return None
    return Item(remote_id, values.text(row.get(said)), created, permalink=values.link(row.get("permalink_url")))
