"""The tables of moves refuse what they do not list, whatever sequence is tried."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.states import (
    DELIVERY,
    INCIDENT,
    POST,
    DeliveryState,
    Flow,
    IllegalMove,
    IncidentState,
    PostState,
    post_state_from,
)


@given(st.sampled_from([POST, DELIVERY, INCIDENT]), st.data())
def test_a_move_is_made_exactly_when_the_table_lists_it(flow: Flow, data: st.DataObject) -> None:
    now, to = (data.draw(st.sampled_from(list(flow.moves))) for _ in range(2))
    if to in flow.moves[now]:
        assert flow.check(now, to) == to
    else:
        with pytest.raises(IllegalMove):
            flow.check(now, to)


def test_every_state_has_a_vietnamese_label_and_a_way_to_it() -> None:
    for flow in (POST, DELIVERY, INCIDENT):
        assert all(flow.labels[s] for s in flow.moves)
        assert all(flow.sources(s) for s in flow.moves if s is not flow.start)


def test_a_sent_delivery_never_goes_back_to_the_queue() -> None:
    assert DELIVERY.moves[DeliveryState.SENT] == {DeliveryState.RETRACTED}


def test_an_unknown_delivery_leaves_only_by_a_decision() -> None:
    assert DELIVERY.moves[DeliveryState.UNKNOWN] == {
        DeliveryState.SENT,
        DeliveryState.QUEUED,
        DeliveryState.CANCELLED,
    }


def test_a_post_skips_no_state_on_its_way_out() -> None:
    way = ["draft", "in_review", "pending", "approved", "scheduled", "going_out", "published"]
    for now, to in itertools.pairwise(way):
        POST.check(PostState(now), PostState(to))
    with pytest.raises(IllegalMove):
        POST.check(PostState.DRAFT, PostState.APPROVED)


def test_an_incident_skips_no_state_but_new_to_false_alarm() -> None:
    INCIDENT.check(IncidentState.NEW, IncidentState.FALSE_ALARM)
    with pytest.raises(IllegalMove):
        INCIDENT.check(IncidentState.NEW, IncidentState.RESPONDING)


@pytest.mark.parametrize(
    ("deliveries", "post"),
    [
        (["sent", "sent"], PostState.PUBLISHED),
        (["sent", "cancelled"], PostState.PUBLISHED),
        (["sent", "checking"], PostState.GOING_OUT),
        (["sent", "unknown"], PostState.PARTLY_FAILED),
        (["refused", "sent"], PostState.PARTLY_FAILED),
        (["cancelled", "cancelled"], PostState.RETRACTED),
        (["retracted", "sent"], PostState.PUBLISHED),
        (["queued", "held"], PostState.SCHEDULED),
        (["queued", "sent"], PostState.GOING_OUT),
        (["queued", "unknown"], PostState.GOING_OUT),
        (["queued", "retracted"], PostState.GOING_OUT),
        (["held", "refused"], PostState.PARTLY_FAILED),
    ],
)
def test_a_post_follows_its_deliveries(deliveries: list[str], post: PostState) -> None:
    assert post_state_from([DeliveryState(d) for d in deliveries]) is post
