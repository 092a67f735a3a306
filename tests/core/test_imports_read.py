"""Reading files: what is accepted, and that a bad file is refused with one sentence and a guess."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from erp_core.errors import ErpError
from erp_core.imports import (
    MAX_BYTES,
    MAX_COLUMNS,
    MAX_ROWS,
    Row,
    TooLargeError,
    UnreadableError,
    mend_rows,
    read_table,
)


def zip_bomb() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 30_000_000)
    return target.getvalue()


ACCENTS = "sku,name\n1,Café\n2,Señor\n"

BAD_FILES = {
    "empty": (b"", "is empty"),
    "only blank lines": (b"\r\n\n  \n".replace(b"  ", b""), "is empty"),
    "only a byte order mark": (b"\xef\xbb\xbf", "is empty"),
    "UTF-16 with a mark": (ACCENTS.encode("utf-16"), "looks like UTF-16"),
    "UTF-16 little endian without a mark": (ACCENTS.encode("utf-16-le"), "looks like UTF-16"),
    "UTF-16 big endian without a mark": (ACCENTS.encode("utf-16-be"), "looks like UTF-16"),
    "Latin-1": (ACCENTS.encode("latin-1"), "line 2, byte 0xE9); it looks like Latin-1"),
    "Latin-1, accent at the very end": ("sku,name\n1,Café".encode("latin-1"), "like Latin-1"),
    "Windows-1252": ("sku,name\n1,5 € “x”\n".encode("cp1252"), "it looks like Windows-1252"),
    "cut inside a character": ("sku,name\n1,Café\n2,Caf€".encode()[:-1], "breaks off"),
    "semicolons": (b"sku;name;qty\n1;a;2\n", "looks separated by semicolon"),
    "tabs": (b"sku\tname\n1\ta\n", "looks separated by tab"),
    "bars": (b"sku|name\n1|a\n", "looks separated by vertical bar"),
    "header without a name": (b"sku,,qty\n1,a,2\n", "Column 2 has no name in line 1"),
    "header of blanks": (b"sku,  ,qty\n1,a,2\n", "Column 2 has no name in line 1"),
    "trailing separator": (b"sku,qty,\n1,2,\n", "Column 3 has no name in line 1"),
    "doubled header": (b"sku,qty,sku\n1,2,3\n", "Columns 1 and 3 have the same name 'sku'"),
    "doubled header in other case": (b"SKU,qty,sku \n1,2,3\n", "Columns 1 and 3"),
    "workbook": (b"PK\x03\x04" + b"x" * 50, "Excel workbook or another ZIP archive"),
    "zip bomb": (zip_bomb(), "ZIP archive, not CSV"),
    "empty zip": (b"PK\x05\x06" + b"\0" * 18, "ZIP archive"),
    "old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook"),
    "gzip": (gzip.compress(ACCENTS.encode()), "a gzip archive"),
    "PDF": (b"%PDF-1.7\n", "is a PDF"),
    "picture": (b"\x89PNG\r\n\x1a\n", "is a picture"),
    "NUL in a cell": (b"sku,name\n1,a\n2,b\x00c\n", "line 3 holds a NUL"),
    "random bytes": (bytes(range(256)) * 3, "is binary, not CSV"),
    "quote never closed": (b'sku,name\n1,"abc\n2,def\n', "starts in line 2 cannot be read"),
    "quote never closed, long": (
        b'sku,name\n1,a\n2,"' + b"line\n" * 40_000,
        "starts in line 3 cannot be read: a cell is longer than 131,072",
    ),
    "text after a quote": (b'sku,name\n1,"a"b\n', "line 2 cannot be read: text follows"),
    "cut inside quotes": (b'sku,name\n1,a\n2,"Caf', "line 3 cannot be read"),
    "too many columns": (
        ",".join(f"c{n}" for n in range(MAX_COLUMNS + 1)).encode(),
        "201 cells; at most 200 columns",
    ),
    "one row far too wide": (b"a,b\n1" + b"," * 5_000, "Line 2 has 5,001 cells"),
    "one endless line": (b"a,b\n" + b"x" * 1_000_001, "Line 2 is longer than 1,000,000"),
    "too many rows": (b"a,b\n" + b"1,2\n" * (MAX_ROWS + 1), "more than 100,000 rows"),
    "too large": (b"a,b\n" + b"1,2\n" * (MAX_BYTES // 4), "larger than 20 MB"),
    "UTF-32": (ACCENTS.encode("utf-32"), "looks like UTF-16"),
    "lone surrogate as bytes": (b"sku,name\n1,\xed\xa0\x80\n", "line 2, byte 0xED"),
    "overlong bytes": (b"sku,name\n1,\xc0\xaf\n", "line 2, byte 0xC0"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_refused_with_one_sentence(name: str) -> None:
    data, expected = BAD_FILES[name]
    with pytest.raises(ErpError) as caught:
        read_table(data)
    message = str(caught.value)
    assert expected in message
    assert len(message) < 300
    assert "Traceback" not in message
    assert "codec" not in message


GUESSES = [
    (ACCENTS.encode("utf-16"), {"encoding": "utf-16"}),
    (ACCENTS.encode("utf-16-le"), {"encoding": "utf-16"}),
    (ACCENTS.encode("utf-16-be"), {"encoding": "utf-16"}),
    (ACCENTS.encode("latin-1"), {"encoding": "iso8859-1"}),
    (ACCENTS.replace("ñ", "™").encode("cp1252"), {"encoding": "cp1252"}),
    (ACCENTS.replace(",", ";").encode(), {"delimiter": ";"}),
    (ACCENTS.replace(",", "\t").encode(), {"delimiter": "\t"}),
    (ACCENTS.replace(",", "|").encode(), {"delimiter": "|"}),
]


@pytest.mark.parametrize(("data", "guess"), GUESSES)
def test_the_guess_is_named_and_choosing_it_reads_the_file(
    data: bytes, guess: dict[str, str]
) -> None:
    with pytest.raises(UnreadableError) as caught:
        read_table(data)
    offered = {"encoding": caught.value.encoding, "delimiter": caught.value.delimiter}
    assert {key: value for key, value in offered.items() if value} == guess
    table = read_table(data, **guess)
    assert table.headers == ("sku", "name")
    assert table.rows[0] == Row(2, ("1", "Café"))


WRONG_CHOICES = [
    ({"encoding": "klingon"}, "'klingon' cannot be chosen; choose one of UTF-8, UTF-16"),
    ({"encoding": "rot13"}, "cannot be chosen"),
    ({"encoding": "unicode_escape"}, "cannot be chosen"),
    ({"encoding": "a\0b"}, "cannot be chosen"),
    ({"encoding": "utf-16"}, "is not UTF-16; it looks like UTF-8"),
    ({"delimiter": "x"}, "choose one of comma, semicolon, tab, vertical bar"),
    ({"delimiter": ""}, "cannot be chosen"),
    ({"delimiter": ";"}, "looks separated by comma"),
]


@pytest.mark.parametrize(("choice", "expected"), WRONG_CHOICES)
def test_a_wrong_choice_is_refused_by_name(choice: dict[str, str], expected: str) -> None:
    with pytest.raises(ErpError, match=expected):
        read_table(b"sku,name\n1,abc", **choice)


GOOD_FILES = {
    "plain": b"a,b\n1,2\n",
    "byte order mark": b"\xef\xbb\xbfa,b\n1,2\n",
    "CRLF": b"a,b\r\n1,2\r\n",
    "old Mac line ends": b"a,b\r1,2\r",
    "no line end at the end": b"a,b\n1,2",
    "quoted": b'"a","b"\n"1","2"\n',
    "blanks around header names": b" a , b \n1,2\n",
    "empty rows of a spreadsheet": b"a,b\n1,2\n,\n,\n",
}


@pytest.mark.parametrize("name", GOOD_FILES)
def test_ordinary_variants_read_alike(name: str) -> None:
    table = read_table(GOOD_FILES[name])
    assert (table.headers, table.rows) == (("a", "b"), (Row(2, ("1", "2")),))


def test_a_record_is_named_by_the_line_it_starts_in() -> None:
    table = read_table(b'\na,b\r\n1,"x\r\ny\r\nz"\r\n\r\n2,"u\nv"\n3,w\n')
    assert table.header_line == 2
    assert [row.line for row in table.rows] == [3, 7, 9]
    assert table.rows[0].cells == ("1", "x\r\ny\r\nz")


def test_null_is_empty_only_when_chosen_and_only_as_a_whole_cell() -> None:
    data = b"a,b\nNULL,NULLA\n"
    assert read_table(data).rows[0].cells == ("NULL", "NULLA")
    assert read_table(data, null="NULL").rows[0].cells == ("", "NULLA")


def test_a_file_at_the_limits_is_read() -> None:
    wide = ",".join(f"c{n}" for n in range(MAX_COLUMNS)).encode()
    assert len(read_table(wide).headers) == MAX_COLUMNS
    assert len(read_table(b"a,b\n" + b"1,2\n" * MAX_ROWS).rows) == MAX_ROWS


def test_too_large_is_told_apart_by_its_status() -> None:
    with pytest.raises(TooLargeError) as caught:
        read_table(b"x" * (MAX_BYTES + 1))
    assert caught.value.status == 413


def test_paths_and_open_files_are_read_no_further_than_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(b"a,b\n1,2\n")
    assert read_table(path) == read_table(str(path)) == read_table(io.BytesIO(path.read_bytes()))
    endless = io.BytesIO(b"x" * (MAX_BYTES + 500))
    with pytest.raises(TooLargeError):
        read_table(endless)
    assert endless.tell() == MAX_BYTES + 1


def test_a_missing_file_or_a_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match=r"There is no file .*gone\.csv"):
        read_table(tmp_path / "gone.csv")
    with pytest.raises(UnreadableError, match="cannot be read: Is a directory"):
        read_table(tmp_path)
    with pytest.raises(UnreadableError, match="cannot be read"):
        read_table("a\0b.csv")


UNQUOTED = """id,name,street,town
1,Hanari,Rua do Paço, 67,Rio
2,Plain,Elm 1,Town
3,Pavlova, Ltd.,74 Rose St.,Melbourne
4,Both, Inc.,Gran Vía, 1,Madrid
5,Hopeless,Elm,1,Town
6,Short,Elm
7,Long, Elm,1,Town,x
"""


def test_rows_written_without_quotes_are_mended_only_when_that_is_exact() -> None:
    table = mend_rows(read_table(UNQUOTED.encode()))
    assert [row.cells for row in table.rows][:4] == [
        ("1", "Hanari", "Rua do Paço, 67", "Rio"),
        ("2", "Plain", "Elm 1", "Town"),
        ("3", "Pavlova, Ltd.", "74 Rose St.", "Melbourne"),
        ("4", "Both, Inc.", "Gran Vía, 1", "Madrid"),
    ]
    assert table.mended == (2, 4, 5)
    assert [len(row.cells) for row in table.rows][4:] == [5, 3, 6]


PIECES = [
    b"a",
    b",",
    b";",
    b'"',
    b"\n",
    b"\r",
    b"\t",
    b"\x00",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\xe9",
    b"=",
]


@settings(max_examples=500, deadline=None)
@given(
    st.one_of(st.binary(max_size=60), st.lists(st.sampled_from(PIECES)).map(b"".join)),
    st.sampled_from([None, "utf-8", "utf-16", "cp1252", "latin-1"]),
)
def test_any_bytes_are_a_table_or_a_sentence(data: bytes, encoding: str | None) -> None:
    try:
        table = mend_rows(read_table(data, encoding=encoding))
    except ErpError as error:
        assert str(error)  # noqa: PT017 - every other exception fails the test
    else:
        assert all(table.headers)
        assert all(row.line > table.header_line for row in table.rows)
