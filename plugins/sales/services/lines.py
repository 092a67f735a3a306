"""Change the lines of an order; approved orders refuse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from erp_core.errors import NotFoundError
from plugins.sales.domain.quantities import Figures, cancelling, reordering
from plugins.sales.domain.reasons import Why
from plugins.sales.domain.statuses import OrderStatus, Step, resting_status
from plugins.sales.models import SalesOrder, SalesOrderLine
from plugins.sales.services.cancelling import give_up, tell_if_out_of_stock
from plugins.sales.services.entry import NewLine, append_lines, products_of
from plugins.sales.services.loading import (
    announce_change,
    is_demand,
    order_of_line,
    ruled,
    saved,
    taking,
    taking_with_kin,
)

NO_REASON = Why()


def status_from_lines(order: SalesOrder) -> OrderStatus:
    """Return the status that quantities and approval give a confirmed order."""
    return resting_status(
        approved=order.approved_at is not None,
        ordered=sum(line.ordered_qty for line in order.lines),
        shipped=sum(line.shipped_qty for line in order.lines),
        cancelled=sum(line.cancelled_qty for line in order.lines),
    )


def add_lines(order_id: int, lines: Sequence[NewLine]) -> list[SalesOrderLine]:
    """Add lines behind the present ones. Raises ErpError naming the line that cannot be used."""
    order, last = taking_with_kin(Step.CHANGE, order_id)
    made = append_lines(order, lines, products_of(lines), last)
    _finish(order, was_demand=is_demand(order))
    return made


def set_quantities(order_id: int, quantities: Mapping[int, int]) -> SalesOrder:
    """Set the ordered quantity of lines (by line id), never below what shipped or was cancelled.

    Raises ErpError naming the product and what is allowed, NotFoundError for a foreign line.
    """
    (order,) = taking(Step.CHANGE, [order_id])
    for line_id, qty in quantities.items():
        line = line_of(order, line_id)
        line.ordered_qty, line.rounding_minor = _reordered(line, qty), 0
    _finish(order, was_demand=is_demand(order))
    return order


def _reordered(line: SalesOrderLine, qty: int) -> int:
    return ruled(lambda: reordering(figures(line), qty, line.product.sku))


def cancel_line(line_id: int, qty: int, why: Why = NO_REASON) -> SalesOrderLine:
    """Give up `qty` open units of a line; the order ends when nothing is open any more.

    Raises ErpError ("Already shipped 3 of 5; you can cancel 2") when that many are not open.
    """
    (order,) = taking(Step.CHANGE, [order_of_line(line_id)])
    line = line_of(order, line_id)
    ruled(lambda: cancelling(figures(line), qty, line.product.sku))
    made = give_up({line: qty}, why)
    _finish(order, was_demand=is_demand(order))
    tell_if_out_of_stock(made)
    return line


def figures(line: SalesOrderLine) -> Figures:
    """Return the quantities of a line as the rules read them."""
    return Figures(line.ordered_qty, line.shipped_qty, line.cancelled_qty)


def line_of(order: SalesOrder, line_id: int) -> SalesOrderLine:
    """Return a line of this order; raises NotFoundError for any other."""
    for line in order.lines:
        if line.id == line_id:
            return line
    raise NotFoundError(f"{order.number} has no line with the id {line_id}.")


def settle_status(order: SalesOrder) -> None:
    """Let the status follow the quantities; a draft or held order that has not ended stays so."""
    rest = status_from_lines(order)
    ended = rest in (OrderStatus.FULFILLED, OrderStatus.CANCELLED)
    if ended or order.status not in (OrderStatus.DRAFT, OrderStatus.ON_HOLD):
        order.status = rest


def _finish(order: SalesOrder, *, was_demand: bool) -> None:
    settle_status(order)
    saved([order])
    announce_change([order] if was_demand else [])
