"""The conformance suite: what every plugin must keep, checked for one plugin by its name.

`problems(app, name)` runs all checks and returns what each found, as sentences. The application
must stand on a database of its own that may be changed (`scratch`); pytest and
`erp plugin check NAME` both use it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from erp_core.app import Erp, create_app
from erp_core.cli.data import initialise
from erp_core.config import Config
from erp_core.db import db
from erp_core.testing import live_checks, mail_checks, schema_checks, source_checks, switch_checks
from erp_core.testing.subject import Subject

Check = Callable[[Subject], list[str]]

STATIC: Mapping[str, Check] = {
    "The manifest is data and imports nothing": source_checks.manifest_is_data,
    "Imports go to declared plugins, to their public rooms": source_checks.imports_are_declared,
    "domain/ is pure": source_checks.domain_is_pure,
    "Events and ports are documented": source_checks.announcements_are_documented,
    "README.md names everything": source_checks.readme_names_everything,
    "Tables carry the plugin's name": schema_checks.tables_carry_the_name,
    "Settings have help and valid defaults": live_checks.settings_are_sound,
    "Everything registered belongs to the plugin": switch_checks.everything_is_owned,
}
"""Checks that need no database."""

LIVE: Mapping[str, Check] = {
    "Screens answer": live_checks.screens_answer,
    "Off means off": switch_checks.off_means_off,
    "Off and on leave the data alone": switch_checks.off_and_on_change_nothing,
    "Jobs survive an empty database and a second run": live_checks.jobs_survive,
    "Mailable events say what they carry": mail_checks.mailable_events_are_complete,
    "Migrations equal the models, down and up again": schema_checks.migrations_match,
}
"""Checks that change the database; the last one empties the plugin's tables."""

CHECKS: Mapping[str, Check] = {**STATIC, **LIVE}


def problems(app: Erp, name: str, *, checks: Mapping[str, Check] = CHECKS) -> dict[str, list[str]]:
    """Run the checks on one plugin; returns the findings of each, empty lists are passes."""
    subject = Subject(app, app.extensions["erp"].found(name))
    return {title: _run(check, subject) for title, check in checks.items()}


def _run(check: Check, subject: Subject) -> list[str]:
    """A check that breaks is a finding, too: the other checks still run."""
    try:
        return check(subject)
    except Exception as error:
        return [f"The check broke: {type(error).__name__}: {str(error)[:300]}"]


@contextmanager
def scratch(config: Config) -> Iterator[Erp]:
    """Give the configured application on an empty database that is thrown away afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'check.sqlite3'}"
        app = create_app(replace(config, database_url=url))
        with app.app_context():
            initialise()
        yield app
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
