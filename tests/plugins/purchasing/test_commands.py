"""erp purchase-orders: what programs and people read from a terminal."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import Result
from flask import Flask

from plugins.inventory.services import stock
from plugins.purchasing.services import orders
from tests.plugins.purchasing.conftest import Act, World, order_of, seen


def erp(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(args=["purchase-orders", *words])


@pytest.fixture
def sent(world: World, act: Act) -> Any:
    return act(lambda: order_of(world, (world.lamp, 10), (world.mug, 4), status="sent"))


def test_the_list_is_json_for_programs(app: Flask, world: World, sent: Any, act: Act) -> None:
    act(lambda: order_of(world, (world.lamp, 1), ship_to_customer=True, ship_to="Leeds"))
    data = json.loads(erp(app, "list", "--json").stdout)
    lamp = {"sku": "NL-4410", "ordered": 10, "received": 0, "open": 10, "unit_cost_minor": 1250}
    mug = {"sku": "HF-310", "ordered": 4, "received": 0, "open": 4, "unit_cost_minor": 300}
    assert data[0] == {
        "number": "PO-1001",
        "supplier": "Nordlicht Supply",
        "status": "sent",
        "lines": [lamp, mug],
        "warehouse": "Porto",
        "expected_on": sent.expected_on.isoformat(),
        "ship_to": None,
    }
    assert (data[1]["status"], data[1]["ship_to"]) == ("draft", "Leeds")
    assert "PO-1001    Sent" in erp(app, "list").stdout


def test_an_empty_list_is_an_answer(app: Flask) -> None:
    assert json.loads(erp(app, "list", "--json").stdout) == []
    assert erp(app, "list").stdout == "No purchase orders.\n"


@pytest.mark.feature("F096")
def test_goods_are_received_from_a_terminal(app: Flask, world: World, sent: Any, act: Act) -> None:
    part = erp(app, "receive", "po-1001", "--line", "NL-4410=6", "--line", "HF-310=1", "--json")
    assert json.loads(part.stdout) == {
        "number": "PO-1001",
        "receipt": "RC-1001",
        "units": 7,
        "status": "partially_received",
    }
    rest = erp(app, "receive", "PO-1001", "--all")
    assert rest.stdout == "RC-1002: 7 units of PO-1001 put into stock.\n"
    assert act(stock.on_hand) == {(world.lamp, world.porto): 10, (world.mug, world.porto): 4}
    assert act(lambda: seen(sent.id)).status == "received"


BAD = [
    (["PO-9999", "--all"], "There is no purchase order 'PO-9999'"),
    (["PO-1010", "--all"], "Near it: PO-1001"),
    (["PO-1001", "--line", "NOPE=1"], "has no line with the SKU 'NOPE'. It has: NL-4410, HF-310."),
    (["PO-1001", "--line", "NL-4410"], "has no line with the SKU ''"),
    (["PO-1001", "--line", "NL-4410=0"], "whole number from 1 to 1,000,000"),
    (["PO-1001", "--line", "NL-4410=-2"], "whole number from 1 to 1,000,000"),
    (["PO-1001", "--line", "NL-4410=1.5"], "whole number from 1 to 1,000,000"),
    (["PO-1001", "--line", "NL-4410=" + "9" * 30], "whole number from 1 to 1,000,000"),
    (["PO-1001", "--line", "NL-4410=1", "--line", "NL-4410=2"], "names NL-4410 twice"),
    (["PO-1001", "--line", "NL-4410=12"], "12 received of 10 ordered; 10 still open"),
]


@pytest.mark.parametrize(("words", "sentence"), BAD)
def test_a_bad_command_is_one_sentence_and_changes_nothing(
    app: Flask, sent: Any, act: Act, words: list[str], sentence: str
) -> None:
    result = erp(app, "receive", *words)
    assert result.exit_code == 1
    assert sentence in str(result.exception)
    assert result.stdout == ""
    assert act(stock.on_hand) == {}


@pytest.mark.parametrize("words", [[], ["--all", "--line", "NL-4410=1"]])
def test_it_must_be_said_what_arrived(app: Flask, sent: Any, words: list[str]) -> None:
    result = erp(app, "receive", "PO-1001", *words)
    assert result.exit_code == 2
    assert "Say either --all or --line" in result.stderr


def test_an_order_is_sent_from_a_terminal(app: Flask, world: World, act: Act) -> None:
    order = act(lambda: order_of(world, (world.lamp, 1)))
    result = erp(app, "send", order.number)
    assert result.exit_code == 0
    assert result.stdout.startswith("PO-1001 is marked as sent; expected on ")
    assert act(lambda: seen(order.id)).status == "sent"
    again = erp(app, "send", order.number)
    assert again.exit_code == 1
    assert "PO-1001 is sent; it can be sent only while it is a draft." in str(again.exception)


def test_a_cancelled_order_cannot_be_received(app: Flask, sent: Any, act: Act) -> None:
    act(lambda: orders.cancel(sent.id))
    result = erp(app, "receive", "PO-1001", "--all")
    assert (result.exit_code, result.stdout) == (1, "")
