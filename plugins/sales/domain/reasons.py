"""Why somebody gave units up."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

LONGEST_NOTE = 200


class CancelReason(StrEnum):
    """Why units of an order are given up; Out of stock is told to the customer (A22)."""

    CUSTOMER = "customer"
    OUT_OF_STOCK = "out_of_stock"
    MISTAKE = "mistake"
    OTHER = "other"

    @property
    def words(self) -> str:
        """Return the reason as dialogs offer it."""
        return _WORDS[self]


_WORDS = {
    CancelReason.CUSTOMER: "The customer asked for it",
    CancelReason.OUT_OF_STOCK: "Out of stock",
    CancelReason.MISTAKE: "Entered by mistake",
    CancelReason.OTHER: "Another reason",
}


@dataclass(frozen=True, slots=True)
class Why:
    """A reason and, if somebody wrote one, a note of at most 200 characters."""

    reason: CancelReason = CancelReason.OTHER
    note: str = ""

    def checked(self) -> Why:
        """Return it with the note trimmed; raises ValueError when that is too long."""
        return Why(self.reason, checked_note(self.note))


def checked_note(text: str) -> str:
    """Return a note without blanks around it; raises ValueError over 200 characters."""
    clean = text.strip()
    if len(clean) > LONGEST_NOTE:
        raise ValueError(f"At most {LONGEST_NOTE} characters; these are {len(clean)}.")
    return clean


def read_reason(text: str) -> CancelReason:
    """Read a reason as a form sends it; raises ValueError with the choices."""
    if text not in set(CancelReason):
        raise ValueError(f"One of: {', '.join(reason.words for reason in CancelReason)}.")
    return CancelReason(text)
