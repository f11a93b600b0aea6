"""Whoever tries to move an incident, from wherever and in whatever state: the table decides, the record shows it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.duty import desk
from bot.duty.presses import press
from bot.duty.telling import raise_alerts
from bot.parts import Refused
from models.office import Role
from models.states import DESK, INCIDENT, INCIDENT_MOVES, IllegalMove, IncidentState
from tests.bot.conftest import PEOPLE, Office
from tests.bot.duty.steps import alerts, events, incident, row_of, set_incident, state, tie
from tests.conftest import FakeClock

BY_HAND = {move.name: move.to for move in INCIDENT_MOVES if move.roles}
WISH = st.tuples(
    st.sampled_from(list(PEOPLE)), st.sampled_from(list(IncidentState)), st.sampled_from(["", " ", "đã gọi xã hỏi"]),
    st.integers(-3600, 3 * 86400),
)  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(WISH, max_size=14))
async def test_every_change_is_a_line_of_the_record_with_who_when_and_why(
    office: Office, clock: FakeClock, wishes: list[tuple[str, IncidentState, str, int]]
) -> None:
    """The clock may be set back too: the record keeps the order in which things happened."""
    incident_id = await incident(office, clock)
    for who, to, why, seconds in wishes:
        was = IncidentState(await state(office, incident_id))
        clock.at += timedelta(seconds=seconds)
        try:
            await desk.move_incident(office.parts, office.people[who], incident_id, to, why)
        except (Refused, IllegalMove):
            assert await state(office, incident_id) == was
    walked = await events(office, incident_id, "moved")
    assert [e.was for e in walked] == [IncidentState.NEW, *(e.now for e in walked)][: len(walked)]
    assert (await state(office, incident_id)) == (walked[-1].now if walked else IncidentState.NEW)
    desk_ids = {office.people[login].user_id for login, roles in PEOPLE.items() if DESK & set(roles)}
    for event in walked:
        (move,) = (m for m in INCIDENT_MOVES if event.was in m.sources and m.to == event.now)
        assert event.user_id in desk_ids and move.roles
        assert event.why.strip() or not move.reason


@pytest.mark.parametrize("was", list(IncidentState))
async def test_what_is_offered_is_what_is_taken_from_everybody(
    office: Office, clock: FakeClock, was: IncidentState
) -> None:
    """Each role, each step: what the page shows works, what it does not show is refused, with and without a reason."""
    incident_id = await incident(office, clock)
    someone = office.people["duty"]
    for role in Role:
        actor = replace(someone, roles=frozenset({role}))
        for name, to in BY_HAND.items():
            await set_incident(office, incident_id, state=was, closed_at=None)
            offered = desk.incident_actions(await row_of(office, incident_id), actor)
            if name in offered:
                await desk.move_incident(office.parts, actor, incident_id, to, "lý do")
                assert await state(office, incident_id) == to
            else:
                with pytest.raises((Refused, IllegalMove)):
                    await desk.move_incident(office.parts, actor, incident_id, to, "lý do")
                assert await state(office, incident_id) == was


@pytest.mark.parametrize("move", [m for m in INCIDENT_MOVES if m.reason], ids=lambda m: m.name)
async def test_a_judgement_without_a_reason_is_refused(office: Office, clock: FakeClock, move: object) -> None:
    (move,) = (m for m in INCIDENT_MOVES if m is move)
    for was in move.sources:
        incident_id = await incident(office, clock, state=was)
        for why in ("", "  "):
            with pytest.raises(Refused, match="Say why"):
                await desk.move_incident(office.parts, office.people["duty"], incident_id, move.to, why)
        assert await state(office, incident_id) == was and await events(office, incident_id) == []


async def test_a_press_moves_by_the_same_table(office: Office, clock: FakeClock) -> None:
    """The buttons of an old message, in every state: none makes a move that the table does not have."""
    incident_id = await incident(office, clock)
    await raise_alerts(office.parts)
    (told,) = await alerts(office)
    await tie(office, "duty", "7")
    for was in IncidentState:
        for action in ("ack", "false_alarm"):
            await set_incident(office, incident_id, state=was)
            reply = await press(office.parts, "7", f"{action}:{told.token}")
            now = IncidentState(await state(office, incident_id))
            through = was is IncidentState.ACKED and now is IncidentState.FALSE_ALARM
            assert now is was or INCIDENT.allows(was, now) or through
            assert reply.alarm is (now is was)
