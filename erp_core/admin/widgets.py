"""What a grid consists of: buttons, chips, filters, bulk actions and columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from erp_core.admin.paging import Counted


@dataclass(frozen=True, slots=True)
class Button:
    """One thing to press: `method` is get (a link), post (at once) or dialog (opens one)."""

    label: str
    url: str
    method: str = "get"
    role: str = ""
    icon: str = ""
    primary: bool = False
    confirm: str = ""


@dataclass(frozen=True, slots=True)
class Chip:
    """A status filter with its count; `role` is one of the five colour roles."""

    title: str
    count: int | Counted | None
    url: str
    active: bool = False
    role: str = ""


@dataclass(frozen=True, slots=True)
class SelectFilter:
    """A select box above a grid."""

    name: str
    title: str
    options: Sequence[tuple[str, str]]
    value: str


@dataclass(frozen=True, slots=True)
class BulkAction:
    """An action in the bar that appears when rows are selected.

    `dialog` is the address of a dialog that gets the selected rows as `rowid`; without one the
    action is carried out at once.
    """

    name: str
    label: str
    icon: str = ""
    confirm: str = ""
    dialog: str = ""


@dataclass(frozen=True, slots=True)
class GridColumn:
    """A column as the list template draws it."""

    key: str
    title: str
    align: str = "start"
    sortable: bool = False
    index: int | None = None
