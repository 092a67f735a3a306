"""Checking a table: typed rows, errors that name line, column and value, whole file or nothing."""

from __future__ import annotations

import json

import pytest

from erp_core.imports import (
    MAX_SHOWN,
    Checked,
    Field,
    ImportFailedError,
    ImportReport,
    Mapping,
    RowError,
    check,
    choice,
    money,
    read_table,
    reject_file,
    require_clean,
    text,
    whole,
    yes_no,
)

PARTS = Mapping(
    (
        Field("code", "Code", text(20), required=True, unique=True),
        Field("title", "Title", text(80), required=True),
        Field("count", "Count", whole(0, 1_000_000), default=0),
        Field("price", "Price", money()),
        Field("kind", "Kind", choice({"Big": "b", "Small": "s"})),
        Field("old", "Old", yes_no(), default=False),
    )
)
HEAD = "Code,Title,Count,Price,Kind,Old\n"


def checked(body: str, mapping: Mapping = PARTS) -> Checked:
    return check(read_table((HEAD + body).encode()), mapping)


def test_clean_rows_come_back_typed_with_their_line() -> None:
    found = checked("A1,First,5,1.50,big,yes\nA2, Second ,,,,\n")
    assert found.errors == []
    assert require_clean(found) == [
        {"__line__": 2, "code": "A1", "title": "First", "count": 5, "price": 150, "kind": "b",
         "old": True},
        {"__line__": 3, "code": "A2", "title": "Second", "count": 0, "price": None, "kind": None,
         "old": False},
    ]  # fmt: skip


BAD_ROWS = [
    ("A1,First,1.5,,,\n", 2, "Count", "1.5", "Whole number from 0 to 1,000,000"),
    ("A1,First,1e9,,,\n", 2, "Count", "1e9", "Whole number from 0 to 1,000,000"),
    ('A1,First,"1,5",,,\n', 2, "Count", "1,5", "Whole number"),
    (f"A1,First,{10**30},,,\n", 2, "Count", str(10**30), "Whole number"),
    ('A1,First,,"1.234,56",,\n', 2, "Price", "1.234,56", "no thousands separators"),
    ("A1,First,,,Huge,\n", 2, "Kind", "Huge", "One of Big, Small"),
    ("A1,First,,,,perhaps\n", 2, "Old", "perhaps", "Yes or no"),
    (",First,,,,\n", 2, "Code", "", "A value is needed"),
    ("A1,   ,,,,\n", 2, "Title", "", "A value is needed"),
    ("A1,First,,\n", 2, "", "A1,First,,", "6 cells are needed, this row has 4"),
    ("A1,First,,,,,\n", 2, "", "A1,First,,,,,", "6 cells are needed, this row has 7; text that"),
    ("A1,a,,,,\nA2,b,,,,\nA1,c,,,,\n", 4, "Code", "A1", "It stands in line 2 already"),
    ('A1,"a\nb",,,,\n', 2, "Title", "a\nb", "without line breaks"),
    ("A1,First,=1+1,,,\n", 2, "Count", "=1+1", "Whole number"),
    (f"A1,{'x' * 500},,,,\n", 2, "Title", "x" * 59 + "…", "at most 80 characters; this has 500"),
]


@pytest.mark.parametrize(("body", "line", "column", "value", "reason"), BAD_ROWS)
def test_an_error_names_line_column_value_and_what_is_allowed(
    body: str, line: int, column: str, value: str, reason: str
) -> None:
    [error] = checked(body).errors
    assert (error.line, error.column, error.value) == (line, column, value)
    assert reason in error.reason


def test_every_wrong_cell_of_a_row_is_named_at_once() -> None:
    found = checked("A1,First,x,y,z,\nA2,Second,1,1.00,Big,no\n")
    assert [error.column for error in found.errors] == ["Count", "Price", "Kind"]
    assert [row["__line__"] for row in found.rows] == [3]


def test_one_wrong_cell_refuses_the_whole_file_in_one_sentence() -> None:
    found = checked("A1,First,5,,,\nA2,Second,1.5,,,\nA3,Third,-1,,,\n")
    with pytest.raises(ImportFailedError) as caught:
        require_clean(found)
    assert str(caught.value) == (
        "Nothing was imported: line 3, column Count: '1.5' is not allowed. "
        "Whole number from 0 to 1,000,000. (1 more error)"
    )
    assert caught.value.status == 422
    assert caught.value.count == 2
    assert [error.line for error in caught.value.errors] == [3, 4]


def test_a_missing_value_is_said_plainly() -> None:
    with pytest.raises(ImportFailedError, match="line 2, column Code: A value is needed here"):
        require_clean(checked(",First,,,,\n"))


def test_missing_columns_are_named_with_what_the_file_has() -> None:
    found = check(read_table(b"Kode,Count\nA1,5\n"), PARTS)
    assert found.rows == []
    assert [error.column for error in found.errors] == ["Code", "Title"]
    assert found.errors[0].reason.endswith("the file has Kode, Count")


def test_optional_columns_may_be_absent_and_unknown_ones_are_listed() -> None:
    found = check(read_table(b"TITLE,code,Colour\nFirst,A1,red\n"), PARTS)
    assert require_clean(found)[0]["title"] == "First"
    assert found.unused == ("Colour",)


def test_values_unique_together_are_refused_only_as_a_pair() -> None:
    mapping = Mapping(
        (Field("code", "Code", required=True), Field("title", "Title", required=True)),
        together=(("code", "title"),),
    )
    found = checked("A,x,,,,\nA,y,,,,\nB,x,,,,\nA,x,,,,\n", mapping)
    assert found.errors == [RowError(5, "Code, Title", "A, x", "It stands in line 2 already")]


def test_empty_values_are_never_doubles() -> None:
    mapping = Mapping((Field("title", "Title"), Field("code", "Code", unique=True)))
    assert checked(",a,,,,\n,b,,,,\n", mapping).errors == []


@pytest.mark.parametrize(
    ("fields", "together"),
    [
        ((Field("a", "A"), Field("a", "B")), ()),
        ((Field("__line__", "A"),), ()),
        ((Field("a", "A"),), (("a", "b"),)),
    ],
)
def test_a_mapping_that_cannot_work_is_refused_when_it_is_written(
    fields: tuple[Field, ...], together: tuple[tuple[str, ...], ...]
) -> None:
    with pytest.raises(ValueError, match="Field names"):
        Mapping(fields, together)


def test_a_thousand_errors_are_shown_and_every_bad_row_stays_in_the_reject_file() -> None:
    lines = 3_000
    table = read_table((HEAD + "".join(f"C{n},t,x,y,z,w\n" for n in range(lines))).encode())
    found = check(table, PARTS)
    assert len(found.shown) == MAX_SHOWN
    assert len(found.errors) <= MAX_SHOWN + 3 + lines
    assert {error.line for error in found.errors} == set(range(2, lines + 2))
    assert reject_file(table, found.errors).count("\r\n") == lines + 1
    with pytest.raises(ImportFailedError) as caught:
        require_clean(found)
    assert len(caught.value.errors) == MAX_SHOWN
    assert caught.value.count == len(found.errors)


def test_the_reject_file_holds_the_refused_rows_complete_and_can_come_back() -> None:
    body = 'A1,ok,1,,,\nA2,bad,1.5,x,,\nA3,"=cmd, ""x""",-1,,,\nA4,wide,1,,,,,surplus\n'
    table = read_table((HEAD + body).encode())
    written = reject_file(table, check(table, PARTS).errors)
    assert written.splitlines()[0] == "reason,Code,Title,Count,Price,Kind,Old"
    again = written.replace(",1.5,x,", ",15,1.00,").replace("'-1", "1").replace(",,,surplus", ",")
    second = read_table(again.encode())
    assert second.rows[0].cells[0].startswith("Count: Whole number")
    assert "; Price: Amount" in second.rows[0].cells[0]
    rows = require_clean(check(second, PARTS))
    assert [(row["code"], row["title"]) for row in rows] == [
        ("A2", "bad"), ("A3", '=cmd, "x"'), ("A4", "wide"),
    ]  # fmt: skip


def test_a_second_round_replaces_the_reasons_of_the_first() -> None:
    table = read_table((HEAD + "A1,bad,1.5,,,\n").encode())
    first = read_table(reject_file(table, check(table, PARTS).errors).encode())
    second = read_table(reject_file(first, check(first, PARTS).errors).encode())
    assert second == first


def test_an_apostrophe_from_our_own_export_is_not_doubled_in_the_reject_file() -> None:
    table = read_table((HEAD + "A1,'=sum,x,,,\n").encode())
    again = reject_file(table, check(table, PARTS).errors).replace(",x,", ",1,")
    assert require_clean(check(read_table(again.encode()), PARTS))[0]["title"] == "=sum"


def test_the_reject_file_cannot_carry_a_formula_in_a_cell_or_a_header() -> None:
    table = read_table(b"Code,=HYPERLINK(1)\n=1+1,b,surplus\n@x,y,z\n")
    found = check(table, Mapping((Field("code", "Code"),)))
    cells = [cell for row in read_table(reject_file(table, found.errors).encode()).rows
             for cell in row.cells]  # fmt: skip
    assert cells
    assert not any(cell.lstrip().startswith(tuple("=+-@")) for cell in cells)
    assert ",'=HYPERLINK(1)" in reject_file(table, found.errors)


def test_a_report_adds_up_and_becomes_plain_json() -> None:
    error = RowError(3, "Count", "1.5", "Whole number")
    total = ImportReport(created=2, updated=1).merge(ImportReport(1, 0, 7, (error,)))
    assert total == ImportReport(3, 1, 7, (error,))
    assert json.loads(json.dumps(total.as_dict())) == {
        "created": 3,
        "updated": 1,
        "unchanged": 7,
        "error_count": 1,
        "errors": [{"line": 3, "column": "Count", "value": "1.5", "reason": "Whole number"}],
    }


def test_a_report_lists_a_thousand_errors_and_counts_all() -> None:
    errors = tuple(RowError(n, "c", "v", "r") for n in range(1_500))
    plain = ImportReport(errors=errors).as_dict()
    assert (plain["error_count"], len(plain["errors"])) == (1_500, MAX_SHOWN)
