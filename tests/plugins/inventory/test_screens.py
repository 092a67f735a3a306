from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from erp_core.testing.people import Person
from plugins.inventory.models import Product
from plugins.inventory.services import adjust, editing, transfers
from tests.plugins.inventory import yard
from tests.plugins.inventory.yard import Yard

PAGES = {
    "/inventory/product/": "Trail lamp",
    "/inventory/product/new/": "Reorder point",
    "/inventory/product/?tracked=no": "Installation",
    "/inventory/product/?search=4006381333931": "LAMP",
    "/inventory/warehouse/": "Main warehouse",
    "/inventory/warehouse/new/": "Dropship",
    "/inventory/stock/": "LAMP",
    "/inventory/stock/?quantity=some": "Shop",
    "/inventory/move/": "Opening balance",
    "/inventory/move/?kind=opening": "AD-1001",
    "/inventory/adjustment/": "AD-1001",
    "/inventory/adjustment/new/": "SKU or barcode",
    "/inventory/transfer/": "TR-1001",
    "/inventory/transfer/?status=draft": "TR-1001",
    "/inventory/transfer/new/": "Request transfer",
}


@pytest.fixture
def busy(stocked: Yard, act: Callable[[Callable[[], Any]], Any]) -> Yard:
    lines = ((stocked.lamp, 2), (stocked.lamp, 1))
    act(lambda: transfers.create(transfers.NewTransfer(stocked.main, stocked.shop, lines)))
    return stocked


def test_every_page_opens_and_shows_its_rows(busy: Yard, admin: Person) -> None:
    for url, words in PAGES.items():
        assert words in admin.page(url), url


def test_every_row_opens(busy: Yard, admin: Person) -> None:
    for url in (
        f"/inventory/product/{busy.lamp}/",
        f"/inventory/product/{busy.service}/",
        f"/inventory/product/{busy.lamp}/expand",
        f"/inventory/product/edit/?id={busy.lamp}",
        f"/inventory/warehouse/edit/?id={busy.main}",
        "/inventory/adjustment/1/expand",
        "/inventory/transfer/1/",
        "/inventory/transfer/1/expand",
        "/inventory/transfer/1/dispatch",
        f"/inventory/move/?product={busy.lamp}&warehouse={busy.shop}",
    ):
        assert admin.page(url), url


@pytest.mark.parametrize(
    "url",
    [
        "/inventory/product/?page=99999999999999999999&sort=-1&search=%25%27",
        "/inventory/move/?product=99999999999999999999999&kind=nonsense",
        "/inventory/move/?product=x&warehouse=abc&sort=77",
        "/inventory/stock/?warehouse=-1&quantity=lots",
        "/inventory/transfer/?status=lost&page=-5",
        "/inventory/adjustment/new/?warehouse=xyz&product=99999999999999999999999999",
    ],
)
def test_nonsense_in_the_address_shows_a_page(url: str, stocked: Yard, admin: Person) -> None:
    assert admin.page(url)


def test_what_does_not_exist_is_not_found(stocked: Yard, admin: Person) -> None:
    for url in (
        "/inventory/product/999/",
        "/inventory/transfer/999/",
        "/inventory/product/999/expand",
    ):
        assert admin.get(url).status_code == 404
    assert admin.post("/inventory/transfer/999/request").status_code == 404


def test_a_viewer_sees_everything_and_changes_nothing(busy: Yard, app: Flask) -> None:
    viewer = Person(app, "viewer")
    page = viewer.page("/inventory/transfer/1/")
    assert "Cancel transfer" not in page
    assert "Adjust stock" not in viewer.page("/inventory/stock/")
    for url in (
        "/inventory/adjustment/new/",
        "/inventory/transfer/1/request",
        "/inventory/transfer/1/cancel",
        "/inventory/transfer/1/dispatch",
        "/inventory/transfer/new/",
        f"/inventory/product/{busy.lamp}/delete",
        f"/inventory/product/{busy.lamp}/archive",
        f"/inventory/warehouse/{busy.shop}/default",
        "/inventory/product/new/",
    ):
        assert viewer.post(url).status_code == 403, url


@pytest.mark.parametrize(
    "url",
    [
        "/inventory/product/",
        "/inventory/stock/",
        "/inventory/move/",
        "/inventory/transfer/",
        "/inventory/warehouse/",
        "/inventory/adjustment/",
    ],
)
def test_a_page_costs_the_same_with_5_and_with_50_rows(
    url: str, stocked: Yard, app: Flask, act: Callable[[Callable[[], Any]], Any], admin: Person
) -> None:
    act(lambda: _more(stocked, range(5)))
    admin.page(url)
    few = yard.statements(app, lambda: admin.page(url))
    act(lambda: _more(stocked, range(5, 48)))
    many = yard.statements(app, lambda: admin.page(url))
    assert few == many <= 14, (few, many)


def _more(stocked: Yard, numbers: range) -> None:
    for number in numbers:
        product = Product(sku=f"P-{number}", name=f"Part {number}", replacement_id=stocked.mug)
        editing.save_product(product)
        adjust.adjust(stocked.main, {product.id: 3}, "found")
        lines = ((product.id, 1), (stocked.lamp, 1))
        transfers.create(transfers.NewTransfer(stocked.main, stocked.shop, lines))


def test_an_export_holds_no_formula(
    stocked: Yard, act: Callable[[Callable[[], Any]], Any], admin: Person
) -> None:
    act(lambda: editing.save_product(Product(sku="=1+1", name="@SUM(A1)")))
    text = admin.get("/inventory/product/export/csv/").text
    assert "'=1+1" in text
    assert "'@SUM" in text
    assert "<a" not in text
    for kind in ("stock", "move", "transfer", "warehouse", "adjustment"):
        assert admin.get(f"/inventory/{kind}/export/csv/").status_code == 200
        assert admin.get(f"/inventory/{kind}/export/xlsx/").data[:2] == b"PK"
