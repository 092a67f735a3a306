"""What people and shipments do to one claim keeps its figures possible."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.backorders.domain.claims import Change, Claim, arrival, check

units = st.integers(0, 9)


@st.composite
def claims(draw: st.DrawFn) -> Claim:
    """Draw a claim whose figures fit together."""
    forced, pinned, allocated, substitutable, rest = (draw(units) for _ in range(5))
    held = Claim(1, 1, 1, forced + allocated + substitutable + rest, 0, forced, allocated)
    return held._replace(substitutable=substitutable, pinned=min(pinned, held.open - forced))


CHANGES: list[Callable[[Claim, int], Claim]] = [
    lambda claim, n: claim.shipped(min(n, claim.allocated)),
    lambda claim, n: claim.cancelled(min(n, claim.open)),
    lambda claim, n: claim.held_back(min(n, claim.open)),
    lambda claim, n: claim.pinned_at(min(n, claim.open - claim.forced)),
    lambda claim, n: claim.grown(n),
    lambda claim, n: claim._replace(allocated=n).fitted(),
]


@given(claims(), st.sampled_from(CHANGES), st.integers(0, 40))
def test_every_change_leaves_figures_that_fit_together(
    claim: Claim, change: Callable[[Claim, int], Claim], number: int
) -> None:
    after = check(change(claim, number))
    assert after.open == after.allocated + after.substitutable + after.backordered
    assert after.backordered >= after.forced


@given(claims(), units)
def test_a_cancellation_takes_covered_units_only_when_no_short_one_is_left(
    claim: Claim, number: int
) -> None:
    after = claim.cancelled(min(number, claim.open))
    assert after.allocated == claim.allocated or after.waiting + after.forced == 0


def test_shipping_uses_up_the_pin_first() -> None:
    after = Claim(1, 1, 1, 9, pinned=3, allocated=6).shipped(4)
    assert (after.open, after.allocated, after.pinned) == (5, 2, 0)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda c: c.shipped(5), "Cannot ship 5 units: 4 are allocated."),
        (lambda c: c.cancelled(11), "Cannot cancel 11 units: 10 are open."),
        (lambda c: c.held_back(11), "Cannot hold back 11 units: 10 are open."),
        (lambda c: c.pinned_at(9), "Cannot pin 9 units: 8 are open and not held back."),
        (lambda c: c.grown(-1), "Cannot add -1 units: the number must not be negative."),
        (lambda c: c.shipped(-1), "Cannot ship -1 units"),
    ],
)
def test_an_impossible_change_is_refused_with_the_number_that_is_possible(
    change: Callable[[Claim], Claim], sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        change(Claim(1, 1, 1, 10, forced=2, allocated=4))


def test_a_change_knows_by_how_much_the_back_order_moved() -> None:
    new = arrival(Claim(1, 1, 1, 10, allocated=4))
    assert (new.before.open, new.backordered) == (0, 6)
    assert Change(new.after, new.after._replace(allocated=9)).backordered == -5
