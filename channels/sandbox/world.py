"""All stand-in platforms together, with one office's accounts on each: what the demo, drills and tests start."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from channels.sandbox.core import Clock, Item, Platform, Remark
from channels.sandbox.facebook import FacebookSandbox
from channels.sandbox.history import PastPost, page_days
from channels.sandbox.telegram import ChatMessage, TelegramSandbox
from channels.sandbox.viber import ViberSandbox
from channels.sandbox.youtube import YouTubeSandbox
from channels.sandbox.zalo import ZaloSandbox

OFFICE: Final = "UBND tỉnh Bình Sơn (đơn vị giả định)"
DUTY_CHAT: Final = "-1001000000001"
LEADERS_CHAT: Final = "-1001000000002"
VIBER_BOT: Final = "pa:5000000000000000002"
TELEGRAM_CHANNEL: Final = "-1001000000003"
PRESS_ANSWERED_S: Final = 20.0


@dataclass(frozen=True)
class Credentials:
    """What an operator would type to connect one account."""

    kind: str
    remote_id: str
    name: str
    settings: Mapping[str, str]
    secrets: Mapping[str, str]


class Sandbox:
    """Five platforms and one office on them. `start()`, `stop()`; the state can be looked at afterwards."""

    def __init__(self, *, now: Clock, seed: int = 0) -> None:
        self._now, self.seed = now, seed
        self.facebook = FacebookSandbox(now=now, seed=seed)
        self.youtube = YouTubeSandbox(now=now, seed=seed)
        self.zalo = ZaloSandbox(now=now, seed=seed)
        self.viber = ViberSandbox(now=now, seed=seed)
        self.telegram = TelegramSandbox(now=now, seed=seed)
        self.platforms: dict[str, Platform] = {
            p.name: p for p in (self.facebook, self.youtube, self.zalo, self.viber, self.telegram)
        }
        self._accounts()

    def _accounts(self) -> None:
        self.page = self.facebook.add_page("100200300", OFFICE, f"EAAB{self.seed}page", followers=41_300)
        self.channel = self.youtube.add_channel(
            "UCbinhsonbinhsonbinhson00",
            OFFICE,
            client_id="900-demo.apps.example",
            client_secret="GOCSPX-demo",  # noqa: S106  # pretended
            refresh_token=f"1//demo{self.seed}",
            followers=5_230,
        )
        self.oa = self.zalo.add_oa("388613000000001", OFFICE, app_id="42", app_secret="za-demo", followers=88_400)  # noqa: S106
        self.viber_channel = self.viber.add_channel(
            "pa:5000000000000000001",
            OFFICE,
            f"4f-demo-{self.seed}-viber",
            members=3_320,
            webhook="https://loa.example/v",
        )
        self.viber.add_bot(VIBER_BOT, f"{OFFICE} – hỏi đáp", f"4f-demo-{self.seed}-bot")
        self.telegram.add_chat(DUTY_CHAT, "Nhóm trực thông tin")
        self.telegram.add_chat(LEADERS_CHAT, "Lãnh đạo")
        self.telegram.add_channel(TELEGRAM_CHANNEL, OFFICE, username="binhson", followers=2_140)

    # -- life -------------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Start every platform on a free port."""
        for platform in self.platforms.values():
            await platform.start()

    async def stop(self) -> None:
        """Stop every platform."""
        for platform in self.platforms.values():
            await platform.stop()

    def urls(self) -> dict[str, str]:
        """Address by platform."""
        return {name: platform.url for name, platform in self.platforms.items()}

    def environment(self) -> dict[str, str]:
        """The settings that put this sandbox in the platforms' place."""
        urls = self.urls()
        return {
            "LOA_FACEBOOK_BASE_URL": urls["facebook"],
            "LOA_FACEBOOK_VIDEO_BASE_URL": urls["facebook"],
            "LOA_FACEBOOK_DIALOG_BASE_URL": urls["facebook"],
            "LOA_ZALO_BASE_URL": urls["zalo"],
            "LOA_ZALO_OAUTH_BASE_URL": urls["zalo"],
            "LOA_VIBER_BASE_URL": urls["viber"],
            "LOA_YOUTUBE_BASE_URL": urls["youtube"],
            "LOA_TELEGRAM_BASE_URL": urls["telegram"],
        }

    @property
    def bot_token(self) -> str:
        """The bot's token, as BotFather would give it."""
        return self.telegram.token

    def credentials(self) -> list[Credentials]:
        """What connects the office's accounts."""
        zalo, google, viber = self.oa.extra, self.channel.extra, self.viber_channel
        return [
            Credentials("facebook", self.page.remote_id, OFFICE, {}, {"page_token": next(iter(self.page.tokens))}),
            Credentials(
                "zalo",
                self.oa.remote_id,
                OFFICE,
                {"app_id": zalo["app_id"], "author": "UBND tỉnh"},
                {
                    "access_token": zalo["access"],
                    "refresh_token": zalo["refresh"],
                    "expires_at": zalo["expires_at"].isoformat(),
                    "app_secret": zalo["secret"],
                },
            ),
            Credentials(
                "viber",
                viber.remote_id,
                OFFICE,
                {"sender": viber.extra["superadmin"]},
                {"auth_token": next(iter(viber.tokens))},
            ),
            Credentials(
                "youtube",
                self.channel.remote_id,
                OFFICE,
                {},
                {name: google[name] for name in ("refresh_token", "client_id", "client_secret")},
            ),
        ]

    def telegram_account(self) -> Credentials:
        """What connects the office's public channel on Telegram, where it posts as well; the demo's office does not."""
        return Credentials("telegram", TELEGRAM_CHANNEL, OFFICE, {}, {"bot_token": self.telegram.token})

    def viber_bot_account(self) -> Credentials:
        """What connects the office's bot on Viber, whom citizens write to; the demo's office has none."""
        bot = self.viber.accounts[VIBER_BOT]
        return Credentials("viber_bot", VIBER_BOT, bot.name, {}, {"auth_token": next(iter(bot.tokens))})

    # -- the public -------------------------------------------------------------------------------------------------

    def find(self, kind: str, remote_id: str) -> Item | Remark | None:
        """What a platform shows under an id: an item, or a comment of the office's own."""
        platform = self.platforms[kind]
        if remote_id in platform.items:
            return platform.items[remote_id]
        return next((r for i in platform.items.values() for r in i.remarks if r.remote_id == remote_id), None)

    def comment(self, kind: str, remote_id: str, author: str, text: str, at: datetime) -> Remark:
        """A citizen comments."""
        return self.platforms[kind].add_remark(remote_id, author, text, at)

    def message(self, kind: str, author: str, text: str, at: datetime) -> Remark:
        """A citizen writes to the office's inbox."""
        platform = self.platforms[kind]
        return platform.add_message(next(iter(platform.accounts)), author, text, at)

    def load_history(self, posts: Iterable[PastPost], start: datetime) -> None:
        """Put five weeks of past posts, comments and daily figures on the platforms."""
        for past in posts:
            platform = self.platforms[past.channel]
            at = start - past.before
            item = _past_item(platform, past, at)
            platform.seed_history([item])
            for remark in past.remarks:
                platform.add_remark(item.remote_id, remark.author, remark.text, min(at + remark.after, start))
        self._daily(start)

    def _daily(self, start: datetime) -> None:
        days = page_days(self.seed)
        for number, figures in enumerate(days):
            day = (start - timedelta(days=len(days) - number)).date().isoformat()
            self.page.days[day] = {
                "page_media_view": figures["views"],
                "page_total_media_view_unique": figures["reach"],
                "page_post_engagements": figures["engagement"],
                "page_follows": figures["followers"],
                "week:page_total_media_view_unique": int(figures["reach"] * 4.6),
                "week:page_media_view": sum(d["views"] for d in days[max(0, number - 6) : number + 1]),
            }
            self.channel.days[day] = {"views": figures["views"] // 9, "likes": figures["engagement"] // 20}

    # -- the chat ---------------------------------------------------------------------------------------------------

    def telegram_user(self, login: str, name: str) -> int:
        """Let a duty person have a chat account; return its id."""
        person = 7_000_000 + len(self.telegram.people)
        self.telegram.add_person(person, name)
        return person

    async def write_to_bot(self, person: int, text: str) -> None:
        """A person writes to the bot in private and gets its answer."""
        chat = str(person)
        self.telegram.say(chat, person, text)
        await self.telegram.wait_for(lambda: any(m.own for m in self.telegram.messages(chat)), PRESS_ANSWERED_S)

    def messages(self, chat_id: str) -> list[ChatMessage]:
        """Everything in a chat."""
        return self.telegram.messages(chat_id)

    async def press(self, chat_id: str, message_id: int, data: str, person: int) -> str:
        """Press a button and return what the bot answered. Raises `TimeoutError` when it does not."""
        query = self.telegram.press(chat_id, message_id, data, person)
        if not await self.telegram.wait_for(lambda: self.telegram.answer_of(query) is not None, PRESS_ANSWERED_S):
            raise TimeoutError(f"the bot did not answer the press of {data}")
        return self.telegram.answer_of(query) or ""


def _past_item(platform: Platform, past: PastPost, at: datetime) -> Item:
    """A past post with an id as its platform makes them."""
    number = platform.number()
    account = next(iter(platform.accounts))
    remote_id = {"facebook": f"{account}_{400_000 + number}", "youtube": f"old{number:08d}"}.get(
        past.channel, f"art_old{number:08d}"
    )
    form = {"facebook": "feed", "youtube": "video"}.get(past.channel, "article")
    item = Item(remote_id, account, form, {}, at, title=past.title, text=past.text, figures=dict(past.figures))
    item.permalink = f"https://{past.channel}.example/{remote_id}"
    return item
