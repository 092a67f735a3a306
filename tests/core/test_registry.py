"""The verbs of the registration, what they refuse, and what a failing plugin leaves behind."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from flask import Blueprint

from erp_core.app import Erp
from erp_core.config import Config
from erp_core.errors import ErpError, PluginError
from erp_core.plugin import Action, Column, Filter, MenuEntry, PageAction, Panel
from erp_core.registration import Registration
from erp_core.registry import Registry
from tests.core.boot import boot, toy, write_plugin

VERBS = {
    "settings": lambda erp: erp.settings(toy("toy_gadget.settings").GadgetSettings),
    "event": lambda erp: erp.event(toy("toy_gadget.events").GadgetMade),
    "mail": lambda erp: erp.mail(toy("toy_gadget.events").GadgetMade, object()),
    "view": lambda erp: erp.view(toy("toy_gadget.views").GadgetView),
    "screen": lambda erp: erp.screen("a.b", "A"),
    "menu": lambda erp: erp.menu(MenuEntry("Work", "A", "a.b", "public")),
    "blueprint": lambda erp: erp.blueprint(Blueprint("late", __name__)),
    "api": lambda erp: erp.api(Blueprint("late", __name__)),
    "job": lambda erp: erp.job("late", lambda: None),
    "subscribe": lambda erp: erp.subscribe(toy("toy_gadget.events").GadgetMade, print),
    "provide": lambda erp: erp.provide(toy("toy_gadget.ports").Advice, object()),
    "column": lambda erp: erp.column("toy_gadget.gadget", Column("late", "L", lambda rows: {})),
    "filter": lambda erp: erp.filter("toy_gadget.gadget", Filter("late", "L", list, str)),
    "action": lambda erp: erp.action("toy_gadget.gadget", Action("late", "L", str, "x")),
    "page_action": lambda erp: erp.page_action(
        "toy_gadget.gadget", PageAction("late", "L", str, "x")
    ),
    "panel": lambda erp: erp.panel("toy_gadget.gadget", Panel("late", "L", str)),
    "command": lambda erp: erp.command(click.Command("late")),
}


def memory(**options: object) -> Erp:
    return boot("sqlite://", **options)  # type: ignore[arg-type]


def test_every_verb_has_a_test() -> None:
    verbs = {name for name, value in vars(Registration).items() if callable(value)}
    assert {name for name in verbs if not name.startswith("_")} == set(VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_after_the_start_every_verb_is_refused(verb: str) -> None:
    app = memory()
    with pytest.raises(PluginError, match="only while starting"):
        VERBS[verb](Registration(app.extensions["erp"], "toy_gadget"))


@pytest.mark.parametrize("verb", VERBS)
def test_while_starting_every_verb_is_accepted_and_remembers_its_owner(verb: str) -> None:
    memory()
    known = Registry(Config())
    VERBS[verb](Registration(known, "zz_me"))
    owners = {"zz_me"} if verb in {"settings", "screen"} else owners_in(known)
    assert owners == {"zz_me"}
    known.drop("zz_me")
    assert not known.settings
    assert not known.screens
    assert not owners_in(known)


def owners_in(known: Registry) -> set[str]:
    lists = [known.views, known.blueprints, known.apis, known.menu, known.commands]
    lists += [*known.handlers.values(), *known.providers.values(), *known.parts.values()]
    owned = [item for group in lists for item in group]
    tables = [known.jobs.values(), known.events.values(), known.mail.values()]
    return {item.owner for item in [*owned, *(item for table in tables for item in table)]}


@pytest.mark.parametrize(
    "verb", ["event", "mail", "screen", "job", "column", "action", "filter", "panel"]
)
def test_the_same_key_a_second_time_is_refused(verb: str) -> None:
    memory()
    erp = Registration(Registry(Config()), "zz_me")
    VERBS[verb](erp)
    with pytest.raises(PluginError, match=r"zz_me registers .* a second time"):
        VERBS[verb](erp)


def test_a_part_for_an_unknown_screen_stops_the_start_and_names_the_screens(
    plugin_folder: Path,
) -> None:
    write_plugin(
        plugin_folder,
        "zz_part",
        register="""
            from erp_core.plugin import Panel
            erp.panel("toy_gadget.gadgett", Panel("x", "X", str))
        """,
    )
    with pytest.raises(PluginError) as caught:
        memory(plugins=("zz_part",), plugin_paths=(str(plugin_folder),))
    assert "zz_part adds 'x' to the screen 'toy_gadget.gadgett'" in str(caught.value)
    assert "core.home" in str(caught.value)


def test_a_foreign_plugin_that_fails_to_register_is_left_out_with_its_dependants(
    plugin_folder: Path,
) -> None:
    home = write_plugin(
        plugin_folder,
        "zz_half",
        register="""
            erp.job("one", print)
            erp.screen("zz_half.page", "Page")
            raise OSError("the wire is cut")
        """,
    )
    write_plugin(plugin_folder, "zz_rest", manifest="depends=('zz_half',)")
    write_plugin(plugin_folder, "zz_fine", register="erp.job('one', print)")
    app = memory(plugins=("zz_half", "zz_rest", "zz_fine"), plugin_paths=(str(plugin_folder),))
    known: Registry = app.extensions["erp"]
    assert [item.name for item in known.plugins] == ["zz_fine"]
    assert list(known.jobs) == ["zz_fine.one"]
    assert "zz_half.page" not in known.screens
    reasons = {item.name: item.reason for item in known.broken}
    assert f"{home / 'register.py'}, line 4: OSError: the wire is cut" in reasons["zz_half"]
    assert "zz_half" in reasons["zz_rest"]


def test_a_route_without_a_permission_stops_the_start(plugin_folder: Path) -> None:
    write_plugin(
        plugin_folder,
        "zz_open",
        register="""
            from flask import Blueprint
            pages = Blueprint("zz_open", __name__)
            pages.add_url_rule("/zz", "hello", lambda: "hello")
            erp.blueprint(pages)
        """,
    )
    with pytest.raises(ErpError, match=r"/zz \(zz_open\.hello\) names no permission"):
        memory(plugins=("zz_open",), plugin_paths=(str(plugin_folder),))


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("key = 'zz_view.a'", "names no permission to see it"),
        ("see = 'public'", "has no key"),
        ("key = 'zz_view.a'; see = change = 'public'", "lists no form_columns"),
    ],
)
def test_a_screen_that_names_too_little_stops_the_start(
    plugin_folder: Path, body: str, says: str
) -> None:
    write_plugin(
        plugin_folder,
        "zz_view",
        register=f"""
            from erp_core.admin.views import ErpModelView
            from erp_core.models import Company
            class View(ErpModelView):
                {body}
            erp.view(View, Company)
        """,
    )
    with pytest.raises(PluginError, match=says):
        memory(plugins=("zz_view",), plugin_paths=(str(plugin_folder),))


def test_dependants_and_requirements_reach_through_others(plugin_folder: Path) -> None:
    write_plugin(plugin_folder, "zz_a")
    write_plugin(plugin_folder, "zz_b", manifest="depends=('zz_a',)")
    write_plugin(plugin_folder, "zz_c", manifest="depends=('zz_b',)")
    app = memory(plugins=("zz_a", "zz_b", "zz_c"), plugin_paths=(str(plugin_folder),))
    known: Registry = app.extensions["erp"]
    assert known.dependants("zz_a") == ["zz_b", "zz_c"]
    assert known.requirements("zz_c") == ["zz_a", "zz_b"]
    with pytest.raises(PluginError, match=r"No plugin is called 'zz_q'\. Installed: zz_a"):
        known.found("zz_q")
