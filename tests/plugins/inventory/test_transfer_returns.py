"""Transfers that turn round: goods on the road come back to where they left (5.2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from erp_core.db import db
from erp_core.errors import ConflictError, ErpError
from erp_core.testing.people import Person
from plugins.inventory.models import Peg, Transfer, TransferLine
from plugins.inventory.services import pegs, transfers
from plugins.inventory.services.verify import StockVerifier
from tests.plugins.inventory import yard
from tests.plugins.inventory.test_supply import SUPPLY, requested
from tests.plugins.inventory.yard import Yard

Act = Callable[[Callable[[], Any]], Any]


def clean() -> bool:
    return list(StockVerifier().differences()) == []


def on_the_road(place: Yard, units: int = 6) -> Transfer:
    made = requested(place, units)
    transfers.dispatch(made.id)
    return made


def test_all_that_comes_back_ends_the_transfer_and_frees_its_pegs(place: Yard) -> None:
    before = yard.lying(place.lamp)
    made = on_the_road(place)
    transfers.give_back(made.id)
    assert yard.lying(place.lamp) == before
    assert made.status == "cancelled"
    assert db.session.scalar(sa.select(sa.func.count(Peg.id))) == 0
    assert SUPPLY.incoming([place.lamp]) == []
    assert clean()


def test_parts_come_back_and_the_rest_arrives(place: Yard) -> None:
    made = on_the_road(place)
    line = made.lines[0].id
    transfers.give_back(made.id, {line: 1})
    assert made.status == "in_transit"
    transfers.receive(made.id, {line: 2})
    assert made.status == "partially_received"
    transfers.give_back(made.id, {line: 2})
    assert [coming.qty for coming in SUPPLY.incoming([place.lamp])] == [1]
    assert [peg.qty for peg in pegs.of_supply(transfers.SOURCE, [line])] == [1]
    transfers.receive(made.id)
    assert (made.status, made.lines[0].received_qty, made.lines[0].returned_qty) == (
        "received", 3, 3,
    )  # fmt: skip
    assert clean()


def test_a_form_that_is_sent_twice_brings_goods_back_once(place: Yard) -> None:
    made = on_the_road(place)
    seen, line = made.version, made.lines[0].id
    transfers.give_back(made.id, {line: 1}, seen=seen)
    with pytest.raises(ConflictError, match="changed meanwhile"):
        transfers.give_back(made.id, {line: 1}, seen=seen)
    assert made.lines[0].returned_qty == 1


@pytest.mark.parametrize(("units", "sentence"), [(7, "from 0 to 6"), (0, "at least one unit")])
def test_no_more_comes_back_than_is_on_the_road(place: Yard, units: int, sentence: str) -> None:
    made = on_the_road(place)
    with pytest.raises(ErpError, match=sentence):
        transfers.give_back(made.id, {made.lines[0].id: units})


def test_goods_on_the_road_are_not_cancelled(place: Yard) -> None:
    made = on_the_road(place)
    with pytest.raises(ConflictError, match="in transit; receive it or send it back"):
        transfers.cancel(made.id)
    other = requested(place, 1)
    with pytest.raises(ConflictError, match="is requested; it cannot become received"):
        transfers.give_back(other.id)


def test_verify_names_units_that_came_back_only_on_paper(place: Yard) -> None:
    on_the_road(place)
    assert clean()
    db.session.execute(sa.update(TransferLine).values(returned_qty=2))
    db.session.expire_all()
    assert "I10" in {one.rule for one in StockVerifier().differences()}


def test_the_page_sends_goods_back(stocked: Yard, admin: Person, act: Act) -> None:
    made = act(lambda: on_the_road(stocked).id)
    line, page = (
        act(lambda: db.session.scalars(sa.select(TransferLine.id)).one()),
        "/inventory/transfer",
    )
    assert "Send back…" in admin.page(f"{page}/{made}/")
    assert "needs other supply" in admin.page(f"{page}/{made}/return")
    refused = admin.post(f"{page}/{made}/return", {f"line-{line}": "9"})
    assert (refused.status_code, "Whole number from 0 to 6" in refused.text) == (422, True)
    assert admin.post(f"{page}/{made}/return", {f"line-{line}": "4"}).status_code == 302
    assert "4 came back" in admin.page(f"{page}/{made}/")


def test_who_waits_is_named_before_a_transfer_is_cancelled(
    stocked: Yard, admin: Person, act: Act
) -> None:
    made = act(lambda: requested(stocked, 5).id)
    asked = admin.get(f"/inventory/transfer/{made}/cancel", headers={"HX-Request": "true"}).text
    assert "Nobody waits for it." in asked
    assert "keeps the goods" in asked
    assert admin.post(f"/inventory/transfer/{made}/cancel").status_code == 302
    assert act(lambda: db.session.get_one(Transfer, made).status) == "cancelled"
