"""Claims: texts that say the same thing, found while they come in."""

from monitor.claims.claim import RISKY, RISKY_ENOUGH, Claim, Text, founds, spreads
from monitor.claims.grouper import FORGET_AFTER, MOST_MEMBERS, Grouper

__all__ = ["FORGET_AFTER", "MOST_MEMBERS", "RISKY", "RISKY_ENOUGH", "Claim", "Grouper", "Text", "founds", "spreads"]
