"""Change lines of the queue by hand: lock, amend, settle what follows from it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping

from erp_core.errors import ErpError
from plugins.backorders.domain.claims import Change, Claim
from plugins.backorders.services import engine, naming
from plugins.backorders.services.balances import Figures
from plugins.backorders.services.engine import Work
from plugins.backorders.services.layout import Layout
from plugins.backorders.services.queue import Spot, Standing, of_lines

Amend = Callable[[Claim], Claim]


def locked_lines(line_ids: Collection[int], plan: Layout) -> tuple[Standing, dict[Spot, Figures]]:
    """Lock the spots of these lines; returns rows and figures as they are now.

    Raises ErpError naming a line that stands in no queue.
    """
    if not line_ids:
        raise ErpError("Choose at least one order line.")
    rows, locked = engine.lock_lines(line_ids, plan)
    gone = sorted(set(line_ids) - rows.keys())
    if gone:
        name = naming.line_names(gone[:1])[gone[0]]
        raise ErpError(f"No stock is given to {name}: it has no open units, or nobody counts them.")
    return rows, locked


def settle(
    rows: Standing, locked: dict[Spot, Figures], plan: Layout, wanted: Mapping[int, Amend]
) -> dict[int, Change]:
    """Amend locked lines and settle what follows; returns each line before and after.

    Raises ErpError naming the line whose change the rules refuse.
    """
    changes: dict[Spot, list[Change]] = defaultdict(list)
    for line_id, amend in wanted.items():
        spot, claim = rows[line_id]
        changes[spot].append(Change(claim, _amended(claim, amend)))
    engine.apply(Work(changes), locked, plan)
    after = of_lines(wanted, plan)
    return {line_id: Change(rows[line_id][1], after[line_id][1]) for line_id in wanted}


def _amended(claim: Claim, amend: Amend) -> Claim:
    try:
        return amend(claim)
    except ValueError as error:
        name = naming.line_names([claim.line_id])[claim.line_id]
        raise ErpError(f"{name[:1].upper()}{name[1:]}: {error}") from None
