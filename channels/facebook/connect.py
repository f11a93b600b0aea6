"""Connecting Pages: a person's consent, their token made a long one, and from it each Page's own. facebook.md 2."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from channels.base import AccountRef
from channels.connecting import Ask, ByConsent, Consent, Found, NotConnected, with_query
from channels.errors import Rejected, Told
from channels.facebook import values
from channels.facebook.calls import VERSION
from channels.facebook.channel import FacebookChannel
from channels.facebook.rights import SCOPES, missing_needed
from channels.http import unreachable

_TASK = "CREATE_CONTENT"
_NO_TASK = Told(
    vi="người vừa đăng nhập không có quyền đăng bài trên Trang này: quản trị Trang cấp quyền “Nội dung” cho người đó",
    en="the person who logged in may not post on this Page: a Page administrator gives them the right “Content”",
)
_NO_PAGE = Told(
    vi="Facebook không cho thấy Trang nào của người vừa đăng nhập: đăng nhập bằng người quản trị Trang, bắt đầu lại và "
    "chọn Trang trên trang đồng ý. Trang thuộc một doanh nghiệp cần được giao cho chính người đó.",
    en="Facebook shows no Page of the person who logged in: log in as one who manages the Page, begin again and choose "
    "the Page on the page of consent. A Page that a business owns has to be assigned to that person.",
)
_WRONG_APP = Told(
    vi="Facebook không nhận mã hoặc khóa bí mật của ứng dụng: xem lại App ID và App Secret (Settings → Basic).",
    en="Facebook does not take the app's id or secret: look at App ID and App Secret (Settings → Basic).",
)


class FacebookConnector(ByConsent):
    """Pages of whoever agrees."""

    kind = "facebook"
    label = "Facebook"
    asks = (
        Ask("app_id", Told("Mã ứng dụng (App ID)", "App ID"), secret=False),
        Ask("app_secret", Told("Khóa bí mật của ứng dụng (App Secret)", "App Secret")),
    )
    steps = (
        Told(
            "Đăng nhập bằng người có toàn quyền với Trang, rồi chọn đúng Trang.",
            "Log in as somebody with full control of the Page, then choose the Page.",
        ),
        Told(
            "Để bật mọi quyền được hỏi; thiếu quyền nào Loa nói rõ mất việc gì.",
            "Leave every right that is asked for switched on; Loa says what is lost without one.",
        ),
    )

    def address(self, words: Mapping[str, str], consent: Consent) -> str:
        """The login page."""
        return with_query(
            f"{self.endpoints.facebook_dialog}/{VERSION}/dialog/oauth",
            client_id=words["app_id"],
            redirect_uri=consent.redirect_uri,
            state=consent.state,
            scope=",".join(SCOPES),
        )

    async def redeem(self, words: Mapping[str, str], consent: Consent, answer: Mapping[str, str]) -> Sequence[Found]:
        """Code -> short token -> long token -> the Pages' own tokens. The person's token is kept nowhere."""
        app = {"client_id": words["app_id"], "client_secret": words["app_secret"]}
        code = self.code_of(answer)
        short = await self._token(redirect_uri=consent.redirect_uri, code=code, **app)
        person = await self._token(grant_type="fb_exchange_token", fb_exchange_token=short, **app)
        body = await self._as(f"{words['app_id']}|{words['app_secret']}").get("debug_token", input_token=person)
        token = values.inner(body.get("data"))
        if token.get("is_valid") is True and (lost := missing_needed(token.get("scopes"))) is not None:
            raise NotConnected("rights are missing", told=lost)
        rows = self._as(person).pages("me/accounts", fields="id,name,access_token,tasks", limit="100")
        found = [page async for row in rows if (page := _page(row, words, person)) is not None]
        if not found:
            raise NotConnected("no Page", told=_NO_PAGE)
        return found

    async def subscribe(self, account: AccountRef, address: str) -> None:
        """The Page's events to the app; where the app hears them is entered once in its dashboard."""
        edge = f"{account.remote_id}/subscribed_apps"
        page = self._as(account.secrets.get("page_token", ""), account.remote_id, account.secrets.get("app_secret", ""))
        await page.post(edge, subscribed_fields="feed")
        told = await page.get(edge)
        if not any("feed" in (app.get("subscribed_fields") or ()) for app in values.rows(told.get("data"))):
            raise unreachable("subscribed_apps: feed is not there")

    async def _token(self, **words: str) -> str:
        try:
            body = await self._as("").get("oauth/access_token", **words)
        except Rejected as error:
            wrong_app = "client" in error.detail.lower()  # Facebook has one code for all of these, and says it in words
            if wrong_app:
                raise NotConnected(error.detail, told=_WRONG_APP, code=error.code) from None
            raise self.code_refused(error.detail, error.code) from None
        if not (token := values.text(body.get("access_token"))):
            raise self.code_refused("an answer without a token")
        return token

    def _as(self, token: str, page: str = "", app_secret: str = "") -> FacebookChannel:
        """The adapter, with this token."""
        secrets = {"page_token": token, "app_secret": app_secret}
        return FacebookChannel(
            AccountRef(self.kind, page, secrets=secrets), door=self.door, endpoints=self.endpoints, now=self.now
        )


def _page(row: Mapping[str, Any], words: Mapping[str, str], person: str) -> Found | None:
    """A Page with its own token; None for a row without one: the person's token never takes its place."""
    page, token = values.text(row.get("id")), values.text(row.get("access_token"))
    if not page or not token or token == person:
        return None
    tasks = row.get("tasks")
    secrets = {"page_token": token, "app_id": words["app_id"], "app_secret": words["app_secret"]}
    unfit = _NO_TASK if isinstance(tasks, list) and _TASK not in tasks else None
    return Found(page, values.text(row.get("name")), secrets=secrets, unfit=unfit)
