"""Base view of a grid: foreign columns, filters, actions and panels appear by its key.

A screen has a stable `key` ("inventory.product"); other plugins add parts to it by that key. It
names the permission to `see` it and, unless it is read-only, the one to `change` it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import sqlalchemy as sa
from flask import Response, flash, g, redirect, request
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_admin.contrib.sqla.tools import get_primary_key
from flask_admin.model.template import DeleteRowAction, EditRowAction

from erp_core.access import can, demand
from erp_core.admin.reading import EXACT, kept_address
from erp_core.admin.screen import ErpView, Screen
from erp_core.admin.viewing import Viewing
from erp_core.admin.web import safe_target
from erp_core.admin.widgets import BulkAction, Button, Chip, GridColumn, SelectFilter
from erp_core.admin.writing import Writing
from erp_core.db import db
from erp_core.errors import ErpError, PluginError
from erp_core.exports import to_csv, to_xlsx
from erp_core.plugin import Action, Column, Filter, Panel
from erp_core.registry import parts

__all__ = ["BulkAction", "Button", "Chip", "ErpModelView", "ErpView", "GridColumn"]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class ErpModelView(Screen, Viewing, Writing):
    """A grid with details and form over one model.

    Subclasses list `form_columns` (compulsory when `change` is set), `column_list`,
    `column_labels` and what else Flask-Admin knows, and may override the hooks below.
    """

    home = "index_view"
    list_template = "admin/model/list.html"
    expand_template = "erp/expand.html"
    column_labels: Mapping[str, str] = {}
    column_formatters: Mapping[str, Any] = {}
    column_align_end: ClassVar[frozenset[str]] = frozenset()
    own_filters: ClassVar[tuple[Filter, ...]] = ()
    can_export = True
    can_view_details = True
    export_types: Sequence[str] = ("csv", "xlsx")
    export_max_rows = 10_000
    page_size = 50
    can_set_page_size = True
    named_filter_urls = True
    column_display_actions = False
    column_display_pk = False
    title: ClassVar[str] = ""
    singular: ClassVar[str] = ""
    subtitle: ClassVar[str] = ""

    def __init__(self, model: type[Any], name: str = "") -> None:
        if self.change and not self.form_columns:
            raise PluginError(f"The screen {self.key} can be changed but lists no form_columns.")
        if not self.change:
            self.can_create = self.can_edit = self.can_delete = False
        super().__init__(model, db, name=name or self.key, **self.address())

    # -- hooks for subclasses --------------------------------------------------------------

    def chips(self) -> list[Chip]:
        """Return the status chips above the grid."""
        return []

    def row_next(self, row: Any) -> Button | None:
        """Return the one next action of a row."""
        return None

    def row_menu(self, row: Any) -> list[Button]:
        """Return further actions of a row."""
        return []

    def can_expand(self, row: Any) -> bool:
        """Say whether a row has a detail region to open in place."""
        return bool(parts(self.key, Panel))

    def expand_context(self, row: Any) -> dict[str, Any]:
        """Return what `expand_template` needs besides `row` and `panels`."""
        return {}

    def page_actions(self) -> list[Button]:
        """Return the buttons at the top right."""
        return []

    def bulk_actions(self) -> list[BulkAction]:
        """Return own actions on selected rows; `run_bulk` carries them out."""
        return []

    def run_bulk(self, name: str, ids: list[int]) -> str:
        """Carry out an own bulk action and say what was done."""
        raise ErpError(f"There is no action {name!r} here.")

    def empty_state(self) -> dict[str, str]:
        """Return icon, sentence and optionally button and url for an empty grid."""
        return {"icon": "inbox", "sentence": "Nothing here yet."}

    # -- data ------------------------------------------------------------------------------

    def _filters_here(self) -> list[Filter]:
        own = [item for item in self.own_filters if item.visible()]
        return [*own, *parts(self.key, Filter)]

    def _in_force(self) -> list[tuple[Filter, str]]:
        chosen = [(item, request.args.get(item.key, "")) for item in self._filters_here()]
        return [(item, value) for item, value in chosen if value and value in _values(item)]

    def _conditions(self) -> list[Any]:
        return [item.apply(value) for item, value in self._in_force()]

    def led_by(self) -> list[Any]:
        """Return the columns of other tables that chosen filters read the list through."""
        columns = [item.joined(value) for item, value in self._in_force()]
        return [column for column in columns if column is not None]

    def get_list_row_actions(self) -> list[Any]:
        """Offer to edit and delete only to those who may."""
        offered = list(super().get_list_row_actions())
        if self.change and can(self.change):
            return offered
        return [item for item in offered if not isinstance(item, EditRowAction | DeleteRowAction)]

    # -- bulk and expand -------------------------------------------------------------------

    def _all_actions(self) -> list[BulkAction]:
        allowed = [item for item in parts(self.key, Action) if can(item.permission)]
        foreign = [BulkAction(i.key, i.title, i.icon, i.confirm) for i in allowed]
        return [*self.bulk_actions(), *foreign]

    @expose("/action/", methods=("POST",))
    def action_view(self) -> ResponseReturnValue:
        """Run a bulk action on the selected rows and say what was done."""
        name = request.form.get("action", "")
        flash(self._run_action(name, self._selected()), "success")
        return redirect(safe_target(request.form.get("url"), fallback=self.get_url(".index_view")))

    def _selected(self) -> list[int]:
        if request.form.get("all_matching") == "1":
            return self._all_matching()
        ids = [int(value) for value in request.form.getlist("rowid") if _is_key(value)]
        if not ids:
            raise ErpError("No row is selected. Tick at least one and try again.")
        return ids

    def _all_matching(self) -> list[int]:
        """Return the first keys of what search and filters leave, as many as a list counts."""
        chosen = self._get_list_extra_args()
        column = (self._get_column_by_idx(chosen.sort) or (None,))[0]
        wanted = (0, column, chosen.sort_desc, chosen.search, chosen.filters)
        _count, query = self.get_list(*wanted, execute=False, page_size=0)
        key = getattr(self.model, get_primary_key(self.model))
        return sorted(row[0] for row in query.with_entities(key).limit(self.count_cap))

    def _run_action(self, name: str, ids: list[int]) -> str:
        for item in parts(self.key, Action):
            if item.key == name:
                demand(item.permission)
                return item.run(ids)
        demand(self.permission_for("edit_view"))
        return self.run_bulk(name, ids)

    @expose("/<int:pk>/expand")
    def expand_view(self, pk: int) -> ResponseReturnValue:
        """Return the detail region of one row."""
        row = self.row_or_404(pk)
        panels = [(panel.title, panel.render(row)) for panel in parts(self.key, Panel)]
        return self.render(self.expand_template, row=row, panels=panels, **self.expand_context(row))

    def row_or_404(self, pk: int) -> Any:
        """Return the row with this key or answer 404."""
        return db.get_or_404(self.model, pk)

    # -- export ----------------------------------------------------------------------------

    @expose("/export/<export_type>/")
    def export(self, export_type: str) -> ResponseReturnValue:
        """Send all matching rows with the columns on screen; no cell can be a formula."""
        if export_type not in self.export_types:
            raise ErpError(f"Lists are exported as {' or '.join(self.export_types)}.")
        _count, rows = self._export_data()
        g.erp_cells = {item.key: item.load(rows) for item in parts(self.key, Column)}
        columns = self.columns_in_view()
        cells = [[self.export_cell(row, column) for column in columns] for row in rows]
        write = to_csv if export_type == "csv" else to_xlsx
        body = write([column.title for column in columns], cells)
        kind = "text/csv; charset=utf-8" if export_type == "csv" else XLSX
        name = f"{self.key.rpartition('.')[2]}.{export_type}"
        return Response(
            body, mimetype=kind, headers={"Content-Disposition": f"attachment; filename={name}"}
        )

    def export_cell(self, row: Any, column: GridColumn) -> Any:
        """Return a cell for a file: the plain value where no formatter draws it."""
        if column.index is not None and column.key not in self.column_formatters:
            return self._get_field_value(row, column.key)
        return self.cell(row, column)

    # -- drawing ---------------------------------------------------------------------------

    def render(self, template: str, **context: Any) -> str:
        """Add what our templates draw to what Flask-Admin gives them."""
        context.setdefault("title", self.title or self.name)
        context.setdefault("singular", self.singular)
        if template == self.list_template:
            context.update(self._grid_context(context["data"]))
        return str(super().render(template, **context))

    def _grid_context(self, rows: Sequence[Any]) -> dict[str, Any]:
        g.erp_cells = {item.key: item.load(rows) for item in parts(self.key, Column)}
        return {
            **self.views_context(),
            "erp_columns": self.columns_in_view(),
            "cell": self.cell,
            "chips": self.chips(),
            "filters_bar": [_select(item) for item in self._filters_here()],
            "row_next": self.row_next,
            "row_menu": self.row_menu,
            "expand_url": self._expand_url,
            "bulk_actions": self._all_actions(),
            "page_actions": self.page_actions(),
            "subtitle": self.subtitle,
            "empty_state": self.empty_state(),
            "create_url": self._create_url(),
            "export_urls": self._export_urls(),
            "screen_key": self.key,
            "shown": self.shown(),
            "page": max(0, self.shown().place.number),
            "exact_url": self._exact_url(),
        }

    def grid_columns(self) -> list[GridColumn]:
        """Return own columns, then those other plugins add and show now."""
        own = [
            GridColumn(key, label, self._align(key), key in self._sortable_columns, index)
            for index, (key, label) in enumerate(self._list_columns)
        ]
        foreign = [GridColumn(c.key, c.title, c.align) for c in parts(self.key, Column)]
        return [*own, *foreign]

    def _align(self, key: str) -> str:
        return "end" if key in self.column_align_end else "start"

    def cell(self, row: Any, column: GridColumn) -> Any:
        """Return the content of one cell."""
        if column.index is not None:
            return self.get_list_value(None, row, column.key)
        for item in parts(self.key, Column):
            if item.key == column.key:
                return item.cell(g.erp_cells[item.key].get(self._pk(row)))
        return ""

    def _pk(self, row: Any) -> Any:
        return sa.inspect(row).identity[0]

    def _expand_url(self, row: Any) -> str | None:
        return self.get_url(".expand_view", pk=self._pk(row)) if self.can_expand(row) else None

    def _create_url(self) -> str | None:
        allowed = self.can_create and can(self.permission_for("create_view"))
        return self.get_url(".create_view") if allowed else None

    def _export_urls(self) -> list[tuple[str, str]]:
        kept = kept_address()
        return [
            (kind, self.get_url(".export", export_type=kind, **kept)) for kind in self.export_types
        ]

    def _exact_url(self) -> str:
        kept = kept_address() | request.args.to_dict(flat=False) | {"count": [EXACT]}
        return str(self.get_url(".index_view", **kept))


def _is_key(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


def _values(item: Filter) -> set[str]:
    return {value for value, _label in item.options()}


def _select(item: Filter) -> SelectFilter:
    return SelectFilter(item.key, item.title, item.options(), request.args.get(item.key, ""))
