"""Request stock for back orders through whoever can supply (F061-F069).

An offer's key carries the key of its source, so that the right source gets it back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from erp_core.errors import ConflictError, ErpError, NotFoundError
from erp_core.registry import providers
from plugins.backorders.services import needs
from plugins.inventory.ports import Need, Offer, SupplyLink, SupplyRequest, SupplySource

_BETWEEN = "|"


@dataclass(frozen=True, slots=True)
class Delivery:
    """Where the goods go: a location (None: the order's own) or straight to the customer."""

    place_id: int | None = None
    to_customer: bool = False


AT_HOME = Delivery()


def offers(backorder_ids: Sequence[int]) -> list[Offer]:
    """List the ways that serve each of these back orders, the best first.

    Raises NotFoundError for a back order that is closed or does not exist.
    """
    first, *others = _offers(list(_needs(backorder_ids).values())) or [{}]
    return [offer for key, offer in first.items() if all(key in other for other in others)]


def _offers(found: Sequence[Need]) -> list[dict[str, Offer]]:
    """Return what all sources offer to each need, by the key that names source and offer."""
    offered: list[dict[str, Offer]] = [{} for _ in found]
    for source in providers(SupplySource):  # type: ignore[type-abstract]
        for known, ways in zip(offered, source.offers_for(found), strict=True):
            for offer in ways:
                key = f"{source.key}{_BETWEEN}{offer.key}"
                known[key] = replace(offer, key=key)
    return offered


def request(
    backorder_ids: Sequence[int], offer: str, *, qty: int | None = None, to: Delivery = AT_HOME
) -> list[SupplyLink]:
    """Ask for supply and peg it; returns one link for each back order, in the given order.

    `qty` None asks for what is short and not on its way yet (A07). Raises NotFoundError for a
    closed back order, ErpError when nothing is left to ask for, or with the source's sentence.
    """
    wanted = _needs(backorder_ids)
    if qty is not None and len(wanted) > 1:
        raise ErpError("One quantity cannot stand for several back orders; leave it out.")
    source, _, key = offer.partition(_BETWEEN)
    requests = [
        SupplyRequest(key, need, _quantity(need, qty), to.place_id, to.to_customer)
        for need in wanted.values()
    ]
    return _source(source).request(requests)


def _quantity(need: Need, qty: int | None) -> int:
    units = need.qty if qty is None else qty
    if units < 1:
        raise ErpError(
            f"{need.label}: nothing is missing that is not on its way; enter a quantity to ask "
            "for more."
            if qty is None
            else f"{need.label}: the quantity is {units}; ask for 1 or more."
        )
    return units


def _needs(backorder_ids: Sequence[int]) -> Mapping[int, Need]:
    found = needs.of_backorders(backorder_ids)
    for key in backorder_ids:
        if key not in found:
            raise NotFoundError(f"There is no open back order BO-{key} (any more).")
    return {key: found[key] for key in dict.fromkeys(backorder_ids)}


def _source(key: str) -> SupplySource:
    for source in providers(SupplySource):  # type: ignore[type-abstract]
        if source.key == key:
            return source
    raise ConflictError("This way to get stock is not offered any more; choose another one.")
