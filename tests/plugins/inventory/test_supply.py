"""Transfers as supply: offers, requests, pegs, what is on the way, and what verify finds."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from erp_core.db import db, now
from erp_core.errors import ErpError, NotFoundError
from erp_core.registry import providers
from plugins.inventory.events import PegsChanged, TransferReceived
from plugins.inventory.models import Peg, Transfer, TransferLine, Warehouse
from plugins.inventory.ports import Need, SupplyRequest, SupplySource
from plugins.inventory.services import adjust, editing, pegs, transfers
from plugins.inventory.services.verify import StockVerifier
from plugins.inventory.supply import TransferSupply
from tests.plugins.inventory import yard
from tests.plugins.inventory.test_stock import listening
from tests.plugins.inventory.yard import Yard

SUPPLY = TransferSupply()


def need(place: Yard, line: int = 7, qty: int = 5, at: int | None = None) -> Need:
    home = at or place.shop
    return Need("test.demand", line, place.lamp, qty, now(), place.company, home, f"BO-{line}")


def wanted(place: Yard, units: int, line: int = 7) -> SupplyRequest:
    return SupplyRequest(str(place.main), need(place, line), units, place.shop)


def requested(place: Yard, *units: int) -> Transfer:
    SUPPLY.request([wanted(place, qty, line) for line, qty in enumerate(units, start=7)])
    return db.session.scalars(sa.select(Transfer).order_by(Transfer.id.desc()).limit(1)).one()


def pegged() -> list[tuple[int, int]]:
    rows = db.session.execute(sa.select(Peg.demand_line_id, Peg.qty).order_by(Peg.demand_line_id))
    return [(line, qty) for line, qty in rows]


def test_the_port_is_answered(ctx: Flask) -> None:
    keys = [source.key for source in providers(SupplySource)]  # type: ignore[type-abstract]
    assert "inventory.transfer" in keys


def test_every_other_location_with_free_stock_is_offered_the_fullest_first(place: Yard) -> None:
    outlet = Warehouse(company_id=place.company, code="OUT", name="Outlet", kind="store")
    editing.save_warehouse(outlet)
    adjust.open_balances(outlet.id, {place.lamp: 25})
    adjust.open_balances(place.broken, {place.lamp: 99})
    offers = SUPPLY.offers_for([need(place)])[0]
    assert [(o.title, o.available) for o in offers] == [
        ("Transfer from Outlet", 25),
        ("Transfer from Main warehouse", 10),
    ]
    assert offers[0].places == ((place.shop, "Shop"),)
    assert SUPPLY.offers_for([need(place, at=place.main)])[0][-1].title == "Transfer from Shop"


def test_another_companys_stock_is_not_offered(place: Yard) -> None:
    strange = Need("test.demand", 1, place.lamp, 5, now(), 999, place.shop, "BO-1")
    assert SUPPLY.offers_for([strange])[0] == []


def test_requests_of_one_route_become_one_transfer_with_a_line_each(
    ctx: Flask, place: Yard
) -> None:
    heard: list[PegsChanged] = []
    with listening(ctx, heard.append, PegsChanged):
        links = SUPPLY.request([wanted(place, 3, 8), wanted(place, 2, 7)])
    assert [(link.number, link.verb, link.qty) for link in links] == [
        ("TR-1001", "View transfer", 3),
        ("TR-1001", "View transfer", 2),
    ]
    made = db.session.scalars(sa.select(Transfer)).one()
    assert (made.status, [line.qty for line in made.lines]) == ("requested", [3, 2])
    assert pegged() == [(7, 2), (8, 3)]
    assert [(e.demand_source, e.demand_line_ids) for e in heard] == [("test.demand", (7, 8))]
    assert (
        SUPPLY.links([made.lines[0].id])[made.lines[0].id].url == f"/inventory/transfer/{made.id}/"
    )


def test_what_is_promised_to_one_request_is_not_offered_again(place: Yard) -> None:
    requested(place, 7)
    assert SUPPLY.offers_for([need(place)])[0][0].available == 3
    with pytest.raises(ErpError, match="LAMP at Main warehouse: 3 free, 4 asked for"):
        SUPPLY.request([wanted(place, 2, 8), wanted(place, 2, 9)])
    assert pegged() == [(7, 7)]


def test_an_offer_that_is_none_is_refused(place: Yard) -> None:
    for offer in ("x", "", "99999"):
        with pytest.raises(ErpError):
            SUPPLY.request([SupplyRequest(offer, need(place), 1, place.shop)])


def test_only_what_was_dispatched_is_incoming(place: Yard) -> None:
    made = requested(place, 5)
    assert SUPPLY.incoming([place.lamp]) == []
    transfers.dispatch(made.id)
    coming = SUPPLY.incoming([place.lamp])
    assert [(c.warehouse_id, c.qty, c.number) for c in coming] == [(place.shop, 5, "TR-1001")]
    transfers.receive(made.id, {made.lines[0].id: 2})
    assert [c.qty for c in SUPPLY.incoming([place.lamp])] == [3]
    transfers.receive(made.id)
    assert SUPPLY.incoming([place.lamp]) == []


def test_pegs_shrink_with_what_is_still_to_come(ctx: Flask, place: Yard) -> None:
    made = requested(place, 5, 4)
    first, second = made.lines
    transfers.dispatch(made.id, {first.id: 3, second.id: 4})
    assert pegged() == [(7, 3), (8, 4)]
    heard: list[TransferReceived] = []
    with listening(ctx, heard.append, TransferReceived):
        transfers.receive(made.id, {second.id: 1})
    assert (pegged(), len(heard)) == ([(7, 3), (8, 3)], 1)
    assert list(StockVerifier().differences()) == []
    transfers.receive(made.id)
    assert pegged() == []


def test_a_cancelled_transfer_frees_its_pegs(place: Yard) -> None:
    made = requested(place, 5)
    transfers.cancel(made.id)
    assert pegged() == []
    assert SUPPLY.offers_for([need(place)])[0][0].available == 10


def test_the_sum_over_both_places_and_the_road_is_constant(place: Yard) -> None:
    made = requested(place, 6)
    totals = []
    for step in (
        lambda: None,
        lambda: transfers.dispatch(made.id),
        lambda: transfers.receive(made.id, {made.lines[0].id: 2}),
        lambda: transfers.receive(made.id),
    ):
        step()
        road = sum(c.qty for c in SUPPLY.incoming([place.lamp]))
        totals.append(sum(yard.lying(place.lamp).values()) + road)
    assert totals == [14, 14, 14, 14]


def test_pegs_of_a_pair_add_up_and_the_newest_give_first(place: Yard) -> None:
    def tie(demand: int, qty: int, supply: int = 1) -> pegs.NewPeg:
        return pegs.NewPeg("test.supply", supply, "test.demand", demand, place.lamp, qty)

    pegs.add([tie(1, 5), tie(2, 5)])
    pegs.add([tie(1, 2), tie(1, 1)])
    assert pegged() == [(1, 8), (2, 5)]
    pegs.shrink_supply("test.supply", {1: 9})
    assert pegged() == [(1, 8), (2, 1)]
    pegs.shrink_demand("test.demand", {1: 0})
    assert pegged() == [(2, 1)]
    assert [peg.qty for peg in pegs.of_supply("test.supply", [1])] == [1]
    assert pegs.of_demand("test.demand", [1]) == []


def test_a_transfer_is_checked_line_by_line(place: Yard) -> None:
    def make(*lines: tuple[int, int], to: int | None = None) -> Any:
        return transfers.create(transfers.NewTransfer(place.main, to or place.shop, lines))

    for lines, words in (
        ([], "at least one product"),
        ([(place.lamp, 1), (place.service, 1)], "Line 2: the quantity of HELP is not tracked"),
        ([(place.lamp, 0)], "Line 1: LAMP needs a quantity"),
        ([(999, 1)], "Line 1: this product does not exist"),
    ):
        with pytest.raises(ErpError, match=words):
            make(*lines)
    with pytest.raises(ErpError, match="two different"):
        make((place.lamp, 1), to=place.main)
    with pytest.raises(NotFoundError):
        make((place.lamp, 1), to=999)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (sa.update(TransferLine).values(received_qty=2), "I10"),
        (sa.update(TransferLine).values(dispatched_qty=4), "I10"),
        (sa.update(Transfer).values(status="received"), "vi"),
        (sa.update(Peg).values(qty=50), "iii"),
        (sa.update(Peg).values(supply_line_id=999), "iii"),
    ],
)
def test_verify_names_a_transfer_that_does_not_add_up(change: Any, rule: str, place: Yard) -> None:
    made = requested(place, 5)
    transfers.dispatch(made.id)
    assert list(StockVerifier().differences()) == []
    db.session.execute(change.execution_options(synchronize_session=False))
    db.session.expire_all()
    assert rule in {difference.rule for difference in StockVerifier().differences()}
