"""What an import did, and the rows it refused as a file to correct and send again."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from erp_core.exports import safe_cell, unsafe_cell
from erp_core.imports.check import MAX_SHOWN, RowError
from erp_core.imports.table import Row, Table

REASON = "reason"
"""Header of the column a reject file starts with."""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """How many rows were created, updated and left as they were, and what was refused."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    errors: tuple[RowError, ...] = ()

    def merge(self, other: ImportReport) -> ImportReport:
        """Return the sum of two reports, for example of two files of one command."""
        return ImportReport(
            self.created + other.created,
            self.updated + other.updated,
            self.unchanged + other.unchanged,
            self.errors + other.errors,
        )

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for `--json`; at most 1,000 errors, `error_count` counts all."""
        return {
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "error_count": len(self.errors),
            "errors": [asdict(error) for error in self.errors[:MAX_SHOWN]],
        }


def reject_file(table: Table, errors: Iterable[RowError]) -> str:
    """Return the refused rows as CSV text, each behind its reasons.

    The reason stands first, so that a row with too many cells keeps them all. The file can be
    corrected and read again: a reason column of an earlier round is replaced.
    """
    reasons: dict[int, list[str]] = defaultdict(list)
    for error in errors:
        where = f"{error.column}: " if error.column else ""
        reasons[error.line].append(where + error.reason)
    old = table.headers.index(REASON) if REASON in table.headers else -1
    target = io.StringIO(newline="")
    writer = csv.writer(target, delimiter=table.delimiter)
    head = Row(0, table.headers)
    writer.writerow([REASON, *_without(head, old)])
    for row in table.rows:
        if row.line in reasons:
            writer.writerow([safe_cell("; ".join(reasons[row.line])), *_without(row, old)])
    return target.getvalue()


def _without(row: Row, position: int) -> list[object]:
    kept = (cell for index, cell in enumerate(row.cells) if index != position)
    return [safe_cell(unsafe_cell(cell)) for cell in kept]
