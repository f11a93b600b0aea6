"""How Viber is called: one host, one header, JSON both ways."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from channels.base import AccountRef, Channel, Concern, Health, Notes, Outgoing, Usage
from channels.errors import AuthLost, QuotaReached, Rejected, Throttled, Told
from channels.viber.errors import judge
from channels.viber.values import number

CALL_S = 30.0


class ViberCalls(Channel):
    """Calls of one account, with what they cost."""

    def _token(self) -> str:
        """As pasted, without the line end that cannot stand in a header."""
        return self.account.secrets.get("auth_token", "").strip()

    async def _call(self, method: str, payload: Mapping[str, Any], *, writes: bool) -> dict[str, Any]:
        """POST one method. Letters go as they are: escaped, a long Vietnamese text would be over a bot's 30 KB."""
        answer = await self.door.call(
            "POST",
            f"{self.endpoints.viber}/pa/{method}",
            writes=writes,
            timeout_s=CALL_S - 5,
            headers={"X-Viber-Auth-Token": self._token(), "Content-Type": "application/json"},
            data=json.dumps(payload, ensure_ascii=False).encode(),
        )
        try:
            return judge(answer, method, writes=writes)
        except Throttled as error:
            self.used_up(error)
            raise

    def used_up(self, error: Throttled) -> None:
        """Write down which limit was reached. Viber never tells what is left."""
        name = "messages" if isinstance(error, QuotaReached) else "calls"
        until = self.now() + timedelta(seconds=error.retry_after_s or 0.0)
        self.tell_usage(Usage(limit_key(self.account, name), name, most=self.most_of(name), blocked_until=until))

    def most_of(self, name: str) -> float:
        """How large a limit is; 0: nobody says."""
        most = number(self.account.settings.get("messages_a_month", "")) if name == "messages" else None
        return float(most or 0)

    @classmethod
    def costs(cls, out: Outgoing, account: AccountRef, notes: Notes) -> Mapping[str, float]:
        """A post is one call and one message."""
        return {limit_key(account, "calls"): 1.0, limit_key(account, "messages"): 1.0}

    @classmethod
    def reading_costs(cls, account: AccountRef) -> Mapping[str, float]:
        """A reading is one call."""
        return {limit_key(account, "calls"): 1.0}

    async def check_account(self) -> Health:
        """Ask get_account_info; the token is alive when it answers."""
        try:
            body = await self._call("get_account_info", {}, writes=False)
        except AuthLost as error:
            return Health(ok=False, lost=True, told=error.told)
        return Health(
            ok=True,
            told=Told(vi=f"{self.label} hoạt động.", en=f"{self.label} works."),
            name=str(body.get("name") or body.get("chat_hostname") or ""),
            remote_id=str(body.get("id") or ""),
            followers=number(body.get("subscribers_count")),
            concerns=self.concerns(body),
        )

    def concerns(self, body: Mapping[str, Any]) -> tuple[Concern, ...]:
        """What will be in the way, by what Viber says of the account. Pure."""
        raise NotImplementedError

    async def set_webhook(self, url: str) -> None:
        """Setting the same address again does no harm, so a cut is no more than unreachable."""
        try:
            await self._call("set_webhook", {"url": url}, writes=False)
        except Rejected as error:
            told = Told(
                vi="Viber không gọi được webhook: kiểm tra địa chỉ https, chứng thư và máy chủ.",
                en="Viber cannot call the webhook: check the https address, the certificate and the host.",
            )
            raise AuthLost(error.detail, told=told, code=error.code) from error


def limit_key(account: AccountRef, name: str) -> str:
    return f"viber:{name}:{account.remote_id}"
