"""The base of pages that are mixed into a screen.

Flask-Admin copies every inherited page into each class derived from its views, so a mixin that
was one of them would hide the pages of the others. For the type checker a mixin is a view.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from erp_core.admin.views import ErpModelView as Mixin
else:

    class Mixin:
        """Nothing: the screen brings all."""


__all__ = ["Mixin"]
