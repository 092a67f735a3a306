"""Amounts as people type and read them, and what a line costs."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.sales.domain.money import (
    line_total,
    parse_amount,
    parse_percent,
    percent,
    typed,
)


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("12.50", "EUR", 1250),
        (" 12.5 ", "EUR", 1250),
        ("12", "EUR", 1200),
        ("0", "EUR", 0),
        ("-3.05", "EUR", -305),
        ("1250", "JPY", 1250),
        ("1.25", "KWD", 1250),
    ],
)
def test_an_amount_is_read(text, currency, minor):
    assert parse_amount(text, currency) == minor


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("12,50", "EUR"),
        ("1,250", "EUR"),
        ("1.234", "EUR"),
        ("", "EUR"),
        ("1e3", "EUR"),
        ("٣", "EUR"),
        ("1.5", "JPY"),
        ("9" * 13, "EUR"),
        ("NaN", "EUR"),
    ],
)
def test_anything_else_is_asked_for_again(text, currency):
    with pytest.raises(ValueError, match="An amount is written like 12"):
        parse_amount(text, currency)


@given(st.integers(-(10**9), 10**9), st.sampled_from(["EUR", "JPY", "KWD"]))
def test_what_is_shown_to_type_is_read_back(minor, currency):
    assert parse_amount(typed(minor, currency), currency) == minor


@given(st.integers(0, 10_000))
def test_a_discount_is_read_back(points):
    assert parse_percent(percent(points)) == points


@pytest.mark.parametrize("text", ["101", "-1", "1.234", "x", "1,5"])
def test_a_discount_out_of_range_is_refused(text):
    with pytest.raises(ValueError, match="percentage from 0 to 100"):
        parse_percent(text)


def test_no_discount_may_be_left_blank():
    assert parse_percent(" ") == 0
    assert parse_percent("10%") == 1000


@given(st.integers(0, 10**6), st.integers(0, 10**8), st.integers(0, 10_000))
def test_a_line_costs_the_exact_amount_rounded_half_up(qty, price, discount):
    exact = Fraction(qty * price * (10_000 - discount), 10_000)
    assert line_total(qty, price, discount) == (exact + Fraction(1, 2)).__floor__()
    assert qty * price * 10_000 + 5_000 < 2**63
