"""The import contracts hold for the code and find each kind of break."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path

import pytest

from tests.house.source import ROOT

RUN = "from importlinter.cli import lint_imports_command; lint_imports_command()"
TREE = {
    "erp_core/__init__.py": "",
    "erp_core/errors.py": "",
    "erp_core/db.py": "import erp_core.errors",
    "erp_core/registry.py": "import erp_core.db",
    "erp_core/settings.py": "import erp_core.registry",
    "erp_core/access.py": "import erp_core.settings",
    "erp_core/app.py": "import erp_core.access",
    "plugins/inventory/__init__.py": "",
    "plugins/inventory/ports.py": "",
    "plugins/sales/__init__.py": "",
    "plugins/sales/domain/__init__.py": "",
    "plugins/sales/models.py": "import sqlalchemy",
    "plugins/sales/services.py": "import plugins.inventory.ports, plugins.sales.domain",
    "plugins/sales/views.py": "import flask, plugins.sales.services",
    "plugins/purchasing/__init__.py": "",
    "plugins/purchasing/services.py": "import plugins.inventory.ports",
    "plugins/backorders/__init__.py": "",
    "plugins/backorders/services.py": "import plugins.sales.models",
}
BREAKS = [
    ("core-floors", "erp_core/db.py", "import erp_core.registry"),
    ("core-floors", "erp_core/new_room.py", ""),
    ("core-ignorant", "erp_core/app.py", "import plugins.sales.models"),
    ("plugin-floors", "plugins/sales/services.py", "import plugins.purchasing.services"),
    ("plugin-floors", "plugins/sales/services.py", "import plugins.backorders.services"),
    ("plugin-floors", "plugins/inventory/ports.py", "import plugins.sales.models"),
    ("plugin-rooms", "plugins/sales/services.py", "import plugins.sales.views"),
    ("domain-pure", "plugins/sales/domain/__init__.py", "import sqlalchemy"),
    ("domain-pure", "plugins/sales/domain/__init__.py", "import flask"),
    ("acyclic", "erp_core/settings.py", "import erp_core.access"),
]


def lint(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the contracts of this repository over the packages in `folder` alone."""
    path = os.pathsep.join([str(folder), sysconfig.get_path("purelib")])
    return subprocess.run(  # -S: an editable install must not add the real packages
        [sys.executable, "-S", "-c", RUN, "--no-logo", "--no-cache", *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small product that keeps every contract."""
    for name, text in TREE.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    return tmp_path


def test_good_code_keeps_the_contracts(tree: Path) -> None:
    result = lint(tree)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(("contract", "name", "line"), BREAKS)
def test_the_contract_finds_a_break(tree: Path, contract: str, name: str, line: str) -> None:
    (tree / name).write_text(line, encoding="utf-8")
    result = lint(tree, "--contract", contract)
    assert result.returncode == 1, result.stdout + result.stderr
    assert "1 broken" in result.stdout


def test_every_contract_is_broken_once() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    assert {contract["id"] for contract in contracts} == {contract for contract, *_ in BREAKS}
