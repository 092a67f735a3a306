"""Tables for spreadsheets: CSV and XLSX in which no cell is a formula.

A spreadsheet runs text that starts with `=`, `+`, `-` or `@` as a formula, so such text is written
behind an apostrophe; `unsafe_cell` takes it away again, so that an export can be imported.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

import xlsxwriter
from markupsafe import Markup

from erp_core.errors import ErpError

MAX_ROWS = 100_000
"""Rows of one exported file; what an import reads at once, so that every export can come back."""

MAX_XLSX_TEXT = 32_767
"""Characters one cell of a workbook can hold."""

MAX_XLSX_NUMBER = 10**15
"""A workbook keeps 15 digits; a longer number is written as text."""

XLSX_FIRST_YEAR = 1901
"""A workbook's calendar starts in 1900; earlier dates are written as text."""

_CUT = " [cut]"
_XLSX_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "remove_timezone": True,
    "default_date_format": "yyyy-mm-dd hh:mm:ss",
}
_SHEET_FORBIDDEN = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_BLANK = r"\s\x00-\x1f\x7f\xad\u200b-\u200f\u2060\ufeff"
# Apostrophes count as blanks here: text that looks prefixed already gets a prefix of its own, which
# makes the two directions exact opposites. The wide forms are read as formulas by Excel, too.
_RISKY = re.compile(rf"(?:['{_BLANK}]*[=+\-@＝＋－＠]|['{_BLANK}]*[\t\r])")  # noqa: RUF001


def safe_cell(value: object) -> object:
    """Return a value as a spreadsheet may get it: int, Decimal, date or harmless text.

    Markup loses its tags; None is empty; yes and no are words; text that a spreadsheet would run
    as a formula, also after leading blanks, starts with an apostrophe. Numbers stay numbers.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Enum):
        return safe_cell(value.value)
    if isinstance(value, int | date) or (isinstance(value, Decimal) and value.is_finite()):
        return value
    return _safe_text(_plain(value))


def _plain(value: object) -> str:
    if hasattr(value, "__html__"):
        return str(Markup(value.__html__()).striptags())  # noqa: S704 - the tags are taken away
    return str(value)


def _safe_text(text: str) -> str:
    return "'" + text if _RISKY.match(text) else text


def unsafe_cell(text: str) -> str:
    """Return imported text without the apostrophe that `safe_cell` put before it."""
    return text[1:] if text.startswith("'") and _RISKY.match(text[1:]) else text


def to_csv(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Return a CSV file: UTF-8 with a byte order mark (Excel asks for it), commas, CRLF.

    Moments are UTC in ISO 8601. Raises ErpError over `MAX_ROWS` rows.
    """
    return b"".join(stream_csv(headers, rows))


def stream_csv(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    """Yield the same file line by line, for an answer that should not stand in memory."""
    yield b"\xef\xbb\xbf" + _csv_line(headers)
    for row in _capped(rows):
        yield _csv_line(row)


def _csv_line(cells: Sequence[object]) -> bytes:
    target = io.StringIO(newline="")
    csv.writer(target).writerow([_csv_value(safe_cell(cell)) for cell in cells])
    return target.getvalue().encode("utf-8", "replace")


def _csv_value(value: object) -> str:
    if isinstance(value, datetime):
        return _utc(value).isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    return str(value).replace("\x00", "")


def _utc(value: datetime) -> datetime:
    """Return the moment in UTC; a moment without a zone is UTC by the rule of this house."""
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


def _capped(rows: Iterable[Sequence[object]]) -> Iterator[Sequence[object]]:
    for number, row in enumerate(rows, start=1):
        if number > MAX_ROWS:
            raise ErpError(
                f"An export holds at most {MAX_ROWS:,} rows; narrow the list with a filter."
            )
        yield row


def to_xlsx(
    headers: Sequence[str], rows: Iterable[Sequence[object]], title: str = "Export"
) -> bytes:
    """Return an XLSX workbook with one sheet: header frozen and filterable, dates as real dates.

    Text is always written as text: no formula and no link. Text over 32,767 characters is cut and
    says so. Raises ErpError over `MAX_ROWS` rows.
    """
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, _XLSX_OPTIONS) as book:
        sheet = _Sheet(book, title)
        sheet.write(0, headers)
        last = 0
        for last, row in enumerate(_capped(rows), start=1):
            sheet.write(last, row)
        sheet.page.autofilter(0, 0, last, max(len(headers) - 1, 0))
    return target.getvalue()


class _Sheet:
    """One page of a workbook, written row by row, every cell with the type it has."""

    def __init__(self, book: Any, title: str) -> None:
        self.page = book.add_worksheet(_sheet_name(title))
        self.page.freeze_panes(1, 0)
        self.day = book.add_format({"num_format": "yyyy-mm-dd"})

    def write(self, number: int, cells: Sequence[object]) -> None:
        for column, cell in enumerate(cells):
            self._write_cell(number, column, safe_cell(cell))

    def _write_cell(self, row: int, column: int, value: object) -> None:
        if isinstance(value, date) and value.year < XLSX_FIRST_YEAR:
            self.page.write_string(row, column, _csv_value(value))
        elif isinstance(value, datetime):
            self.page.write_datetime(row, column, _utc(value))
        elif isinstance(value, date):
            self.page.write_datetime(row, column, value, self.day)
        elif isinstance(value, int | Decimal) and abs(int(value)) < MAX_XLSX_NUMBER:
            self.page.write_number(row, column, value)
        else:
            self.page.write_string(row, column, _xlsx_text(_csv_value(value)))


def _sheet_name(title: str) -> str:
    """Return the title as a workbook allows it: 31 characters, no marks of a reference."""
    name = _SHEET_FORBIDDEN.sub(" ", title)[:31].strip(" '") or "Export"
    return f"{name} list" if name.casefold() == "history" else name


def _xlsx_text(text: str) -> str:
    clean = text.encode("utf-8", "replace").decode()
    if len(clean) <= MAX_XLSX_TEXT:
        return clean
    return clean[: MAX_XLSX_TEXT - len(_CUT)] + _CUT
