"""The lines of an order as a table; other plugins add columns to it by `sales.order_line`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from erp_core.plugin import Column
from erp_core.registry import parts
from plugins.sales.models import SalesOrder, SalesOrderLine

KEY = "sales.order_line"


@dataclass(frozen=True, slots=True)
class LineTable:
    """Lines with what foreign columns loaded for all of them at once."""

    order: SalesOrder
    lines: Sequence[SalesOrderLine]
    columns: Sequence[Column]
    loaded: Mapping[str, Mapping[Any, Any]]

    @classmethod
    def of(cls, order: SalesOrder) -> LineTable:
        """Load every foreign column once for all lines; what went to a child order is no line."""
        columns = parts(KEY, Column)
        lines = [line for line in order.lines if line.ordered_qty]
        loaded = {column.key: column.load(lines) for column in columns}
        return cls(order, lines, columns, loaded)

    def cell(self, line: SalesOrderLine, column: Column) -> object:
        """Return the content of one foreign cell."""
        return column.cell(self.loaded[column.key].get(line.id))

    @property
    def has_cancelled(self) -> bool:
        """Say whether units were given up somewhere, so that a column tells it."""
        return any(line.cancelled_qty for line in self.lines)

    @property
    def has_discount(self) -> bool:
        """Say whether a line has a discount, so that a column tells it."""
        return any(line.discount_bp for line in self.lines)
