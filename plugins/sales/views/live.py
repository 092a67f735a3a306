"""Availability of lines while they are typed: one request a change, also for the lookup."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa
from flask import request
from flask_admin import expose
from markupsafe import Markup

from erp_core.access import requires
from erp_core.db import db
from erp_core.models import Company
from plugins.inventory.models import Product
from plugins.sales.domain.promising import Outlook
from plugins.sales.models import SalesOrder
from plugins.sales.services.availability import availability
from plugins.sales.services.figures import whole_order
from plugins.sales.views.reading import read_key, read_whole
from plugins.sales.views.tool_dialogs import ToolDialogs
from plugins.sales.views.typed_lines import (
    SEPARATOR,
    TypedLine,
    contains,
    known_products,
    sent_lines,
)
from plugins.sales.views.wording import WORDS, money

OPTION = Markup('<option value="%s">%s</option>')


class Asked(NamedTuple):
    """A line on screen (its key there), its product and units; None while they make no sense."""

    key: str
    product: Product | None
    units: int | None


class LivePages(ToolDialogs):
    """`/sales/order/live`, and the list that products are looked up in."""

    @expose("/live", methods=("POST",))
    @requires("sales.order.edit")
    def live_lines(self) -> str:
        """Answer a typed change: what each line would get, and products for what is typed."""
        lines, order = sent_lines(), _edited()
        known = known_products([line.product for line in lines])
        asked = [*_kept(order), *_new(lines, known)]
        facts = {"asked": asked, "found": _outlooks(asked, order), "options": _options(lines)}
        return self.render("sales/live.html", **facts, **WORDS)

    @expose("/find/products")
    @requires("sales.order.edit")
    def find_products(self) -> str:
        """Offer products whose SKU, name or barcode contains what is being typed."""
        return product_options(request.args.get("product", ""))


def _edited() -> SalesOrder | None:
    key = read_key(request.form.get("order", ""))
    return whole_order(key) if key else None


def _kept(order: SalesOrder | None) -> list[Asked]:
    """Return the lines that the order has, with the open units that were typed for them."""
    found = []
    for line in order.lines if order else ():
        settled = line.shipped_qty + line.cancelled_qty
        units = _units(request.form.get(f"qty-{line.id}", ""))
        open_units = None if units is None else max(0, units - settled)
        found.append(Asked(f"edit-{line.id}", line.product, open_units))
    return found


def _new(lines: Sequence[TypedLine], known: dict[str, Product]) -> list[Asked]:
    return [
        Asked(f"line-{place}", line.named(known), _units(line.qty))
        for place, line in enumerate(lines, start=1)
    ]


def _units(text: str) -> int | None:
    try:
        return read_whole(text)
    except ValueError:
        return None


def _outlooks(asked: Sequence[Asked], order: SalesOrder | None) -> dict[str, Outlook]:
    """Return the outlook of each line of a tracked product; others need no stock (F027)."""
    place = read_key(request.form.get("warehouse", "")) or (order.warehouse_id if order else 0)
    lines = [
        (one.key, (one.product.id, one.units))
        for one in asked
        if one.product and one.product.tracked and one.units and place
    ]
    found = availability(place, [wanted for _, wanted in lines], order) if lines else []
    return {key: outlook for (key, _), outlook in zip(lines, found, strict=True)}


def _options(lines: Sequence[TypedLine]) -> str:
    """Return the products to offer in the line that is being typed; empty for other changes."""
    place = read_key(request.form.get("typing", ""))
    return product_options(lines[place - 1].product) if 0 < place <= len(lines) else ""


def product_options(text: str) -> Markup:
    """Return the first products that fit as options of a datalist."""
    like = contains(text)
    columns = (Product.sku, Product.name, Product.barcode)
    query = sa.select(Product).where(Product.active.is_(True))
    query = query.where(sa.or_(*(column.ilike(like) for column in columns)))
    rows = db.session.scalars(query.order_by(Product.sku).limit(20))
    currency = db.session.scalar(sa.select(Company.currency).order_by(Company.id)) or ""
    pairs = ((f"{p.sku}{SEPARATOR}{p.name}", money(p.sale_price_minor, currency)) for p in rows)
    return options(pairs)


def options(pairs: object) -> Markup:
    """Return (value, explanation) pairs as options of a datalist."""
    return Markup("\n").join(OPTION % pair for pair in pairs)  # type: ignore[attr-defined]
