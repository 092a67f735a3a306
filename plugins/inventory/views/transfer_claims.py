"""Who waits for the goods of a transfer (F039, C02)."""

from __future__ import annotations

from erp_core.registry import providers
from plugins.inventory.models import Transfer, TransferLine
from plugins.inventory.ports import DemandSource, Waiter
from plugins.inventory.services import pegs, transfers


def waiting_for(row: Transfer) -> dict[int, list[Waiter]]:
    """Return who waits behind each line, by line id; answered by the owners of the demand."""
    result: dict[int, list[Waiter]] = {}
    for line, waiter, _units in claims_on(row):
        result.setdefault(line.id, []).append(waiter)
    return result


def claims_on(row: Transfer) -> list[tuple[TransferLine, Waiter, int]]:
    """Return who waits for how many units of which line, the oldest peg first."""
    lines = {line.id: line for line in row.lines}
    found = pegs.of_supply(transfers.SOURCE, lines)
    names: dict[tuple[str, int], Waiter] = {}
    for source in providers(DemandSource):  # type: ignore[type-abstract]
        mine = [peg.demand_line_id for peg in found if peg.demand_source == source.key]
        answers = source.waiters(mine) if mine else {}
        names |= {(source.key, line): waiter for line, waiter in answers.items()}
    known = [(peg, names.get((peg.demand_source, peg.demand_line_id))) for peg in found]
    return [(lines[peg.supply_line_id], waiter, peg.qty) for peg, waiter in known if waiter]
