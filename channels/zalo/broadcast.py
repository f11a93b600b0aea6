"""Sending an article to the people who follow the OA: to whom, when, and how it is asked for (zalo.md 7). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from channels.base import BROADCAST, Content, Option, chosen
from channels.errors import Told
from channels.zalo.codes import HANOI

MOST_ARTICLES: Final = 5
OPENS, CLOSES = timedelta(hours=6, minutes=5), timedelta(hours=22)
"""Zalo takes them from 06:00 to 21:59; what waited for the morning comes a little after it has opened."""

ASKED: Final = "broadcast"
_EVERYBODY: Final = Told(vi="Để trống: mọi người quan tâm OA.", en="Empty: everybody who follows the OA.")
_AGES: Final = ("0–12", "13–17", "18–24", "25–34", "35–44", "45–54", "55–64", "65+")
_REGIONS: Final = (("Miền Bắc", "The north"), ("Miền Trung", "The centre"), ("Miền Nam", "The south"))
# by Zalo's code, which is the place in this list: the 63 provinces before the merger of 2025, then abroad
_CITIES: Final = (
    *("Đồng Tháp", "Bình Phước", "Ninh Bình", "Bạc Liêu", "Hồ Chí Minh", "Vĩnh Long", "Lâm Đồng", "Yên Bái", "Hà Nam"),
    *("Hà Nội", "Hải Dương", "Hậu Giang", "An Giang", "Trà Vinh", "Tiền Giang", "Tây Ninh", "Đồng Nai", "Đắk Lắk"),
    *("Bình Định", "Kon Tum", "Đà Nẵng", "Bắc Giang", "Bắc Kạn", "Điện Biên", "Hòa Bình", "Thái Bình", "Vĩnh Phúc"),
    *("Hà Giang", "Kiên Giang", "Bình Dương", "Bình Thuận", "Đắk Nông", "Khánh Hòa", "Gia Lai", "Quảng Nam"),
    *("Quảng Trị", "Hà Tĩnh", "Hưng Yên", "Quảng Ninh", "Thanh Hóa", "Phú Thọ", "Lai Châu", "Thái Nguyên", "Cao Bằng"),
    *("Cà Mau", "Cần Thơ", "Sóc Trăng", "Bến Tre", "Long An", "Bà Rịa-Vũng Tàu", "Ninh Thuận", "Phú Yên"),
    *("Quảng Ngãi", "Thừa Thiên Huế", "Quảng Bình", "Nghệ An", "Nam Định", "Hải Phòng", "Lạng Sơn", "Lào Cai"),
    *("Sơn La", "Bắc Ninh", "Tuyên Quang"),
)


def _numbered(words: Sequence[str], start: int = 0) -> tuple[tuple[str, Told], ...]:
    return tuple((str(code), Told(vi=word, en=word)) for code, word in enumerate(words, start))


OPTIONS: Final = (
    Option(
        ASKED,
        Told(vi="Gửi bài tới người quan tâm OA", en="Send the article to the OA's followers"),
        "yes",
        hint=Told(
            vi="Zalo chỉ gửi từ 6 giờ đến 22 giờ và duyệt trước khoảng 30 phút; mỗi người nhận nhiều nhất một bài mỗi "
            "ngày; đã gửi thì không thu hồi được.",
            en="Zalo sends from 6 to 22 o'clock only, after a review of about 30 minutes; nobody gets more than one a "
            "day; what was sent cannot be called back.",
        ),
    ),
    Option(
        "broadcast_gender",
        Told(vi="Gửi tới: giới tính", en="Send to: gender"),
        "choice",
        (
            ("0", Told(vi="Tất cả", en="All")),
            ("1", Told(vi="Nam", en="Men")),
            ("2", Told(vi="Nữ", en="Women")),
        ),
    ),
    Option(
        "broadcast_ages",
        Told(vi="Gửi tới: độ tuổi", en="Send to: ages"),
        "several",
        _numbered(_AGES),
        hint=_EVERYBODY,
    ),
    Option(
        "broadcast_locations",
        Told(vi="Gửi tới: miền", en="Send to: regions"),
        "several",
        tuple((str(code), Told(vi=vi, en=en)) for code, (vi, en) in enumerate(_REGIONS)),
        hint=Told(vi="Bỏ qua khi đã chọn tỉnh, thành.", en="Counts for nothing once provinces are chosen."),
    ),
    Option(
        "broadcast_cities",
        Told(vi="Gửi tới: tỉnh, thành (theo 63 tỉnh cũ)", en="Send to: provinces (the 63 before 2025)"),
        "several",
        (*_numbered(_CITIES), (str(len(_CITIES)), Told(vi="Ngoài Việt Nam", en="Outside Vietnam"))),
        hint=_EVERYBODY,
    ),
    Option(
        "broadcast_platform",
        Told(vi="Gửi tới: loại máy", en="Send to: devices"),
        "several",
        _numbered(("iOS", "Android", "Windows Phone"), 1),
        hint=_EVERYBODY,
    ),
)
_TARGETS: Final = {option.name.removeprefix("broadcast_"): option for option in OPTIONS[1:]}


def wanted(content: Content) -> bool:
    """The author asked for it."""
    return content.options.get(ASKED) == "true"


def follow_up(content: Content) -> Content:
    """The broadcast of an article that is not out yet."""
    words = {option.name: value for option in _TARGETS.values() if (value := content.options.get(option.name))}
    return Content("", content.title, language=content.language, options={"form": BROADCAST, **words})


def composed(content: Content) -> dict[str, Any]:
    """One call for the articles that `target` names. Codes go as texts with commas; who is not limited is left out."""
    elements = [{"media_type": "article", "attachment_id": article} for article in articles(content)]
    payload = {"template_type": "media", "elements": elements}
    message = {"attachment": {"type": "template", "payload": payload}}
    return {"recipient": {"target": _target(content)}, "message": message}


def _target(content: Content) -> dict[str, str]:
    codes = {name: ",".join(chosen(option, content)) for name, option in _TARGETS.items()}
    if codes["gender"] == "0":
        del codes["gender"]
    if codes["cities"]:
        del codes["locations"]
    return {name: value for name, value in codes.items() if value}


def articles(content: Content) -> list[str]:
    """The articles that go in the one call."""
    return [article for article in (part.strip() for part in content.options.get("target", "").split(",")) if article]


def not_before(now: datetime) -> datetime:
    """The next moment at which Zalo takes a broadcast: by day, in Hanoi."""
    local = now.astimezone(HANOI)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    morning = midnight + OPENS
    if morning <= local < midnight + CLOSES:
        return now
    return (morning if local < morning else morning + timedelta(days=1)).astimezone(now.tzinfo)
