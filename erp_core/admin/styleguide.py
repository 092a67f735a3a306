"""The style guide: every building block in every state, for people who write plugins."""

from __future__ import annotations

from flask.typing import ResponseReturnValue
from flask_admin import expose

from erp_core.access import SIGNED_IN
from erp_core.admin.screen import ErpView


class StyleguideView(ErpView):
    """Shows the theme's own page of samples."""

    key = "core.styleguide"
    see = SIGNED_IN

    @classmethod
    def address(cls) -> dict[str, str]:
        """Answer at /styleguide."""
        return super().address() | {"url": "/styleguide"}

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """Draw the samples."""
        return self.render("erp/styleguide.html", title="Style guide")
