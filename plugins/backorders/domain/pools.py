"""Which pool a warehouse's stock counts in, and which an order draws on (DESIGN section 3)."""

from dataclasses import dataclass

KINDS = ("store", "warehouse", "dropship", "defective", "reserved")
SCOPES = ("location", "company")


@dataclass(frozen=True, slots=True)
class Warehouse:
    """The facts about a warehouse that decide its pool.

    `serves` is the warehouse that a drop-ship warehouse delivers for, None when it stands alone.
    Raises ValueError for an unknown kind.
    """

    id: int
    kind: str
    company_id: int
    serves: int | None = None

    def __post_init__(self) -> None:
        _require("Warehouse type", self.kind, KINDS)


def pool_of(warehouse: Warehouse, scope: str, *, count_dropship: bool) -> int | None:
    """Return the pool that this warehouse's stock counts in, None when it never counts.

    Scope "location": a store or warehouse is its own pool (its id), a drop-ship warehouse joins the
    one it serves. Scope "company": one pool, minus the company's id. Defective and Reserved never
    count; drop-ship counts only with `count_dropship`, the opposite of "Don't consider Dropship WH
    Qty" (A19). Raises ValueError for an unknown scope.
    """
    _require("Allocation scope", scope, SCOPES)
    if warehouse.kind in ("defective", "reserved"):
        return None
    if warehouse.kind == "dropship" and not count_dropship:
        return None
    return demand_pool(warehouse, scope)


def demand_pool(warehouse: Warehouse, scope: str) -> int:
    """Return the pool that an order placed at this warehouse draws on; every order has one.

    An order at a warehouse whose stock never counts draws on that warehouse's empty pool. Raises
    ValueError for an unknown scope.
    """
    _require("Allocation scope", scope, SCOPES)
    if scope == "company":
        return -warehouse.company_id
    if warehouse.kind == "dropship" and warehouse.serves is not None:
        return warehouse.serves
    return warehouse.id


def _require(what: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ValueError(f"{what} '{value}' is not known: use one of {', '.join(allowed)}.")
