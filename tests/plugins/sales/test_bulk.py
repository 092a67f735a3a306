"""Acting on all rows that match: never on one that the list does not show."""

from __future__ import annotations

import pytest

from tests.plugins.sales.shop import draft, open_shop
from tests.plugins.sales.test_screens import GRID, order


@pytest.mark.parametrize("query", ["?search=SO-1002", "?search=SO-1002&status=draft"])
def test_confirming_all_that_match_a_search_leaves_the_others_alone(act, admin, query):
    shop = act(open_shop)
    for _ in range(3):
        act(lambda: draft(shop, (shop.mug, 1)).id)
    wanted = {"action": "confirm", "all_matching": "1"}
    answer = admin.post(f"{GRID}action/{query}", wanted)
    assert answer.status_code == 302, answer.text[:300]
    states = {number: order(act, number)[0] for number in ("SO-1001", "SO-1002", "SO-1003")}
    assert states == {"SO-1001": "draft", "SO-1002": "confirmed", "SO-1003": "draft"}


def test_an_action_without_a_selected_row_says_so_and_does_nothing(act, admin):
    shop = act(open_shop)
    act(lambda: draft(shop, (shop.mug, 1)).id)
    answer = admin.post(f"{GRID}action/", {"action": "confirm"})
    assert answer.status_code == 422
    assert "No row is selected" in answer.text
    assert order(act)[0] == "draft"
