"""The screens of sales through HTTP, as a browser uses them."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from erp_core.db import db
from erp_core.testing.people import Person
from plugins.sales.models import Customer, SalesOrder, SalesOrderLine, Shipment
from plugins.sales.services import orders
from plugins.sales.services.entry import NewLine, NewOrder
from tests.plugins.sales.shop import DAY, confirmed, draft, ledger, on_hand, open_shop, statements

GRID = "/sales/order/"


def order(act, number="SO-1001"):
    def read():
        found = db.session.scalars(sa.select(SalesOrder).filter_by(number=number)).one()
        lines = [(line.ordered_qty, line.shipped_qty, line.cancelled_qty) for line in found.lines]
        ids = [line.id for line in found.lines]
        return found.status, lines, found.id, ids, found.version

    return act(read)


# -- the grid --------------------------------------------------------------------------------


@pytest.mark.feature("F061")
def test_manage_orders_lists_orders_and_opens_to_the_lines(act, admin):
    shop = act(open_shop)
    act(lambda: confirmed(shop, (shop.mug, 5), (shop.kettle, 2)).id)
    page = admin.page(GRID)
    for text in (
        "Manage orders",
        "SO-1001",
        "Petra Novák",
        "Porto",
        "Confirmed",
        "€240.50",
        "New order",
    ):
        assert text in page
    act(lambda: len(orders.add_lines(1, [NewLine(shop.gift_card, 1, None, 1250)])))
    act(lambda: orders.cancel_line(1, 2).id)
    detail = admin.page("/sales/order/1/expand")
    for text in ("Stoneware mug, slate", "HF-310", "Goose-neck kettle", "€89.00", "12.5 %"):
        assert text in detail


def test_the_grid_takes_as_many_statements_for_five_orders_as_for_fifty(app, act, admin):
    shop = act(open_shop)
    counts = []
    for many in (5, 45):
        new = NewOrder(shop.customer, shop.store, (NewLine(shop.mug, 2),) * 3, DAY)
        act(lambda new=new, many=many: len(orders.create([new] * many)))
        admin.page(GRID)
        with statements(app) as seen:
            admin.page(GRID)
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_the_order_page_takes_as_many_statements_for_two_lines_as_for_thirty(app, act, admin):
    shop = act(open_shop)
    counts = []
    for many in (2, 30):
        pk = act(lambda many=many: draft(shop, *[(shop.mug, 1), (shop.kettle, 1)] * (many // 2)).id)
        admin.page(f"/sales/order/{pk}/")
        for address in (f"/sales/order/{pk}/", f"/sales/order/{pk}/expand"):
            with statements(app) as seen:
                admin.page(address)
            counts.append(len(seen))
    assert counts[:2] == counts[2:]


def test_chips_count_and_filter_by_status(act, admin):
    shop = act(open_shop)
    act(lambda: [make(shop, (shop.mug, 1)).id for make in (draft, confirmed)])
    page = admin.page(GRID)
    assert re.search(r'status=draft.*?Draft.*?peg-chip-count">1<', page, re.S)
    only = admin.page(f"{GRID}?status=confirmed")
    assert "SO-1002" in only
    assert "SO-1001" not in only
    assert "No order is cancelled" in admin.page(f"{GRID}?status=cancelled")
    assert "SO-1001" in admin.page(f"{GRID}?status=nonsense&page=-1&sort=-1")


@pytest.mark.parametrize("text", ["SO-1002", "petra", "W-77"])
def test_orders_are_found_by_number_customer_and_external_id(act, admin, text):
    shop = act(open_shop)

    def fill():
        other = Customer(code="C2", name="Amara Obi")
        db.session.add(other)
        db.session.flush()
        line = (NewLine(shop.mug, 1),)
        orders.create([NewOrder(other.id, shop.store, line, DAY)])
        orders.create([NewOrder(shop.customer, shop.store, line, DAY, external_id="W-77")])

    act(fill)
    page = admin.page(f"{GRID}?search={text}")
    assert "SO-1002" in page
    assert "SO-1001" not in page


def test_orders_are_filtered_by_location_and_customer(act, admin):
    shop = act(open_shop)

    def fill():
        draft(shop, (shop.mug, 1))
        draft(shop, (shop.mug, 1), warehouse_id=shop.outlet)

    act(fill)
    page = admin.page(f"{GRID}?warehouse={shop.outlet}")
    assert "SO-1002" in page
    assert "SO-1001" not in page
    mine = admin.page(f"{GRID}?customer={shop.customer}")
    assert "All customers" in mine
    assert "SO-1001" in mine
    assert "SO-1001" in admin.page(f"{GRID}?customer=999&warehouse=x")


def test_the_one_next_action_confirms_a_draft_and_opens_the_rest(act, admin):
    shop = act(open_shop)
    act(lambda: draft(shop, (shop.mug, 1)).id)
    assert 'hx-post="/sales/order/1/confirm"' in admin.page(GRID)
    answer = admin.post(
        "/sales/order/1/confirm",
        headers={
            "HX-Request": "true",
            "HX-Current-URL": "http://localhost/sales/order/?status=draft",
        },
    )
    assert (answer.status_code, answer.location) == (302, "/sales/order/?status=draft")
    assert order(act)[0] == "confirmed"
    assert 'hx-post="/sales/order/1/confirm"' not in admin.page(GRID)


def test_a_foreign_address_is_never_gone_to(act, admin):
    shop = act(open_shop)
    act(lambda: draft(shop, (shop.mug, 1)).id)
    headers = {"HX-Request": "true", "HX-Current-URL": "https://evil.example//x"}
    assert admin.post("/sales/order/1/confirm", headers=headers).location == "/sales/order/1/"


def test_selected_drafts_are_confirmed_together_or_not_at_all(act, admin):
    shop = act(open_shop)
    act(lambda: [draft(shop, (shop.mug, 1)).id for _ in range(3)])
    admin.post("/sales/order/action/", {"action": "confirm", "rowid": ["2", "1"]})
    assert [order(act, f"SO-100{n}")[0] for n in (1, 2, 3)] == ["confirmed", "confirmed", "draft"]
    answer = admin.post("/sales/order/action/", {"action": "confirm", "rowid": ["3", "1"]})
    assert answer.status_code == 409
    assert order(act, "SO-1003")[0] == "draft"


def test_the_export_has_amounts_as_numbers(act, admin):
    shop = act(open_shop)
    act(lambda: draft(shop, (shop.mug, 3)).id)
    text = admin.get("/sales/order/export/csv/").text
    assert "SO-1001" in text
    assert "37.50" in text
    assert "2026-03-02" in text
    assert "<" not in text


# -- the order page --------------------------------------------------------------------------


def test_the_order_page_shows_everything_and_one_primary_action(act, admin):
    shop = act(lambda: open_shop(mugs=3))
    act(lambda: confirmed(shop, (shop.mug, 5), (shop.gift_card, 1)).id)
    page = admin.page("/sales/order/1/")
    for text in ("SO-1001", "Petra Novák", "Ship…", "Approve", "Hold", "Add line", "Cancel…"):
        assert text in page
    for text in ("Record payment", "€82.50", "Nothing has shipped yet", "2 Mar 2026", "Priority"):
        assert text in page
    main = page[page.index('id="main"') :]
    assert main.count("btn-primary") == 1 + main.count("data-ok")


def test_an_unknown_order_answers_404(act, admin):
    act(open_shop)
    for address in ("/sales/order/99/", "/sales/order/99/expand", "/sales/order/99/ship"):
        assert admin.get(address).status_code == 404


def test_a_double_click_on_confirm_has_one_effect_and_the_same_answer(act, admin):
    shop = act(open_shop)
    act(lambda: draft(shop, (shop.mug, 1)).id)
    first, second = (admin.post("/sales/order/1/confirm") for _ in range(2))
    assert (first.status_code, first.location) == (second.status_code, second.location)
    assert first.location == "/sales/order/1/"
    act(lambda: len(orders.cancel([1])))
    assert admin.post("/sales/order/1/confirm").status_code == 409


def test_hold_offers_the_way_back_and_approval_locks(act, admin):
    shop = act(open_shop)
    act(lambda: confirmed(shop, (shop.mug, 1)).id)
    page = admin.post("/sales/order/1/hold", follow_redirects=True).text
    assert 'data-undo="/sales/order/1/unhold"' in page
    assert "Take off hold" in page
    assert "Ship…" not in page
    admin.post("/sales/order/1/unhold")
    admin.post("/sales/order/1/approve")
    page = admin.page("/sales/order/1/")
    assert "locked against change" in page
    assert "Add line" not in page
    assert admin.post("/sales/order/1/lines/new", {"version": "4"}).status_code == 409


def test_shipping_proposes_what_can_leave_and_books_it(act, admin):
    shop = act(lambda: open_shop(mugs=3))
    act(lambda: confirmed(shop, (shop.mug, 5), (shop.gift_card, 2)).id)
    _status, _lines, pk, (mug, card), version = order(act)
    dialog = admin.page(f"/sales/order/{pk}/ship")
    assert re.search(rf'id="qty-{mug}"[^>]*value="3"', dialog)
    assert re.search(rf'id="qty-{card}"[^>]*value="2"', dialog)
    sent = {f"qty-{mug}": "3", f"qty-{card}": "2", "version": str(version)}
    answer = admin.post(f"/sales/order/{pk}/ship", sent, headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, f"/sales/order/{pk}/")
    status, lines, *_ = order(act)
    assert (status, lines) == ("partially_fulfilled", [(5, 3, 0), (2, 2, 0)])
    assert act(lambda: ledger("shipment")) == [(shop.mug, shop.store, -3, "sales.shipment")]
    assert act(lambda: on_hand(shop.mug, shop.store)) == 0
    page = admin.page(f"/sales/order/{pk}/")
    assert "SH-1001" in page
    assert re.search("3 . HF-310", page)
    again = admin.post(f"/sales/order/{pk}/ship", sent, headers={"HX-Request": "true"})
    assert again.status_code == 409
    assert act(lambda: len(db.session.scalars(sa.select(Shipment)).all())) == 1


@pytest.mark.parametrize("typed", ["", "-3", "1.5", "1,5", "1" + "0" * 30, "x", "6", "²"])
def test_a_quantity_to_ship_that_cannot_be_read_comes_back_as_typed(act, admin, typed):
    shop = act(lambda: open_shop(mugs=9))
    act(lambda: confirmed(shop, (shop.mug, 5)).id)
    *_, pk, (mug,), version = order(act)
    sent = {f"qty-{mug}": typed, "version": str(version)}
    answer = admin.post(f"/sales/order/{pk}/ship", sent, headers={"HX-Request": "true"})
    assert answer.status_code == 422
    assert "Whole number from 0 to 5." in answer.text
    assert f'value="{typed}"' in answer.text
    assert order(act)[1] == [(5, 0, 0)]


def test_more_than_is_available_is_refused_with_both_numbers(act, admin):
    shop = act(lambda: open_shop(mugs=2))
    act(lambda: confirmed(shop, (shop.mug, 5)).id)
    *_, pk, (mug,), version = order(act)
    answer = admin.post(f"/sales/order/{pk}/ship", {f"qty-{mug}": "4", "version": str(version)})
    assert answer.status_code == 422
    assert "2 of HF-310 can ship now; 4 were asked." in answer.text


@pytest.mark.feature("F023")
def test_a_payment_is_taken_for_an_order_whose_lines_are_short(act, admin):
    shop = act(open_shop)
    act(lambda: confirmed(shop, (shop.mug, 4)).id)
    dialog = admin.page("/sales/order/1/pay")
    assert 'value="50.00"' in dialog
    version = str(order(act)[4])
    sent = {"method": "Card", "amount": "12.50", "reference": "T-1", "version": version}
    answer = admin.post("/sales/order/1/pay", sent, headers={"HX-Request": "true"})
    assert answer.status_code == 204
    page = admin.page("/sales/order/1/")
    for text in ("Card", "T-1", "€12.50", "€37.50"):
        assert text in page
    assert admin.post("/sales/order/1/pay", sent).status_code == 409


@pytest.mark.parametrize(
    ("amount", "says"),
    [
        ("12,50", "An amount is written like 12.50"),
        ("", "An amount is written like 12.50"),
        ("1.234", "An amount is written like 12.50"),
        ("1" * 30, "An amount is written like 12.50"),
        ("0", "The amount is 0"),
        ("50.01", "50.00 EUR is owed for SO-1001"),
        ("-1", "was paid 0.00 EUR; no more can go back"),
    ],
)
def test_an_amount_that_cannot_be_recorded_comes_back_as_typed(act, admin, amount, says):
    shop = act(open_shop)
    act(lambda: confirmed(shop, (shop.mug, 4)).id)
    sent = {"method": "Card", "amount": amount, "reference": "R", "version": str(order(act)[4])}
    answer = admin.post("/sales/order/1/pay", sent)
    assert answer.status_code == 422
    assert says in answer.text
    assert f'value="{amount}"' in answer.text


def test_units_of_a_line_are_cancelled_and_the_rest_is_named(act, admin):
    shop = act(lambda: open_shop(mugs=3))
    act(lambda: confirmed(shop, (shop.mug, 5)).id)
    *_, pk, (mug,), version = order(act)
    admin.post(f"/sales/order/{pk}/ship", {f"qty-{mug}": "3", "version": str(version)})
    address = f"/sales/order/{pk}/lines/{mug}/cancel"
    answer = admin.post(address, {"qty": "3", "version": str(order(act)[4])})
    assert answer.status_code == 422
    assert "Already shipped 3 of 5; you can cancel 2." in answer.text
    assert order(act)[1] == [(5, 3, 0)]
    admin.post(address, {"qty": "2", "version": str(order(act)[4])})
    assert order(act)[:2] == ("fulfilled", [(5, 3, 2)])


def test_a_quantity_is_edited_and_lines_are_added_and_a_stale_page_is_refused(act, admin):
    shop = act(open_shop)
    act(lambda: confirmed(shop, (shop.mug, 5)).id)
    *_, pk, (mug,), version = order(act)
    address = f"/sales/order/{pk}/lines/{mug}/quantity"
    assert 'value="5"' in admin.page(address)
    assert admin.post(address, {"qty": "7", "version": str(version)}).status_code == 302
    stale = admin.post(address, {"qty": "9", "version": str(version)})
    assert stale.status_code == 409
    assert "Somebody changed this order meanwhile" in stale.text
    new = {"product": "hf-228", "qty": "2", "discount": "10", "version": str(version + 1)}
    assert admin.post(f"/sales/order/{pk}/lines/new", new).status_code == 302
    assert order(act)[1] == [(7, 0, 0), (2, 0, 0)]
    wrong = {
        "product": "nope",
        "qty": "0",
        "price": "1,0",
        "discount": "101",
        "version": str(version + 2),
    }
    answer = admin.post(f"/sales/order/{pk}/lines/new", wrong)
    assert answer.status_code == 422
    for text in (
        "No product has the SKU or name",
        "Whole number from 1",
        "written like",
        "0 to 100",
    ):
        assert text in answer.text


def test_cancelling_asks_first_and_ends_the_order(act, admin):
    shop = act(open_shop)
    act(lambda: confirmed(shop, (shop.mug, 5)).id)
    assert "5 open units are given up" in admin.page("/sales/order/1/cancel")
    admin.post("/sales/order/1/cancel", {"version": str(order(act)[4])})
    assert order(act)[:2] == ("cancelled", [(5, 0, 5)])


def test_priority_and_location_are_changed_in_one_dialog(act, admin):
    shop = act(open_shop)
    act(lambda: confirmed(shop, (shop.mug, 5)).id)
    version = order(act)[4]
    sent = {"priority": "3", "warehouse": str(shop.outlet), "version": str(version)}
    assert admin.post("/sales/order/1/plan", sent).status_code == 302
    page = admin.page("/sales/order/1/")
    assert "Porto outlet" in page
    bad = {**sent, "priority": "8", "version": str(order(act)[4])}
    answer = admin.post("/sales/order/1/plan", bad)
    assert answer.status_code == 422
    assert "Whole number from -8 to 7." in answer.text


# -- a new order -----------------------------------------------------------------------------


def new_form(shop, **more):
    return {
        "customer": "Petra Novák (C1)",
        "warehouse": str(shop.store),
        "ordered_on": "2026-03-02",
        "required_on": "",
        "note": "",
        "entry_key": "key-1",
        "product": ["HF-310 · Stoneware mug, slate", "", "goose-neck kettle"],
        "qty": ["3", "", "1"],
        "price": ["", "", "80.00"],
        "discount": ["", "", "12.5"],
        **more,
    }


def test_a_new_order_is_saved_as_a_draft_or_confirmed_at_once(act, admin):
    shop = act(open_shop)
    assert "New order" in admin.page("/sales/order/new/")
    answer = admin.post("/sales/order/new/", new_form(shop, then="draft"))
    assert answer.location == "/sales/order/1/"
    assert order(act)[:2] == ("draft", [(3, 0, 0), (1, 0, 0)])
    admin.post("/sales/order/new/", new_form(shop, then="confirm", entry_key="key-2"))
    assert order(act, "SO-1002")[0] == "confirmed"
    totals = act(lambda: db.session.get(SalesOrder, 1).total_minor)
    assert totals == 3 * 1250 + 7000


def test_saving_twice_enters_one_order(act, admin):
    shop = act(open_shop)
    first, second = (admin.post("/sales/order/new/", new_form(shop)) for _ in range(2))
    assert first.location == second.location == "/sales/order/1/"
    assert act(lambda: db.session.scalar(sa.select(sa.func.count(SalesOrder.id)))) == 1


@pytest.mark.parametrize("qty", ["0", "-3", "1.5", "1,5", "1" + "0" * 30, "", "two"])
def test_a_line_with_a_bad_quantity_comes_back_with_everything_typed(act, admin, qty):
    shop = act(open_shop)
    form = new_form(shop, qty=["3", "", qty], note="By the back door")
    answer = admin.post("/sales/order/new/", form)
    assert answer.status_code == 422
    assert "Whole number from 1 to 1,000,000." in answer.text
    assert 'id="new-qty-3-error"' in answer.text
    for kept in ("Petra Novák (C1)", "goose-neck kettle", "80.00", "12.5", "By the back door"):
        assert kept in answer.text
    assert act(lambda: db.session.scalar(sa.select(sa.func.count(SalesOrderLine.id)))) == 0


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"customer": "Nobody"}, "No customer has the name or code “Nobody”"),
        ({"customer": ""}, "Choose a customer"),
        ({"warehouse": "x"}, "Choose a location"),
        ({"ordered_on": "02.03.2026"}, "A date such as 2026-03-02"),
        ({"required_on": "2026-02-01"}, "required date lies before"),
        ({"product": ["XX-1", "", ""]}, "No product has the SKU or name “XX-1”"),
        ({"product": ["", "", ""], "qty": ["3", "", "1"]}, "Choose a product"),
        ({"product": [], "qty": [], "price": [], "discount": []}, "needs at least one line"),
        ({"price": ["1,20", "", "80"]}, "An amount is written like 12.50"),
        ({"discount": ["101", "", ""]}, "percentage from 0 to 100"),
        ({"note": "x" * 501}, "At most 500 characters"),
    ],
)
def test_a_new_order_that_cannot_be_entered_says_why(act, admin, change, says):
    shop = act(open_shop)
    answer = admin.post("/sales/order/new/", new_form(shop, **change))
    assert answer.status_code == 422
    assert says in answer.text
    assert act(lambda: db.session.scalar(sa.select(sa.func.count(SalesOrder.id)))) == 0


def test_more_lines_keep_what_was_typed(act, admin):
    shop = act(open_shop)
    answer = admin.post("/sales/order/new/", new_form(shop, more="1"))
    assert answer.status_code == 200
    assert 'id="new-product-8"' in answer.text
    assert "goose-neck kettle" in answer.text


def test_products_and_customers_are_offered_while_typing(act, admin):
    act(open_shop)
    assert "HF-228 · Goose-neck kettle" in admin.page("/sales/order/find/products?product=kett")
    assert "HF-310" not in admin.page("/sales/order/find/products?product=kett")
    assert "<option" not in admin.get("/sales/order/find/products?product=%25_x").text
    assert "Petra Novák (C1)" in admin.page("/sales/order/find/customers?customer=PET")


# -- who may ---------------------------------------------------------------------------------


def test_a_viewer_sees_orders_and_changes_nothing(app, act):
    shop = act(open_shop)
    act(lambda: draft(shop, (shop.mug, 1)).id)
    viewer = Person(app, "viewer")
    page = viewer.page("/sales/order/1/")
    for word in ("Confirm", "Cancel…", "Add line", "Record payment"):
        assert f"<span>{word}</span>" not in page
    for address in ("confirm", "approve", "hold", "ship", "pay", "cancel", "plan", "lines/new"):
        assert viewer.post(f"/sales/order/1/{address}").status_code == 403
    assert viewer.get("/sales/order/new/").status_code == 403
    assert 'hx-post="/sales/order/1/confirm"' not in viewer.page(GRID)
    assert order(act)[0] == "draft"


# -- customers -------------------------------------------------------------------------------


def test_customers_are_listed_entered_and_changed(act, admin):
    act(open_shop)
    page = admin.page("/sales/customer/")
    assert "Petra Novák" in page
    assert "/sales/order/?customer=1" in page
    sent = {"code": "", "name": "Amara Obi", "email": "amara@example.com", "active": "y"}
    assert admin.post("/sales/customer/new/", sent).status_code == 302
    assert "C-1001" in admin.page("/sales/customer/")
    assert "Amara Obi" in admin.page("/sales/customer/details/?id=2")
    wrong = admin.post("/sales/customer/new/", {**sent, "email": "nonsense"})
    assert "name@example.com" in wrong.text
    assert "nonsense" in wrong.text
    double = admin.post("/sales/customer/new/", {**sent, "code": "C1"})
    assert "Another customer has this code already." in double.text
    nobody = admin.post("/sales/customer/new/", {"code": "C9", "name": " "})
    assert "name" in nobody.text
    assert nobody.status_code == 200
    assert act(lambda: db.session.scalar(sa.select(sa.func.count(Customer.id)))) == 2
