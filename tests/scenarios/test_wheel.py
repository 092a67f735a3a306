"""What is shipped: the wheel alone, in an environment of its own, is the whole product."""

from __future__ import annotations

import subprocess
import sys
import urllib.request
import zipfile
from pathlib import Path

import pytest

from tests.scenarios.site import ROOT, Site


@pytest.mark.timeout(420)
def test_the_wheel_alone_runs_init_and_serves_every_screen_and_asset(tmp_path: Path) -> None:
    wheel = build(tmp_path)
    names = zipfile.ZipFile(wheel).namelist()
    for needed in ("migrations/versions/0001", "static/vendor/vendor.json", "templates/erp/macros"):
        assert any(needed in name for name in names), needed
    assert not [name for name in names if name.startswith(("tests/", "frontend/"))]

    program = install(tmp_path, wheel)
    (tmp_path / "place").mkdir()
    site = Site(tmp_path / "place", f"sqlite:///{tmp_path}/wheel.sqlite3", program)
    try:
        site.run("init")
        listed = site.json("plugin", "list")
        assert listed["broken"] == []
        assert {"inventory", "sales", "purchasing", "backorders"} <= {
            plugin["name"] for plugin in listed["plugins"]
        }
        base = site.serve()
        page = fetch(f"{base}/login")
        for address in assets(page):
            assert len(fetch(base + address)) > 100, address
    finally:
        site.stop()


def build(folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", str(folder), "."]
    subprocess.run(command, cwd=ROOT, check=True, timeout=200)
    return next(folder.glob("*.whl"))


def install(folder: Path, wheel: Path) -> tuple[str, ...]:
    home = folder / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(home)], check=True, timeout=120)
    pip = [str(home / "bin" / "python"), "-m", "pip", "install", "--quiet", str(wheel)]
    subprocess.run(pip, check=True, timeout=300)
    return (str(home / "bin" / "erp"),)


def fetch(url: str) -> str:
    with urllib.request.urlopen(url, timeout=20) as answer:
        return str(answer.read().decode("utf-8", "replace"))


def assets(page: str) -> list[str]:
    parts = page.replace("'", '"').split('"')
    return sorted({part for part in parts if part.startswith("/static/") and "#" not in part})
