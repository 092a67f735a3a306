"""A table and a mapping become typed rows, or a list of what is wrong: line, column, value, why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from erp_core.errors import ErpError
from erp_core.exports import unsafe_cell
from erp_core.imports.parse import Parser, text
from erp_core.imports.table import Row, Table

MAX_SHOWN = 1_000
"""Errors listed on a screen or in an answer; all of them stand in the reject file."""

MAX_VALUE = 60
"""Characters of a refused value that are repeated to its author."""

LINE = "__line__"
"""Key of a typed row that holds the line it came from."""


@dataclass(frozen=True, slots=True)
class Field:
    """One value of a row: its name in the result, its column in the file and how it is read.

    `unique` refuses the same value on two lines of the file; `default` stands for an empty cell.
    """

    name: str
    column: str
    parse: Parser = field(default_factory=text)
    required: bool = False
    unique: bool = False
    default: Any = None


@dataclass(frozen=True, slots=True)
class Mapping:
    """The fields of an import; each group in `together` names fields unique as a combination."""

    fields: tuple[Field, ...]
    together: tuple[tuple[str, ...], ...] = ()

    def __post_init__(self) -> None:
        names = [item.name for item in self.fields]
        unknown = {name for group in self.together for name in group} - set(names)
        if len(set(names)) < len(names) or unknown or LINE in names:
            raise ValueError(f"Field names must be unique and known: {names}, {self.together}")

    def unique_keys(self) -> tuple[tuple[str, ...], ...]:
        """Return every field or group of fields whose values may stand in one line only."""
        return tuple((item.name,) for item in self.fields if item.unique) + self.together


@dataclass(frozen=True, slots=True)
class RowError:
    """One refused cell or row; `value` is shortened, `reason` says what is allowed."""

    line: int
    column: str
    value: str
    reason: str

    def __str__(self) -> str:
        where = f"line {self.line}" + (f", column {self.column}" if self.column else "")
        what = f"{self.value!r} is not allowed. " if self.value else ""
        return f"{where}: {what}{self.reason}."


@dataclass(frozen=True, slots=True)
class Checked:
    """What a file holds: typed rows in file order, errors by line, columns nobody asked for.

    A row with an error is not among `rows`. Past `MAX_SHOWN` errors each row keeps only its first,
    which bounds memory and still gives the reject file a reason for every row.
    """

    rows: list[dict[str, Any]]
    errors: list[RowError]
    unused: tuple[str, ...] = ()

    @property
    def shown(self) -> list[RowError]:
        """Return the errors to put on a screen, at most `MAX_SHOWN`."""
        return self.errors[:MAX_SHOWN]


class ImportFailedError(ErpError):
    """The file has errors and nothing was imported; `errors` holds the first, `count` all."""

    def __init__(self, errors: Sequence[RowError]) -> None:
        super().__init__(f"Nothing was imported: {errors[0]}{_more(len(errors) - 1)}")
        self.errors = list(errors[:MAX_SHOWN])
        self.count = len(errors)


def _more(count: int) -> str:
    if count < 1:
        return ""
    return f" ({count:,} more errors)" if count > 1 else " (1 more error)"


def require_clean(checked: Checked) -> list[dict[str, Any]]:
    """Return the typed rows of a file without errors; raises ImportFailedError otherwise."""
    if checked.errors:
        raise ImportFailedError(checked.errors)
    return checked.rows


def check(table: Table, mapping: Mapping) -> Checked:
    """Read every cell the mapping names; column names match without regard to case.

    Never raises for what stands in the file: a missing column, a row of the wrong width and a
    value stated twice become errors like any other.
    """
    positions = {header.casefold(): index for index, header in enumerate(table.headers)}
    missing = list(_missing_columns(table, mapping, positions))
    if missing:
        return Checked([], missing)
    return _Checker(table, mapping, positions).run()


def _missing_columns(
    table: Table, mapping: Mapping, positions: dict[str, int]
) -> Iterator[RowError]:
    found = ", ".join(table.headers[:20])
    for item in mapping.fields:
        if item.required and item.column.casefold() not in positions:
            reason = f"This column is needed and missing; the file has {found}"
            yield RowError(table.header_line, item.column, "", reason)


class _Checker:
    """One pass over a table: it remembers errors and the line of every unique value."""

    def __init__(self, table: Table, mapping: Mapping, positions: dict[str, int]) -> None:
        self.table = table
        self.mapping = mapping
        self.used = [(item, positions.get(item.column.casefold(), -1)) for item in mapping.fields]
        self.columns = {item.name: item.column for item in mapping.fields}
        self.seen: dict[tuple[str, ...], dict[tuple[Any, ...], int]] = {
            key: {} for key in mapping.unique_keys()
        }
        self.errors: list[RowError] = []

    def run(self) -> Checked:
        rows = [typed for row in self.table.rows if (typed := self._row(row)) is not None]
        used = {index for _, index in self.used}
        unused = tuple(h for index, h in enumerate(self.table.headers) if index not in used)
        return Checked(rows, self.errors, unused)

    def _row(self, row: Row) -> dict[str, Any] | None:
        if len(row.cells) != len(self.table.headers):
            self._add([self._ragged(row)])
            return None
        typed: dict[str, Any] = {LINE: row.line}
        errors = list(self._read_into(typed, row))
        errors += self._doubles(typed, row.line)
        self._add(errors)
        return None if errors else typed

    def _ragged(self, row: Row) -> RowError:
        found, wanted = len(row.cells), len(self.table.headers)
        hint = "; text that holds the separator needs quotes around it" if found > wanted else ""
        value = _short(self.table.delimiter.join(row.cells))
        return RowError(
            row.line, "", value, f"{wanted} cells are needed, this row has {found}{hint}"
        )

    def _read_into(self, typed: dict[str, Any], row: Row) -> Iterator[RowError]:
        for item, index in self.used:
            cell = unsafe_cell(row.cells[index]).strip() if index >= 0 else ""
            try:
                typed[item.name] = _value(item, cell)
            except ValueError as error:
                yield RowError(row.line, item.column, _short(cell), str(error))

    def _doubles(self, typed: dict[str, Any], line: int) -> Iterable[RowError]:
        for names, lines in self.seen.items():
            value = tuple(typed.get(name) for name in names)
            if None in value:
                continue
            first = lines.setdefault(value, line)
            if first != line:
                column = ", ".join(self.columns[name] for name in names)
                shown = _short(", ".join(map(str, value)))
                yield RowError(line, column, shown, f"It stands in line {first} already")

    def _add(self, errors: list[RowError]) -> None:
        self.errors += errors[:1] if len(self.errors) >= MAX_SHOWN else errors


def _value(item: Field, cell: str) -> Any:
    if cell:
        return item.parse(cell)
    if item.required:
        raise ValueError("A value is needed here")
    return item.default


def _short(value: str) -> str:
    return value if len(value) <= MAX_VALUE else value[: MAX_VALUE - 1] + "…"
