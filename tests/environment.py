"""What this machine offers to tests (PostgreSQL, Chromium), and what happens without.

A test is bound to PostgreSQL by the marker `postgres` or as the PostgreSQL half of the fixture
`database`, to Chromium by the marker `browser` or by Playwright's fixtures. Without them it is
skipped, and the run ends with one line that says how many and why. ERP_TEST_STRICT=1 allows no
skip: the run does not start when something is missing, and fails if any test was skipped for any
reason.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from functools import cache

import psycopg
import pytest
from sqlalchemy.engine import make_url

POSTGRES = os.environ.get(
    "ERP_TEST_POSTGRES", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"
)
STRICT = os.environ.get("ERP_TEST_STRICT", "") not in {"", "0"}
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
)


@cache
def postgres_problem() -> str:
    """Say why PostgreSQL cannot be used; empty when it answers."""
    url = make_url(POSTGRES).set(drivername="postgresql")
    try:
        with psycopg.connect(url.render_as_string(hide_password=False), connect_timeout=3):
            return ""
    except psycopg.Error:
        where = f"{url.host}:{url.port or 5432}"
        return f"PostgreSQL does not answer at {where} (set ERP_TEST_POSTGRES to name another)"


@cache
def chromium() -> str:
    """Return the path of the system's Chromium; empty when there is none."""
    return next((path for name in BROWSERS if (path := shutil.which(name))), "")


def problems() -> dict[str, str]:
    """Map the markers `postgres` and `browser` to what their tests lack; empty if nothing."""
    absent = "" if chromium() else f"no Chromium is on the PATH (tried {', '.join(BROWSERS)})"
    return {"postgres": postgres_problem(), "browser": absent}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --prove, which runs the long tests and nothing else."""
    parser.addoption("--prove", action="store_true", help="run the tests marked `prove`")


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker of long tests; a strict run stops here when something is missing."""
    config.addinivalue_line("markers", "prove: a long test that only `make prove` runs")
    missing = [problem for problem in problems().values() if problem]
    if STRICT and missing:
        raise pytest.UsageError(f"ERP_TEST_STRICT=1, but {' and '.join(missing)}.")
    config.pluginmanager.register(Skips())


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the long tests apart, and skip what this machine cannot run."""
    chosen = bool(config.getoption("--prove"))
    kept = [item for item in items if _has(item, "prove") is chosen]
    config.hook.pytest_deselected(items=[item for item in items if _has(item, "prove") != chosen])
    items[:] = kept
    for item in kept:
        _mark(item)
        for marker, problem in problems().items():
            if problem and _has(item, marker):
                item.add_marker(pytest.mark.skip(reason=problem))


def _mark(item: pytest.Item) -> None:
    """Name what a test needs by the fixtures it uses."""
    if "browser" in getattr(item, "fixturenames", ()):
        item.add_marker("browser")
    variant = getattr(getattr(item, "callspec", None), "params", {})
    if variant.get("database") == "postgresql":
        item.add_marker("postgres")


def _has(item: pytest.Item, marker: str) -> bool:
    return item.get_closest_marker(marker) is not None


class Skips:
    """Counts what was skipped; under ERP_TEST_STRICT one skip fails the run."""

    def __init__(self) -> None:
        self.reasons: Counter[str] = Counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a skipped test; an expected failure is none."""
        if not hasattr(report, "wasxfail"):
            self._count(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Count a module that skipped itself."""
        self._count(report)

    def _count(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        if report.skipped and isinstance(report.longrepr, tuple):
            self.reasons[report.longrepr[2].removeprefix("Skipped: ")] += 1

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Fail a strict run that skipped anything."""
        if STRICT and self.reasons:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say in one line for each reason how many tests did not run."""
        for reason, count in self.reasons.items():
            verdict = "FAILED (strict)" if STRICT else "not run"
            tests = "1 test" if count == 1 else f"{count} tests"
            terminalreporter.write_line(f"{tests} {verdict}: {reason}", yellow=True)
