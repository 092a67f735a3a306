"""The core's pages in a real browser: focus, keys, undo, dialogs, progress, accessibility."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from erp_core.app import Erp
from erp_core.jobs import run_now
from erp_core.scheduler import Worker
from erp_core.testing.people import Person

# What a browser does with a page is the same on each database; the pages are tested on both.
pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("pages_database", ["sqlite"], indirect=True),
]
AXE = Path(__file__).parents[2] / "browser" / "vendor" / "axe.min.js"


@pytest.fixture
def address(lamp_app: Erp) -> Iterator[str]:
    """Serve the application for a browser."""
    server = make_server("127.0.0.1", 0, lamp_app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


def open_as(browser: Browser, address: str, person: Person, **options: Any) -> Page:
    """Open a browser in which a person is signed in; a script error fails the test."""
    context = browser.new_context(base_url=address, **options)
    cookie = person.client.get_cookie("session")
    assert cookie is not None
    context.add_cookies([{"name": "session", "value": cookie.value, "url": address}])
    tab = context.new_page()
    tab.on("pageerror", lambda error: pytest.fail(f"script error: {error}"))
    tab.set_default_timeout(10_000)
    return tab


@pytest.fixture
def tab(browser: Browser, address: str, boss: Person) -> Iterator[Page]:
    opened = open_as(browser, address, boss, viewport={"width": 1440, "height": 900})
    yield opened
    opened.context.close()


def test_a_switch_saves_at_once_opens_what_hangs_below_and_keeps_the_focus(tab: Page) -> None:
    tab.goto("/core/settings/?plugin=lamp")
    level = tab.get_by_label("Night level (%)")
    expect(level).to_be_disabled()
    tab.get_by_label("Dim at night").focus()
    tab.keyboard.press("Space")
    expect(level).to_be_enabled()
    expect(tab.get_by_label("Dim at night")).to_be_focused()
    expect(tab.get_by_text("Saved", exact=True).first).to_be_visible()
    tab.get_by_role("button", name="Undo Dim at night").click()
    expect(level).to_be_disabled()
    expect(tab.get_by_label("Dim at night")).not_to_be_checked()


def test_enter_in_a_text_saves_and_never_presses_undo(tab: Page) -> None:
    tab.goto("/core/settings/?plugin=lamp")
    tab.get_by_label("Watts").fill("75")
    tab.keyboard.press("Enter")
    expect(tab.locator("#settings-aside")).to_contain_text("75 watts")
    tab.get_by_label("Watts").fill("80")
    tab.keyboard.press("Enter")
    expect(tab.locator("#settings-aside")).to_contain_text("80 watts")
    expect(tab.get_by_label("Watts")).to_have_value("80")
    tab.get_by_label("Watts").fill("0")
    tab.keyboard.press("Enter")
    expect(tab.get_by_text("Watts cannot be '0'").first).to_be_visible()
    expect(tab.get_by_label("Watts")).to_have_value("0")
    expect(tab.locator("#settings-aside")).to_contain_text("80 watts")


def test_an_impact_is_shown_and_nothing_saved_until_the_button_says_so(tab: Page) -> None:
    tab.goto("/core/settings/?plugin=lamp")
    tab.get_by_label("Light the lamps").click()
    expect(tab.locator("#settings-aside")).to_contain_text("12 lamps <go> off")
    tab.get_by_role("button", name="Keep as it is").click()
    expect(tab.get_by_label("Light the lamps")).to_be_checked()
    expect(tab.get_by_label("Light the lamps")).to_be_focused()
    tab.get_by_label("Light the lamps").click()
    tab.get_by_role("button", name="Switch off").click()
    expect(tab.get_by_role("button", name=re.compile("^Undo"))).to_be_visible()
    expect(tab.get_by_label("Dim at night")).to_be_disabled()
    tab.reload()
    expect(tab.get_by_label("Light the lamps")).not_to_be_checked()


def test_a_plugin_is_switched_off_in_a_dialog_and_undone_in_the_toast(tab: Page) -> None:
    tab.goto("/core/plugins/")
    tab.get_by_role("button", name="Switch off Lamps").click()
    dialog = tab.get_by_role("dialog", name="Switch off Lamps")
    expect(dialog).to_contain_text("Shades needs Lamps and would be hidden too.")
    dialog.get_by_role("button", name="Switch off").click()
    expect(tab.get_by_text("Off, because Lamps is off.")).to_be_visible()
    expect(tab.get_by_role("navigation", name="Main").get_by_text("Lamps")).to_have_count(0)
    tab.get_by_role("status").get_by_role("button", name="Undo").click()
    expect(tab.get_by_role("navigation", name="Main").get_by_text("Lamps")).to_be_visible()


def test_a_run_is_followed_until_it_is_done(tab: Page, lamp_app: Erp) -> None:
    tab.goto("/core/jobs/")
    tab.get_by_role("button", name="Run now Burn the lamps").click()
    expect(tab.locator("#run")).to_contain_text("Waiting")
    Worker(lamp_app).run_queued()
    expect(tab.locator("#run")).to_contain_text("3 of 3 done")
    expect(tab.get_by_role("link", name="1,200")).to_have_attribute("href", "/lamp/page?lit=1")
    expect(tab.locator("#run[data-polling]")).to_have_count(0)


def test_a_preference_changes_the_screen_and_is_kept(tab: Page) -> None:
    tab.goto("/core/preferences/")
    tab.get_by_role("combobox", name="Theme").select_option("dark")
    expect(tab.locator("html")).to_have_attribute("data-bs-theme", "dark")
    tab.context.clear_cookies(name="theme")
    tab.goto("/core/plugins/")
    expect(tab.locator("html")).to_have_attribute("data-bs-theme", "dark")


PAGES = (
    "/core/settings/?plugin=lamp",
    "/core/settings/?plugin=lamp&company=2",
    "/core/plugins/",
    "/core/plugins/off/lamp",
    "/core/jobs/",
    "/core/jobs/1",
    "/core/jobs/2",
    "/core/preferences/",
)


def check(tab: Page) -> None:
    """No accessibility violation on a desk or a phone, and no sideways scrolling down to 320 px."""
    for width in (1440, 390, 320):
        tab.set_viewport_size({"width": width, "height": 900})
        over = tab.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert over <= 0, f"{tab.url} is {over} px wider than {width} px"
        if width > 320:
            found = tab.evaluate("axe.run(document, {resultTypes: ['violations']})")
            wrong = [(rule["id"], rule["nodes"][0]["html"]) for rule in found["violations"]]
            assert wrong == [], f"{tab.url} at {width} px"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_pages_are_accessible_and_never_wider_than_the_screen(
    browser: Browser, address: str, boss: Person, lamp_app: Erp, theme: Any
) -> None:
    with lamp_app.app_context():
        run_now("lamp.burn", by="test")
        run_now("lamp.blow", by="test")
    tab = open_as(browser, address, boss, color_scheme=theme, bypass_csp=True)
    tab.add_init_script(path=AXE)
    for url in PAGES:
        tab.goto(url)
        check(tab)
    tab.goto("/core/settings/?plugin=lamp")
    tab.get_by_label("Watts").fill("0")
    tab.keyboard.press("Enter")
    expect(tab.get_by_text("Watts cannot be '0'").first).to_be_visible()
    tab.get_by_label("Light the lamps").click()
    expect(tab.get_by_text("What would change", exact=True)).to_be_visible()
    check(tab)
    tab.context.close()
