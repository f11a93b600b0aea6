"""On the page of an incident and on their list: steps with a reason, two that are one, silences."""

from __future__ import annotations

from sqlmodel import select

from models.incident import Silence
from models.states import IncidentState
from tests.bot.conftest import Office
from tests.bot.console.conftest import Open, give
from tests.bot.duty.steps import events, incident, row_of, set_incident, state
from tests.conftest import FakeClock


async def test_the_page_offers_the_steps_of_the_table_and_takes_them(
    office: Office, clock: FakeClock, sign_in: Open
) -> None:
    number = await incident(office, clock, state=IncidentState.VERIFYING)
    path, client = f"/incidents/{number}", await sign_in("duty")
    seen = await (await client.get(path)).text()
    assert 'value="watching"' in seen and 'value="responding"' in seen and 'value="closed"' not in seen
    await give(client, f"{path}/move", seen, to="watching", why=" ")
    assert await state(office, number) == IncidentState.VERIFYING
    await give(client, f"{path}/move", seen, to="watching", why="ít người tin")
    assert [e.why for e in await events(office, number, "moved")] == ["ít người tin"]
    assert "ít người tin" in await (await client.get(path)).text()


async def test_two_incidents_are_put_together_on_the_page(office: Office, clock: FakeClock, sign_in: Open) -> None:
    one, other = await incident(office, clock), await incident(office, clock)
    client = await sign_in("duty")
    seen = await (await client.get(f"/incidents/{one}")).text()
    assert f'<option value="{other}">' in seen
    assert (await give(client, f"/incidents/{one}/merge", seen, into="x", why="một tin")).status == 400
    assert (await give(client, f"/incidents/{one}/merge", seen, into=str(other), why="một tin")).status == 303
    row = await row_of(office, one)
    assert (row.state, row.merged_into_id) == (IncidentState.CLOSED, other)
    seen = await (await client.get(f"/incidents/{one}")).text()
    assert f'Đã gộp vào <a href="/incidents/{other}">SC-{other:04d}</a>' in seen and "/merge" not in seen
    auditor = await sign_in("auditor")
    assert "/merge" not in await (await auditor.get(f"/incidents/{other}")).text()


async def test_a_silence_is_placed_shown_and_ended_on_the_list(office: Office, clock: FakeClock, sign_in: Open) -> None:
    await set_incident(office, await incident(office, clock), state=IncidentState.CLOSED)
    client = await sign_in("duty")
    seen = await (await client.get("/incidents")).text()
    wanted = {"field": "Y_TE", "locality": "", "words": "", "why": "diễn tập"}
    assert (await give(client, "/silences", seen, hours="25", **wanted)).status == 400
    assert (await give(client, "/silences", seen, hours="2", **wanted)).status == 303
    seen = await (await client.get("/incidents")).text()
    assert "diễn tập" in seen and 'action="/silences/1/end"' in seen
    auditor = await sign_in("auditor")
    assert "/silences/1/end" not in await (await auditor.get("/incidents")).text()
    assert (await give(client, "/silences/1/end", seen)).status == 303
    async with office.parts.db.read() as session:
        (row,) = (await session.exec(select(Silence))).all()
    assert row.ends_at == clock() and row.ended_by_id == office.people["duty"].user_id
