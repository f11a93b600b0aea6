"""On the page of an incident the desk says what the alarm was."""

from __future__ import annotations

import pytest

from bot.duty import desk
from models.learning import Verdict
from tests.bot.conftest import Office
from tests.bot.console.conftest import Open, give
from tests.bot.duty.steps import events, incident, row_of
from tests.conftest import FakeClock


async def test_a_verdict_is_given_shown_and_changed(office: Office, clock: FakeClock, sign_in: Open) -> None:
    incident_id = await incident(office, clock)
    client = await sign_in("duty")
    path = f"/incidents/{incident_id}"
    assert f"{path}/judge" not in await (await client.get(path)).text(), "nobody has taken it"
    await desk.acknowledge(office.parts, office.people["duty"], incident_id)
    seen = await (await client.get(path)).text()
    assert seen.count(f'action="{path}/judge"') == len(Verdict)
    assert (await give(client, f"{path}/judge", seen, verdict="criticism")).status == 303
    assert (await row_of(office, incident_id)).verdict == "criticism"
    seen = await (await client.get(path)).text()
    assert "Kết luận về báo động này: Là lời phê bình" in seen and "Kết luận → Là lời phê bình" in seen
    assert seen.count(f'action="{path}/judge"') == len(Verdict) - 1
    await give(client, f"{path}/judge", seen, verdict="right")
    assert [(e.was, e.now) for e in await events(office, incident_id, "judged")] == [
        ("", "criticism"),
        ("criticism", "right"),
    ]


@pytest.mark.parametrize(("login", "verdict", "status"), [("auditor", "right", 403), ("duty", "guilty", 400)])
async def test_only_the_desk_and_only_what_is_known(
    office: Office, clock: FakeClock, sign_in: Open, login: str, verdict: str, status: int
) -> None:
    incident_id = await incident(office, clock)
    await desk.acknowledge(office.parts, office.people["duty"], incident_id)
    client = await sign_in(login)
    seen = await (await client.get(f"/incidents/{incident_id}")).text()
    assert (await give(client, f"/incidents/{incident_id}/judge", seen, verdict=verdict)).status == status
    assert (await row_of(office, incident_id)).verdict == ""
