"""How a list is arranged: which columns in which order, and the views that were saved of it."""

from __future__ import annotations

from typing import Any, ClassVar

from flask import g, redirect, request
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_security import current_user

from erp_core.admin import saved_views
from erp_core.admin.answers import from_htmx
from erp_core.admin.reading import Reading, kept_address
from erp_core.admin.widgets import GridColumn
from erp_core.models import SavedView

COLUMNS = "columns"


class Viewing(Reading):
    """Columns in the address (`columns=number&columns=total`) and saved views by name."""

    key: ClassVar[str]

    def grid_columns(self) -> list[GridColumn]:
        """Return every column that this list has now."""
        raise NotImplementedError

    def columns_in_view(self) -> list[GridColumn]:
        """Return the columns that the address chooses, in its order; the first one always stays."""
        known = self.grid_columns()
        wished = dict.fromkeys(request.args.getlist(COLUMNS))
        by_key = {column.key: column for column in known[1:]}
        chosen = [by_key[key] for key in wished if key in by_key]
        return [*known[:1], *chosen] if chosen else known

    def choosable_columns(self) -> list[tuple[GridColumn, bool]]:
        """Return the columns one can choose, those in view first, and whether each is in view."""
        shown = self.columns_in_view()[1:]
        keys = {column.key for column in shown}
        hidden = [column for column in self.grid_columns()[1:] if column.key not in keys]
        return [*((column, True) for column in shown), *((column, False) for column in hidden)]

    @expose("/")
    def index_view(self) -> ResponseReturnValue:
        """Show the list; who comes without a wish meets the view of their role first."""
        asked = request.args or from_htmx() or request.endpoint != f"{self.endpoint}.index_view"
        if not asked:
            view = saved_views.first_for(self._views())
            if view is not None:
                return redirect(saved_views.address(view, self.get_url(".index_view")))
        answer: ResponseReturnValue = super().index_view()
        return answer

    def _views(self) -> list[SavedView]:
        if "erp_views" not in g:
            known = getattr(current_user, "is_authenticated", False)
            g.erp_views = saved_views.offered(self.key) if known else []
        found: list[SavedView] = g.erp_views
        return found

    def _get_list_extra_args(self) -> Any:
        """Keep every value of what is in the address, not only the first."""
        found = super()._get_list_extra_args()
        found.extra_args = {key: request.args.getlist(key) for key in found.extra_args}
        return found

    def views_context(self) -> dict[str, Any]:
        """Return what the menus of views and columns draw."""
        home, current = self.get_url(".index_view"), saved_views.opened(self._views())
        views = [
            {"title": one.name, "url": saved_views.address(one, home), "active": one is current}
            for one in self._views()
        ]
        everything = {"title": "All rows", "url": f"{home}?view=all", "active": False}
        query = request.query_string.decode("utf-8", "replace")
        return {
            "saved_views": [everything, *views] if views else [],
            "save_view_url": self.get_url("core_views.index", screen=self.key, state=query),
            "drop_view_url": _drop_url(self, current),
            "column_choices": self.choosable_columns(),
            "columns_reset_url": self.get_url(".index_view", **kept_address(COLUMNS)),
            "columns_chosen": COLUMNS in request.args,
        }


def _drop_url(screen: Any, view: SavedView | None) -> str:
    if view is None or view.user_id != current_user.id:
        return ""
    return str(screen.get_url("core_views.drop_view", pk=view.id))
