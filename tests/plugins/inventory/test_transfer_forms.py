"""Transfers through the browser's forms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from erp_core.db import db
from erp_core.testing.people import Person
from plugins.inventory.models import Transfer, TransferLine
from tests.plugins.inventory import yard
from tests.plugins.inventory.yard import Yard

Act = Callable[[Callable[[], Any]], Any]
NEW = "/inventory/transfer/new/"
ONE = "/inventory/transfer/1"


def form(stocked: Yard, *lines: tuple[str, str], **more: str) -> dict[str, str]:
    data = {"from": str(stocked.main), "to": str(stocked.shop), "step": "request"}
    for number, (code, qty) in enumerate(lines):
        data |= {f"lines-{number}-code": code, f"lines-{number}-qty": qty}
    return {**data, **more}


def state() -> tuple[str, list[tuple[int, int, int]]]:
    status = db.session.scalar(sa.select(Transfer.status).filter_by(id=1))
    line = TransferLine
    query = sa.select(line.qty, line.dispatched_qty, line.received_qty).order_by(line.id)
    return str(status), [(a, b, c) for a, b, c in db.session.execute(query)]


@pytest.mark.feature("F170")
def test_goods_go_from_one_warehouse_to_another(stocked: Yard, admin: Person, act: Act) -> None:
    made = admin.post(NEW, form(stocked, ("LAMP", "6"), ("", ""), ("4006381333931", "2")))
    assert made.headers["Location"] == f"{ONE}/"
    assert act(state) == ("requested", [(6, 0, 0), (2, 0, 0)])
    page = admin.page(f"{ONE}/dispatch")
    assert "Only free stock of Main warehouse can leave" in page
    admin.post(f"{ONE}/dispatch", {"line-1": "6", "line-2": "1"})
    assert act(state) == ("in_transit", [(6, 6, 0), (2, 1, 0)])
    assert act(lambda: yard.lying(stocked.lamp)) == {stocked.main: 3, stocked.shop: 4}
    admin.post(f"{ONE}/receive", {"line-1": "4", "line-2": "0"})
    assert act(state) == ("partially_received", [(6, 6, 4), (2, 1, 0)])
    admin.post(f"{ONE}/receive")
    assert act(state) == ("received", [(6, 6, 6), (2, 1, 1)])
    assert act(lambda: yard.lying(stocked.lamp)) == {stocked.main: 3, stocked.shop: 11}
    assert "Received" in admin.page("/inventory/transfer/?status=received")


def test_a_draft_is_requested_and_cancelled(stocked: Yard, admin: Person, act: Act) -> None:
    admin.post(NEW, form(stocked, ("LAMP", "1"), step="draft"))
    assert act(state)[0] == "draft"
    for step, status in (("request", "requested"), ("cancel", "cancelled")):
        admin.post(f"{ONE}/{step}")
        assert act(state)[0] == status
    refused = admin.post(f"{ONE}/request")
    assert refused.status_code == 409
    assert "TR-1001 is cancelled; it cannot become requested." in refused.text


def test_a_second_press_changes_nothing(stocked: Yard, admin: Person, act: Act) -> None:
    admin.post(NEW, form(stocked, ("LAMP", "6")))
    for _ in range(2):
        assert admin.post(f"{ONE}/request").status_code == 302
    for _ in range(2):
        assert admin.post(f"{ONE}/dispatch", {"line-1": "6"}).status_code == 302
    assert act(lambda: yard.lying(stocked.lamp)) == {stocked.main: 4, stocked.shop: 4}
    version = act(lambda: db.session.scalar(sa.select(Transfer.version)))
    part = {"line-1": "2", "version": str(version)}
    assert admin.post(f"{ONE}/receive", part).status_code == 302
    again = admin.post(f"{ONE}/receive", part)
    assert (again.status_code, "changed meanwhile" in again.text) == (409, True)
    assert act(state) == ("partially_received", [(6, 6, 2)])


QUANTITY = "Whole number from 1 to 1,000,000"
BAD = [
    ([("LAMP", "0")], {}, QUANTITY),
    ([("LAMP", "-3")], {}, QUANTITY),
    ([("LAMP", "1.5")], {}, QUANTITY),
    ([("LAMP", "1" + "0" * 30)], {}, QUANTITY),
    ([("LAMP", "1,5")], {}, QUANTITY),
    ([("LAMP", "")], {}, QUANTITY),
    ([("", "4")], {}, "Enter or scan a SKU"),
    ([("NOPE", "4")], {}, "No product has the SKU or barcode “NOPE”"),
    ([("HELP", "4")], {}, "The quantity of HELP is not tracked"),
    ([], {}, "Enter at least one product"),
    ([("LAMP", "4")], {"to": "1", "from": "1"}, "Choose another warehouse"),
    ([("LAMP", "4")], {"to": "99"}, "Choose a warehouse."),
    ([("LAMP", "4")], {"from": "x"}, "Choose a warehouse."),
    ([("LAMP", "4")], {"note": "n" * 501}, "At most 500 characters"),
]


@pytest.mark.parametrize(("lines", "more", "words"), BAD)
def test_bad_input_says_what_is_allowed_and_keeps_what_was_typed(
    lines: list[tuple[str, str]],
    more: dict[str, str],
    words: str,
    stocked: Yard,
    admin: Person,
    act: Act,
) -> None:
    answer = admin.post(NEW, form(stocked, *lines, ("MUG", "77"), **more) if lines else more)
    assert answer.status_code == 422
    assert words in answer.text
    assert not lines or 'value="77"' in answer.text
    assert act(lambda: db.session.scalar(sa.select(sa.func.count(Transfer.id)))) == 0


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"line-1": "7"}, "Whole number from 0 to 6"),
        ({"line-1": "-1"}, "Whole number from 0 to 6"),
        ({"line-1": "x"}, "Whole number from 0 to 6"),
        ({"line-1": "0"}, "Enter at least one unit"),
    ],
)
@pytest.mark.parametrize("step", ["dispatch", "receive"])
def test_a_step_never_moves_more_than_there_is(
    step: str, typed: dict[str, str], words: str, stocked: Yard, admin: Person, act: Act
) -> None:
    admin.post(NEW, form(stocked, ("LAMP", "6")))
    if step == "receive":
        admin.post(f"{ONE}/dispatch")
    before = act(state)
    answer = admin.post(f"{ONE}/{step}", typed)
    assert (answer.status_code, words in answer.text) == (422, True)
    assert act(state) == before


def test_more_than_is_free_is_not_dispatched(stocked: Yard, admin: Person, act: Act) -> None:
    admin.post(NEW, form(stocked, ("LAMP", "6"), ("LAMP", "6")))
    refused = admin.post(f"{ONE}/dispatch")
    assert refused.status_code == 422
    assert "LAMP at Main warehouse: 10 free, 12 asked for" in refused.text
    assert act(state)[0] == "requested"
    assert act(lambda: yard.lying(stocked.lamp))[stocked.main] == 10
