"""The limits of one OA, as far as Zalo tells of them: in lists of packages, or by refusing (zalo.md 6.4, 9 and 11)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from channels.base import AccountRef, Usage
from channels.zalo.codes import end_of_day, number

_OF_THE_OA = frozenset({"-211", "-223"})
_QUOTAS = (
    ("/v2.0/article/upload_video", "uploads"),
    ("/v2.0/article/create", "articles"),
    ("/v3.0/oa/message", "messages"),
    ("/v2.0/oa/message", "broadcasts"),
)


def limit_of(account: AccountRef, name: str) -> str:
    """The key of one of the OA's limits."""
    return f"zalo:{name}:{account.remote_id}"


def quota_of(path: str, code: str) -> str:
    """The name of the OA's quota that a refusal means; empty where it means one receiver, or the night, and so holds
    back that message alone. Zalo does not tell how large these quotas are. Pure."""
    return next((name for start, name in _QUOTAS if path.startswith(start)), "") if code in _OF_THE_OA else ""


def package_usage(account: AccountRef, packages: Sequence[Mapping[str, Any]]) -> list[Usage]:
    """What is used of each package of messages. Nothing that Loa sends waits for it: answers within 48 hours are free.
    Pure."""
    found = []
    for package in packages:
        left, total = number(package.get("remain")), number(package.get("total"))
        if left is not None and total:
            key = limit_of(account, f"package:{package.get('asset_id', '')}")
            ends = end_of_day(package.get("valid_through"))
            found.append(Usage(key, "messages", float(total), float(total - left), resets_at=ends))
    return found
