"""Strict mode, long tests, settings.toml and the make targets do what they say."""

from __future__ import annotations

import subprocess
import tomllib
from pathlib import Path

import pytest
from playwright.sync_api import Page

from erp_core.config import KEYS, Config
from tests.house.runs import run
from tests.house.source import ROOT

NOWHERE = "postgresql+psycopg://postgres@127.0.0.1:9/postgres"
NEEDS_SERVER = """
import pytest

@pytest.mark.postgres
def test_server(): pass

def test_here(): pass
"""
LONG = """
import pytest

@pytest.mark.prove
def test_long(): pass

def test_short(): pass
def test_shorter(): pass
"""


def test_without_a_server_its_tests_are_skipped_with_one_line(tmp_path: Path) -> None:
    result = run(tmp_path, NEEDS_SERVER, ERP_TEST_POSTGRES=NOWHERE)
    assert result.returncode == 0
    assert "1 passed, 1 skipped" in result.stdout
    assert "1 test not run: PostgreSQL does not answer at 127.0.0.1:9" in result.stdout


def test_a_strict_run_does_not_start_without_a_server(tmp_path: Path) -> None:
    result = run(tmp_path, NEEDS_SERVER, ERP_TEST_POSTGRES=NOWHERE, ERP_TEST_STRICT="1")
    assert result.returncode == pytest.ExitCode.USAGE_ERROR
    assert "PostgreSQL does not answer at 127.0.0.1:9" in result.stderr


@pytest.mark.postgres
@pytest.mark.browser
@pytest.mark.parametrize("where", ["def test_a(): ", ""], ids=["in a test", "in a module"])
def test_a_strict_run_fails_on_any_skip(tmp_path: Path, where: str) -> None:
    text = f"import pytest\n{where}pytest.skip('tired', allow_module_level=True)"
    lenient, strict = run(tmp_path, text), run(tmp_path, text, ERP_TEST_STRICT="1")
    assert lenient.returncode in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}
    assert "1 test not run: tired" in lenient.stdout
    assert strict.returncode == pytest.ExitCode.TESTS_FAILED
    assert "1 test FAILED (strict): tired" in strict.stdout


def test_long_tests_run_on_request_alone(tmp_path: Path) -> None:
    assert "2 passed, 1 deselected" in run(tmp_path, LONG).stdout
    assert "1 passed, 2 deselected" in run(tmp_path, LONG, "--prove", "-m", "prove").stdout


def test_chromium_starts(page: Page) -> None:
    page.set_content("<title>Pegboard</title>")
    assert page.title() == "Pegboard"


def test_settings_toml_shows_every_key_with_its_default() -> None:
    text = (ROOT / "settings.toml").read_text(encoding="utf-8")
    lines = [line[1:] for line in text.splitlines() if line.startswith("#") and line[1:2] != " "]
    shown = tomllib.loads("\n".join(lines))
    default = Config()
    assert {*shown, "plugins"} == set(KEYS)
    assert shown == {key: KEYS[key](getattr(default, key)) for key in shown}


def test_settings_toml_changes_nothing_as_it_stands() -> None:
    assert tomllib.loads((ROOT / "settings.toml").read_text(encoding="utf-8")) == {}


def test_make_help_lists_every_target() -> None:
    command = ["make", "-C", str(ROOT), "--no-print-directory", "help"]
    listing = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    shown = [line.split()[1] for line in listing.splitlines()]
    declared = (ROOT / "Makefile").read_text(encoding="utf-8").partition(".PHONY: ")[2]
    assert sorted(shown) == sorted(declared.partition("\n")[0].split())
