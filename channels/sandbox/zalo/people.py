"""The OA's profile, its followers and users, tags, and the chats (zalo.md 8)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

from aiohttp import web

from channels.sandbox.core import Account, Refusal, Remark
from channels.sandbox.zalo.asked import body_of, choice, data_of, ident, inner, ok, text, whole, wrong
from channels.sandbox.zalo.base import CHATS, HANOI, INFO, STATE_AGENCY, Base, Citizen, stamp
from channels.sandbox.zalo.rules import RULES

MOST_USERS, MOST_OFFSET, MOST_CHATS = 50, 9951, 10
SHARED: Final = ("address", "city", "district", "phone", "name", "user_dob")
_SPAN: Final = re.compile(r"(\d{4})_(\d\d)_(\d\d):(\d{4})_(\d\d)_(\d\d)", re.ASCII)


class People(Base):
    """Who the OA knows, and what was said."""

    def people_routes(self) -> list[web.RouteDef]:
        """Reading takes one parameter `data` here."""
        return [
            web.get("/v2.0/oa/getoa", self._getoa),
            web.get("/v3.0/oa/user/getlist", self._user_list),
            web.get("/v3.0/oa/user/detail", self._user_detail),
            web.post("/v3.0/oa/user/update", self._user_update),
            web.post("/v2.0/oa/deletefollowerinfo", self._forget),
            web.get("/v2.0/oa/getfollowers", self._old_list),
            web.get("/v2.0/oa/getprofile", self._old_detail),
            web.post("/v2.0/oa/tag/tagfollower", self._tag),
            web.post("/v2.0/oa/tag/rmfollowerfromtag", self._untag),
            web.post("/v2.0/oa/tag/rmtag", self._drop_tag),
            web.get("/v2.0/oa/tag/gettagsofoa", self._tags),
            web.get("/v2.0/oa/listrecentchat", self._recent),
            web.get("/v2.0/oa/conversation", self._conversation),
        ]

    async def _getoa(self, request: web.Request) -> web.Response:
        account = self.enter(request, INFO)
        extra = account.extra
        return ok(
            {
                "oa_id": account.remote_id,
                "name": account.name,
                "description": "",
                "oa_alias": "",
                "is_verified": not extra.get("unverified"),
                "oa_type": extra["oa_type"],
                "cate_name": "Cơ quan nhà nước" if extra["oa_type"] == STATE_AGENCY else "Doanh nghiệp",
                "num_follower": account.followers,
                "avatar": f"https://media.zalo.example/{account.remote_id}.jpg",
                "cover": "",
                "package_name": "Growth",
                "package_valid_through_date": "31/12/2026",
                "package_auto_renew_date": "",
                "linked_ZCA": extra.get("zca", ""),
            }
        )

    # -- users ------------------------------------------------------------------------------------------------------

    async def _user_list(self, request: web.Request) -> web.Response:
        account, asked = self.enter(request, INFO), data_of(request)
        offset, count = self._part(asked)
        people = list(self.people[account.remote_id].values())
        if "is_follower" in asked:
            wanted = choice(asked, "is_follower", ("true", "false")) == "true"
            people = [p for p in people if p.follows == wanted]
        if "tag_name" in asked:
            tag = text(asked, "tag_name")
            people = [p for p in people if tag in p.tags]
        if "last_interaction_period" in asked:
            first, last = self._period(text(asked, "last_interaction_period"))
            people = [p for p in people if p.last and first <= p.last.astimezone(HANOI).date() <= last]
        rows = [{"user_id": p.user_id} for p in people[offset : offset + count]]
        return ok({"total": len(people), "count": len(rows), "offset": offset, "users": rows})

    @staticmethod
    def _part(asked: Mapping[str, Any]) -> tuple[int, int]:
        return whole(asked, "offset", 0, 0, MOST_OFFSET), whole(asked, "count", MOST_USERS, 1, MOST_USERS)

    def _period(self, words: str) -> tuple[date, date]:
        """First and last day of TODAY, YESTERDAY, L7D, L30D or `YYYY_MM_DD:YYYY_MM_DD`."""
        today = self.local().date()
        named = {"TODAY": (0, 0), "YESTERDAY": (1, 1), "L7D": (6, 0), "L30D": (29, 0)}
        if words in named:
            first, last = named[words]
            return today - timedelta(days=first), today - timedelta(days=last)
        found = _SPAN.fullmatch(words)
        if not found:
            raise wrong("last_interaction_period")
        numbers = [int(number) for number in found.groups()]
        return date(*numbers[:3]), date(*numbers[3:])

    async def _user_detail(self, request: web.Request) -> web.Response:
        account = self.enter(request, INFO)
        return ok(_profile(self.known(account, ident(data_of(request), "user_id"))))

    async def _user_update(self, request: web.Request) -> web.Response:
        """The name that the OA gives a person, and what the person shared."""
        account, body = self.enter(request, INFO), await body_of(request)
        person = self.known(account, ident(body, "user_id"))
        shared = inner(body, "shared_info") if "shared_info" in body else {}
        for name, value in shared.items():
            if name not in SHARED or not isinstance(value, str):
                raise wrong(f"shared_info.{name}")
        if "alias" in body:
            person.alias = text(body, "alias")
        person.shared |= shared
        return ok()

    async def _forget(self, request: web.Request) -> web.Response:
        """Delete what is stored of a person; whether they follow is theirs."""
        account, body = self.enter(request, INFO), await body_of(request)
        person = self.known(account, ident(body, "user_id"))
        person.alias, person.tags, person.shared = "", [], {}
        return ok()

    async def _old_list(self, request: web.Request) -> web.Response:
        account, asked = self._open_pair(request), data_of(request)
        offset, count = self._part(asked)
        people = [p for p in self.people[account.remote_id].values() if p.follows]
        rows = [{"user_id": p.user_id} for p in people[offset : offset + count]]
        return ok({"total": len(people), "followers": rows})

    async def _old_detail(self, request: web.Request) -> web.Response:
        account = self._open_pair(request)
        return ok(_profile(self.known(account, ident(data_of(request), "user_id"))))

    def _open_pair(self, request: web.Request) -> Account:
        """The old pair of calls is closed for business OAs since 2024-06."""
        account = self.enter(request, INFO)
        if account.extra["oa_type"] != STATE_AGENCY:
            raise Refusal(RULES["v2_closed"])
        return account

    # -- tags -------------------------------------------------------------------------------------------------------

    async def _tagged(self, request: web.Request) -> tuple[Account, Citizen, str]:
        account, body = self.enter(request, INFO), await body_of(request)
        person = self.known(account, ident(body, "user_id"))
        return account, person, text(body, "tag_name")

    async def _tag(self, request: web.Request) -> web.Response:
        account, person, tag = await self._tagged(request)
        if tag not in person.tags:
            person.tags.append(tag)
        told = {"oa_id": account.remote_id, "tag": {"user_ids": [person.user_id], "name": tag}}
        self.emit(account, "add_user_to_tag", told)
        return ok()

    async def _untag(self, request: web.Request) -> web.Response:
        _, person, tag = await self._tagged(request)
        if tag not in person.tags:
            raise wrong("tag_name")
        person.tags.remove(tag)
        return ok()

    async def _drop_tag(self, request: web.Request) -> web.Response:
        account, body = self.enter(request, INFO), await body_of(request)
        tag = text(body, "tag_name")
        if tag not in self._all_tags(account):
            raise wrong("tag_name")
        for person in self.people[account.remote_id].values():
            person.tags = [name for name in person.tags if name != tag]
        return ok()

    async def _tags(self, request: web.Request) -> web.Response:
        return ok(self._all_tags(self.enter(request, INFO)))

    def _all_tags(self, account: Account) -> list[str]:
        return sorted({tag for person in self.people[account.remote_id].values() for tag in person.tags})

    # -- chats ------------------------------------------------------------------------------------------------------

    async def _recent(self, request: web.Request) -> web.Response:
        """The newest messages over all users, not threads."""
        account = self.enter(request, CHATS)
        return ok(self._chats(account, account.inbox, data_of(request)))

    async def _conversation(self, request: web.Request) -> web.Response:
        account, asked = self.enter(request, CHATS), data_of(request)
        person = self.known(account, ident(asked, "user_id"))
        return ok(self._chats(account, self.of_user(account, person.user_id), asked))

    def _chats(self, account: Account, remarks: list[Remark], asked: Mapping[str, Any]) -> list[dict[str, Any]]:
        offset, count = whole(asked, "offset", 0, 0, 10**9), whole(asked, "count", MOST_CHATS, 1, MOST_CHATS)
        newest = sorted(enumerate(remarks), key=lambda pair: (pair[1].at, pair[0]), reverse=True)
        return [self._chat(account, remark) for _, remark in newest[offset : offset + count]]

    def _chat(self, account: Account, remark: Remark) -> dict[str, Any]:
        user = remark.parent_id if remark.own else remark.author_id
        oa = account.remote_id, account.name
        person = user, self.people[account.remote_id][user].name
        sides = [oa, person] if remark.own else [person, oa]
        row = {"src": 0 if remark.own else 1, "time": stamp(remark.at), "type": "text", "message": remark.text}
        row["message_id"] = remark.remote_id
        for word, (remote_id, name) in zip(("from", "to"), sides, strict=True):
            row |= {f"{word}_id": remote_id, f"{word}_display_name": name}
            row[f"{word}_avatar"] = f"https://media.zalo.example/{remote_id}.jpg"
        kept = self.said.get(remark.remote_id, {})
        return row | {name: kept[name] for name in ("type", "url", "thumb", "description", "location") if name in kept}


def _profile(person: Citizen) -> dict[str, Any]:
    picture = f"https://media.zalo.example/{person.user_id}.jpg"
    return {
        "user_id": person.user_id,
        "user_id_by_app": f"5{person.user_id[1:]}",
        "user_external_id": "",
        "display_name": person.name,
        "user_alias": person.alias,
        "is_sensitive": False,
        "user_last_interaction_date": _day(person.last),
        "user_is_follower": person.follows,
        "avatar": picture,
        "avatars": {"120": picture, "240": picture},
        "dynamic_param": "",
        "tags_and_notes_info": {"notes": [], "tag_names": list(person.tags)},
        "shared_info": dict(person.shared),
    }


def _day(at: datetime | None) -> str:
    return at.astimezone(HANOI).strftime("%d/%m/%Y") if at else ""
