"""Rules about how code is written: size, transactions, times, escaping, names of files."""

from __future__ import annotations

import ast
import json
import re
import statistics
from collections.abc import Iterator
from pathlib import Path

from tests.house.source import Source, called, product, python, templates, tracked

MEDIAN, LONGEST, FILE = 8, 50, 300
COMMITS_ALLOWED = {"erp_core/db.py": "the unit of work: edges commit through transaction()"}
SAFE_ALLOWED: dict[str, str] = {}
"""template:expression -> why its text can never come from a person."""

REGISTRIES = tuple(
    ".".join(name)
    for name in (
        ("registry", "npmjs", "org"),
        ("registry", "yarnpkg", "com"),
        ("pypi", "org"),
        ("files", "pythonhosted", "org"),
        ("proxy", "golang", "org"),
        ("index", "crates", "io"),
    )
)
MACHINE_PATH = re.compile(r"(?<![\w.:/<>)}*-])/(?:work|root|home/\w+)(?=[/\s\"'`,;:)]|$)", re.M)
INLINE_SCRIPT = re.compile(r"\son[a-z]+\s*=\s*[\"']|\bhx-on\b|javascript:", re.IGNORECASE)
FOREIGN_ASSET = re.compile(r"<(?:script|link|img)\b[^>]*(?:src|href)=[\"'](?:https?:)?//", re.I)
SAFE = re.compile(r"\|\s*safe\b|autoescape\s+false")


def functions_are_short(root: Path) -> Iterator[str]:
    """Median function at most 8 lines, none over 50."""
    lengths: list[int] = []
    for source in product(root):
        for node in source.nodes(ast.FunctionDef, ast.AsyncFunctionDef):
            lengths.append((node.end_lineno or node.lineno) - node.lineno + 1)
            if lengths[-1] > LONGEST:
                yield source.at(node, f"{lengths[-1]} lines, {LONGEST} are allowed")
    if lengths and (median := statistics.median(lengths)) > MEDIAN:
        yield f"the median function has {median} lines, {MEDIAN} are allowed"


def files_are_short(root: Path) -> Iterator[str]:
    """No file over 300 lines."""
    for source in product(root):
        count = len(source.text.splitlines())
        if count > FILE:
            yield source.at(count, f"{count} lines, {FILE} are allowed")


def only_edges_commit(root: Path) -> Iterator[str]:
    """Only `erp_core/db.py` commits a session; services leave it to the edge."""
    for source in product(root):
        for node in source.nodes(ast.Call) if source.name not in COMMITS_ALLOWED else ():
            if re.search(r"session\w*\.commit$", called(node), re.IGNORECASE):
                yield source.at(node, f"{called(node)}() outside the unit of work")


def times_have_a_zone(root: Path) -> Iterator[str]:
    """No naive clock: `datetime.now(UTC)`, never `now()`, `utcnow()` or `today()`."""
    for source in python(root):
        for node in source.nodes(ast.Call):
            name = ".".join(called(node).split(".")[-2:])
            naive = name == "datetime.now" and not (node.args or node.keywords)
            if naive or name in {"datetime.utcnow", "datetime.today", "date.today"}:
                yield source.at(node, f"{name}() knows no time zone")


def markup_is_escaped(root: Path) -> Iterator[str]:
    """`Markup` holds constants: `Markup("<b>%s</b>") % value` escapes, an f-string does not."""
    for source in python(root):
        for node in source.nodes(ast.Call):
            if called(node).rpartition(".")[2] == "Markup" and _is_composed(node):
                yield source.at(node, "Markup() around composed text; use Markup('...%s') % value")


def _is_composed(node: ast.Call) -> bool:
    first = node.args[0] if node.args else None
    formatted = isinstance(first, ast.Call) and called(first).rpartition(".")[2] == "format"
    return formatted or isinstance(first, ast.JoinedStr | ast.BinOp)


def templates_escape(root: Path) -> Iterator[str]:
    """No `|safe` in a template."""
    yield from (f for f in _lines(root, SAFE, "unescaped") if f.split(": ")[0] not in SAFE_ALLOWED)


def templates_keep_the_policy(root: Path) -> Iterator[str]:
    """The content security policy: no inline handler, nothing from another host."""
    yield from _lines(root, INLINE_SCRIPT, "inline script")
    yield from _lines(root, FOREIGN_ASSET, "asset of another host")


def _lines(root: Path, pattern: re.Pattern[str], finding: str) -> Iterator[str]:
    for source in templates(root):
        for number, line in enumerate(source.text.splitlines(), 1):
            if pattern.search(line):
                yield source.at(number, f"{finding}: {line.strip()[:80]}")


def files_have_a_subject(root: Path) -> Iterator[str]:
    """No file or folder called utils or helpers."""
    for source in python(root, "erp_core", "plugins", "tests", "benchmarks"):
        if {Path(part).stem for part in source.parts} & {"utils", "util", "helpers", "misc"}:
            yield source.at(1, "name the file after its subject")


def tests_mock_nothing(root: Path) -> Iterator[str]:
    """Tests use the real code; outside services are real servers on the loopback."""
    for source in python(root, "tests"):
        for node, name in source.imports():
            if name.split(".")[:2] == ["unittest", "mock"] or name.split(".")[0] == "mock":
                yield source.at(node, f"imports {name}")


def files_name_no_machine(root: Path) -> Iterator[str]:
    """No package registry's host and no path of somebody's machine in a tracked file."""
    for source in tracked(root):
        for host in REGISTRIES:
            if host in source.text:
                yield source.at(_line_of(source, source.text.index(host)), f"names {host}")
        for match in MACHINE_PATH.finditer(source.text) if "vendor" not in source.parts else ():
            yield source.at(_line_of(source, match.start()), f"machine path {match[0]}")


def _line_of(source: Source, position: int) -> int:
    return source.text.count("\n", 0, position) + 1


def lock_files_name_no_host(root: Path) -> Iterator[str]:
    """`package-lock.json` pins versions and hashes and leaves the registry to the client."""
    for source in tracked(root):
        if source.path.name == "package-lock.json":
            for name, entry in json.loads(source.text).get("packages", {}).items():
                if "resolved" in entry:
                    yield source.at(1, f"{name} has a resolved address")
