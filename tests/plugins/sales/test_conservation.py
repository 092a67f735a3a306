"""Whatever people do with an order, its units add up (I3) and its status follows (I15)."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from erp_core.db import db
from erp_core.errors import ErpError
from plugins.sales.domain.statuses import TRANSITIONS, OrderStatus, Step
from plugins.sales.services import orders, shipping, splitting
from plugins.sales.services.lines import status_from_lines
from plugins.sales.services.orders import NewLine
from tests.plugins.sales.shop import draft, open_shop

KINDS = (
    "confirm",
    "approve",
    "hold",
    "unhold",
    "ship",
    "ship_line",
    "add",
    "edit",
    "cancel_line",
    "cancel",
    "split",
    "withdraw",
)
STEPS = {
    "confirm": Step.CONFIRM,
    "approve": Step.APPROVE,
    "hold": Step.HOLD,
    "unhold": Step.UNHOLD,
    "ship": Step.SHIP,
    "ship_line": Step.SHIP,
    "add": Step.CHANGE,
    "edit": Step.CHANGE,
    "cancel_line": Step.CHANGE,
    "cancel": Step.CANCEL,
    "split": Step.SPLIT,
    "withdraw": Step.WITHDRAW,
}
acts = st.lists(
    st.tuples(st.sampled_from(KINDS), st.integers(0, 2), st.integers(-1, 6)), max_size=14
)


def perform(order, shop, kind, which, qty):
    line = order.lines[which % len(order.lines)]
    commands = {
        "confirm": lambda: orders.confirm([order.id]),
        "approve": lambda: orders.approve([order.id]),
        "hold": lambda: orders.hold([order.id]),
        "unhold": lambda: orders.unhold([order.id]),
        "ship": lambda: shipping.ship(order.id),
        "ship_line": lambda: shipping.ship(order.id, {line.id: qty}),
        "add": lambda: orders.add_lines(order.id, [NewLine(shop.kettle, qty)]),
        "edit": lambda: orders.set_quantities(order.id, {line.id: qty}),
        "cancel_line": lambda: orders.cancel_line(line.id, qty),
        "cancel": lambda: orders.cancel([order.id]),
        "split": lambda: splitting.split(order.id, {line.id: qty}),
        "withdraw": lambda: orders.withdraw_approval([order.id]),
    }
    with db.session.begin_nested():
        commands[kind]()


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(acts=acts)
@pytest.mark.usefixtures("ctx")
def test_ordered_is_shipped_plus_cancelled_plus_open_under_any_sequence(acts):
    shop = open_shop(mugs=8, kettles=4)
    order = draft(shop, (shop.mug, 5), (shop.gift_card, 2))
    for kind, which, qty in [("confirm", 0, 0), *acts]:
        before, version = order.status, order.version
        with contextlib.suppress(ErpError):
            perform(order, shop, kind, which, qty)
            assert order.version > version
            assert order.status in TRANSITIONS[STEPS[kind]][OrderStatus(before)]
        for line in order.lines:
            assert line.open_qty >= 0
            assert line.ordered_qty == line.shipped_qty + line.cancelled_qty + line.open_qty
        if order.status != OrderStatus.ON_HOLD:
            assert order.status == status_from_lines(order)
    db.session.rollback()
