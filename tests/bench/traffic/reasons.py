"""Why a rumour was missed: the first step of the way from text to alarm on which it was lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import fmean

from monitor.claims import Text, founds, spreads
from monitor.stream import SURE
from tests.bench.traffic.made import Line
from tests.bench.traffic.watchers import Watched


def reason(event: str, lines: Mapping[str, Line], texts: Sequence[Text], seen: Watched) -> str:
    """Say it in a few words with its numbers. `texts`: all that assert the event."""
    mean, harms = fmean(t.score.risk for t in texts), Counter(t.score.harm for t in texts)
    heard = sum(spreads(t.score) for t in texts) / len(texts)
    known = f"mean risk {mean:.2f}, {heard:.0%} count as spread"
    if not any(founds(t.score) for t in texts):
        return f"no text founds a claim ({known})"
    if heard < 0.5 or mean < SURE:
        return f"scored too low ({known})"
    homes = Counter(seen.claims[t.id] for t in texts if t.id in seen.claims)
    home, held = homes.most_common(1)[0]
    foreign = sum(1 for i, key in seen.claims.items() if key == home and lines[i].event != event)
    if foreign > held:
        return f"joined another claim ({held} of its {len(texts)} texts among {foreign} others; {known})"
    if held < 0.4 * len(texts):
        return f"split over {len(homes)} claims, the largest holds {held} of {len(texts)} ({known})"
    if max(harms, key=lambda harm: harms[harm]) < 2:
        return f"harm taken for {harms.most_common(1)[0][0]} ({known})"
    return f"below the bar ({held} of {len(texts)} texts in one claim, {foreign} foreign; {known})"
