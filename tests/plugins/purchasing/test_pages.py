"""The screens as people use them: over HTTP, with forms and tokens."""

from __future__ import annotations

import re
from typing import Any

import pytest

from erp_core.db import db
from erp_core.plugin import Column
from erp_core.registry import Owned, registry
from erp_core.testing.people import Person
from plugins.inventory.services import stock
from plugins.purchasing.models import PurchaseOrder, Supplier, SupplierProduct
from plugins.purchasing.services import loading, orders
from tests.plugins.purchasing.conftest import Act, World, only, order_of, seen

LIST = "/purchasing/order/"


def page_of(order_id: int, part: str = "") -> str:
    return f"{LIST}{order_id}/{part}"


def new_lines(*rows: tuple[str, str, str]) -> dict[str, str]:
    names = ("sku", "qty", "cost")
    return {
        f"lines-{number}-{name}": value
        for number, row in enumerate(rows)
        for name, value in zip(names, row, strict=True)
    }


@pytest.mark.feature("F064")
def test_an_order_is_made_for_a_location(admin: Person, world: World, act: Act) -> None:
    assert "Nordlicht Supply" in admin.page(f"{LIST}new/")
    form = {"supplier": world.nord, "warehouse": world.lyon, "expected_on": "2030-05-06"}
    answer = admin.post(f"{LIST}new/", form | new_lines(("NL-4410", "7", ""), ("", "", "")))
    assert answer.status_code == 302
    order = act(lambda: seen(loading.by_number("PO-1001").id))
    assert answer.location == page_of(order.id)
    page = admin.page(answer.location)
    assert "Trail lamp" in page
    assert "€87.50" in page
    assert act(lambda: loading.get(order.id).warehouse_id) == world.lyon


BAD_NEW = [
    ({"supplier": ""}, "Choose a supplier."),
    ({"supplier": "999999"}, "Choose a supplier."),
    ({"warehouse": ""}, "Choose a location"),
    ({"warehouse": "999999"}, "does not exist"),
    ({"lines-0-qty": "0"}, "Whole number from 1 to 1,000,000."),
    ({"lines-0-qty": "-3"}, "Whole number from 1 to 1,000,000."),
    ({"lines-0-qty": "1.5"}, "Whole number from 1 to 1,000,000."),
    ({"lines-0-qty": "1,5"}, "Whole number from 1 to 1,000,000."),
    ({"lines-0-qty": "1" + "0" * 30}, "Whole number from 1 to 1,000,000."),
    ({"lines-0-qty": ""}, "Whole number from 1 to 1,000,000."),
    ({"lines-0-qty": "٣x"}, "Whole number from 1 to 1,000,000."),
    ({"lines-0-sku": "NOPE"}, "No product has the SKU NOPE."),
    ({"lines-0-sku": ""}, "Give the SKU"),
    ({"lines-0-cost": "12,50"}, "Amount with at most 2 decimals"),
    ({"lines-0-cost": "12.505"}, "Amount with at most 2 decimals"),
    ({"lines-0-cost": "-1"}, "Amount with at most 2 decimals"),
    ({"expected_on": "tomorrow"}, "Date"),
    ({"note": "x" * 501}, "Text of at most 500"),
]


@pytest.mark.parametrize(("bad", "sentence"), BAD_NEW)
def test_a_new_order_with_bad_input_comes_back_as_typed(
    admin: Person, world: World, act: Act, bad: dict[str, str], sentence: str
) -> None:
    form: dict[str, Any] = {"supplier": world.nord, "warehouse": world.lyon, "note": "Ring twice"}
    form |= new_lines(("NL-4410", "7", "12.50")) | bad
    answer = admin.post(f"{LIST}new/", form)
    assert answer.status_code == 422
    assert sentence in answer.text
    for name in ("note", "expected_on", *new_lines(("", "", ""))):
        assert str(form.get(name, "")) in answer.text
    assert act(lambda: only(PurchaseOrder, count=True)) == 0


def test_a_draft_is_changed_in_one_form(admin: Person, world: World, act: Act) -> None:
    order = act(lambda: order_of(world, (world.lamp, 7), (world.pack, 12)))
    first, second = order.lines
    form = {
        "version": order.version,
        f"qty-{first.id}": "9",
        f"cost-{first.id}": "11.00",
        f"remove-{second.id}": "1",
        "new-0-sku": "HF-310",
        "new-0-qty": "4",
        "warehouse": world.lyon,
        "note": "Ring twice",
    }
    assert admin.post(page_of(order.id, "save"), form).status_code == 302
    now = act(lambda: seen(order.id))
    assert [(x.product.sku, x.ordered_qty, x.unit_cost_minor) for x in now.lines] == [
        ("NL-4410", 9, 1100),
        ("HF-310", 4, 300),
    ]
    assert (now.warehouse_id, now.note) == (world.lyon, "Ring twice")


@pytest.mark.parametrize(("field", "value"), [("qty", "0"), ("qty", "1.5"), ("cost", "1,5")])
def test_a_draft_with_a_bad_line_comes_back_as_typed(
    admin: Person, world: World, act: Act, field: str, value: str
) -> None:
    order = act(lambda: order_of(world, (world.lamp, 7)))
    name = f"{field}-{order.lines[0].id}"
    answer = admin.post(page_of(order.id, "save"), {"version": order.version, name: value})
    assert answer.status_code == 422
    assert f'name="{name}" value="{value}"' in answer.text
    assert act(lambda: loading.get(order.id).lines[0].ordered_qty) == 7


def test_a_form_of_an_older_state_is_refused(admin: Person, world: World, act: Act) -> None:
    order = act(lambda: order_of(world, (world.lamp, 7)))
    form = {"version": order.version, f"qty-{order.lines[0].id}": "8"}
    assert admin.post(page_of(order.id, "save"), form).status_code == 302
    answer = admin.post(page_of(order.id, "save"), form | {f"qty-{order.lines[0].id}": "9"})
    assert answer.status_code == 409
    assert "changed meanwhile" in answer.text
    assert act(lambda: loading.get(order.id).lines[0].ordered_qty) == 8


@pytest.mark.feature("F072")
def test_save_and_send_saves_marks_as_sent_and_opens_the_document(
    admin: Person, world: World, act: Act
) -> None:
    order = act(lambda: order_of(world, (world.lamp, 7)))
    assert "Save and send" in admin.page(page_of(order.id))
    form = {"version": order.version, f"qty-{order.lines[0].id}": "8", "then": "send"}
    answer = admin.post(page_of(order.id, "save"), form)
    assert answer.location == page_of(order.id, "document")
    document = admin.page(answer.location)
    assert "gets an e-mail if a template is assigned" in document
    file = admin.get(f"{answer.location}?as=pdf")
    assert (file.mimetype, file.data[:5]) == ("application/pdf", b"%PDF-")
    assert "€100.00" in document
    now = act(lambda: seen(order.id))
    assert (now.status, now.lines[0].ordered_qty) == ("sent", 8)


@pytest.mark.feature("F073")
def test_an_order_is_marked_as_sent_without_sending(admin: Person, world: World, act: Act) -> None:
    order = act(lambda: order_of(world, (world.lamp, 7)))
    assert "Mark as sent" in admin.page(page_of(order.id))
    answer = admin.post(page_of(order.id, "save"), {"version": order.version, "then": "mark"})
    assert answer.location == page_of(order.id)
    page = admin.page(answer.location)
    assert "is marked as sent to Nordlicht Supply" in page
    assert "Receive…" in page
    assert act(lambda: loading.get(order.id).status) == "sent"


def test_a_step_taken_in_the_list_leads_back_to_it(admin: Person, world: World, act: Act) -> None:
    order = act(lambda: order_of(world, (world.lamp, 7)))
    htmx = {"HX-Request": "true", "HX-Current-URL": f"http://localhost{LIST}?status=draft"}
    answer = admin.post(page_of(order.id, "mark-sent"), headers=htmx)
    assert (answer.status_code, answer.location) == (302, f"{LIST}?status=draft")
    now = act(lambda: seen(order.id))
    form = {"version": now.version, f"arrived-{now.lines[0].id}": "7"}
    answer = admin.post(page_of(order.id, "receive"), form, headers=htmx)
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, f"{LIST}?status=draft")
    elsewhere = htmx | {"HX-Current-URL": "http://localhost//evil.example/"}
    other = act(lambda: order_of(world, (world.lamp, 7)))
    answer = admin.post(page_of(other.id, "mark-sent"), headers=elsewhere)
    assert answer.location == page_of(other.id)


def test_other_plugins_add_columns_to_the_lines(
    admin: Person, app: Any, world: World, act: Act
) -> None:
    def load(rows: Any) -> dict[int, str]:
        return {row.id: f"shelf {row.position}" for row in rows}

    part = Owned("inventory", Column("shelf", "Shelf", load))
    with app.app_context():
        lines = registry().parts["purchasing.order_line"]
    lines.append(part)
    try:
        for status in ("draft", "sent"):
            order = act(lambda status=status: order_of(world, (world.lamp, 7), status=status))
            page = admin.page(page_of(order.id))
            assert ">Shelf</th>" in page
            assert "<td>shelf 1</td>" in page
    finally:
        lines.remove(part)


def test_an_order_without_lines_cannot_be_sent(admin: Person, world: World, act: Act) -> None:
    order = act(lambda: order_of(world))
    answer = admin.post(page_of(order.id, "save"), {"version": order.version, "then": "mark"})
    assert answer.status_code == 422
    assert "has no lines" in answer.text
    assert act(lambda: loading.get(order.id).status) == "draft"


@pytest.mark.feature("F096")
def test_a_receipt_puts_what_arrived_into_stock(admin: Person, world: World, act: Act) -> None:
    order = act(lambda: order_of(world, (world.lamp, 10), (world.mug, 4), status="sent"))
    lamp, mug = order.lines
    dialog = admin.get(page_of(order.id, "receive"), headers={"HX-Request": "true"}).text
    assert f'name="arrived-{lamp.id}" value="10"' in dialog
    assert "<!DOCTYPE" not in dialog
    form = {"version": order.version, f"arrived-{lamp.id}": "6", f"arrived-{mug.id}": "0"}
    answer = admin.post(page_of(order.id, "receive"), form)
    assert answer.location == page_of(order.id)
    page = admin.page(answer.location)
    assert "RC-1001: 6 units put into stock." in page
    assert "Partially received" in page
    assert act(lambda: stock.on_hand([world.lamp, world.mug])) == {(world.lamp, world.porto): 6}


def test_the_same_receipt_sent_twice_has_one_effect(admin: Person, world: World, act: Act) -> None:
    order = act(lambda: order_of(world, (world.lamp, 10), status="sent"))
    form = {"version": order.version, f"arrived-{order.lines[0].id}": "4"}
    assert admin.post(page_of(order.id, "receive"), form).status_code == 302
    again = admin.post(page_of(order.id, "receive"), form)
    assert again.status_code == 409
    assert "changed meanwhile" in again.text
    assert act(lambda: stock.on_hand([world.lamp])) == {(world.lamp, world.porto): 4}


BAD_ARRIVED = [
    ("12", "PO-1001 line 1: 12 received of 10 ordered; 10 still open."),
    ("-1", "Whole number from 0 to 1,000,000."),
    ("1.5", "Whole number from 0 to 1,000,000."),
    ("1" + "0" * 30, "Whole number from 0 to 1,000,000."),
    ("0", "nothing was entered"),
]


@pytest.mark.parametrize(("typed", "sentence"), BAD_ARRIVED)
def test_a_bad_receipt_comes_back_as_typed(
    admin: Person, world: World, act: Act, typed: str, sentence: str
) -> None:
    order = act(lambda: order_of(world, (world.lamp, 10), status="sent"))
    name = f"arrived-{order.lines[0].id}"
    for headers in ({}, {"HX-Request": "true"}):
        form = {"version": order.version, name: typed}
        answer = admin.post(page_of(order.id, "receive"), form, headers=headers)
        assert answer.status_code == 422
        assert sentence in answer.text
        assert f'name="{name}" value="{typed}"' in answer.text
    assert act(lambda: stock.on_hand([world.lamp])) == {}


@pytest.mark.feature("F040")
def test_an_order_that_ships_to_the_customer_says_so(admin: Person, world: World, act: Act) -> None:
    address = "Oak & Iron Ltd\n1 Mill Lane\nLeeds"
    order = act(lambda: order_of(world, (world.lamp, 3), ship_to_customer=True, ship_to=address))
    for part in ("", "document"):
        page = admin.page(page_of(order.id, part))
        assert "Ship to customer" in page
        assert "Oak &amp; Iron Ltd<br>1 Mill Lane<br>Leeds" in page
    assert "Ships to customer" in admin.page(LIST)


@pytest.mark.feature("F028")
def test_missing_contact_data_is_reported_until_it_is_filled_in(
    admin: Person, world: World, act: Act
) -> None:
    order = act(lambda: order_of(world, (world.mug, 3), supplier_id=world.harbor))
    assert "Contact data of Harbor &amp; Finch is missing" in admin.page(page_of(order.id))
    listed = admin.page("/purchasing/supplier/?contact=missing")
    assert "Harbor &amp; Finch" in listed
    assert "Contact data missing" in listed
    assert "Nordlicht Supply" not in listed.split("<tbody>")[1]
    edit = f"/purchasing/supplier/edit/?id={world.harbor}"
    form = dict(re.findall(r'name="(\w+)"[^>]*? value="([^"]*)"', admin.page(edit)))
    form |= {"email": "sales@harbor.example", "phone": "+44 113 496 0000", "active": "y"}
    form["name"] = "Harbor & Finch"
    form.pop("csrf_token")
    assert admin.post(edit, form).status_code == 302
    supplier = act(lambda: only(Supplier, id=world.harbor))
    assert (supplier.email, supplier.phone) == ("sales@harbor.example", "+44 113 496 0000")
    assert "is missing" not in admin.page(page_of(order.id))
    assert "sales@harbor.example" in admin.page(f"/purchasing/supplier/{world.harbor}/")


def test_cancelling_asks_first_and_cancels_what_is_open(
    admin: Person, world: World, act: Act
) -> None:
    order = act(lambda: order_of(world, (world.lamp, 10), (world.mug, 4), status="sent"))
    asked = admin.page(page_of(order.id, "cancel"))
    assert "14 open units at Nordlicht Supply are cancelled" in asked
    assert "Nobody waits for it." in asked
    one = {"version": order.version, "line": order.lines[0].id}
    assert admin.post(page_of(order.id, "cancel"), one).status_code == 302
    assert act(lambda: [x.open_qty for x in loading.get(order.id).lines]) == [0, 4]
    assert admin.post(page_of(order.id, "cancel"), {}).status_code == 302
    assert act(lambda: loading.get(order.id).status) == "cancelled"
    assert admin.post(page_of(order.id, "cancel"), {}).status_code == 409


def test_the_list_filters_by_status_supplier_and_location(
    admin: Person, world: World, act: Act
) -> None:
    act(lambda: order_of(world, (world.lamp, 10), status="sent"))
    act(lambda: order_of(world, (world.lamp, 1), supplier_id=world.harbor, warehouse_id=world.lyon))
    cases = {
        "": {"PO-1001", "PO-1002"},
        "?status=sent": {"PO-1001"},
        "?status=draft": {"PO-1002"},
        "?status=nonsense": {"PO-1001", "PO-1002"},
        f"?supplier={world.harbor}": {"PO-1002"},
        f"?location={world.porto}": {"PO-1001"},
        f"?location={world.porto}&status=draft": set(),
        "?supplier=nonsense": {"PO-1001", "PO-1002"},
        "?page=99999999999999999999": {"PO-1001", "PO-1002"},
        "?search=harbor": {"PO-1002"},
    }
    for query, wanted in cases.items():
        body = admin.page(LIST + query).split("<tbody>")[1]
        assert set(re.findall(r">(PO-\d+)<", body)) == wanted, query


def test_the_grid_shows_figures_and_opens_lines_in_place(
    admin: Person, world: World, act: Act
) -> None:
    order = act(lambda: order_of(world, (world.lamp, 10), (world.mug, 4), status="sent"))
    page = admin.page(LIST)
    assert "€137.00" in page
    assert "Receive…" in page
    lines = admin.get(page_of(order.id, "expand"), headers={"HX-Request": "true"}).text
    assert "Trail lamp" in lines
    assert "HF-310" in lines


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_list_is_exported_in_plain_values(
    admin: Person, world: World, act: Act, kind: str
) -> None:
    act(lambda: order_of(world, (world.lamp, 10), status="sent"))
    answer = admin.get(f"{LIST}export/{kind}/")
    assert answer.status_code == 200
    if kind == "csv":
        assert "PO-1001,Nordlicht Supply,Porto,10,10,125.00 EUR," in answer.text
        assert "<" not in answer.text


def test_what_a_supplier_sells_is_entered_with_a_price(
    admin: Person, world: World, act: Act
) -> None:
    form = {
        "supplier": world.harbor,
        "product": world.mug,
        "price": "3.25",
        "supplier_sku": "MUG-SLATE",
        "minimum_qty": "6",
        "multiple_qty": "6",
        "lead_time_days": "",
        "preferred": "y",
    }
    answer = admin.post("/purchasing/supplier_product/new/", form)
    assert answer.status_code == 302, answer.text
    row = act(lambda: only(SupplierProduct, product_id=world.mug))
    assert (row.price_minor, row.minimum_qty, row.preferred) == (325, 6, True)
    page = admin.page(f"/purchasing/supplier/{world.harbor}/")
    assert "MUG-SLATE" in page
    assert "€3.25" in page


BAD_SOLD = [
    ({"price": "3,25"}, "Amount with at most 2 decimals"),
    ({"price": "-1"}, "Amount with at most 2 decimals"),
    ({"minimum_qty": "0"}, "Whole number from 1 to 1,000,000."),
    ({"multiple_qty": "9" * 30}, "Whole number from 1 to 1,000,000."),
    ({"lead_time_days": "-1"}, "Whole number of days from 0 to 3,650."),
    ({"product": ""}, "Choose a product."),
]


@pytest.mark.parametrize(("bad", "sentence"), BAD_SOLD)
def test_bad_terms_of_a_supplier_are_refused(
    admin: Person, world: World, act: Act, bad: dict[str, str], sentence: str
) -> None:
    form = {"supplier": world.harbor, "product": world.mug, "price": "3.25"}
    form |= {"minimum_qty": "1", "multiple_qty": "1"} | bad
    answer = admin.post("/purchasing/supplier_product/new/", form)
    assert answer.status_code == 200
    assert sentence in answer.text
    assert act(lambda: only(SupplierProduct, count=True, product_id=world.mug)) == 0


def test_a_product_has_one_preferred_supplier(admin: Person, world: World, act: Act) -> None:
    row = act(lambda: only(SupplierProduct, product_id=world.lamp, supplier_id=world.harbor))
    form = {"supplier": world.harbor, "product": world.lamp, "price": "11.00", "preferred": "y"}
    form |= {"minimum_qty": "1", "multiple_qty": "1", "lead_time_days": "2"}
    answer = admin.post(f"/purchasing/supplier_product/edit/?id={row.id}", form)
    assert answer.status_code == 302, answer.text
    preferred = act(lambda: only(SupplierProduct, product_id=world.lamp, preferred=True))
    assert preferred.supplier_id == world.harbor


BAD_SUPPLIER = [
    ({"email": "not an address"}, "An address such as"),
    ({"currency": "euro"}, "Three capital letters"),
    ({"lead_time_days": "99999"}, "from 0 to 3,650"),
    ({"code": "NORD"}, "Another supplier has this code already."),
    ({"name": ""}, "This field is required."),
]


@pytest.mark.parametrize(("bad", "sentence"), BAD_SUPPLIER)
def test_a_bad_supplier_is_refused(
    admin: Person, world: World, act: Act, bad: dict[str, str], sentence: str
) -> None:
    form = {"name": "Kestrel", "code": "KES", "currency": "EUR", "lead_time_days": "3"} | bad
    answer = admin.post("/purchasing/supplier/new/", form)
    assert answer.status_code == 200
    assert sentence in answer.text
    assert act(lambda: only(Supplier, count=True)) == 2


def test_people_see_and_press_only_what_they_may(app: Any, world: World, act: Act) -> None:
    order = act(lambda: order_of(world, (world.lamp, 10)))
    viewer, stock_clerk = Person(app, "viewer"), Person(app, "warehouse")
    page = viewer.page(page_of(order.id))
    assert "Save and send" not in page
    assert "Mark as sent" not in page
    assert f'name="qty-{order.lines[0].id}"' not in page
    for url in ("new/", f"{order.id}/receive", f"{order.id}/cancel"):
        assert viewer.get(LIST + url).status_code == 403
    for part in ("save", "mark-sent", "receive", "cancel"):
        assert viewer.post(page_of(order.id, part)).status_code == 403
    assert stock_clerk.post(page_of(order.id, "save"), {}).status_code == 403
    act(lambda: orders.mark_sent(order.id))
    assert stock_clerk.get(page_of(order.id, "receive")).status_code == 200


@pytest.mark.parametrize("part", ["", "receive", "cancel", "document", "expand"])
def test_an_order_that_is_gone_is_a_sentence(admin: Person, world: World, part: str) -> None:
    answer = admin.get(page_of(999, part))
    assert answer.status_code == 404
    assert "does not exist" in answer.text


@pytest.mark.feature("F028")
@pytest.mark.parametrize(
    ("email", "sentence"),
    [
        ("", "has no e-mail address"),
        ("order@nord", "is no e-mail address"),
        ("a@b.c,d@e.f", "is no"),
    ],
)
def test_a_supplier_that_no_email_reaches_is_reported_when_sending(
    admin: Person, world: World, act: Act, email: str, sentence: str
) -> None:
    order = act(lambda: order_of(world, (world.lamp, 7)))
    act(lambda: setattr(db.session.get_one(Supplier, world.nord), "email", email))
    if email:
        assert sentence in admin.page(page_of(order.id))
    answer = admin.post(page_of(order.id, "save"), {"version": order.version, "then": "send"})
    document = admin.page(answer.location)
    assert sentence in document
    assert act(lambda: loading.get(order.id).status) == "sent"


def test_a_supplier_that_is_not_active_gets_no_new_order(
    admin: Person, world: World, act: Act
) -> None:
    act(lambda: setattr(db.session.get_one(Supplier, world.nord), "active", False))
    assert "Nordlicht Supply" not in admin.page(f"{LIST}new/").split("<select")[1]
    form: dict[str, Any] = {"supplier": world.nord, "warehouse": world.lyon, "note": "Ring twice"}
    answer = admin.post(f"{LIST}new/", form | new_lines(("NL-4410", "7", "")))
    assert answer.status_code == 422
    assert "Nordlicht Supply is not active; activate the supplier or choose another." in answer.text
    assert "Ring twice" in answer.text
    assert act(lambda: only(PurchaseOrder, count=True)) == 0
