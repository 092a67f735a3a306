"""The one table of transitions, and the status that quantities give."""

from __future__ import annotations

from pathlib import Path

import pytest

from plugins.sales.domain.statuses import (
    OPEN_STATUSES,
    TRANSITIONS,
    OrderStatus,
    Step,
    allowed,
    refusal,
    resting_status,
    table,
)

README = Path(__file__).parents[4] / "plugins" / "sales" / "README.md"


def test_the_readme_shows_the_table_that_the_code_uses():
    assert table() in README.read_text(encoding="utf-8")


def test_nothing_leads_out_of_the_final_statuses():
    for status in (OrderStatus.FULFILLED, OrderStatus.CANCELLED):
        assert not any(allowed(step, status) for step in Step)


def test_every_other_status_can_be_reached_and_left():
    reached = {
        after for moves in TRANSITIONS.values() for group in moves.values() for after in group
    }
    assert reached == set(OrderStatus)
    for status in (OrderStatus.DRAFT, *OPEN_STATUSES):
        assert allowed(Step.CANCEL, status)


def test_a_refusal_names_the_present_status_and_the_fitting_ones():
    assert (
        refusal(Step.CONFIRM, "SO-1", "approved")
        == "SO-1 is approved; to confirm it must be draft."
    )
    assert refusal(Step.HOLD, "SO-1", "draft").endswith(
        "confirmed, approved or partially fulfilled."
    )


@pytest.mark.parametrize(
    ("approved", "ordered", "shipped", "cancelled", "status"),
    [
        (False, 5, 0, 0, "confirmed"),
        (True, 5, 0, 0, "approved"),
        (True, 5, 0, 4, "approved"),
        (False, 5, 2, 0, "partially_fulfilled"),
        (True, 5, 2, 2, "partially_fulfilled"),
        (False, 5, 5, 0, "fulfilled"),
        (False, 5, 2, 3, "fulfilled"),
        (True, 5, 0, 5, "cancelled"),
    ],
)
def test_quantities_and_approval_give_the_status(approved, ordered, shipped, cancelled, status):
    found = resting_status(approved=approved, ordered=ordered, shipped=shipped, cancelled=cancelled)
    assert found == status
