"""The incremental decision: the same answer as a full one, at the price of what changes."""

import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugins.backorders.domain.allocation import substitute
from plugins.backorders.domain.claims import Change, Claim, arrival
from plugins.backorders.domain.frontier import Settlement, settle, settle_substitutes
from tests.plugins.backorders.domain.shop import (
    EVENT_KINDS,
    Event,
    ListQueue,
    Settle,
    Shop,
    oracle,
    require_right,
)

small = st.integers(0, 9)
histories = st.lists(
    st.tuples(st.integers(0, EVENT_KINDS - 1), small, st.integers(0, 60), small), max_size=30
)


@settings(max_examples=300, deadline=None)
@given(histories)
def test_any_history_ends_each_step_where_a_full_recomputation_would(history: list[Event]) -> None:
    shop = Shop()
    for event in history:
        shop.happen(event)
        require_right(shop)


def random_events(chance: random.Random, number: int) -> list[Event]:
    return [
        (chance.randrange(EVENT_KINDS), chance.randrange(10), chance.randrange(61),
         chance.randrange(10))
        for _ in range(number)
    ]  # fmt: skip


def live(settle_with: Settle, *, seeds: int = 40, steps: int = 60) -> None:
    for seed in range(seeds):
        shop = Shop(settle_with)
        for event in random_events(random.Random(seed), steps):
            shop.happen(event)
            require_right(shop)


def test_forty_long_random_lives_stay_right() -> None:
    live(settle)


class PinBlindQueue(ListQueue):
    """Wrong on purpose: shows pinned units as if anybody could take them."""

    def holding(self) -> list[Claim]:  # type: ignore[override]
        held = sorted((c for c in self.claims if c.allocated), reverse=True)
        return [claim._replace(pinned=0) for claim in held]


def settle_ignoring_pins(free: int, amendments: Sequence[Change], queue: ListQueue) -> Settlement:
    found, left = settle(free, amendments, PinBlindQueue(queue.claims))
    pins = {claim.line_id: claim.pinned for claim in queue.claims}
    amended = {change.after.line_id for change in amendments}
    repaired = [
        change
        if change.after.line_id in amended
        else Change(*(claim._replace(pinned=pins[claim.line_id]) for claim in change))
        for change in found
    ]
    return Settlement(repaired, left)


class ClockQueue(ListQueue):
    """Wrong on purpose: serves waiting lines by a clock that says the same for ten keys."""

    def waiting(self) -> list[Claim]:  # type: ignore[override]
        waiting = [c for c in self.claims if c.allocated + c.forced < c.open]
        return sorted(waiting, key=lambda c: (c.key // 10, -c.line_id))


def settle_by_clock(free: int, amendments: Sequence[Change], queue: ListQueue) -> Settlement:
    return settle(free, amendments, ClockQueue(queue.claims))


def settle_without_looking_back(
    free: int, amendments: Sequence[Change], queue: ListQueue
) -> Settlement:
    """Wrong on purpose: an earlier order never takes from later holders."""
    return settle(free, amendments, ListQueue([c for c in queue.claims if not c.allocated]))


@pytest.mark.parametrize(
    "wrong", [settle_ignoring_pins, settle_by_clock, settle_without_looking_back]
)
def test_the_random_lives_would_notice_a_wrong_engine(wrong: Settle) -> None:
    with pytest.raises(AssertionError):
        live(wrong)


def test_a_pinned_unit_survives_a_thousand_recalculations() -> None:
    shop = Shop()
    chance = random.Random(7)
    shop.apply([], 5)
    shop.apply([arrival(Claim(10**6, 0, 0, 3, pinned=3))])
    harmless = (0, 1, 2, 3, 9, 10)  # nothing that ships, cancels or unpins the pinned line itself
    for _ in range(1000):
        shop.happen((chance.choice(harmless), 1 + chance.randrange(9), chance.randrange(61), 3))
        shop.lines[0] = shop.lines[0]._replace(key=10**6)
        assert shop.lines[0].allocated == 3
    assert len(shop.lines) > 100


def queue_of(lines: int, covered: int) -> list[Claim]:
    return [
        Claim(line * 10, line, line, 1, allocated=int(line <= covered))
        for line in range(1, lines + 1)
    ]


@pytest.mark.parametrize("received", [1, 3, 50])
def test_a_receipt_reads_no_more_waiting_lines_than_it_has_units(received: int) -> None:
    queue = ListQueue(queue_of(1000, 100))
    changes, free = settle(received, [], queue)
    assert [change.after.line_id for change in changes] == list(range(101, 101 + received))
    assert free == 0
    assert queue.read["waiting"] <= received + 1
    assert "holding" not in queue.read


def test_an_order_at_the_tail_of_a_short_queue_reads_a_single_holder() -> None:
    queue = ListQueue(queue_of(1000, 100))
    changes, _ = settle(0, [arrival(Claim(99_999, 5000, 9, 4))], queue)
    assert [change.after.backordered for change in changes] == [4]
    assert sum(queue.read.values()) <= 1


def test_an_order_that_free_stock_covers_reads_at_most_one_row() -> None:
    queue = ListQueue(queue_of(1000, 1000))
    changes, free = settle(10, [arrival(Claim(99_999, 5000, 9, 4))], queue)
    assert (changes[0].after.allocated, free, sum(queue.read.values())) == (4, 6, 0)


def test_a_backdated_order_takes_from_the_last_holders_and_reads_only_those() -> None:
    queue = ListQueue(queue_of(1000, 100))
    changes, free = settle(0, [arrival(Claim(5, 5000, 9, 4))], queue)
    losers = [change.after.line_id for change in changes if change.backordered > 0]
    assert (losers, free) == ([97, 98, 99, 100], 0)
    assert queue.read["holding"] <= 5
    assert "held_pins" not in queue.read


def test_a_count_correction_takes_from_the_tail_and_reads_only_what_it_takes() -> None:
    queue = ListQueue(queue_of(1000, 100))
    changes, free = settle(-3, [], queue)
    assert ([change.after.line_id for change in changes], free) == ([98, 99, 100], 0)
    assert sum(queue.read.values()) == 3


def test_a_shipment_from_the_middle_disturbs_nobody() -> None:
    queue = ListQueue(queue_of(1000, 100))
    before = queue.claims[49]
    changes, free = settle(-1, [Change(before, before.shipped(1))], queue)
    assert (changes, free) == ([Change(before, before.shipped(1))], 0)
    assert sum(queue.read.values()) <= 1


def test_lost_stock_may_take_pinned_units_last_and_from_the_tail() -> None:
    claims = [
        Claim(1, 1, 1, 2, pinned=2, allocated=2),
        Claim(2, 2, 2, 2, allocated=2),
        Claim(3, 3, 3, 2, pinned=2, allocated=2),
    ]
    changes, free = settle(-3, [], ListQueue(claims))
    assert {c.after.line_id: c.after.allocated for c in changes} == {2: 0, 3: 1}
    assert free == 0


def test_stock_below_zero_leaves_the_debt_in_plain_sight() -> None:
    changes, free = settle(-5, [], ListQueue([Claim(1, 1, 1, 2, allocated=2)]))
    assert (changes[0].after.allocated, free) == (0, -3)


def test_holding_units_back_hands_them_to_the_next_in_line() -> None:
    first, second = Claim(1, 1, 1, 3, allocated=3), Claim(2, 2, 2, 5)
    changes, _ = settle(0, [Change(first, first.held_back(2))], ListQueue([first, second]))
    assert [(c.after.allocated, c.after.backordered) for c in changes] == [(1, 2), (2, 3)]


def test_real_stock_serves_the_short_units_first_and_then_displaces_replacement_cover() -> None:
    marked = Claim(1, 1, 1, 5, forced=1, substitutable=3)
    (change,), _ = settle(2, [], ListQueue([marked]))
    assert change.after == marked._replace(allocated=2, substitutable=2)
    assert (change.after.backordered, change.backordered) == (1, -1)


def test_a_line_cannot_be_amended_twice_at_once() -> None:
    twice = [arrival(Claim(1, 1, 1, 1)), arrival(Claim(2, 1, 1, 1))]
    with pytest.raises(ValueError, match="only once"):
        settle(0, twice, ListQueue([]))


def test_an_amendment_that_contradicts_itself_is_refused() -> None:
    with pytest.raises(ValueError, match="Line 1: 2 pinned and 2 held back do not fit its 3"):
        settle(0, [arrival(Claim(1, 1, 1, 3, pinned=2, forced=2))], ListQueue([]))


class GroupQueue(ListQueue):
    """The lines that share a replacement, as `settle_substitutes` wants to read them."""

    def waiting(self) -> list[Claim]:  # type: ignore[override]
        return sorted(c for c in self.claims if c.waiting > c.substitutable)

    def holding(self) -> list[Claim]:  # type: ignore[override]
        return sorted((c for c in self.claims if c.substitutable), reverse=True)


short_lines = st.lists(st.tuples(small, small, small), min_size=1, max_size=8)
group_changes = st.lists(st.tuples(small, small, small, st.integers(0, 12)), max_size=12)


@settings(max_examples=150, deadline=None)
@given(short_lines, group_changes)
def test_replacement_cover_follows_step_by_step_to_the_full_answer(
    wishes: list[tuple[int, int, int]], steps: list[tuple[int, int, int, int]]
) -> None:
    lines = {
        line: Claim(line * 2, line, line, sum(wish), forced=wish[1], allocated=wish[2])
        for line, wish in enumerate(wishes, 1)
    }
    for index, open_, held, left in steps:
        touched = lines[1 + index % len(lines)]
        touched = touched._replace(open=open_, forced=min(held, open_)).fitted()
        lines[touched.line_id] = touched
        unused = left - sum(line.substitutable for line in lines.values())
        for change in settle_substitutes(unused, [touched], GroupQueue(list(lines.values()))):
            assert change.before == lines[change.after.line_id]
            lines[change.after.line_id] = change.after
        assert list(lines.values()) == list(substitute(lines.values(), left))


def test_the_oracle_itself_serves_pins_then_keys_and_skips_held_back_units() -> None:
    claims = [Claim(2, 2, 1, 3), Claim(1, 1, 1, 3, forced=1), Claim(3, 3, 1, 2, pinned=1)]
    assert oracle(claims, 4) == {1: 2, 2: 1, 3: 1}
