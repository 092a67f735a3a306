"""Orders by number and customers by name or code, for the box of Ctrl+K."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from flask import url_for

from erp_core.db import db
from erp_core.ports import Hit
from plugins.sales.models import Customer, SalesOrder

PREFIX = "SO-"


class SalesSearch:
    """Finds an order by its number, "1042" or "SO-1042", and customers by a part of their name."""

    permission = "sales.view"

    def find(self, text: str, limit: int) -> Iterator[Hit]:
        """Yield the order, then customers."""
        yield from _orders(text)
        yield from _customers(text, limit)


def _orders(text: str) -> Iterator[Hit]:
    number = text.upper()
    named = SalesOrder.number.in_((number, PREFIX + number))
    query = sa.select(SalesOrder.id, SalesOrder.number, Customer.name, Customer.company_name)
    found = db.session.execute(query.join(SalesOrder.customer).where(named))
    for key, shown, name, company in found:
        url = url_for("sales_order.detail_view", pk=key)
        yield Hit(shown, url, "Order", "clipboard-list", company or name)


def _customers(text: str, limit: int) -> Iterator[Hit]:
    columns = (Customer.name, Customer.company_name, Customer.code, Customer.email)
    named = sa.or_(*(column.icontains(text, autoescape=True) for column in columns))
    query = sa.select(Customer).where(named).order_by(Customer.name, Customer.id).limit(limit)
    for customer in db.session.scalars(query):
        url = url_for("sales_order.index_view", customer=customer.id)
        yield Hit(str(customer), url, "Orders of customer", "user", customer.city)
