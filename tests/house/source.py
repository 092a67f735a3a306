"""Read a checkout: its Python files as syntax trees, its templates, its tracked files."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).parents[2]
GENERATED = {"__pycache__", "node_modules", "vendor"}
Node = TypeVar("Node", bound=ast.AST)
TEMPLATES = {".html", ".jinja", ".j2", ".txt"}


@dataclass(frozen=True)
class Source:
    """One file of the checkout."""

    root: Path
    path: Path

    @property
    def name(self) -> str:
        """The path from the root, with forward slashes."""
        return self.path.relative_to(self.root).as_posix()

    @property
    def parts(self) -> tuple[str, ...]:
        """The folders and the file name."""
        return self.path.relative_to(self.root).parts

    @cached_property
    def text(self) -> str:
        """The whole text; bytes that are no UTF-8 are replaced."""
        return self.path.read_text(encoding="utf-8", errors="replace")

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree of a Python file."""
        return ast.parse(self.text, self.name)

    def nodes(self, *kinds: type[Node]) -> Iterator[Node]:
        """Walk the syntax tree for nodes of some kinds."""
        return (node for node in ast.walk(self.tree) if isinstance(node, kinds))

    def at(self, place: ast.AST | int, finding: str) -> str:
        """Write a finding the way compilers do: file, line, what."""
        line = place if isinstance(place, int) else getattr(place, "lineno", 0)
        return f"{self.name}:{line}: {finding}"

    def imports(self) -> Iterator[tuple[ast.AST, str]]:
        """Give every imported dotted name; `from a import b` counts as a.b."""
        for node in self.nodes(ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        for inner in self.nodes(ast.ImportFrom):
            yield from ((inner, f"{inner.module}.{alias.name}") for alias in inner.names)


def _files(root: Path, folders: tuple[str, ...], suffixes: set[str]) -> Iterator[Source]:
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            parts = set(path.relative_to(root).parts)
            if path.suffix in suffixes and path.is_file() and not parts & GENERATED:
                yield Source(root, path)


def python(root: Path, *folders: str) -> Iterator[Source]:
    """Give the Python files below some folders; the product's own ones without any."""
    return _files(root, folders or ("erp_core", "plugins"), {".py"})


def product(root: Path) -> Iterator[Source]:
    """Give the product's Python files without migrations, which are written by a tool."""
    return (source for source in python(root) if "migrations" not in source.parts)


def templates(root: Path, *folders: str) -> Iterator[Source]:
    """Give the templates below some folders; the product's own ones without any."""
    for source in _files(root, folders or ("erp_core", "plugins"), TEMPLATES):
        if "templates" in source.parts:
            yield source


def tracked(root: Path) -> Iterator[Source]:
    """Give what git tracks, or every file where there is no repository."""
    if not (root / ".git").exists():
        yield from (Source(root, path) for path in sorted(root.rglob("*")) if path.is_file())
        return
    command = ["git", "-C", str(root), "ls-files", "-z"]
    listing = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    for name in filter(None, listing.split("\0")):
        if (root / name).is_file():
            yield Source(root, root / name)


def called(node: ast.AST) -> str:
    """Name what a call calls, as far as it is written out: `db.session.commit`."""
    names: list[str] = []
    target = node.func if isinstance(node, ast.Call) else node
    while isinstance(target, ast.Attribute):
        names.append(target.attr)
        target = target.value
    if isinstance(target, ast.Name):
        names.append(target.id)
    return ".".join(reversed(names))
