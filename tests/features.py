"""The acceptance list and its proof: `@pytest.mark.feature("F044")` on a test that drives a face.

A row is proved when a test with its mark passed in this run and none with its mark failed;
everything else is open. `pytest --features` (make features) prints all rows;
`python -m tests.features` prints the list as a page of the reference.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "docs" / "reference" / "features.toml"


@dataclass(frozen=True, slots=True)
class Feature:
    """One row of the acceptance list and the plugin that owns it."""

    id: str
    plugin: str
    title: str


def load_features(source: Path = SOURCE) -> dict[str, Feature]:
    """Read the acceptance list, keyed by its numbers."""
    rows = tomllib.loads(source.read_text(encoding="utf-8"))
    return {key: Feature(key, row["plugin"], row["title"]) for key, row in rows.items()}


@dataclass(slots=True)
class Ledger:
    """What the tests of one run said about the rows."""

    features: dict[str, Feature]
    marks: dict[str, tuple[str, ...]] = field(default_factory=dict)
    passed: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    failed: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def claim(self, test: str, ids: Iterable[str]) -> None:
        """Note which rows a test speaks for; raises UsageError for a row that does not exist."""
        self.marks[test] = tuple(ids)
        unknown = [name for name in self.marks[test] if name not in self.features]
        if unknown:
            raise pytest.UsageError(f"{test} is marked with unknown features: {unknown}.")

    def record(self, report: pytest.TestReport) -> None:
        """Note an outcome; the variants of a parametrised test count as one proof."""
        name = report.nodeid.partition("[")[0]
        for row in dict(report.user_properties).get("features", ()):
            if report.failed:
                self.failed[row].add(name)
            elif report.when == "call" and report.passed and not hasattr(report, "wasxfail"):
                self.passed[row].add(name)

    def proved(self, row: str) -> bool:
        """Say whether a row has a passing test and no failing one."""
        return bool(self.passed.get(row)) and not self.failed.get(row)

    def table(self) -> Iterator[str]:
        """Print every row with its state, its proofs, and the totals of each plugin."""
        for row in self.features.values():
            state = "failed" if self.failed.get(row.id) else "open"
            yield f"{row.id}  {'proved' if self.proved(row.id) else state:6}  {row.title}"
            yield from (f"{'':14}{name}" for name in sorted(self.passed.get(row.id, ())))
            yield from (f"{'':14}FAILED {name}" for name in sorted(self.failed.get(row.id, ())))
        yield from self.totals()

    def totals(self) -> Iterator[str]:
        """Count the proved rows of each plugin and of all."""
        yield ""
        for plugin in sorted({row.plugin for row in self.features.values()}):
            yield self._total(plugin, [k for k, r in self.features.items() if r.plugin == plugin])
        yield self._total("all", list(self.features))

    def _total(self, name: str, rows: list[str]) -> str:
        proved = sum(self.proved(row) for row in rows)
        return f"{name:16}{proved:4} of {len(rows):3} proved, {len(rows) - proved} open"


class FeatureReport:
    """Listens to a test run and prints what it proved.

    The rows of a test travel with its reports, so that they arrive from other processes, too.
    """

    def __init__(self, ledger: Ledger, *, whole: bool) -> None:
        self.ledger = ledger
        self.whole = whole

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Read the marks; stop at one that names no row."""
        for item in items:
            ids = [name for mark in item.iter_markers("feature") for name in mark.args]
            self.ledger.claim(item.nodeid, ids)
            item.user_properties.append(("features", ids))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note each outcome."""
        self.ledger.record(report)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """An empty list of proofs is an answer, not an error."""
        if self.whole and session.exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
            session.exitstatus = pytest.ExitCode.OK

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the whole list, or one line about this run."""
        lines = list(self.ledger.table())
        if self.whole:
            terminalreporter.write("\n".join(["", *lines, ""]))
        elif self.ledger.passed or self.ledger.failed:
            terminalreporter.write_line(f"features: {lines[-1].removeprefix('all').strip()}")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --features."""
    parser.addoption("--features", action="store_true", help="print F001-F174 and their proofs")


def pytest_configure(config: pytest.Config) -> None:
    """Join the run."""
    report = FeatureReport(Ledger(load_features()), whole=config.getoption("--features"))
    config.pluginmanager.register(report)


def page(features: dict[str, Feature]) -> str:
    """Return the acceptance list as a Markdown page."""
    head = "# Acceptance list\n\nWritten by `make docs` from `features.toml`; `make features` "
    head += "tells which rows are proved.\n\n| row | plugin | what it does |\n| --- | --- | --- |\n"
    return head + "".join(f"| {f.id} | {f.plugin} | {f.title} |\n" for f in features.values())


if __name__ == "__main__":
    print(page(load_features()), end="")
