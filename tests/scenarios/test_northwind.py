"""The main job on real input: 21 open orders of the Northwind sample, with known answers."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.site import Site

Line = tuple[str, str, int]


def read(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, skipinitialspace=False))


def open_lines(folder: Path) -> list[Line]:
    """(our order number, sku, quantity) of open orders, oldest first; without the importer.

    All orders are entered by date, then by their number, so the first becomes SO-1001.
    """
    with (folder / "orders.csv").open(encoding="utf-8", newline="") as file:
        rows = sorted(list(csv.reader(file))[1:], key=lambda row: (row[3], int(row[0])))
    details = defaultdict(list)
    for row in read(folder, "order-details.csv"):
        details[row["orderID"]].append((row["productID"], int(row["quantity"])))
    return [
        (f"SO-{number}", sku, qty)
        for number, row in enumerate(rows, start=1001)
        if row[5] == "NULL"
        for sku, qty in details[row[0]]
    ]


def given_out(lines: list[Line], stock: dict[str, int]) -> list[int]:
    """Give stock to lines in their order: the answer by hand."""
    left, given = dict(stock), []
    for _order, sku, qty in lines:
        got = min(qty, left[sku])
        left[sku] -= got
        given.append(got)
    return given


def classes(lines: list[Line], given: list[int]) -> dict[str, int]:
    per_order: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for (order, _sku, qty), got in zip(lines, given, strict=True):
        per_order[order][0] += qty
        per_order[order][1] += got
    names = {"none": 0, "partial": 0, "full": 0}
    for wanted, got in per_order.values():
        names["none" if got == wanted else "partial" if got else "full"] += 1
    return names


def by_hand(folder: Path, *, received: bool) -> dict[str, Any]:
    products = read(folder, "products.csv")
    extra = "unitsOnOrder" if received else "unitsInStock"
    stock = {row["productID"]: int(row["unitsInStock"]) for row in products}
    if received:
        stock = {row["productID"]: stock[row["productID"]] + int(row[extra]) for row in products}
    lines = open_lines(folder)
    given = given_out(lines, stock)
    opened = sum(qty for _o, _s, qty in lines)
    units = {"open": opened, "allocated": sum(given), "substitutable": 0}
    return {
        "units": {**units, "backordered": opened - sum(given)},
        "orders": classes(lines, given),
        "short": {
            (order, sku): qty - got
            for (order, sku, qty), got in zip(lines, given, strict=True)
            if got < qty
        },
    }


@pytest.mark.feature("F001", "F002", "F003", "F004", "F096", "F098", "F100", "F101", "F102", "F103")
def test_northwind_is_given_out_oldest_order_first_before_and_after_its_deliveries(
    site: Site, northwind: Path
) -> None:
    site.run("import", "northwind", str(northwind))

    before = by_hand(northwind, received=False)
    summary = site.json("backorders", "summary")
    assert summary["units"] == before["units"]
    assert summary["units"] == {
        "open": 1198,
        "allocated": 727,
        "substitutable": 0,
        "backordered": 471,
    }
    assert summary["orders"] == before["orders"] == {"none": 5, "partial": 14, "full": 2}
    rows = site.json("backorders", "list")
    assert len({row["sku"] for row in rows}) == 17
    assert sum(row["backordered"] for row in rows) == 471
    assert {(row["order"], row["sku"]): row["backordered"] for row in rows} == before["short"]
    site.run("verify")

    again = site.json("import", "northwind", str(northwind))
    assert {name: part["created"] for name, part in again.items() if name != "dry_run"} == (
        dict.fromkeys(("suppliers", "customers", "products", "purchase_orders", "orders"), 0)
    )
    assert site.json("backorders", "summary") == summary

    receive_everything(site)
    after = by_hand(northwind, received=True)
    found = site.json("backorders", "summary")
    assert found["units"] == after["units"]
    assert found["orders"] == after["orders"]
    waiting = [row for row in site.json("backorders", "list") if row["backordered"]]
    assert {(row["order"], row["sku"]): row["backordered"] for row in waiting} == after["short"]
    site.run("verify")
    refreshed = site.json("backorders", "refresh")
    assert site.json("backorders", "summary") == found, refreshed


def receive_everything(site: Site) -> None:
    orders = site.json("purchase-orders", "list")
    assert {order["status"] for order in orders} == {"sent"}
    assert sum(line["ordered"] for order in orders for line in order["lines"]) == 780
    for order in orders:
        site.run("purchase-orders", "receive", order["number"], "--all")
    assert {order["status"] for order in site.json("purchase-orders", "list")} == {"received"}


def test_a_dry_run_and_a_broken_file_write_nothing_and_say_why(
    site: Site, northwind: Path, tmp_path: Path
) -> None:
    dry = site.json("import", "northwind", str(northwind), "--dry-run")
    assert dry["orders"]["created"] == 830
    copy = tmp_path / "broken"
    copy.mkdir()
    for file in northwind.glob("*.csv"):
        (copy / file.name).write_bytes(file.read_bytes())
    text = (copy / "order-details.csv").read_text(encoding="utf-8")
    (copy / "order-details.csv").write_text(
        text.replace("10248,42,9.80,10,0", "10248,42,9.80,-10,0")
    )

    refused = site.run("import", "northwind", str(copy), check=False)

    assert refused.returncode == 1
    assert "order-details.csv quantity" in refused.stderr
    assert "-10" in refused.stderr
    assert "ine 3" in refused.stderr
    assert "1 to 1,000,000" in refused.stderr
    assert site.json("backorders", "summary")["units"]["open"] == 0
