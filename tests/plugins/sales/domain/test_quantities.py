"""What may be ordered, cancelled, edited and taken."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.sales.domain.quantities import (
    Figures,
    cancelling,
    checked,
    from_places,
    in_turn,
    reordering,
)


@pytest.mark.parametrize("qty", [1, 2, 1_000_000])
def test_a_whole_number_in_range_may_be_ordered(qty):
    assert checked(qty, "A") == qty


@pytest.mark.parametrize("qty", [0, -3, 1_000_001, 10**30])
def test_any_other_quantity_is_refused_with_the_range(qty):
    with pytest.raises(ValueError, match="whole number from 1 to 1,000,000"):
        checked(qty, "A")


@pytest.mark.parametrize(
    ("line", "qty", "says"),
    [
        (Figures(5, 3), 3, "Already shipped 3 of 5; you can cancel 2."),
        (Figures(5, 3, 1), 2, "Already shipped 3 and cancelled 1 of 5; you can cancel 1."),
        (Figures(5, 0, 4), 2, "Already cancelled 4 of 5; you can cancel 1."),
        (Figures(5), 6, "5 were ordered; you can cancel 5."),
        (Figures(5), 0, "Cancel 1 or more units of A, not 0."),
        (Figures(5), -1, "Cancel 1 or more units of A, not -1."),
    ],
)
def test_cancelling_more_than_is_open_says_what_is(line, qty, says):
    with pytest.raises(ValueError, match=says):
        cancelling(line, qty, "A")


def test_cancelling_open_units_adds_to_what_was_cancelled():
    assert cancelling(Figures(5, 2, 1), 2, "A") == 3


def test_a_quantity_never_goes_below_what_is_settled():
    assert reordering(Figures(5, 2, 1), 3, "A") == 3
    with pytest.raises(ValueError, match=r"cannot be below 3 \(2 shipped, 1 cancelled\)"):
        reordering(Figures(5, 2, 1), 2, "A")


@given(st.lists(st.integers(0, 9), max_size=6), st.integers(-3, 40))
def test_units_are_given_in_turn_and_none_is_lost(wanted, available):
    given_out = in_turn(list(enumerate(wanted)), available)
    assert sum(given_out.values()) == min(sum(wanted), max(available, 0))
    assert all(0 < given_out[key] <= wanted[key] for key in given_out)
    short = [key for key, qty in enumerate(wanted) if given_out.get(key, 0) < qty]
    if short:
        assert all(key not in given_out for key in range(short[0] + 1, len(wanted)))


def test_the_own_place_gives_first():
    assert from_places(5, {1: 2, 2: 9}, [2, 1]) == {2: 5}
    assert from_places(5, {1: 2, 2: 9}, [1, 2]) == {1: 2, 2: 3}
    assert from_places(5, {1: 2, 2: -4}, [1, 2, 3]) == {1: 2}
