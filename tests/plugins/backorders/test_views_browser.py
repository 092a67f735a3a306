"""The morning's work in a real browser, with the keyboard: request stock, fulfil, filter."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.serving import make_server

from erp_core.access import create_user
from tests.plugins.backorders.market import arrive
from tests.plugins.backorders.views_trade import LIST, bought, figures, order, trade

__all__ = ["trade"]
# What a browser does with a page is the same on each database; the pages are tested on both.
pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database", ["sqlite"], indirect=True),
]
EMAIL, PASSWORD = "mia@example.com", "correct horse battery"


@pytest.fixture
def address(app: Any, act: Any) -> Iterator[str]:
    """Serve the application on a free port of this machine."""
    act(lambda: create_user(EMAIL, PASSWORD, ["admin"]).id)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    worker = threading.Thread(target=server.serve_forever, daemon=True)
    worker.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    worker.join(5)
    server.server_close()


@pytest.fixture
def desk(page: Any, address: str) -> Any:
    """Give a browser page that is signed in and fails on script errors."""
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(f"{address}/login")
    page.fill("[name=email]", EMAIL)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(f"{address}/")
    page.address = address
    yield page
    assert problems == []


def test_stock_is_requested_with_the_keyboard_and_focus_comes_back_to_the_row(
    act: Any, trade: Any, desk: Any
) -> None:
    order(act, trade, (trade.market.mug, 7))
    order(act, trade, (trade.market.mug, 3))
    desk.goto(f"{desk.address}{LIST}")
    desk.locator("#row-1 [data-next]").focus()
    desk.keyboard.press("Enter")
    desk.wait_for_selector("#dialog[open] form")
    assert desk.evaluate("document.activeElement.name") == "offer"
    desk.fill("#qty", "none")
    desk.keyboard.press("Control+Enter")
    desk.wait_for_selector("#qty-error")
    assert desk.input_value("#qty") == "none"
    assert desk.evaluate("document.activeElement.id") == "qty"
    desk.fill("#qty", "7")
    desk.keyboard.press("Control+Enter")
    desk.wait_for_selector("#row-1 >> text=View PO-1001")
    desk.wait_for_selector(".peg-toast >> text=PO-1001: 7 units requested for BO-1.")
    assert not desk.locator("#dialog").evaluate("node => node.open")
    desk.wait_for_function("document.activeElement.textContent === 'View PO-1001'")
    assert desk.locator(".peg-chip", has_text="On order").inner_text().split()[-1] == "1"
    assert [one[5] for one in bought(act)] == [[("HF-310", 7)]]


def test_selected_rows_are_requested_and_an_unpaid_order_is_fulfilled(
    act: Any, trade: Any, desk: Any
) -> None:
    market = trade.market
    order(act, trade, (market.mug, 2))
    order(act, trade, (market.mug, 3))
    order(act, trade, (market.kettle, 4))
    act(lambda: arrive(market.kettle, market.porto, 4))
    desk.goto(f"{desk.address}{LIST}")
    desk.check("#row-1 [name=rowid]")
    desk.check("#row-2 [name=rowid]")
    desk.click("#bulk-bar >> text=Request stock")
    desk.wait_for_selector("#dialog[open] >> text=Nordlicht Supply")
    assert desk.locator("#dialog tbody tr").count() == 2
    desk.click("#dialog [type=submit]")
    desk.wait_for_selector(".peg-toast >> text=2 back orders requested: PO-1001.")
    desk.click("#row-3 [data-next]")
    desk.click("text=Record payment and fulfil")
    desk.wait_for_selector("#row-3", state="detached")
    assert figures(act, 3) == ("fulfilled", 0, 0, 4, 0)


def test_suppliers_are_ticked_and_the_address_says_so(act: Any, trade: Any, desk: Any) -> None:
    order(act, trade, (trade.market.mug, 2))
    order(act, trade, (trade.market.kettle, 3))
    desk.goto(f"{desk.address}{LIST}")
    desk.click("[popovertarget=supplier-menu]")
    desk.check(f"#supplier-menu [value='{trade.nord}']")
    desk.click("#supplier-menu [type=submit]")
    desk.wait_for_selector("#row-2", state="detached")
    assert desk.url == f"{desk.address}{LIST}?supplier={trade.nord}"
    desk.click("#row-1 [data-expand]")
    desk.wait_for_selector(".peg-detail >> text=Queue for HF-310")
