"""A day at the order desk: enter with the keyboard, split, delay, force, prepare, ship, print."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Shop, sign_in
from tests.browser.test_screens import here, problems


def settled(page: Page) -> None:
    page.wait_for_load_state()


def step(page: Page, name: str) -> None:
    """Press a step in the order's menu More."""
    page.get_by_role("button", name="More", exact=False).last.click()
    page.get_by_role("menuitem", name=name).click()


@pytest.mark.timeout(240)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.feature("F005", "F006", "F055", "F056", "F105", "F142", "F143")
def test_an_order_is_entered_by_keyboard_split_prepared_and_shipped(
    shop: Shop, window: Page
) -> None:
    keys = window.keyboard
    window.goto(f"{shop.base}/sales/order/new/")
    settled(window)
    window.get_by_label("Customer").focus()
    keys.type("C1")
    window.get_by_label("Product, line 1").focus()
    keys.type("lamp-2")
    keys.press("Tab")
    keys.type("5")
    expect(window.locator("#outlook-line-1")).to_contain_text("5 ordered · 2 free")
    expect(window.locator("#outlook-line-1")).to_contain_text("3 short")
    assert window.locator("#outlook-line-1").is_visible()
    window.get_by_role("button", name="Save and confirm").focus()
    keys.press("Enter")
    expect(window.get_by_role("heading", level=1)).to_contain_text("SO-")
    number = window.get_by_role("heading", level=1).inner_text()
    settled(window)

    step(window, "Split…")
    dialog = window.get_by_role("dialog")
    expect(dialog.get_by_label("Units of LAMP-2 to move to the new order")).to_have_value("3")
    dialog.get_by_role("button", name="Split order").click()
    expect(window.locator("main")).to_contain_text("Split into")
    settled(window)

    window.goto(f"{shop.base}/sales/preparation/")
    settled(window)
    ready = window.locator("tbody tr").filter(has_text=number)
    expect(ready).to_contain_text("2 units")
    ready.get_by_role("button", name="Ship…").click()
    dialog.get_by_role("button", name="Ship", exact=True).click()
    expect(window.locator("tbody tr").filter(has_text=number)).to_have_count(0)
    window.get_by_role("link", name=re.compile("^Backorder")).click()
    waiting = window.locator("tbody tr").filter(has_text="Nothing yet").first
    expect(waiting).to_be_visible()

    window.goto(f"{shop.base}/sales/order/1/")
    settled(window)
    step(window, "Delay shipping…")
    dialog.get_by_label("Reason").fill("The maker is late")
    dialog.get_by_role("button", name="Delay shipping").click()
    expect(window.locator("main")).to_contain_text("The maker is late")
    settled(window)
    window.get_by_role("link", name="Edit", exact=True).click()
    expect(window.locator(".peg-outlook").first).to_contain_text("5 ordered · 3 free")
    window.get_by_label("Back order units of LAMP").fill("4")
    window.get_by_role("button", name="Save & Close").click()
    expect(window.locator("main")).to_contain_text("4")
    shop.site.run("verify")


@pytest.mark.timeout(240)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("theme", "width"), [("dark", 390)])
def test_the_desks_pages_and_dialogs_have_no_barrier(
    shop: Shop, browser: Browser, theme: str, width: int
) -> None:
    size = {"width": width, "height": 900}
    context = browser.new_context(viewport=size, color_scheme=theme, bypass_csp=True)  # type: ignore[arg-type]
    page = context.new_page()
    sign_in(page, shop.base)
    paths = ("1/edit", "1/packing-slip", "pick-list", "1/split", "1/delay", "1/cancel")
    found = {path: problems(page, f"{shop.base}/sales/order/{path}") for path in paths[:3]}
    for path in paths[3:]:
        page.goto(f"{shop.base}/sales/order/1/")
        page.evaluate("path => htmx.ajax('GET', path, '#dialog')", f"/sales/order/{path}")
        expect(page.get_by_role("dialog")).to_be_visible()
        found[path] = here(page)
    context.close()
    assert not {path: faults for path, faults in found.items() if faults}
