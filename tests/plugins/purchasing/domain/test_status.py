from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.purchasing.domain.status import (
    Quantities,
    Step,
    allowed,
    in_words,
    refusal,
    status_of,
)

TABLE = [
    ([], False, "draft"),
    ([], True, "sent"),
    ([(10, 0, 0)], False, "draft"),
    ([(10, 0, 0)], True, "sent"),
    ([(10, 4, 0)], True, "partially_received"),
    ([(10, 10, 0), (5, 0, 0)], True, "partially_received"),
    ([(10, 10, 0), (5, 5, 0)], True, "received"),
    ([(10, 4, 6)], True, "received"),
    ([(10, 0, 10)], True, "cancelled"),
    ([(10, 0, 10)], False, "cancelled"),
    ([(10, 0, 10), (5, 0, 0)], True, "sent"),
    ([(10, 0, 10), (5, 2, 3)], True, "received"),
]


@pytest.mark.parametrize(("lines", "sent", "status"), TABLE)
def test_the_status_follows_from_the_quantities(
    lines: list[tuple[int, int, int]], sent: bool, status: str
) -> None:
    assert status_of([Quantities(*line) for line in lines], sent=sent) == status


@st.composite
def figures(draw: st.DrawFn) -> Quantities:
    ordered = draw(st.integers(1, 50))
    received = draw(st.integers(0, ordered))
    return Quantities(ordered, received, draw(st.integers(0, ordered - received)))


@given(st.lists(figures(), min_size=1), st.booleans())
def test_an_order_can_be_received_exactly_while_it_is_sent_and_open(
    lines: list[Quantities], sent: bool
) -> None:
    status = status_of(lines, sent=sent)
    assert allowed(Step.RECEIVE, status) == (sent and any(line.open for line in lines))
    assert allowed(Step.CANCEL, status) == any(line.open for line in lines)


@given(st.lists(figures(), min_size=1), st.booleans())
def test_the_status_of_the_sums_is_the_status_of_the_lines(
    lines: list[Quantities], sent: bool
) -> None:
    whole = Quantities(*(sum(column) for column in zip(*lines, strict=True)))
    assert status_of([whole], sent=sent) == status_of(lines, sent=sent)


def test_a_refusal_says_what_the_order_is_and_what_it_needs() -> None:
    sentence = refusal(Step.RECEIVE, "PO-1001", "partially_received")
    assert sentence.startswith("PO-1001 is partially received; it can be received only after")
    assert in_words("partially_received") == "Partially received"
