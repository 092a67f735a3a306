"""The whole queue at once: every product and pool, replacements, balances, order classes."""

from hypothesis import given, settings
from hypothesis import strategies as st

from plugins.backorders.domain.claims import Claim
from plugins.backorders.domain.full_pass import Balance, FullPass, QueueRow, Spot, Supply
from plugins.backorders.domain.order_class import OrderClass
from tests.plugins.backorders.domain.shop import oracle

small = st.integers(0, 6)
spots = st.tuples(st.integers(1, 4), st.integers(1, 2))
demands = st.lists(st.tuples(spots, small, small, small), max_size=12)
stocks = st.dictionaries(spots, st.integers(-2, 12))
replacements = st.dictionaries(st.integers(1, 4), st.integers(1, 4)).map(
    lambda pairs: {one: other for one, other in pairs.items() if one != other}
)
Demand = tuple[Spot, int, int, int]


def rows_of(wishes: list[Demand]) -> list[QueueRow]:
    rows = []
    for line, (spot, open_, pinned, forced) in enumerate(wishes, 1):
        forced = min(forced, open_)
        pinned = min(pinned, open_ - forced)
        rows.append((*spot, line * 7, line, line // 3, open_, pinned, forced, 0, 0))
    return sorted(rows)


def supplies_of(rows: list[QueueRow], stock: dict[Spot, int]) -> dict[Spot, Supply]:
    names = {*stock, *((row[0], row[1]) for row in rows)}
    pins = {name: sum(row[6] for row in rows if row[:2] == name) for name in names}
    return {name: Supply(stock.get(name, 0), pins[name]) for name in names}


def expected(
    rows: list[QueueRow], stock: dict[Spot, int], replaced_by: dict[int, int]
) -> dict[int, Claim]:
    """Serve each spot by the oracle, then walk all shortages by key over what is left."""
    left = {(product, pool): max(0, units) for (product, pool), units in stock.items()}
    lines: dict[int, tuple[Spot, Claim]] = {}
    for spot in {(row[0], row[1]) for row in rows}:
        claims = [Claim(*row[2:]) for row in rows if row[:2] == spot]
        got = oracle(claims, stock.get(spot, 0))
        left[spot] = left.get(spot, 0) - sum(got.values())
        for claim in claims:
            lines[claim.line_id] = (spot, claim._replace(allocated=got[claim.line_id]))
    answer = {}
    for (product, pool), claim in sorted(lines.values(), key=lambda pair: pair[1].key):
        other = (replaced_by.get(product, -1), pool)
        marked = min(left.get(other, 0), claim.waiting)
        left[other] = left.get(other, 0) - marked
        answer[claim.line_id] = claim._replace(substitutable=marked)
    return answer


@settings(max_examples=200, deadline=None)
@given(demands, stocks, replacements)
def test_the_full_pass_equals_the_oracle_and_a_second_one_finds_nothing(
    wishes: list[Demand], stock: dict[Spot, int], replaced_by: dict[int, int]
) -> None:
    rows = rows_of(wishes)
    supplies = supplies_of(rows, stock)
    found = {row[3]: Claim(*row[2:]) for row in rows}
    for change in FullPass(supplies, replaced_by).changes(rows):
        assert found[change.after.line_id] == change.before
        found[change.after.line_id] = change.after
    assert found == expected(rows, stock, replaced_by)
    again = [(row[0], row[1], *found[row[3]]) for row in rows]
    assert list(FullPass(supplies, replaced_by).changes(again)) == []


@settings(deadline=None)
@given(demands, stocks, replacements)
def test_balances_and_order_classes_are_the_sums_of_the_lines(
    wishes: list[Demand], stock: dict[Spot, int], replaced_by: dict[int, int]
) -> None:
    rows = rows_of(wishes)
    supplies = supplies_of(rows, stock)
    whole = FullPass(supplies, replaced_by)
    list(whole.changes(rows))
    right = expected(rows, stock, replaced_by)
    for spot, supply in supplies.items():
        here = [right[row[3]] for row in rows if row[:2] == spot]
        free = max(0, supply.units) - sum(claim.allocated for claim in here)
        assert whole.balances[spot] == Balance(free, sum(claim.backordered for claim in here))
    for order in {row[4] for row in rows}:
        short = sum(claim.backordered for claim in right.values() if claim.order_id == order)
        size = sum(claim.open for claim in right.values() if claim.order_id == order)
        partly = OrderClass.FULL if short == size else OrderClass.PARTIAL
        assert whole.orders.class_of(order) is (partly if short else OrderClass.NONE)


def test_two_products_that_replace_each_other_use_what_the_other_leaves() -> None:
    rows: list[QueueRow] = [
        (1, 1, 10, 1, 1, 5, 0, 0, 0, 0),
        (2, 1, 20, 2, 2, 1, 0, 0, 0, 0),
    ]
    whole = FullPass({(1, 1): Supply(2), (2, 1): Supply(3)}, {1: 2, 2: 1})
    after = {change.after.line_id: change.after for change in whole.changes(rows)}
    assert (after[1].allocated, after[1].substitutable, after[1].backordered) == (2, 2, 1)
    assert (after[2].allocated, after[2].substitutable) == (1, 0)


def test_switching_replacements_off_clears_every_mark() -> None:
    marked: list[QueueRow] = [(1, 1, 10, 1, 1, 5, 0, 0, 0, 3)]
    (change,) = FullPass({(2, 1): Supply(3)}).changes(marked)
    assert (change.before.backordered, change.after.backordered) == (2, 5)


def test_a_spot_without_demand_keeps_its_stock_free() -> None:
    whole = FullPass({(1, 1): Supply(4)})
    assert (list(whole.changes([])), whole.balances) == ([], {(1, 1): Balance(4, 0)})
