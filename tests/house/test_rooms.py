"""The code keeps the rules of the house, and every rule finds what it is there to find."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.house import rooms, style
from tests.house.source import ROOT

Rule = Callable[[Path], Iterator[str]]

BREAKS: list[tuple[Rule, str, str, str]] = [
    (rooms.core_imports_no_plugin, "erp_core/a.py", "from plugins.sales import models", "imports"),
    (rooms.core_imports_no_plugin, "erp_core/a.py", "X = 'plugins.sales.models'", "names"),
    (rooms.core_names_no_business, "erp_core/a.py", "def ship_orders(): ...", "'order'"),
    (rooms.core_names_no_business, "erp_core/a.py", "class StockRow: ...", "'stock'"),
    (rooms.core_names_no_business, "erp_core/a.py", "TEXT = 'No such supplier.'", "'supplier'"),
    (
        rooms.core_names_no_business,
        "erp_core/admin/templates/list.html",
        "<h1>Products</h1>",
        "'product'",
    ),
    (
        rooms.plugin_imports_only_what_it_declares,
        "plugins/pos/__init__.py",
        "from plugins.sales.models import Order\nplugin = Plugin(depends=('inventory',))",
        "does not depend on 'sales'",
    ),
    (
        rooms.plugin_imports_only_what_it_declares,
        "plugins/pos/__init__.py",
        "from plugins.sales import views\nplugin = Plugin(depends=('sales',))",
        "public rooms are",
    ),
    (rooms.domain_is_pure, "plugins/pos/domain/a.py", "import sqlalchemy", "imports sqlalchemy"),
    (
        rooms.domain_is_pure,
        "plugins/pos/domain/a.py",
        "from plugins.pos.models import Sale",
        "imports plugins.pos.models.Sale",
    ),
    (
        rooms.domain_is_pure,
        "plugins/pos/domain/a.py",
        "from datetime import UTC, datetime\nNOW = datetime.now(UTC)",
        "reads the clock",
    ),
    (rooms.domain_has_no_floats, "plugins/pos/domain/a.py", "RATE = 0.5", "float 0.5"),
    (rooms.domain_has_no_floats, "plugins/pos/domain/a.py", "def f(x: float): ...", "float"),
    (
        rooms.announcements_are_documented,
        "plugins/pos/events.py",
        "class Sold(Event):\n    id: int",
        "Sold has no docstring",
    ),
    (
        rooms.announcements_are_documented,
        "plugins/pos/ports.py",
        "class Till(Protocol):\n    '''A till.'''\n    def open(self) -> int: ...",
        "open has no docstring",
    ),
    (
        rooms.counters_are_created,
        "plugins/pos/services.py",
        "number = next_value('till')",
        "no migration creates the sequence 'till'",
    ),
    (style.functions_are_short, "erp_core/a.py", "def f():\n" + "    x = 1\n" * 50, "51 lines"),
    (
        style.functions_are_short,
        "erp_core/a.py",
        "def f():\n" + "    x = 1\n" * 8,
        "the median function has 9 lines",
    ),
    (style.files_are_short, "plugins/pos/a.py", "x = 1\n" * 301, "301 lines"),
    (style.only_edges_commit, "plugins/pos/services.py", "db.session.commit()", "outside"),
    (style.times_have_a_zone, "erp_core/a.py", "datetime.now()", "no time zone"),
    (style.times_have_a_zone, "plugins/pos/a.py", "day = date.today()", "no time zone"),
    (style.markup_is_escaped, "erp_core/a.py", "Markup(f'<b>{name}</b>')", "composed"),
    (style.markup_is_escaped, "erp_core/a.py", "Markup('<b>%s</b>' % name)", "composed"),
    (style.markup_is_escaped, "erp_core/a.py", "Markup('<b>{}</b>'.format(n))", "composed"),
    (style.templates_escape, "plugins/pos/templates/a.html", "{{ note | safe }}", "unescaped"),
    (
        style.templates_keep_the_policy,
        "erp_core/admin/templates/a.html",
        '<a onclick="go()">x</a>',
        "inline script",
    ),
    (
        style.templates_keep_the_policy,
        "erp_core/admin/templates/a.html",
        '<script src="//host/x.js"></script>',
        "another host",
    ),
    (style.files_have_a_subject, "plugins/pos/utils.py", "", "after its subject"),
    (style.tests_mock_nothing, "tests/test_a.py", "from unittest import mock", "unittest.mock"),
    (style.files_name_no_machine, "README.md", "See /wo" + "rk/main/README.md", "machine path"),
    (style.files_name_no_machine, "a.toml", f"index = '{style.REGISTRIES[0]}'", "names"),
    (
        style.lock_files_name_no_host,
        "package-lock.json",
        '{"packages": {"a": {"resolved": "x"}}}',
        "resolved",
    ),
]
RULES = list(dict.fromkeys(rule for rule, *_ in BREAKS))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_code_keeps_the_rule(rule: Rule) -> None:
    assert list(rule(ROOT)) == []


@pytest.mark.parametrize(("rule", "name", "text", "finding"), BREAKS)
def test_the_rule_finds_a_break(
    tmp_path: Path, rule: Rule, name: str, text: str, finding: str
) -> None:
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text(text, encoding="utf-8")
    found = list(rule(tmp_path))
    assert any(finding in line for line in found), found


GOOD = {
    "erp_core/a.py": '"""Stock, as an example."""\nx.order_by(Row.order)\nWHY = "in order"',
    "erp_core/db.py": "db.session.commit()",
    "erp_core/admin/templates/a.html": "{# for\nexample stock #}<li class='order-2'>in order</li>",
    "plugins/sales/__init__.py": 'plugin = Plugin(name="sales", depends=("inventory",))',
    "plugins/sales/services.py": "from plugins.inventory.services import receive",
    "plugins/sales/domain/a.py": "import decimal\nfrom plugins.sales.domain.b import C",
    "plugins/sales/views.py": "Markup('<b>%s</b>') % name\nMarkup(render(row))\ndatetime.now(UTC)",
    "plugins/sales/templates/a.html": '<a href="/work-orders/">{{ note }}</a> a safe place',
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_rule_accepts_good_code(tmp_path: Path, rule: Rule) -> None:
    for name, text in GOOD.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert list(rule(tmp_path)) == []


def test_every_rule_is_applied() -> None:
    written = {
        value
        for module in (rooms, style)
        for name, value in vars(module).items()
        if getattr(value, "__module__", "") == module.__name__ and not name.startswith("_")
        if callable(value) and value is not rooms.manifest_depends
    }
    assert written == set(RULES)
