"""Conformance checks that read a plugin's files."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator

from erp_core.plugin import Event
from erp_core.testing.subject import Module, Subject

PUBLIC_ROOMS = ("events", "ports", "models", "services")
CLOCK = {"now", "utcnow", "today", "monotonic", "time"}
PROBE = """
import importlib, sys
import erp_core.plugin
folder, package = sys.argv[1:]
space, _, _name = package.rpartition(".")
if space:
    parent = importlib.import_module(space)
    parent.__path__ = [folder, *parent.__path__]
importlib.import_module(package)
heavy = {"sqlalchemy", "flask", "flask_admin"} & set(sys.modules)
print(*sorted(heavy | {name for name in sys.modules if name.startswith(package + ".")}))
"""


def manifest_is_data(subject: Subject) -> list[str]:
    """Import the manifest in a fresh process and see what came with it."""
    command = [sys.executable, "-c", PROBE, str(subject.found.folder.parent), subject.found.package]
    path = os.pathsep.join(entry for entry in sys.path if entry)
    result = subprocess.run(  # noqa: S603 - our own interpreter and code
        command,
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        return [f"The manifest cannot be imported alone: {result.stderr.strip()[-300:]}"]
    return [f"Importing the manifest imports {name}." for name in result.stdout.split()]


def imports_are_declared(subject: Subject) -> list[str]:
    """Compare every import with `depends` in the manifest and with the public rooms."""
    others = {item.package: item.name for item in subject.registry.plugins}
    others.pop(subject.found.package)
    findings = []
    for module in subject.modules():
        for node, name in _imports(module.tree):
            problem = _foreign(name, others, subject.found.manifest.depends)
            findings += [module.at(node, problem)] if problem else []
    return findings


def _imports(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield from ((node, f"{node.module}.{alias.name}") for alias in node.names)


def _foreign(name: str, others: dict[str, str], depends: tuple[str, ...]) -> str:
    for package, plugin in others.items():
        if not f"{name}.".startswith(f"{package}."):
            continue
        room = name.removeprefix(package).lstrip(".").partition(".")[0]
        if plugin not in depends:
            return f"it imports {name}, but the manifest does not depend on {plugin!r}"
        if room not in PUBLIC_ROOMS:
            return f"it imports {name}; public rooms are {', '.join(PUBLIC_ROOMS)}"
    return ""


def domain_is_pure(subject: Subject) -> list[str]:
    """Allow the standard library and the domain itself; refuse clocks and floats."""
    findings = []
    own = f"{subject.found.package}.domain"
    for module in subject.rooms("domain"):
        for node, name in _imports(module.tree):
            inside = f"{name}.".startswith(f"{own}.")
            if name.partition(".")[0] not in sys.stdlib_module_names and not inside:
                findings.append(module.at(node, f"domain/ imports {name}"))
        findings += [module.at(node, text) for node, text in _impure(module.tree)]
    return findings


def _impure(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr in CLOCK:
                yield node, f"domain/ reads the clock with {node.func.attr}()"
        elif isinstance(node, ast.Constant) and isinstance(node.value, float):
            yield node, f"domain/ computes with the float {node.value}"


def announcements_are_documented(subject: Subject) -> list[str]:
    """Look for a docstring on every public class and function of events and ports."""
    return [
        module.at(node, f"{node.name} has no docstring")
        for module in subject.rooms("events", "ports")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef | ast.FunctionDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]


def readme_names_everything(subject: Subject) -> list[str]:
    """Look in README.md for every setting, event, port, screen and job."""
    readme = subject.found.folder / "README.md"
    if not readme.exists():
        return [f"{readme} is missing."]
    text = readme.read_text(encoding="utf-8")
    return [
        f"README.md does not name the {kind} {names[0]}."
        for kind, names in _announced(subject)
        if not any(_named(name, text) for name in names)
    ]


def _named(name: str, text: str) -> bool:
    return re.search(rf"(?<![\w.]){re.escape(name)}(?!\w)", text) is not None


def _announced(subject: Subject) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Give what must be named, each with the names that count."""
    known = subject.registry
    settings = known.settings.get(subject.name)
    for field in settings.model_fields if settings else ():
        yield "setting", (field,)
    for name in _classes(subject, "events"):
        yield "event", (name, *_key(subject, name))
    for name in _classes(subject, "ports"):
        yield "port", (name,)
    for key, owned in known.screens.items():
        if owned.owner == subject.name:
            yield "screen", (key,)
    for job in known.jobs.values():
        if job.owner == subject.name:
            yield "job", (job.name, job.name.partition(".")[2])


def _classes(subject: Subject, room: str) -> Iterator[str]:
    """Name the public classes of a room that announce something: those with base classes."""
    for module in subject.rooms(room):
        yield from _announcing(module)


def _announcing(module: Module) -> Iterator[str]:
    for node in module.tree.body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            bases = {getattr(base, "id", getattr(base, "attr", "")) for base in node.bases}
            if bases & {"Event", "Protocol"}:
                yield node.name


def _key(subject: Subject, name: str) -> tuple[str, ...]:
    announced: list[type[Event]] = [
        owned.thing for owned in subject.registry.events.values() if owned.owner == subject.name
    ]
    return tuple(cls.key for cls in announced if cls.__name__ == name and cls.key)
