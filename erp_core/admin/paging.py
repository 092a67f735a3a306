"""Where a page of a list starts, and how many rows there are, without reading the whole table.

A short list has numbered pages. Behind `CAP` rows a page goes on from a row (keyset paging), so
that the last page costs what the first one costs; the row stands in the address, signed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from flask import current_app
from itsdangerous import BadData, URLSafeSerializer

from erp_core.db import is_sqlite

CAP = 10_000
"""Rows that a list counts and leaps over; what is beyond says "10,000+" until somebody asks."""

MOST_DIGITS = 9
AFTER, BEFORE = "after", "before"


@dataclass(frozen=True, slots=True)
class Counted:
    """A number of rows; with `more` there are more than that, and nobody counted them."""

    number: int
    more: bool = False

    def __str__(self) -> str:
        return f"{self.number:,}{'+' if self.more else ''}"

    def __bool__(self) -> bool:
        return self.number > 0

    @classmethod
    def of(cls, found: int, cap: int) -> Counted:
        """Read a count that stopped one row behind the cap."""
        return cls(min(found, cap), found > cap)


NOBODY = Counted(0)


def added(counts: Iterable[Counted]) -> Counted:
    """Return the sum of counts."""
    known = list(counts)
    return Counted(sum(one.number for one in known), any(one.more for one in known))


@dataclass(frozen=True, slots=True)
class Key:
    """One column a list is sorted by; `nullable` when a row may have no value there."""

    column: Any
    desc: bool = False
    nullable: bool = False

    def ordered(self, *, backwards: bool = False) -> Any:
        """Return the clause that sorts by it."""
        return self.column.desc() if self.desc != backwards else self.column.asc()


@dataclass(frozen=True, slots=True)
class Place:
    """A page: its number from the front, below zero from the end, and the row it goes on from."""

    number: int = 0
    step: str = ""
    values: tuple[Any, ...] = ()

    @property
    def backwards(self) -> bool:
        """Say whether the rows before a row, or the last ones, are wanted."""
        return self.step == BEFORE or (self.number < 0 and not self.step)

    def __str__(self) -> str:
        if not self.step:
            return str(self.number)
        return f"{self.number}.{self.step}.{_signer().dumps([_plain(v) for v in self.values])}"

    @classmethod
    def read(cls, text: str) -> Place:
        """Read an address; nonsense is the first page."""
        number, _, rest = text.partition(".")
        step, _, token = rest.partition(".")
        if not _is_number(number) or step not in ("", AFTER, BEFORE):
            return cls()
        values = _values(token) if step else ()
        return cls() if values is None else cls(int(number), step, values)


FIRST, LAST = Place(), Place(-1)


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.config["SECRET_KEY"]), salt="erp.page")


def _is_number(text: str) -> bool:
    digits = text.removeprefix("-")
    return digits.isascii() and digits.isdigit() and len(digits) <= MOST_DIGITS


def _plain(value: Any) -> Any:
    """Return a value as JSON keeps it; a day and a moment carry a mark to be known by."""
    if isinstance(value, datetime):
        return {"at": value.isoformat()}
    return {"on": value.isoformat()} if isinstance(value, date) else value


def _values(token: str) -> tuple[Any, ...] | None:
    try:
        return tuple(_full(value) for value in _signer().loads(token))
    except BadData:
        return None


def _full(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return datetime.fromisoformat(value["at"]) if "at" in value else date.fromisoformat(value["on"])


def signature(keys: Sequence[Key]) -> str:
    """Name an order of rows, so that a place of another order is known as such."""
    return ",".join(f"{key.column.key}{'-' if key.desc else ''}" for key in keys)


def place_of(number: int, step: str, keys: Sequence[Key], values: Iterable[Any]) -> Place:
    """Return the page that goes on from a row of these values."""
    return Place(number, step, (signature(keys), *values))


def usable(place: Place, keys: Sequence[Key]) -> Place:
    """Return the place, or the first page when it belongs to another order."""
    if not place.step:
        return place
    fits = len(place.values) == len(keys) + 1 and place.values[0] == signature(keys)
    return replace(place, values=place.values[1:]) if fits else FIRST


def beyond(
    keys: Sequence[Key], values: Sequence[Any], *, backwards: bool
) -> sa.ColumnElement[bool]:
    """Return the condition for rows behind (or before) a row of these values.

    Keys of one direction make one row comparison, which an index answers; where a value may be
    missing, or directions differ, the comparison is written out.
    """
    down = [key.desc != backwards for key in keys]
    if len(set(down)) == 1 and not any(key.nullable for key in keys):
        columns = sa.tuple_(*(key.column for key in keys))
        row = sa.tuple_(*(sa.literal(v, k.column.type) for k, v in zip(keys, values, strict=True)))
        return columns < row if down[0] else columns > row
    return _written_out(keys, values, down)


def _written_out(
    keys: Sequence[Key], values: Sequence[Any], down: Sequence[bool]
) -> sa.ColumnElement[bool]:
    found = []
    for place, (key, value) in enumerate(zip(keys, values, strict=True)):
        same = [
            k.column.is_not_distinct_from(v) for k, v in zip(keys[:place], values, strict=False)
        ]
        found.append(sa.and_(*same, _past(key.column, value, down=down[place])))
    return sa.or_(*found)


def _past(column: Any, value: Any, *, down: bool) -> sa.ColumnElement[bool]:
    """Compare as the engine sorts: no value is the least on SQLite and the greatest elsewhere."""
    nothing_follows = is_sqlite() == down
    if value is None:
        return sa.false() if nothing_follows else column.is_not(None)
    past = column < value if down else column > value
    return sa.or_(past, column.is_(None)) if nothing_follows else past
