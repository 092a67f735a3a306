"""What a typed text finds among back orders."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from plugins.backorders.models import Backorder
from plugins.inventory.models import Product
from plugins.sales.models import Customer, SalesOrder


def matches(text: str) -> sa.ColumnElement[bool]:
    """Match order, customer, product or the number of the back order itself."""
    found: list[sa.ColumnElement[bool]] = [
        Backorder.product_id.in_(_ids_with(text, Product.sku, Product.name)),
        Backorder.order_id.in_(
            _ids_with(text, SalesOrder.number, Customer.name, Customer.company_name)
        ),
    ]
    number = text.upper().removeprefix("BO-")
    if number.isdecimal() and len(number) < 19:
        found.append(Backorder.id == int(number))
    return sa.or_(*found)


def _ids_with(text: str, *columns: Any) -> sa.Select[Any]:
    model = columns[0].class_
    query = sa.select(model.id)
    if model is SalesOrder:
        query = query.join(SalesOrder.customer)
    return query.where(sa.or_(*(c.icontains(text, autoescape=True) for c in columns)))
