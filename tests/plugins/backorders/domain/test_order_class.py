"""An order is not, partly or wholly on back order (A05, A18)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.backorders.domain.order_class import OrderClass, OrderTally, order_class

lines = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 3)), max_size=6)


@pytest.mark.parametrize(
    ("allocated", "substitutable", "backordered", "expected"),
    [
        (0, 0, 0, OrderClass.NONE),
        (5, 0, 0, OrderClass.NONE),
        (0, 5, 0, OrderClass.NONE),
        (0, 0, 5, OrderClass.FULL),
        (1, 0, 5, OrderClass.PARTIAL),
        (0, 1, 5, OrderClass.PARTIAL),
    ],
)
def test_the_sums_over_open_lines_decide_the_class(
    allocated: int, substitutable: int, backordered: int, expected: OrderClass
) -> None:
    found = order_class(allocated=allocated, substitutable=substitutable, backordered=backordered)
    assert found is expected


@given(lines)
def test_counting_line_by_line_gives_the_class_of_the_sums(
    figures: list[tuple[int, int, int]],
) -> None:
    tally = OrderTally()
    for allocated, substitutable, backordered in figures:
        tally.add(7, allocated + substitutable, backordered)
    allocated, substitutable, backordered = (sum(line[i] for line in figures) for i in range(3))
    assert tally.class_of(7) is order_class(
        allocated=allocated, substitutable=substitutable, backordered=backordered
    )


def test_an_order_without_tracked_lines_has_nothing_back_ordered() -> None:
    assert OrderTally().class_of(1) is OrderClass.NONE
