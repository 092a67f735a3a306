"""The full decision: equal to a naive oracle, oldest first, nothing made or lost."""

import itertools
import random
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugins.backorders.domain.allocation import Reason, allocate, serve, substitute
from plugins.backorders.domain.claims import Claim
from tests.plugins.backorders.domain.shop import oracle

units = st.integers(0, 6)


@st.composite
def queues(draw: st.DrawFn) -> list[Claim]:
    """Draw a queue in key order with pins and held-back units that fit."""
    claims = []
    for line, wish in enumerate(draw(st.lists(st.tuples(units, units, units), max_size=8)), 1):
        open_, pinned, forced = wish
        forced = min(forced, open_)
        claims.append(Claim(line * 3, line, line // 2, open_, min(pinned, open_ - forced), forced))
    return claims


def served(claims: list[Claim], supply: int) -> dict[int, int]:
    pinned = sum(claim.pinned for claim in claims)
    return {claim.line_id: got for claim, got, _ in serve(claims, supply, pinned=pinned)}


@given(queues(), st.integers(-3, 40))
def test_the_decision_equals_handing_out_single_units(claims: list[Claim], supply: int) -> None:
    assert served(claims, supply) == oracle(claims, supply)


@given(queues(), st.integers(0, 40))
def test_every_unit_is_given_once_or_stays_free_because_nobody_may_have_it(
    claims: list[Claim], supply: int
) -> None:
    given_out = sum(served(claims, supply).values())
    fillable = sum(claim.open - claim.forced for claim in claims)
    assert given_out == min(supply, fillable)


@given(queues(), st.integers(0, 40))
def test_no_later_line_has_unpinned_stock_while_an_earlier_one_waits(
    claims: list[Claim], supply: int
) -> None:
    got = served(claims, supply)
    for early, late in itertools.combinations(claims, 2):
        waits = got[early.line_id] < early.open - early.forced
        assert not (waits and got[late.line_id] > late.pinned)


@given(queues(), st.integers(0, 40), st.randoms())
def test_the_order_of_the_input_rows_changes_nothing(
    claims: list[Claim], supply: int, chance: random.Random
) -> None:
    shuffled = list(claims)
    chance.shuffle(shuffled)
    assert served(sorted(shuffled), supply) == served(claims, supply)


@given(queues(), st.integers(0, 20), st.integers(0, 20))
def test_more_stock_never_takes_a_unit_from_anybody(
    claims: list[Claim], supply: int, more: int
) -> None:
    little, much = served(claims, supply), served(claims, supply + more)
    assert all(little[line] <= much[line] for line in little)


def test_a_tie_broken_by_anything_but_the_key_is_noticed() -> None:
    """Negative control: the same orders ranked by a clock that two of them share."""
    stamps = {1: 9, 2: 5, 3: 5}
    claims = [Claim(10 * line, line, line, 4) for line in (1, 2, 3)]
    by_clock = sorted(claims, key=lambda claim: stamps[claim.line_id])
    wrong = [claim._replace(key=place) for place, claim in enumerate(by_clock, 1)]
    assert served(wrong, 5) != oracle(claims, 5)


def test_each_line_says_why_it_has_what_it_has() -> None:
    claims = [
        Claim(1, 1, 1, 5),
        Claim(2, 2, 2, 5, forced=2),
        Claim(3, 3, 3, 4, pinned=4),
        Claim(4, 4, 4, 5),
        Claim(5, 5, 5, 5),
    ]
    decisions = list(allocate(claims, 14, pinned=4))
    assert [(d.allocated, d.backordered, d.ahead, d.reason) for d in decisions] == [
        (5, 0, 0, Reason.COVERED),
        (3, 2, 0, Reason.FORCED),
        (4, 0, 0, Reason.PINNED),
        (2, 3, 0, Reason.PARTLY_COVERED),
        (0, 5, 3, Reason.WAITS_IN_QUEUE),
    ]


def test_an_empty_pool_and_too_many_pins_have_reasons_of_their_own() -> None:
    claims = [Claim(1, 1, 1, 2), Claim(2, 2, 2, 3, pinned=3), Claim(3, 3, 3, 3, pinned=3)]
    nothing = [d.reason for stock in (0, -1) for d in allocate(claims, stock, pinned=6)]
    scarce = [(d.allocated, d.reason) for d in allocate(claims, 4, pinned=6)]
    assert nothing == [Reason.NO_STOCK] * 6
    assert scarce == [
        (0, Reason.WAITS_IN_QUEUE),
        (3, Reason.PINNED),
        (1, Reason.PINS_EXCEED_STOCK),
    ]


@pytest.mark.parametrize(
    ("claims", "pinned", "sentence"),
    [
        ([Claim(2, 1, 1, 1), Claim(2, 2, 1, 1)], 0, "ascending key order: 2 came after 2"),
        ([Claim(2, 7, 1, 3, pinned=2, forced=2)], 2, "Line 7: 2 pinned and 2 held back"),
        ([Claim(2, 1, 1, 3, pinned=2)], 0, "holds 2 pinned units, but 0 were announced"),
    ],
)
def test_rows_that_cannot_be_true_are_refused_in_one_sentence(
    claims: list[Claim], pinned: int, sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        list(serve(claims, 9, pinned=pinned))


def test_a_hundred_thousand_claims_stream_through_without_being_kept() -> None:
    def endless() -> Iterator[Claim]:
        return (Claim(key, key, key, 2) for key in range(1, 100_001))

    tracemalloc.start()
    covered = sum(allocated for _, allocated, _ in serve(endless(), 60_001))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert covered == 60_001
    assert peak < 50_000


shortages = st.lists(st.tuples(units, units, units), max_size=8)


@given(shortages, st.integers(-2, 20))
def test_a_replacement_covers_the_oldest_shortages_and_each_unit_once(
    wishes: list[tuple[int, int, int]], left: int
) -> None:
    claims = [
        Claim(line, line, line, short + had + held, forced=held, allocated=had, substitutable=left)
        for line, (short, had, held) in enumerate(wishes, 1)
    ]
    still = max(0, left)
    for before, after in zip(claims, substitute(claims, left), strict=True):
        expected = min(still, before.waiting)
        still -= expected
        assert after == before._replace(substitutable=expected)
        assert after.backordered >= after.forced


@settings(max_examples=20)
@given(st.integers(1, 50))
def test_replacement_stock_never_covers_what_is_held_back(open_: int) -> None:
    (marked,) = substitute([Claim(1, 1, 1, open_, forced=open_)], 99)
    assert marked.substitutable == 0
    assert marked.backordered == open_
