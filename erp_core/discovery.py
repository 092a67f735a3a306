"""Find plugins, check their manifests and put them in order (phases 1 and 2 of the start)."""

from __future__ import annotations

import importlib
import importlib.metadata
import pkgutil
import re
import sys
import traceback
from collections.abc import Iterable
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from types import ModuleType

from erp_core.errors import PluginError
from erp_core.plugin import CONTRACT_VERSION, Plugin

GROUP = "erp.plugins"
NAMESPACE = "plugins"
HOME = Path(__file__).resolve().parent.parent / NAMESPACE
"""Where the plugins that come with the product live."""

NAME = re.compile(r"^[a-z][a-z0-9_]{1,40}$")


@dataclass(frozen=True, slots=True)
class Found:
    """An importable plugin: its manifest, the package it lives in, and where that is."""

    manifest: Plugin
    package: str
    folder: Path

    @property
    def name(self) -> str:
        """Return the name in the manifest."""
        return self.manifest.name


@dataclass(frozen=True, slots=True)
class Broken:
    """A plugin that was found and cannot be used, with the sentence that says why."""

    name: str
    origin: str
    reason: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be loaded, in order, and what cannot be."""

    plugins: tuple[Found, ...]
    broken: tuple[Broken, ...] = ()


def plan(
    paths: Iterable[str] = (), *, only: Iterable[str] | None = None, safe_mode: bool = False
) -> Plan:
    """Find every plugin, drop what cannot work, and order the rest by their dependencies.

    `only` limits what is loaded (a dependency must be listed too); `safe_mode` leaves out
    everything that does not come with the product. Raises PluginError when one name is offered
    twice or when `only` names a plugin that does not exist.
    """
    extend_namespace(paths)
    found, broken = _find_all(safe_mode)
    if only is not None:
        found = _restrict(found, set(only), broken)
    usable, more = _check_dependencies(found)
    ordered, cyclic = _order(usable)
    return Plan(tuple(ordered), tuple([*broken, *more, *cyclic]))


def extend_namespace(paths: Iterable[str]) -> None:
    """Let the operator's folders contribute packages to the `plugins` namespace."""
    package = importlib.import_module(NAMESPACE)
    fresh = [str(Path(path).resolve()) for path in paths]
    missing = [path for path in fresh if not Path(path).is_dir()]
    if missing:
        raise PluginError(f"plugin_paths names {missing[0]!r}, which is not a folder.")
    known = [str(Path(entry).resolve()) for entry in package.__path__]
    package.__path__ = list(dict.fromkeys([str(HOME), *known, *fresh]))


def _find_all(safe_mode: bool) -> tuple[dict[str, Found], list[Broken]]:
    found: dict[str, Found] = {}
    broken: list[Broken] = []
    for package in _packages(safe_mode):
        result = _load_manifest(package)
        if isinstance(result, Broken):
            broken.append(result)
        elif result.name in found:
            raise _taken(result.name, found[result.name].folder, result.folder)
        else:
            found[result.name] = result
    return found, broken


def _packages(safe_mode: bool) -> list[str]:
    folders = _folders([str(HOME)] if safe_mode else list(sys.modules[NAMESPACE].__path__))
    if safe_mode:
        return folders
    entries = importlib.metadata.entry_points(group=GROUP)
    return list(dict.fromkeys([*folders, *sorted(entry.value for entry in entries)]))


def _folders(places: list[str]) -> list[str]:
    """Name the packages in some places; the second of one name would never be imported."""
    origin: dict[str, str] = {}
    for place in places:
        for entry in pkgutil.iter_modules([place]):
            if entry.ispkg and entry.name in origin:
                raise _taken(entry.name, Path(origin[entry.name]), Path(place, entry.name))
            if entry.ispkg:
                origin[entry.name] = str(Path(place, entry.name))
    return [f"{NAMESPACE}.{name}" for name in sorted(origin)]


def _taken(name: str, first: Path, second: Path) -> PluginError:
    return PluginError(f"Two plugins are called {name!r}: {first} and {second}. Remove one.")


def _load_manifest(package: str) -> Found | Broken:
    short = package.rpartition(".")[2]
    try:
        module = importlib.import_module(package)
    except Exception as error:
        return Broken(short, package, fault(error))
    problem = _problem(module, package)
    if problem:
        return Broken(short, package, problem)
    return Found(module.plugin, package, Path(str(module.__file__)).parent)


def fault(error: Exception) -> str:
    """Say where in a plugin's files an error arose, and which."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    filename, line, text = place.filename, place.lineno, str(error)
    if isinstance(error, SyntaxError):
        filename, line, text = error.filename or filename, error.lineno, error.msg
    return f"{filename}, line {line}: {type(error).__name__}: {text}"


def _problem(module: ModuleType, package: str) -> str:
    manifest = getattr(module, "plugin", None)
    if not isinstance(manifest, Plugin):
        return f"{package}/__init__.py holds no `plugin = Plugin(...)`."
    if not NAME.match(manifest.name):
        return f"The name {manifest.name!r} may hold only lower-case letters, digits and _."
    if manifest.contract != CONTRACT_VERSION:
        return (
            f"It was written for plugin contract {manifest.contract}; this core speaks "
            f"{CONTRACT_VERSION}."
        )
    return ""


def _restrict(found: dict[str, Found], wanted: set[str], broken: list[Broken]) -> dict[str, Found]:
    unknown = wanted - found.keys() - {item.name for item in broken}
    if unknown:
        raise PluginError(
            f"settings.toml loads {', '.join(sorted(unknown))}, which is not installed. "
            f"Installed: {', '.join(sorted(found))}."
        )
    return {name: item for name, item in found.items() if name in wanted}


def _check_dependencies(found: dict[str, Found]) -> tuple[dict[str, Found], list[Broken]]:
    usable = dict(found)
    broken: list[Broken] = []
    while True:
        bad = {name: _missing(item, usable) for name, item in usable.items()}
        bad = {name: missing for name, missing in bad.items() if missing}
        if not bad:
            return usable, broken
        for name, missing in bad.items():
            reason = f"It depends on {', '.join(missing)}, which cannot be loaded."
            broken.append(Broken(name, usable.pop(name).package, reason))


def _missing(item: Found, usable: dict[str, Found]) -> list[str]:
    return sorted(set(item.manifest.depends) - usable.keys())


def _order(found: dict[str, Found]) -> tuple[list[Found], list[Broken]]:
    """Order by dependency, ties by name; members of a circle are left out and named."""
    broken: list[Broken] = []
    while True:
        try:
            return [found[name] for name in _levels(found)], broken
        except CycleError as error:
            ring = sorted(set(error.args[1]))
            reason = f"These plugins depend on each other in a circle: {', '.join(ring)}."
            broken += [Broken(name, found[name].package, reason) for name in ring]
            rest = {name: item for name, item in found.items() if name not in ring}
            found, more = _check_dependencies(rest)
            broken += more


def _levels(found: dict[str, Found]) -> list[str]:
    sorter = TopologicalSorter({name: found[name].manifest.depends for name in sorted(found)})
    sorter.prepare()
    names: list[str] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        names += ready
        sorter.done(*ready)
    return names
