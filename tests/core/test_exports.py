"""Exports: no cell is a formula, numbers stay numbers, and what goes out can come back in."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup

from erp_core.errors import ErpError
from erp_core.exports import MAX_ROWS, safe_cell, stream_csv, to_csv, to_xlsx, unsafe_cell
from erp_core.imports import read_table


class Colour(StrEnum):
    RED = "red"
    TRICK = "=1+1"


class Lazy:
    def __str__(self) -> str:
        return "@late"


FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\rx",
    "\tx",
    "  =1",
    "\n=1",
    "\u00a0=1",
    "\ufeff=1",
    "\u200b=1",
    "\x00=1",
    "＝1+1",  # noqa: RUF001
    "'=1",
    "''=1",
    "' =1",
    '=HYPERLINK("http://x")',
    "=cmd|' /C calc'!A0",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_text_that_could_run_gets_an_apostrophe_and_loses_it_on_the_way_back(text: str) -> None:
    written = safe_cell(text)
    assert written == "'" + text
    assert unsafe_cell(str(written)) == text


HARMLESS = ["", "a", "a=b", "O'Brien", "'quoted'", "1-2", "x@y", "  a", "'", "30.03", "№ 5", "#1"]


@pytest.mark.parametrize("text", HARMLESS)
def test_other_text_stays_as_it_is(text: str) -> None:
    assert safe_cell(text) == text
    assert unsafe_cell(text) == text


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, ""),
        (True, "yes"),
        (False, "no"),
        (0, 0),
        (-5, -5),
        (Decimal("-1.50"), Decimal("-1.50")),
        (Decimal("NaN"), "NaN"),
        (Decimal("-Infinity"), "'-Infinity"),
        (date(2026, 3, 4), date(2026, 3, 4)),
        (Colour.RED, "red"),
        (Colour.TRICK, "'=1+1"),
        (Lazy(), "'@late"),
        (Markup('<a href="/x">Chai &amp; <b>tea</b></a>'), "Chai & tea"),
        (Markup("<b>=1+1</b>"), "'=1+1"),
        (Markup("&#61;1+1"), "'=1+1"),
        ("<b>typed by hand</b>", "<b>typed by hand</b>"),
    ],
)
def test_every_type_is_written_as_what_it_is(value: object, written: object) -> None:
    assert safe_cell(value) == written
    assert type(safe_cell(value)) is type(written)


@settings(deadline=None)
@given(st.text())
def test_prefix_and_unprefix_are_exact_opposites(text: str) -> None:
    assert unsafe_cell(str(safe_cell(text))) == text


CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=30)
TRICKY = st.text("=+-@' \t\r\n,;\"a1", max_size=8)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(), CELL, TRICKY), max_size=8))
def test_an_export_comes_back_cell_by_cell(rows: list[tuple[int, str, str]]) -> None:
    table = read_table(to_csv(["id", "=name", "note"], rows))
    assert table.headers == ("id", "=name", "note")
    back = [tuple(unsafe_cell(cell) for cell in row.cells) for row in table.rows]
    assert back == [(str(number), name, note) for number, name, note in rows]


def test_csv_opens_in_a_spreadsheet_with_accents_and_moments_in_utc() -> None:
    berlin = datetime(2026, 7, 4, 12, tzinfo=timezone(timedelta(hours=2)))
    data = to_csv(["a", "b", "c"], [["Café", berlin, datetime(2026, 7, 4, 10)], [Decimal("1E+3")]])
    moment = "2026-07-04T10:00:00+00:00"
    assert data == f"\ufeffa,b,c\r\nCafé,{moment},{moment}\r\n1000\r\n".encode()


def test_what_no_file_can_hold_does_not_break_the_export() -> None:
    data = to_csv(["a", "b"], [["x\ud800y", "n\x00l"]])
    assert data.decode("utf-8-sig") == "a,b\r\nx?y,nl\r\n"


def written_unguarded(rows: list[list[str]]) -> str:
    target = io.StringIO()
    csv.writer(target).writerows(rows)
    return target.getvalue()


def test_without_the_guard_a_formula_would_be_written() -> None:
    assert written_unguarded([["=1+1"]]).startswith("=")
    assert b"\r\n=" not in to_csv(["a"], [["=1+1"]])
    assert b"\r\n'=1+1" in to_csv(["a"], [["=1+1"]])


@pytest.mark.parametrize("write", [to_csv, to_xlsx, lambda h, r: list(stream_csv(h, r))])
def test_an_export_over_the_cap_says_so(
    write: Callable[[list[str], Iterator[list[int]]], object],
) -> None:
    one_too_many = ([1] for _ in range(MAX_ROWS + 1))
    with pytest.raises(ErpError, match="at most 100,000 rows; narrow the list with a filter"):
        write(["a"], one_too_many)


def test_an_export_at_the_cap_can_be_imported_again() -> None:
    data = to_csv(["a"], ([1] for _ in range(MAX_ROWS)))
    assert len(read_table(data).rows) == MAX_ROWS


def parts(data: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def sheet(data: bytes) -> str:
    return parts(data)["xl/worksheets/sheet1.xml"]


def test_a_workbook_holds_no_formula_and_no_link() -> None:
    rows = [[text, -5, f"https://example.org/{number}"] for number, text in enumerate(FORMULAS)]
    data = to_xlsx(["=h", "n", "u"], rows, "Trap")
    assert "<f>" not in sheet(data)
    assert "<f " not in sheet(data)
    assert "hyperlink" not in sheet(data)
    assert not any("externalLink" in name or "_rels/sheet1" in name for name in parts(data))
    assert sheet(data).count("<v>-5</v>") == len(FORMULAS)


def test_without_the_guard_a_workbook_would_hold_a_formula() -> None:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        book.add_worksheet().write(0, 0, "=1+1")
    assert "<f>" in sheet(target.getvalue())


def test_a_workbook_keeps_numbers_dates_and_long_digits() -> None:
    long_number = 1234567890123456789
    row = [7, Decimal("1.25"), date(2026, 1, 1), datetime(2026, 1, 1, 12, tzinfo=UTC), long_number,
           date(1850, 1, 1), None]  # fmt: skip
    xml = sheet(to_xlsx(list("abcdefg"), [row]))
    for number in ("7", "1.25", "46023", "46023.5"):
        assert f"<v>{number}</v>" in xml
    assert f">{long_number}<" in xml
    assert ">1850-01-01<" in xml


def test_a_workbook_says_where_it_had_to_cut_a_text() -> None:
    xml = sheet(to_xlsx(["a"], [["x" * 40_000]]))
    assert re.search(r"x{32761} \[cut\]<", xml)


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("Manage [all]: a/b", "Manage  all   a b"),
        ("x" * 50, "x" * 31),
        ("", "Export"),
        ("'", "Export"),
        ("History", "History list"),
    ],
)
def test_a_title_becomes_a_sheet_name_that_a_workbook_allows(title: str, shown: str) -> None:
    workbook = parts(to_xlsx(["a"], [[1]], title))["xl/workbook.xml"]
    assert f'<sheet name="{shown}"' in workbook


def test_an_empty_list_still_exports_its_headers() -> None:
    assert to_csv(["a", "b"], []) == b"\xef\xbb\xbfa,b\r\n"
    assert ">b<" in sheet(to_xlsx(["a", "b"], []))
