"""Rules about who may know whom: the core, the plugins, and their domain rooms."""

from __future__ import annotations

import ast
import fnmatch
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.house.source import Source, called, product, python, templates

PUBLIC_ROOMS = {"events", "ports", "models", "services"}
NOUNS = frozenset(
    {"allocation", "backorder", "catalogue", "customer", "inventory", "invoice", "order"}
    | {"payment", "product", "purchase", "receipt", "replenishment", "sale", "shipment", "sku"}
    | {"stock", "supplier", "supply", "warehouse"}
)
ALLOWED_NOUNS = {
    ("erp_core/__main__.py", "supply"): "the sentence that says what the whole product is",
    ("erp_core/__main__.py", "order"): "the same sentence",
    ("*/styleguide*", "*"): "the style guide shows its parts with believable rows",
}
"""(file pattern, noun) -> why it may stand there."""

ORDERING = re.compile(
    r"^_?order$|\border[ _-]?by\b|\border of\b|\border-(\w+-)?\d|\border:"
    r"|(?<![a-z])(in|load|loading|sort|menu|tab|column|dependency|descending)[ _]order\b",
    re.IGNORECASE,
)
"""Where `order` means a sequence: a menu's order, ORDER BY, in dependency order, CSS order."""

DEFINITIONS: tuple[type[ast.ClassDef | ast.FunctionDef], ...] = (ast.ClassDef, ast.FunctionDef)
PLUGIN_NAME = re.compile(r"plugins\.[a-z_]+(\.|$)")
TEMPLATE_COMMENT = re.compile(r"{#.*?#}", re.DOTALL)
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def core_imports_no_plugin(root: Path) -> Iterator[str]:
    """The core imports no plugin and spells out no plugin's module."""
    for source in python(root, "erp_core"):
        for node, name in source.imports():
            if name.split(".")[0] == "plugins" and name != "plugins":
                yield source.at(node, f"the core imports {name}")
        for node, text in _strings(source):
            if PLUGIN_NAME.match(text):
                yield source.at(node, f"the core names the module {text!r}")


def core_names_no_business(root: Path) -> Iterator[str]:
    """The core names no business noun in code, in text it shows, or in a template."""
    for source in python(root, "erp_core"):
        for node, text in [*_identifiers(source), *_strings(source)]:
            for noun in _nouns(source.name, text):
                yield source.at(node, f"business noun {noun!r} in {text[:60]!r}")
    for source in templates(root, "erp_core"):
        spoken = TEMPLATE_COMMENT.sub(lambda match: "\n" * match[0].count("\n"), source.text)
        for number, line in enumerate(spoken.splitlines(), 1):
            for noun in _nouns(source.name, line):
                yield source.at(number, f"business noun {noun!r} in a core template")


def _nouns(path: str, text: str) -> set[str]:
    words = {word.lower() for word in WORD.findall(ORDERING.sub("", text))}
    found = (words | {word.removesuffix("s") for word in words}) & NOUNS
    return {noun for noun in found if not _allowed(path, noun)}


def _allowed(path: str, noun: str) -> bool:
    return any(
        fnmatch.fnmatch(path, pattern) and allowed in {"*", noun}
        for pattern, allowed in ALLOWED_NOUNS
    )


def _identifiers(source: Source) -> Iterator[tuple[ast.AST, str]]:
    for node in source.nodes(ast.AST):
        for attribute in ("id", "attr", "name", "arg"):
            value = getattr(node, attribute, None)
            if isinstance(value, str):
                yield node, value


def _strings(source: Source) -> Iterator[tuple[ast.AST, str]]:
    """Give string constants without documentation, which may speak of examples."""
    documentation = {id(node.value) for node in source.nodes(ast.Expr)}
    for node in source.nodes(ast.Constant):
        if isinstance(node.value, str) and id(node) not in documentation:
            yield node, node.value


def plugin_imports_only_what_it_declares(root: Path) -> Iterator[str]:
    """A plugin imports its own rooms and the public ones of plugins its manifest depends on."""
    for folder in sorted((root / "plugins").glob("*/")):
        depends = manifest_depends(folder)
        for source in python(root, f"plugins/{folder.name}"):
            for node, name in source.imports():
                problem = _foreign(name, folder.name, depends)
                if problem:
                    yield source.at(node, problem)


def manifest_depends(folder: Path) -> set[str]:
    """Read `depends` of a manifest without importing it."""
    manifest = folder / "__init__.py"
    text = manifest.read_text(encoding="utf-8") if manifest.exists() else ""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.keyword) and node.arg == "depends":
            return set(ast.literal_eval(node.value))
    return set()


def _foreign(name: str, own: str, depends: set[str]) -> str:
    if name == "tests" or name.startswith("tests."):
        return f"a plugin imports {name}"
    parts = [*name.split("."), "", ""]
    if parts[0] != "plugins" or parts[1] == own:
        return ""
    if parts[1] not in depends:
        return f"imports {name}, but the manifest does not depend on {parts[1]!r}"
    if parts[2] not in PUBLIC_ROOMS:
        return f"imports {name}; public rooms are {', '.join(sorted(PUBLIC_ROOMS))}"
    return ""


def domain_is_pure(root: Path) -> Iterator[str]:
    """`domain/` imports the standard library and itself, and reads no clock."""
    for source in python(root, "plugins"):
        if source.parts[2:3] not in {("domain",), ("domain.py",)}:
            continue
        own = f"plugins.{source.parts[1]}.domain"
        for node, name in source.imports():
            top = name.split(".")[0]
            if top not in sys.stdlib_module_names and not f"{name}.".startswith(f"{own}."):
                yield source.at(node, f"domain imports {name}")
        for node in source.nodes(ast.Call):
            if called(node).rpartition(".")[2] in {"now", "utcnow", "today", "monotonic"}:
                yield source.at(node, f"domain reads the clock with {called(node)}()")


def domain_has_no_floats(root: Path) -> Iterator[str]:
    """Quantities are ints and money is minor units: no float in `domain/`."""
    for source in python(root, "plugins"):
        if "domain" not in source.parts and source.path.name != "domain.py":
            continue
        for constant in source.nodes(ast.Constant):
            if isinstance(constant.value, float):
                yield source.at(constant, f"float {constant.value}")
        yield from (source.at(n, "float") for n in source.nodes(ast.Name) if n.id == "float")


def announcements_are_documented(root: Path) -> Iterator[str]:
    """Every public class and function of `events` and `ports` has a docstring."""
    for source in product(root):
        if not {"events", "ports", "events.py", "ports.py"} & set(source.parts):
            continue
        public = (n for n in source.nodes(*DEFINITIONS) if not n.name.startswith("_"))
        yield from (
            source.at(node, f"{node.name} has no docstring")
            for node in public
            if not ast.get_docstring(node)
        )


def counters_are_created(root: Path) -> Iterator[str]:
    """A number drawn with next_value(s) has its sequence in a migration.

    SQLite makes the counter when it is first used; PostgreSQL does not.
    """
    migrations = [path.read_text("utf-8") for path in root.glob("plugins/*/migrations/*.py")]
    created = set(re.findall(r"create_sequence\(op, ['\"](\w+)['\"]\)", "".join(migrations)))
    for source in python(root, "plugins"):
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Call) and called(node) in {"next_value", "next_values"}:
                name = node.args[0]
                if isinstance(name, ast.Constant) and name.value not in created:
                    yield source.at(node, f"no migration creates the sequence {name.value!r}")
