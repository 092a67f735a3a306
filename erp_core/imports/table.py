"""A file becomes a `Table`: headers and rows of text with the line each record starts in.

Other sources (a spreadsheet, a request body) join in by building a `Table` themselves.
"""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, NamedTuple

from erp_core.errors import ErpError
from erp_core.exports import unsafe_cell
from erp_core.imports.decode import UnreadableError, decode

MAX_BYTES = 20_000_000
MAX_ROWS = 100_000
MAX_COLUMNS = 200
MAX_LINE = 1_000_000
"""Characters of one physical line; beyond that the file is no table."""

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}

Source = str | Path | bytes | BinaryIO
"""A path, the bytes themselves, or an open binary file such as an upload."""


class TooLargeError(ErpError):
    """The file exceeds a limit named in the message."""

    status = 413


class Row(NamedTuple):
    """One record: the line it starts in and its cells as text."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Headers and rows of one file; rows may still have too few or too many cells.

    `mended` lists the lines that `mend_rows` put together.
    """

    headers: tuple[str, ...]
    rows: tuple[Row, ...]
    delimiter: str = ","
    header_line: int = 1
    mended: tuple[int, ...] = ()


def read_table(
    source: Source, *, encoding: str | None = None, delimiter: str | None = None, null: str = ""
) -> Table:
    """Read a CSV file of at most 20 MB, 100,000 rows and 200 columns.

    UTF-8 and commas unless told otherwise; a cell that equals `null` reads as empty. Raises
    UnreadableError with a guess for a wrong encoding or separator, a missing or doubled header or
    a broken quote, and TooLargeError over a limit.
    """
    separator = _delimiter(delimiter)
    content = decode(_bytes(source), encoding)
    records = _records(content, separator)
    header = next(records, None)
    if header is None:
        raise UnreadableError("The file is empty; its first line must name the columns.")
    headers = _headers(header, separator)
    rows = _limited(_without_null(records, null))
    return Table(headers, rows, delimiter=separator, header_line=header.line)


def _delimiter(wanted: str | None) -> str:
    if wanted is not None and wanted not in DELIMITERS:
        allowed = ", ".join(DELIMITERS.values())
        raise UnreadableError(
            f"The separator {wanted[:60]!r} cannot be chosen; choose one of {allowed}."
        )
    return wanted or ","


def _bytes(source: Source) -> bytes:
    """Return the content, never more than one byte over the limit."""
    if isinstance(source, bytes):
        data = source
    elif isinstance(source, str | Path):
        data = _file(Path(source))
    else:
        data = source.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise TooLargeError(f"The file is larger than {MAX_BYTES // 1_000_000} MB; split it.")
    return data


def _file(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise UnreadableError(f"There is no file {str(path)[:200]!r}.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UnreadableError(f"The file {str(path)[:200]!r} cannot be read: {reason}.") from None


def _records(content: str, separator: str) -> Iterator[Row]:
    """Yield records that hold anything at all, with the line each one starts in."""
    reader = csv.reader(_lines(content), delimiter=separator, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise _broken(line, error) from None
        if cells is None:
            return
        if len(cells) > MAX_COLUMNS:
            raise TooLargeError(
                f"Line {line} has {len(cells):,} cells; at most {MAX_COLUMNS} columns are read."
            )
        if any(cells):
            yield Row(line, tuple(cells))


def _lines(content: str) -> Iterator[str]:
    for number, line in enumerate(io.StringIO(content, newline=""), start=1):
        if len(line) > MAX_LINE:
            raise TooLargeError(f"Line {number} is longer than {MAX_LINE:,} characters.")
        yield line


def _broken(line: int, error: csv.Error) -> UnreadableError:
    if "expected after" in str(error):
        reason = 'text follows a closing quote; a quote inside quoted text is written twice ("").'
    elif "larger than" in str(error):
        limit = csv.field_size_limit()
        reason = f"a cell is longer than {limit:,} characters; is a closing quote missing?"
    else:
        reason = 'a cell is opened with a quote (") that is never closed.'
    return UnreadableError(f"The record that starts in line {line} cannot be read: {reason}")


def _headers(header: Row, separator: str) -> tuple[str, ...]:
    _refuse_other_separator(header, separator)
    names = tuple(unsafe_cell(name).strip() for name in header.cells)
    seen: dict[str, int] = {}
    for position, name in enumerate(names, start=1):
        if not name:
            raise UnreadableError(f"Column {position} has no name in line {header.line}.")
        first = seen.setdefault(name.casefold(), position)
        if first != position:
            raise UnreadableError(
                f"Columns {first} and {position} have the same name {name[:60]!r} in line "
                f"{header.line}; every column needs a name of its own."
            )
    return names


def _refuse_other_separator(header: Row, separator: str) -> None:
    if len(header.cells) > 1:
        return
    found = {mark: header.cells[0].count(mark) for mark in DELIMITERS if mark != separator}
    guess = max(found, key=lambda mark: found[mark])
    if found[guess]:
        raise UnreadableError(
            f"Line {header.line} has only one column when read with the separator "
            f"{DELIMITERS[separator]}; it looks separated by {DELIMITERS[guess]}. Choose that.",
            delimiter=guess,
        )


def _without_null(records: Iterator[Row], null: str) -> Iterator[Row]:
    if not null:
        return records
    return (
        Row(line, tuple("" if cell == null else cell for cell in cells)) for line, cells in records
    )


def _limited(records: Iterator[Row]) -> tuple[Row, ...]:
    rows = tuple(itertools.islice(records, MAX_ROWS + 1))
    if len(rows) > MAX_ROWS:
        raise TooLargeError(f"The file has more than {MAX_ROWS:,} rows; split it.")
    return rows


def mend_rows(table: Table) -> Table:
    """Put rows with too many cells together where a separator is followed by a blank.

    A guess, so only for files known to be written without quotes ("Rua do Paço, 67"). A row is
    mended only if that gives exactly the number of columns; any other row stays as it is and is
    refused by `check`.
    """
    rows = tuple(_mended(row, table) for row in table.rows)
    changed = zip(table.rows, rows, strict=True)
    lines = tuple(new.line for old, new in changed if len(old.cells) != len(new.cells))
    return replace(table, rows=rows, mended=table.mended + lines)


def _mended(row: Row, table: Table) -> Row:
    if len(row.cells) <= len(table.headers):
        return row
    cells = _join_blank_starts(row.cells, table.delimiter)
    return Row(row.line, tuple(cells)) if len(cells) == len(table.headers) else row


def _join_blank_starts(cells: Sequence[str], separator: str) -> list[str]:
    joined: list[str] = []
    for cell in cells:
        if joined and cell.startswith(" "):
            joined[-1] += separator + cell
        else:
            joined.append(cell)
    return joined
