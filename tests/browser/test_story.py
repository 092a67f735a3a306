"""The whole story, as somebody at the order desk lives it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Shop

PURCHASE = re.compile(r"View PO-\d+")


def row(page: Page, number: str) -> Locator:
    return page.locator("tbody tr").filter(has_text=number).first


def open_list(page: Page, name: str) -> None:
    page.get_by_role("navigation").get_by_role("link", name=name).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    page.wait_for_load_state()


@pytest.mark.timeout(240)
@pytest.mark.feature("F001", "F002", "F003", "F004", "F030", "F036", "F038", "F043", "F044")
@pytest.mark.feature("F048", "F062", "F063", "F064", "F069", "F070", "F071", "F073", "F096")
@pytest.mark.feature("F097", "F098", "F100", "F101", "F102", "F103", "F104", "F111", "F112")
@pytest.mark.feature("F113", "F146")
def test_a_short_order_is_marked_supplied_received_and_fulfilled(shop: Shop, window: Page) -> None:
    open_list(window, "Manage orders")
    expect(row(window, shop.first)).to_contain_text("Partial")
    expect(row(window, shop.second)).to_contain_text("Full")
    row(window, shop.first).get_by_role("button", name=re.compile("detail", re.I)).click()
    detail = window.locator(".peg-detail").first
    expect(detail).to_contain_text("Trail lamp")
    expect(detail).to_contain_text(re.compile("back-ordered", re.I))

    open_list(window, "Back orders")
    expect(window.locator("tbody").get_by_text("Nordlicht Supply").first).to_be_visible()
    first = row(window, shop.first)
    expect(first).to_contain_text("New")
    first.get_by_role("button", name="Request stock").or_(
        first.get_by_role("link", name="Request stock")
    ).click()
    dialog = window.get_by_role("dialog")
    expect(dialog).to_contain_text("New purchase order")
    dialog.get_by_label("Quantity").fill("6")
    dialog.get_by_role("button", name=re.compile("Create|Request")).last.click()

    expect(row(window, shop.first)).to_contain_text("On order")
    row(window, shop.first).get_by_role("link", name=PURCHASE).click()
    expect(window.get_by_role("heading", level=1)).to_contain_text("PO-")
    window.wait_for_load_state()
    window.locator("main").get_by_role("button", name="Mark as sent").click()
    window.locator("dialog[open]").get_by_role("button", name="Mark as sent").click()
    expect(window.locator("main")).to_contain_text("Sent")
    window.wait_for_load_state()
    receive = window.get_by_role("button", name=re.compile("^Receive"))
    receive.or_(window.get_by_role("link", name=re.compile("^Receive"))).first.click()
    window.get_by_role("dialog").get_by_role("button", name=re.compile("^Receive")).click()
    expect(window.locator("main")).to_contain_text("Received")

    open_list(window, "Back orders")
    expect(row(window, shop.first)).to_contain_text("Stock available")
    expect(row(window, shop.second)).to_contain_text("Stock available")
    fulfil = row(window, shop.first).get_by_role("button", name="Fulfil order")
    fulfil.or_(row(window, shop.first).get_by_role("link", name="Fulfil order")).click()
    reminder = window.get_by_role("dialog")
    expect(reminder).to_contain_text("owed", ignore_case=True)
    reminder.get_by_role("button", name=re.compile("Fulfil anyway")).click()

    expect(window.locator("tbody tr").filter(has_text=shop.first)).to_have_count(0)
    expect(row(window, shop.second)).to_contain_text("Stock available")
    shop.site.run("verify")
