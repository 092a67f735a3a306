"""What back orders do when something happens elsewhere, in the transaction of its cause."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from erp_core.errors import ConflictError
from erp_core.lifecycle import PluginToggled
from erp_core.registry import registry
from erp_core.settings import SettingChanged
from plugins.backorders.domain.claims import Change, Claim
from plugins.backorders.models import DEMAND_SOURCE
from plugins.backorders.services import (
    balances,
    demand,
    engine,
    queue,
    records,
    refresh,
    requested,
)
from plugins.backorders.services.balances import Figures
from plugins.backorders.services.engine import Work
from plugins.backorders.services.layout import Layout, layout
from plugins.backorders.services.queue import Spot, Standing
from plugins.inventory.events import (
    MoveKind,
    PegsChanged,
    ProductsChanged,
    StockMoved,
    WarehousesChanged,
)
from plugins.sales.events import (
    LinesDelivered,
    LinesShipped,
    OrdersCancelled,
    OrdersChanged,
    OrdersConfirmed,
)
from plugins.sales.models import SalesOrder, SalesOrderLine

PLUGIN = "backorders"
RECOUNTED = {
    "enable_backorder_workflow",
    "stop_marking_on_create",
    "consider_replacement",
    "ignore_dropship",
    "allocation_scope",
    "auto_allocate_on_receipt",
}
"""Settings that change what is counted or marked."""


def on_orders(event: OrdersConfirmed | OrdersChanged | OrdersCancelled) -> None:
    """Bring the queue in line with what these orders demand now (features.md 5.3)."""
    plan = layout()
    if not plan.awake:
        return
    wanted = demand.open_lines(event.order_ids, plan)
    standing = _standing(event, plan)
    spots = demand.spots_of(wanted, standing)
    if not spots:
        return
    locked = engine.lock(spots, plan)
    standing = queue.of_orders(event.order_ids, plan)
    engine.lock_strays(standing, locked, plan)
    engine.apply(Work(demand.amendments(wanted, standing)), locked, plan)


def _standing(event: OrdersConfirmed | OrdersChanged | OrdersCancelled, plan: Layout) -> Standing:
    """Return where the orders stand now; one that was just confirmed stands nowhere yet."""
    if isinstance(event, OrdersConfirmed):
        return {}
    return queue.of_orders(event.order_ids, plan)


def on_stock(event: StockMoved) -> None:
    """Give out what arrived, take back what was lost.

    What a shipment takes out was accounted for when its lines were announced.
    """
    plan = layout()
    moved = [
        ((move.product_id, plan.stock[move.warehouse_id]), move.qty)
        for move in event.moves
        if move.warehouse_id in plan.stock and move.kind is not MoveKind.SHIPMENT
    ]
    stock = engine.netted(moved)
    if stock:
        engine.apply(Work(stock=stock), engine.lock(stock, plan), plan)


def on_shipped(event: LinesShipped) -> None:
    """Take the units that leave out of their lines and out of the counted stock."""
    plan = layout()
    units = {line.line_id: line.qty for line in event.lines}
    rows, locked = _leaving(units, plan)
    if not locked:
        return
    amended: dict[Spot, list[Change]] = defaultdict(list)
    for line_id, (spot, claim) in rows.items():
        amended[spot].append(Change(claim, _shipped(claim, units[line_id])))
    stock = engine.netted([(spot, -units[line]) for line, (spot, _) in rows.items()])
    engine.apply(Work(amended, stock, units), locked, plan)


def on_delivered(event: LinesDelivered) -> None:
    """Close what a supply brought straight to customers: no stock of ours changes hands (A28)."""
    plan = layout()
    units = {line.line_id: line.qty for line in event.lines}
    rows, locked = _leaving(units, plan)
    if not locked:
        return
    records.drop_ship({line: units[line] for line in rows})
    amended: dict[Spot, list[Change]] = defaultdict(list)
    for line_id, (spot, claim) in rows.items():
        amended[spot].append(Change(claim, claim.cancelled(units[line_id])))
    engine.apply(Work(amended), locked, plan)


def _leaving(units: Mapping[int, int], plan: Layout) -> tuple[Standing, dict[Spot, Figures]]:
    """Lock the stock and the queue that lines leave from; nothing when none stands in it."""
    spots = {spot for spot, _ in queue.of_lines(units, plan).values()}
    if not spots:
        return {}, {}
    places = {place for _, pool in spots for place in plan.members(pool)}
    balances.lock_stock({product for product, _ in spots}, places)
    locked = engine.lock(spots, plan)
    rows = queue.of_lines(units, plan)
    engine.lock_strays(rows, locked, plan)
    return rows, locked


def _shipped(claim: Claim, units: int) -> Claim:
    try:
        return claim.shipped(units)
    except ValueError as error:
        raise ConflictError(f"{error} Somebody took them meanwhile; look again.") from None


def on_pegs(event: PegsChanged) -> None:
    """Follow what is on the way for our lines."""
    if event.demand_source == DEMAND_SOURCE:
        requested.update(event.demand_line_ids, layout())


def on_products(event: ProductsChanged) -> None:
    """Count again when a product that is on order changed what matters to counting."""
    if refresh.on_order(SalesOrderLine.product_id.in_(event.product_ids)):
        refresh.refresh()


def on_warehouses(event: WarehousesChanged) -> None:
    """Count again when a warehouse that holds stock or takes orders changed."""
    ordered = refresh.on_order(SalesOrder.warehouse_id.in_(event.warehouse_ids))
    if ordered or refresh.stocked(event.warehouse_ids):
        refresh.refresh()


def on_setting(event: SettingChanged) -> None:
    """Let a changed setting take effect at once; with the workflow off nothing acts (F145)."""
    if event.plugin == PLUGIN and event.field in RECOUNTED and event.before != event.after:
        refresh.refresh()


def on_toggle(event: PluginToggled) -> None:
    """Count again what happened while back orders, or what they need, were switched off."""
    if event.on and event.plugin in (PLUGIN, *registry().requirements(PLUGIN)):
        refresh.refresh()
