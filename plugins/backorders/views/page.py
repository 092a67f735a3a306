"""One back order on a page of its own: what links and other screens lead to."""

from __future__ import annotations

from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from flask_admin import expose

from erp_core.access import requires
from erp_core.plugin import Panel
from erp_core.registry import parts
from plugins.backorders.views import workflow
from plugins.backorders.views.actions import menu_of, next_of
from plugins.backorders.views.files import BackorderFiles

FROM_PAGE, FROM_STOCK = "page", "stock"


def from_page() -> bool:
    """Say whether an act was started on a back order's own page, and ends there."""
    return request.args.get("back") == FROM_PAGE


def from_stock() -> bool:
    """Say whether an act was started on Stock detail, and ends there."""
    return request.args.get("back") == FROM_STOCK


class BackorderPage(BackorderFiles):
    """`/backorders/backorder/<pk>/`: everything about one back order."""

    @expose("/<int:pk>/")
    @requires("backorders.view")
    def detail_view(self, pk: int) -> ResponseReturnValue:
        """Show one back order on a page of its own."""
        if not workflow.on():
            return self.index_view()
        row = self.row_or_404(pk)
        context = self.expand_context(row)
        return self.render(
            "backorders/page.html",
            title=row.number,
            row=row,
            bright=workflow.highlighted(),
            next_act=next_of(row, context["known"], self._back_here),
            more_acts=menu_of(row, context["known"], self._back_here),
            panels=[(panel.title, panel.render(row)) for panel in parts(self.key, Panel)],
            parent_url=self.get_url(".index_view"),
            parent_title="Back orders",
            **context,
        )

    def _back_here(self, endpoint: str, **values: Any) -> str:
        return str(self.get_url(endpoint, back=FROM_PAGE, **values))
