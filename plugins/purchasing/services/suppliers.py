"""Who sells what: the suppliers of a product, the preferred one, and contact data (F028)."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from erp_core.db import db
from plugins.purchasing.models import Supplier, SupplierProduct

RANK = (SupplierProduct.preferred.desc(), SupplierProduct.price_minor, SupplierProduct.id)
"""The preferred supplier first, then the cheapest, then the one entered first."""

MAIL = re.compile(r"[^@\s,;]+@[^@\s,;]+\.[^@\s,;]+")
CONTACT_MISSING = "contact data is missing"


def contact_missing(supplier: Supplier) -> bool:
    """Say whether a supplier cannot be reached: no e-mail, no phone and no street (F028)."""
    return not (supplier.email or supplier.phone or supplier.street)


def mail_problem(supplier: Supplier) -> str:
    """Say why no e-mail can reach a supplier, and what to do; empty when one can (F028)."""
    if not supplier.email:
        return f"{supplier.name} has no e-mail address. Add one, or hand the document over."
    if not MAIL.fullmatch(supplier.email):
        return (
            f"“{supplier.email:.60}” of {supplier.name} is no e-mail address. Correct it, or hand "
            "the document over."
        )
    return ""


def sellers(product_ids: Collection[int]) -> Mapping[int, list[SupplierProduct]]:
    """Return who sells each product now, the preferred supplier first."""
    found = (
        sa.select(SupplierProduct)
        .join(SupplierProduct.supplier)
        .where(SupplierProduct.product_id.in_(product_ids), Supplier.active)
        .options(joinedload(SupplierProduct.supplier), joinedload(SupplierProduct.product))
        .order_by(*RANK)
    )
    grouped: dict[int, list[SupplierProduct]] = {key: [] for key in product_ids}
    for row in db.session.scalars(found):
        grouped[row.product_id].append(row)
    return grouped


def preferred() -> sa.Select[tuple[int, int, str, int]]:
    """Return (product_id, supplier_id, supplier_name, lead_time_days), one row a product.

    The preferred supplier, else the cheapest, else the first; inactive ones do not count.
    """
    place = sa.func.row_number().over(partition_by=SupplierProduct.product_id, order_by=RANK)
    ranked = (
        sa.select(
            SupplierProduct.product_id,
            Supplier.id.label("supplier_id"),
            Supplier.name.label("supplier_name"),
            sa.func.coalesce(SupplierProduct.lead_time_days, Supplier.lead_time_days).label(
                "lead_time_days"
            ),
            place.label("place"),
        )
        .join(Supplier, Supplier.id == SupplierProduct.supplier_id)
        .where(Supplier.active)
        .subquery("purchasing_ranked")
    )
    columns = (ranked.c.product_id, ranked.c.supplier_id)
    named = (ranked.c.supplier_name, ranked.c.lead_time_days)
    return sa.select(*columns, *named).where(ranked.c.place == 1)


def lead_times(supplier_id: int, product_ids: Collection[int]) -> dict[int, int | None]:
    """Return the lead times in days that a supplier has for single products."""
    found = _of(supplier_id, product_ids)
    return {row.product_id: row.lead_time_days for row in found}


def prices(supplier_id: int, product_ids: Collection[int]) -> dict[int, int]:
    """Return what a supplier asks for products, in minor units of its currency."""
    return {row.product_id: row.price_minor for row in _of(supplier_id, product_ids)}


def their_skus(supplier_id: int, product_ids: Collection[int]) -> dict[int, str]:
    """Return what a supplier calls products; an empty text where it has no name of its own."""
    return {row.product_id: row.supplier_sku for row in _of(supplier_id, product_ids)}


def _of(supplier_id: int, product_ids: Collection[int]) -> Sequence[SupplierProduct]:
    mine = SupplierProduct.supplier_id == supplier_id
    found = sa.select(SupplierProduct).where(mine, SupplierProduct.product_id.in_(product_ids))
    return db.session.scalars(found).all()


def prefer(row: SupplierProduct) -> None:
    """Make this supplier the preferred one of its product, and no other.

    The others give way first: the database allows one preferred row a product.
    """
    product_id = row.product.id
    with db.session.no_autoflush:
        others = (SupplierProduct.product_id == product_id, SupplierProduct.preferred)
        mine = SupplierProduct.id != (row.id or 0)
        db.session.execute(sa.update(SupplierProduct).where(*others, mine).values(preferred=False))
    row.preferred = True
    db.session.flush()
