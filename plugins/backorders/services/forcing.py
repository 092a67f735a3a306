"""Force units onto back order although stock exists, and release them again (F006-F011, A29).

A forced unit is never filled by the engine; its stock goes to whoever is next. It ends when a
person releases or fills it, or when the line's other units leave no room for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from erp_core.audit import record_each
from erp_core.db import db
from erp_core.events import publish
from plugins.backorders.domain.claims import Claim
from plugins.backorders.events import BackordersForced
from plugins.backorders.models import RulingKind
from plugins.backorders.services import amending, rulings
from plugins.backorders.services.layout import layout
from plugins.backorders.services.rulings import Why


def force(units: Mapping[int, int], *, reason: str) -> None:
    """Hold exactly so many units of each line back, in all; 0 ends it. Pins on them give way.

    Raises ErpError for no reason or more units than are open.
    """
    why = Why(reason).checked()
    plan = layout()
    rows, locked = amending.locked_lines(units, plan)
    amending.settle(rows, locked, plan, {line: partial(_held, n) for line, n in units.items()})
    rulings.put(RulingKind.FORCED, units, why)
    publish(BackordersForced(tuple(sorted(units))))


def release(units: Mapping[int, int], *, reason: str) -> dict[int, int]:
    """Give so many forced units of each line back to the engine (F114).

    Returns how many units each line got by that at once. Raises ErpError for no reason, or for
    more units than are forced.
    """
    why = Why(reason).checked()
    plan = layout()
    rows, locked = amending.locked_lines(units, plan)
    found = amending.settle(
        rows, locked, plan, {line: partial(_released, n) for line, n in units.items()}
    )
    said: dict[str, dict[str, object]] = {
        f"{line}-forced": {"released": n, "reason": why.reason} for line, n in units.items()
    }
    record_each(db.session(), "release", "backorders_ruling", said)
    publish(BackordersForced(tuple(sorted(units))))
    return {line: found[line].after.allocated - found[line].before.allocated for line in units}


def _held(units: int, claim: Claim) -> Claim:
    return claim.held_back(units)


def _released(units: int, claim: Claim) -> Claim:
    if not 1 <= units <= claim.forced:
        raise ValueError(f"{units} units cannot be released: {claim.forced} are held back.")
    return claim.held_back(claim.forced - units)
