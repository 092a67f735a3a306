"""Turn a refused constraint into a sentence; a constraint may carry its own in its `info`."""

from __future__ import annotations

import re
from functools import cache

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from erp_core.db import Model

SQLITE_UNIQUE = re.compile(r"UNIQUE constraint failed: ([\w., ]+)")
SQLITE_CHECK = re.compile(r"CHECK constraint failed: (\w+)")


def sentence_for(error: IntegrityError) -> str:
    """Say in one sentence which rule the database upheld; never shows SQL."""
    name = _constraint_name(error)
    known = _sentences().get(name)
    if known:
        return known
    text = str(error.orig)
    if "FOREIGN KEY" in text.upper() or name.startswith("fk_"):
        return "This is used elsewhere, or refers to something that is gone; nothing was changed."
    if name.startswith("uq_") or "UNIQUE" in text.upper():
        return f"There is one with the same {_columns(name)} already; nothing was changed."
    return "The database refused these values; nothing was changed."


def _constraint_name(error: IntegrityError) -> str:
    diagnostics = getattr(error.orig, "diag", None)
    if diagnostics is not None:
        return str(diagnostics.constraint_name or "")
    text = str(error.orig)
    if found := SQLITE_CHECK.search(text):
        return found.group(1)
    if found := SQLITE_UNIQUE.search(text):
        table, columns = _split(found.group(1))
        return f"uq_{table}_{'_'.join(columns)}"
    return ""


def _split(listed: str) -> tuple[str, list[str]]:
    pairs = [entry.strip().split(".") for entry in listed.split(",")]
    return pairs[0][0], [pair[-1] for pair in pairs]


def _columns(name: str) -> str:
    for table in sorted(Model.metadata.tables, key=len, reverse=True):
        if name.startswith(f"uq_{table}_"):
            return name.removeprefix(f"uq_{table}_").replace("_", " ")
    return "key"


@cache
def _sentences() -> dict[str, str]:
    constraints = (item for table in Model.metadata.tables.values() for item in table.constraints)
    return {
        str(item.name): str(item.info["sentence"])
        for item in constraints
        if isinstance(item, sa.Constraint) and "sentence" in item.info
    }
