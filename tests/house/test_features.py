"""The acceptance list is whole, and only a passing test proves a row."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.features import SOURCE, load_features, page
from tests.house.runs import run
from tests.house.source import ROOT, called, python

ROOMS = {"core", "inventory", "sales", "backorders", "purchasing", "replenishment"}
ROOMS |= {"work_orders", "pos", "email_templates"}
SAMPLE = """
import pytest

@pytest.mark.feature("F001", "F002")
@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_good(engine): pass

@pytest.mark.feature("F002")
def test_bad(): assert False

@pytest.mark.feature("F003")
def test_absent(): pytest.skip("no such machine")

@pytest.mark.feature("F004")
@pytest.mark.xfail
def test_hoped(): assert False
"""


def test_the_list_is_whole() -> None:
    features = load_features()
    assert list(features) == [f"F{number:03d}" for number in range(1, 175)]
    assert {feature.plugin for feature in features.values()} == ROOMS
    assert all(0 < len(feature.title) <= 70 for feature in features.values())


def test_the_written_page_is_current() -> None:
    written = SOURCE.with_suffix(".md").read_text(encoding="utf-8")
    assert written == page(load_features()), "run: make docs"


def unknown_marks(root: Path) -> Iterator[str]:
    """Find feature marks that name no row, without running the tests."""
    known = load_features()
    for source in python(root, "tests", "plugins"):
        marks = (node for node in source.nodes(ast.Call) if called(node).endswith("mark.feature"))
        for mark in marks:
            ids = [item.value if isinstance(item, ast.Constant) else None for item in mark.args]
            yield from (source.at(mark, f"{row!r}") for row in ids or [None] if row not in known)


def test_every_mark_names_a_row() -> None:
    assert list(unknown_marks(ROOT)) == []


@pytest.mark.parametrize("mark", ['"F175"', '"f001"', "ROW", ""])
def test_a_mark_of_no_row_is_found(tmp_path: Path, mark: str) -> None:
    (tmp_path / "tests").mkdir()
    text = f"@pytest.mark.feature({mark})\ndef test_a(): ..."
    (tmp_path / "tests" / "test_a.py").write_text(text, encoding="utf-8")
    assert len(list(unknown_marks(tmp_path))) == 1


def test_only_a_passing_test_proves_a_row(tmp_path: Path) -> None:
    lines = run(tmp_path, SAMPLE, "--features").stdout.splitlines()
    rows = [line.split(maxsplit=2) for line in lines if line[:1] == "F" and line[1:4].isdigit()]
    states = {row: state for row, state, _ in rows}
    assert len(states) == 174
    assert [states[f"F00{n}"] for n in range(1, 6)] == ["proved", "failed", "open", "open", "open"]
    proof = next(line for line in lines if "test_good" in line)
    assert proof.strip() == "test_sample.py::test_good"
    assert "1 of 174 proved, 173 open" in next(line for line in lines if line.startswith("all "))


def test_an_unknown_row_stops_the_run(tmp_path: Path) -> None:
    result = run(tmp_path, SAMPLE.replace("F003", "F999"))
    assert result.returncode == pytest.ExitCode.USAGE_ERROR
    assert "unknown features: ['F999']" in result.stdout + result.stderr
