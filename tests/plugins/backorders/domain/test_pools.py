"""Every warehouse counts in one pool or in none."""

import pytest

from plugins.backorders.domain.pools import Warehouse, demand_pool, pool_of

STORE = Warehouse(1, "store", 9)
BACK_ROOM = Warehouse(2, "warehouse", 9)
VENDOR = Warehouse(3, "dropship", 9, serves=1)
LONE_VENDOR = Warehouse(4, "dropship", 9)
BROKEN = Warehouse(5, "defective", 9)
KEPT = Warehouse(6, "reserved", 9)


@pytest.mark.parametrize(
    ("warehouse", "scope", "count_dropship", "pool"),
    [
        (STORE, "location", False, 1),
        (BACK_ROOM, "location", False, 2),
        (VENDOR, "location", False, None),
        (VENDOR, "location", True, 1),
        (LONE_VENDOR, "location", True, 4),
        (LONE_VENDOR, "location", False, None),
        (BROKEN, "location", True, None),
        (KEPT, "location", True, None),
        (STORE, "company", False, -9),
        (BACK_ROOM, "company", False, -9),
        (VENDOR, "company", True, -9),
        (VENDOR, "company", False, None),
        (BROKEN, "company", True, None),
        (KEPT, "company", True, None),
    ],
)
def test_a_warehouse_counts_in_the_pool_its_type_and_the_settings_say(
    warehouse: Warehouse, scope: str, count_dropship: bool, pool: int | None
) -> None:
    assert pool_of(warehouse, scope, count_dropship=count_dropship) == pool


@pytest.mark.parametrize(
    ("warehouse", "pool"),
    [(STORE, 1), (VENDOR, 1), (LONE_VENDOR, 4), (BROKEN, 5), (KEPT, 6)],
)
def test_every_order_draws_on_a_pool_even_where_no_stock_counts(
    warehouse: Warehouse, pool: int
) -> None:
    assert demand_pool(warehouse, "location") == pool
    assert demand_pool(warehouse, "company") == -9


def test_unknown_words_are_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="Warehouse type 'shed' is not known: use one of store,"):
        Warehouse(1, "shed", 9)
    with pytest.raises(ValueError, match="Allocation scope 'world' is not known: use one of loc"):
        pool_of(BROKEN, "world", count_dropship=True)
    with pytest.raises(ValueError, match="Allocation scope 'world' is not known"):
        demand_pool(STORE, "world")
