"""Units that move to another order take what is theirs along; nothing is made or lost."""

from hypothesis import assume, given
from hypothesis import strategies as st

from plugins.backorders.domain.claims import Claim, check
from plugins.backorders.domain.record import Figures, Record
from plugins.backorders.domain.splitting import divide, divide_record

small = st.integers(0, 8)


@given(small, small, small, small, small, small)
def test_both_claims_together_are_the_old_one(
    allocated: int, waiting: int, forced: int, pinned: int, qty: int, covered: int
) -> None:
    open_ = allocated + waiting + forced
    pinned, qty, covered = min(pinned, open_ - forced), min(qty, open_), min(covered, allocated)
    assume(qty >= 1 and covered <= qty)
    claim = Claim(10, 1, 1, open_, pinned, forced, allocated)
    kept, moved = divide(claim, qty, covered)
    for name in ("open", "allocated", "forced"):
        assert getattr(kept, name) + getattr(moved, name) == getattr(claim, name), name
    assert (moved.open, kept.open) == (qty, open_ - qty)
    assert moved.pinned >= covered
    assert kept.pinned + moved.pinned == max(pinned, covered)
    for part in (check(kept), check(moved)):
        assert part.backordered >= part.forced


@given(small, small, small, small)
def test_filled_units_go_along_only_as_far_as_stock_does(
    filled: int, kept_given: int, moved_given: int, short: int
) -> None:
    record = Record(short=short, filled=min(filled, kept_given + moved_given), fulfilled=1)
    kept, moved = divide_record(record, Figures(kept_given, 0), Figures(moved_given, short))
    assert kept.filled + moved.filled <= record.filled
    assert moved.filled <= moved_given
    assert kept.filled <= kept_given
    assert (kept.fulfilled, moved.fulfilled, moved.short) == (1, 0, short)


def test_waiting_units_leave_first_and_stock_only_when_nothing_else_is_left() -> None:
    claim = Claim(10, 1, 1, 10, allocated=4)
    assert divide(claim, 6).moved.allocated == 0
    assert divide(claim, 8).moved.allocated == 2
    filled = divide(claim, 3, covered=3)
    assert (filled.kept.allocated, filled.moved.allocated, filled.moved.pinned) == (1, 3, 3)
