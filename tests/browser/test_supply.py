"""Goods at the door, as the person there lives it: scanning, and handing on without a shelf."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Shop
from tests.browser.test_story import open_list, row


def receive_dialog(page: Page) -> Locator:
    page.get_by_role("button", name=re.compile("^Receive")).first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Scan")).to_be_visible()
    return dialog


def scan(page: Page, box: Locator, code: str) -> None:
    """Type as a scanner does: the code and Enter, and the focus is where it was."""
    page.keyboard.type(code)
    page.keyboard.press("Enter")
    expect(box).to_be_focused()
    expect(box).to_have_value("")


@pytest.mark.timeout(240)
@pytest.mark.feature("F039", "F070", "F094")
def test_scanned_goods_are_handed_straight_to_who_waits(shop: Shop, window: Page) -> None:
    open_list(window, "Back orders")
    row(window, shop.second).get_by_role("button", name="Request stock").click()
    window.get_by_role("dialog").get_by_role(
        "button", name=re.compile("Create|Request")
    ).last.click()
    expect(row(window, shop.second)).to_contain_text("On order")
    row(window, shop.second).get_by_role("link", name=re.compile(r"View PO-\d+")).click()
    window.wait_for_load_state()
    expect(
        window.get_by_label(re.compile(f"Waiting: 4 for .*{shop.second}, Jin Park"))
    ).to_be_visible()
    window.locator("main").get_by_role("button", name="Mark as sent").click()
    window.locator("dialog[open]").get_by_role("button", name="Mark as sent").click()
    expect(window.locator("main")).to_contain_text("Sent")
    window.wait_for_load_state()

    dialog = receive_dialog(window)
    box = dialog.get_by_label("Scan")
    box.focus()
    arrived = dialog.get_by_label("Arrived of LAMP")
    expect(arrived).to_have_value("4")
    for _ in range(3):
        scan(window, box, "LAMP")
    expect(arrived).to_have_value("3")
    scan(window, box, "NOPE")
    expect(dialog).to_contain_text("“NOPE” is no SKU or barcode of this list")
    expect(arrived).to_have_value("3")
    dialog.get_by_label(re.compile(f"Hand straight to: 4 for .*{shop.second}")).check()
    expect(dialog.get_by_label(re.compile(f"2 for .*{shop.first}.* next in line"))).to_be_visible()
    dialog.get_by_role("button", name="Receive goods").click()
    expect(window.locator("body")).to_contain_text("3 units handed straight to customers")

    open_list(window, "Back orders")
    expect(row(window, shop.second)).to_contain_text("On order")
    open_list(window, "Manage orders")
    expect(row(window, shop.second)).to_contain_text("Partially fulfilled")
    shop.site.run("verify")
