"""Imports every table, so that metadata, migrations and tests see the whole schema."""

from models import (
    audit,
    claim,
    delivery,
    duty,
    incident,
    learning,
    mention,
    office,
    outlet,
    post,
    queue,
    reading,
    surge,
    system,
    webhook,
)

__all__ = [
    "audit",
    "claim",
    "delivery",
    "duty",
    "incident",
    "learning",
    "mention",
    "office",
    "outlet",
    "post",
    "queue",
    "reading",
    "surge",
    "system",
    "webhook",
]
