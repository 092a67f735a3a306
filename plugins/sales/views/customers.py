"""Customers: grid, form and details."""

from __future__ import annotations

from typing import Any, ClassVar

from flask import url_for
from markupsafe import Markup
from wtforms.validators import Email, Optional

from erp_core.access import can
from erp_core.admin.views import Button, ErpModelView
from plugins.sales.models import Customer
from plugins.sales.services.customers import save_customer
from plugins.sales.views.wording import MUTED

LINK = Markup('<a href="%s" data-open>%s</a>')


class CustomerView(ErpModelView):
    """Who buys."""

    key = "sales.customer"
    see = "sales.view"
    change = "sales.customer.edit"
    title = "Customers"
    can_delete = False
    column_list = ("code", "name", "company_name", "city", "email", "phone", "active")
    column_labels = {
        "code": "Code",
        "company_name": "Company",
        "active": "Status",
        "email": "E-mail",
        "external_id": "External id",
    }
    column_sortable_list = ("code", "name", "company_name", "city", "email")
    column_default_sort = "name"
    column_searchable_list = ("code", "name", "company_name", "email", "city", "external_id")
    column_filters = ("active", "country", "city")
    column_details_list = (
        "code",
        "name",
        "company_name",
        "email",
        "phone",
        "street",
        "postcode",
        "city",
        "region",
        "country",
        "active",
        "external_id",
    )
    column_formatters = {
        "code": lambda view, c, customer, n: LINK % (view.details_url(customer), customer.code),
        "active": lambda view, c, customer, n: "Active" if customer.active else MUTED % "Inactive",
    }
    form_columns = (
        "code",
        "name",
        "company_name",
        "email",
        "phone",
        "street",
        "postcode",
        "city",
        "region",
        "country",
        "active",
    )
    form_args: ClassVar[dict[str, Any]] = {
        "code": {
            "validators": [Optional()],
            "description": "Short and unique. Leave empty to get the next number.",
        },
        "email": {"validators": [Optional(), Email("An address such as name@example.com.")]},
        "active": {"label": "Active", "description": "Inactive customers get no new orders."},
    }

    def details_url(self, customer: Customer) -> str:
        """Return the address of a customer's details."""
        return str(self.get_url(".details_view", id=customer.id))

    def row_next(self, row: Customer) -> Button:
        """Show the customer's orders."""
        return Button("Orders", url_for("sales_order.index_view", customer=row.id), role="quiet")

    def row_menu(self, row: Customer) -> list[Button]:
        """Offer a new order, details and the form."""
        more = [Button("View details", self.details_url(row), icon="eye")]
        if can("sales.order.edit"):
            new = url_for("sales_order.create_view", customer=row.id)
            more.insert(0, Button("New order", new, icon="plus"))
        if can(self.change):
            more.append(Button("Edit", self.get_url(".edit_view", id=row.id), icon="pencil"))
        return more

    def on_model_change(self, form: Any, model: Customer, is_created: bool) -> None:
        """Let the service check and complete the customer."""
        save_customer(model)

    def empty_state(self) -> dict[str, str]:
        """Say what to do when there is no customer."""
        return {
            "icon": "users",
            "sentence": "No customers yet.",
            "button": "New customer" if self._create_url() else "",
            "url": self._create_url() or "",
        }

    def search_placeholder(self) -> str:
        """Say what the search looks at."""
        return "Name, code, e-mail, town"

    def render(self, template: str, **context: Any) -> str:
        """Name the button of the list."""
        context.setdefault("create_label", "New customer")
        return str(super().render(template, **context))
