"""Questions the core asks plugins."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from markupsafe import Markup


class DemoData(Protocol):
    """Fills an empty database with a believable example for `erp demo`."""

    def fill(self) -> str:
        """Write the example inside the caller's transaction; says in a few words what is there.

        Does nothing and returns an empty string when there is data already.
        """
        ...


class SettingsImpact(Protocol):
    """Says what settings mean for the data that is there, before and after a change.

    Both answers are fragments for the card beside the settings form: Markup is shown as it is,
    text is escaped, and an empty answer shows nothing. Neither may write.
    """

    def today(self, plugin: str, company: int) -> Markup | str:
        """Say what the settings of `plugin` mean right now ("34 of 212 orders are marked").

        `company` is the id of the company whose values are shown, 0 for everybody's.
        """
        ...

    def preview(self, plugin: str, key: str, value: object, company: int) -> Markup | str:
        """Say what saving `value` (already of the field's type) would change.

        An empty answer means that nothing would change: the value is then saved at once. Anything
        else is shown first, with a button that saves.
        """
        ...


@dataclass(frozen=True, slots=True)
class Hit:
    """Something that a search found: its name, its address, what it is, and a line about it."""

    title: str
    url: str
    kind: str
    icon: str = "arrow-right"
    note: str = ""


class SearchSource(Protocol):
    """Finds things for the box that Ctrl+K opens."""

    permission: str

    def find(self, text: str, limit: int) -> Iterable[Hit]:
        """Yield what the typed text names, the best first, at most `limit`.

        It is asked while somebody types: one statement that an index answers.
        """
        ...


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that verify found: which rule (I1-I20), where, what is stored, what should be."""

    rule: str
    where: str
    stored: str
    expected: str


class Verifier(Protocol):
    """Recomputes stored figures from their sources; read-only."""

    def differences(self) -> Iterable[Difference]:
        """Yield every stored figure that is not what it should be."""
        ...
