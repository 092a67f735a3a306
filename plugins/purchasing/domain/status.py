"""The status of a purchase order follows from its quantities; its next steps from the status."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple


class Quantities(NamedTuple):
    """What was ordered, received and cancelled of one line, in stock units."""

    ordered: int
    received: int = 0
    cancelled: int = 0

    @property
    def open(self) -> int:
        """Return what is still to come."""
        return self.ordered - self.received - self.cancelled


class Step(StrEnum):
    """What a person may do with a purchase order."""

    EDIT = "edit"
    SEND = "send"
    RECEIVE = "receive"
    SHORT_CLOSE = "short_close"
    SEND_BACK = "send_back"
    CANCEL = "cancel"


ALLOWED = {
    Step.EDIT: frozenset({"draft"}),
    Step.SEND: frozenset({"draft"}),
    Step.RECEIVE: frozenset({"sent", "partially_received"}),
    Step.SHORT_CLOSE: frozenset({"sent", "partially_received"}),
    Step.SEND_BACK: frozenset({"partially_received", "received"}),
    Step.CANCEL: frozenset({"draft", "sent", "partially_received"}),
}
"""In which statuses each step is possible (features.md 5.2)."""

REFUSALS = {
    Step.EDIT: "can be changed only while it is a draft",
    Step.SEND: "can be sent only while it is a draft",
    Step.RECEIVE: "can be received only after it was sent and while something is open",
    Step.SHORT_CLOSE: "can be closed short only after it was sent and while something is open",
    Step.SEND_BACK: "has received nothing that could be sent or taken back",
    Step.CANCEL: "has nothing open that could be cancelled",
}


def allowed(step: Step, status: str) -> bool:
    """Say whether a purchase order in this status can take the step."""
    return status in ALLOWED[step]


def refusal(step: Step, number: str, status: str) -> str:
    """Say why a purchase order in this status cannot take the step."""
    return f"{number} is {in_words(status).lower()}; it {REFUSALS[step]}."


def in_words(status: str) -> str:
    """Return a status as people read it: "Partially received"."""
    return status.replace("_", " ").capitalize()


def status_of(lines: Iterable[Quantities], *, sent: bool) -> str:
    """Derive the status: what came, what may still come, and whether the supplier knows of it.

    An order without lines is a draft. An order whose rest was cancelled is received when anything
    came and cancelled when nothing did.
    """
    known = list(lines)
    came = any(line.received for line in known)
    comes = any(line.open for line in known) or not known
    if not comes:
        return "received" if came else "cancelled"
    if not sent:
        return "draft"
    return "partially_received" if came else "sent"
