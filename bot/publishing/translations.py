"""Machine translations: marked as such until a person who read them signs; no unsigned one is approved.

The signature is for exact words. Whoever changes them takes it away, and whoever signed does not approve.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Final

from bot.publishing.content import Bundle, MediaAddress, review_bundle
from channels.base import Problem
from channels.errors import Told
from channels.registry import CHANNELS
from models.post import Post, Variant

_UNSIGNED: Final = Told(
    vi="Bản dịch máy chưa có người ký: hãy đọc kỹ, sửa chỗ sai, rồi ký ở trang của bài (hoặc loa post sign).",
    en="The machine translation is not signed: read it, mend what is wrong, then sign it on the post's page "
    "(or loa post sign).",
)


def nfc(text: str) -> str:
    """Return a text with every letter and its marks as one character: the same word is the same bytes everywhere."""
    return unicodedata.normalize("NFC", text)


def words_of(variant: Variant, post: Post) -> tuple[str, ...]:
    """What a signature is for. A channel that shows a title shows the post's own where the variant has none."""
    title = variant.title or (post.title if CHANNELS[variant.channel].limits.title else "")
    return variant.language, title, variant.text, variant.link


def unsigned_of(variants: Sequence[Variant]) -> list[Variant]:
    """Return the machine translations that nobody has signed."""
    return [v for v in variants if v.machine_translated and v.signed_at is None]


def take_signature(variant: Variant) -> None:
    """Void the signature: the words are not those that were signed, or no translation any more."""
    variant.signed_by = variant.signed_at = None


def review_for_approval(bundle: Bundle, address: MediaAddress) -> dict[str, list[Problem]]:
    """Return by channel what keeps the post from being approved: what keeps it from going out, and signatures."""
    found = review_bundle(bundle, address)
    for variant in unsigned_of(bundle.variants):
        found.setdefault(variant.channel, []).append(Problem("translation_unsigned", "text", _UNSIGNED))
    return found
