"""The form of a rule: made, refused, and shown with its figures."""

from __future__ import annotations

from typing import Any

from erp_core.testing.people import Person
from plugins.replenishment.models import ReorderRule
from tests.plugins.backorders.market import Act
from tests.plugins.backorders.views_trade import Trade, words
from tests.plugins.purchasing.conftest import only


def test_a_rule_is_made_shown_and_refused_a_second_time(
    act: Act, admin: Person, shop: Trade
) -> None:
    market = shop.market
    form: dict[str, Any] = {
        "product": str(market.mug),
        "warehouse": str(market.porto),
        "method": "min_max",
        "min_qty": "5",
        "max_qty": "20",
        "service_permille": "950",
        "lead_time_deviation": "0",
        "active": "y",
    }
    refused = admin.post("/replenishment/rule/new/", form | {"max_qty": "4"})
    assert "The maximum must be above the minimum." in words(refused.text)
    assert admin.post("/replenishment/rule/new/", form).status_code == 302
    rule = act(lambda: only(ReorderRule, product_id=market.mug))
    assert (rule.min_qty, rule.max_qty, rule.service_permille) == (5, 20, 950)
    assert "Stoneware mug, slate Porto Minimum and maximum - 5 up to 20 0 20" in words(
        admin.page("/replenishment/rule/")
    )
    assert "Order 20, up to 20." in words(admin.page(f"/replenishment/rule/{rule.id}/expand"))
    again = admin.post("/replenishment/rule/new/", form)
    assert "has a rule for Porto already" in words(again.text)
