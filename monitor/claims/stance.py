"""What a text does to a claim that it speaks of: repeat it, deny it, or ask about it. Pure rules over both texts.

The model reads one text alone; whether "the dam has not burst" denies anything is seen only beside the claim. A word
that one side negates and the other asserts turns the meaning; the same "not" about something else ("nobody reports
it") does not.
"""

from __future__ import annotations

import itertools
import re
from typing import Final

from monitor.claims.words import FUNCTION, content
from monitor.text import clean, plain

SCOPE: Final = 3
"""So many words after a negation are negated."""
_NEGATION: Final = frozenset(
    {"khong", "chua", "chang", "not", "no", "never", "isnt", "hasnt", "didnt", "doesnt", "wont"}
)
_CLAUSE: Final = re.compile(r"[,.;:!?\n()\u201c\u201d\"]+")
_APOSTROPHE: Final = re.compile(r"(?<=n)['\u2019](?=t\b)")
_DENIES: Final = re.compile(
    r"\b(?:tin (?:gia|sai|vit|don nham|bay|bia)|fake(?: news)?|bia dat|bia ra|la bia|toan bia|khong dung su that|"
    r"khong (?:phai|co chuyen|co viec|co vu|he|dung)|lam gi co|dung (?:tin|nghe|share|chia se|hoang mang)|"
    r"sai su that|bac bo|dinh chinh|that thiet|hoax|not true|untrue|debunked|false rumou?r|falsch|faux|"
    r"khong co (?:ai|nguoi|hoc sinh|cong nhan|gi|quy dinh|bang chung))\b"
)
_AFFIRMS: Final = re.compile(
    r"\b(?:van (?:con|du|mo|chay|hoat dong|binh thuong|khoe|nhan|giu|dung|an toan|di lam|hop|la that|co gia tri|"
    r"uong|nhu)|"
    r"(?:con|du) (?:nguyen|du|day|han)|giu nguyen|binh thuong|nhu cu|an toan|la that|deu khoe|day du|dat chuan|"
    r"still (?:stands|safe|open|works)|is safe|are safe)\b"
)
_FILLERS: Final = (
    r"(?: (?:vay|the|quan tri vien|moi nguoi|nguoi|ban|bac|cac bac|co|thay co|thay|shop|em|anh|chi|nhi|troi|a|ha|"
    r"cac me|me|oi|khong|bac si|ba con|nua|luon|ta|do|day|nha|trang))*$"
)
_ASKS: Final = re.compile(
    r"\b(?:co (?:phai|that|dung|chac)\b.*|"
    r"(?:that|thiet|dung|phai|real) (?:khong|hong|a|anh|ha|hay (?:dua|gia|fake))\b.*|"
    r"^ai biet.*|cho hoi.*|xin hoi.*|khong biet (?:co|that).*|nghe (?:noi|bao|don|dau)\b.*(?:khong|ha|a|anh|sao)|"
    r"nguon (?:dau|nao|khong)|co nguon|co (?=\w).*khong|real hay fake|that hay (?:dua|gia)|"
    r"(?:is (?:it|that) true|est ce vrai|stimmt (?:das|es))\b.*|"
    r".*\b(?:khong|ha|sao|a|hay khong|chua|phai khong|thiet hong))" + _FILLERS
)
_THREATENS: Final = re.compile(r"\b(?:la|thi) (?:bi|mat|phat|het|cat|khoi|lo|chet|khoa)\b")
_KOREAN: Final = re.compile(r"(?:나요|까요|인가요|습니까)\s*[?]?")


def stance_towards(claim: str, text: str, alone: str) -> str:
    """Return the stance of a text towards the claim it speaks of; `alone` is what the model says of the text by itself.

    Only a question and a denial that the claim does not hold itself are seen here; all else stays as the model has it.
    """
    if asks(text) and not asks(claim):
        return "asks"
    if turns(claim, text):
        return "denies"
    return alone


def asks(text: str) -> bool:
    """Say whether a text asks rather than tells."""
    cleaned = clean(text)
    last = [c for c in _CLAUSE.split(_APOSTROPHE.sub("", cleaned)) if c.strip()]
    if cleaned.rstrip(' !.…\u201d"').endswith("?") or _KOREAN.search(cleaned):
        return True
    return any(_ASKS.search(plain(clause)) for clause in last)


def turns(claim: str, text: str) -> bool:
    """Say whether a text denies the claim, by a word it denies with or by negating what the claim asserts."""
    theirs, mine = plain(claim), plain(text)
    for pattern in (_DENIES, _AFFIRMS):
        if pattern.search(mine) and not pattern.search(theirs):
            return True
    ours, already = negated(text), negated(claim, every=True)
    return bool(content(claim) & content(text) & ours) and not ours & already


def negated(text: str, *, every: bool = False) -> frozenset[str]:
    """Return the content words that stand in the scope of a negation.

    Not of one that threatens ("who does not change it is fined") or says that something ran out, unless `every`.
    """
    found: set[str] = set()
    for clause in _CLAUSE.split(_APOSTROPHE.sub("", clean(text))):
        words = plain(clause).split()
        for at, word in enumerate(words):
            if word in _NEGATION and (every or not _asserts_all_the_same(words, at)):
                following = (w for w in words[at + 1 :] if w not in FUNCTION)
                found.update(itertools.islice(following, SCOPE))
    return frozenset(found)


def _asserts_all_the_same(words: list[str], at: int) -> bool:
    """Say whether the negation at that place is part of what a rumour asserts."""
    after = " ".join(words[at + 1 :])
    return words[max(0, at - 1) : at] == ["ai"] or after.startswith("con ") or bool(_THREATENS.search(after))
