"""The allocation key sorts as the order of service and can be read back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.backorders.domain.keys import alloc_key, unpack

parts = st.tuples(st.integers(-8, 7), st.integers(1, 2**40 - 1), st.integers(0, 2**16 - 1))


@given(parts)
def test_a_key_fits_a_signed_64_bit_column_and_unpacks_to_its_parts(
    part: tuple[int, int, int],
) -> None:
    key = alloc_key(*part)
    assert 0 < key < 2**63
    assert unpack(key) == part


@given(parts, parts)
def test_keys_sort_by_priority_then_sequence_then_position(
    one: tuple[int, int, int], two: tuple[int, int, int]
) -> None:
    def service(part: tuple[int, int, int]) -> tuple[int, int, int]:
        return (-part[0], part[1], part[2])

    assert (alloc_key(*one) < alloc_key(*two)) == (service(one) < service(two))


@pytest.mark.parametrize("part", [(-8, 2**40 - 1, 2**16 - 1), (7, 1, 0)])
def test_the_extremes_are_allowed(part: tuple[int, int, int]) -> None:
    assert unpack(alloc_key(*part)) == part


@pytest.mark.parametrize(
    ("part", "sentence"),
    [
        ((8, 1, 1), "Priority 8 is not allowed: it must be from -8 to 7."),
        ((-9, 1, 1), "Priority -9 is not allowed: it must be from -8 to 7."),
        ((0, 0, 1), "Order sequence 0 is not allowed: it must be from 1 to 1099511627775."),
        ((0, 2**40, 1), "Order sequence 1099511627776 is not allowed"),
        ((0, 1, -1), "Line position -1 is not allowed: it must be from 0 to 65535."),
        ((0, 1, 65536), "Line position 65536 is not allowed"),
    ],
)
def test_a_part_out_of_range_is_refused_with_its_range(
    part: tuple[int, int, int], sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        alloc_key(*part)


@pytest.mark.parametrize("key", [-1, 0, 65535, 1 << 60, 1 << 63])
def test_an_integer_that_is_no_key_is_refused(key: int) -> None:
    with pytest.raises(ValueError, match="is not an allocation key"):
        unpack(key)
