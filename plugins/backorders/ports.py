"""Questions that back orders ask; whoever takes payments answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Charge:
    """Money to take for one fill, in minor units.

    `key` names the fill: the same key is asked for again after a crash and must be charged once.
    """

    key: str
    order_id: int
    amount_minor: int
    currency: str


class PaymentGateway(Protocol):
    """Takes money from the card that belongs to an order (A14)."""

    key: str
    """Under this name the setting `card_gateway` chooses it."""

    def capture(self, charge: Charge) -> str:
        """Take the money and return the gateway's reference; raises ErpError with the refusal."""
        ...
