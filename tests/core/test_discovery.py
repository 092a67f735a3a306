"""Finding plugins: order, circles, names, faults, folders, entry points, safe mode."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from erp_core.discovery import HOME, Broken, Plan, plan
from erp_core.errors import PluginError
from tests.core.boot import TOYS, write_plugin

ROOT = Path(__file__).parents[2]
PURE = """
import importlib, sys
import erp_core.plugin
from pathlib import Path
for folder in sys.argv[1:]:
    package = importlib.import_module("plugins")
    package.__path__ = [*package.__path__, folder]
    for home in sorted(Path(folder).iterdir()):
        if (home / "__init__.py").exists():
            importlib.import_module(f"plugins.{home.name}")
            extra = [n for n in sys.modules if n.startswith(f"plugins.{home.name}.")]
            assert not extra, extra
loud = [n for n in sys.modules if n.split(".")[0] in ("sqlalchemy", "flask", "flask_admin")]
assert not loud, loud
print(len([n for n in sys.modules if n.count(".") == 1 and n.startswith("plugins.")]))
"""


def look(*folders: Path, **options: bool) -> Plan:
    return plan([str(folder) for folder in folders], **options)


def order(found: Plan, prefix: str = "zz_") -> list[str]:
    return [item.name for item in found.plugins if item.name.startswith(prefix)]


def broken(found: Plan, prefix: str = "zz_") -> dict[str, Broken]:
    return {item.name: item for item in found.broken if item.name.startswith(prefix)}


def run_python(code: str, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        env=os.environ | env,
        capture_output=True,
        text=True,
        check=False,
    )


def test_plugins_come_after_what_they_need_and_peers_by_name(plugin_folder: Path) -> None:
    write_plugin(plugin_folder, "zz_a", manifest="depends=('zz_d',)")
    for name in ("zz_c", "zz_b", "zz_d"):
        write_plugin(plugin_folder, name)
    assert order(look(plugin_folder)) == ["zz_b", "zz_c", "zz_d", "zz_a"]


def test_the_order_is_the_same_in_every_process(plugin_folder: Path) -> None:
    for name in "hgfedcba":
        write_plugin(plugin_folder, f"zz_{name}")
    code = "import sys; from erp_core.discovery import plan; "
    code += "print([p.name for p in plan(sys.argv[1:]).plugins])"
    answers = {
        run_python(code, str(plugin_folder), PYTHONHASHSEED=seed).stdout for seed in ("1", "2")
    }
    assert len(answers) == 1
    assert "'zz_a', 'zz_b', 'zz_c'" in answers.pop()


def test_what_needs_a_missing_plugin_is_named_with_all_that_need_it(plugin_folder: Path) -> None:
    write_plugin(plugin_folder, "zz_top", manifest="depends=('zz_middle',)")
    write_plugin(plugin_folder, "zz_middle", manifest="depends=('zz_nobody', 'zz_else')")
    found = look(plugin_folder)
    assert order(found) == []
    assert "zz_else, zz_nobody" in broken(found)["zz_middle"].reason
    assert "zz_middle" in broken(found)["zz_top"].reason


def test_a_circle_names_every_culprit(plugin_folder: Path) -> None:
    for name, needs in (("zz_a", "zz_b"), ("zz_b", "zz_c"), ("zz_c", "zz_a"), ("zz_d", "zz_a")):
        write_plugin(plugin_folder, name, manifest=f"depends=({needs!r},)")
    write_plugin(plugin_folder, "zz_free")
    found = look(plugin_folder)
    assert order(found) == ["zz_free"]
    for name in ("zz_a", "zz_b", "zz_c"):
        assert "circle: zz_a, zz_b, zz_c" in broken(found)[name].reason
    assert "zz_a" in broken(found)["zz_d"].reason


def test_two_circles_are_both_named(plugin_folder: Path) -> None:
    for name, needs in (("zz_a", "zz_b"), ("zz_b", "zz_a"), ("zz_x", "zz_y"), ("zz_y", "zz_x")):
        write_plugin(plugin_folder, name, manifest=f"depends=({needs!r},)")
    assert set(broken(look(plugin_folder))) == {"zz_a", "zz_b", "zz_x", "zz_y"}


def test_one_name_in_two_manifests_prints_both_origins(plugin_folder: Path) -> None:
    first = write_plugin(plugin_folder, "zz_one")
    second = write_plugin(plugin_folder, "zz_two")
    text = (second / "__init__.py").read_text(encoding="utf-8")
    (second / "__init__.py").write_text(text.replace("'zz_two'", "'zz_one'"), encoding="utf-8")
    with pytest.raises(PluginError) as caught:
        look(plugin_folder)
    assert str(first) in str(caught.value)
    assert str(second) in str(caught.value)


def test_one_folder_name_in_two_places_prints_both_origins(plugin_folder: Path) -> None:
    mine = write_plugin(plugin_folder / "mine", "zz_same")
    theirs = write_plugin(plugin_folder / "theirs", "zz_same")
    with pytest.raises(PluginError) as caught:
        look(plugin_folder / "mine", plugin_folder / "theirs")
    assert str(mine) in str(caught.value)
    assert str(theirs) in str(caught.value)


def test_a_folder_named_twice_is_read_once(plugin_folder: Path) -> None:
    write_plugin(plugin_folder, "zz_a")
    assert order(look(plugin_folder, plugin_folder)) == ["zz_a"]


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("import nothing_of_this_name", 1, "ModuleNotFoundError"),
        ("\n\nraise ValueError('no screws')", 3, "no screws"),
        ("\nplugin = (", 2, "SyntaxError"),
        ("x = 1", 0, "holds no `plugin = Plugin"),
    ],
)
def test_a_manifest_that_fails_is_named_with_file_and_line(
    plugin_folder: Path, text: str, line: int, says: str
) -> None:
    home = write_plugin(plugin_folder, "zz_bad")
    write_plugin(plugin_folder, "zz_good")
    (home / "__init__.py").write_text(text, encoding="utf-8")
    found = look(plugin_folder)
    reason = broken(found)["zz_bad"].reason
    assert order(found) == ["zz_good"]
    assert says in reason
    if line:
        assert f"{home / '__init__.py'}, line {line}:" in reason


def test_a_plugin_for_another_contract_is_left_out(plugin_folder: Path) -> None:
    write_plugin(plugin_folder, "zz_new", manifest="contract=99")
    found = look(plugin_folder)
    assert "plugin contract 99; this core speaks 1" in broken(found)["zz_new"].reason


def test_a_name_with_capitals_is_refused(plugin_folder: Path) -> None:
    home = write_plugin(plugin_folder, "zz_a")
    (home / "__init__.py").write_text(
        "from erp_core.plugin import Plugin\nplugin = Plugin('Zz A', 'T', '1')", encoding="utf-8"
    )
    assert "'Zz A' may hold only" in broken(look(plugin_folder))["zz_a"].reason


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PluginError, match=r"nowhere.*is not a folder"):
        look(tmp_path / "nowhere")


def test_only_the_plugins_asked_for_are_loaded(plugin_folder: Path) -> None:
    write_plugin(plugin_folder, "zz_a")
    write_plugin(plugin_folder, "zz_b", manifest="depends=('zz_a',)")
    assert order(plan([str(plugin_folder)], only=["zz_a"])) == ["zz_a"]
    alone = plan([str(plugin_folder)], only=["zz_b"])
    assert order(alone) == []
    assert "zz_a" in broken(alone)["zz_b"].reason


def test_asking_for_an_unknown_plugin_names_the_installed_ones(plugin_folder: Path) -> None:
    write_plugin(plugin_folder, "zz_a")
    with pytest.raises(PluginError, match=r"zz_q, which is not installed.*zz_a"):
        plan([str(plugin_folder)], only=["zz_q"])


def test_safe_mode_loads_only_what_comes_with_the_product(plugin_folder: Path) -> None:
    write_plugin(plugin_folder, "zz_a")
    found = look(plugin_folder, safe_mode=True)
    assert order(found) == []
    assert all(item.folder.parent == HOME for item in found.plugins)


def test_manifests_import_neither_libraries_nor_their_own_modules() -> None:
    result = run_python(PURE, str(HOME), str(TOYS))
    assert result.returncode == 0, result.stderr
    assert int(result.stdout) >= 2


def test_a_manifest_that_imports_more_is_found(plugin_folder: Path) -> None:
    home = write_plugin(plugin_folder, "zz_loud")
    text = (home / "__init__.py").read_text(encoding="utf-8")
    (home / "__init__.py").write_text(f"import sqlalchemy\n{text}", encoding="utf-8")
    assert "sqlalchemy" in run_python(PURE, str(plugin_folder)).stderr


def install_package(site: Path) -> None:
    """Put a plugin into `site` the way pip does: a package and its metadata."""
    write_plugin(site, "acme_pegs")
    info = site / "acme_pegs-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: acme-pegs\nVersion: 1.0\n", "utf-8"
    )
    (info / "entry_points.txt").write_text("[erp.plugins]\npegs = acme_pegs\n", encoding="utf-8")


def test_an_installed_package_announces_itself_by_its_entry_point(tmp_path: Path) -> None:
    install_package(tmp_path)
    code = "from erp_core.discovery import plan; "
    code += "print([(p.name, p.package) for p in plan(safe_mode={}).plugins])"
    path = os.pathsep.join([str(tmp_path), str(ROOT)])
    assert "('acme_pegs', 'acme_pegs')" in run_python(code.format(False), PYTHONPATH=path).stdout
    assert "acme_pegs" not in run_python(code.format(True), PYTHONPATH=path).stdout
