"""Where people fill, nobody gains by himself, and a full pass agrees with every step."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from plugins.backorders.domain.by_hand import serve_by_hand, settle_by_hand
from plugins.backorders.domain.claims import Change, Claim, arrival
from plugins.backorders.domain.frontier import Settlement
from tests.plugins.backorders.domain.shop import EVENT_KINDS, ListQueue, Shop

small = st.integers(0, 9)
events = st.lists(st.tuples(st.integers(0, EVENT_KINDS - 1), small, small, small), max_size=25)


def wishing(free: int, amendments: Sequence[Change], queue: ListQueue) -> Settlement:
    """Let new lines wish for all they may have; the others keep to what they have."""
    changes = [
        change if change.before.open else Change(change.before, change.after.wishing(99))
        for change in amendments
    ]
    return settle_by_hand(free, changes, queue)


@settings(max_examples=200, deadline=None)
@given(events)
def test_a_full_pass_finds_nothing_to_change_after_any_history(
    history: list[tuple[int, int, int, int]],
) -> None:
    shop = Shop(wishing)
    for event in history:
        before = dict(shop.lines)
        shop.happen(event)
        rows = sorted(shop.lines.values())
        pinned = sum(min(row.pinned, row.allocated) for row in rows)
        answers = serve_by_hand(rows, shop.stock, pinned=pinned)
        assert [given for _, given, _ in answers] == [row.allocated for row in rows]
        assert shop.free == shop.stock - sum(row.allocated for row in rows) >= 0
        for line, row in before.items():
            assert line not in shop.lines or shop.lines[line].allocated <= row.allocated
        assert all(min(row) >= 0 and row.backordered >= row.forced for row in rows)


def test_a_fill_takes_free_units_and_nobody_elses() -> None:
    rich = Claim(10, 1, 1, open=4, allocated=4)
    poor = Claim(20, 2, 2, open=5)
    answer = settle_by_hand(3, [Change(poor, poor.wishing(4))], ListQueue([rich, poor]))
    assert answer == Settlement([Change(poor, poor._replace(allocated=3))], 0)


def test_a_new_line_takes_only_what_is_free_even_when_it_comes_first() -> None:
    late = Claim(20, 1, 1, open=4, allocated=4)
    new = Claim(10, 2, 2, open=4).wishing(4)
    answer = settle_by_hand(1, [arrival(new)], ListQueue([late]))
    assert [change.after for change in answer.changes] == [new._replace(allocated=1)]


def test_lost_stock_is_taken_from_the_last() -> None:
    first, last = Claim(10, 1, 1, open=4, allocated=2), Claim(20, 2, 2, open=4, allocated=2)
    answer = settle_by_hand(-3, [], ListQueue([first, last]))
    assert [change.after.allocated for change in answer.changes] == [1, 0]
