"""Each check of the conformance suite finds what it is there to find, and passes a good plugin."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from erp_core.app import Erp
from erp_core.cli.data import initialise
from erp_core.db import db
from erp_core.testing.conformance import CHECKS, problems
from tests.core.boot import FOREIGN, TOY_NAMES, TOYS, boot

FINDS = {
    "The manifest is data and imports nothing": ["imports plugins.bad_apple.domain.rules"],
    "Imports go to declared plugins, to their public rooms": [
        "imports plugins.toy_gadget.views.GadgetView",
        "the manifest does not depend on 'toy_gadget'",
    ],
    "domain/ is pure": ["imports pydantic", "clock with now()", "float 0.5"],
    "Events and ports are documented": ["AppleFell has no docstring", "pick has no docstring"],
    "README.md names everything": [
        "setting colour",
        "setting size",
        "event AppleFell",
        "port Picker",
        "screen bad_apple.apple",
        "job bad_apple.grow",
    ],
    "Tables carry the plugin's name": ["apple_pip must be called bad_apple_"],
    "Settings have help and valid defaults": [
        "colour has no description",
        "default of the setting size is not allowed: size cannot be '99'",
    ],
    "Everything registered belongs to the plugin": [
        "services.start_again is registered for 'core'",
        "services.listen is registered for 'core'",
        "views.smuggled is registered for 'core'",
        "views.hook hooks into every request",
    ],
    "Screens answer": ["/bad_apple/apple/ breaks: RuntimeError: a worm"],
    "Off means off": [],
    "Off and on leave the data alone": ["The rows of bad_apple_apple are not as before"],
    "Jobs survive an empty database and a second run": ["The second run of bad_apple.grow"],
    "Mailable events say what they carry": [
        "apple.fell lacks a key, a title, audiences or variables",
        "the variable apple.kind has no title",
        "the example of apple is not plain data",
        "a message is for 'gardener', which is no audience of it",
        "a message for staff names an address",
        "the message about pip carries more than plain data",
        "the message about pip lacks the variable apple.kind",
        "bad_apple.rotted has no mail source",
    ],
    "Migrations equal the models, down and up again": [
        "After upgrading from nothing, tables and models differ",
        "bad_apple_apple is still there",
    ],
}


@contextmanager
def running(folder: Path, *names: str) -> Iterator[Erp]:
    """Give an application on a database of its own."""
    folders = (str(TOYS), str(FOREIGN / "bad"))
    app = boot(f"sqlite:///{folder / 'check.sqlite3'}", plugins=names, plugin_paths=folders)
    with app.app_context():
        initialise()
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(scope="module")
def garden(tmp_path_factory: Any) -> Iterator[Erp]:
    """An application with good plugins alone."""
    with running(tmp_path_factory.mktemp("garden"), *TOY_NAMES) as app:
        yield app


@pytest.fixture(scope="module")
def orchard(tmp_path_factory: Any) -> Iterator[Erp]:
    """An application with good plugins and a bad one."""
    with running(tmp_path_factory.mktemp("orchard"), *TOY_NAMES, "bad_apple") as app:
        yield app


def test_every_check_has_a_negative_control() -> None:
    assert list(FINDS) == list(CHECKS)


@pytest.mark.parametrize("title", [title for title, wanted in FINDS.items() if wanted])
def test_a_bad_plugin_is_found(orchard: Erp, title: str) -> None:
    found = problems(orchard, "bad_apple", checks={title: CHECKS[title]})[title]
    text = "\n".join(found)
    assert all(wanted in text for wanted in FINDS[title]), text
    assert "The check broke" not in text


def test_what_stays_when_the_core_forgets_to_ask_is_found(
    garden: Erp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`Off means off` proves the core's gate, so the control takes the gate away."""
    for module in ("registry", "access", "jobs", "cli", "testing.switch_checks"):
        monkeypatch.setattr(f"erp_core.{module}.enabled", lambda _name: True, raising=False)
    title = "Off means off"
    text = "\n".join(problems(garden, "toy_gizmo", checks={title: CHECKS[title]})[title])
    for wanted in (
        "GET /gizmo/hello answers 200 when off",
        "GET /api/v1/gizmos/ answers 200 when off",
        "there is still a handler",
        "there is still a provider",
        "there is still a part of a screen",
        "there is still a menu entry",
        "the job toy_gizmo.fade can still be run",
        "`gizmo` still runs",
    ):
        assert wanted in text, text


@pytest.mark.parametrize("name", TOY_NAMES)
def test_a_good_plugin_passes(garden: Erp, name: str) -> None:
    found = problems(garden, name)
    assert {title: findings for title, findings in found.items() if findings} == {}


def check(folder: Path, name: str, *others: str) -> subprocess.CompletedProcess[str]:
    """Run the real program the way an integrator does."""
    (folder / "settings.toml").write_text(
        f'plugin_paths = ["{TOYS}", "{FOREIGN / "bad"}"]\nplugins = {["toy_gadget", *others]}\n',
        encoding="utf-8",
    )
    return subprocess.run(
        [sys.executable, "-m", "erp_core", "plugin", "check", name, "--json"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(FOREIGN.parents[1])},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_reports_and_leaves_the_operators_database_alone(tmp_path: Path) -> None:
    bad = check(tmp_path, "bad_apple", "bad_apple")  # the good ones above stand for exit code 0
    assert bad.returncode == 1, bad.stderr
    found = json.loads(bad.stdout)
    assert list(found) == list(CHECKS)
    assert found["domain/ is pure"]
    assert not (tmp_path / "instance" / "pegboard.sqlite3").exists()


def test_the_command_refuses_an_unknown_plugin(tmp_path: Path) -> None:
    unknown = check(tmp_path, "nobody")
    assert unknown.returncode == 2
    assert "No plugin is called 'nobody'" in unknown.stderr
