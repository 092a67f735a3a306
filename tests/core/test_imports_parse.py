"""Parsers: every accepted form exactly, every refused form with what is allowed."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from erp_core.imports import Parser, choice, day, moment, money, ratio, text, whole, yes_no

ODBC = "%Y-%m-%d %H:%M:%S.%f"
EITHER_WAY = ("%d/%m/%y", "%m/%d/%y")

ACCEPTED: list[tuple[Parser, str, object]] = [
    (whole(), "0", 0),
    (whole(), "007", 7),
    (whole(), "+5", 5),
    (whole(-10, 10), "-10", -10),
    (whole(1, 1_000_000), "1000000", 1_000_000),
    (money(), "18.00", 1800),
    (money(), "18.1", 1810),
    (money(), "18", 1800),
    (money(), "0.01", 1),
    (money(), "1000000000000.00", 10**14),
    (money(2, -10_000), "-12.34", -1234),
    (money(mark=","), "1234,56", 123456),
    (money(0), "500", 500),
    (money(3), "1.234", 1234),
    (ratio(), "0", 0),
    (ratio(), "0.15", 1500),
    (ratio(), "0.0001", 1),
    (ratio(), "1", 10_000),
    (ratio(0, 30_000), "2.5", 25_000),
    (moment(ODBC), "1996-07-04 00:00:00.000", datetime(1996, 7, 4, tzinfo=UTC)),
    (moment(), "2026-03-04T05:06:07Z", datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)),
    (moment(), "2026-03-04T05:06:07+02:00", datetime(2026, 3, 4, 3, 6, 7, tzinfo=UTC)),
    (
        moment("%d.%m.%Y %H:%M", zone=ZoneInfo("Europe/Berlin")),
        "04.07.2026 12:00",
        datetime(2026, 7, 4, 10, tzinfo=UTC),
    ),
    (day(), "2026-03-04", date(2026, 3, 4)),
    (day("%d/%m/%Y"), "04/03/2026", date(2026, 3, 4)),
    (day(*EITHER_WAY), "25/12/26", date(2026, 12, 25)),
    (day(*EITHER_WAY), "04/04/26", date(2026, 4, 4)),
    (yes_no(), "Yes", True),
    (yes_no(), "0", False),
    (yes_no(), "FALSE", False),
    (choice(["Open", "Closed"]), "open", "Open"),
    (choice({"High": 3, "Low": 1}), "HIGH", 3),
    (text(4), "Café", "Café"),
    (text(lines=True), "a\r\nb\tc", "a\r\nb\tc"),
]

QUANTITY = whole(1, 1_000_000)
WHOLE = "Whole number from 1 to 1,000,000"

REFUSED: list[tuple[Parser, str, str]] = [
    *[
        (QUANTITY, bad, WHOLE)
        for bad in (
            "0",
            "-3",
            "1.5",
            "1e9",
            "1,5",
            "1.0",
            "1,000",
            "1_000",
            "1 000",
            "0x10",
            "٣",
            "½",
            "²",
            "NaN",
            "inf",
            "ten",
            "--1",
            "1-",
            "=1+1",
            "1000001",
            str(10**30),
            "9" * 5000,
        )
    ],
    *[
        (money(), bad, "Amount with at most 2 decimals after a point and no thousands separators")
        for bad in (
            "1.234,56",
            "1,234.56",
            "1.234",
            "1,5",
            "1e3",
            "-0.01",
            "$5",
            "5 €",
            ".5",
            "5.",
            "٣.5",
            "NaN",
            "Infinity",
            "1000000000000.01",
            str(10**30),
            "1.005",
        )
    ],
    (money(mark=","), "1.234,56", "after a comma"),
    (money(mark=","), "1234.56", "after a comma"),
    (money(0), "5.00", "Amount in full units"),
    (money(2, -100), "-1.01", "from -1.00 to"),
    (ratio(), "0.12345", "at most 4 decimals"),
    (ratio(), "15%", "0.15 is 15 %"),
    (ratio(), "15", "from 0.0000 to 1.0000"),
    (ratio(), "-0.1", "from 0.0000"),
    (day(*EITHER_WAY), "03/04/25", "could be 03 Apr 2025 or 04 Mar 2025"),
    (day(), "2026-02-30", "written like 2026-03-04"),
    (day(), "04/03/2026", "written like 2026-03-04"),
    (day(), "1026-03-04", "Date from 1900 to 2199"),
    (day(), "9999-12-31", "Date from 1900 to 2199"),
    (day(), "٢٠٢٦-03-04", "Date from"),
    (day(), "45000", "Date from"),
    (moment(), "0001-01-01", "Date from"),
    (moment(), "tomorrow", "Date from"),
    (moment(ODBC), "2026-03-04 25:00:00.000", "Date from"),
    (yes_no(), "maybe", "Yes or no"),
    (yes_no(), "2", "Yes or no"),
    (choice(["Open", "Closed"]), "Lost", "One of Open, Closed"),
    (choice([f"c{n}" for n in range(12)]), "x", "c9 and 2 more"),
    (text(3), "abcd", "at most 3 characters; this has 4"),
    (text(), "a\nBcc: x@example.org", "without line breaks"),
    (text(), "a\u2028b", "without line breaks"),
    (text(), "a\x1bb", "control characters"),
    (text(lines=True), "a\x00b", "without control characters"),
]


@pytest.mark.parametrize(("parse", "cell", "value"), ACCEPTED)
def test_an_exact_form_is_accepted(parse: Parser, cell: str, value: object) -> None:
    found = parse(cell)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(("parse", "cell", "reason"), REFUSED)
def test_any_other_form_is_refused_with_what_is_allowed(
    parse: Parser, cell: str, reason: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(reason)) as caught:
        parse(cell)
    assert len(str(caught.value)) < 200


def test_moments_are_aware_and_in_utc() -> None:
    found = moment("%Y-%m-%d", zone=ZoneInfo("America/New_York"))("2026-01-01")
    assert found.tzinfo is UTC
    assert found.hour == 5


@settings(deadline=None)
@given(st.integers(0, 10**14), st.integers(0, 4))
def test_money_survives_being_written_and_read(amount: int, decimals: int) -> None:
    digits = str(amount).rjust(decimals + 1, "0")
    written = f"{digits[:-decimals]}.{digits[-decimals:]}" if decimals else digits
    assert money(decimals)(written) == amount


@settings(deadline=None)
@given(st.text(max_size=40))
def test_no_parser_fails_with_anything_but_a_reason(cell: str) -> None:
    parsers = [
        text(20), whole(), money(), money(0), ratio(), moment(), moment(ODBC), day(*EITHER_WAY),
        yes_no(), choice(["a"]),
    ]  # fmt: skip
    for parse in parsers:
        try:
            parse(cell)
        except ValueError as error:
            assert str(error)  # noqa: PT017 - every other exception fails the test
