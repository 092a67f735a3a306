"""Free stock goes to whole orders, the oldest first, or to partial ones, too."""

from __future__ import annotations

from plugins.backorders.domain.sharing import Share, Want, share

MUG, POT = (1, 1), (2, 1)


def want(order: int, line: int, lacking: int, free: int, spot: tuple[int, int] = MUG) -> Want:
    return Want(order, line, spot, lacking, lacking, free)


def test_the_oldest_is_served_first_and_the_rest_goes_on() -> None:
    wants = [want(1, 11, 4, 7), want(2, 21, 5, 7), want(3, 31, 2, 7)]
    assert share(wants, partial=True) == [Share(1, {11: 4}, True), Share(2, {21: 3}, False)]


def test_an_order_that_would_still_wait_leaves_all_to_the_next() -> None:
    wants = [want(1, 11, 4, 7), want(2, 21, 5, 7), want(3, 31, 2, 7)]
    assert share(wants, partial=False) == [Share(1, {11: 4}, True), Share(3, {31: 2}, True)]


def test_two_lines_of_one_order_draw_on_the_same_stock() -> None:
    wants = [want(1, 11, 4, 6), want(1, 12, 4, 6)]
    assert share(wants, partial=False) == []
    assert share(wants, partial=True) == [Share(1, {11: 4, 12: 2}, False)]


def test_what_may_not_be_filled_counts_as_missing() -> None:
    held = Want(1, 11, MUG, lacking=5, fillable=2, free=9)
    other = want(1, 12, 1, 1, POT)
    assert share([held, other], partial=False) == []
    assert share([held, other], partial=True) == [Share(1, {11: 2, 12: 1}, False)]


def test_an_order_that_gets_nothing_is_left_out() -> None:
    assert share([want(1, 11, 4, 0)], partial=True) == []
