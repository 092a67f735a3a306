"""The multi-order processor: unapproved orders are filled, charged and approved in one run."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from erp_core.db import db
from erp_core.jobs import execute, run_now
from erp_core.models import JobRun
from plugins.backorders.models import FillCharge
from plugins.backorders.services import charging
from plugins.backorders.services.multi_order import MULTI_ORDER, Options
from plugins.sales.models import SalesOrder
from plugins.sales.services import orders
from tests.plugins.backorders.market import arrive, figures, set_to, statements
from tests.plugins.backorders.views_trade import order, trade, words

__all__ = ["trade"]
URL = "/backorders/multi_order/"


def waiting(act: Any, trade: Any, stock: int, *wanted: int) -> tuple[int, ...]:
    """Orders for mugs that wait, then stock that people give out."""
    act(lambda: set_to("auto_allocate_on_receipt", False))
    made = [order(act, trade, (trade.market.mug, qty))[0] for qty in wanted]
    act(lambda: arrive(trade.market.mug, trade.market.porto, stock))
    return tuple(made)


def ran(app: Any, options: Options) -> dict[str, Any]:
    with app.app_context():
        run = run_now(MULTI_ORDER, by="test", arguments=options.as_json())
        assert run.state == "done", run.error
        return dict(run.result)


def approved(act: Any) -> list[int]:
    query = sa.select(SalesOrder.id).where(SalesOrder.approved_at.is_not(None))
    found: list[int] = act(lambda: list(db.session.scalars(query.order_by(SalesOrder.id))))
    return found


def paid(act: Any, order_id: int) -> int:
    found: int = act(lambda: db.session.get_one(SalesOrder, order_id).paid_minor)
    return found


def take_cards(act: Any) -> None:
    act(lambda: set_to("charge_cards_on_fill", True))
    act(lambda: set_to("card_gateway", "test"))


def test_only_complete_orders_are_filled_and_approved(act, app, trade) -> None:
    first, second, third = waiting(act, trade, 7, 4, 5, 2)
    done = ran(app, Options((first, second, third)))
    assert (done["orders_filled"], done["units"], done["processed"]) == (2, 6, 2)
    assert done["left_waiting"] == 1
    assert approved(act) == [first, third]
    assert act(lambda: figures(second)) == [(0, 0, 5)]


def test_tried_orders_that_still_wait_are_processed_when_included(act, app, trade) -> None:
    ids = waiting(act, trade, 7, 4, 5)
    assert ran(app, Options(ids, partial=True))["processed"] == 1
    assert act(lambda: figures(ids[1])) == [(3, 0, 2)]
    assert ran(app, Options(ids, partial=True, waiting=True))["processed"] == 1
    assert approved(act) == list(ids)


def test_approved_orders_and_those_on_hold_are_passed_over(act, app, trade) -> None:
    first, second = waiting(act, trade, 9, 4, 5)
    act(lambda: orders.approve([first])[0].id)
    act(lambda: orders.hold([second])[0].id)
    done = ran(app, Options((first, second), partial=True, waiting=True))
    assert (done["passed_over"], done["processed"], done["units"]) == (2, 0, 0)
    assert act(lambda: [figures(first), figures(second)]) == [[(0, 0, 4)], [(0, 0, 5)]]


@pytest.mark.feature("F122")
def test_cards_are_charged_the_filled_value_once_and_only_when_set(act, app, trade) -> None:
    first, second = waiting(act, trade, 6, 4, 5)
    options = Options((first, second), partial=True, cards=True, waiting=True)
    assert act(lambda: charging.intend({first: {}})) == 0
    take_cards(act)
    done = ran(app, options)
    assert (done["cards_charged"], done["cards_declined"], done["processed"]) == (2, 0, 2)
    assert [paid(act, first), paid(act, second)] == [4 * 1250, 2 * 1250]
    assert act(lambda: charging.settle(first)) == []
    assert [paid(act, first), paid(act, second)] == [4 * 1250, 2 * 1250]


def test_with_the_setting_off_no_card_is_charged(act, app, trade) -> None:
    (first,) = waiting(act, trade, 4, 4)
    done = ran(app, Options((first,), cards=True))
    assert (done["cards_charged"], done["processed"], paid(act, first)) == (0, 1, 0)


def test_an_order_whose_card_is_declined_is_not_approved(act, app, trade) -> None:
    (first,) = waiting(act, trade, 1, 1)

    def cheap() -> None:
        db.session.get_one(SalesOrder, first).lines[0].unit_price_minor = 1213

    act(cheap)
    take_cards(act)
    done = ran(app, Options((first,), cards=True))
    assert (done["cards_declined"], done["processed"], paid(act, first)) == (1, 0, 0)
    said = act(lambda: db.session.scalars(sa.select(FillCharge.said)).one())
    assert said == "The card was declined: the test gateway takes no amount that ends in 13."


def test_a_charge_that_a_crash_left_behind_is_settled_by_the_job(act, app, trade) -> None:
    (first,) = waiting(act, trade, 4, 4)
    take_cards(act)
    line = act(lambda: db.session.get_one(SalesOrder, first).lines[0].id)
    assert act(lambda: charging.intend({first: {line: 2}})) == 1
    with app.app_context():
        run_now("backorders.charge_fills", by="test")
    assert paid(act, first) == 2 * 1250


def test_a_step_costs_a_constant_number_of_statements(act, app, trade) -> None:
    counts = []
    for size in (3, 9):
        ids = waiting(act, trade, 2 * size, *([2] * size))
        with statements(app) as seen:
            assert ran(app, Options(ids))["processed"] == size
        counts.append(len(seen))
    assert counts[0] == counts[1]


@pytest.mark.feature("F058", "F135", "F136", "F137", "F138", "F139", "F140", "F141")
def test_orders_are_found_chosen_and_processed_on_the_screen(act, app, admin, trade) -> None:
    first, second = waiting(act, trade, 6, 4, 5)
    gone, _ = order(act, trade, (trade.market.kettle, 1))
    act(lambda: orders.approve([gone])[0].id)
    page = words(admin.page(URL))
    assert "SO-1001" in page
    assert "SO-1003" not in page
    assert "SO-1002" not in words(admin.page(f"{URL}?search=SO-1001").partition("<tbody")[2])
    asked = admin.post(f"{URL}action/", {"action": "process", "rowid": [first, second]})
    assert "If an order has any backorders" in asked.text
    assert "Charging cards on filling is off" in asked.text
    form = {"ids": f"{first},{second}", "fill": "partial", "cards": "1"}
    refused = admin.post(f"{URL}process", form)
    assert refused.status_code == 422
    take_cards(act)
    started = admin.post(f"{URL}process", form)
    run_id = act(lambda: db.session.scalars(sa.select(JobRun.id).filter_by(job=MULTI_ORDER)).one())
    assert started.location == f"{URL}runs/{run_id}"
    with app.app_context():
        execute(run_id)
    page = words(admin.page(started.location))
    assert "Orders processed Orders looked at 2 Orders filled 2 Units filled 6" in page
    assert "Cards charged 2" in page
    assert "Left because they still wait 1" in page
    assert admin.get(f"{URL}runs/999").status_code == 404
