"""Each workflow setting takes effect at once: the figures before and after."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from erp_core import lifecycle
from erp_core.db import db
from erp_core.models import Company
from erp_core.registry import providers
from erp_core.settings import Scope, save
from plugins.backorders.models import OrderState, QueueRow
from plugins.backorders.services import refresh, summary
from plugins.backorders.services.verify import QueueVerifier
from plugins.inventory.models import Warehouse
from plugins.inventory.ports import DemandSource
from plugins.inventory.services import stock
from plugins.sales.models import Customer
from plugins.sales.ports import Reservations
from tests.plugins.backorders import market as m
from tests.plugins.backorders.market import Market


def right() -> bool:
    return not list(QueueVerifier().differences()) and refresh.refresh().rows == 0


def test_with_the_workflow_off_nothing_acts_and_nobody_keeps_account(market: Market) -> None:
    m.arrive(market.mug, market.porto, 3)
    before = m.ordered(market, (market.mug, 2))
    m.set_to("enable_backorder_workflow", False)
    during = m.ordered(market, (market.mug, 4))
    assert m.figures(during) == []
    (port,) = providers(Reservations)  # type: ignore[type-abstract]
    assert port.shippable([during.lines[0].id]) is None
    assert port.pool_warehouses(market.porto) == [market.porto]
    assert stock.free([market.mug]) == {(market.mug, market.porto): 3}
    sources = providers(DemandSource)  # type: ignore[type-abstract]
    assert [need for source in sources for need in source.needs()] == []
    m.ship(during)
    m.arrive(market.mug, market.porto, 2)
    m.set_to("enable_backorder_workflow", True)
    assert (m.figures(before), m.figures(during)) == ([(2, 0, 0)], [(0, 0, 1)])
    assert stock.free([market.mug]) == {(market.mug, market.porto): 0}
    assert right()


def test_what_shipped_while_the_workflow_was_off_is_fulfilled(market: Market) -> None:
    order = m.ordered(market, (market.mug, 2))
    m.set_to("enable_backorder_workflow", False)
    m.arrive(market.mug, market.porto, 2)
    m.ship(order)
    m.set_to("enable_backorder_workflow", True)
    found = m.record(order)
    assert found is not None
    assert (found.status, found.fulfilled_qty) == ("fulfilled", 2)
    assert right()


def test_switching_the_plugin_on_counts_what_happened_meanwhile(market: Market) -> None:
    for plugin, lines in (("backorders", [(1, 0, 1)]), ("sales", [(0, 0, 2)])):
        lifecycle.disable(plugin)
        m.arrive(market.mug, market.porto, 1)
        order = m.ordered(market, (market.mug, 2))
        assert m.figures(order) == []
        lifecycle.enable("backorders")
        assert m.figures(order) == lines
        assert right()


def test_dropship_stock_counts_only_while_the_setting_is_off(market: Market) -> None:
    m.arrive(market.mug, market.vendor, 5)
    order = m.ordered(market, (market.mug, 2))
    assert m.figures(order) == [(0, 0, 2)]
    m.set_to("ignore_dropship", False)
    assert m.figures(order) == [(2, 0, 0)]
    m.arrive(market.mug, market.vendor, 1)
    assert m.balance(market.mug, market.porto) == (6, 4, 0)
    (port,) = providers(Reservations)  # type: ignore[type-abstract]
    assert port.pool_warehouses(market.porto) == [market.porto, market.vendor]
    m.set_to("ignore_dropship", True)
    assert m.figures(order) == [(0, 0, 2)]
    assert right()


def test_a_company_may_share_its_stock(market: Market) -> None:
    m.arrive(market.mug, market.north, 5)
    order = m.ordered(market, (market.mug, 2))
    assert m.figures(order) == [(0, 0, 2)]
    m.set_to("allocation_scope", "company")
    assert m.figures(order) == [(2, 0, 0)]
    assert m.balance(market.mug, -market.company) == (5, 3, 0)
    assert stock.free([market.mug]) == {(market.mug, market.north): 3}
    m.ship(order)
    assert stock.on_hand([market.mug]) == {(market.mug, market.north): 3}
    m.set_to("allocation_scope", "location")
    assert m.balance(market.mug, market.north) == (3, 3, 0)
    assert right()


def test_replacement_stock_marks_only_while_it_is_considered(market: Market) -> None:
    m.arrive(market.spare, market.porto, 5)
    order = m.ordered(market, (market.mug, 2))
    assert (m.figures(order), m.order_class(order)) == ([(0, 0, 2)], "full")
    m.set_to("consider_replacement", True)
    assert (m.figures(order), m.order_class(order)) == ([(0, 2, 0)], "none")
    m.set_to("consider_replacement", False)
    assert (m.figures(order), m.order_class(order)) == ([(0, 0, 2)], "full")
    assert right()


def test_marking_can_stop_for_new_orders_and_start_again(market: Market) -> None:
    old = m.ordered(market, (market.mug, 2))
    m.set_to("stop_marking_on_create", True)
    new = m.ordered(market, (market.mug, 3))
    marked = sa.select(OrderState.order_id).where(OrderState.marked.is_(True))
    assert list(db.session.scalars(marked)) == [old.id]
    assert m.figures(new) == [(0, 0, 3)]
    assert summary.summary()["orders"] == {"none": 1, "partial": 0, "full": 1}
    assert summary.summary()["units"]["backordered"] == 5
    m.set_to("stop_marking_on_create", False)
    assert list(db.session.scalars(marked.order_by(OrderState.order_id))) == [old.id, new.id]
    episodes = sa.select(OrderState.episode).where(OrderState.order_id == new.id)
    assert db.session.scalar(episodes) == 1
    assert right()


@pytest.mark.parametrize(
    ("name", "value"),
    [("hide_backorder_column", True), ("highlight_backorders", False)],
)
def test_settings_of_the_screens_change_no_figure(market: Market, name: str, value: object) -> None:
    order = m.ordered(market, (market.mug, 2))
    m.set_to(name, value)
    assert (m.figures(order), m.order_class(order)) == ([(0, 0, 2)], "full")


def test_a_company_of_its_own_mind_is_left_alone(market: Market) -> None:
    other = Company(code="TWO", name="Second", currency="EUR")
    db.session.add(other)
    db.session.flush()
    place = Warehouse(company_id=other.id, code="SEC", name="Second", kind="store")
    db.session.add_all([place, Customer(code="C2", name="Other")])
    db.session.flush()
    m.arrive(market.mug, place.id, 1)
    theirs = m.ordered(market, (market.mug, 2), warehouse_id=place.id)
    ours = m.ordered(market, (market.mug, 2))
    save("backorders", "enable_backorder_workflow", False, Scope("company", other.id), by="test")
    m.arrive(market.mug, place.id, 1)
    m.arrive(market.mug, market.porto, 1)
    assert (m.figures(theirs), m.figures(ours)) == ([(1, 0, 1)], [(1, 0, 1)])
    assert right()
    (port,) = providers(Reservations)  # type: ignore[type-abstract]
    assert port.shippable([theirs.lines[0].id]) is None
    assert stock.free([market.mug])[market.mug, place.id] == 2
    m.ship(theirs)
    save("backorders", "enable_backorder_workflow", True, Scope("company", other.id), by="test")
    assert m.figures(theirs) == []
    assert m.record(theirs).status == "fulfilled"  # type: ignore[union-attr]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(QueueRow)) == 1
    assert right()
