"""Every screen in the side bar: nothing that axe-core finds, nothing that leaves the screen."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Shop, sign_in

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
RUN = "axe.run(document, {resultTypes: ['violations'], preload: false})"
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
MORE = ("/sales/order/new/", "/sales/order/1/", "/purchasing/order/new/", "/inventory/product/new/")


@pytest.mark.timeout(300)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
def test_no_screen_of_the_side_bar_has_a_barrier_or_scrolls_sideways(
    shop: Shop, browser: Browser, theme: str, width: int
) -> None:
    size = {"width": width, "height": 900}
    context = browser.new_context(viewport=size, color_scheme=theme, bypass_csp=True)  # type: ignore[arg-type]
    page = context.new_page()
    sign_in(page, shop.base)
    screens = page.locator("nav a[href^='/']").evaluate_all(
        "links => [...new Set(links.map(link => link.getAttribute('href')))]"
    )
    assert len(screens) >= 14
    found = {path: problems(page, shop.base + path) for path in [*screens, *MORE]}
    context.close()
    assert not {path: faults for path, faults in found.items() if faults}


def problems(page: Page, url: str) -> list[str]:
    answer = page.goto(url)
    assert answer is not None
    assert answer.status == 200, url
    return here(page)


def here(page: Page) -> list[str]:
    """Return what axe-core finds on the page as it stands, and whether it is too wide."""
    page.evaluate(AXE)
    found = [f"{v['id']}: {v['nodes'][0]['html'][:120]}" for v in page.evaluate(RUN)["violations"]]
    wider = page.evaluate(WIDER)
    return [*found, *([f"{wider} px wider than the screen"] if wider > 0 else [])]
