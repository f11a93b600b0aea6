"""The life of an incident is one table: what it lists happens, nothing else, whatever is tried in whatever order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.office import Role
from models.states import DESK, INCIDENT, INCIDENT_MOVES, IllegalMove, IncidentState, incident_move

_I = IncidentState
NEEDED = {
    _I.ACKED: {_I.NEW}, _I.VERIFYING: {_I.ACKED}, _I.WATCHING: {_I.VERIFYING}, _I.RESPONDING: {_I.VERIFYING},
    _I.CORRECTED: {_I.RESPONDING}, _I.AFTERCARE: {_I.CORRECTED}, _I.REVIEWED: {_I.CLOSED, _I.FALSE_ALARM},
}  # fmt: skip
"""What an incident must have been through since it was new, to be in a state: one of these."""


@given(st.lists(st.sampled_from(list(_I)), max_size=40))
def test_no_state_is_skipped_but_from_new_to_false_alarm(wishes: list[IncidentState]) -> None:
    now, been = _I.NEW, {_I.NEW}
    for to in wishes:
        try:
            move = incident_move(now, to)
        except IllegalMove:
            assert not INCIDENT.allows(now, to)
            continue
        assert INCIDENT.allows(now, to) and move.to is to and now in move.sources
        been = {_I.NEW} if to is _I.NEW else been | {to}
        now = to
        assert NEEDED.get(to, {_I.NEW}) & been, f"{to} after {been}"


def test_between_two_states_there_is_one_move_at_most() -> None:
    pairs = [(source, move.to) for move in INCIDENT_MOVES for source in move.sources]
    assert len(pairs) == len(set(pairs))
    assert len({move.name for move in INCIDENT_MOVES}) == len(INCIDENT_MOVES)


def test_only_the_desk_moves_and_a_judgement_says_why() -> None:
    assert {frozenset(), DESK} == {move.roles for move in INCIDENT_MOVES}
    assert not DESK & {Role.AUTHOR, Role.EDITOR, Role.APPROVER, Role.AUDITOR, Role.ADMIN}
    by_hand = {move.name: move.reason for move in INCIDENT_MOVES if move.roles}
    assert {name for name, reason in by_hand.items() if reason} == {"false_alarm", "watch", "close", "review"}
    assert {move.to for move in INCIDENT_MOVES if not move.roles} == {_I.CORRECTED, _I.AFTERCARE, _I.NEW}


@pytest.mark.parametrize("was", [_I.CLOSED, _I.FALSE_ALARM, _I.REVIEWED])
def test_nobody_reopens_by_hand(was: IncidentState) -> None:
    assert not incident_move(was, _I.NEW).roles
