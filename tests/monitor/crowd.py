"""What a pretended public writes in these tests, and scorers that need no model. All places and events are invented."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from monitor.claims import Text
from monitor.replay import TimedText
from monitor.scoring.base import CATEGORIES, HARMS, STANCES, Score
from monitor.text import plain, strip_marks

MILK = (
    "Sữa học đường trường Tân Lạc bị pha thuốc diệt chuột, 40 học sinh nhập viện rồi mà nhà trường giấu nhẹm!",
    "40 cháu trường Tân Lạc nhập viện vì sữa học đường có thuốc diệt chuột, trường đang giấu nhẹm",
    "Chia sẻ gấp: sữa học đường ở trường Tân Lạc có thuốc diệt chuột, mấy chục học sinh nhập viện",
    "Trường Tân Lạc cho học sinh uống sữa học đường lẫn thuốc diệt chuột, 40 em nhập viện, giấu hết",
)
QUAY = (
    "Kho xăng cảng Hòn Nhạn rò rỉ sắp nổ, cả phường phải chạy ngay trong đêm, chính quyền giấu dân!",
    "Kho xăng ở cảng Hòn Nhạn sắp nổ rồi bà con ơi, chạy ngay đi, họ giấu không cho ai biết",
    "Chia sẻ gấp, kho xăng cảng Hòn Nhạn rò rỉ sắp nổ, cả phường chạy ngay trong đêm",
    "Cảng Hòn Nhạn có kho xăng rò rỉ sắp nổ, chạy ngay kẻo chết, chính quyền bưng bít",
)
RUMOURS = {"milk": MILK, "quay": QUAY}
DOUBTS = {
    "milk": ("Nghe nói sữa học đường trường Tân Lạc có thuốc diệt chuột, có đúng không ad?",
             "Tin sữa học đường trường Tân Lạc có thuốc diệt chuột là tin giả nha, con tôi vẫn uống"),
    "quay": ("Nghe nói kho xăng cảng Hòn Nhạn sắp nổ có thật không mọi người?",
             "Tin kho xăng cảng Hòn Nhạn sắp nổ là bịa đặt, tôi đang làm ở cảng đây"),
}  # fmt: skip

_TEEN = {"không": "ko", "được": "đc", "người": "ng", "rồi": "r", "học sinh": "hs", "mọi người": "mn", "giờ": "h"}
_PLACES = ("bến Lăng", "chợ Phú", "xóm Trại", "phố Đông", "đồi Sim", "cầu Mới", "ngõ 3", "khu tập thể", "bản Nưa")
_WHEN = ("sáng nay", "hôm qua", "tuần trước", "tối thứ bảy", "đầu tháng", "cuối tuần", "trưa nay", "mấy bữa nay")
_WHO = ("em", "mình", "tôi", "nhà mình", "con mình", "bà ngoại", "tổ dân phố", "lớp con em", "chị hai", "anh tôi")
_HARMLESS = (
    "Cảm ơn trang, {who} đọc xong thấy dễ hiểu lắm ❤️", "{when} {who} ghé {place} thấy trồng hoa đẹp quá",
    "{who} làm xong giấy tờ {when}, cô ở quầy nhiệt tình ghê", "Hóng bản tin tiếp theo nha, {who} theo dõi suốt",
    "Ảnh ở {place} chụp {when} phải không, đẹp thật", "{when} ở {place} có văn nghệ, {who} đi coi vui lắm",
    "Chúc ad {when} nhiều sức khỏe nhé", "{who} tag cả nhà vào xem nè, {place} lên hình rồi 😂",
    "Clip này {who} mở cho ông bà xem, chữ to dễ đọc", "Rau ở {place} {when} tươi ngon mà rẻ nữa",
)  # fmt: skip
_CRITICAL = (
    "Đường qua {place} sửa hoài chưa xong, {who} đi làm khổ quá", "{who} gọi tổng đài {when} chẳng ai nghe máy",
    "Trang nộp hồ sơ lỗi suốt, {who} nhập lại ba lần từ {when}", "Đèn ở {place} hỏng từ {when}, đề nghị sửa giùm",
    "Họp thì nhiều mà {place} vẫn ngập, thật thất vọng", "Cán bộ ở {place} hẹn {when} rồi lại hẹn, phiền hà quá",
    "Thu phí ở {place} cao mà {who} thấy phục vụ kém, nên xem lại", "Số hóa gì mà {who} vẫn phải đi lại bốn lần 😏",
    "Rác ở {place} {when} không ai dọn, hôi không chịu nổi", "Quy định rườm rà, {who} không đồng ý với cách làm này",
)  # fmt: skip


def variants(rumour: str, count: int, rng: random.Random) -> list[str]:
    """Wordings of one rumour as different hands type it; the second has no diacritics, the third is teencode."""
    made = []
    for i in range(count):
        text = RUMOURS[rumour][i % len(RUMOURS[rumour])]
        hand = ("marks", "bare", "teen", "caps", "long")[i] if i < 5 else rng.choice(("marks", "bare", "teen", "long"))
        if hand == "teen":
            for word, short in _TEEN.items():
                text = text.replace(word, short)
            text = text.lower().rstrip("!")
        text = {"bare": strip_marks(text).lower(), "caps": text.upper(), "long": text.replace("rồi", "rồiiii")}.get(
            hand, text
        )
        made.append(rng.choice(("", "", "😱 ", "bà con ơi ", "mn ơi ")) + text + rng.choice(("", "!!!", " 😡", "...")))
    return made


def everyday(count: int, rng: random.Random) -> list[str]:
    """Harmless and critical lines, half and half, some without diacritics."""
    made = []
    for i in range(count):
        line = rng.choice(_CRITICAL if i % 2 else _HARMLESS)
        line = line.format(place=rng.choice(_PLACES), when=rng.choice(_WHEN), who=rng.choice(_WHO))
        made.append(strip_marks(line).lower() if rng.random() < 0.2 else line[0].upper() + line[1:])
    return made


def day(start: datetime, rumour: str, rng: random.Random, quiet: int = 2000, loud: int = 10) -> list[TimedText]:
    """`quiet` everyday lines over a day and `loud` wordings of a rumour within half an hour of its afternoon."""
    rows = [
        TimedText(f"q{i}", text, start + timedelta(seconds=86_400 * i / quiet), f"p{rng.randrange(600)}", "facebook")
        for i, text in enumerate(everyday(quiet, rng))
    ]
    onset = start + timedelta(hours=15)
    rows += [
        TimedText(f"r{i}", text, onset + timedelta(minutes=3 * i), f"r{i}", ("facebook", "youtube")[i % 2])
        for i, text in enumerate(variants(rumour, loud, rng))
    ]
    rows += [
        TimedText(f"d{i}", text, onset + timedelta(minutes=20 + i), f"d{i}", "facebook")
        for i, text in enumerate(DOUBTS[rumour])
    ]
    return sorted(rows, key=lambda r: r.at)


def score(risk: float = 0.9, **other: object) -> Score:
    """A score; by default of a risky assertion."""
    base: dict[str, object] = {
        "risk": risk, "claim": 0.8, "lexical": risk, "category": "misinformation" if risk > 0.5 else "harmless",
        "stance": "asserts", "field": "Y_TE", "harm": 2 if risk > 0.5 else 0, "vector": None, "revision": "test/1",
    }  # fmt: skip
    return Score(**(base | other))  # type: ignore[arg-type]


def said(
    number: int,
    text: str,
    at: datetime,
    *,
    author: str = "",
    channel: str = "facebook",
    place: str = "",
    **kind: object,
) -> Text:
    """One text with its score."""
    return Text(str(number), text, at, author or f"a{number}", channel, score(**kind), "", place)  # type: ignore[arg-type]


class WordScorer:
    """Knows the rumours of this file by their words. Deterministic, without vectors."""

    revision, degraded, reason = "words/1", False, ""

    def score(self, texts: Sequence[str]) -> list[Score]:
        return [self._one(plain(text)) for text in texts]

    @staticmethod
    def _one(bare: str) -> Score:
        if not any(key in bare for key in ("diet chuot", "kho xang")):
            return score(0.05, category="criticism" if "hong" in bare or "qua" in bare else "harmless")
        if "khong ad" in bare or "khong moi nguoi" in bare or "nghe noi" in bare:
            return score(0.2, stance="asks", category="question")
        if "tin gia" in bare or "bia dat" in bare:
            return score(0.1, stance="denies", category="harmless")
        return score(0.9, harm=3)


class RandomScorer:
    """Says anything at all: with it nothing may look as if the monitor worked."""

    revision, degraded, reason = "random/1", False, ""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)

    def score(self, texts: Sequence[str]) -> list[Score]:
        rng = self._rng
        return [
            score(
                rng.random(), claim=rng.random(), category=rng.choice(CATEGORIES), stance=rng.choice(STANCES),
                harm=rng.choice(HARMS),
            )
            for _ in texts
        ]  # fmt: skip


def ids(rows: Iterator[str] | Sequence[str], letter: str) -> set[str]:
    """Those ids that begin with a letter."""
    return {row for row in rows if row.startswith(letter)}
