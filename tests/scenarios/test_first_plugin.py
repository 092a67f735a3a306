"""The page "Your first plugin" is executed: its code is what runs here."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.scenarios.site import ROOT, Site

PAGE = ROOT / "docs" / "tutorial" / "your-first-plugin.md"
BLOCK = re.compile(r"^`(expedite/[\w/.]+)`\n\n```\w+\n(.*?)^```", re.M | re.S)


def write_the_page_out(folder: Path) -> list[str]:
    names = []
    for name, code in BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(code, encoding="utf-8")
        names.append(name)
    return names


@pytest.mark.timeout(300)
def test_the_plugin_of_the_tutorial_works_and_leaves_no_trace_when_it_is_off(site: Site) -> None:
    names = write_the_page_out(site.folder / "my_plugins")
    assert len(names) == 7
    (site.folder / "settings.toml").write_text('plugin_paths = ["my_plugins"]\n')

    site.run("db", "upgrade")
    listed = site.json("plugin", "list")
    assert listed["broken"] == []
    mine = next(plugin for plugin in listed["plugins"] if plugin["name"] == "expedite")
    assert mine["enabled"]
    settings = site.json("setting", "get", "expedite", "patience_days")
    assert settings["patience_days"] == {"value": 14, "source": "code"}
    refused = site.run("setting", "set", "expedite", "patience_days", "0", check=False)
    assert (refused.returncode, "patience_days" in refused.stderr) == (1, True)

    checked = site.run("plugin", "check", "expedite", check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr

    site.run("plugin", "disable", "expedite")
    assert "expedite_flag" in tables(site)
    site.run("plugin", "purge", "expedite", "--confirm", "expedite")
    assert "expedite_flag" not in tables(site)
    assert "backorders_backorder" in tables(site)


def tables(site: Site) -> list[str]:
    engine = sa.create_engine(site.url)
    try:
        return sa.inspect(engine).get_table_names()
    finally:
        engine.dispose()
