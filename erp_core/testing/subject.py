"""The plugin under test: where it is, what it owns, and how to act as an edge on its database."""

from __future__ import annotations

import ast
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from flask import Flask

from erp_core import lifecycle
from erp_core.access import ADMIN, add_user, create_token
from erp_core.db import transaction
from erp_core.discovery import Found
from erp_core.registry import Registry
from erp_core.testing.people import NO_PASSWORD, Person

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Module:
    """One Python file of a plugin."""

    path: Path
    name: str
    tree: ast.Module

    def at(self, node: ast.AST, finding: str) -> str:
        """Write a finding with file and line."""
        return f"{self.path}, line {getattr(node, 'lineno', 1)}: {finding}."


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one address that a plugin answers."""

    endpoint: str
    method: str
    url: str
    arguments: frozenset[str]
    permission: str

    @property
    def is_api(self) -> bool:
        """Say whether it belongs to the REST face."""
        return self.url.startswith("/api/")


@dataclass(frozen=True, slots=True)
class Subject:
    """One plugin in a running application."""

    app: Flask
    found: Found

    @property
    def name(self) -> str:
        """Return the plugin's name."""
        return self.found.name

    @property
    def registry(self) -> Registry:
        """Return what is registered in the application."""
        known: Registry = self.app.extensions["erp"]
        return known

    def owns_module(self, module: str | None) -> bool:
        """Say whether a module belongs to the plugin's package."""
        return f"{module}.".startswith(f"{self.found.package}.")

    def modules(self) -> Iterator[Module]:
        """Parse every Python file of the plugin except migrations."""
        for path in sorted(self.found.folder.rglob("*.py")):
            inside = path.relative_to(self.found.folder)
            if "migrations" not in inside.parts:
                dotted = ".".join([self.found.package, *inside.with_suffix("").parts])
                text = path.read_text(encoding="utf-8")
                yield Module(path, dotted.removesuffix(".__init__"), ast.parse(text, str(path)))

    def rooms(self, *names: str) -> Iterator[Module]:
        """Give the modules of some rooms: `events` is events.py, or the files of events/."""
        prefixes = tuple(f"{self.found.package}.{name}." for name in names)
        return (module for module in self.modules() if f"{module.name}.".startswith(prefixes))

    def act(self, work: Callable[[], Result]) -> Result:
        """Run a function as an edge does: own context, own transaction, committed."""
        with self.app.app_context(), transaction():
            return work()

    def switch(self, on: bool) -> None:
        """Switch the plugin on (with all it needs) or off."""
        self.act(lambda: lifecycle.enable(self.name) if on else lifecycle.disable(self.name))

    def routes(self, *, owner: str | None = None) -> list[Route]:
        """Give the plugin's addresses (or another owner's); arguments are filled with 1 or x."""
        wanted = owner or self.name
        return list(_routes(self.app, self.registry, wanted))

    def sender(self) -> Callable[[Route], int | str]:
        """Return somebody who may do everything, as a function from route to status.

        The status is a text when the program broke.
        """
        person = Person(self.app, ADMIN)
        headers = {"Authorization": f"Bearer {self.act(self._token)}"}

        def send(route: Route) -> int | str:
            options: dict[str, Any] = {"headers": headers} if route.is_api else {}
            if route.method != "GET" and not route.is_api:
                options = {"headers": {"X-CSRFToken": person.token}}
            try:
                with person.client.open(route.url, method=route.method, **options) as answer:
                    return int(answer.status_code)
            except Exception as error:
                return f"{type(error).__name__}: {str(error)[:160]}"

        return send

    def _token(self) -> str:
        email = f"token-{secrets.token_hex(4)}@example.com"
        return create_token(add_user(email, NO_PASSWORD, [ADMIN]), "conformance", [])


def _routes(app: Flask, known: Registry, owner: str) -> Iterator[Route]:
    for rule in app.url_map.iter_rules():
        answers, permission = known.routes.get(rule.endpoint, ("", ""))
        built = rule.build({name: _value(rule, name) for name in rule.arguments}, False)
        if answers != owner or built is None or rule.endpoint.endswith(".static"):
            continue
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield Route(rule.endpoint, method, built[1], frozenset(rule.arguments), permission)


def _value(rule: Any, name: str) -> object:
    if name == "export_type":
        return "csv"
    return 1 if type(rule._converters[name]).__name__ != "UnicodeConverter" else "x"
