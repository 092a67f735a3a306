"""Any subset of plugins that the manifests allow boots, shows its screens and keeps its data.

The usual suite boots the telling ones; `make prove` boots all and switches plugins off and on.

Every subset gets a process of its own, forked from one that has imported the core and no plugin:
what a plugin needs and does not declare shows as an error there.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from itertools import chain, combinations
from pathlib import Path

import pytest

from erp_core.discovery import Found, plan
from tests.core.boot import TOYS, write_plugin

ROOT = Path(__file__).parents[2]
DRIVER = """
import json, logging, os, sys, tempfile, traceback
from pathlib import Path
from erp_core.admin.shell import CORE_MENU
from erp_core.config import Config
from erp_core.testing.conformance import LIVE, problems, scratch
from erp_core.testing.people import Person

logging.disable(logging.CRITICAL)
ROUND = "Off and on leave the data alone"

def look(names, paths, switching):
    config = Config(secret_key="k" * 40, plugins=tuple(names), plugin_paths=tuple(paths))
    with scratch(config) as app:
        known = app.extensions["erp"]
        found = [f"{item.name}: {item.reason}" for item in known.broken]
        loaded = [item.name for item in known.plugins]
        found += [] if sorted(loaded) == sorted(names) else [f"loaded only {loaded}"]
        imported = {name.split(".")[1] for name in sys.modules if name.count(".") == 2
                    and name.startswith("plugins.")}
        found += [f"imported {name}, which is not loaded" for name in imported - set(names)]
        person = Person(app, "admin")
        shown = {entry.endpoint for entry in (*CORE_MENU, *(item.thing for item in known.menu))}
        for page in sorted(r.rule for r in app.url_map.iter_rules() if r.endpoint in shown):
            status = person.get(page).status_code
            found += [] if status == 200 else [f"{page} answers {status}"]
        for name in names[-1:] if switching else ():  # the others are last in a smaller subset
            found += problems(app, name, checks={ROUND: LIVE[ROUND]})[ROUND]
        return found

subsets, paths, switching = json.loads(sys.stdin.read())
answers = []
for names in subsets:
    assert not [m for m in sys.modules if m.startswith("plugins.")]
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        try:
            found = look(names, paths, switching)
        except BaseException:
            found = [traceback.format_exc()[-600:]]
        os.write(writer, json.dumps(found)[:60000].encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        answers.append(json.loads(pipe.read()))
    os.waitpid(child, 0)
print(json.dumps(answers))
"""


def allowed(plugins: list[Found]) -> list[list[str]]:
    """Return every set of plugins that holds what each member depends on, in loading order."""
    names = [item.name for item in plugins]
    needs = {item.name: set(item.manifest.depends) for item in plugins}
    sets = chain.from_iterable(combinations(names, size) for size in range(len(names) + 1))
    return [list(one) for one in sets if all(needs[name] <= set(one) for name in one)]


def telling(plugins: list[Found]) -> list[list[str]]:
    """Return none, each plugin with just what it needs, all, and all but one."""
    every = sorted(allowed(plugins), key=len)
    least = [next(names for names in every if item.name in names) for item in plugins]
    most = [names for names in every if len(names) >= len(plugins) - 1]
    found = {tuple(names) for names in [[], *least, *most]}
    return [list(names) for names in sorted(found, key=lambda names: (len(names), names))]


def look(
    subsets: list[list[str]], paths: tuple[str, ...] = (), *, switching: bool = False
) -> list[list[str]]:
    """Boot each subset in its own process; returns what was found in each.

    `switching` fills in demo data and switches the last plugin off and on, too.
    """
    result = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", DRIVER],
        input=json.dumps([subsets, paths, switching]),
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr[-2000:]
    found: list[list[str]] = json.loads(result.stdout)
    return found


def faulty(subsets: list[list[str]], *, switching: bool = False) -> dict[str, list[str]]:
    found = look(subsets, switching=switching)
    return {"+".join(s): texts for s, texts in zip(subsets, found, strict=True) if texts}


def test_the_telling_subsets_boot_and_show_their_screens() -> None:
    """That each plugin keeps its data when it is switched is a check of the conformance suite."""
    assert faulty(telling(list(plan(safe_mode=True).plugins))) == {}


@pytest.mark.prove
@pytest.mark.timeout(3600)
def test_every_subset_that_the_manifests_allow_boots_and_keeps_its_data() -> None:
    assert faulty(allowed(list(plan(safe_mode=True).plugins)), switching=True) == {}


def test_subsets_hold_what_their_members_need() -> None:
    plugins = list(plan(safe_mode=True).plugins)
    needs = {item.name: item.manifest.depends for item in plugins}
    subsets, every = telling(plugins), allowed(plugins)
    assert all(set(needs[name]) <= set(one) for one in every for name in one)
    assert [] in subsets
    assert sorted(needs) == sorted(subsets[-1])
    assert set(map(tuple, subsets)) <= set(map(tuple, every))


def test_a_subset_that_leans_on_something_undeclared_is_found(plugin_folder: Path) -> None:
    home = write_plugin(plugin_folder, "zz_lean")
    (home / "register.py").write_text(
        "from plugins.toy_gadget.models import Gadget\ndef register(erp): assert Gadget\n",
        encoding="utf-8",
    )
    paths = (str(plugin_folder), str(TOYS))
    with_it, without = look([["toy_gadget", "zz_lean"], ["zz_lean"]], paths)
    assert with_it == []
    assert without == ["imported toy_gadget, which is not loaded"]
