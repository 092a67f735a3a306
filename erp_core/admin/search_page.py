"""What the box of Ctrl+K finds: answers of every plugin that is on."""

from __future__ import annotations

from itertools import islice

from flask import request
from flask.typing import ResponseReturnValue
from flask_admin import expose

from erp_core.access import SIGNED_IN, can
from erp_core.admin.screen import ErpView
from erp_core.ports import Hit, SearchSource
from erp_core.registry import providers

LONGEST, SHORTEST, MOST = 100, 2, 6


class SearchView(ErpView):
    """Answers a typed text with links, a few of each kind."""

    key = "core.search"
    see = SIGNED_IN

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """Draw the links."""
        return self.render("core/search.html", hits=hits(request.args.get("q", "")))


def hits(text: str) -> list[Hit]:
    """Ask every source that the person may ask."""
    wanted = "".join(char for char in text if char.isprintable()).strip()[:LONGEST]
    if len(wanted) < SHORTEST:
        return []
    sources = [one for one in providers(SearchSource) if can(one.permission)]  # type: ignore[type-abstract]
    return [hit for one in sources for hit in islice(one.find(wanted, MOST), MOST)]
