"""Conformance checks of what a plugin does while it is on."""

from __future__ import annotations

from erp_core.errors import ErpError
from erp_core.jobs import run_now
from erp_core.plugin import PluginSettings
from erp_core.settings import validate
from erp_core.testing.subject import Route, Subject

READ_ONLY = "read-only"
"""What the forms of a screen without `change` need; nobody holds it."""


def settings_are_sound(subject: Subject) -> list[str]:
    """Look at every setting's help text and default."""
    cls = subject.registry.settings.get(subject.name)
    return [text for name in (cls.model_fields if cls else ()) if (text := _unsound(cls, name))]


def _unsound(cls: type[PluginSettings] | None, name: str) -> str:
    assert cls is not None
    field = cls.model_fields[name]
    if field.is_required():
        return f"The setting {name} has no default."
    if not (field.description or "").strip():
        return f"The setting {name} has no description."
    try:
        validate(cls, name, field.get_default(call_default_factory=True))
    except ErpError as error:
        return f"The default of the setting {name} is not allowed: {error}"
    return ""


def screens_answer(subject: Subject) -> list[str]:
    """Open every page; screens and menu entries answer 200, nothing breaks."""
    subject.switch(True)
    send = subject.sender()
    wanted = _screens(subject)
    findings = []
    for route in subject.routes():
        if route.method == "GET":
            problem = _answer(route, send(route), route.endpoint in wanted)
            findings += [problem] if problem else []
    return findings


def _screens(subject: Subject) -> set[str]:
    """Name the endpoints that must answer 200."""
    known = subject.registry
    views = [owned.thing for owned in known.views if owned.owner == subject.name]
    entries = [owned.thing.endpoint for owned in known.menu if owned.owner == subject.name]
    own = [spec.view.address()["endpoint"] for spec in views]
    return {f"{name}.{page}" for name in own for page in ("index", "index_view")} | set(entries)


def _answer(route: Route, status: int | str, is_screen: bool) -> str:
    if not isinstance(status, int) or status >= 500:
        return f"{route.url} breaks: {status}."
    if is_screen and status != 200:
        return f"The screen {route.url} answers {status}, not 200."
    refused = status in {401, 403} and route.permission != READ_ONLY
    return f"{route.url} refuses an administrator: {status}." if refused else ""


def jobs_survive(subject: Subject) -> list[str]:
    """Run every job twice."""
    subject.switch(True)
    mine = [job.name for job in subject.registry.jobs.values() if job.owner == subject.name]
    return [
        text for name in mine for time in ("first", "second") if (text := _run(subject, name, time))
    ]


def _run(subject: Subject, name: str, time: str) -> str:
    with subject.app.app_context():
        run = run_now(name, by="conformance")
        state, error = run.state, run.error
    return "" if state == "done" else f"The {time} run of {name} is {state}: {error[:200]}."
