"""Takes out of a text what identifies a person, before it is stored and before the model sees it (domain brief 4).

Masked: telephone, identity, bank and card numbers, e-mail addresses, personal pages and handles, house numbers, licence
plates, however they are spaced, dotted or typed without diacritics. Kept: dates, times, money, percentages, numbers of
documents and short public hotlines, because they carry the claim.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Final, NamedTuple

EMAIL, PHONE, PAPER, PLATE, HOUSE, PAGE = (
    "[email]", "[số điện thoại]", "[số giấy tờ]", "[biển số]", "[số nhà]", "[trang cá nhân]",
)  # fmt: skip

Check = Callable[["re.Match[str]"], bool]


class _Rule(NamedTuple):
    """What to look for, what stands in its place, whether it is one, and without what no text can hold one."""

    pattern: re.Pattern[str]
    name: str
    is_one: Check
    sign: re.Pattern[str]


def mask(text: str) -> str:
    """Return the text with every personal number and address replaced by what it was. Masking twice changes nothing."""
    text = _plain_digits(text)
    while (masked := _once(text)) != text:  # a replaced number can bare the edge of its neighbour
        text = masked
    return text


def _once(text: str) -> str:
    for rule in _RULES:
        if rule.sign.search(text):
            text = _replaced(rule, text)
    return text


def _replaced(rule: _Rule, text: str) -> str:
    return rule.pattern.sub(lambda found: found.expand(rule.name) if rule.is_one(found) else found[0], text)


# -- the same figures in plain digits -------------------------------------------------------------------------------

_OTHER_DIGIT: Final = re.compile(r"[^\D0-9]")
_KEYCAP: Final = re.compile(r"(?<=\d)\ufe0f?\u20e3")
_LETTER_L: Final = re.compile(r"(?<=\d)[lI](?=\d{3})")
_LETTER_O: Final = re.compile(r"(?<=\d)[oO](?=[\s.\-]?\d)|(?<![^\W\d_])[oO](?=[\s.\-]?[35789][\s.\-]?\d{2})")


def _plain_digits(text: str) -> str:
    """Wide digits, those of other scripts, on key caps, and the letters O and l among them."""
    text = _OTHER_DIGIT.sub(lambda found: str(unicodedata.digit(found[0])), text)
    return _LETTER_L.sub("1", _LETTER_O.sub("0", _KEYCAP.sub("", text)))


# -- what a number is -----------------------------------------------------------------------------------------------

_MONEY: Final = re.compile(
    r"(?i)\s?(?:đ|d|đồng|dong|vnd|vnđ|usd|%|tỷ|ty|triệu|trieu|tr|nghìn|nghin|ngàn|ngan|lượt|luot|người)(?!\w)"
)
_THOUSANDS: Final = re.compile(r"\d{1,3}(?:[.,]\d{3})+")
_DATE: Final = re.compile(r"\(?(?:0?[1-9]|[12]\d|3[01])\s?[/.\-]\s?(?:0?[1-9]|1[0-2])\s?[/.\-]\s?(?:19|20)\d\d(?!\d)")
_TIMES: Final = re.compile(r"(?:[01]\d|2[0-4])[.:][0-5]\d(?:\s?[-–,\s]\s?(?:[01]\d|2[0-4])[.:][0-5]\d)+")
_HOTLINE: Final = re.compile(r"1[89]00\d{0,6}")
_BEFORE_NO_HOUSE: Final = re.compile(
    r"(?i)(?:thông báo|thong bao|tb|quyết định|quyet dinh|qđ|công văn|cong van|nghị định|nghi dinh|nghị quyết|luật|"
    r"thông tư|chỉ thị|kế hoạch|văn bản|van ban|tờ trình|biên bản|điều|khoản|mục|trạm|tram|điểm|tuyến|metro|xe|cổng|kỳ|"
    r"ngày|ngay|hôm|hom|tháng|lúc|luc|đợt|bài|tập|tổ|đội|khu|trường|quận|phường|lớp|nhà máy|chợ|cầu|lô)\s*$"
)


def _number(found: re.Match[str]) -> str:
    """What was found, without the word that names it."""
    return found[0][len(found[1] or "") :] if found.re.groups else found[0]


def _digits(found: re.Match[str]) -> str:
    return re.sub(r"\D", "", _number(found))


def _is_phone(found: re.Match[str]) -> bool:
    """A number of Vietnam (or with another country's code) that is neither a date, nor a row of times, nor money."""
    digits = _digits(found)
    rest = found.string[found.start() :]
    if _DATE.match(rest) or _TIMES.match(rest) or _MONEY.match(found.string, found.end()):
        return False
    if "+" in found[0] and not digits.startswith("84"):
        return 9 <= len(digits) <= 15
    local = re.sub(r"^(?:00)?84", "0", digits)
    if local.startswith("00"):
        local = local[1:]
    mobile, landline = len(local) == 10 and local[1] in "235789", len(local) == 11 and local[1] in "12"
    return local.startswith("0") and (mobile or landline)


def _is_paper(found: re.Match[str]) -> bool:
    """A long number without a meaning of its own: neither money nor a public hotline."""
    money = _MONEY.match(found.string, found.end()) or _THOUSANDS.fullmatch(_number(found))
    return not money and not _HOTLINE.fullmatch(_digits(found))


def _is_called(found: re.Match[str]) -> bool:
    return _is_paper(found) and not _DATE.search(_number(found))


def _is_grouped_paper(found: re.Match[str]) -> bool:
    """A card (16, 19 digits) or a citizen's number (12, beginning with 0) in groups."""
    digits = _digits(found)
    return _is_paper(found) and (len(digits) in (16, 19) or (len(digits) == 12 and digits[0] == "0"))


def _is_spelled_out(found: re.Match[str]) -> bool:
    return len(re.findall(r"[^\W\d_]+", found[0])) >= 5


def _is_house(found: re.Match[str]) -> bool:
    """Not the number of a document, a station, a bus line."""
    return not _BEFORE_NO_HOUSE.search(found.string[max(0, found.start() - 24) : found.start()])


def _always(_: re.Match[str]) -> bool:
    return True


# -- the rules ------------------------------------------------------------------------------------------------------

_ANY_DIGIT: Final = re.compile(r"\d")
_GAP: Final = r"[\s.\-–_·•,()]{0,3}"
_ALONE: Final = r"(?<!\d)(?<!\d[.,])"
_END: Final = r"(?!\d|[.,]\d)"
_AT: Final = r"\s?(?:@|\(at\)|\[at\]|\(a\)|\[a\]|\s(?:at|a còng|a cong|acong|a móc)\s)\s?"
_DOT: Final = r"(?:\.|\s?(?:\(dot\)|\[dot\]|\s(?:dot|chấm|cham)\s)\s?|\s\.\s?|\.\s(?=(?:com|vn|net|org|edu|gov)\b))"
_AT_SIGN: Final = re.compile(r"(?i)@|\bat\b|\(a\)|\[a\]|a ?còng|a ?cong|a móc")
_PAGES: Final = (
    r"(?:facebook|fb|instagram|threads)\.(?:com|net)/|(?:zalo|t|m|fb)\.me/|tiktok\.com/@?"  # what follows is a person
)
_ACCOUNT: Final = (
    r"(?:cccd|cmnd|cmt|căn cước|can cuoc|chứng minh(?: thư| nhân dân)?|chung minh(?: thu| nhan dan)?|hộ chiếu|ho chieu|"
    r"passport|số định danh|so dinh danh|stk|số tk|so tk|tài khoản|tai khoan|số thẻ|so the|mst|mã số thuế|ma so thue|"
    r"bhxh|bhyt|gplx|bằng lái|bang lai|vietcombank|vcb|techcombank|tcb|bidv|agribank|vietinbank|sacombank|mb ?bank|"
    r"tpbank|vpbank|acb|momo)"
)
_CALL: Final = (
    r"(?:sđt|sdt|đt|điện thoại|dien thoai|zalo|viber|alo|gọi|goi|liên hệ|lien he|lh|hotline|call|tel|phone|ib|inbox|"
    r"số máy|so may|whatsapp|di động|di dong)\W{0,4}(?:số|so|là|la|qua|em|mình|anh|chị)?\W{0,4}"
)
_SPELLED: Final = (
    r"(?:không|khong|hông|một|mot|mốt|hai|ba|bốn|bon|tư|năm|nam|lăm|sáu|sau|bảy|bay|bẩy|tám|tam|chín|chin|\d)"
)
_NO: Final = r"\d{1,4}[A-Ea-e]?(?:\s?[/\-]\s?\d{1,4}[A-Ea-e]?){0,4}"
_ALLEY: Final = r"(?:ngõ|ngách|hẻm|hẽm|kiệt|ngo|ngach|hem|kiet)"
_PLACE: Final = rf"(?:{_ALLEY}|đường|phố|duong|pho|tổ|thôn|xóm|ấp|khu|to|thon|xom|ap)"
_AT_HOUSE: Final = (
    r"(?:số\s*nhà|so\s*nha|nhà\s*số|nha\s*so|s\.?n(?!\s*(?:19|20)\d\d\b)|số\s*căn|căn hộ(?: số)?|can ho(?: so)?|"
    r"địa chỉ|dia chi|đ/c|đchỉ)\s*[:.]?\s*(?:số|so)?\s*"
)
_NAME: Final = r"(?:(?:đường|phố)\s)?[A-ZĐÀ-Ỹ][a-zà-ỹ]+\s[A-ZĐÀ-Ỹ]"


def _rule(pattern: str, name: str, is_one: Check = _always, sign: re.Pattern[str] = _ANY_DIGIT) -> _Rule:
    return _Rule(re.compile(pattern), name, is_one, sign)


_RULES: Final = (
    _rule(rf"(?i)\b[\w.+-]{{1,64}}{_AT}[\w-]{{1,63}}(?:{_DOT}[\w-]{{2,63}}){{1,4}}", EMAIL, sign=_AT_SIGN),
    _rule(rf"(?i)\b({_PAGES})[^\s\[]{{2,200}}", rf"\1{PAGE}", sign=re.compile(r"(?i)\.(?:com|net|me)/")),
    _rule(r"(?<![\w@.])@(?!\[)[\w.]{2,60}(?<!\.)", f"@{PAGE}", sign=re.compile("@")),
    _rule(
        rf"(?i)(?<!\w){_SPELLED}(?:[\s,.\-]{{1,3}}{_SPELLED}){{8,11}}(?!\w)", PHONE, _is_spelled_out,
        sign=re.compile(r"(?i)\b(?:hai|ba|chín|chin|tám|tam)\b"),
    ),
    # Named numbers first: what is called an account is one, however short.
    _rule(
        rf"(?i)(?<!\w)({_ACCOUNT}\D{{0,16}}?)[A-Z]{{0,2}}\d(?:[\s.\-]?\d){{5,18}}(?!\d)", rf"\1{PAPER}", _is_paper
    ),
    _rule(rf"(?i)(?<!\w)({_CALL})\+?\d(?:{_GAP}\d){{7,13}}(?!\d)", rf"\1{PHONE}", _is_called),
    _rule(rf"{_ALONE}(?:\(?\+|\(?(?=0|84))(?:{_GAP}\d){{9,15}}{_END}", PHONE, _is_phone),
    _rule(rf"{_ALONE}\d{{3,4}}(?:[\s.\-]\d{{3,4}}){{2,4}}{_END}", PAPER, _is_grouped_paper),
    _rule(rf"{_ALONE}\d{{9,19}}{_END}", PAPER, _is_paper),
    _rule(r"(?<!\w)[A-Z]\d{7,8}(?!\w)", PAPER),  # a passport
    _rule(
        r"(?<!\w)\d{2}\s?[-.]?\s?(?:[A-ZĐ]{1,2}\d?|[a-zđ]\d?(?=[-.\d]))\s?[-.]?\s?\d{3}[. ]?\d{2}(?!\w)", PLATE
    ),
    _rule(r"(?<!\w)\d{2}[A-ZĐ]\d?[- .]\d{4}(?!\w)", PLATE),
    _rule(rf"(?i)(?<!\w)({_AT_HOUSE}){_NO}(?![\w%])", rf"\1{HOUSE}"),
    _rule(rf"(?i)(?<!\w)((?:nhà|nha)\s+){_NO}(?=\s*(?:,\s*)?{_PLACE}(?!\w)|\s*(?:[.,;!?]|$))", rf"\1{HOUSE}"),
    _rule(rf"(?i)(?<!\w)((?:số|so)\s*){_NO}(?=\s*,?\s*(?:{_ALLEY}|đường|phố|duong|pho)\s)", rf"\1{HOUSE}", _is_house),
    _rule(rf"(?i)(?<![\w/.]){_NO}(?=\s{_ALLEY}\s?\d)", HOUSE, _is_house),
    _rule(rf"(?i)(\[số nhà\]\s*,?\s*{_ALLEY}\s*){_NO}(?!\w)", rf"\1{HOUSE}"),
    _rule(
        rf"(?<!\w)((?:[Ởở]|[Tt]ại|[Ss]ố|[Nn]hà)\s+)\d{{1,4}}[A-Za-z]?(?:/\d{{1,3}}[A-Za-z]?){{0,3}}(?=\s{_NAME})",
        rf"\1{HOUSE}", _is_house,
    ),
)  # fmt: skip
