"""The frame of an order's dialogs: draw, read, carry out in a savepoint, keep what was typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue

from erp_core.admin.answers import from_htmx, go
from erp_core.admin.web import safe_target
from erp_core.db import db
from erp_core.errors import ConflictError, ErpError, NotFoundError
from plugins.sales.domain.statuses import Step
from plugins.sales.models import SalesOrder
from plugins.sales.services.loading import check_version, demand_step
from plugins.sales.views.order_page import OrderPage
from plugins.sales.views.wording import WORDS


@dataclass(slots=True)
class Typed:
    """What was typed into a form and what is wrong with it, by field name."""

    values: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)
    problem: str = ""

    def read(self, name: str, reader: Callable[[str], Any]) -> Any:
        """Read one field; a ValueError becomes that field's error and gives None."""
        try:
            return reader(self.values.get(name, ""))
        except ValueError as error:
            self.errors[name] = str(error)
            return None

    def check(self) -> None:
        """Raise ErpError when a field is wrong; each error stands at its field."""
        if self.errors:
            raise ErpError("Please correct the fields marked below.")


@dataclass(frozen=True, slots=True)
class Dialog:
    """A dialog of one order: its template, what it proposes, and what sending it does.

    `send` returns what to say on the order's page; `step` must be allowed to open it.
    """

    order: SalesOrder
    template: str
    proposed: dict[str, str]
    send: Callable[[Typed], str]
    more: dict[str, Any] = field(default_factory=dict)
    step: Step | None = None


class OrderDialog(OrderPage):
    """Opens a dialog on GET and carries it out on POST."""

    def answer(self, dialog: Dialog) -> ResponseReturnValue:
        """Return the dialog, or where to go after it was carried out.

        A wrong field sends it back with status 422 and everything that was typed.
        """
        if request.method == "GET":
            if dialog.step is not None:
                demand_step(dialog.step, dialog.order)
            return self._drawn(dialog, Typed(dialog.proposed))
        form = Typed({**dialog.proposed, **request.form.to_dict()})
        said = _sent(dialog, form)
        if form.problem:
            return self._drawn(dialog, form), 422
        flash(said, "success")
        return go(self._after(dialog.order))

    def _after(self, order: SalesOrder) -> str:
        """Return where to go on: order preparation, if that is where the dialog was opened."""
        page = str(self.get_url(".detail_view", pk=order.id))
        seen = urlsplit(request.headers.get("HX-Current-URL", ""))
        if from_htmx() and seen.path == url_for("sales_preparation.index_view"):
            return safe_target(f"{seen.path}?{seen.query}", fallback=page)
        return page

    def _drawn(self, dialog: Dialog, form: Typed) -> str:
        facts: dict[str, Any] = {"order": dialog.order, "typed": form, "action": request.path}
        facts["version"] = form.values.get("version", dialog.order.version)
        return self.render(dialog.template, **facts, **WORDS, **dialog.more)


def _sent(dialog: Dialog, form: Typed) -> str:
    try:
        with db.session.begin_nested():
            check_version(dialog.order.id, seen_version(form.values))
            return dialog.send(form)
    except (NotFoundError, ConflictError):
        raise
    except ErpError as error:
        form.problem = str(error)
        return ""


def seen_version(values: Mapping[str, str]) -> int:
    """Return the version that a form was drawn from; 0 fits none."""
    version = values.get("version", "")
    return int(version) if version.isascii() and version.isdigit() and len(version) < 18 else 0
