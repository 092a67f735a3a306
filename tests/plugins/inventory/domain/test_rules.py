"""The pencil rules: quantities, money, replacements, places, pegs, transfers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.inventory.domain.money import from_minor, to_minor
from plugins.inventory.domain.pegging import Tie, shrink
from plugins.inventory.domain.places import Place, serving_problem
from plugins.inventory.domain.quantities import LIMIT, difference, whole
from plugins.inventory.domain.replacements import cycle
from plugins.inventory.domain.transfers import (
    STEPS,
    TransferStatus,
    Units,
    may_become,
    share_out,
    status_on_the_road,
    still_to_come,
)


@pytest.mark.parametrize(
    "text", ["", " ", "0", "-3", "1.5", "1,5", "1e3", "0x5", "10" * 15, "½", "٣"]
)
def test_only_whole_numbers_within_the_limits_are_quantities(text: str) -> None:
    with pytest.raises(ValueError, match=r"^Whole number from 1 to 1,000,000$"):
        whole(text)


@given(st.integers(1, LIMIT))
def test_every_whole_number_within_the_limits_is_a_quantity(number: int) -> None:
    assert whole(f" {number} ") == number


def test_a_difference_is_not_zero() -> None:
    assert (difference("-3"), difference("+3")) == (-3, 3)
    with pytest.raises(ValueError, match="changes nothing"):
        difference("0")


@given(st.integers(0, 10**12), st.sampled_from(["EUR", "JPY", "KWD"]))
def test_money_comes_back_as_it_was(minor: int, currency: str) -> None:
    assert to_minor(from_minor(minor, currency), currency) == minor


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [("12.5", "EUR", 1250), ("0.07", "EUR", 7), ("12", "JPY", 12), ("1.005", "KWD", 1005)],
)
def test_money_is_read_exactly(text: str, currency: str, minor: int) -> None:
    assert to_minor(text, currency) == minor


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("1.005", "EUR"),
        ("1,50", "EUR"),
        ("1.5", "JPY"),
        ("-1", "EUR"),
        (".5", "EUR"),
        ("5.", "EUR"),
    ],
)
def test_money_is_never_guessed_or_rounded(text: str, currency: str) -> None:
    with pytest.raises(ValueError, match="amount"):
        to_minor(text, currency)


def test_a_circle_of_replacements_is_found_and_a_chain_is_none() -> None:
    assert cycle(1, 2, {2: 3, 3: 1}) == [1, 2, 3, 1]
    assert cycle(1, 1, {}) == [1, 1]
    assert cycle(1, 2, {2: 3}) == []
    assert cycle(1, 2, {2: 3, 3: 2}) == []
    assert cycle(1, None, {1: 2, 2: 1}) == []


MAIN, OTHER = Place("Main", "warehouse", 1), Place("Other", "store", 2)


@pytest.mark.parametrize(
    ("place", "serves", "words"),
    [
        (Place("D", "dropship", 1), None, ""),
        (Place("D", "dropship", 1), MAIN, ""),
        (Place("S", "store", 1), None, ""),
        (Place("S", "store", 1), MAIN, "Only a warehouse of the type Dropship"),
        (Place("B", "defective", 1), MAIN, "Only a warehouse of the type Dropship"),
        (Place("D", "dropship", 1), OTHER, "another company"),
        (Place("D", "dropship", 1), Place("B", "defective", 1), "no store or warehouse"),
    ],
)
def test_only_a_dropship_place_serves_a_location_of_its_company(
    place: Place, serves: Place | None, words: str
) -> None:
    problem = serving_problem(place, serves)
    assert words in problem
    assert bool(problem) == bool(words)


@given(st.lists(st.integers(1, 50), max_size=8), st.integers(-5, 200))
def test_the_newest_pegs_give_first_and_no_unit_is_lost(units: list[int], keep: int) -> None:
    ties = [Tie(number, qty) for number, qty in enumerate(units)]
    after = {tie.id: tie.qty for tie in ties} | {tie.id: tie.qty for tie in shrink(ties, keep)}
    assert sum(after.values()) == min(sum(units), max(keep, 0))
    given_up = [tie.id for tie in ties if after[tie.id] < tie.qty]
    assert given_up == list(range(len(units)))[len(units) - len(given_up) :]


def test_every_pair_of_statuses_is_allowed_or_not() -> None:
    allowed = {
        (a.value, b.value) for a in TransferStatus for b in TransferStatus if may_become(a, b)
    }
    assert allowed == {
        ("draft", "requested"),
        ("draft", "cancelled"),
        ("requested", "in_transit"),
        ("requested", "cancelled"),
        ("in_transit", "partially_received"),
        ("in_transit", "received"),
        ("in_transit", "cancelled"),  # all of it came back
        ("partially_received", "partially_received"),
        ("partially_received", "received"),
    }
    assert set(STEPS) == set(TransferStatus)


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        ([Units(5, 5, 0)], "in_transit"),
        ([Units(5, 5, 2)], "partially_received"),
        ([Units(5, 5, 5), Units(2, 2, 0)], "partially_received"),
        ([Units(5, 4, 4), Units(2, 0, 0)], "received"),
    ],
)
def test_the_status_follows_from_the_quantities(lines: list[Units], status: str) -> None:
    assert status_on_the_road(lines) == status


def test_what_is_still_to_come_depends_on_the_status() -> None:
    units = Units(5, 4, 1)
    expected = {"draft": 5, "requested": 5, "in_transit": 3, "partially_received": 3}
    for status in TransferStatus:
        assert still_to_come(status, units) == expected.get(status, 0)


def test_units_are_shared_out_within_the_limits() -> None:
    assert share_out({1: 5, 2: 0}, None) == {1: 5}
    assert share_out({1: 5, 2: 3}, {2: 2, 1: 0}) == {2: 2}
    for asked in ({1: 6}, {1: -1}, {9: 1}, {1: 0}, {}):
        with pytest.raises(ValueError, match=r"Whole number|does not belong|at least one"):
            share_out({1: 5}, asked)
