"""When the OA may write to a person and what it costs: windows and quotas (zalo.md 4.1, 4.3 and 9)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from aiohttp import web

from channels.sandbox.core import Account, Refusal, Remark
from channels.sandbox.zalo.asked import body_of, choice, ident, ok, wrong
from channels.sandbox.zalo.base import MESSAGES, STATE_AGENCY, Base, Citizen, stamp
from channels.sandbox.zalo.rules import RULES

FREE: Final = timedelta(hours=48)
OPEN: Final = timedelta(days=7)
YEAR: Final = timedelta(days=365)
REPLIES: Final = 8
WELCOMES: Final = 3
MONTH_PROMOTIONS: Final = 6


class Windows(Base):
    """Windows open with every interaction of a person."""

    def window_routes(self) -> list[web.RouteDef]:
        """The quotas as one asks for them."""
        return [
            web.post("/v3.0/oa/quota/message", self._quota),
            web.post("/v2.0/oa/quota/message", self._old_quota),
        ]

    def pay(self, account: Account, person: Citizen) -> dict[str, Any] | None:
        """What a consultation message takes; None when it is charged."""
        if person.last is None or self.now() - person.last > OPEN:
            raise Refusal(RULES["window"])
        if self.now() - person.last <= FREE:
            if person.welcomes:
                person.welcomes -= 1
                return {"quota_type": "welcome_msg", "remain": person.welcomes, "total": WELCOMES}
            return {"quota_type": "reply", "remain": REPLIES, "total": REPLIES}
        package = account.extra.get("sub_quota")
        if not package or not package["remain"]:
            return None
        package["remain"] -= 1
        return {"quota_type": "sub_quota", **package}

    def pay_answer(self, heard: Remark) -> dict[str, Any]:
        """What an answer bound to one message takes."""
        if self.now() - heard.at > FREE:
            raise Refusal(RULES["reply_over"])
        kept = self.said.setdefault(heard.remote_id, {})
        if kept.get("answers", 0) >= REPLIES:
            raise Refusal(RULES["reply_quota"])
        kept["answers"] = kept.get("answers", 0) + 1
        return {"quota_type": "reply", "remain": REPLIES - kept["answers"], "total": REPLIES}

    def within_year(self, person: Citizen) -> None:
        """A transaction message needs an interaction within one year."""
        if person.last is None or self.now() - person.last > YEAR:
            raise Refusal(RULES["year"])

    def promote(self, account: Account, person: Citizen) -> None:
        """A promotion message: not from a state agency, to a follower, by day, once a day, so many a month."""
        if account.extra["oa_type"] == STATE_AGENCY:
            raise Refusal(RULES["message_type"])
        if not person.follows:
            raise Refusal(RULES["follow"])
        self.daytime()
        if not self.may_promote(account, person):
            raise Refusal(RULES["receiver_quota"])
        most = 500 if account.followers <= 10_000 else account.followers * 5 // 100
        self.spend(account, "promotion_quota", most, "%Y-%m-%d")
        person.promoted.append(self.now())

    def may_promote(self, account: Account, person: Citizen) -> bool:
        """True while a person may get another promotion or broadcast today and this month."""
        today, month = self._promoted(person)
        return not today and month < account.extra.get("month_promotions", MONTH_PROMOTIONS)

    def _promoted(self, person: Citizen) -> tuple[int, int]:
        zone, here = self.local().tzinfo, self.local()
        days = [at.astimezone(zone).date() for at in person.promoted]
        return days.count(here.date()), sum((d.year, d.month) == (here.year, here.month) for d in days)

    # -- asked for --------------------------------------------------------------------------------------------------

    async def _quota(self, request: web.Request) -> web.Response:
        """Of one person, or of the packages that the OA or app owns."""
        account, body = self.enter(request, MESSAGES), await body_of(request)
        if "user_id" in body:
            return ok(self._of_person(account, self.known(account, ident(body, "user_id"))))
        choice(body, "quota_owner", ("OA", "App", "APP"))
        package = account.extra.get("sub_quota")
        wanted = (body.get("product_type", "cs"), body.get("quota_type", "sub_quota"))
        if not package or wanted != ("cs", "sub_quota") or body["quota_owner"] != "OA":
            return ok([])
        asset = {"asset_id": f"as_{account.remote_id}", "product_type": "cs", "quota_type": "sub_quota"}
        more = {"valid_through": package["expired_date"], "total": package["total"], "remain": package["remain"]}
        return ok([{**asset, **more}])

    def _of_person(self, account: Account, person: Citizen) -> dict[str, Any]:
        today, month = self._promoted(person)
        total = account.extra.get("month_promotions", MONTH_PROMOTIONS)
        promotion = {"daily_remain": max(0, 1 - today), "daily_total": 1}
        promotion |= {"monthly_remain": max(0, total - month), "monthly_total": total}
        told: dict[str, Any] = {"cs_reply": {"remain": REPLIES, "total": REPLIES}, "promotion": promotion}
        return told | ({"last_interaction": str(stamp(person.last))} if person.last else {})

    async def _old_quota(self, request: web.Request) -> web.Response:
        """Of the OA, of one message of a person, or of a person's promotions."""
        account, body = self.enter(request, MESSAGES), await body_of(request)
        if "message_id" in body:
            heard = next((r for r in account.inbox if r.remote_id == ident(body, "message_id")), None)
            if heard is None:
                raise wrong("message_id")
            used = self.said.get(heard.remote_id, {}).get("answers", 0)
            return ok({"type": "reply", "remain": REPLIES - used, "total": REPLIES})
        if "user_id" in body:
            choice(body, "type", ("promotion",))
            left = self._of_person(account, self.known(account, ident(body, "user_id")))["promotion"]
            return ok({"type": "promotion", "remain": left["monthly_remain"], "total": left["monthly_total"]})
        package = account.extra.get("sub_quota") or {"remain": 0, "total": 0}
        return ok({"type": "sub_quota", "remain": package["remain"], "total": package["total"]})
