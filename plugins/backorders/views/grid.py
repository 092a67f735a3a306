"""The list of back orders, grouped by supplier, the oldest first (F043-F048)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from flask import g, request
from flask.typing import ResponseReturnValue
from flask_admin import expose
from markupsafe import Markup

from erp_core.access import can, requires
from erp_core.admin.paging import NOBODY, Counted, Place, added
from erp_core.admin.reading import Shown, kept_address
from erp_core.admin.views import Button, Chip, ErpModelView, GridColumn
from erp_core.errors import ConflictError
from erp_core.plugin import Column
from erp_core.registry import parts
from plugins.backorders.models import Backorder
from plugins.backorders.views import addresses, detail, facts, refreshing, workflow
from plugins.backorders.views.actions import menu_of, next_of
from plugins.backorders.views.asked import CHIPS, OPEN, Asked, read
from plugins.backorders.views.drawing import cell_macro
from plugins.backorders.views.facts import Facts
from plugins.backorders.views.finding import Finder
from plugins.backorders.views.tallies import NO_SUPPLIER, Group
from plugins.backorders.views.words import units

LEGEND = tuple(
    {"role": role, "words": words}
    for role, words in (
        ("ok", "available here"),
        ("other", "at another location"),
        ("wait", "on order"),
        ("missing", "missing"),
    )
)
OFF = "The back-order workflow is switched off; nothing was changed."


@dataclass(frozen=True, slots=True)
class PlacedColumn(GridColumn):
    """A grid column that knows its place on a phone's card."""

    slot: str = ""


COLUMNS = (
    PlacedColumn("number", "Back order", slot="title"),
    PlacedColumn("customer", "Customer", slot="line"),
    PlacedColumn("product", "Product", slot="line"),
    PlacedColumn("ordered", "Ordered", "end", slot="hide"),
    PlacedColumn("short", "Short", "end", slot="fact"),
    PlacedColumn("age", "Age", "end", slot="fact"),
    PlacedColumn("expected", "Expected", slot="hide"),
    PlacedColumn("status", "Status", slot="status"),
)


class BackorderGrid(ErpModelView):
    """Back orders with chips, filters, groups, one next action a row, and an opening detail."""

    key = "backorders.backorder"
    see = "backorders.view"
    title = "Back orders"
    list_template = "backorders/list.html"
    expand_template = "backorders/expand.html"
    can_view_details = False
    column_list = tuple(column.key for column in COLUMNS)
    column_sortable_list = ()

    # -- data ------------------------------------------------------------------------------

    @property
    def finder(self) -> Finder:
        """Return what answers the address of this request."""
        if "backorders_finder" not in g:
            g.backorders_finder = Finder(read(request.args), self._conditions())
        found: Finder = g.backorders_finder
        return found

    @property
    def asked(self) -> Asked:
        """Return the reading of the address."""
        return self.finder.asked

    def scaffold_sortable_columns(self) -> dict[str, Any]:
        """Sort by nothing but supplier and age."""
        return {}

    def init_search(self) -> bool:
        """Search is ours: orders, customers and products stand in other tables."""
        return True

    def get_list(self, page: Any, *args: Any, **options: Any) -> tuple[int, list[Backorder]]:
        """Return a page of rows with their facts, read for all of them at once."""
        place = page if isinstance(page, Place) else Place(page or 0)
        g.backorders_counts = self.finder.counts()
        total = sum(group.lines for group in self.finder.groups)
        size = options.get("page_size") or total
        last = max(0, (total - 1) // size if size else 0)
        number = place.number if 0 <= place.number <= last else 0
        g.erp_shown = Shown(Counted(total), Place(number), cap=total)
        rows = self.finder.page(number * size, size)
        self._remember(rows)
        return total, rows

    def _remember(self, rows: Sequence[Backorder]) -> None:
        g.backorders_facts = facts.load(rows)
        g.backorders_suppliers = self.finder.supplier_of({row.product_id for row in rows})
        wanted = {self._supplier(row) for row in rows}
        g.backorders_groups = self.finder.totals(wanted) if wanted else {}

    def _supplier(self, row: Backorder) -> int:
        found: tuple[int, str] = g.backorders_suppliers.get(row.product_id, (NO_SUPPLIER, ""))
        return found[0]

    def facts_of(self, row: Backorder) -> Facts:
        """Return what this page knows of a row."""
        found: Facts = g.backorders_facts[row.id]
        return found

    def group_of(self, row: Backorder) -> Group:
        """Return the group that a row stands in."""
        found: Group = g.backorders_groups[self._supplier(row)]
        return found

    def _pk(self, row: Any) -> Any:
        return row.id

    # -- cells --------------------------------------------------------------------------

    def grid_columns(self) -> list[GridColumn]:
        """Return own columns, then those other plugins add."""
        return [*COLUMNS, *(GridColumn(c.key, c.title, c.align) for c in parts(self.key, Column))]

    def cell(self, row: Any, column: GridColumn) -> Any:
        """Draw one cell."""
        if isinstance(column, PlacedColumn):
            return cell_macro(column.key, row, self.facts_of(row))
        return super().cell(row, column)

    # -- frame -----------------------------------------------------------------------------

    @expose("/")
    def index_view(self) -> ResponseReturnValue:
        """Show the list, or say calmly that the workflow is off (F145)."""
        if not workflow.on():
            return self.render("backorders/off.html", settings_url=addresses.settings())
        return super().index_view()

    @expose("/action/", methods=("POST",))
    @requires("backorders.view")
    def action_view(self) -> ResponseReturnValue:
        """Run an action of another plugin, which names its own permission."""
        return super().action_view()

    def demand_on(self) -> None:
        """Raise ConflictError while the workflow is off."""
        if not workflow.on():
            raise ConflictError(OFF)

    def is_visible(self) -> bool:
        """Say whether the menu shows the list."""
        return bool(super().is_visible() and workflow.on())

    def chips(self) -> list[Chip]:
        """Return the status filters; their counts follow the other filters (F045)."""
        counts = g.backorders_counts
        return [
            Chip(
                title,
                added(counts.get(status, NOBODY) for status in statuses),
                self.url_with(status=None if key == OPEN else key),
                self.asked.status == key,
                role,
            )
            for key, (title, role, statuses) in CHIPS.items()
        ]

    def url_with(self, endpoint: str = ".index_view", **changes: Any) -> str:
        """Return an address with the filters in force, changed as told; pages start anew."""
        kept: dict[str, Any] = {**kept_address(), **changes}
        return str(self.get_url(endpoint, **{key: value for key, value in kept.items() if value}))

    def act_url(self, endpoint: str, **values: Any) -> str:
        """Return the address of an act; it carries the state of the list it comes back to."""
        kept = {key: request.args.getlist(key) for key in request.args if key != "rowid"}
        return str(self.get_url(endpoint, **{**kept, **values}))

    def _export_urls(self) -> list[tuple[str, str]]:
        """A file holds what the address asks for, also where a filter has several values."""
        return [(kind, self.url_with(".export", export_type=kind)) for kind in self.export_types]

    def page_actions(self) -> list[Button]:
        """Offer the recalculation to those who may start it (A09)."""
        if not can("backorders.refresh"):
            return []
        return [Button("Recalculate now", self.get_url(".refresh_now"), "post", icon="refresh")]

    def row_next(self, row: Any) -> Button | None:
        """Return the one next action of a row (F048)."""
        return next_of(row, self.facts_of(row), self.act_url)

    def row_menu(self, row: Any) -> list[Button]:
        """Return what else can be done with a row."""
        return menu_of(row, self.facts_of(row), self.act_url)

    def can_expand(self, row: Any) -> bool:
        """Every row opens to stock, queue and history."""
        return True

    def row_or_404(self, pk: int) -> Any:
        """Return a back order of the companies in view."""
        self.demand_on()
        return addresses.found(pk)

    def expand_context(self, row: Any) -> dict[str, Any]:
        """Return stock by location, the place in the queue, and what happened."""
        self._remember([row])
        return {"known": self.facts_of(row), **detail.context(row, self.facts_of(row))}

    def render(self, template: str, **context: Any) -> str:
        """Add what the templates of this screen draw."""
        context.setdefault("units", units)
        if template == self.list_template:
            context.update(self._list_facts(context["data"]))
        return str(super().render(template, **context))

    def _list_facts(self, rows: Sequence[Backorder]) -> dict[str, Any]:
        return {
            "asked": self.asked,
            "sections": [(group, list(rows)) for group, rows in groupby(rows, key=self.group_of)],
            "suppliers": self.finder.supplier_choices(),
            "stores": self.finder.store_choices(),
            "act_url": self.act_url,
            "url_with": self.url_with,
            "may_request": can("backorders.request"),
            "checked": refreshing.checked_words(),
            "search": self.asked.search,
            "search_placeholder": "Order, customer, product",
            "clear_filters_url": self.get_url(".index_view") if self.asked.narrowed else "",
            "fragment": g.get("backorders_fragment", False),
            "legend_roles": LEGEND,
        }

    def empty_state(self) -> dict[str, str]:
        """Tell good news from nothing at all."""
        if any(g.backorders_counts.values()):
            return {"kind": "done", "sentence": "Nobody waits: stock covers every open order."}
        sentence = "No back orders yet. A line that stock cannot cover appears here by itself."
        return {"icon": "package-off", "sentence": sentence}

    def list_fragment(self) -> Markup:
        """Return the list alone, as it stands after a change."""
        g.backorders_fragment = True
        g.pop("backorders_finder", None)
        return Markup(self.index_view())  # noqa: S704 - a template escapes
