"""What is missing is bought: by proposal, from the replenishment screen, and along a new order."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Shop


def go(page: Page, name: str, heading: str) -> None:
    page.get_by_role("navigation").get_by_role("link", name=name, exact=True).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    page.wait_for_load_state()


@pytest.mark.timeout(240)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.feature("F078", "F079", "F080", "F081", "F082", "F083", "F084", "F085", "F086")
@pytest.mark.feature("F087", "F088", "F089", "F090", "F091")
def test_what_customers_wait_for_is_bought_once(shop: Shop, window: Page) -> None:
    go(window, "Purchase proposals", "Create purchase orders")
    days = window.get_by_label("Include back orders from the last days")
    expect(days).to_have_value("30")
    days.fill("14")
    window.get_by_role("button", name="Keep as my defaults").click()
    expect(days).to_have_value("14")
    expect(window.get_by_label("Create PO")).to_have_value("1")
    expect(window.get_by_label("Choose")).to_have_value("needed")
    expect(window.get_by_label("From", exact=True)).to_have_value("")
    window.get_by_role("button", name="Add to order").click()
    row = window.locator("tbody tr").filter(has_text="LAMP")
    expect(row.locator("[data-label=Backorders]")).to_have_text("6")
    window.get_by_label("Remove LAMP").check()
    window.get_by_role("button", name="Create", exact=True).click()
    expect(window.get_by_role("alert")).to_contain_text("Nothing is left to order")
    window.get_by_label("Remove LAMP").uncheck()
    window.get_by_label(re.compile("Quantity of LAMP")).fill("4")
    window.get_by_role("button", name="Create", exact=True).click()
    expect(window.get_by_role("heading", level=1)).to_contain_text("PO-")

    go(window, "Replenishment", "Replenishment")
    row = window.locator("tbody tr").filter(has_text="LAMP")
    expect(row.locator("[data-label=Missing]")).to_have_text("2")
    window.get_by_label(re.compile("Order LAMP")).check()
    window.get_by_role("button", name="Create and notify suppliers").click()
    window.locator("dialog[open]").get_by_role("button", name="Create and notify").click()
    expect(window.get_by_role("heading", level=1)).to_contain_text("PO-")
    expect(window.locator("main")).to_contain_text("Sent")
    go(window, "Replenishment", "Replenishment")
    expect(window.locator("main")).to_contain_text("Nothing is missing")
    shop.site.run("verify")
