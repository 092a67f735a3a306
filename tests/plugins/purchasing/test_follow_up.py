"""After the order was sent: late, discontinued, refused; goods back; a receipt undone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from erp_core.db import db
from erp_core.errors import ConflictError, ErpError
from erp_core.settings import save
from erp_core.testing.people import Person
from plugins.inventory.models import StockMove
from plugins.inventory.services import adjust, stock
from plugins.purchasing.domain.status import REFUSALS, Step
from plugins.purchasing.events import SupplyChanged
from plugins.purchasing.mail import SupplyChangedMail
from plugins.purchasing.models import LineOutcome, Receipt, SupplierReturn
from plugins.purchasing.services import closing, loading, orders, receiving, returning
from plugins.purchasing.services.closing import Report
from plugins.purchasing.services.verify import PurchasingVerifier
from plugins.purchasing.supply import PurchaseSupply
from tests.plugins.purchasing.conftest import Act, World, build, heard, order_of, seen
from tests.plugins.purchasing.test_orders import peg, pegged

SOON = datetime.now(UTC).date() + timedelta(days=20)


@pytest.fixture
def shop(ctx: Any) -> World:
    return build()


def clean() -> bool:
    return list(PurchasingVerifier().differences()) == []


def test_late_units_keep_their_claims_and_get_a_date_of_their_own(shop: World) -> None:
    order = order_of(shop, (shop.lamp, 10), (shop.mug, 2), status="sent")
    line = order.lines[0].id
    peg(order.lines[0], 1, 6)
    with heard(SupplyChanged) as events:
        closing.report(order.id, Report(line, LineOutcome.LATE, expected_on=SOON, note="Holiday"))
    assert [(event.outcome, event.qty) for event in events] == [("late", 10)]
    assert pegged() == {1: 6}
    coming = {one.line_id: one.expected_on for one in PurchaseSupply().incoming([shop.lamp])}
    assert coming == {line: SOON}
    (mail,) = SupplyChangedMail().messages(events[0])
    assert mail.variables["expected_on"] == SOON.isoformat()
    assert list(SupplyChangedMail().recent()) == [order.number]


@pytest.mark.parametrize("outcome", [LineOutcome.DISCONTINUED, LineOutcome.REFUSED])
def test_units_that_never_come_are_closed_and_free_their_claims(
    shop: World, outcome: LineOutcome
) -> None:
    order = order_of(shop, (shop.lamp, 10), status="sent")
    line = order.lines[0].id
    peg(order.lines[0], 1, 6)
    peg(order.lines[0], 2, 4)
    receiving.receive(order.id, {line: 1})
    closing.report(order.id, Report(line, outcome, qty=4))
    assert pegged() == {1: 5}
    closing.report(order.id, Report(line, outcome))
    now = seen(order.id)
    assert (now.status, now.lines[0].cancelled_qty, now.lines[0].outcome) == (
        "received",
        9,
        outcome,
    )
    assert (pegged(), clean()) == ({}, True)


BAD = [
    (Report(0, LineOutcome.LATE, expected_on=SOON), "does not stand on it"),
    (Report(1, LineOutcome.LATE), "give the new date, today or later"),
    (Report(1, LineOutcome.LATE, expected_on=date(2020, 1, 1)), "give the new date"),
    *[
        (Report(1, LineOutcome.REFUSED, qty=qty), "Whole number from 1 to 10")  # type: ignore[arg-type]
        for qty in (0, -1, 11, 1.5, 10**30)
    ],
]


@pytest.mark.parametrize(("said", "sentence"), BAD)
def test_a_report_that_cannot_be_is_refused(shop: World, said: Report, sentence: str) -> None:
    order = order_of(shop, (shop.lamp, 10), status="sent")
    line = order.lines[0].id if said.line_id else 0
    wrong = Report(line, said.outcome, said.qty, said.expected_on)
    with pytest.raises(ErpError, match=sentence):
        closing.report(order.id, wrong)


def test_goods_go_back_with_a_document_and_the_order_stays_received(shop: World) -> None:
    order = order_of(shop, (shop.lamp, 10), (shop.service, 1), status="sent")
    lamp, service = (line.id for line in order.lines)
    receiving.receive(order.id)
    made = returning.send_back(order.id, {lamp: 4, service: 1}, "Broken glass")
    assert made.number == "RS-1001"
    assert stock.on_hand() == {(shop.lamp, shop.porto): 6}
    assert (seen(order.id).status, clean()) == ("received", True)
    with pytest.raises(ErpError, match=r"7 of NL-4410 cannot go back\. Whole number from 1 to 6"):
        returning.send_back(order.id, {lamp: 7}, "Broken glass")
    adjust.adjust(shop.porto, {shop.lamp: -5}, "Lost")
    with pytest.raises(ErpError, match="NL-4410 at Porto: 1 free, 2 would go"):
        returning.send_back(order.id, {lamp: 2}, "Broken glass")


@pytest.mark.parametrize(
    ("quantities", "reason", "sentence"),
    [({}, "x", "enter a quantity"), ({1: 1}, " ", "say why"), ({1: 0}, "x", "Whole number")],
)
def test_a_return_needs_units_and_a_reason(
    shop: World, quantities: dict[int, int], reason: str, sentence: str
) -> None:
    order = order_of(shop, (shop.lamp, 10), status="sent")
    receiving.receive(order.id)
    units = dict.fromkeys([order.lines[0].id] * len(quantities), sum(quantities.values()))
    with pytest.raises(ErpError, match=sentence):
        returning.send_back(order.id, units, reason)


def test_a_wrong_receipt_is_taken_back_once(shop: World) -> None:
    order = order_of(shop, (shop.lamp, 10), status="sent")
    wrong = receiving.receive(order.id, {order.lines[0].id: 4})
    made = returning.take_back(wrong.id, "Counted twice")
    assert stock.on_hand() == {}
    now = seen(order.id)
    assert (now.status, now.lines[0].open_qty) == ("sent", 10)
    rows = db.session.execute(sa.select(StockMove.kind, StockMove.qty).order_by(StockMove.id))
    assert [tuple(row) for row in rows] == [("receipt", 4), ("receipt", -4)]
    assert clean()
    for receipt in (wrong.id, made.id):
        receiving.receive(order.id, {order.lines[0].id: 1})
        with pytest.raises(ConflictError, match="was taken back before"):
            returning.take_back(receipt, "Counted twice")


def test_a_receipt_whose_goods_are_gone_is_not_taken_back(shop: World) -> None:
    order = order_of(shop, (shop.lamp, 10), status="sent")
    wrong = receiving.receive(order.id)
    adjust.adjust(shop.porto, {shop.lamp: -8}, "Sold at the door")
    with db.session.begin_nested() as point:
        with pytest.raises(ErpError, match="NL-4410 at Porto: 2 on hand, 10 asked for"):
            returning.take_back(wrong.id, "Counted twice")
        point.rollback()
    returning.send_back(order.id, {order.lines[0].id: 1}, "Broken")
    with pytest.raises(ErpError, match="were sent back to the supplier since"):
        returning.take_back(wrong.id, "Counted twice")


def test_goods_that_went_to_a_customer_are_not_taken_back_here(shop: World) -> None:
    order = order_of(shop, (shop.lamp, 3), status="sent", ship_to_customer=True, ship_to="Leeds")
    wrong = receiving.receive(order.id)
    with pytest.raises(ErpError, match="went straight to customers"):
        returning.take_back(wrong.id, "Counted twice")
    assert returning.returnable(loading.get(order.id)) == {}


def test_an_excess_that_is_taken_back_is_not_ordered_any_more(shop: World) -> None:
    save("purchasing", "over_receipt_percent", 50)
    order = order_of(shop, (shop.lamp, 10), status="sent")
    line = order.lines[0].id
    wrong = receiving.receive(order.id, {line: 12}, terms=receiving.Terms(reason="Pallet"))
    returning.take_back(wrong.id, "Counted twice")
    now = seen(order.id).lines[0]
    assert (now.ordered_qty, now.over_qty, now.open_qty) == (10, 0, 10)


def test_verify_sees_a_receipt_that_was_taken_back_only_in_part(shop: World) -> None:
    order = order_of(shop, (shop.lamp, 10), status="sent")
    wrong = receiving.receive(order.id)
    returning.take_back(wrong.id, "Counted twice")
    db.session.execute(sa.update(Receipt).values(reverses_id=None))
    assert {one.rule for one in PurchasingVerifier().differences()} == {"I9"}


def test_nothing_of_a_draft_goes_back(shop: World) -> None:
    order = order_of(shop, (shop.lamp, 3))
    with pytest.raises(ConflictError, match=REFUSALS[Step.SEND_BACK]):
        returning.send_back(order.id, {order.lines[0].id: 1}, "Broken")


def test_the_screens_report_return_and_undo(admin: Person, world: World, act: Act) -> None:
    order = act(lambda: order_of(world, (world.lamp, 10), (world.mug, 2), status="sent"))
    page, (lamp, mug) = f"/purchasing/order/{order.id}/", (line.id for line in order.lines)
    assert "Nobody waits for it." in admin.page(f"{page}report?line={lamp}")
    form: dict[str, Any] = {"line": lamp, "outcome": "late", "expected_on": ""}
    answer = admin.post(f"{page}report", form)
    assert answer.status_code == 422
    assert "give the new date, today or later" in answer.text
    admin.post(f"{page}report", form | {"expected_on": SOON.isoformat(), "note": "Holiday"})
    assert f"late: {SOON.day} {SOON:%b %Y} · Holiday" in admin.page(page)
    gone = {"line": mug, "outcome": "discontinued", "qty": "2"}
    assert admin.post(f"{page}report", gone).status_code == 302
    assert "discontinued" in admin.page(page)
    act(lambda: receiving.receive(order.id))
    refused = admin.post(f"{page}return", {f"back-{lamp}": "3", "reason": ""})
    assert (refused.status_code, 'value="3"' in refused.text) == (422, True)
    assert "say why" in refused.text
    admin.post(f"{page}return", {f"back-{lamp}": "3", "reason": "Broken"})
    assert act(lambda: db.session.scalars(sa.select(SupplierReturn.number)).all()) == ["RS-1001"]
    other = act(lambda: order_of(world, (world.lamp, 5), status="sent"))
    receipt = act(lambda: receiving.receive(other.id).id)
    undo = f"/purchasing/order/{other.id}/receipts/{receipt}/undo"
    assert "5 units leave Porto again" in admin.page(undo)
    assert admin.post(undo, {"reason": "Counted twice"}).status_code == 302
    assert "taken back by RC-" in admin.page(f"/purchasing/order/{other.id}/")
    assert admin.get(f"/purchasing/order/{order.id}/receipts/{receipt}/undo").status_code in {
        404,
        409,
    }
    assert act(clean)


def test_orders_of_others_are_not_touched_by_a_late_line(shop: World) -> None:
    order = order_of(shop, (shop.lamp, 10), status="sent")
    other = order_of(shop, (shop.lamp, 10), status="sent")
    closing.report(order.id, Report(order.lines[0].id, LineOutcome.LATE, expected_on=SOON))
    orders.cancel(order.id)
    assert [one.line_id for one in PurchaseSupply().incoming([shop.lamp])] == [other.lines[0].id]
