"""Products through the browser's forms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from erp_core.db import db
from erp_core.testing.people import Person
from plugins.inventory.models import Product
from plugins.inventory.services import editing
from tests.plugins.inventory.yard import Yard

Act = Callable[[Callable[[], Any]], Any]
FORM = {"sku": "KETTLE", "name": "Goose-neck kettle", "tracked": "y", "active": "y"}


def product(sku: str) -> dict[str, Any]:
    row = db.session.scalar(sa.select(Product).filter_by(sku=sku))
    assert row is not None, sku
    return {column.key: getattr(row, column.key) for column in sa.inspect(Product).column_attrs}


def exists(sku: str) -> bool:
    return db.session.scalar(sa.select(Product.id).filter_by(sku=sku)) is not None


def test_a_product_is_created_with_prices_to_the_cent(
    stocked: Yard, admin: Person, act: Act
) -> None:
    data = {**FORM, "sale_price_minor": "12.50", "cost_minor": "7.1", "reorder_point": "5"}
    admin.post("/inventory/product/new/", data)
    row = act(lambda: product("KETTLE"))
    assert (row["sale_price_minor"], row["cost_minor"], row["reorder_point"]) == (1250, 710, 5)
    assert 'value="12.50"' in admin.page(f"/inventory/product/edit/?id={row['id']}")


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        ("sale_price_minor", "12,50", "behind a point"),
        ("sale_price_minor", "1.234", "up to 2 decimals"),
        ("sale_price_minor", "-1", "behind a point"),
        ("sale_price_minor", "1e3", "behind a point"),
        ("cost_minor", "9" * 30, "At most"),
        ("reorder_point", "1.5", "Whole number from 0 to 1,000,000"),
        ("reorder_point", "-3", "Whole number from 0 to 1,000,000"),
        ("reorder_point", "10000000000000000000000000000000", "Whole number from 0"),
        ("sku", "", "required"),
        ("sku", "LAMP", "has this SKU already"),
        ("replacement", "99999", "Replacement: what was chosen does not exist"),
    ],
)
def test_bad_input_keeps_the_form_and_writes_nothing(
    field: str, text: str, words: str, stocked: Yard, admin: Person, act: Act
) -> None:
    response = admin.post("/inventory/product/new/", {**FORM, field: text})
    assert words in response.text, response.text[-3000:]
    assert "Goose-neck kettle" in response.text
    assert not act(lambda: exists("KETTLE"))


@pytest.mark.feature("F154")
def test_a_product_names_its_replacement_and_a_circle_is_refused(
    stocked: Yard, admin: Person, act: Act
) -> None:
    lamp = {"sku": "LAMP", "name": "Trail lamp", "tracked": "y", "active": "y"}
    mug = {"sku": "MUG", "name": "Stoneware mug", "tracked": "y", "active": "y"}
    admin.post(
        f"/inventory/product/edit/?id={stocked.lamp}", {**lamp, "replacement": str(stocked.mug)}
    )
    assert act(lambda: product("LAMP"))["replacement_id"] == stocked.mug
    assert "MUG" in admin.page(f"/inventory/product/{stocked.lamp}/")
    answer = admin.post(
        f"/inventory/product/edit/?id={stocked.mug}", {**mug, "replacement": str(stocked.lamp)}
    )
    assert "in a circle: MUG → LAMP → MUG" in answer.text
    assert act(lambda: product("MUG"))["replacement_id"] is None
    answer = admin.post(
        f"/inventory/product/edit/?id={stocked.mug}", {**mug, "replacement": str(stocked.mug)}
    )
    assert "MUG → MUG" in answer.text


def test_the_replacement_is_found_by_typing(stocked: Yard, admin: Person) -> None:
    url = "/inventory/product/ajax/lookup/?name=replacement&query=mug&offset=0&limit=10"
    assert admin.get(url).get_json() == [[stocked.mug, "MUG · Stoneware mug"]]


@pytest.mark.feature("F155", "F027")
def test_tracking_is_switched_off_for_an_item_and_its_stock_is_left_alone(
    stocked: Yard, admin: Person, act: Act
) -> None:
    data = {"sku": "MUG", "name": "Stoneware mug", "active": "y"}
    admin.post(f"/inventory/product/edit/?id={stocked.mug}", data)
    assert act(lambda: product("MUG"))["tracked"] is False
    page = admin.page(f"/inventory/product/{stocked.mug}/")
    assert "always available, no back orders" in page
    refused = admin.post(
        "/inventory/adjustment/new/",
        {
            "warehouse": str(stocked.main),
            "code": "MUG",
            "how": "count",
            "quantity": "3",
            "reason": "x",
        },
    )
    assert refused.status_code == 422
    assert "The quantity of MUG is not tracked" in refused.text
    admin.post(f"/inventory/product/edit/?id={stocked.mug}", {**data, "tracked": "y"})
    assert act(lambda: product("MUG"))["tracked"] is True


def test_a_used_product_is_archived_and_an_unused_one_deleted(
    stocked: Yard, admin: Person, act: Act
) -> None:
    lamp, mug = (f"/inventory/product/{key}" for key in (stocked.lamp, stocked.mug))
    asked = admin.page(f"{lamp}/delete")
    assert "LAMP is used in 2 stock movements; archive it instead." in asked
    assert "Archive" in asked
    refused = admin.post(f"{lamp}/delete")
    assert refused.status_code == 409
    assert "archive it instead" in refused.text
    admin.post(f"{lamp}/archive")
    assert act(lambda: product("LAMP"))["active"] is False
    assert "Archived" in admin.page("/inventory/product/?active=no")
    assert "never used" in admin.page(f"{mug}/delete")
    admin.post(f"{mug}/delete")
    assert not act(lambda: exists("MUG"))


def test_a_replaced_product_is_not_deleted(stocked: Yard, admin: Person, act: Act) -> None:
    def replace() -> None:
        lamp = db.session.get_one(Product, stocked.lamp)
        lamp.replacement_id = stocked.mug
        editing.save_product(lamp)

    act(replace)
    words = "MUG is used in 1 product that it replaces; archive it instead."
    assert words in admin.post(f"/inventory/product/{stocked.mug}/delete").text


def test_an_edit_based_on_an_old_version_is_refused(stocked: Yard, admin: Person, act: Act) -> None:
    url = f"/inventory/product/edit/?id={stocked.lamp}"
    version = act(lambda: product("LAMP"))["version"]
    assert f'name="version" value="{version}"' in admin.page(url)
    lamp = {"sku": "LAMP", "tracked": "y", "active": "y", "version": str(version)}
    admin.post(url, {**lamp, "name": "First"})
    second = admin.post(url, {**lamp, "name": "Second"})
    assert "Somebody else changed this meanwhile" in second.text
    assert 'value="Second"' in second.text
    assert act(lambda: product("LAMP"))["name"] == "First"
