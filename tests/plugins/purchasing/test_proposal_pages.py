"""The proposal in the browser's hands: filter, grid, orders, runs."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from erp_core.db import db, transaction
from erp_core.jobs import execute, request_cancel, run_now
from erp_core.models import JobRun
from erp_core.testing.people import Person
from plugins.inventory.models import Product
from plugins.inventory.services import shortages
from plugins.purchasing.models import PurchaseOrder, Supplier, SupplierProduct
from plugins.purchasing.services import proposal_runs, proposals
from plugins.purchasing.services.proposal_runs import ORDER_PROPOSAL
from plugins.purchasing.services.proposals import How
from tests.plugins.backorders.market import Act, ordered, statements
from tests.plugins.backorders.views_trade import Trade, bought, open_trade, order, words
from tests.plugins.purchasing.test_proposals import everything, fill_market

PAGE = "/purchasing/proposal/"
ASK = f"{PAGE}?automatic=1&choose=needed&supplier=&days=30&add=1"


@pytest.fixture
def trade(act: Act) -> Trade:
    """Give the trade, committed."""
    found: Trade = act(open_trade)
    return found


def fields(page: str) -> dict[str, Any]:
    """Return what the grid's form would send."""
    found: dict[str, Any] = {"choose": "needed", "days": "30"}
    found["row"] = re.findall(r'name="row" value="([\d-]+)"', page)
    found |= dict(re.findall(r'name="(qty-[\d-]+)" value="(\d+)"', page))
    return found


def test_the_grid_shows_the_arithmetic_and_creates_what_is_left_in(
    act: Act, admin: Person, trade: Trade
) -> None:
    market = trade.market
    order(act, trade, (market.mug, 4), (market.kettle, 2))
    page = admin.page(ASK)
    text = words(page)
    assert "Stoneware mug, slate HF-310 Porto 0 0 4 0 0 4" in text
    sent = fields(page)
    sent[f"remove-{market.kettle}-{market.porto}"] = "1"
    sent[f"qty-{market.mug}-{market.porto}"] = "7"
    answer = admin.post(f"{PAGE}create", sent)
    ((number, code, _place, _to, _address, lines),) = bought(act)
    assert (code, lines) == ("NORD", [("HF-310", 7)])
    assert f"/purchasing/order/{1}/" in answer.location
    again = admin.post(f"{PAGE}create", sent)
    assert again.status_code == 409
    assert "Somebody ordered them meanwhile" in words(again.text)
    assert [row[0] for row in bought(act)] == [number]


def test_several_orders_are_shown_in_a_list_of_their_own(
    act: Act, admin: Person, trade: Trade
) -> None:
    market = trade.market
    act(lambda: proposals.order(everything()))
    order(act, trade, (market.mug, 4), (market.kettle, 2))
    answer = admin.post(f"{PAGE}create", fields(admin.page(ASK)), follow_redirects=True)
    text = words(answer.text)
    assert "2 purchase orders created as drafts; not sent yet." in text
    assert answer.request.args["ids"] == "1-2"
    assert ("PO-1001" in text, "PO-1002" in text) == (True, True)
    assert "PO-1002" not in words(admin.page("/purchasing/order/?ids=1"))


BAD = ["0", "-3", "1.5", "1000001", "9" * 40, "many", "٣"]


@pytest.mark.parametrize("typed", BAD)
def test_a_bad_quantity_is_marked_and_nothing_is_lost(
    act: Act, admin: Person, trade: Trade, typed: str
) -> None:
    market = trade.market
    order(act, trade, (market.mug, 4), (market.kettle, 2))
    sent = fields(admin.page(ASK))
    sent[f"qty-{market.mug}-{market.porto}"] = typed
    sent[f"qty-{market.kettle}-{market.porto}"] = "5"
    answer = admin.post(f"{PAGE}create", sent)
    assert answer.status_code == 422
    assert "Whole number from 1 to 1,000,000." in words(answer.text)
    assert f'value="{typed}"' in answer.text
    assert 'value="5"' in answer.text
    assert bought(act) == []


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("choose=all&days=30", "One of needed, backorders, reorder"),
        ("choose=needed&days=-1", "Whole number from 0 to 3,650"),
        ("choose=needed&days=soon", "Whole number from 0 to 3,650"),
    ],
)
def test_a_filter_that_means_nothing_is_one_sentence(
    admin: Person, trade: Trade, query: str, sentence: str
) -> None:
    answer = admin.get(f"{PAGE}?{query}&add=1")
    assert answer.status_code == 422
    assert sentence in words(answer.text)


def test_nothing_left_and_nothing_missing_are_said(act: Act, admin: Person, trade: Trade) -> None:
    assert "Nothing is missing" in words(admin.page(ASK))
    answer = admin.post(f"{PAGE}create", {"choose": "needed", "days": ""})
    assert (answer.status_code, "Nothing is left to order" in words(answer.text)) == (422, True)


@pytest.mark.feature("F083")
def test_the_filter_begins_with_ones_own_defaults(
    app: Flask, act: Act, admin: Person, trade: Trade
) -> None:
    kept = {"automatic": "1", "choose": "backorders", "supplier": str(trade.harbor), "days": "14"}
    admin.post(f"{PAGE}defaults", kept)
    page = admin.page(PAGE)
    assert f'<option value="{trade.harbor}" selected>' in page
    assert '<option value="backorders" selected>' in page
    assert 'name="days" value="14"' in page
    other = Person(app, "buyer").page(PAGE)
    assert 'name="days" value="30"' in other
    answer = admin.post(f"{PAGE}defaults", kept | {"days": "x"})
    assert answer.status_code == 422


def test_by_hand_leads_to_an_empty_order(admin: Person, trade: Trade) -> None:
    answer = admin.get(f"{PAGE}?automatic=0&supplier={trade.nord}")
    assert answer.location.endswith(f"/purchasing/order/new/?supplier={trade.nord}")


def test_only_buyers_propose_and_they_may_send_at_once(
    app: Flask, act: Act, admin: Person, trade: Trade
) -> None:
    assert Person(app, "clerk").get(PAGE).status_code == 403
    market = trade.market
    order(act, trade, (market.mug, 4))
    sent = fields(admin.page(ASK)) | {"send": "1"}
    assert Person(app, "buyer").post(f"{PAGE}create", sent).status_code == 302
    with app.app_context():
        assert db.session.scalars(sa.select(PurchaseOrder.status)).all() == ["sent"]


@pytest.mark.feature("F076", "F077")
def test_a_new_order_takes_the_products_of_open_back_orders_along(
    act: Act, admin: Person, trade: Trade
) -> None:
    market = trade.market
    order(act, trade, (market.mug, 4), (market.spare, 2), (market.kettle, 2))
    form = {"supplier": str(trade.nord), "warehouse": str(market.porto), "backorders": "1"}
    assert "Add products from open back orders?" in words(admin.page("/purchasing/order/new/"))
    typed = {"lines-0-sku": "HF-310", "lines-0-qty": "1", "lines-0-cost": ""}
    said = admin.post("/purchasing/order/new/", form | typed, follow_redirects=True)
    assert "Added from open back orders: 2 products, 5 units." in words(said.text)
    ((_number, _code, _place, _to, _address, lines),) = bought(act)
    assert lines == [("HF-310", 4), ("HF-311", 2)]
    again = admin.post("/purchasing/order/new/", form, follow_redirects=True)
    assert "No open back order needs anything of this supplier here." in words(again.text)


# -- long runs ---------------------------------------------------------------------------------


def arguments(act: Act) -> dict[str, Any]:
    found: dict[str, Any] = act(lambda: proposal_runs.arguments(everything(), How()))
    return found


def test_many_suppliers_become_a_run_whose_summary_leads_to_the_orders(
    app: Flask, act: Act, trade: Trade
) -> None:
    buyer = Person(app, "buyer")
    act(lambda: fill_market(trade, 21, "m"))
    answer = buyer.post(f"{PAGE}create", fields(buyer.page(ASK)))
    assert "/purchasing/proposal_run/" in answer.location
    assert "Waiting" in words(buyer.page(answer.location))
    with app.app_context():
        execute(int(answer.location.rsplit("/", 1)[1]))
    page = buyer.page(answer.location)
    assert '<a href="/purchasing/order/?ids=1-21">21</a>' in page
    assert "21 of 21 done" in words(page)
    assert len(bought(act)) == 21
    assert act(everything) == []


def test_a_cancelled_run_leaves_whole_orders_and_a_summary_of_them(
    app: Flask, act: Act, admin: Person, trade: Trade
) -> None:
    act(lambda: fill_market(trade, 12, "m"))
    wanted = arguments(act)
    with app.app_context():
        with transaction():
            run = JobRun(job=ORDER_PROPOSAL, arguments=wanted, state="running")
            db.session.add(run)
            db.session.flush()
            request_cancel(run.id)
            run_id = run.id
        execute(run_id)
        run = db.session.get_one(JobRun, run_id)
        assert (run.state, run.done, run.total) == ("cancelled", 10, 12)
        assert run.result["purchase_orders"] == 10
    assert [len(lines) for *_head, lines in bought(act)] == [2] * 10
    assert len(act(everything)) == 4
    assert "/purchasing/order/?ids=1-10" in admin.page(f"/purchasing/proposal_run/{run_id}")


def test_a_supplier_served_meanwhile_is_passed_over_and_named(
    app: Flask, act: Act, trade: Trade
) -> None:
    act(lambda: fill_market(trade, 3, "m"))
    wanted = arguments(act)
    act(lambda: proposals.order(everything()[:2]))
    with app.app_context():
        result = run_now(ORDER_PROPOSAL, by="test", arguments=wanted).result
    assert (result["purchase_orders"], result["suppliers_passed_over"]) == (2, 1)
    assert "Somebody ordered them meanwhile" in result["reason"]
    assert sorted(len(lines) for *_head, lines in bought(act)) == [2, 2, 2]


def test_a_run_costs_the_same_for_every_ten_suppliers(app: Flask, act: Act, trade: Trade) -> None:
    def cost(suppliers: int) -> int:
        act(lambda: fill_market(trade, suppliers, f"m{suppliers}-"))
        wanted = arguments(act)
        with app.app_context(), statements(app) as sent:
            run_now(ORDER_PROPOSAL, by="test", arguments=wanted)
        return sum(not text.startswith("INSERT") for text in sent)

    ten, twenty, thirty = cost(10), cost(20), cost(30)
    assert twenty - ten == thirty - twenty < 60


def test_other_runs_are_not_shown_here(app: Flask, act: Act, admin: Person, trade: Trade) -> None:
    def other() -> int:
        run = JobRun(job="backorders.refresh")
        db.session.add(run)
        db.session.flush()
        return run.id

    assert admin.get(f"/purchasing/proposal_run/{act(other)}").status_code == 404


@pytest.mark.prove
def test_2000_back_orders_over_200_suppliers_are_one_run(
    app: Flask, act: Act, trade: Trade
) -> None:
    def fill() -> None:
        products = []
        for number in range(200):
            supplier = Supplier(code=f"S{number}", name=f"Maker {number}")
            for part in range(5):
                product = Product(sku=f"P{number}-{part}", name="Part")
                products.append(SupplierProduct(supplier=supplier, product=product))
        db.session.add_all(products)
        db.session.flush()
        for start in range(0, 1000, 5):
            ids = [row.product.id for row in products[start : start + 5]]
            for _twice in range(2):
                ordered(trade.market, *((key, 3) for key in ids))

    act(fill)
    wanted = arguments(act)
    with app.app_context(), statements(app) as sent:
        run = run_now(ORDER_PROPOSAL, by="test", arguments=wanted)
    assert (run.state, run.result["purchase_orders"], run.total) == ("done", 200, 200)
    assert sum(len(lines) for *_head, lines in bought(act)) == 1000
    assert act(lambda: shortages.shortages()) == []
    print(f"\n{run.duration_ms:,} ms, {len(sent) / 200:.1f} statements for each supplier")
