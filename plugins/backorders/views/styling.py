"""The few style rules of these screens; the content policy allows no style inside a page."""

from __future__ import annotations

from flask import Response, render_template, url_for
from flask_admin import expose

from erp_core.access import PUBLIC, requires

ONE_HOUR = "public, max-age=3600"


class Styling:
    """Serves the rules and names their address to the base page."""

    @property
    def extra_css(self) -> list[str]:
        """Return the addresses of own style sheets."""
        return [url_for("backorders_backorder.style_sheet")]

    @expose("/style.css")
    @requires(PUBLIC)
    def style_sheet(self) -> Response:
        """Send the rules; a browser keeps them for an hour."""
        body = render_template("backorders/style.css")
        return Response(body, mimetype="text/css", headers={"Cache-Control": ONE_HOUR})
