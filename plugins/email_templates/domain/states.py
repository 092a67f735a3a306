"""The life of an outgoing e-mail (features.md 5.2; outbox protocol of reliability.md 2.1)."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """Where an e-mail stands."""

    QUEUED = "queued"
    HELD = "held"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    SUPPRESSED = "suppressed"
    DIGESTED = "digested"

    @property
    def words(self) -> str:
        """Return what people call it."""
        return WORDS[self]


WORDS = {
    State.QUEUED: "Queued",
    State.HELD: "Waits for the digest",
    State.SENDING: "Sending",
    State.SENT: "Sent",
    State.FAILED: "Failed",
    State.UNCERTAIN: "Uncertain",
    State.SUPPRESSED: "Suppressed",
    State.DIGESTED: "In a digest",
}
RESENDABLE = frozenset({State.FAILED, State.UNCERTAIN, State.SUPPRESSED})
"""From these a person may send the same e-mail again; of a sent one, a copy."""

SUPPRESSIBLE = frozenset({State.QUEUED, State.HELD, State.FAILED, State.UNCERTAIN})
"""From these a person may decide that it is not sent."""

CLOSED = frozenset({State.SENT, State.FAILED, State.SUPPRESSED, State.DIGESTED})
"""Nothing happens to these by itself."""

ATTENTION = (State.FAILED, State.UNCERTAIN)
"""Somebody should look at these."""
