"""Companies: legal or brand units that documents and settings may belong to."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from erp_core.db import db
from erp_core.events import publish
from erp_core.models import Company
from erp_core.plugin import Event


@dataclass(frozen=True, slots=True)
class CompanyAdded(Event):
    """A company exists from now on; plugins give it what each company needs."""

    company_id: int


def add_company(code: str, name: str, currency: str = "EUR") -> Company:
    """Create a company and announce it."""
    company = Company(code=code, name=name, currency=currency)
    db.session.add(company)
    db.session.flush()
    publish(CompanyAdded(company.id))
    return company


def first_company() -> Company | None:
    """Return the company that was created first."""
    return db.session.scalar(sa.select(Company).order_by(Company.id).limit(1))
