import sqlalchemy as sa
from plugins.bad_apple import models
from plugins.toy_gadget.views import GadgetView  # neither declared nor a public room

from erp_core.db import db
from erp_core.lifecycle import PluginToggled

KNOWN = (GadgetView.key, models.Apple.__tablename__)


def grow() -> int:
    """Work the first time only."""
    db.session.execute(sa.text("INSERT INTO bad_apple_apple (name) VALUES ('once')"))
    return 1


def start_again(event: PluginToggled) -> None:
    """Forget the apples and grow another one whenever a plugin is switched on."""
    if event.on:
        db.session.execute(sa.text("DELETE FROM bad_apple_apple"))
        grow()


def listen() -> None:
    """Run on or off."""
