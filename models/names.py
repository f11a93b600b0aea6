"""What people call levels, fields, formats and languages, Vietnamese first: the one table that every surface reads.

Channels carry their own name (`Channel.label`); states carry theirs in `models.states`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from models.incident import Level
from models.post import PostFormat, VafcField

LEVELS: Final[Mapping[str, tuple[str, str]]] = {
    Level.LOW: ("Thấp", "Low"),
    Level.MEDIUM: ("Trung bình", "Medium"),
    Level.HIGH: ("Cao", "High"),
    Level.EMERGENCY: ("Khẩn cấp", "Emergency"),
}

FIELDS: Final[Mapping[str, tuple[str, str]]] = {
    VafcField.POLICY: ("Chính sách, pháp luật", "Policy, law"),
    VafcField.ECONOMY: ("Kinh tế, tài chính", "Economy, finance"),
    VafcField.HEALTH: ("Y tế, sức khỏe", "Health"),
    VafcField.DISASTER: ("Thiên tai, dịch bệnh", "Disaster, epidemic"),
    VafcField.SECURITY: ("An ninh, trật tự", "Security, public order"),
    VafcField.FAKE_ACCOUNT: ("Giả mạo tài khoản", "Fake account"),
    VafcField.SCAM: ("Lừa đảo", "Scam"),
    VafcField.OTHER: ("Khác", "Other"),
}

FORMATS: Final[Mapping[str, tuple[str, str]]] = {
    "": ("Không ghi loại", "No format stated"),
    PostFormat.TEXT: ("Bài chữ", "Text"),
    PostFormat.INFOGRAPHIC: ("Đồ họa thông tin", "Infographic"),
    PostFormat.SHORT_CLIP: ("Clip ngắn", "Short clip"),
    PostFormat.LONG_CLIP: ("Clip dài", "Long clip"),
}

TEXT_KINDS: Final[Mapping[str, tuple[str, str]]] = {
    "harmless": ("lời thường", "everyday remarks"),
    "criticism": ("phê bình, góp ý", "criticism"),
    "question": ("câu hỏi", "questions"),
    "feedback": ("phản ánh", "reports"),
    "urgent": ("phản ánh khẩn", "urgent reports"),
    "warning": ("lời cảnh báo", "warnings"),
    "misinformation": ("nghi sai sự thật", "suspected misinformation"),
    "scam": ("nghi lừa đảo", "suspected scams"),
    "abuse": ("xúc phạm", "abuse"),
    "satire": ("trào phúng", "satire"),
}
"""What many texts of one kind are called within a sentence, by the kind that a score proposes."""

LANGUAGES: Final[Mapping[str, str]] = {
    "vi": "Tiếng Việt",
    "en": "English",
    "zh": "中文",
    "de": "Deutsch",
    "fr": "Français",
    "ko": "한국어",
    "hmn": "Tiếng Mông",
    "km": "Tiếng Khmer",
    "th": "Tiếng Thái",
}
"""The languages a text may be in, each by its own name or as people here call it."""


def field_name(code: str) -> tuple[str, str]:
    """The name of a field; a text that no field was found for is "other"."""
    return FIELDS.get(code, FIELDS[VafcField.OTHER])
