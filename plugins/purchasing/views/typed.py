"""What people typed into our forms: read, checked, and kept for the form that is sent back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask import request

from erp_core.errors import ErpError
from erp_core.imports import Parser, day, money, text, whole
from plugins.inventory.models import Product
from plugins.inventory.services import catalogue
from plugins.purchasing.domain.arrival import MOST
from plugins.purchasing.domain.prices import decimals
from plugins.purchasing.services.creating import MOST_MINOR, NewPurchaseLine

quantity = whole(1, MOST)
arrived = whole(0, MOST)


def price(currency: str) -> Parser:
    """Return the parser of a price in a currency: "12.50" is 1250 minor units."""
    return money(decimals(currency), maximum=MOST_MINOR)


@dataclass(slots=True)
class Typed:
    """The fields of a form, and what is wrong with them by field name."""

    values: Mapping[str, str]
    errors: dict[str, str] = field(default_factory=dict)

    def get(self, name: str) -> str:
        """Return what was typed, without spaces around it."""
        return self.values.get(name, "").strip()

    def read(self, name: str, parse: Parser, default: Any = None) -> Any:
        """Return the value of a field; an empty one is `default`; notes what cannot be read."""
        raw = self.get(name)
        if not raw and name not in self.errors:
            return default
        try:
            return parse(raw)
        except ValueError as error:
            self.errors[name] = f"{error}."
            return default

    def number(self, name: str) -> int | None:
        """Return the key chosen in a select box; None when nothing sensible was chosen."""
        raw = self.get(name)
        return int(raw) if raw.isdecimal() and len(raw) < 18 else None

    def date(self, name: str) -> date | None:
        """Return a date, or None for an empty field."""
        return self.read(name, day())

    def text(self, name: str, limit: int, *, lines: bool = False) -> str:
        """Return text of at most `limit` characters."""
        return self.read(name, text(limit, lines=lines), "")


def typed() -> Typed:
    """Return what this request's form holds."""
    return Typed({key: values[0] for key, values in request.form.lists()})


def seen_version() -> int | None:
    """Return the version of the order that the person saw; None when the form carries none."""
    raw = request.form.get("version", "")
    if not raw:
        return None
    if not raw.isdecimal() or len(raw) > 18:
        raise ErpError("This form is damaged; load the page again.")
    return int(raw)


def line_numbers(form: Typed, prefix: str) -> list[int]:
    """Return the numbers of the rows typed under `prefix` ("lines-3-sku"), in their order."""
    ends = (key.removeprefix(f"{prefix}-").partition("-") for key in form.values)
    return sorted({int(n) for n, dash, part in ends if dash and part == "sku" and _small(n)})


def _small(text: str) -> bool:
    return text.isdecimal() and len(text) < 6


def new_lines(form: Typed, prefix: str, currency: str) -> list[NewPurchaseLine]:
    """Return the lines typed as SKU, quantity and cost; empty rows are left out."""
    rows = [f"{prefix}-{number}" for number in line_numbers(form, prefix)]
    used = [row for row in rows if any(form.get(f"{row}-{x}") for x in ("sku", "qty", "cost"))]
    known = catalogue.find_skus({form.get(f"{row}-sku") for row in used})
    lines = [_new_line(form, row, known, currency) for row in used]
    return [line for line in lines if line is not None]


def _new_line(
    form: Typed, row: str, known: Mapping[str, Product], currency: str
) -> NewPurchaseLine | None:
    sku = form.get(f"{row}-sku")
    product = known.get(sku)
    if not sku:
        form.errors[f"{row}-sku"] = "Give the SKU of a product."
    elif product is None:
        form.errors[f"{row}-sku"] = f"No product has the SKU {sku[:64]}."
    if not form.get(f"{row}-qty"):
        form.errors[f"{row}-qty"] = f"Whole number from 1 to {MOST:,}."
    qty = form.read(f"{row}-qty", quantity)
    cost = form.read(f"{row}-cost", price(currency))
    if product is None or qty is None:
        return None
    return NewPurchaseLine(product.id, qty, cost)
