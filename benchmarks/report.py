"""Keep the measured tables in a file and write them as a page."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[1]
KEPT = ROOT / "benchmarks" / "results.json"
PAGE = ROOT / "docs" / "reference" / "performance.md"
HEAD = ROOT / "benchmarks" / "performance.head.md"


@dataclass(slots=True)
class Section:
    """One table and where it comes from."""

    title: str
    columns: tuple[str, ...]
    rows: list[list[str]] = field(default_factory=list)
    command: str = ""
    machine: str = ""
    date: str = ""

    def add(self, *cells: str) -> None:
        self.rows.append(list(cells))


def machine() -> str:
    """Describe this machine and how busy it is with other work."""
    memory = int(Path("/proc/meminfo").read_text().split()[1]) // 1024**2
    load = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} cores, {memory} GB, {platform.system()}, Python "
        f"{platform.python_version()}, load {load:.1f}"
    )


def keep(section: Section) -> None:
    """Replace the table of the same title, and write the page anew."""
    section.machine, section.date = machine(), datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    kept = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    kept[section.title] = asdict(section)
    KEPT.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n")
    sections = [Section(**found) for found in kept.values()]
    PAGE.write_text(HEAD.read_text() + "".join(f"\n{table(one)}" for one in sections))


def table(section: Section) -> str:
    """Return a section in Markdown."""
    lines = [f"## {section.title}", ""]
    lines += ["| " + " | ".join(section.columns) + " |", "|" + " --- |" * len(section.columns)]
    lines += ["| " + " | ".join(row) + " |" for row in section.rows]
    lines += ["", f"{section.date}; {section.machine}; `{section.command}`", ""]
    return "\n".join(lines)
