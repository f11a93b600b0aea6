"""Connecting a channel: its owner's consent, a refresh token, and the channel that was chosen. youtube.md 1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from channels.connecting import Ask, ByConsent, Consent, Found, NotConnected, with_query
from channels.errors import Told
from channels.google import Google, GoogleFailure, credentials
from channels.http import unreachable
from channels.threads import in_thread
from channels.youtube import values
from channels.youtube.errors import error_from

CALL_S: Final = 30.0
PREFIX: Final = "https://www.googleapis.com/auth/"
UPLOAD, COMMENTS, READ, MEASURE = "youtube.upload", "youtube.force-ssl", "youtube.readonly", "yt-analytics.readonly"
SCOPES: Final = (UPLOAD, COMMENTS, READ, MEASURE)
LOST: Final[Mapping[str, Told]] = {
    COMMENTS: Told(
        "không sửa, gỡ video, không đọc và trả lời bình luận, không thêm phụ đề được",
        "videos cannot be edited or removed, comments neither read nor answered, no captions",
    ),
    UPLOAD: Told("không đăng video được", "no video can be uploaded"),
    MEASURE: Told("không có số liệu YouTube Analytics", "no figures of YouTube Analytics"),
    READ: Told("không đọc được kênh", "the channel cannot be read"),
}
_NO_REFRESH = Told(
    vi="Google không cấp mã gia hạn: vào myaccount.google.com/permissions gỡ ứng dụng này, rồi bắt đầu lại.",
    en="Google gave no refresh token: remove the app at myaccount.google.com/permissions, then begin again.",
)
_NO_CHANNEL = Told(
    vi="Tài khoản Google vừa chọn không có kênh YouTube: bắt đầu lại và chọn đúng kênh (kênh thương hiệu hiện trên "
    "trang đồng ý).",
    en="The Google account that was chosen has no YouTube channel: begin again and choose the channel (a brand channel "
    "is offered on the page of consent).",
)
_WRONG_CLIENT = Told(
    vi="Google không nhận ứng dụng khách OAuth: xem lại Client ID và Client secret ở Google Cloud, mục Credentials.",
    en="Google does not take the OAuth client: look at Client ID and Client secret in Google Cloud, Credentials.",
)


class YouTubeConnector(ByConsent):
    """The channel that the person chooses on Google's page."""

    kind = "youtube"
    label = "YouTube"
    asks = (
        Ask("client_id", Told("Client ID", "Client ID"), secret=False),
        Ask("client_secret", Told("Client secret", "Client secret")),
    )
    steps = (
        Told(
            "Đăng nhập bằng tài khoản sở hữu kênh; với kênh thương hiệu hãy chọn chính kênh đó.",
            "Log in with the account that owns the channel; for a brand channel choose that channel itself.",
        ),
        Told("Đánh dấu mọi ô quyền trên trang của Google.", "Tick every box of rights on Google's page."),
    )

    def address(self, words: Mapping[str, str], consent: Consent) -> str:
        """The page of consent: offline, and asked anew, or no refresh token comes."""
        return with_query(
            f"{self.endpoints.google_accounts}/o/oauth2/v2/auth",
            client_id=words["client_id"],
            redirect_uri=consent.redirect_uri,
            response_type="code",
            scope=" ".join(f"{PREFIX}{scope}" for scope in SCOPES),
            access_type="offline",
            prompt="consent",
            state=consent.state,
            code_challenge=consent.challenge,
            code_challenge_method="S256",
        )

    async def redeem(self, words: Mapping[str, str], consent: Consent, answer: Mapping[str, str]) -> Sequence[Found]:
        """The code for tokens, then whose they are and what they may do."""
        body = await self._exchange(words, consent, self.code_of(answer))
        granted = [scope.removeprefix(PREFIX) for scope in str(body.get("scope", "")).split()]
        if (lost := _needed(granted)) is not None:
            raise NotConnected("rights are missing", told=lost)
        if not body.get("refresh_token"):
            raise NotConnected("no refresh token", told=_NO_REFRESH)
        secrets = {
            "access_token": str(body["access_token"]),
            "refresh_token": str(body["refresh_token"]),
            "expires_at": (self.now() + timedelta(seconds=values.count(body.get("expires_in")) or 0)).isoformat(),
            "client_id": words["client_id"],
            "client_secret": words["client_secret"],
        }
        rows = values.rows(await self._mine(secrets))
        if not rows:
            raise NotConnected("no channel", told=_NO_CHANNEL)
        scopes = " ".join(scope for scope in SCOPES if scope in granted)
        return [
            Found(str(row.get("id")), str(values.inner(row, "snippet").get("title", "")), {"scopes": scopes}, secrets)
            for row in rows
            if row.get("id")
        ]

    async def _exchange(self, words: Mapping[str, str], consent: Consent, code: str) -> Mapping[str, Any]:
        form = {
            "code": code,
            "client_id": words["client_id"],
            "client_secret": words["client_secret"],
            "redirect_uri": consent.redirect_uri,
            "grant_type": "authorization_code",
            "code_verifier": consent.verifier,
        }
        answer = await self.exchange(f"{self.endpoints.google_oauth}/token", form)
        body = answer.data if isinstance(answer.data, dict) else {}
        if body.get("access_token"):
            return body
        reason = str(body.get("error", ""))
        if answer.status >= 500 or not reason:
            raise unreachable(f"token: HTTP {answer.status}")
        if reason in ("invalid_client", "unauthorized_client"):
            raise NotConnected(reason, told=_WRONG_CLIENT, code=reason)
        raise self.code_refused(str(body.get("error_description", "")), reason)

    async def _mine(self, secrets: dict[str, str]) -> dict[str, Any]:
        held = credentials(secrets, f"{self.endpoints.google_oauth}/token", values.moment(secrets["expires_at"]))
        google = Google(
            held,
            youtube=self.endpoints.youtube,
            analytics=self.endpoints.youtube_analytics,
            called=lambda _: None,
        )

        def ask() -> dict[str, Any]:
            wanted = google.service().channels().list(part="snippet", mine=True)
            return google.execute(wanted, writes=False, timeout_s=CALL_S)

        try:
            return await in_thread(ask)
        except GoogleFailure as failure:
            raise error_from(failure, writes=False, now=self.now()) from failure


def missing_rights(granted: Sequence[str]) -> dict[str, Told]:
    """Return the rights that were ticked off with what is lost without them. One for comments opens what the ones for
    uploads and reading do (youtube.md 1). Pure."""
    covered = {UPLOAD, READ} if COMMENTS in granted else set()
    return {scope: told for scope, told in LOST.items() if scope not in granted and scope not in covered}


def _needed(granted: Sequence[str]) -> Told | None:
    lost = missing_rights(granted)
    if not {UPLOAD, READ} & lost.keys():
        return None
    vi, en = ("; ".join(f"{s} ({t.vi if vi else t.en})" for s, t in lost.items()) for vi in (True, False))
    return Told(
        vi=f"Thiếu quyền: {vi}. Bắt đầu lại và đánh dấu mọi ô trên trang của Google.",
        en=f"Missing rights: {en}. Begin again and tick every box on Google's page.",
    )
