"""Divide back-order records when the units they follow go to another line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from erp_core.db import db
from plugins.backorders.domain.record import Record
from plugins.backorders.models import Backorder
from plugins.backorders.services import bulk
from plugins.backorders.services.records import columns


@dataclass(slots=True)
class Branch:
    """A record that goes on, in part or whole, with another line."""

    row: Backorder
    kept: Record
    follows: Record
    target: tuple[int, int]
    """(line, order)."""


def branch(parts: Iterable[Branch]) -> None:
    """Divide loaded records; one with nothing left to follow goes along as a whole (F105)."""
    new = [_branched(part) for part in parts if part.follows.wanted]
    db.session.flush()
    bulk.insert(Backorder, [row for row in new if row])


def _branched(part: Branch) -> dict[str, Any]:
    """Change the record; returns a new one, as old, when the units leave something behind."""
    where = dict(zip(("line_id", "order_id"), part.target, strict=True))
    if not (part.kept.wanted or part.kept.fulfilled):
        whole = replace(part.follows, requested=part.kept.requested)
        _assign(part.row, {**columns(whole), **where})
        return {}
    same = {c.key: getattr(part.row, c.key) for c in sa.inspect(Backorder).column_attrs}
    _assign(part.row, columns(part.kept))
    del same["id"]
    return {**same, **columns(part.follows), **where}


def _assign(row: Backorder, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(row, name, value)
