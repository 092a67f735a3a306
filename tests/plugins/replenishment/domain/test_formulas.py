"""The textbook formulas against figures worked out by hand and by another route."""

from __future__ import annotations

import statistics
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.replenishment.domain.formulas import (
    Demand,
    LeadTime,
    Z,
    demand,
    economic_order,
    reorder_point,
    safety_stock,
)


@pytest.mark.parametrize(("service", "z"), Z.items())
def test_the_service_factors_are_the_quantiles_of_the_normal_distribution(
    service: int, z: Decimal
) -> None:
    assert float(z) == pytest.approx(statistics.NormalDist().inv_cdf(service / 1000), abs=5e-5)


def test_the_levels_of_a_textbook_example() -> None:
    """D = 1,000 a year, S = 10.00, H = 0.50: EOQ 200. d = 20, sd = 5, L = 9, sL = 2 at 95 %."""
    yearly = Demand(Decimal(1000) / 365)
    assert economic_order(yearly, 1000, Decimal(50)) == 200
    asked, lead = Demand(Decimal(20), Decimal(5)), LeadTime(9, 2)
    # sqrt(9 * 25 + 400 * 4) = 42.72; * 1.6449 = 70.27
    assert safety_stock(asked, lead, 950) == 71
    assert reorder_point(asked, lead, 950) == 20 * 9 + 71


def test_without_variance_there_is_no_safety_stock_and_without_demand_no_level() -> None:
    assert safety_stock(Demand(Decimal(3)), LeadTime(7), 999) == 0
    assert reorder_point(Demand(Decimal(3)), LeadTime(7), 999) == 21
    assert reorder_point(Demand(), LeadTime(7, 3), 999) == 0
    assert economic_order(Demand(), 1000, Decimal(50)) == 1


def test_goods_that_cost_nothing_to_hold_are_bought_for_a_year() -> None:
    assert economic_order(Demand(Decimal(2)), 1000, Decimal(0)) == 730


@given(st.lists(st.integers(0, 500), min_size=2, max_size=60))
def test_demand_is_mean_and_sample_deviation_of_the_days(days: list[int]) -> None:
    found = demand(sum(days), sum(day * day for day in days), len(days))
    assert float(found.mean) == pytest.approx(statistics.mean(days))
    assert float(found.deviation) == pytest.approx(statistics.stdev(days), abs=1e-6)


@given(st.integers(0, 200), st.integers(0, 50), st.integers(0, 60), st.integers(0, 20))
def test_more_service_never_means_less_stock(mean: int, spread: int, days: int, late: int) -> None:
    asked, lead = Demand(Decimal(mean), Decimal(spread)), LeadTime(days, late)
    points = [reorder_point(asked, lead, service) for service in sorted(Z)]
    assert points == sorted(points)
