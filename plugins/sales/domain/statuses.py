"""Statuses of a sales order and which step leads from where: the one table of transitions (I15).

Code asks `allowed`; the README prints the same table with `table()`, and a test compares the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class OrderStatus(StrEnum):
    """Document status of a sales order; stock, payment and approval are separate facts (C15)."""

    DRAFT = "draft"
    CONFIRMED = "confirmed"
    APPROVED = "approved"
    ON_HOLD = "on_hold"
    PARTIALLY_FULFILLED = "partially_fulfilled"
    FULFILLED = "fulfilled"
    CANCELLED = "cancelled"

    @property
    def words(self) -> str:
        """Return the status in words, as screens show it."""
        return self.value.replace("_", " ").capitalize()


OPEN_STATUSES = (
    OrderStatus.CONFIRMED,
    OrderStatus.APPROVED,
    OrderStatus.ON_HOLD,
    OrderStatus.PARTIALLY_FULFILLED,
)
"""Statuses in which an order is demand."""


class Step(StrEnum):
    """What somebody can do with an order."""

    CONFIRM = "confirm"
    APPROVE = "approve"
    HOLD = "hold"
    UNHOLD = "take off hold"
    SHIP = "ship"
    CHANGE = "change lines"
    SPLIT = "split"
    FILL = "fill into a child order"
    MOVE = "change priority or location"
    DELAY = "delay shipping"
    WITHDRAW = "withdraw approval"
    CANCEL = "cancel"


_S = OrderStatus
_RESTING = (_S.CONFIRMED, _S.APPROVED, _S.PARTIALLY_FULFILLED)
_ENDED_BY_CANCELLING = (_S.CANCELLED, _S.FULFILLED)

TRANSITIONS: Mapping[Step, Mapping[OrderStatus, tuple[OrderStatus, ...]]] = {
    Step.CONFIRM: {_S.DRAFT: (_S.CONFIRMED,)},
    Step.APPROVE: {_S.CONFIRMED: (_S.APPROVED,), _S.PARTIALLY_FULFILLED: (_S.PARTIALLY_FULFILLED,)},
    Step.HOLD: dict.fromkeys(_RESTING, (_S.ON_HOLD,)),
    Step.UNHOLD: {_S.ON_HOLD: _RESTING},
    Step.SHIP: dict.fromkeys(_RESTING, (_S.PARTIALLY_FULFILLED, _S.FULFILLED)),
    Step.CHANGE: {
        _S.DRAFT: (_S.DRAFT, _S.CANCELLED),
        _S.CONFIRMED: (_S.CONFIRMED, _S.CANCELLED),
        _S.ON_HOLD: (_S.ON_HOLD, *_ENDED_BY_CANCELLING),
        _S.PARTIALLY_FULFILLED: (_S.PARTIALLY_FULFILLED, _S.FULFILLED),
    },
    Step.SPLIT: {
        _S.CONFIRMED: (_S.CONFIRMED,),
        _S.ON_HOLD: (_S.ON_HOLD, _S.FULFILLED),
        _S.PARTIALLY_FULFILLED: (_S.PARTIALLY_FULFILLED, _S.FULFILLED),
    },
    Step.FILL: {
        _S.APPROVED: (_S.APPROVED,),
        _S.PARTIALLY_FULFILLED: (_S.PARTIALLY_FULFILLED, _S.FULFILLED),
    },
    Step.MOVE: {status: (status,) for status in (_S.DRAFT, *OPEN_STATUSES)},
    Step.DELAY: {status: (status,) for status in OPEN_STATUSES},
    Step.WITHDRAW: {
        _S.APPROVED: (_S.CONFIRMED,),
        _S.ON_HOLD: (_S.ON_HOLD,),
        _S.PARTIALLY_FULFILLED: (_S.PARTIALLY_FULFILLED,),
    },
    Step.CANCEL: {
        _S.DRAFT: (_S.CANCELLED,),
        _S.CONFIRMED: (_S.CANCELLED,),
        _S.APPROVED: (_S.CANCELLED,),
        _S.ON_HOLD: _ENDED_BY_CANCELLING,
        _S.PARTIALLY_FULFILLED: (_S.FULFILLED,),
    },
}
"""step -> status before -> statuses after. What is not in here is refused."""


def allowed(step: Step, status: str) -> bool:
    """Say whether `step` may be taken from `status`."""
    return status in TRANSITIONS[step]


def refusal(step: Step, number: str, status: str) -> str:
    """Say in one sentence why `step` is refused and from where it would be allowed."""
    fitting = [item.words.lower() for item in TRANSITIONS[step]]
    present = OrderStatus(status).words.lower()
    return f"{number} is {present}; to {step} it must be {listed(fitting)}."


def listed(words: list[str]) -> str:
    """Join words as a sentence does: "a, b or c"."""
    return " or ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def resting_status(*, approved: bool, ordered: int, shipped: int, cancelled: int) -> OrderStatus:
    """Return the status that a confirmed order's quantities and approval say it has.

    `ordered`, `shipped` and `cancelled` are sums over its lines, in stock units. Nothing open is
    Fulfilled when something shipped, else Cancelled (features.md 5.2).
    """
    if ordered == shipped + cancelled:
        return OrderStatus.FULFILLED if shipped else OrderStatus.CANCELLED
    if shipped:
        return OrderStatus.PARTIALLY_FULFILLED
    return OrderStatus.APPROVED if approved else OrderStatus.CONFIRMED


def table() -> str:
    """Return the table of transitions as Markdown."""
    lines = ["| step | from | to |", "| --- | --- | --- |"]
    for step, moves in TRANSITIONS.items():
        for before, after in moves.items():
            reached = listed([status.words for status in after])
            lines.append(f"| {step} | {before.words} | {reached} |")
    return "\n".join(lines)
