"""Connecting an OA: its administrator's consent for the app, and the first pair of tokens. zalo.md 2."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from channels.base import AccountRef
from channels.connecting import Ask, ByConsent, Consent, Found, NotConnected, with_query
from channels.errors import Told
from channels.zalo.channel import ZaloChannel
from channels.zalo.codes import fields, number
from channels.zalo.tokens import ends_at

MOST_AUTHOR = 50
_APP_OFF, _REDIRECT = -14002, -14003
_TOLD: Mapping[int, Told] = {
    _APP_OFF: Told(
        vi="Zalo không nhận mã ứng dụng, hoặc ứng dụng chưa kích hoạt: vào developers.zalo.me, xem ID ứng dụng và bật "
        "trạng thái hoạt động, rồi bắt đầu lại.",
        en="Zalo does not take the app's id, or the app is not active: go to developers.zalo.me, look at the app's ID "
        "and switch it on, then begin again.",
    ),
    _REDIRECT: Told(
        vi="Zalo không nhận địa chỉ trả về: tại developers.zalo.me, mục Official Account → Thiết lập chung, lưu đúng "
        "từng chữ địa chỉ mà Loa đưa ra (tên miền đã xác thực), rồi bắt đầu lại.",
        en="Zalo does not take the return address: on developers.zalo.me, Official Account → General setup, save the "
        "address that Loa shows letter by letter (a verified domain), then begin again.",
    ),
}
_TOLD_SECRET = Told(
    vi="Zalo không nhận khóa bí mật của ứng dụng: xem lại tại developers.zalo.me, mục Cài đặt, rồi bắt đầu lại.",
    en="Zalo does not take the app's secret key: look at developers.zalo.me, Settings, then begin again.",
)
_TOLD_VERIFIER = Told(
    vi="Zalo không nhận code_verifier: nếu đã lưu Code Challenge ở trang nhà phát triển, hãy nhập đúng Code Verifier "
    "của nó, rồi bắt đầu lại.",
    en="Zalo does not take the code_verifier: where a Code Challenge is saved on the developer pages, enter the Code "
    "Verifier that belongs to it, then begin again.",
)
_TOLD_OTHER = Told(
    vi="Zalo cấp mã cho một OA khác với OA vừa chọn: bắt đầu lại và chọn đúng OA.",
    en="Zalo gave tokens for another OA than the one that was chosen: begin again and choose the right one.",
)


class ZaloConnector(ByConsent):
    """The OA whose administrator agrees. Zalo sends the browser back to a verified https domain only."""

    kind = "zalo"
    label = "Zalo"
    loopback = False
    asks = (
        Ask("app_id", Told("ID ứng dụng", "App ID"), secret=False),
        Ask("app_secret", Told("Khóa bí mật của ứng dụng", "App secret key")),
        Ask(
            "oa_secret",
            Told("OA Secret Key (để nhận webhook)", "OA Secret Key (for the webhook)"),
            optional=True,
            hint=Told(
                "Trang Webhook của ứng dụng, hiện ra sau khi lưu địa chỉ webhook; có thể để trống và nhập sau.",
                "The app's Webhook page shows it once a webhook address is saved; may be left empty for now.",
            ),
        ),
        Ask(
            "code_verifier",
            Told("Code Verifier", "Code Verifier"),
            optional=True,
            hint=Told(
                "Chỉ khi đã lưu Code Challenge ở trang nhà phát triển.",
                "Only where a Code Challenge is saved on the developer pages.",
            ),
        ),
        Ask(
            "author",
            Told("Tên tác giả ghi dưới bài (tối đa 50 ký tự)", "Author shown under articles (at most 50 characters)"),
            secret=False,
            optional=True,
        ),
    )
    steps = (
        Told(
            "Đăng nhập bằng quản trị viên của OA, chọn đúng OA và đồng ý mọi quyền.",
            "Log in as an administrator of the OA, choose the OA and agree to every right.",
        ),
        Told(
            "Địa chỉ trả về bên dưới phải được lưu đúng từng chữ tại developers.zalo.me.",
            "The return address below has to be saved letter by letter on developers.zalo.me.",
        ),
    )

    def address(self, words: Mapping[str, str], consent: Consent) -> str:
        """The page of permission."""
        return with_query(
            f"{self.endpoints.zalo_oauth}/v4/oa/permission",
            app_id=words["app_id"],
            redirect_uri=consent.redirect_uri,
            code_challenge=consent.challenge,
            state=consent.state,
        )

    def code_of(self, answer: Mapping[str, str]) -> str:
        """As everywhere; Zalo's own numbers are told in its words."""
        told = _TOLD.get(number(answer.get("error", "")) or 0)
        if told is not None:
            raise NotConnected("consent", told=told, code=answer["error"])
        return super().code_of(answer)

    async def redeem(self, words: Mapping[str, str], consent: Consent, answer: Mapping[str, str]) -> Sequence[Found]:
        """The code for a pair, then whose pair it is."""
        secrets = await self._pair(words, consent, self.code_of(answer))
        settings = {"app_id": words["app_id"]}
        ref = AccountRef("zalo", answer.get("oa_id", ""), settings=settings, secrets=secrets)
        channel = ZaloChannel(ref, door=self.door, endpoints=self.endpoints, now=self.now)
        data = fields(await channel.get("/v2.0/oa/getoa", {}))
        oa = str(data.get("oa_id") or data.get("oaid") or "")
        if not oa or answer.get("oa_id", oa) != oa:
            raise NotConnected("another OA", told=_TOLD_OTHER)
        name = str(data.get("name") or "")
        if author := (words.get("author") or name)[:MOST_AUTHOR]:
            settings["author"] = author
        return [Found(oa, name, settings=settings, secrets=secrets)]

    async def _pair(self, words: Mapping[str, str], consent: Consent, code: str) -> dict[str, str]:
        form = {
            "code": code,
            "app_id": words["app_id"],
            "grant_type": "authorization_code",
            "code_verifier": consent.verifier,
        }
        url = f"{self.endpoints.zalo_oauth}/v4/oa/access_token"
        answer = await self.exchange(url, form, {"secret_key": words["app_secret"]})
        body = fields(answer.data)
        if not body.get("access_token") or not body.get("refresh_token"):
            raise self._refused(body)
        now = self.now()
        secrets = {
            "access_token": str(body["access_token"]),
            "refresh_token": str(body["refresh_token"]),
            "expires_at": ends_at(body.get("expires_in"), now),
            "refresh_issued_at": now.isoformat(),
            "app_secret": words["app_secret"],
        }
        return secrets | ({"oa_secret": words["oa_secret"]} if words.get("oa_secret") else {})

    def _refused(self, body: Mapping[str, object]) -> NotConnected:
        code, name = str(body.get("error", "")), str(body.get("error_name", ""))
        told = _TOLD.get(number(code) or 0)
        if told is None and "secret" in name.lower():
            told = _TOLD_SECRET
        if told is None and "verifier" in name.lower():
            told = _TOLD_VERIFIER
        return NotConnected(name, told=told, code=code) if told else self.code_refused(name, code)
