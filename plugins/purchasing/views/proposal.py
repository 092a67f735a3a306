"""Create purchase orders from what is needed: filter, proposal, orders (F078-F087)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import flash, request
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_security import current_user

from erp_core.access import can, demand, requires
from erp_core.admin.answers import go
from erp_core.admin.screen import ErpView
from erp_core.db import db
from erp_core.errors import ConflictError, ErpError
from erp_core.imports import choice
from erp_core.imports import whole as whole_number
from erp_core.jobs import request_run
from erp_core.settings import Scope, save, settings
from plugins.purchasing.domain.prices import amount
from plugins.purchasing.models import Supplier
from plugins.purchasing.services import proposals, run_links, suppliers
from plugins.purchasing.services.proposal_runs import ORDER_PROPOSAL, arguments
from plugins.purchasing.services.proposals import Asked, Chosen, How, Proposal, Row
from plugins.purchasing.settings import Choose, PurchasingSettings
from plugins.purchasing.views import cells
from plugins.purchasing.views.proposal_form import Filled, chosen_rows
from plugins.purchasing.views.typed import Typed, typed

AT_ONCE = 20
"""Up to so many suppliers are ordered in the request itself; more become a run with a bar."""

CHOICES = {
    Choose.NEEDED: "Needed SKUs",
    Choose.BACKORDERS: "Back orders only",
    Choose.REORDER: "Reorder points only",
}
days_back = whole_number(0, 3650)


class Group(NamedTuple):
    """The rows of one supplier, as the grid shows them."""

    supplier: Supplier
    rows: list[Row]

    @property
    def value(self) -> str:
        """Return what the suggested units cost together."""
        return amount(sum(row.cost_minor for row in self.rows), self.supplier.currency)

    @property
    def contact_missing(self) -> bool:
        """Say whether nobody can reach the supplier (F028)."""
        return suppliers.contact_missing(self.supplier)


class ProposalView(ErpView):
    """The filter above, the proposal below; nothing is written before "Create"."""

    key = "purchasing.proposal"
    see = "purchasing.order.edit"
    change = "purchasing.order.edit"

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """Show the filter with one's defaults, and the proposal once it was asked for (F084)."""
        form = Typed(request.args.to_dict() or defaults())
        if request.args.get("automatic") == "0":
            return go(self.get_url("purchasing_order.create_view", supplier=form.get("supplier")))
        asked = read_asked(form)
        added = "add" in request.args and not form.errors
        proposal = proposals.propose(asked) if added else None
        return self._page(form, proposal), 422 if form.errors else 200

    def _page(
        self,
        form: Typed,
        proposal: Proposal | None,
        filled: Filled | None = None,
        problem: str = "",
    ) -> str:
        return str(
            self.render(
                "purchasing/proposal.html",
                title="Create purchase orders",
                form=form,
                proposal=proposal,
                groups=list(_groups(proposal.rows)) if proposal else [],
                filled=filled or Filled(),
                problem=problem,
                suppliers=_suppliers(),
                choices=CHOICES,
                amount=amount,
                day=cells.day,
                may_send=can("purchasing.order.send"),
            )
        )

    @expose("/defaults", methods=("POST",))
    @requires("purchasing.order.edit")
    def defaults_view(self) -> ResponseReturnValue:
        """Keep the filter as one's own defaults (F083)."""
        form = typed()
        asked = read_asked(form)
        if form.errors:
            return self._page(form, None), 422
        supplier = db.session.get(Supplier, asked.supplier_id or 0)
        values = {
            "proposal_automatic": form.get("automatic") != "0",
            "proposal_choose": asked.choose,
            "proposal_supplier": supplier.code if supplier else "",
            "proposal_days": asked.days,
        }
        for name, value in values.items():
            save("purchasing", name, value, Scope("user", current_user.id), by=current_user.email)
        flash("Kept as your defaults.", "success")
        return go(self.get_url(".index"))

    @expose("/create", methods=("POST",))
    @requires("purchasing.order.edit")
    def create_view(self) -> ResponseReturnValue:
        """Make the orders of the rows that are left, or a run of many of them (F087)."""
        form, filled = typed(), chosen_rows(request.form)
        how = How(read_asked(form), send=form.get("send") == "1")
        if how.send:
            demand("purchasing.order.send")
        if form.errors or filled.errors or not filled.rows:
            problem = "" if form.errors else filled.problem
            return self._again(form, how.asked, filled, problem), 422
        if len({row.supplier_id for row in filled.rows}) > AT_ONCE:
            return self._run(filled.rows, how)
        try:
            links = proposals.order(filled.rows, how)
        except ErpError as error:
            db.session.rollback()
            filled = Filled() if isinstance(error, ConflictError) else filled
            return self._again(form, how.asked, filled, str(error)), error.status
        flash(_said(len(links), send=how.send), "success")
        return go(run_links.address_of(links))

    def _again(self, form: Typed, asked: Asked, filled: Filled, problem: str) -> str:
        """Give the grid back with what was typed, on the needs as they are now."""
        proposal = None if form.errors else proposals.propose(asked)
        return self._page(form, proposal, filled, problem)

    def _run(self, rows: Sequence[Chosen], how: How) -> ResponseReturnValue:
        values = arguments(rows, how)
        run = request_run(ORDER_PROPOSAL, by=current_user.email, arguments=values)
        return go(self.get_url("purchasing_proposal_run.run_view", run_id=run.id))


def _said(count: int, *, send: bool) -> str:
    what = "1 purchase order" if count == 1 else f"{count:,} purchase orders"
    return f"{what} {'sent' if send else 'created as drafts; not sent yet'}."


def defaults() -> dict[str, str]:
    """Return the filter that a person begins with (F083)."""
    own = settings(PurchasingSettings, user=current_user.id)
    code = own.proposal_supplier
    found = db.session.scalar(sa.select(Supplier).filter_by(code=code)) if code else None
    return {
        "automatic": "1" if own.proposal_automatic else "0",
        "choose": own.proposal_choose,
        "supplier": str(found.id) if found else "",
        "days": str(own.proposal_days),
    }


def read_asked(form: Typed) -> Asked:
    """Read the filter; what is wrong is noted in `form.errors`. A blank age is no limit (A06)."""
    return Asked(
        choose=form.read("choose", choice(list(Choose)), Choose.NEEDED),
        supplier_id=form.number("supplier"),
        days=form.read("days", days_back, 0),
    )


def _groups(rows: Sequence[Row]) -> Iterator[Group]:
    for supplier, mine in groupby(rows, key=lambda row: row.sold.supplier):
        yield Group(supplier, list(mine))


def _suppliers() -> Sequence[Any]:
    columns = sa.select(Supplier.id, Supplier.name).where(Supplier.active)
    return db.session.execute(columns.order_by(Supplier.name, Supplier.id)).all()
