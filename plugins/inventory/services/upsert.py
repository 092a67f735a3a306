"""INSERT ... ON CONFLICT on both engines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy.dialects import postgresql, sqlite

from erp_core.db import is_sqlite

CHUNK = 5_000
"""Keys in one statement: both engines take fewer than 32,767 values."""

Item = TypeVar("Item")


def insert(model: type[Any]) -> Any:
    """Return an INSERT of the present engine that knows `on_conflict_do_...`."""
    return sqlite.insert(model) if is_sqlite() else postgresql.insert(model)


def chunks(items: Iterable[Item]) -> Iterator[list[Item]]:
    """Yield the items in lists short enough for one statement."""
    source = iter(items)
    while part := list(islice(source, CHUNK)):
        yield part
