"""What Zalo tells of an OA before it hurts: a package that ends, a quota that runs short (zalo.md 8 and 9). Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from channels.base import Concern
from channels.errors import Told
from channels.zalo.codes import end_of_day, number

PACKAGE_AHEAD = timedelta(days=14)
SHORT = 0.1
"""The part of a quota below which it runs short."""


def package_concern(data: Mapping[str, Any], now: datetime) -> list[Concern]:
    """The OA's package ends within two weeks and is not renewed by itself."""
    ends = end_of_day(data.get("package_valid_through_date"))
    if ends is None or data.get("package_auto_renew_date") or ends - now > PACKAGE_AHEAD:
        return []
    day = f"{ends - timedelta(days=1):%d/%m/%Y}"
    return [
        Concern(
            f"package:{day}",
            Told(
                vi=f"gói dịch vụ OA hết hạn ngày {day}: gia hạn trên oa.zalo.me, nếu không bài và tin sẽ bị từ chối.",
                en=f"the OA's package ends on {day}: renew it on oa.zalo.me, or articles and messages will be refused.",
            ),
        )
    ]


def verified_concern(data: Mapping[str, Any]) -> list[Concern]:
    """The OA is not verified, which Zalo asks for before it sends anything to followers."""
    if data.get("is_verified") is not False:
        return []
    told = Told(
        vi="OA chưa xác thực: bài vẫn đăng được, nhưng không gửi được tới người quan tâm; xác thực trên oa.zalo.me.",
        en="the OA is not verified: articles go out, but cannot be sent to followers; verify it on oa.zalo.me.",
    )
    return [Concern("unverified", told)]


def quota_concern(packages: Sequence[Mapping[str, Any]]) -> list[Concern]:
    """Little is left of the messages to citizens that are not answers within 48 hours."""
    found = []
    for package in packages:
        left, total = number(package.get("remain")), number(package.get("total"))
        if left is None or not total or left > total * SHORT:
            continue
        told = Told(
            vi=f"gói tin còn {left}/{total}: trả lời người dân trong 48 giờ đầu (không mất tin) hoặc mua thêm.",
            en=f"{left} of {total} messages left: answer citizens within 48 hours, which is free, or buy more.",
        )
        found.append(Concern(f"messages:{package.get('asset_id', '')}", told))
    return found
