"""Every point at which one delivery can be killed, one after the other."""

from __future__ import annotations

from collections.abc import AsyncIterator

from tests.crash.child import AFTER_COMMIT, BEFORE_COMMIT
from tests.crash.forms import Form
from tests.crash.stage import ANSWERED, HANDLED, RECEIVED, Kill, Stage, Verdict


async def rehearse(stage: Stage, engine: str, form: Form) -> Verdict:
    """One run without a kill: how many requests and commits there are."""
    return await stage.run(engine, (), (form,))


def points(rehearsal: Verdict) -> list[Kill]:
    """Every point of such a run."""
    requests = range(1, len(rehearsal.requests) + 1)
    commits = range(1, rehearsal.commits + 1)
    return [
        *(Kill(point, nth) for nth in requests for point in (RECEIVED, HANDLED, ANSWERED)),
        *(Kill(point, nth) for nth in commits for point in (BEFORE_COMMIT, AFTER_COMMIT)),
    ]


async def table(stage: Stage, engine: str, form: Form, rehearsal: Verdict) -> AsyncIterator[tuple[Kill, Verdict]]:
    """Kill at every point and give what came of it."""
    for kill in points(rehearsal):
        yield kill, await stage.run(engine, (kill,), (form,))
