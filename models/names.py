"""What people call the levels and fields, Vietnamese first, English second: the one table that every surface reads.

Channels carry their own name (`Channel.label`); states carry theirs in `models.states`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from models.incident import Level
from models.post import VafcField

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


def field_name(code: str) -> tuple[str, str]:
    """The name of a field; a text that no field was found for is "other"."""
    return FIELDS.get(code, FIELDS[VafcField.OTHER])
