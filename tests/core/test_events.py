"""Announcing facts: order, one transaction with the announcer, exact types."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from erp_core.app import Erp
from erp_core.db import db
from erp_core.errors import ErpError
from erp_core.events import publish
from erp_core.migrate import upgrade
from erp_core.plugin import Event
from erp_core.settings import SettingChanged
from tests.core.boot import boot, toy, write_plugin

LISTENER = """
    from erp_core.settings import SettingChanged
    erp.subscribe(SettingChanged, lambda event: event.plugin.append({name!r}))
"""


def test_handlers_run_in_the_order_of_dependencies(plugin_folder: Path) -> None:
    for name, needs in (("zz_a", "('zz_c',)"), ("zz_b", "()"), ("zz_c", "()")):
        body = LISTENER.format(name=name)
        write_plugin(plugin_folder, name, manifest=f"depends={needs}", register=body)
    app = boot("sqlite://", plugins=("zz_a", "zz_b", "zz_c"), plugin_paths=(str(plugin_folder),))
    heard: Any = []
    with app.app_context():
        upgrade()
        publish(SettingChanged(heard, "", None, None))
    assert heard == ["zz_b", "zz_c", "zz_a"]


def test_a_handler_writes_in_the_transaction_of_the_announcer(
    toy_app: Erp, toy_act: Callable[[Callable[[], Any]], Any]
) -> None:
    made = toy_act(lambda: toy("toy_gadget.services").make_gadget("ball").id)
    with toy_app.app_context():
        assert db.session.get(toy("toy_gizmo.models").Gizmo, made).colour == "red"


def test_a_handler_that_fails_undoes_the_whole_step(
    toy_app: Erp, toy_act: Callable[[Callable[[], Any]], Any]
) -> None:
    with pytest.raises(ErpError, match="cannot be painted"):
        toy_act(lambda: toy("toy_gadget.services").make_gadget("cursed"))
    with toy_app.app_context():
        assert toy("toy_gadget.services").gadgets() == []


def test_an_event_nobody_listens_to_is_fine(toy_ctx: Erp) -> None:
    publish(Event())


def test_who_listens_to_event_itself_hears_everything_last(plugin_folder: Path) -> None:
    body = """
        from erp_core.plugin import Event
        from erp_core.settings import SettingChanged
        erp.subscribe(Event, lambda event: event.plugin.append("all"))
        erp.subscribe(SettingChanged, lambda event: event.plugin.append("one"))
    """
    write_plugin(plugin_folder, "zz_all", register=body)
    app = boot("sqlite://", plugins=("zz_all",), plugin_paths=(str(plugin_folder),))
    heard: Any = []
    with app.app_context():
        upgrade()
        publish(SettingChanged(heard, "", None, None))
    assert heard == ["one", "all"]
