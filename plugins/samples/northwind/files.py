"""The Northwind files: which columns are read and what each may hold.

Every file is read and checked before anything is written; references between the files are
checked like any other value, so an unknown product names its line, column and value.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from erp_core.errors import ErpError
from erp_core.imports import (
    Field,
    ImportFailedError,
    Mapping,
    RowError,
    check,
    choice,
    day,
    mend_rows,
    money,
    ratio,
    read_table,
    text,
    whole,
    yes_no,
)

Rows = list[dict[str, Any]]
DATE = day("%Y-%m-%d %H:%M:%S.%f")
ADDRESS = (
    Field("contact", "contactName", text(200), default=""),
    Field("street", "address", text(200), default=""),
    Field("city", "city", text(120), default=""),
    Field("region", "region", text(120), default=""),
    Field("postcode", "postalCode", text(32), default=""),
    Field("country", "country", text(80), default=""),
    Field("phone", "phone", text(64), default=""),
)
SUPPLIERS = Mapping(
    (
        Field("id", "supplierID", text(32), required=True, unique=True),
        Field("name", "companyName", text(200), required=True),
        *ADDRESS,
    )
)
CUSTOMERS = Mapping(
    (
        Field("id", "customerID", text(32), required=True, unique=True),
        Field("name", "companyName", text(200), required=True),
        *ADDRESS,
    )
)


@dataclass(frozen=True, slots=True)
class Northwind:
    """All tables, typed; ids are the files' own."""

    suppliers: Rows
    customers: Rows
    products: Rows
    orders: Rows
    lines: Rows


def read(folder: Path) -> Northwind:
    """Read and check all files of `folder`.

    Raises ErpError for a missing file, ImportFailedError naming line, column and value otherwise.
    """
    suppliers = _rows(folder, "suppliers.csv", SUPPLIERS)
    customers = _rows(folder, "customers.csv", CUSTOMERS)
    products = _rows(folder, "products.csv", _products(suppliers))
    orders = _rows(folder, "orders.csv", _orders(customers))
    lines = _rows(folder, "order-details.csv", _lines(orders, products))
    return Northwind(suppliers, customers, products, orders, lines)


def _known(rows: Rows) -> Any:
    """Accept only ids that another file defines."""
    return choice({str(row["id"]): row["id"] for row in rows})


def _products(suppliers: Rows) -> Mapping:
    return Mapping(
        (
            Field("id", "productID", text(32), required=True, unique=True),
            Field("name", "productName", text(200), required=True),
            Field("supplier", "supplierID", _known(suppliers), required=True),
            Field("price", "unitPrice", money(), required=True),
            Field("on_hand", "unitsInStock", whole(), required=True),
            Field("on_order", "unitsOnOrder", whole(), required=True),
            Field("reorder_point", "reorderLevel", whole(), required=True),
            Field("discontinued", "discontinued", yes_no(), required=True),
        )
    )


def _orders(customers: Rows) -> Mapping:
    return Mapping(
        (
            Field("id", "orderID", whole(1), required=True, unique=True),
            Field("customer", "customerID", _known(customers), required=True),
            Field("ordered_on", "orderDate", DATE, required=True),
            Field("required_on", "requiredDate", DATE),
            Field("shipped_on", "shippedDate", DATE),
            Field("ship_name", "shipName", text(200), default=""),
            Field("ship_street", "shipAddress", text(200), default=""),
            Field("ship_city", "shipCity", text(120), default=""),
            Field("ship_region", "shipRegion", text(120), default=""),
            Field("ship_postcode", "shipPostalCode", text(32), default=""),
            Field("ship_country", "shipCountry", text(80), default=""),
        )
    )


def _lines(orders: Rows, products: Rows) -> Mapping:
    return Mapping(
        (
            Field("order", "orderID", _known(orders), required=True),
            Field("product", "productID", _known(products), required=True),
            Field("price", "unitPrice", money(), required=True),
            Field("qty", "quantity", whole(1, 1_000_000), required=True),
            Field("discount_bp", "discount", ratio(), required=True),
        ),
        together=(("order", "product"),),
    )


def _rows(folder: Path, name: str, mapping: Mapping) -> Rows:
    path = folder / name
    if not path.is_file():
        raise ErpError(f"{folder} holds no {name}; the Northwind folder has all seven tables.")
    checked = check(mend_rows(read_table(path, null="NULL")), mapping)
    if checked.errors:
        raise ImportFailedError([_in_file(name, error) for error in checked.errors])
    return checked.rows


def _in_file(name: str, error: RowError) -> RowError:
    return RowError(error.line, f"{name} {error.column}", error.value, error.reason)
