"""Keep customers."""

from __future__ import annotations

from erp_core.db import db, next_value
from erp_core.errors import ErpError
from plugins.sales.models import Customer


def save_customer(customer: Customer) -> Customer:
    """Check and keep a customer; a blank code becomes the next number (C-1001).

    Raises ErpError when neither a name nor a company name is given.
    """
    for part in ("code", "name", "company_name", "email"):
        setattr(customer, part, (getattr(customer, part) or "").strip())
    if not customer.name:
        customer.name = customer.company_name
    if not customer.name:
        raise ErpError("A customer needs a name or a company name.")
    if not customer.code:
        customer.code = f"C-{1000 + next_value('customer')}"
    db.session.add(customer)
    db.session.flush()
    return customer
