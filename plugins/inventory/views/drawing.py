"""What the cells of these screens are made of; everything is escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import get_template_attribute
from flask_babel import format_datetime
from markupsafe import Markup

from erp_core.admin.shell import shell
from erp_core.companies import first_company
from erp_core.plugin import Filter
from plugins.inventory.domain.places import TITLES, WarehouseKind
from plugins.inventory.domain.transfers import TransferStatus
from plugins.inventory.events import MoveKind
from plugins.inventory.services import catalogue

DASH = Markup('<span class="peg-muted">\u2013</span>')
STATUS = {
    TransferStatus.DRAFT: ("Draft", "done"),
    TransferStatus.REQUESTED: ("Requested", "missing"),
    TransferStatus.IN_TRANSIT: ("In transit", "wait"),
    TransferStatus.PARTIALLY_RECEIVED: ("Partially received", "other"),
    TransferStatus.RECEIVED: ("Received", "ok"),
    TransferStatus.CANCELLED: ("Cancelled", "done"),
}
"""Words and colour role of each status of a transfer."""

MOVES = {
    MoveKind.OPENING: "Opening balance",
    MoveKind.RECEIPT: "Receipt",
    MoveKind.DELIVERY: "Straight to customer",
    MoveKind.SUPPLIER_RETURN: "Back to supplier",
    MoveKind.SHIPMENT: "Shipment",
    MoveKind.ADJUSTMENT: "Adjustment",
    MoveKind.TRANSFER_OUT: "Transfer out",
    MoveKind.TRANSFER_IN: "Transfer in",
    MoveKind.RETURN: "Return",
}
YES_NO = (("", "All"), ("yes", "Yes"), ("no", "No"))


def link(text: object, url: str) -> Markup:
    """Return a link that also opens the row by keyboard."""
    return Markup('<a href="%s" data-open>%s</a>') % (url, text)


def sku(text: str) -> Markup:
    """Return a SKU in its own type."""
    return Markup('<span class="peg-sku">%s</span>') % text


def units(number: int) -> str:
    """Return units with separators."""
    return f"{number:,}"


def signed(number: int) -> Markup:
    """Return a change of stock with its sign."""
    sign = "+" if number > 0 else "−"  # noqa: RUF001 - the minus sign, not a hyphen
    return Markup('<span class="peg-num">%s%s</span>') % (sign, f"{abs(number):,}")


def when(moment: datetime) -> Markup:
    """Return a moment in the reader's time zone."""
    text = format_datetime(moment, "d MMM y, HH:mm")
    return Markup('<time datetime="%s">%s</time>') % (moment.isoformat(), text)


def money(minor: int, currency: str) -> Any:
    """Return an amount with its currency's sign and decimals."""
    return get_template_attribute("erp/macros.html", "money")(minor, currency)


def transfer_status(status: str) -> Any:
    """Return the status of a transfer: a shape and words."""
    return get_template_attribute("erp/macros.html", "status")(*STATUS[TransferStatus(status)])


def pill(text: str, role: str, icon: str = "") -> Any:
    """Return a word in a tinted pill."""
    return get_template_attribute("erp/macros.html", "pill")(text, role, icon)


def joined(items: Sequence[Any]) -> Markup:
    """Return drawn things one after another."""
    return Markup(" ").join(items)


def not_counted() -> Markup:
    """Say that stock at this place is never promised to anybody."""
    return Markup('<span class="peg-muted">not counted</span>')


def kind_title(kind: str) -> str:
    """Return what a kind of warehouse is called."""
    return TITLES[WarehouseKind(kind)]


def move_title(kind: str) -> str:
    """Return why stock moved, in words."""
    return MOVES.get(MoveKind(kind), kind)


def currency() -> str:
    """Return the currency that products are priced in: that of the first company."""
    company = first_company()
    return company.currency if company else "EUR"


def places() -> list[tuple[str, str]]:
    """Return warehouses in use as options: those of the chosen company, or all."""
    chosen = shell().company_id
    found = [place for place in catalogue.warehouses() if chosen in (0, place.company_id)]
    return [(str(place.id), place.name) for place in found]


def yes_no(key: str, title: str, column: Any, words: Mapping[str, str]) -> Filter:
    """Return a select filter over a yes/no column; `words` names all, yes and no."""
    options = tuple((value, words[label.lower()]) for value, label in YES_NO)
    return Filter(key, title, lambda: options, lambda value: column.is_(value == "yes"))
