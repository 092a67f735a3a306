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
    announce(company)
    return company


def announce(company: Company) -> None:
    """Tell the plugins about a new company, whichever way it was created."""
    publish(CompanyAdded(company.id))


def first_company() -> Company | None:
    """Return the company that was created first."""
    return db.session.scalar(sa.select(Company).order_by(Company.id).limit(1))
