"""Force, fill, the batch and the processor in a real browser, with the state of each on screen."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from erp_core.db import db
from erp_core.jobs import execute
from erp_core.models import JobRun
from tests.browser.test_screens import AXE, RUN, WIDER
from tests.plugins.backorders.market import arrive, figures, set_to
from tests.plugins.backorders.test_views_browser import address, desk
from tests.plugins.backorders.views_trade import order, trade

__all__ = ["address", "desk", "trade"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database", ["sqlite"], indirect=True),
]


def clean(page: Any, name: str) -> None:
    """Demand no barrier and no sideways scroll, wide and on a phone."""
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate(WIDER) <= 0, (name, width)
        page.evaluate(AXE)
        faults = page.evaluate(RUN)["violations"]
        assert not faults, (name, [(one["id"], one["nodes"][0]["html"]) for one in faults])
    page.set_viewport_size({"width": 1440, "height": 900})


def run_queued(app: Any) -> None:
    """Do what the worker does."""
    with app.app_context():
        execute(db.session.scalars(sa.select(JobRun.id).filter_by(state="queued")).one())


@pytest.mark.timeout(120)
@pytest.mark.feature("F007", "F008", "F011", "F041", "F058", "F116", "F120", "F123", "F131")
@pytest.mark.feature("F132", "F133", "F135", "F137", "F140", "F141")
def test_short_orders_are_held_filled_and_processed(
    act: Any, app: Any, trade: Any, desk: Any
) -> None:
    market = trade.market
    act(lambda: set_to("auto_allocate_on_receipt", False))
    first, _ = order(act, trade, (market.mug, 4))
    second, _ = order(act, trade, (market.mug, 5))
    third, _ = order(act, trade, (market.mug, 3))
    act(lambda: arrive(market.mug, market.porto, 11))
    desk.goto(f"{desk.address}/sales/order/{first}/")
    desk.click("main >> text=Force back orders")
    desk.wait_for_selector("#dialog[open] >> text=Held back")
    clean(desk, "force")
    desk.click("#dialog >> text=Confirm")
    desk.wait_for_selector("text=held back by mia@example.com")
    desk.click("main >> text=Fill back orders")
    desk.wait_for_selector("#dialog[open] >> text=Needed")
    clean(desk, "fill")
    desk.click("#dialog [type=submit]")
    desk.wait_for_selector("text=backorder filled")
    clean(desk, "order")
    desk.goto(f"{desk.address}/backorders/fill_batch/")
    desk.check("[name=mail_complete]")
    clean(desk, "batch")
    desk.click("main [type=submit]")
    desk.wait_for_selector("#run")
    run_queued(app)
    desk.wait_for_selector("text=Backorders filled")
    clean(desk, "filled")
    assert act(lambda: [figures(key) for key in (first, second, third)]) == [
        [(4, 0, 0)],
        [(5, 0, 0)],
        [(0, 0, 3)],
    ]
    desk.goto(f"{desk.address}/backorders/multi_order/")
    clean(desk, "orders")
    desk.check(f"#row-{third} [name=rowid]")
    desk.click("#bulk-bar >> text=Process orders")
    desk.wait_for_selector("text=If an order has any backorders")
    desk.check("[name=waiting]")
    clean(desk, "process")
    desk.click("main [type=submit] >> text=Process orders")
    desk.wait_for_selector("#run")
    run_queued(app)
    desk.wait_for_selector("text=Orders processed (approved)")
    clean(desk, "processed")
    assert act(lambda: figures(third)) == [(2, 0, 1)]
