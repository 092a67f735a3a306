"""Settings > E-mail templates: the list, and a new one (F157, F158)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from flask import g, request
from flask.typing import ResponseReturnValue
from flask_admin import expose
from sqlalchemy.orm import joinedload

from erp_core.access import can, requires
from erp_core.admin.answers import go
from erp_core.admin.shell import shell
from erp_core.admin.views import Button, ErpModelView
from erp_core.db import db
from erp_core.errors import ErpError
from erp_core.models import Company
from erp_core.plugin import Filter
from plugins.email_templates.models import Assignment, Template
from plugins.email_templates.services import catalogue, templates
from plugins.email_templates.views import drawing
from plugins.email_templates.views.editor import Editor

EDIT = "email_templates.template.edit"


def companies() -> Sequence[Company]:
    """Return all companies by name."""
    return db.session.scalars(sa.select(Company).order_by(Company.name)).all()


def company_named(text: str) -> int | None:
    """Return the id of the company that an address or a form names; None means all."""
    found = {str(item.id): item.id for item in companies()}
    return found.get(text)


class TemplateView(Editor, ErpModelView):
    """Texts that events send."""

    key = "email_templates.template"
    see = "email_templates.view"
    title = "E-mail templates"
    singular = "Template"
    subtitle = "Your own words for what happens; a template is sent once it is assigned"
    column_list = ("name", "event", "company", "version", "changed", "uses")
    column_labels = {"company": "For", "changed": "Changed", "uses": "Assigned"}
    column_searchable_list = ("name",)
    column_sortable_list = ("name",)
    column_default_sort = "name"
    can_view_details = False
    own_filters = (
        Filter(
            "company",
            "Company",
            lambda: [("", "Every company"), *((str(c.id), c.name) for c in companies())],
            lambda value: Template.company_id == int(value),
        ),
        Filter(
            "event",
            "Event",
            lambda: [("", "Every event"), *((k, c.title) for k, c in catalogue.events().items())],
            lambda value: Template.event_key == value,
        ),
    )

    @property
    def column_formatters(self) -> dict[str, Any]:  # type: ignore[override]
        """Draw each column that is more than a plain value."""
        return {
            "name": lambda v, c, row, n: drawing.fragment(
                "link.html", url=self.get_url(".editor_view", pk=row.id), text=row.name
            ),
            "event": lambda v, c, row, n: catalogue.title_of(row.event_key),
            "company": lambda v, c, row, n: row.company.name if row.company else "All companies",
            "version": lambda v, c, row, n: row.current_number or "None can be used yet",
            "changed": lambda v, c, row, n: _changed(row),
            "uses": lambda v, c, row, n: _times(g.email_template_uses.get(row.id, 0)),
        }

    def get_query(self) -> Any:
        """Leave out what was put away."""
        loaded = (joinedload(Template.company), joinedload(Template.current))
        return super().get_query().filter(Template.archived.is_(False)).options(*loaded)

    def get_count_query(self) -> Any:
        """Count what the list shows."""
        return super().get_count_query().filter(Template.archived.is_(False))

    def get_list(self, *args: Any, **kwargs: Any) -> Any:
        """Return a page of templates and remember how often each is assigned."""
        count, rows = super().get_list(*args, **kwargs)
        uses = sa.select(Assignment.template_id, sa.func.count()).group_by(Assignment.template_id)
        found = db.session.execute(uses)
        g.email_template_uses = {template_id: number for template_id, number in found}
        return count, rows

    def page_actions(self) -> list[Button]:
        """Offer the way to the assignments, and a new template."""
        found = []
        if can("email_templates.assignment.edit"):
            where = self.get_url("email_templates_assignment.index", **_chosen())
            found.append(Button("Assign templates", where, icon="link"))
        if can(EDIT):
            new = self.get_url(".new_view", **_chosen())
            found.append(Button("New template", new, icon="plus", primary=True))
        return found

    def row_menu(self, row: Template) -> list[Button]:
        """Return what can be done with a template."""
        menu = [Button("Open", self.get_url(".editor_view", pk=row.id), icon="eye")]
        if can(EDIT):
            away = self.get_url(".archive_view", pk=row.id)
            sure = f"Put “{row.name}” away? It is not offered any more."
            menu.append(Button("Put away", away, method="post", icon="archive", confirm=sure))
        return menu

    def empty_state(self) -> dict[str, str]:
        """Say what to do while there is no template."""
        state = {"icon": "mail", "sentence": "No e-mail templates yet. Nothing is mailed."}
        new = {"button": "New template", "url": self.get_url(".new_view", **_chosen())}
        return state | (new if can(EDIT) else {})

    @expose("/new", methods=("GET", "POST"))
    @requires(EDIT)
    def new_view(self) -> ResponseReturnValue:
        """Ask for name, event and company; the editor comes next."""
        problem = ""
        if request.method == "POST":
            try:
                return self._made()
            except ErpError as error:
                problem = str(error)
        typed = {**_chosen(), **request.form.to_dict()}
        page = self.render(
            "email_templates/new.html",
            title="New e-mail template",
            typed=typed,
            problem=problem,
            events=catalogue.events(),
            companies=companies(),
        )
        return page, 422 if problem else 200

    def _made(self) -> ResponseReturnValue:
        form = request.form
        company = company_named(form.get("company", ""))
        made = templates.create(form.get("name", ""), form.get("event", ""), company)
        return go(self.get_url(".editor_view", pk=made.id))


def _chosen() -> dict[str, str]:
    """Return the company in the address, else the one the person works for."""
    asked = company_named(request.args.get("company", ""))
    found = asked or (shell().company_id if "company" not in request.args else 0)
    return {"company": str(found)} if found else {}


def _changed(row: Template) -> str:
    if row.current is None:
        return drawing.when(row.created_at)
    return f"{drawing.when(row.current.saved_at)} · {row.current.saved_by}"


def _times(count: int) -> str:
    return {0: "Not assigned", 1: "Once"}.get(count, f"{count} times")
