"""Conformance checks of what switching a plugin off means."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import click
import sqlalchemy as sa

from erp_core.db import db
from erp_core.errors import ErpError
from erp_core.jobs import find_job, run_now
from erp_core.ports import DemoData
from erp_core.registry import CORE, Owned, enabled, live, mailable_events, providers
from erp_core.testing.schema_checks import own_tables
from erp_core.testing.subject import Subject


def everything_is_owned(subject: Subject) -> list[str]:
    """Find what runs whether the plugin is on or off: the core does not know whose it is."""
    findings = [
        f"{_label(thing)} is registered for {owner!r}; it would stay when {subject.name} is off."
        for owner, thing in _registered(subject)
        if owner != subject.name and subject.owns_module(_module(thing))
    ]
    return findings + [
        f"{_label(function)} hooks into every request; it would stay when {subject.name} is off."
        for function in _hooks(subject)
        if subject.owns_module(_module(function))
    ]


def _registered(subject: Subject) -> Iterator[tuple[str, Any]]:
    known = subject.registry
    groups: list[list[Owned[Any]]] = [*known.handlers.values(), *known.providers.values()]
    yield from ((owned.owner, owned.thing) for group in groups for owned in group)
    yield from ((owned.owner, owned.thing.view) for owned in known.views)
    yield from ((job.owner, job.run) for job in known.jobs.values())
    for endpoint, function in subject.app.view_functions.items():
        if not endpoint.endswith(".static"):
            yield known.routes.get(endpoint, (CORE, ""))[0], function


def _hooks(subject: Subject) -> Iterator[Any]:
    app = subject.app
    for table in (
        app.before_request_funcs,
        app.after_request_funcs,
        app.teardown_request_funcs,
        app.template_context_processors,
    ):
        yield from table.get(None, [])


def _module(thing: Any) -> str:
    return str(getattr(thing, "__module__", "") or type(thing).__module__)


def _label(thing: Any) -> str:
    name = getattr(thing, "__qualname__", "") or type(thing).__qualname__
    return f"{_module(thing)}.{name}"


def off_means_off(subject: Subject) -> list[str]:
    """Switch the plugin off and look for pages, handlers, parts, jobs and commands that stay."""
    subject.switch(True)
    send = subject.sender()
    subject.switch(False)
    try:
        answers = [(route, send(route)) for route in subject.routes()]
        with subject.app.app_context():
            findings = [*_still_live(subject), *_still_commands(subject)]
    finally:
        subject.switch(True)
    pages = [
        f"{r.method} {r.url} answers {status} when off." for r, status in answers if status != 404
    ]
    return findings + pages


def _still_live(subject: Subject) -> Iterator[str]:
    known = subject.registry
    tables: dict[str, list[list[Any]]] = {
        "a handler": list(known.handlers.values()),
        "a provider": list(known.providers.values()),
        "a part of a screen": list(known.parts.values()),
        "a menu entry": [known.menu],
    }
    for kind, groups in tables.items():
        mine = [Owned(item.owner, item) for group in groups for item in group]
        for item in live(owned for owned in mine if owned.owner == subject.name):
            yield f"Off, there is still {kind}: {_label(item.thing)}."
    for name in [job.name for job in known.jobs.values() if job.owner == subject.name]:
        yield from _still_job(name)
    for key, cls in mailable_events().items():
        if subject.owns_module(cls.__module__):
            yield f"Off, the event {key} is still offered."


def _still_job(name: str) -> Iterator[str]:
    try:
        find_job(name)
    except ErpError:
        return
    yield f"Off, the job {name} can still be run."


def _still_commands(subject: Subject) -> Iterator[str]:
    mine = [owned.thing for owned in subject.registry.commands if owned.owner == subject.name]
    for command in _leaves(mine):
        try:
            with click.Context(command):
                (command.callback or _nothing)()
        except ErpError as error:
            if "is off" in str(error):
                continue
        except Exception as error:
            yield f"Off, `{command.name}` still runs ({type(error).__name__})."
            continue
        yield f"Off, `{command.name}` still runs."


def _leaves(commands: list[click.Command]) -> Iterator[click.Command]:
    for command in commands:
        if isinstance(command, click.Group):
            yield from _leaves(list(command.commands.values()))
        else:
            yield command


def _nothing() -> None:
    """Stand for a command without a function."""


def off_and_on_change_nothing(subject: Subject) -> list[str]:
    """Fill in demo data, switch off, use the rest, switch on: every row must be as before."""
    subject.switch(True)
    subject.act(_fill)
    before = _digests(subject)
    subject.switch(False)
    try:
        lame = _use_all(subject)
    finally:
        subject.switch(True)
    same = {name for name, digest in _digests(subject).items() if before[name] == digest}
    findings = [f"The rows of {name} are not as before." for name in sorted(before.keys() - same)]
    usual = _use_all(subject) if lame else []
    broken = [f"While {subject.name} is off, {text}" for text in lame if text not in usual]
    return findings + broken


def _fill() -> None:
    for source in providers(DemoData):  # type: ignore[type-abstract]
        source.fill()


def _digests(subject: Subject) -> dict[str, str]:
    """Return a hash over all rows of each table of the plugin."""
    tables = own_tables(subject)
    with subject.app.app_context():
        return {table.name: _digest(table) for table in tables}


def _digest(table: sa.Table) -> str:
    found = hashlib.sha256()
    every = sa.select(sa.text("*")).select_from(table).order_by(*table.primary_key.columns)
    for row in db.session.execute(every):
        found.update(repr(tuple(row)).encode())
    return found.hexdigest()


def _use_all(subject: Subject) -> list[str]:
    """Open the screens and run the jobs of everybody who is on; returns what broke."""
    send = subject.sender()
    owners = [CORE, *(item.name for item in subject.registry.plugins)]
    findings = []
    for route in [route for owner in owners for route in subject.routes(owner=owner)]:
        if route.method == "GET" and route.endpoint.endswith((".index", ".index_view")):
            status = send(route)
            if not isinstance(status, int) or status >= 500:
                findings.append(f"{route.url} breaks: {status}.")
    return findings + _run_all_jobs(subject)


def _run_all_jobs(subject: Subject) -> list[str]:
    findings = []
    with subject.app.app_context():
        names = [job.name for job in subject.registry.jobs.values() if enabled(job.owner)]
        for name in names:
            run = run_now(name, by="conformance")
            if run.state != "done":
                findings.append(f"{name} is {run.state}: {run.error}.")
    return findings
