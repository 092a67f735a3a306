"""Many proposed purchase orders as a long run, a few suppliers at a time."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from itertools import groupby
from typing import Any

from erp_core.errors import ErpError
from erp_core.jobs import Progress
from plugins.inventory.ports import SupplyLink
from plugins.purchasing.services import proposals
from plugins.purchasing.services.proposals import Asked, Chosen, How
from plugins.purchasing.services.run_links import address_of

ORDER_PROPOSAL = "purchasing.order_proposal"
"""The job that makes the orders."""

AT_A_TIME = 10
"""Suppliers in one step: their orders are committed together."""

Step = tuple[Progress, dict[str, Any]]
"""How far a run is, and its summary so far."""


def arguments(chosen: Sequence[Chosen], how: How) -> dict[str, Any]:
    """Return what a run needs to know, as JSON."""
    rows = [[r.product_id, r.place_id, r.supplier_id, r.qty, r.missing] for r in chosen]
    asked = {"choose": str(how.asked.choose), "days": how.asked.days}
    return {"rows": rows, "asked": asked, "send": how.send}


def steps(given: Mapping[str, Any]) -> Generator[Step, None, dict[str, Any]]:
    """Order from a few suppliers at each step; yields progress and summary, returns the summary.

    A supplier whose needs somebody ordered meanwhile is passed over and named in the summary.
    """
    groups = _by_supplier([Chosen(*row) for row in given.get("rows", [])])
    how = How(Asked(**given.get("asked", {})), send=given.get("send", False))
    made: list[SupplyLink] = []
    refused: list[str] = []
    for start in range(0, len(groups), AT_A_TIME):
        part = groups[start : start + AT_A_TIME]
        made += _order(part, how, refused)
        done = start + len(part)
        progress = Progress(done, len(groups), f"{len(made):,} purchase orders")
        yield progress, _figures(made, refused)
    return _figures(made, refused)


def _order(part: Sequence[list[Chosen]], how: How, refused: list[str]) -> list[SupplyLink]:
    """Order from several suppliers at once; when one of them is refused, from each alone."""
    try:
        return proposals.order([row for group in part for row in group], how)
    except ErpError as error:
        if len(part) > 1:
            return [link for group in part for link in _order([group], how, refused)]
        refused.append(str(error))
        return []


def _by_supplier(rows: Sequence[Chosen]) -> list[list[Chosen]]:
    ranked = sorted(rows, key=_supplier)
    return [list(mine) for _key, mine in groupby(ranked, key=_supplier)]


def _supplier(row: Chosen) -> int:
    return row.supplier_id


def _figures(made: Sequence[SupplyLink], refused: Sequence[str]) -> dict[str, Any]:
    figures: dict[str, Any] = {"purchase_orders": len(made), "rows": len(made)}
    if refused:
        figures |= {"suppliers_passed_over": len(refused), "reason": refused[0]}
    return figures | {"links": {"purchase_orders": address_of(made)}}
