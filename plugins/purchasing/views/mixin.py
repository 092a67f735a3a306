"""The base of pages that are mixed into a screen, and where they lead after a step.

Flask-Admin copies every inherited page into each class derived from its views, so a mixin that
was one of them would hide the pages of the others. For the type checker a mixin is a view.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import request

from erp_core.admin.answers import from_htmx
from erp_core.admin.web import safe_target

if TYPE_CHECKING:
    from erp_core.admin.views import ErpModelView as Mixin
else:

    class Mixin:
        """Nothing: the screen brings all."""


__all__ = ["Mixin", "here"]


def here(fallback: str) -> str:
    """Return the page a step was taken from, with its filters; `fallback` without scripts."""
    seen = urlsplit(request.headers.get("HX-Current-URL", "")) if from_htmx() else None
    if seen is None or not seen.path:
        return fallback
    query = f"?{seen.query}" if seen.query else ""
    return safe_target(f"{seen.path}{query}", fallback=fallback)
