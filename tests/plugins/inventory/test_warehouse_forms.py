"""Warehouses through the browser's forms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from erp_core.companies import add_company
from erp_core.db import db
from erp_core.testing.people import Person
from plugins.inventory.domain.places import TITLES
from plugins.inventory.models import Warehouse
from plugins.inventory.services import catalogue
from tests.plugins.inventory.yard import Yard

Act = Callable[[Callable[[], Any]], Any]


def found(code: str) -> dict[str, Any]:
    row = db.session.scalar(sa.select(Warehouse).filter_by(code=code))
    assert row is not None, code
    return {column.key: getattr(row, column.key) for column in sa.inspect(Warehouse).column_attrs}


def form(stocked: Yard, **more: str) -> dict[str, str]:
    data = {"code": "NEW", "name": "New place", "kind": "warehouse", "active": "y"}
    return {**data, "company": str(stocked.company), **more}


@pytest.mark.feature("F165")
def test_one_warehouse_exists_by_default_and_can_be_renamed(admin: Person, act: Act) -> None:
    page = admin.page("/inventory/warehouse/")
    assert "Main warehouse" in page
    assert "Default" in page
    main = act(lambda: found("MAIN"))
    data = {"code": "MAIN", "name": "Porto", "kind": "warehouse", "active": "y"}
    admin.post(
        f"/inventory/warehouse/edit/?id={main['id']}",
        {**data, "company": str(main["company_id"])},
    )
    page = admin.page("/inventory/warehouse/")
    assert "Porto" in page
    assert "Main warehouse" not in page


@pytest.mark.feature("F153", "F166")
@pytest.mark.parametrize("kind", ["store", "warehouse", "dropship", "defective", "reserved"])
def test_a_warehouse_may_be_of_every_type(
    kind: str, stocked: Yard, admin: Person, act: Act
) -> None:
    assert TITLES[kind] in admin.page("/inventory/warehouse/new/")  # type: ignore[index]
    admin.post("/inventory/warehouse/new/", form(stocked, kind=kind))
    row = act(lambda: found("NEW"))
    assert (row["kind"], row["serves_id"], row["is_default"]) == (kind, None, False)
    assert TITLES[kind] in admin.page(f"/inventory/warehouse/?kind={kind}")  # type: ignore[index]


def test_a_dropship_warehouse_serves_a_location_and_only_it_may(
    stocked: Yard, admin: Person, act: Act
) -> None:
    serves = {"serves": str(stocked.shop)}
    admin.post("/inventory/warehouse/new/", form(stocked, kind="dropship", **serves))
    assert act(lambda: found("NEW"))["serves_id"] == stocked.shop
    refused = admin.post("/inventory/warehouse/new/", form(stocked, code="X", **serves))
    assert "Only a warehouse of the type Dropship serves" in refused.text
    assert "New place" in refused.text


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"code": "MAIN"}, "has this code already"),
        ({"kind": "castle"}, "Not a valid choice"),
        ({"name": ""}, "required"),
        ({"kind": "dropship", "serves": "999"}, "Serves: what was chosen does not exist"),
    ],
)
def test_bad_input_keeps_the_form(
    change: dict[str, str], words: str, stocked: Yard, admin: Person
) -> None:
    assert words in admin.post("/inventory/warehouse/new/", form(stocked, **change)).text


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"active": ""}, "is the default of its company"),
        ({"kind": "defective"}, "serves this location; it must stay a store or warehouse"),
    ],
)
def test_the_default_stays_a_location_in_use(
    change: dict[str, str], words: str, stocked: Yard, admin: Person, act: Act
) -> None:
    data = {**form(stocked, code="MAIN", name="Main"), **change}
    data = {key: value for key, value in data.items() if value}
    answer = admin.post(f"/inventory/warehouse/edit/?id={stocked.main}", data)
    assert words in answer.text
    row = act(lambda: found("MAIN"))
    assert (row["active"], row["kind"]) == (True, "warehouse")


def test_a_warehouse_with_stock_is_not_archived(stocked: Yard, admin: Person) -> None:
    data = form(stocked, code="SHOP", name="Shop", kind="store")
    del data["active"]
    answer = admin.post(f"/inventory/warehouse/edit/?id={stocked.shop}", data)
    assert "Shop still holds 4 units" in answer.text


def test_exactly_one_default_moves_within_its_company(
    stocked: Yard, admin: Person, act: Act
) -> None:
    other = act(lambda: add_company("TWO", "Second company").id)
    admin.post(f"/inventory/warehouse/{stocked.shop}/default")
    assert act(lambda: found("SHOP"))["is_default"]
    assert not act(lambda: found("MAIN"))["is_default"]
    assert act(lambda: catalogue.default_warehouse(other).code) == "MAIN-TWO"
    refused = admin.post(f"/inventory/warehouse/{stocked.broken}/default")
    assert refused.status_code == 422
    assert "choose an active store or warehouse" in refused.text


def test_a_company_made_in_the_browser_gets_a_warehouse_at_once(admin: Person, act: Act) -> None:
    answer = admin.post(
        "/core/company/new/", {"code": "TWO", "name": "Second company", "currency": "EUR"}
    )
    assert answer.status_code == 302, answer.text
    assert act(lambda: found("MAIN-TWO"))["is_default"]
