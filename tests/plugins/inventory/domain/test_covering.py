"""How far unclaimed supply goes, and how a quantity is shared."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.inventory.domain.covering import Claim, cover, share

LAMP, MUG, PORTO, LYON = 1, 2, 10, 20


def test_the_first_claim_is_served_first_and_every_unit_counts_once() -> None:
    claims = [Claim(LAMP, (PORTO,), 4), Claim(MUG, (PORTO,), 5), Claim(LAMP, (PORTO,), 4)]
    assert cover(claims, {(LAMP, PORTO): 6, (LAMP, LYON): 90}) == [4, 0, 2]


def test_a_pool_of_several_places_takes_from_each_in_turn() -> None:
    claims = [Claim(LAMP, (PORTO, LYON), 5), Claim(LAMP, (LYON,), 5)]
    assert cover(claims, {(LAMP, PORTO): 3, (LAMP, LYON): 4}) == [5, 2]


def test_covering_leaves_the_supply_it_was_given_alone() -> None:
    supply = {(LAMP, PORTO): 3}
    assert cover([Claim(LAMP, (PORTO,), 3)] * 2, supply) == [3, 0]
    assert supply == {(LAMP, PORTO): 3}


@pytest.mark.parametrize(
    ("qty", "missing", "shares"),
    [
        (7, [4, 3], [4, 3]),
        (12, [4, 3], [4, 8]),
        (5, [4, 3], [4, 1]),
        (3, [4, 3], [3, 0]),
        (9, [], []),
    ],
)
def test_a_quantity_is_shared_in_order_and_the_last_takes_the_surplus(
    qty: int, missing: list[int], shares: list[int]
) -> None:
    assert share(qty, missing) == shares


QUANTITIES = st.integers(0, 50)
PLACES = st.lists(st.sampled_from([PORTO, LYON]), unique=True, max_size=2).map(tuple)
CLAIMS = st.lists(st.builds(Claim, st.sampled_from([LAMP, MUG]), PLACES, QUANTITIES))
SUPPLY = st.dictionaries(
    st.tuples(st.sampled_from([LAMP, MUG]), st.sampled_from([PORTO, LYON])), QUANTITIES
)


@given(CLAIMS, SUPPLY)
def test_nobody_gets_more_than_wanted_and_nothing_is_given_twice(
    claims: list[Claim], supply: dict[tuple[int, int], int]
) -> None:
    got = cover(claims, supply)
    assert all(0 <= units <= claim.qty for units, claim in zip(got, claims, strict=True))
    for product in (LAMP, MUG):
        given_out = sum(u for u, c in zip(got, claims, strict=True) if c.product == product)
        assert given_out <= sum(u for (key, _place), u in supply.items() if key == product)


@given(QUANTITIES, st.lists(QUANTITIES, min_size=1))
def test_shares_add_up(qty: int, missing: list[int]) -> None:
    assert sum(share(qty, missing)) == qty
