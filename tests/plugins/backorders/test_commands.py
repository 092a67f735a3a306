"""What the command line prints, and what a run of the job leaves behind."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from erp_core.db import db
from erp_core.jobs import claim_due, execute
from erp_core.models import JobRun, Lease
from erp_core.registry import registry
from plugins.purchasing.models import Supplier, SupplierProduct
from tests.plugins.backorders import market as m
from tests.plugins.backorders.market import Act


def setting() -> None:
    market = m.open_market()
    supplier = Supplier(code="S1", name="Barro & Filhos")
    db.session.add(supplier)
    db.session.flush()
    db.session.add(SupplierProduct(supplier_id=supplier.id, product_id=market.mug, preferred=True))
    m.arrive(market.mug, market.porto, 5)
    m.ordered(market, (market.mug, 4), (market.card, 1))
    m.ordered(market, (market.mug, 3), (market.kettle, 2))
    m.ordered(market, (market.card, 1))


def run(app: Flask, *words: str) -> Any:
    result = app.test_cli_runner().invoke(args=["backorders", *words, "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.mark.feature("F107")
def test_the_commands_sum_up_list_and_recalculate(app: Flask, act: Act) -> None:
    act(setting)
    assert run(app, "summary") == {
        "units": {"open": 9, "allocated": 5, "substitutable": 0, "backordered": 4},
        "orders": {"none": 2, "partial": 1, "full": 0},
    }
    assert run(app, "list") == [
        {
            "order": "SO-1002",
            "sku": sku,
            "ordered": ordered,
            "allocated": allocated,
            "substitutable": 0,
            "backordered": 2,
            "status": "new",
            "supplier": supplier,
            "warehouse": "Porto",
        }
        for sku, ordered, allocated, supplier in (
            ("HF-310", 3, 1, "Barro & Filhos"),
            ("HF-228", 2, 0, None),
        )
    ]
    done = run(app, "refresh")
    assert (done["lines"], done["rows"], done["orders"]) == (3, 0, 0)
    text = app.test_cli_runner().invoke(args=["backorders", "summary"]).stdout
    assert "open 9, allocated 5, substitutable 0, backordered 4" in text


def test_the_job_runs_every_few_minutes_and_keeps_its_figures(app: Flask, act: Act) -> None:
    act(setting)
    act(lambda: db.session.execute(sa.text("UPDATE backorders_balance SET backordered = 99")))
    with app.app_context():
        job = registry().jobs["backorders.refresh"]
        assert job.interval().total_seconds() == 15 * 60  # type: ignore[union-attr]
        db.session.add(Lease(name="scheduler", holder="test", epoch=1))
        db.session.commit()
        run_id = claim_due(job, 1)
        assert run_id is not None
        execute(run_id)
        found = db.session.get_one(JobRun, run_id)
        assert (found.state, found.rows_touched, found.error) == ("done", 2, "")
        assert found.result == {"lines": 3, "rows": 2, "orders": 0}
        assert found.duration_ms is not None
        assert claim_due(job, 1) is None
