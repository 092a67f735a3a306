"""Order lines as people type them: product by SKU or name, quantity, price, discount."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from flask import request

from erp_core.db import db
from plugins.inventory.models import Product
from plugins.sales.domain.money import MAX_PRICE_MINOR, parse_amount, parse_percent, typed
from plugins.sales.services.entry import NewLine
from plugins.sales.views.reading import read_whole

MOST_LINES = 500
LINE_FIELDS = ("product", "qty", "price", "discount")
SEPARATOR = " · "
"""Stands between SKU and name in what the list of products offers."""


@dataclass(slots=True)
class TypedLine:
    """One line as typed, and what is wrong with it by field name."""

    product: str = ""
    qty: str = ""
    price: str = ""
    discount: str = ""
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, values: Mapping[str, str]) -> TypedLine:
        """Take a line from a form that has only one."""
        product, qty, price, discount = (values.get(name, "") for name in LINE_FIELDS)
        return cls(product, qty, price, discount)

    @property
    def blank(self) -> bool:
        """Say whether nothing was typed into the line."""
        return not any((self.product, self.qty, self.price, self.discount))

    def named(self, known: Mapping[str, Product]) -> Product | None:
        """Return the product that the line names by now, if it is one that is sold."""
        found = known.get(_sku(self.product).lower()) or known.get(self.product.strip().lower())
        return found if found and found.active and self.product.strip() else None

    def read(self, name: str, reader: Callable[[str], Any]) -> Any:
        """Read one field; a ValueError becomes that field's error and gives None."""
        try:
            return reader(getattr(self, name))
        except ValueError as error:
            self.errors[name] = str(error)
            return None


def sent_lines() -> list[TypedLine]:
    """Return the lines of a form as the request brings them."""
    columns = [request.form.getlist(name)[:MOST_LINES] for name in LINE_FIELDS]
    longest = max(map(len, columns))
    padded = [column + [""] * (longest - len(column)) for column in columns]
    return [TypedLine(*row) for row in zip(*padded, strict=True)]


def contains(text: str) -> str:
    """Return the pattern that finds what contains a text."""
    clean = text.strip()[:64]
    for char in ("\\", "%", "_"):
        clean = clean.replace(char, f"\\{char}")
    return f"%{clean}%"


def read_lines(lines: Sequence[TypedLine], currency: str) -> list[NewLine]:
    """Return the lines that can be used; errors are written into the others.

    A blank price is the product's own, a blank discount none. One statement for all products.
    """
    known = known_products([line.product for line in lines])
    read = [_read_line(line, known, currency) for line in lines]
    return [line for line in read if line is not None]


def _read_line(line: TypedLine, known: dict[str, Product], currency: str) -> NewLine | None:
    product = line.read("product", lambda text: _chosen(text, known))
    qty = line.read("qty", read_whole)
    price = line.read("price", lambda text: _price(text, currency))
    discount = line.read("discount", parse_percent)
    return None if line.errors else NewLine(product.id, qty, price, discount)


def _price(text: str, currency: str) -> int | None:
    if not text.strip():
        return None
    price = parse_amount(text, currency)
    if not 0 <= price <= MAX_PRICE_MINOR:
        raise ValueError(f"An amount from 0 to {typed(MAX_PRICE_MINOR, currency)}.")
    return price


def _sku(text: str) -> str:
    return text.partition(SEPARATOR)[0].strip()


def known_products(texts: Collection[str]) -> dict[str, Product]:
    """Find products by SKU, else by barcode or name, whatever the case of the letters."""
    wanted = {part.lower() for text in texts for part in (_sku(text), text.strip()) if part}
    columns = (Product.sku, Product.barcode, Product.name)
    query = sa.select(Product).where(
        sa.or_(*(sa.func.lower(column).in_(wanted) for column in columns))
    )
    found: dict[str, Product] = {}
    for product in db.session.scalars(query.order_by(Product.active, Product.id.desc())):
        found[product.name.lower()] = product
        found[(product.barcode or "").lower()] = product
    for product in list(found.values()):
        found[product.sku.lower()] = product
    return found


def _chosen(text: str, known: dict[str, Product]) -> Product:
    clean = text.strip()
    if not clean:
        raise ValueError("Choose a product: type its SKU or name.")
    product = known.get(_sku(text).lower()) or known.get(clean.lower())
    if product is None:
        raise ValueError(f"No product has the SKU or name “{clean[:40]}”.")
    if not product.active:
        raise ValueError(f"{product.sku} is not sold any more.")
    return product
