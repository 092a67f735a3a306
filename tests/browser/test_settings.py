"""Each of the five settings, flipped in one session and seen in another, without restart."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Shop
from tests.browser.test_story import row

WORKFLOW = "Enable BackOrder Workflow"
HIDE = "Hide BackOrder Column in Manage Orders"
STOP = "Stop Marking Orders as BackOrder while Creating Orders"
REPLACEMENT = "Consider ReplacementSKU Qty in BackOrder Calculation"
DROPSHIP = "Don't consider Dropship WH Qty as Available Qty for backorder calculation"


def flip(page: Page, shop: Shop, label: str) -> None:
    """Turn one switch; where it would change orders, the page first says which."""
    page.goto(f"{shop.base}/core/settings/?plugin=backorders")
    page.wait_for_load_state()
    switch = page.get_by_role("switch", name=label)
    verb = "Switch off" if switch.is_checked() else "Switch on"
    switch.click()
    confirm = page.get_by_role("button", name=verb)
    undo = page.get_by_role("button", name=re.compile("^Undo"))
    expect(confirm.or_(undo).first).to_be_visible()
    if confirm.count():
        confirm.first.click()
    expect(undo.first).to_be_visible()


def orders(page: Page, shop: Shop) -> Locator:
    page.goto(f"{shop.base}/sales/order/")
    return page.locator("thead")


@pytest.mark.timeout(300)
@pytest.mark.feature("F145", "F146", "F147", "F148", "F149", "F150", "F151", "F152", "F154")
def test_each_workflow_setting_holds_at_once_in_another_session(
    shop: Shop, window: Page, other_window: Page
) -> None:
    menu = other_window.get_by_role("navigation", name="Main")
    expect(orders(other_window, shop)).to_contain_text("Back order")
    expect(row(other_window, shop.first)).to_contain_text("Partial")

    flip(window, shop, HIDE)
    expect(orders(other_window, shop)).not_to_contain_text("Back order")
    row(other_window, shop.first).get_by_role("link", name=shop.first).click()
    expect(other_window.locator("main")).not_to_contain_text("BackOrderedQty")
    flip(window, shop, HIDE)
    other_window.reload()
    expect(other_window.locator("main")).to_contain_text("BackOrderedQty")

    flip(window, shop, STOP)
    expect(orders(other_window, shop)).not_to_contain_text("Back order")
    flip(window, shop, STOP)
    expect(orders(other_window, shop)).to_contain_text("Back order")

    flip(window, shop, REPLACEMENT)
    orders(other_window, shop)
    expect(row(other_window, shop.first)).not_to_contain_text("Partial")
    expect(row(other_window, shop.second)).to_contain_text("Full")
    flip(window, shop, REPLACEMENT)

    flip(window, shop, DROPSHIP)
    orders(other_window, shop)
    expect(row(other_window, shop.first)).not_to_contain_text("Partial")
    expect(row(other_window, shop.second)).not_to_contain_text("Full")
    flip(window, shop, DROPSHIP)
    orders(other_window, shop)
    expect(row(other_window, shop.second)).to_contain_text("Full")

    flip(window, shop, WORKFLOW)
    expect(orders(other_window, shop)).not_to_contain_text("Back order")
    expect(menu).not_to_contain_text("Back orders")
    window.goto(f"{shop.base}/core/settings/?plugin=backorders")
    expect(window.get_by_role("switch", name=HIDE)).to_be_disabled()
    flip(window, shop, WORKFLOW)
    orders(other_window, shop)
    expect(row(other_window, shop.first)).to_contain_text("Partial")
    expect(menu).to_contain_text("Back orders")
    shop.site.run("verify")
