"""The page that enters a new order; whatever is wrong, everything typed stays."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from flask import flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_admin import expose

from erp_core.access import demand, requires
from erp_core.db import db
from erp_core.errors import ErpError
from plugins.inventory.models import Warehouse
from plugins.inventory.services import catalogue
from plugins.sales.models import Customer, SalesOrder
from plugins.sales.services import orders
from plugins.sales.services.entry import SELLING
from plugins.sales.views.dialog import Typed
from plugins.sales.views.live import LivePages, options
from plugins.sales.views.reading import read_day, read_key
from plugins.sales.views.typed_lines import TypedLine, contains, read_lines, sent_lines
from plugins.sales.views.wording import WORDS

EMPTY_LINES = 5


@dataclass(slots=True)
class TypedOrder:
    """The form as typed: its head, its lines and the locations to choose from."""

    head: Typed
    lines: list[TypedLine]
    places: list[Warehouse]
    currency: str = "EUR"
    key: str = field(default_factory=lambda: secrets.token_urlsafe(24))

    @classmethod
    def fresh(cls, customer: Customer | None) -> TypedOrder:
        """Return an empty form for today."""
        places = _places()
        first = next((place for place in places if place.is_default), None) or next(
            iter(places), None
        )
        today = datetime.now(UTC).date().isoformat()
        head = {"customer": customer_text(customer) if customer else "", "ordered_on": today}
        head["warehouse"] = str(first.id) if first else ""
        return cls(Typed(head), [TypedLine() for _ in range(EMPTY_LINES)], places)

    @classmethod
    def sent(cls) -> TypedOrder:
        """Return the form as the request brings it."""
        form = cls(Typed(request.form.to_dict()), sent_lines(), _places())
        form.key = request.form.get("entry_key", "")[:64] or form.key
        return form

    @property
    def choices(self) -> list[tuple[int, str]]:
        """Return the locations as the form offers them."""
        return [(place.id, place.name) for place in self.places]

    @property
    def filled(self) -> list[TypedLine]:
        """Return the lines that somebody typed into."""
        return [line for line in self.lines if not line.blank]

    def new_order(self) -> orders.NewOrder | None:
        """Return the order to enter, or None when a field is wrong."""
        customer = self.head.read("customer", find_customer)
        place = self.head.read("warehouse", self._place)
        ordered_on = self.head.read("ordered_on", read_day)
        required = self.head.values.get("required_on", "").strip()
        required_on = self.head.read("required_on", read_day) if required else None
        note = self.head.read("note", _note)
        lines = read_lines(self.filled, place.company.currency if place else self.currency)
        if self.head.errors or any(line.errors for line in self.lines):
            return None
        return orders.NewOrder(
            customer.id,
            place.id,
            tuple(lines),
            ordered_on,
            required_on,
            note=note,
            entry_key=self.key,
        )

    def _place(self, text: str) -> Warehouse:
        for place in self.places:
            if str(place.id) == text:
                return place
        raise ValueError("Choose a location.")


def _places() -> list[Warehouse]:
    return [place for place in catalogue.warehouses() if place.kind in SELLING]


def _note(text: str) -> str:
    if len(text) > 500:
        raise ValueError(f"At most 500 characters; these are {len(text)}.")
    return text.strip()


def customer_text(customer: Customer) -> str:
    """Return how the form names a customer, so that it can be found again."""
    return f"{customer} ({customer.code})"


def find_customer(text: str) -> Customer:
    """Find one customer by code, by "Name (code)" or by a name nobody else has."""
    clean = text.strip()
    if not clean:
        raise ValueError("Choose a customer: type a name or code.")
    code = clean.rpartition("(")[2].removesuffix(")").strip()
    by_code = Customer.code.in_({clean, code})
    named = sa.func.lower(Customer.name) == clean.lower()
    company = sa.func.lower(Customer.company_name) == clean.lower()
    query = sa.select(Customer).where(Customer.active.is_(True))
    found = list(db.session.scalars(query.where(sa.or_(by_code, named, company)).limit(3)))
    exact = [one for one in found if one.code in (code, clean)] or found
    if len(exact) == 1:
        return exact[0]
    if exact:
        raise ValueError(f"Several customers are called “{clean[:40]}”; choose one with its code.")
    raise ValueError(f"No customer has the name or code “{clean[:40]}”.")


class NewOrderPage(LivePages):
    """`/sales/order/new/`, and the lists it looks customers and products up in."""

    @expose("/new/", methods=("GET", "POST"))
    @requires("sales.order.edit")
    def create_view(self) -> ResponseReturnValue:
        """Enter an order: as a draft, or confirmed at once."""
        if request.method == "GET":
            return self._form(TypedOrder.fresh(_asked_customer()))
        form = TypedOrder.sent()
        if "more" in request.form:
            form.lines += [TypedLine() for _ in range(EMPTY_LINES)]
            return self._form(form)
        saved = self._saved(form)
        if saved is None:
            return self._form(form), 422
        return redirect(self.get_url(".detail_view", pk=saved.id))

    def _saved(self, form: TypedOrder) -> SalesOrder | None:
        known = db.session.scalar(sa.select(SalesOrder).filter_by(entry_key=form.key))
        if known is not None:
            flash(f"{known.number} was saved already; nothing was entered twice.", "success")
            return known
        try:
            with db.session.begin_nested():
                return self._enter(form)
        except ErpError as error:
            form.head.problem = str(error)
            return None

    def _enter(self, form: TypedOrder) -> SalesOrder | None:
        new = form.new_order()
        if new is None:
            form.head.problem = "Nothing was saved yet; please correct the fields marked below."
            return None
        (order,) = orders.create([new])
        if request.form.get("then") != "confirm":
            flash(f"{order.number} is saved as a draft.", "success")
            return order
        demand("sales.order.confirm")
        orders.confirm([order.id])
        flash(f"{order.number} is confirmed.", "success")
        return order

    def _form(self, form: TypedOrder) -> str:
        facts: dict[str, Any] = {"form": form, "typed": form.head, "title": "New order"}
        facts["return_url"] = self.get_url(".index_view")
        return self.render("sales/new_order.html", **facts, **WORDS)

    @expose("/find/customers")
    @requires("sales.order.edit")
    def find_customers(self) -> str:
        """Offer customers whose name or code contains what is being typed."""
        like = contains(request.args.get("customer", ""))
        columns = (Customer.name, Customer.company_name, Customer.code)
        query = sa.select(Customer).where(Customer.active.is_(True))
        query = query.where(sa.or_(*(column.ilike(like) for column in columns)))
        rows = db.session.scalars(query.order_by(Customer.name).limit(20))
        return options((customer_text(one), one.city) for one in rows)


def _asked_customer() -> Customer | None:
    key = read_key(request.args.get("customer", ""))
    return db.session.get(Customer, key) if key else None
