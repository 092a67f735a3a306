"""The textbook formulas of inventory control, exact to the unit (features.md 5.1).

Notation as in Silver, Pyke and Thomas, *Inventory and Production Management in Supply Chains*:
demand a day d with deviation sd (units), lead time L with deviation sL (days), service factor z.
Quantities are whole stock units; what is rounded is rounded up, so that cover is never too small.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

ZERO = Decimal(0)
DAYS_A_YEAR = 365

Z = {
    500: ZERO,
    800: Decimal("0.8416"),
    850: Decimal("1.0364"),
    900: Decimal("1.2816"),
    950: Decimal("1.6449"),
    975: Decimal("1.9600"),
    980: Decimal("2.0537"),
    990: Decimal("2.3263"),
    995: Decimal("2.5758"),
    999: Decimal("3.0902"),
}
"""Service level in per mille -> z: quantiles of the standard normal distribution, four decimals.

The service level is the share of replenishment cycles that end without a shortage.
"""


@dataclass(frozen=True, slots=True)
class Demand:
    """Demand a day: mean and standard deviation, in stock units."""

    mean: Decimal = ZERO
    deviation: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class LeadTime:
    """Order sent to goods usable: mean and standard deviation, in days."""

    days: int
    deviation: int = 0


def demand(total: int, squares: int, days: int) -> Demand:
    """Return demand a day from its sum and its sum of squares over `days`, quiet days included.

    The deviation is that of a sample: sqrt((sum of squares - total^2 / days) / (days - 1)).
    """
    mean = Decimal(total) / days
    spread = Decimal(squares) - Decimal(total) ** 2 / days
    return Demand(mean, (max(spread, ZERO) / (days - 1)).sqrt() if days > 1 else ZERO)


def safety_stock(asked: Demand, lead: LeadTime, service: int) -> int:
    """Return z * sqrt(L * sd^2 + d^2 * sL^2), rounded up; `service` is a key of Z."""
    variance = lead.days * asked.deviation**2 + asked.mean**2 * lead.deviation**2
    return up(Z[service] * variance.sqrt())


def reorder_point(asked: Demand, lead: LeadTime, service: int) -> int:
    """Return d * L + safety stock, rounded up: the position at which to order."""
    return up(asked.mean * lead.days) + safety_stock(asked, lead, service)


def economic_order(asked: Demand, ordering_minor: int, holding_minor: Decimal) -> int:
    """Return Wilson's lot size sqrt(2 * D * S / H), rounded up and 1 at least.

    D is the demand of a year in units, S the cost of an order and H the cost of holding a unit for
    a year, both in minor units. Without a holding cost no lot is too large: then it is a year's
    demand.
    """
    yearly = asked.mean * DAYS_A_YEAR
    if holding_minor <= 0:
        return max(up(yearly), 1)
    return max(up((2 * yearly * ordering_minor / holding_minor).sqrt()), 1)


def up(value: Decimal) -> int:
    """Round up to whole units."""
    return int(value.to_integral_value(ROUND_CEILING))
