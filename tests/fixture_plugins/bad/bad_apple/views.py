from flask import Flask
from flask.typing import ResponseReturnValue
from flask_admin import expose

from erp_core.access import PUBLIC, requires
from erp_core.admin.views import ErpView


class AppleView(ErpView):
    """A screen that breaks."""

    key = "bad_apple.apple"
    see = "core.audit.view"

    @expose("/")
    def index(self) -> str:
        """Break."""
        raise RuntimeError("a worm")


@requires(PUBLIC)
def smuggled() -> ResponseReturnValue:
    """Answer whether the plugin is on or off."""
    return "still here"


def smuggle(app: Flask) -> None:
    """Add a page and a hook past the registration."""
    app.add_url_rule("/apple", "smuggled_apple", smuggled)
    app.before_request(hook)


def hook() -> None:
    """Run in every request."""
