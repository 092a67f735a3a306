"""The full pass against its floor: nothing, half a percent or most of the lines changed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import median

import sqlalchemy as sa

from benchmarks import floor
from benchmarks.book import REFRESH, calm_down
from benchmarks.floor import CLASSES, LINES, QUEUE, STOCK
from benchmarks.meter import Cost
from benchmarks.places import Place
from erp_core.db import db
from erp_core.jobs import run_now

SCENARIOS = {"nothing": "a", "0.5 %": "moved", "most": "most"}
"""Scenario -> the column of the side table that says what is on hand then."""

ROUNDS = {10_000: 7, 100_000: 5, 1_000_000: 3}


@dataclass(slots=True)
class Trial:
    """What the rounds of one scenario took."""

    scenario: str
    lines: int = 0
    orders: int = 0
    records: int = 0
    passes: list[Cost] = field(default_factory=list)
    floors: list[Cost] = field(default_factory=list)
    narrow: list[Cost] = field(default_factory=list)

    def ratio(self, floors: list[Cost]) -> float:
        """Return the median over the rounds of CPU to the floor's CPU in the same round."""
        return median(a.cpu / b.cpu for a, b in zip(self.passes, floors, strict=True))

    @property
    def wall_ratio(self) -> float:
        return median(a.wall / b.wall for a, b in zip(self.passes, self.floors, strict=True))

    def seconds(self, costs: list[Cost]) -> float:
        """Return the median CPU seconds."""
        return median(cost.cpu for cost in costs)


def trials(place: Place) -> Iterator[Trial]:
    """Measure every scenario on a filled place."""
    with place.app.app_context():
        prepare()
        for scenario, column in SCENARIOS.items():
            yield _trial(place, scenario, column)
            set_stock("a")
            full_pass()


def prepare() -> None:
    """Keep what may be on hand: as it is; 3 % more of every second product; nothing."""
    with db.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE IF EXISTS bench_stock")
        connection.execute(
            sa.text(
                "CREATE TABLE bench_stock AS SELECT product_id, warehouse_id, on_hand AS a, "
                "CASE WHEN product_id % 2 = 0 THEN CAST(on_hand * 103 / 100 AS INTEGER) "
                "ELSE on_hand END AS moved, 0 AS most FROM inventory_balance"
            )
        )
        connection.exec_driver_sql(
            "CREATE UNIQUE INDEX bench_stock_key ON bench_stock (product_id, warehouse_id)"
        )


def set_stock(column: str) -> None:
    """Change stock behind everybody's back, which is what a full pass is there to find."""
    other = (
        f"(SELECT s.{column} FROM bench_stock s WHERE s.product_id = inventory_balance.product_id "
        "AND s.warehouse_id = inventory_balance.warehouse_id)"
    )
    with db.engine.begin() as connection:
        connection.exec_driver_sql(
            f"UPDATE inventory_balance SET on_hand = {other} WHERE on_hand <> {other}"
        )


def full_pass() -> int:
    """Run the job; returns how many rows it touched."""
    run = run_now(REFRESH, by="benchmark")
    assert run.state == "done", run.error
    rows = run.rows_touched
    db.session.remove()
    return rows


def _trial(place: Place, scenario: str, column: str) -> Trial:
    trial = Trial(scenario)
    for stock in (column, "a"):  # records are opened in the first pass and only followed later
        set_stock(stock)
        full_pass()
    for turn in range(ROUNDS.get(place.lines, 3)):
        _round(place, trial, "a" if turn % 2 else column)
    assert full_pass() == 0, "a second pass found something to change"
    return trial


def _round(place: Place, trial: Trial, stock: str) -> None:
    """One pass and, right after it, its floor: the old values go back in, then the new ones."""
    floor.remember()
    set_stock(stock)
    calm_down()
    cost, _ = place.meter.measure(full_pass)
    trial.passes.append(cost)
    done = floor.changed()
    trial.lines, trial.orders = done.count("backorders_queue"), done.count("backorders_order")
    trial.records = done.count("backorders_backorder")
    for queries, costs in (((LINES, CLASSES, STOCK), trial.floors),
                           ((QUEUE, CLASSES, STOCK), trial.narrow)):  # fmt: skip
        floor.stage(done.old)
        calm_down()
        reading, _ = place.meter.measure(lambda q=queries: floor.read(*q))
        writing, _ = place.meter.measure(lambda: floor.write(done.old))
        costs.append(Cost(reading.wall + writing.wall, reading.cpu + writing.cpu))
        floor.stage(done.new)
        floor.write(done.new)


def peak_memory(place: Place, stock: str) -> float:
    """Return the most memory, in MB, that one pass needs in a process of its own."""
    with place.app.app_context():
        set_stock(stock)
    command = [sys.executable, "-m", "benchmarks.once", place.url]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ)
    return int(done.stdout) / 1024
