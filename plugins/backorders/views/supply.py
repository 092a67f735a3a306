"""What is on its way for back orders; a constant number of statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date

from erp_core.registry import providers
from plugins.backorders.models import DEMAND_SOURCE
from plugins.inventory.models import Peg
from plugins.inventory.ports import SupplyLink, SupplySource
from plugins.inventory.services import pegs


@dataclass(frozen=True, slots=True)
class Coming:
    """A supply document that serves a line: the peg's units and when they were asked for."""

    link: SupplyLink
    peg: Peg


def coming(line_ids: Collection[int]) -> dict[int, list[Coming]]:
    """Return the documents that serve each order line, in the order they were asked for."""
    found = pegs.of_demand(DEMAND_SOURCE, line_ids)
    links = _links(found)
    served: dict[int, list[Coming]] = defaultdict(list)
    for peg in found:
        link = links.get((peg.supply_source, peg.supply_line_id))
        if link is not None:
            served[peg.demand_line_id].append(Coming(replace(link, qty=peg.qty), peg))
    return served


def _links(found: Iterable[Peg]) -> dict[tuple[str, int], SupplyLink]:
    """Ask each source once for all its documents."""
    wanted: dict[str, set[int]] = defaultdict(set)
    for peg in found:
        wanted[peg.supply_source].add(peg.supply_line_id)
    answers: dict[tuple[str, int], SupplyLink] = {}
    for source in providers(SupplySource):  # type: ignore[type-abstract]
        ids = wanted.get(source.key)
        for line_id, link in (source.links(ids) if ids else {}).items():
            answers[source.key, line_id] = link
    return answers


def expected(served: Iterable[Coming]) -> date | None:
    """Return the first day on which something comes, None when nobody knows."""
    days = [item.link.expected_on for item in served if item.link.expected_on]
    return min(days, default=None)
